"""Accept fast, explain slowly: a compiled yes or no, and all errors for a no."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

import jsonschema_rs
from pydantic_core import from_json

from stagepact.errors import nearest
from stagepact.schema.explain import SchemaViolation, explained, shorten
from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError

_DEEPEST = 200


class Validator:
    """A compiled schema: `accepts` answers yes or no, `violations` says all that is wrong.

    Equal to another validator of the same schema. Formats are asserted. `accepts_json` is the
    faster `accepts` of values that were made as JSON: it may raise, and let pass numbers that
    JSON doesn't have.
    """

    __slots__ = ("_fast", "accepts_json", "schema")

    def __init__(
        self,
        schema: JsonSchema,
        *,
        draft: int | None = None,
        retrieve: Callable[[str], Any] | None = None,
        assert_formats: bool = True,
    ) -> None:
        """Compile a schema by its own `$schema`, or by a draft (`jsonschema_rs.Draft7`, …).

        References that lead outside of it are asked of `retrieve`, and of nobody else. Formats are
        asserted, unless they are to be annotations (2020-12, Validation, section 7.2).

        Raises:
            SchemaError: it is no valid JSON Schema, or a reference leads nowhere.
        """
        self.schema = schema
        make = jsonschema_rs.validator_for if draft is None else VALIDATORS[draft]
        try:
            self._fast = make(schema, validate_formats=assert_formats, retriever=retrieve or refuse)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise schema_error(error) from error
        self.accepts_json = self._fast.is_valid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Validator) and other.schema == self.schema

    def __hash__(self) -> int:
        return hash(json_text(self.schema))

    def __repr__(self) -> str:
        return f"Validator({self.schema!r})"

    def accepts(self, instance: object) -> bool:
        """Whether the schema holds, which it doesn't of what can't be decided.

        So are infinite numbers, and whole ones that Python doesn't write out (`MOST_DIGITS`), for
        the engine reads numbers as they are written. Tuples are lists; what else isn't JSON is
        refused wherever the schema looks at it.
        """
        try:
            return self.accepts_json(instance) and _has_readable_numbers(instance)
        except (ValueError, RecursionError):
            return False

    def accepts_bytes(self, text: bytes | str) -> bool:
        """Whether a JSON text (RFC 8259) is written right and the schema holds for its value."""
        try:
            return self.accepts(from_json(text, allow_inf_nan=False))
        except ValueError:
            return False

    def count(self, instance: object) -> int:
        """How many violations there are at the outermost level: a broken union counts once."""
        return sum(1 for _ in self._fast.iter_errors(instance))

    def violations(self, instance: object) -> tuple[SchemaViolation, ...]:
        """Every violation, in the order of the instance; () exactly when `accepts` says yes."""
        if self.accepts(instance):
            return ()
        not_json = next(_not_json(instance), None)
        if not_json is not None:
            return (not_json,)
        try:
            found = [
                each
                for error in self._fast.iter_errors(instance)
                for each in explained(error, instance)
            ]
        except ValueError as error:  # half of a surrogate pair, which UTF-8 can't write
            return (SchemaViolation((), (), "json", "a JSON value", str(error)),)
        return tuple(sorted(found, key=_place))


MOST_DIGITS = 4300
"""How many digits of a whole number Python writes, by default (`sys.int_info`)."""

_HUGE: int = 10**MOST_DIGITS


def _has_readable_numbers(value: object) -> bool:
    """Whether all numbers in a value are finite and not too long; no container is read twice."""
    open_ends, seen = [value], set[int]()
    while open_ends:
        each = open_ends.pop()
        if each.__class__ in _WITHOUT_NUMBERS:
            continue
        if isinstance(each, float):
            if not isfinite(each):
                return False
        elif isinstance(each, int):
            if not -_HUGE < each < _HUGE:
                return False
        elif isinstance(each, _CONTAINERS) and id(each) not in seen:
            seen.add(id(each))
            open_ends.extend(each.values() if isinstance(each, dict) else each)
    return True


_WITHOUT_NUMBERS = frozenset({str, bool, type(None)})
_CONTAINERS = (dict, list, tuple)


def _place(violation: SchemaViolation) -> str:
    """What sorts violations: the items of a list as they are counted, a whole after its parts."""
    steps = violation.instance_pointer
    return str(tuple(f"{step:09}" if isinstance(step, int) else step for step in steps))


def refuse(uri: str) -> Any:
    """Stands for retrieval where nobody injected one.

    Raises:
        ValueError: always.
    """
    message = f"the reference {uri!r} leads outside of the project"
    raise ValueError(message)


VALIDATORS: Mapping[int, Callable[..., Any]] = {
    jsonschema_rs.Draft4: jsonschema_rs.Draft4Validator,
    jsonschema_rs.Draft6: jsonschema_rs.Draft6Validator,
    jsonschema_rs.Draft7: jsonschema_rs.Draft7Validator,
    jsonschema_rs.Draft201909: jsonschema_rs.Draft201909Validator,
    jsonschema_rs.Draft202012: jsonschema_rs.Draft202012Validator,
}
"""What compiles a schema of a draft."""


def schema_error(error: Exception) -> SchemaError:
    """A library's complaint about a schema, as ours."""
    if isinstance(error, jsonschema_rs.ValidationError):
        message, advice = _no_schema(error)
        return SchemaError(f"no valid JSON Schema: {message}", tuple(error.instance_path), advice)
    if "UTF-8" in str(error):
        message = "no usable JSON Schema: it holds half of a surrogate pair"
        return SchemaError(message, advice="write whole characters; UTF-8 has no form for halves")
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
    return _compiled(json_text(schema))


def json_text(schema: JsonSchema) -> str:
    """The schema as JSON: equal schemas, written in one order, have one.

    Raises:
        SchemaError: it is no JSON.
    """
    try:
        return json.dumps(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(f"a schema must be JSON: {error}") from error


def _not_json(
    value: object, pointer: Pointer = (), looked_at: dict[int, bool] | None = None
) -> Iterator[SchemaViolation]:
    """The places in a value that JSON has no form for (RFC 8259, section 3).

    What stands in several places is told at the first: a value may hold one list in more
    places than can be counted. `looked_at` says of a container by its `id` whether we are in it.
    """
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not -_HUGE < value < _HUGE:
            seen = f"a whole number of more than {MOST_DIGITS} digits"
            yield SchemaViolation(pointer, (), "json", "a number that can be read", seen)
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
