"""A few instances of a schema, the plainest first: the same ones at every call."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from stagepact.schema.canonical import canonical
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.prepared import prepare_if_any
from stagepact.schema.sampler import draw_of

_SEEDS = (1, 2, 5, 11)


def candidates(schema: JsonSchema) -> Iterator[Any]:
    """A few instances of a schema, the plainest first, the same ones at every call."""
    try:
        ready = prepare_if_any(canonical(schema), bool)
        if ready is None:
            return
        draw = draw_of(ready)
    except SchemaError:
        return
    for random in (_Plainest(), *map(Random, _SEEDS)):
        try:
            yield draw(random)
        except SchemaError:  # chance would have it
            continue


class _Plainest(Random):
    """No chance at all: always the first choice, and no optional part."""

    def random(self) -> float:
        """Return 0."""
        return 0.0

    def getrandbits(self, k: int, /) -> int:
        """Return 0."""
        return 0

    def randbytes(self, n: int) -> bytes:
        """Return zeros."""
        return bytes(n)
