"""A few instances of a schema, the plainest first: the same ones at every call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from stagepact.schema.canonical import canonical
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.prepared import prepare_if_any
from stagepact.schema.sampler import Draw, draw_of
from stagepact.schema.validate import json_text

_SEEDS = (1, 2, 5, 11)


def candidates(schema: JsonSchema) -> Iterator[Any]:
    """A few instances of a schema, the plainest first, the same ones at every call."""
    try:
        draw = _draw(json_text(schema))
    except SchemaError:
        return
    if draw is None:
        return
    for random in (Plainest(), *map(Random, _SEEDS)):
        try:
            yield draw(random)
        except SchemaError:  # chance would have it
            continue


@lru_cache(maxsize=1024)
def _draw(key: str) -> Draw | None:
    """What draws the values of a schema, made once for equal schemas; None where it has none."""
    ready = prepare_if_any(canonical(json.loads(key)), bool)
    return None if ready is None else draw_of(ready)


class Plainest(Random):
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
