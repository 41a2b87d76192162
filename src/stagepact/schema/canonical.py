"""The one module that knows jsonschema-rs's algebra of schemas: canonical forms, and their shapes.

`jsonschema_rs.canonical` is young and its names move (docs/decisions say more); nothing else here
imports it, but for compare.py, which proves over its views.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jsonschema_rs
from jsonschema_rs import CanonicalSchema
from jsonschema_rs import canonical as rs

from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.regular import Language, NotRegular
from stagepact.schema.shape import (
    BOOLEANS,
    NOTHING,
    NULL,
    Anything,
    Arrays,
    Checked,
    Either,
    Extra,
    Integers,
    Named,
    Numbers,
    Objects,
    Shape,
    Shapes,
    Texts,
    Values,
)
from stagepact.schema.unions import apart
from stagepact.schema.validate import refuse, schema_error

Retrieve = Callable[[str], Any]

_DIALECTS = frozenset(
    {
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    }
)
_MOST_EXPANSIONS = 3
_MOST_INTERSECTIONS = 200
_MOST_PAIRS = 100


def canonical(
    schema: JsonSchema, *, draft: int | None = None, retrieve: Retrieve | None = None
) -> CanonicalSchema:
    """The canonical form of a schema, by its own `$schema` unless a draft is given.

    Raises:
        SchemaError: it is no valid JSON Schema, or a reference leads nowhere.
    """
    try:
        return jsonschema_rs.canonicalize(
            apart(schema), draft=draft, validate_formats=True, retriever=retrieve or refuse
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise schema_error(error) from error


def shapes(form: CanonicalSchema) -> Shapes:
    """What a canonical form admits, with all that its references mean."""
    lift = _Lift(form, _Names())
    root = lift.shape(form)
    names = lift.names
    while names.open:
        name, make = names.open.pop()
        names.meant[name] = make()
    return Shapes(root, names.meant)


@dataclass(frozen=True, slots=True)
class _Names:
    """What has a name so far, what is still to be lifted, and the names of intersections."""

    meant: dict[str, Shape] = field(default_factory=dict)
    open: list[tuple[str, Callable[[], Shape]]] = field(default_factory=list)
    met: dict[tuple[str, CanonicalSchema], str] = field(default_factory=dict)

    def of(self, name: str, make: Callable[[], Shape]) -> Named:
        """What has a name, and is made once."""
        if name not in self.meant:
            self.meant[name] = NOTHING
            self.open.append((name, make))
        return Named(name)


class _Lift:
    """One pass from canonical views to shapes."""

    def __init__(self, form: CanonicalSchema, names: _Names, prefix: str = "") -> None:
        self._form = form
        self._definitions = dict(form.definitions())
        self.names = names
        self.prefix = prefix

    def definition(self, uri: str) -> CanonicalSchema:
        """What a reference means."""
        return self._form if uri == "#" else self._definitions[uri]

    def shape(self, form: CanonicalSchema) -> Shape:
        """The shape of a form, by its view."""
        view = form.view()
        return _MAKERS[type(view)](self, view, form)

    def either(self, forms: Iterable[CanonicalSchema]) -> Shape:
        """What any of the forms admits."""
        return either(map(self.shape, forms))


def either(branches: Iterable[Shape]) -> Shape:
    """What any of the branches admits, flat and without those that admit nothing."""
    flat = [part for each in branches for part in _flat(each) if part is not NOTHING]
    if not flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def _flat(shape: Shape) -> tuple[Shape, ...]:
    return shape.branches if isinstance(shape, Either) else (shape,)


def _schema_of(form: CanonicalSchema) -> JsonSchema:
    schema = form.to_json_schema()
    if isinstance(schema, dict) and schema.get("$schema") not in _DIALECTS:
        schema = {name: part for name, part in schema.items() if name != "$schema"}
    assert isinstance(schema, dict | bool), "a canonical form is written as a schema"
    return schema


def _checked(shape: Shape, form: CanonicalSchema) -> Shape:
    return shape if shape is NOTHING else Checked(shape, _schema_of(form))


def _reference(lift: _Lift, view: rs.ReferenceView, form: CanonicalSchema) -> Shape:
    return lift.names.of(lift.prefix + view.uri, lambda: lift.shape(lift.definition(view.uri)))


_TYPES: Mapping[str, Shape] = {
    "null": NULL,
    "boolean": BOOLEANS,
    "integer": Integers(),
    "number": Numbers(),
    "string": Texts(),
    "array": Arrays((), Anything()),
    "object": Objects({}, {}, Extra(others=Anything())),
}
_NODES: Mapping[str, type[Shape] | tuple[type[Shape], ...]] = {
    "integer": Integers,
    "number": (Integers, Numbers),
    "string": Texts,
    "array": Arrays,
    "object": Objects,
}


def _types(lift: _Lift, view: rs.MultiTypeView, form: CanonicalSchema) -> Shape:
    return either(_TYPES[each] for each in view.types)


def _typed(lift: _Lift, view: rs.TypedGroupView, form: CanonicalSchema) -> Shape:
    """A type, and a body that need not speak of it."""
    if isinstance(view.body.view(), rs.TrueView):
        return _TYPES[view.type_name]
    body = lift.shape(view.body)
    if _is_of(body, view.type_name):
        return body
    type_ = jsonschema_rs.canonicalize({"type": view.type_name}, draft=form.draft)
    return _intersection(lift, [type_, view.body], form)


def _is_of(shape: Shape, type_: str) -> bool:
    if isinstance(shape, Either):
        return all(_is_of(each, type_) for each in shape.branches)
    if isinstance(shape, Checked):
        return _is_of(shape.shape, type_)
    return type_ in _NODES and isinstance(shape, _NODES[type_])


def _any_of(lift: _Lift, view: rs.AnyOfView, form: CanonicalSchema) -> Shape:
    return lift.either(view.branches)


def _one_of(lift: _Lift, view: rs.OneOfView, form: CanonicalSchema) -> Shape:
    return _checked(lift.either(view.branches), form)


def _all_of(lift: _Lift, view: rs.AllOfView, form: CanonicalSchema) -> Shape:
    return _intersection(lift, view.branches, form)


def _intersection(lift: _Lift, branches: list[CanonicalSchema], form: CanonicalSchema) -> Shape:
    """What the algebra leaves apart, mostly for a reference in it: by a name, as it may recur."""
    names, known = lift.names, (lift.prefix, form)
    if known not in names.met:
        if len(names.met) >= _MOST_INTERSECTIONS:
            return _checked(lift.shape(branches[0]), form)
        names.met[known] = f"{lift.prefix}&{len(names.met)}"
    return names.of(names.met[known], lambda: _checked(lift.either(_met(lift, branches)), form))


def _met(
    lift: _Lift, branches: list[CanonicalSchema], within: frozenset[str] = frozenset()
) -> list[CanonicalSchema]:
    """Forms of which each is within some of the branches, and that admit all that is in all.

    Each branch that is folded in narrows them; one that would make too many is left out.
    """
    found = list(_alternatives(lift, branches[0], within))
    for branch in branches[1:]:
        others = list(_alternatives(lift, branch, within))
        if len(found) * len(others) <= _MOST_PAIRS:
            found = [both for one in found for other in others for both in _both(one, other)]
    return list(dict.fromkeys(found))


def _alternatives(
    lift: _Lift, form: CanonicalSchema, within: frozenset[str]
) -> Iterator[CanonicalSchema]:
    """The branches of unions in a form; references are followed, but for those we are within."""
    open_ends = [form]
    followed: set[str] = set()
    while open_ends:
        form = open_ends.pop()
        view = form.view()
        if isinstance(view, rs.AnyOfView | rs.OneOfView):
            open_ends += reversed(view.branches)
        elif isinstance(view, rs.AllOfView):
            yield from _met(lift, view.branches, within | followed)
        elif not isinstance(view, rs.ReferenceView) or view.uri in within:
            yield form
        elif view.uri not in followed:
            followed.add(view.uri)
            open_ends.append(lift.definition(view.uri))


def _both(one: CanonicalSchema, other: CanonicalSchema) -> Iterator[CanonicalSchema]:
    """What is in both, as a form; the first of them where the algebra leaves them apart."""
    try:
        both = one.intersect(other)
    except rs.CanonicalizationError:
        yield one
        return
    if isinstance(both.view(), rs.AllOfView):
        yield one
    elif both.satisfiability() != rs.Satisfiability.NO:
        yield both


def _anything(lift: _Lift, view: object, form: CanonicalSchema) -> Shape:
    return Checked(Anything(), _schema_of(form))


# What the algebra may have no form for, and what only narrows.
_NARROWING = frozenset(
    {"$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties", "not"}
)


def _raw(lift: _Lift, view: rs.RawView, form: CanonicalSchema) -> Shape:
    """What has no canonical form: the shape of what is left without what only narrows it."""
    schema = _schema_of(form)
    loose = _loosened(schema)
    if loose == schema or lift.prefix.count("~") >= _MOST_EXPANSIONS:
        return Checked(Anything(), schema)
    looser = canonical(loose)
    inner = _Lift(looser, lift.names, f"{lift.prefix}~{len(lift.names.meant)}")
    return _checked(inner.shape(looser), form)


def _loosened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _loosened(each) for name, each in schema.items() if name not in _NARROWING}


def _integers(lift: _Lift, view: rs.IntegerView, form: CanonicalSchema) -> Shape:
    step = _multiple(view.multiple_of)
    shape = Integers(view.minimum, view.maximum, 1 if step is None else step.numerator)
    return _checked(shape, form) if view.not_multiple_of else shape


def _numbers(lift: _Lift, view: rs.NumberView, form: CanonicalSchema) -> Shape:
    shape = Numbers(
        _fraction(view.minimum),
        _fraction(view.maximum),
        bool(view.exclusive_minimum),
        bool(view.exclusive_maximum),
        _multiple(view.multiple_of),
        bool(view.excludes_integers),
    )
    return _checked(shape, form) if view.not_multiple_of else shape


def _fraction(number: float | Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))


def _multiple(factors: Iterable[float | Decimal]) -> Fraction | None:
    """The least common multiple of some factors; None of none."""
    whole: Fraction | None = None
    for factor in factors:
        each = Fraction(str(factor))
        if whole is None:
            whole = each
            continue
        top = math.lcm(whole.numerator * each.denominator, each.numerator * whole.denominator)
        whole = Fraction(top, whole.denominator * each.denominator)
    return whole


def _texts(lift: _Lift, view: rs.StringView, form: CanonicalSchema) -> Shape:
    shape = Texts(
        view.min_length or 0,
        view.max_length,
        tuple(view.patterns),
        tuple(view.excluded_patterns),
        tuple(view.formats),
    )
    if (shape.patterns or shape.excluded_patterns) and _is_empty(shape):
        return NOTHING
    rest = (view.excluded_formats, view.content_media_types, view.content_encodings, view.excluded)
    return _checked(shape, form) if any(rest) else shape


def _is_empty(texts: Texts) -> bool:
    language = Language(texts.patterns, texts.excluded_patterns, texts.min_length, texts.max_length)
    try:
        return not language.lengths(1)
    except NotRegular:
        return False


def _arrays(lift: _Lift, view: rs.ArrayView, form: CanonicalSchema) -> Shape:
    wanted = tuple(
        (lift.shape(each.schema), 1 if each.min_contains is None else each.min_contains)
        for each in view.contains
    )
    shape = Arrays(
        tuple(map(lift.shape, view.prefix_items)),
        Anything() if view.items is None else lift.shape(view.items),
        view.min_items or 0,
        view.max_items,
        view.distinctness == rs.Distinctness.ALL_DISTINCT,
        view.distinctness == rs.Distinctness.SOME_REPEATED,
        wanted,
    )
    return _checked(shape, form) if wanted or shape.repeated else shape


def _objects(lift: _Lift, view: rs.ObjectView, form: CanonicalSchema) -> Shape:
    declared = {name: lift.shape(each) for name, each in view.properties.items()}
    extra: Extra | None = _extra(lift, view)
    names = extra.names if extra else None
    if isinstance(names, Values):  # a closed list of names
        declared = {name: declared.get(name) or _undeclared(name, extra) for name in names.values}
        extra = None
    required = {name: declared.get(name) or _undeclared(name, extra) for name in view.required}
    optional = dict(_optional(declared, required))
    shape = Objects(required, optional, extra, view.min_properties or 0, view.max_properties)
    exact = not (view.violations or view.pattern_properties or view.property_names)
    return shape if exact else _checked(shape, form)


def _optional(
    declared: Mapping[str, Shape], required: Mapping[str, Shape]
) -> Iterator[tuple[str, Shape]]:
    for name, shape in declared.items():
        if name not in required and shape is not NOTHING:
            yield name, shape


def _extra(lift: _Lift, view: rs.ObjectView) -> Extra | None:
    """What keys beside the declared ones may hold; None where there are none."""
    patterns = tuple((text, lift.shape(each)) for text, each in view.pattern_properties.items())
    said = view.additional_properties
    others = Anything() if said is None else lift.shape(said)
    names = None if view.property_names is None else lift.shape(view.property_names)
    if others is NOTHING and not patterns and names is None:
        return None
    asked = bool(patterns or names is not None or said is not None or not view.properties)
    return Extra(patterns, others, names, asked)


def _undeclared(name: str, extra: Extra | None) -> Shape:
    """What a key that isn't declared holds: by the first pattern it matches, else as all others."""
    if extra is None:
        return NOTHING
    for pattern, shape in extra.patterns:
        if jsonschema_rs.is_valid({"pattern": pattern}, name):
            return shape
    return extra.others


_MAKERS: Mapping[type, Callable[[_Lift, Any, CanonicalSchema], Shape]] = {
    rs.TrueView: lambda lift, view, form: Anything(),
    rs.FalseView: lambda lift, view, form: NOTHING,
    rs.MultiTypeView: _types,
    rs.TypedGroupView: _typed,
    rs.StringView: _texts,
    rs.NumberView: _numbers,
    rs.IntegerView: _integers,
    rs.ArrayView: _arrays,
    rs.ObjectView: _objects,
    rs.NotView: _anything,
    rs.AllOfView: _all_of,
    rs.AnyOfView: _any_of,
    rs.OneOfView: _one_of,
    rs.ReferenceView: _reference,
    rs.ConstView: lambda lift, view, form: Values((view.value,)),
    rs.EnumView: lambda lift, view, form: Values(tuple(view.values)),
    rs.RawView: _raw,
}


def unsatisfiable(schema: JsonSchema) -> tuple[Pointer, str]:
    """Where a schema without values says so, and why; the root where that isn't known."""
    try:
        found = rs.find_unsatisfiable(schema, validate_formats=True, retriever=refuse)
    except (ValueError, jsonschema_rs.ReferencingError):
        found = {}
    for place, reason in sorted(found.items(), key=lambda item: -len(item[0])):
        keywords = [f"{each.pointer}: {', '.join(each.keywords)}" for each in _causes(reason)]
        return _pointer(place), " against ".join(keywords) or "it is `false`"
    return (), "nothing fits all that it asks for, or what recurs never ends"


def _causes(reason: rs.UnsatisfiableReason) -> list[rs.Cause]:
    if isinstance(reason, rs.UnsatisfiableReason.Conflict):
        return reason.causes
    return [reason.cause] if isinstance(reason, rs.UnsatisfiableReason.Empty) else []


def _pointer(text: str) -> Pointer:
    parts = text.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)
