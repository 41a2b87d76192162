"""Values that a schema permits, as a Hypothesis strategy."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

import hypothesis_jsonschema
from hypothesis import strategies as st

from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.validate import compile_schema

# Formats that Pydantic writes and hypothesis-jsonschema doesn't know.
FORMATS: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "duration": st.integers(0, 10**6).map(lambda seconds: f"PT{seconds}S"),
    "binary": st.text(alphabet=st.characters(codec="ascii", categories=("L", "N"))),
    "byte": st.binary(max_size=64).map(lambda raw: base64.b64encode(raw).decode()),
}


def from_schema(schema: JsonSchema) -> st.SearchStrategy[Any]:
    """A strategy of values that are valid under a self-contained schema.

    Values that the engine draws against the schema's word are filtered out, so a value
    that reaches a subject is always one that the contract permits.

    Raises:
        SchemaError: no strategy can be made of it.
    """
    return _from_key(json.dumps(schema))


@lru_cache(maxsize=1024)
def _from_key(key: str) -> st.SearchStrategy[Any]:
    schema: JsonSchema = json.loads(key)
    validator = compile_schema(schema)
    try:
        strategy = hypothesis_jsonschema.from_schema(schema, custom_formats=FORMATS)
    except Exception as error:  # the engine raises what it likes on schemas it can't read
        first = (str(error).splitlines() or [""])[0]
        raise SchemaError(f"no values can be generated: {type(error).__name__}: {first}") from error
    return strategy.filter(validator.accepts)
