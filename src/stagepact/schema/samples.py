"""Valid values for runs of millions: plain random code, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from stagepact.schema.canonical import Retrieve
from stagepact.schema.dialects import Dialect
from stagepact.schema.prepared import prepared
from stagepact.schema.sampler import drawn
from stagepact.schema.source import given


def sample(
    schema: Any,
    seed: int = 0,
    *,
    retrieve: Retrieve | None = None,
    dialect: Dialect | str | None = None,
) -> Iterator[Any]:
    """Values that are valid under a schema without end, the same for the same seed; made fast.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. The distribution is that of
    `from_schema`; nothing shrinks (see shrink.py for a value that fails).

    Raises:
        Unsatisfiable: the schema admits no value; says where.
        SchemaError: it is no usable schema; or, while values are taken, they are too rare.
    """
    found = given(schema, dialect)
    whole = prepared(found.schema, draft=found.draft, retrieve=retrieve)
    return drawn(whole, Random(seed))
