"""JSON Schema as pure functions; this package knows no contract."""

from stagepact.schema.generate import from_schema
from stagepact.schema.normalise import SchemaError, SchemaScope, describe_type, model_schema
from stagepact.schema.validate import Validator, compile_schema

__all__ = [
    "SchemaError",
    "SchemaScope",
    "Validator",
    "compile_schema",
    "describe_type",
    "from_schema",
    "model_schema",
]
