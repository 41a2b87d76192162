"""JSON Schema as pure functions; this package knows no contract.

`generate` is asked for by its own name: it loads Hypothesis.
"""

from stagepact.schema.normalise import SchemaError, SchemaScope, describe_type, model_schema
from stagepact.schema.validate import Validator, compile_schema

__all__ = [
    "SchemaError",
    "SchemaScope",
    "Validator",
    "compile_schema",
    "describe_type",
    "model_schema",
]
