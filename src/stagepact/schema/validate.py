"""Accept fast, explain slowly: a compiled yes or no, and all errors for a no."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import jsonschema_rs

from stagepact.errors import nearest
from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError

_LONGEST_VALUE = 200
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One way in which an instance breaks a schema; pointers are tuples of keys and indices."""

    instance_pointer: Pointer
    schema_pointer: Pointer
    keyword: str
    promised: str
    seen: str


class Validator:
    """A compiled schema: `accepts` answers yes or no, `violations` says all that is wrong.

    Equal to another validator of the same schema. Formats are asserted.
    """

    __slots__ = ("_fast", "accepts_json", "schema")

    def __init__(self, schema: JsonSchema) -> None:
        """Compile a self-contained schema.

        Raises:
            SchemaError: it is no valid JSON Schema, or a reference leads nowhere.
        """
        self.schema = schema
        try:
            self._fast = jsonschema_rs.validator_for(
                schema, validate_formats=True, retriever=_no_retrieval
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise schema_error(error) from error
        self.accepts_json = self._fast.is_valid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Validator) and other.schema == self.schema

    def __hash__(self) -> int:
        return hash(_key(self.schema))

    def __repr__(self) -> str:
        return f"Validator({self.schema!r})"

    def accepts(self, instance: object) -> bool:
        """Whether the schema holds; what isn't JSON is refused wherever the schema looks at it."""
        try:
            return self.accepts_json(instance)
        except (ValueError, RecursionError):
            return False

    def violations(self, instance: object) -> tuple[SchemaViolation, ...]:
        """Every violation, in the order of the instance; () exactly when `accepts` says yes."""
        if self.accepts(instance):
            return ()
        not_json = next(_not_json(instance), None)
        if not_json is not None:
            return (not_json,)
        try:
            found = [_violation(error) for error in self._fast.iter_errors(instance)]
        except ValueError as error:  # half of a surrogate pair, which UTF-8 can't write
            return (SchemaViolation((), (), "json", "a JSON value", str(error)),)
        return tuple(sorted(found, key=lambda each: str(each.instance_pointer)))


def _no_retrieval(uri: str) -> Any:
    message = f"the reference {uri!r} leads outside of the project"
    raise ValueError(message)


def schema_error(error: Exception) -> SchemaError:
    """A library's complaint about a schema, as ours."""
    if isinstance(error, jsonschema_rs.ValidationError):
        message, advice = _no_schema(error)
        return SchemaError(f"no valid JSON Schema: {message}", tuple(error.instance_path), advice)
    return SchemaError(f"no usable JSON Schema: {error}")


def _no_schema(error: jsonschema_rs.ValidationError) -> tuple[str, str]:
    """What is wrong in a schema, and what to do: in words where it is a common mistake."""
    kind, value = error.kind.name, error.instance
    if kind == "anyOf" and error.instance_path[-1:] == ["type"] and isinstance(value, str):
        guess = nearest(value, _TYPES)
        advice = f"did you mean {guess!r}?" if guess else f"write one of {', '.join(_TYPES)}"
        return f"the type {value!r}, which JSON doesn't have", advice
    if kind == "format" and isinstance(value, str):
        return f"{shorten(value)}, which is no regular expression{_marked(value)}", ""
    return error.message, "see JSON Schema"


_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def _marked(pattern: str) -> str:
    """What Python says of a wrong pattern, with the place; nothing where it permits it."""
    try:
        re.compile(pattern)
    except re.error as error:
        caret = "" if error.pos is None else f"\n  {pattern}\n  {' ' * error.pos}^"
        return f": {error.msg}{caret}"
    return ""


@lru_cache(maxsize=4096)
def _compiled(key: str) -> Validator:
    return Validator(json.loads(key))


def compile_schema(schema: JsonSchema) -> Validator:
    """The validator of a self-contained schema, made once for equal schemas.

    Raises:
        SchemaError: it is no valid JSON Schema.
    """
    return _compiled(_key(schema))


def _key(schema: JsonSchema) -> str:
    try:
        return json.dumps(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(f"a schema must be JSON: {error}") from error


def _violation(error: jsonschema_rs.ValidationError) -> SchemaViolation:
    return SchemaViolation(
        instance_pointer=tuple(error.instance_path),
        schema_pointer=tuple(error.schema_path),
        keyword=error.kind.name,
        promised=_promise(error),
        seen=shorten(error.instance),
    )


# What a keyword promises, by its value (JSON Schema 2020-12, validation, section 6).
_PROMISES: dict[str, Callable[[Any], str]] = {
    "additionalProperties": lambda names: f"no property {_listed(names, 'or')}",
    "const": lambda value: shorten(value),
    "enum": lambda values: f"one of {_listed(values, 'or')}",
    "exclusiveMaximum": lambda limit: f"less than {limit}",
    "exclusiveMinimum": lambda limit: f"more than {limit}",
    "falseSchema": lambda _: "nothing here",
    "format": lambda name: f"text of the format {name}",
    "maxItems": lambda limit: f"at most {limit} items",
    "maxLength": lambda limit: f"at most {limit} characters",
    "maxProperties": lambda limit: f"at most {limit} properties",
    "maximum": lambda limit: f"at most {limit}",
    "minItems": lambda limit: f"at least {limit} items",
    "minLength": lambda limit: f"at least {limit} characters",
    "minProperties": lambda limit: f"at least {limit} properties",
    "minimum": lambda limit: f"at least {limit}",
    "multipleOf": lambda factor: f"a multiple of {factor}",
    "pattern": lambda pattern: f"text that matches {pattern}",
    "required": lambda name: f"the property {shorten(name)}",
    "type": lambda types: f"the type {_listed(types, 'or')}".replace('"', ""),
    "unevaluatedProperties": lambda names: f"no property {_listed(names, 'or')}",
    "uniqueItems": lambda _: "no item twice",
}


def _promise(error: jsonschema_rs.ValidationError) -> str:
    """What the schema asks for at a place; the engine's sentence for what isn't in the table."""
    told = _PROMISES.get(error.kind.name)
    if told is None:
        return shorten_text(error.message)
    return shorten_text(told(getattr(error.kind, "value", None)))


def _listed(values: Any, last: str) -> str:
    """`"a"`, `"a" or 2`, `"a", "b" or 2`: values as JSON."""
    several = values if isinstance(values, list | tuple) else [values]
    words = [shorten(each) for each in several]
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "(none)"


def shorten_text(text: str, longest: int = 500) -> str:
    """A sentence, cut when it is very long."""
    return text if len(text) <= longest else text[:longest] + "…"


def shorten(value: object, longest: int = _LONGEST_VALUE) -> str:
    """A value on one line, cut in the middle when it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=True)
    except (TypeError, ValueError, RecursionError):
        text = safe_repr(value)
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … {text[-half:]}"


def safe_repr(value: object) -> str:
    """A value as Python shows it, whatever its own code does then."""
    try:
        return repr(value)
    except Exception as error:  # a subject's __repr__ may raise anything
        return f"<{type(value).__qualname__}, whose repr raises {type(error).__name__}>"


def _not_json(
    value: object, pointer: Pointer = (), looked_at: dict[int, bool] | None = None
) -> Iterator[SchemaViolation]:
    """The places in a value that JSON has no form for (RFC 8259, section 3).

    What stands in several places is told at the first: a value may hold one list in more
    places than can be counted. `looked_at` says of a container by its `id` whether we are in it.
    """
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, float):
        if not isfinite(value):
            yield _no_json(pointer, value)
    elif isinstance(value, list | tuple | dict):
        looked_at = {} if looked_at is None else looked_at
        if id(value) not in looked_at and len(pointer) <= _DEEPEST:
            looked_at[id(value)] = True
            yield from _not_json_parts(value, pointer, looked_at)
            looked_at[id(value)] = False
        elif looked_at.get(id(value), True):
            seen = "itself" if id(value) in looked_at else f"nested deeper than {_DEEPEST} levels"
            yield SchemaViolation(pointer, (), "json", "a JSON value", seen)
    else:
        yield _no_json(pointer, value)


def _not_json_parts(
    value: list[Any] | tuple[Any, ...] | dict[Any, Any],
    pointer: Pointer,
    looked_at: dict[int, bool],
) -> Iterator[SchemaViolation]:
    if not isinstance(value, dict):
        for index, item in enumerate(value):
            yield from _not_json(item, (*pointer, index), looked_at)
        return
    for key, item in value.items():
        if not isinstance(key, str):
            yield _no_json((*pointer, str(key)), key, "a string as key")
        yield from _not_json(item, (*pointer, str(key)), looked_at)


def _no_json(pointer: Pointer, value: object, promised: str = "a JSON value") -> SchemaViolation:
    seen = f"{type(value).__qualname__}: {shorten(value)}"
    return SchemaViolation(pointer, (), "json", promised, seen)


def json_violations(value: object) -> tuple[SchemaViolation, ...]:
    """What in a value can't be written as JSON; () when all of it can."""
    return tuple(_not_json(value))
