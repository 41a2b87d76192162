"""What users hand to the engine: schemas of any dialect, models, adapters; as one kind of value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from stagepact.schema.dialects import Dialect, dialect_of, modern
from stagepact.schema.models import Mode, json_schema
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.validate import Validator

Retrieve = Callable[[str], Any]

_DEEPEST = 180
"""jsonschema-rs refuses schemas that are nested deeper than about 255 levels."""


@dataclass(frozen=True, slots=True)
class Given:
    """A schema as it was given, and the draft that it is read by; None: as its `$schema` says."""

    schema: JsonSchema
    draft: int | None = None


def given(source: Any, dialect: Dialect | str | None = None, mode: Mode = "validation") -> Given:
    """A source as a schema that jsonschema-rs reads.

    Raises:
        SchemaError: it is no JSON Schema, or nested too deep.
    """
    schema = json_schema(source, mode=mode)
    _refuse_deep(schema)
    if dialect is None:
        return Given(schema)
    known = _dialect(dialect)
    if known is Dialect.OPENAPI_3_0:
        return Given(modern(schema, known))
    return Given(schema, known.draft)


def _dialect(dialect: Dialect | str) -> Dialect:
    try:
        return Dialect(str(dialect).removesuffix("#"))
    except ValueError:
        names = ", ".join(Dialect)
        raise SchemaError(f"the dialect {dialect!r} is none of {names}") from None


def _refuse_deep(schema: Any) -> None:
    """Refuse what is nested too deep, without recursion; and what holds itself."""
    level, depth = [schema], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            message = f"a schema nested more than {_DEEPEST} levels deep"
            raise SchemaError(message, advice="give its parts names in `$defs`")
        level = [part for each in level for part in _parts(each)]


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, float) and not isfinite(each):
            raise SchemaError(f"a schema with {each}, which JSON doesn't have")
    return [each for each in inner if isinstance(each, dict | list)]


def normal_form(
    source: Any,
    *,
    mode: Mode = "validation",
    dialect: Dialect | str | None = None,
) -> JsonSchema:
    """The one form that the rules of the engine walk: JSON Schema 2020-12.

    `source` is a JSON Schema, a model (Pydantic, dataclass, TypedDict, msgspec Struct) or a
    `TypeAdapter`; a schema is read by its `$schema` unless a dialect is given.

    Raises:
        SchemaError: it is no JSON Schema, or nested too deep.
    """
    schema = json_schema(source, mode=mode)
    _refuse_deep(schema)
    return modern(schema, dialect_of(schema) if dialect is None else _dialect(dialect))


def compile(
    source: Any,
    *,
    retrieve: Retrieve | None = None,
    dialect: Dialect | str | None = None,
    assert_formats: bool = True,
) -> Validator:
    """A validator: `accepts` says yes or no, fast; `violations` explains a no.

    Formats are asserted, unless they are to be annotations (2020-12, Validation, section 7.2).

    Raises:
        SchemaError: it is no valid JSON Schema, or a reference leads nowhere.
    """
    found = given(source, dialect)
    return Validator(
        found.schema, draft=found.draft, retrieve=retrieve, assert_formats=assert_formats
    )


def key_of(schema: JsonSchema) -> str:
    """A text that is the same for equal schemas, for caches.

    Raises:
        SchemaError: it isn't JSON.
    """
    try:
        return json.dumps(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(f"a schema must be JSON: {error}") from error
