"""Every place of a schema that instances reach, and how to make the whole schema lead there.

A `Place` can be focused: the schema is rebuilt so that its instances hold there what another
schema admits. Unions are entered by the branch, references are followed once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stagepact.schema.candidates import candidates
from stagepact.schema.linked import Linked, linked
from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.regular import Language, NotRegular
from stagepact.schema.validate import compile_schema

Focus = Callable[[JsonSchema], JsonSchema]
"""From what one place admits to the schema of the whole."""

_Subschema = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A subschema where instances meet it, and the focus on it.

    `alone` makes a schema of it without what surrounds it. Inside of a union, where another branch
    may take what this one refuses, `loose` asks for the way to the place, and that no branch holds.
    `guards` say of places in the instance what has to hold there for the schema to be asked. Where
    breaking it breaks nothing by itself, as in `contains`, it `is_silent`. It was reached from
    `outer`; `wrap` makes of it a schema of what stands there.
    """

    schema: _Subschema
    instance: Pointer
    pointer: Pointer
    focus: Focus
    alone: Focus
    loose: Focus | None = None
    guards: tuple[tuple[Pointer, Callable[[Any], bool]], ...] = ()
    is_silent: bool = False
    outer: Place | None = None
    wrap: Focus | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From a schema to a part of it: where it is met, where it stands, how it is put in place."""

    part: Any
    instance: Pointer
    pointer: Pointer
    wrap: Focus
    guard: JsonSchema = True


def places(schema: JsonSchema) -> Iterator[Place]:
    """The places of a self-contained 2020-12 schema, outermost first; each subschema once.

    Raises:
        SchemaError: a reference leads nowhere.
    """
    document = linked(schema)
    root = _admitting(document.root, document)
    if root is None:
        return
    queue = deque([Place(root, (), (), document.whole, document.whole)])
    seen: set[Pointer] = set()
    while queue:
        place = queue.popleft()
        if place.pointer not in seen:
            seen.add(place.pointer)
            yield place
            queue += _inner(place, document)


def _inner(place: Place, document: Linked) -> Iterator[Place]:
    for keyword, value in place.schema.items():
        if keyword == "$ref":
            yield from _referred(place, document, value)
        for way in _WAYS.get(keyword, _no_way)(place.schema, value):
            schema = None if way.part is False and keyword in _CLOSED else way.part
            part = _admitting(schema, document)
            if part is not None:
                yield Place(
                    part,
                    (*place.instance, *way.instance),
                    (*place.pointer, *way.pointer),
                    _composed(place.focus, way.wrap),
                    document.whole,
                    _loose(place, keyword, way),
                    _guards(place, way.guard, document),
                    place.is_silent or keyword == "contains",
                    place,
                    way.wrap,
                )


def _referred(place: Place, document: Linked, reference: str) -> Iterator[Place]:
    part = document.part(reference)
    schema = None if part is None else _admitting(part.schema, document)
    if part is not None and schema is not None:
        wrap = _beside(without(place.schema, "$ref"))
        yield replace(
            place,
            schema=schema,
            pointer=part.pointer,
            focus=_composed(place.focus, wrap),
            outer=place,
            wrap=wrap,
        )


NEVER = "false"
"""Stands for the schema `false` as a keyword; no validator knows it."""

_CLOSED = frozenset(
    {"additionalProperties", "items", "properties", "unevaluatedItems", "unevaluatedProperties"}
)
"""Where `false` closes what holds it: edges of that, not of a place."""


def _guards(
    place: Place, guard: JsonSchema, document: Linked
) -> tuple[tuple[Pointer, Callable[[Any], bool]], ...]:
    if guard is True:
        return place.guards
    return (*place.guards, (place.instance, compile_schema(document.whole(guard)).accepts))


def _admitting(schema: Any, document: Linked) -> _Subschema | None:
    """A subschema as keywords, if it has any; `propertyNames` is then no mere reference."""
    if schema is False:
        return {NEVER: True}
    if not isinstance(schema, dict):
        return None
    names = schema.get("propertyNames")
    seen: set[str] = set()
    while isinstance(names, dict) and set(names) == {"$ref"} and names["$ref"] not in seen:
        seen.add(names["$ref"])
        part = document.part(names["$ref"])
        names = names if part is None else part.schema
    return schema if names is schema.get("propertyNames") else {**schema, "propertyNames": names}


def _loose(place: Place, keyword: str, way: Way) -> Focus | None:
    """The focus on a place in a union that keeps nothing but the way to it."""
    if keyword in ("anyOf", "oneOf"):
        if is_long(place.schema[keyword]):  # what so many refuse can't be reasoned out in time
            return None
        return _composed(place.focus, _beside({"not": place.schema}))
    if place.loose is None or not way.instance:
        return place.loose
    step = way.instance[0]
    bare = _property({}, step) if isinstance(step, str) else _item({}, [True] * step, step)
    return _composed(place.loose, bare)


def _composed(outer: Focus, inner: Focus) -> Focus:
    return lambda schema: outer(inner(schema))


def _beside(rest: _Subschema) -> Focus:
    return lambda inner: {"allOf": [rest, inner]} if rest else inner


def without(schema: _Subschema, *keywords: str) -> _Subschema:
    """A schema without some keywords."""
    return {key: value for key, value in schema.items() if key not in keywords}


def with_property(schema: _Subschema, name: str, inner: JsonSchema) -> JsonSchema:
    """A schema of objects in which a property is there, and holds what another schema admits."""
    properties = {**schema.get("properties", {}), name: inner}
    required = list(dict.fromkeys([*schema.get("required", ()), name]))
    return {**schema, "type": "object", "properties": properties, "required": required}


def undeclared(schema: _Subschema) -> str | None:
    """A name that a schema of objects doesn't declare; None where it is known to admit none."""
    taken = {*schema.get("properties", {}), *schema.get("required", ())}
    patterns = tuple(schema.get("patternProperties", ()))
    allowed = schema.get("propertyNames", True)
    if not patterns and allowed is True:
        name = "extra"
        while name in taken:
            name += "_"
        return name
    free = [{"not": {"pattern": each}} for each in patterns]
    spelt = [{"pattern": "^[a-z]{3,}$"}] if allowed is True else []
    wanted = {"type": "string", "not": {"enum": sorted(taken)}} if taken else {"type": "string"}
    return next(candidates({"allOf": [allowed, *free, *spelt, wanted]}), None)


_LONG = 100
_FEW = 6


def is_long(parts: list[Any]) -> bool:
    """Whether a union or an enumeration is too long for all of its parts to be looked at."""
    return len(parts) > _LONG


def some(parts: list[Any]) -> Iterator[tuple[int, Any]]:
    """The parts of a union or an enumeration, numbered; of a very long one, a few."""
    for index, part in enumerate(parts):
        if index < _FEW or not is_long(parts):
            yield index, part


def _no_way(schema: _Subschema, value: Any) -> Iterator[Way]:
    return iter(())


def _properties(schema: _Subschema, value: Any) -> Iterator[Way]:
    for name, part in value.items():
        yield Way(part, (name,), ("properties", name), _property(schema, name))


def _property(schema: _Subschema, name: str) -> Focus:
    return lambda inner: with_property(schema, name, inner)


def _pattern_properties(schema: _Subschema, value: Any) -> Iterator[Way]:
    for text, part in value.items():
        try:
            name = Language((text,)).shortest()
        except NotRegular:
            continue
        if name is not None and name not in schema.get("properties", {}):
            others = {each: held for each, held in value.items() if each != text}
            focused = {**schema, "patternProperties": others}
            yield Way(part, (name,), ("patternProperties", text), _property(focused, name))


def _undeclared_properties(keyword: str) -> Callable[[_Subschema, Any], Iterator[Way]]:
    def ways(schema: _Subschema, value: Any) -> Iterator[Way]:
        name = undeclared(schema)
        if name is not None:
            yield Way(value, (name,), (keyword,), _property(schema, name))

    return ways


def _items(keyword: str) -> Callable[[_Subschema, Any], Iterator[Way]]:
    def ways(schema: _Subschema, value: Any) -> Iterator[Way]:
        first = schema.get("prefixItems", [])
        if keyword == "items" or "items" not in schema:
            yield Way(value, (len(first),), (keyword,), _item(schema, first, len(first)))

    return ways


def _prefix_items(schema: _Subschema, value: Any) -> Iterator[Way]:
    for index, part in enumerate(value):
        yield Way(part, (index,), ("prefixItems", index), _item(schema, value, index))


def _item(schema: _Subschema, first: list[Any], index: int) -> Focus:
    least = max(index + 1, schema.get("minItems", 0))

    def wrap(inner: JsonSchema) -> JsonSchema:
        items = [*first[:index], inner, *first[index + 1 :]]
        return {**schema, "type": "array", "prefixItems": items, "minItems": least}

    return wrap


def _contains(schema: _Subschema, value: Any) -> Iterator[Way]:
    first = schema.get("prefixItems", [])
    held = first[0] if first else schema.get("items", True)
    wrap = _item(schema, [*first] or [held], 0)
    yield Way(value, (0,), ("contains",), lambda inner: wrap({"allOf": [held, inner]}))


def _all_of(schema: _Subschema, value: Any) -> Iterator[Way]:
    for index, part in some(value):
        others = [*value[:index], *value[index + 1 :]]
        beside = {**without(schema, "allOf"), **({"allOf": others} if others else {})}
        yield Way(part, (), ("allOf", index), _beside(beside))


def _union(keyword: str) -> Callable[[_Subschema, Any], Iterator[Way]]:
    def ways(schema: _Subschema, value: Any) -> Iterator[Way]:
        beside = without(schema, keyword)
        for index, part in some(value):
            yield Way(part, (), (keyword, index), _beside(beside))

    return ways


def _conditional(keyword: str) -> Callable[[_Subschema, Any], Iterator[Way]]:
    def ways(schema: _Subschema, value: Any) -> Iterator[Way]:
        if "if" in schema:
            condition = schema["if"] if keyword == "then" else {"not": schema["if"]}
            beside = {"allOf": [without(schema, "if", "then", "else"), condition]}
            yield Way(value, (), (keyword,), _beside(beside), condition)

    return ways


def _dependent_schemas(schema: _Subschema, value: Any) -> Iterator[Way]:
    for name, part in value.items():
        others = {each: held for each, held in value.items() if each != name}
        required = [*schema.get("required", ()), name]
        focused = {"dependentSchemas": others, "type": "object", "required": required}
        asked = {"type": "object", "required": [name]}
        yield Way(part, (), ("dependentSchemas", name), _beside({**schema, **focused}), asked)


_WAYS: Mapping[str, Callable[[_Subschema, Any], Iterator[Way]]] = {
    "additionalProperties": _undeclared_properties("additionalProperties"),
    "allOf": _all_of,
    "anyOf": _union("anyOf"),
    "contains": _contains,
    "dependentSchemas": _dependent_schemas,
    "else": _conditional("else"),
    "items": _items("items"),
    "oneOf": _union("oneOf"),
    "patternProperties": _pattern_properties,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "then": _conditional("then"),
    "unevaluatedItems": _items("unevaluatedItems"),
    "unevaluatedProperties": _undeclared_properties("unevaluatedProperties"),
}
