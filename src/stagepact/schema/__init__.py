"""JSON Schema as pure functions; this package knows no contract.

What draws values loads Hypothesis and more, so the names of the engine are looked up when they are
asked for (PEP 562).
"""

from importlib import import_module

from stagepact.schema.normalise import SchemaError, SchemaScope, describe_type, model_schema
from stagepact.schema.validate import Validator, compile_schema

_ENGINE = {
    "Dialect": "dialects",
    "Mode": "changes",
    "boundary": "boundaries",
    "compare": "changes",
    "compile": "source",
    "contains": "contain",
    "from_schema": "generate",
    "json_schema": "models",
    "mutations": "mutate",
    "normal_form": "source",
    "sample": "samples",
}
"""By name, the module that holds it."""

__all__ = [
    "SchemaError",
    "SchemaScope",
    "Validator",
    "compile_schema",
    "describe_type",
    "model_schema",
    *_ENGINE,
]


def __getattr__(name: str) -> object:
    if name not in _ENGINE:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_ENGINE[name]}"), name)
