"""Where the constraints of a schema stand, and which of them a value breaks, by `jsonschema`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

Location = tuple[Any, ...]

CHECKER = FormatChecker()
for _name in ("date-time", "time", "duration", "uri"):  # jsonschema has them as extras

    @CHECKER.checks(_name)
    def _is_valid(text: object, name: str = _name) -> bool:
        return jsonschema_rs.is_valid({"format": name}, text, validate_formats=True)


CHECKED = frozenset(CHECKER.checkers)

_COUNTED = frozenset(
    {"anyOf", "const", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems"}
    | {"maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties"}
    | {"minimum", "multipleOf", "oneOf", "pattern", "type", "uniqueItems"}
)


def reference(schema: Any) -> Any:
    return Draft202012Validator(schema, format_checker=CHECKER)


def constraints(
    schema: Any, whole: Any, at: Location = (), seen: set[Location] | None = None
) -> Iterator[Location]:
    """Where the constraints of a schema stand, by references too; `required` by the name."""
    seen = set() if seen is None else seen
    if at in seen or not isinstance(schema, dict):
        return
    seen.add(at)
    for key, value in schema.items():
        place = (*at, key)
        if key == "required":
            yield from ((*place, name) for name in value)
        elif key == "$ref":
            target = target_of(value)
            yield from constraints(standing(whole, target), whole, target, seen)
        elif key == "additionalProperties" and value is False:
            yield place
        elif key == "format":
            yield from [place] if value in CHECKED else []
        elif key in _COUNTED and not (key in {"anyOf", "oneOf"} and {} in value):
            yield place
        if key in {"properties", "patternProperties"}:
            for name, part in value.items():
                yield from constraints(part, whole, (*place, name), seen)
        elif key in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            for index, part in enumerate(value):
                yield from constraints(part, whole, (*place, index), seen)
        elif key in {"items", "additionalProperties", "propertyNames"}:
            yield from constraints(value, whole, place, seen)


def broken_by(schema: Any, errors: Any) -> Iterator[Location]:
    """Where the constraints stand that errors tell of, in unions by branch."""
    for error in leaves(errors):
        place = located(schema, error)
        yield place
        if error.validator == "required":
            yield from ((*place, n) for n in error.validator_value if n not in error.instance)


def leaves(errors: Any) -> Iterator[ValidationError]:
    for error in errors:
        yield error
        yield from leaves(error.context or ())


def located(whole: Any, error: ValidationError) -> Location:
    """A path of an error, which steps over references, as a place."""
    place: Location = ()
    path = list(error.absolute_schema_path)
    for index, step in enumerate(path):
        here = standing(whole, place)
        while "$ref" in here and not _is_meant(here, step, error, index == len(path) - 1):
            place = target_of(here["$ref"])
            here = standing(whole, place)
        place = (*place, step)
    return place


def _is_meant(here: Any, step: Any, error: ValidationError, is_last: bool) -> bool:
    """Whether a step of a path is a keyword beside a reference, not one behind it."""
    return step in here and (not is_last or here[step] == error.validator_value)


def standing(whole: Any, place: Location) -> Any:
    for step in place:
        whole = whole[step]
    return dict(enumerate(whole)) if isinstance(whole, list) else whole


def target_of(reference: str) -> Location:
    return tuple(s.replace("~1", "/").replace("~0", "~") for s in reference.split("/")[1:])
