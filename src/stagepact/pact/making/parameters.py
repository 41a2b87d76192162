"""Texts outside of bodies (a path's values, parameters, headers), as a consumer says them.

A value that is said as it is has no rule: it is sent, or expected, to the letter. By a schema it
is one of many, and what may stand there becomes one regular expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from stagepact.contract.source import Json
from stagepact.pact.making import texts
from stagepact.pact.making.examples import example_of
from stagepact.pact.making.made import Written
from stagepact.pact.making.ruled import Lost, Matcher
from stagepact.pact.making.spots import Spots
from stagepact.pact.values import text_of
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.prepared import prepared
from stagepact.schema.shape import (
    Arrays,
    Checked,
    Either,
    Integers,
    Named,
    Numbers,
    Shape,
    Shapes,
    Texts,
    Values,
)

_WHOLE, _NUMBER = "-?[0-9]+", r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"


@dataclass(frozen=True, slots=True)
class Parameter:
    """The texts of one parameter, the rule for each of them, and what that doesn't say."""

    texts: tuple[str, ...]
    expression: str | None = None
    lost: tuple[Lost, ...] = ()
    state: str = ""
    """The name of the value of the provider's state that is sent in its place."""

    @property
    def generator(self) -> dict[str, str]:
        """What puts the state's value in, as pact files have it."""
        return from_state(f"${{{self.state}}}")

    @property
    def rule(self) -> dict[str, Any]:
        """The rules as pact files have them."""
        matcher: Matcher = {"match": "regex", "regex": self.expression}
        return {"combine": "AND", "matchers": [matcher]}


def exact(value: Json) -> Parameter:
    """A parameter that is said as it is; of a list each item by itself."""
    items = value if isinstance(value, list) else [value]
    return Parameter(tuple(map(text_of, items)))


def parameter(
    schema: JsonSchema, spots: Spots, name: str, written: Written | None, at: str
) -> Parameter:
    """A parameter of a schema that stands alone.

    Raises:
        SchemaError: the schema admits no value, or can't be used.
    """
    shapes = prepared(schema).shapes
    example = example_of(schema, spots, name) if written is None else written.value
    lost: list[Lost] = []
    found = [_expression(each, at, spots, lost) for each in _leaves(shapes.root, shapes)]
    expression = texts.ANY if None in found else texts.any_of(filter(None, found))
    return Parameter(exact(example).texts, expression or texts.ANY, tuple(dict.fromkeys(lost)))


def from_state(expression: str) -> dict[str, str]:
    """A generator of a text with values of the provider's state."""
    return {"type": "ProviderState", "expression": expression, "dataType": "STRING"}


def in_path(template: str, values: Mapping[str, Parameter]) -> Parameter:
    """A path with the values of its placeholders; by one rule where any of them has one."""
    path, expression, state, by_rule = "", "", "", False
    for text, name in placeholders(template):
        path, expression = path + text, expression + texts.literal(text)
        state += text
        if name is None or name not in values:
            continue
        value = values[name]
        encoded = quote(value.texts[0] if value.texts else "", safe="")
        path += encoded
        state += f"${{{value.state}}}" if value.state else encoded
        by_rule = by_rule or value.expression is not None
        expression += f"(?:{_within_path(value.expression) or texts.literal(encoded)})"
    lost = tuple(each for value in values.values() for each in value.lost)
    from_states = state if any(each.state for each in values.values()) else ""
    return Parameter((path,), expression if by_rule else None, lost, from_states)


def _within_path(expression: str | None) -> str | None:
    """Of a value that any text may be, only what stands between slashes."""
    return "[^/]+" if expression == texts.ANY else expression


def placeholders(template: str) -> Iterator[tuple[str, str | None]]:
    """A path's texts, each with the name of the placeholder that follows it, if any does."""
    rest = template
    while rest:
        text, opened, after = rest.partition("{")
        name, closed, following = after.partition("}")
        if not opened or not closed:
            yield rest, None
            return
        yield text, name
        rest = following


def _leaves(shape: Shape, shapes: Shapes) -> Iterable[Shape]:
    """The shapes of single texts; of a list those of its items."""
    found: list[Shape] = []
    waiting: list[Shape] = [shape]
    seen: set[str] = set()
    while waiting:
        match waiting.pop(0):
            case Either() as either:
                waiting += either.branches
            case Checked() as checked:
                waiting.append(checked.shape)
            case Named(name) if name not in seen:
                seen.add(name)
                waiting.append(shapes.named[name])
            case Arrays() as arrays:
                waiting += (*arrays.first, arrays.rest)
            case Named():
                pass
            case other:
                found.append(other)
    return found


def _expression(shape: Shape, at: str, spots: Spots, lost: list[Lost]) -> str | None:
    """What a text of a shape is; None where it may be anything."""
    match shape:
        case Texts():
            expression, beyond = texts.expression(shape)
            if beyond or set(shape.formats) - texts.FORMS.keys():
                said = spots.path("pattern", "format")
                lost.append(Lost(at, said, "format", "what its pattern or format says"))
            return expression
        case Integers():
            _bounds(shape, at, spots, lost)
            return _WHOLE
        case Numbers():
            _bounds(shape, at, spots, lost)
            return _NUMBER
        case Values():
            return texts.any_of(texts.literal(text_of(each)) for each in shape.values) or None
    return None


def _bounds(shape: Integers | Numbers, at: str, spots: Spots, lost: list[Lost]) -> None:
    if shape.minimum is not None or shape.maximum is not None or shape.step not in (None, 1):
        said = spots.path("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        lost.append(Lost(at, said, "bounds", "its bounds"))
