"""Proofs that one canonical form admits all that another admits, by the structure of both.

A proof may lean on itself (coinduction): what is claimed of two forms may be used for the same two
once the proof has gone into a part of the instance, since instances are finite. A rule that can't
tell says no, which proves nothing.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, reduce
from itertools import combinations
from time import thread_time
from typing import Any

import jsonschema_rs
from jsonschema_rs import CanonicalSchema
from jsonschema_rs import canonical as rs

from stagepact.schema.formats import narrowest, widest
from stagepact.schema.regular import Language, NotRegular, missing_from, missing_from_all
from stagepact.schema.validate import VALIDATORS

_MOST_HOPS = 50
_MOST_CLAIMS = 500

Claim = tuple[str, str]


class Unproven(Exception):  # noqa: N818 - it says what was found
    """There was no time left for a proof."""


@dataclass(frozen=True)
class Side:
    """A form, and what its references mean."""

    form: CanonicalSchema
    root: CanonicalSchema
    definitions: Mapping[str, CanonicalSchema]

    @classmethod
    def of_root(cls, form: CanonicalSchema) -> Side:
        """A whole schema's side."""
        return cls(form, form, dict(form.definitions()))

    def of(self, form: CanonicalSchema) -> Side:
        """A part of this side."""
        return replace(self, form=form)

    def key(self) -> str:
        """The same for equal forms."""
        return json.dumps(self.form.to_json_schema(), sort_keys=True, default=str)

    def meant(self) -> Side:
        """The side without a reference at its top."""
        side = self
        for _ in range(_MOST_HOPS):
            view = side.form.view()
            if not isinstance(view, rs.ReferenceView):
                return side
            side = side.of(self.root if view.uri == "#" else self.definitions[view.uri])
        raise Unproven

    def accepts(self, value: Any) -> bool:
        """Whether a value is one of the form's."""
        schema: Any = self.form.to_json_schema()
        try:
            return jsonschema_rs.is_valid(schema, value, validate_formats=True)
        except (ValueError, jsonschema_rs.ValidationError) as error:
            raise Unproven from error


def proven(outer: Side, inner: Side, until: float) -> bool:
    """Whether it is proven by a moment of the thread's own time; False proves nothing.

    Raises:
        Unproven: the time is over.
    """
    return _Proof(until).holds(outer, inner, frozenset(), frozenset())


@dataclass(frozen=True)
class _Proof:
    until: float

    def holds(
        self, outer: Side, inner: Side, usable: frozenset[Claim], pending: frozenset[Claim]
    ) -> bool:
        """Whether it follows; `pending` claims become usable inside of a part of the instance."""
        if thread_time() > self.until or len(usable) > _MOST_CLAIMS:
            raise Unproven
        if _covers(outer, inner):
            return True
        claim = (outer.key(), inner.key())
        if claim in usable:
            return True
        if claim in pending:
            return False
        now = pending | {claim}
        outer, inner = outer.meant(), inner.meant()
        return self._by_union(outer, inner, usable, now)

    def _by_union(
        self, outer: Side, inner: Side, usable: frozenset[Claim], pending: frozenset[Claim]
    ) -> bool:
        a, b = inner.form.view(), outer.form.view()
        if isinstance(a, rs.FalseView) or isinstance(b, rs.TrueView):
            return True
        if isinstance(a, rs.AnyOfView | rs.OneOfView):
            return all(self.holds(outer, inner.of(e), usable, pending) for e in a.branches)
        if isinstance(a, rs.MultiTypeView) and len(a.types) > 1:
            types = [_of_type(each, inner.form.draft) for each in a.types]
            return all(self.holds(outer, inner.of(e), usable, pending) for e in types)
        if isinstance(b, rs.AllOfView):
            return all(self.holds(outer.of(e), inner, usable, pending) for e in b.branches)
        if isinstance(b, rs.AnyOfView):
            if any(self.holds(outer.of(e), inner, usable, pending) for e in b.branches):
                return True
            return _by_texts(outer, inner, b) or self._by_values(outer, inner)
        if isinstance(b, rs.OneOfView):
            return self._by_exclusion(outer, inner, b, usable, pending)
        if isinstance(a, rs.AllOfView):
            return any(self.holds(outer, inner.of(e), usable, pending) for e in a.branches)
        rule = _RULES.get((type(a), type(b)))
        if rule is None:
            return self._by_values(outer, inner)
        return rule(_Step(self, outer, inner, usable | pending), a, b)

    def _by_values(self, outer: Side, inner: Side) -> bool:
        """Whether inner has finitely many values, all of which outer accepts."""
        view = inner.form.view()
        if isinstance(view, rs.ConstView):
            return outer.accepts(view.value)
        return isinstance(view, rs.EnumView) and all(map(outer.accepts, view.values))

    def _by_exclusion(
        self,
        outer: Side,
        inner: Side,
        view: rs.OneOfView,
        usable: frozenset[Claim],
        pending: frozenset[Claim],
    ) -> bool:
        """Whether inner is within one branch, and apart from all others."""
        for at, each in enumerate(view.branches):
            others = [other for index, other in enumerate(view.branches) if index != at]
            if all(_are_apart(inner.form, other) for other in others):
                return self.holds(outer.of(each), inner, usable, pending)
        return False


@cache
def _of_type(name: str, draft: int) -> CanonicalSchema:
    return jsonschema_rs.canonicalize({"type": name}, draft=draft)


def _covers(outer: Side, inner: Side) -> bool:
    try:
        return outer.form.covers(inner.form) == rs.Containment.YES
    except rs.CanonicalizationError:
        return False


def _are_apart(one: CanonicalSchema, other: CanonicalSchema) -> bool:
    try:
        return one.intersect(other).satisfiability() == rs.Satisfiability.NO
    except rs.CanonicalizationError:
        return False


@dataclass(frozen=True)
class _Step:
    """Two forms that a rule compares by their parts; all claims made so far are usable there."""

    proof: _Proof
    outer: Side
    inner: Side
    usable: frozenset[Claim]

    def within(self, outer: CanonicalSchema | None, inner: CanonicalSchema | None) -> bool:
        """Whether a part of outer admits all of a part of inner; None stands for anything."""
        if outer is None:
            return True
        if inner is None:
            return isinstance(self.outer.of(outer).meant().form.view(), rs.TrueView)
        return self.proof.holds(
            self.outer.of(outer), self.inner.of(inner), self.usable, frozenset()
        )

    def around(self, inner: CanonicalSchema, outer: CanonicalSchema) -> bool:
        """Whether a part of inner admits all of a part of outer."""
        sides = self.inner.of(inner), self.outer.of(outer)
        return self.proof.holds(*sides, frozenset(), frozenset())


def _strings(step: _Step, a: rs.StringView, b: rs.StringView) -> bool:
    return _are_within([b], step.outer, a, step.inner)


def _by_texts(outer: Side, inner: Side, union: rs.AnyOfView) -> bool:
    """Whether inner has texts only, each of which is in some branch of texts."""
    view = inner.form.view()
    branches = [each.view() for each in union.branches]
    texts = [each for each in branches if isinstance(each, rs.StringView)]
    return isinstance(view, rs.StringView) and _are_within(texts, outer, view, inner)


def _are_within(views: Iterable[rs.StringView], outer: Side, a: rs.StringView, inner: Side) -> bool:
    known = _asserted(inner, a.formats)
    inside = (_inside(each, outer, a, inner, known) for each in views)
    try:
        around = _language(a, tuple(filter(None, map(widest, known))))
        return missing_from_all(tuple(filter(None, inside)), around) is None
    except NotRegular:
        return False


def _inside(
    b: rs.StringView, outer: Side, a: rs.StringView, inner: Side, known: set[str]
) -> Language | None:
    """A language of which all texts are those of a part of outer, as far as they are of inner."""
    for name in ("excluded_formats", "content_media_types", "content_encodings", "excluded"):
        if not set(getattr(b, name)) <= set(getattr(a, name)):
            return None
    wanted = _asserted(outer, b.formats)
    if wanted and inner.form.draft != outer.form.draft:
        return None
    narrow = [narrowest(each) for each in wanted - known]
    return None if None in narrow else _language(b, tuple(filter(None, narrow)))


def _any_text(step: _Step, a: rs.MultiTypeView, b: rs.StringView) -> bool:
    """Whether a text format is all that outer asks for, and one that nobody knows."""
    asked = (getattr(b, name) for name in _ASKING)
    return a.types == ["string"] and not any(asked) and not _asserted(step.outer, b.formats)


_ASKING = (
    *("excluded_formats", "content_media_types", "content_encodings", "excluded"),
    *("patterns", "excluded_patterns", "min_length", "max_length"),
)


def _texts_of_values(step: _Step, a: rs.StringView, b: rs.ConstView | rs.EnumView) -> bool:
    """Whether the texts of inner are finitely many, and outer lists them."""
    values = [b.value] if isinstance(b, rs.ConstView) else b.values
    texts = [re.sub(r"[\\^$.|?*+()\[\]{}/]", r"\\\g<0>", v) for v in values if isinstance(v, str)]
    known = filter(None, map(widest, _asserted(step.inner, a.formats)))
    try:
        listed = Language((f"^({'|'.join(texts)})$",))
        return bool(texts) and missing_from(listed, _language(a, tuple(known))) is None
    except NotRegular:
        return False


def _asserted(side: Side, formats: Iterable[str]) -> set[str]:
    """The formats that the validator of a side's draft knows; others say nothing."""
    return {each for each in formats if _is_asserted(each, side.form.draft)}


@cache
def _is_asserted(format_: str, draft: int) -> bool:
    """Whether there is a text that isn't of a format, as the validator sees it."""
    validator = VALIDATORS[draft]({"format": format_}, validate_formats=True)
    return not all(map(validator.is_valid, _OF_NO_FORMAT))


_OF_NO_FORMAT = ("\0", "(", "{", "~", " ", "%", "\\", "[")
"""Texts of which each standard format refuses one."""


def _language(view: rs.StringView, also: tuple[str, ...] = ()) -> Language:
    return Language(
        (*also, *view.patterns),
        tuple(view.excluded_patterns),
        view.min_length or 0,
        view.max_length,
    )


def _arrays(step: _Step, a: rs.ArrayView, b: rs.ArrayView) -> bool:
    most = a.max_items
    if (a.min_items or 0) < (b.min_items or 0):
        return False
    if b.max_items is not None and (most is None or most > b.max_items):
        return False
    if not _are_as_distinct(a, b):
        return False
    count = max(len(a.prefix_items), len(b.prefix_items)) + 1
    for index in range(count if most is None else min(count, most)):
        if not step.within(_item(b, index), _item(a, index)):
            return False
    return all(
        _has_enough(step, a, each) and _has_not_too_many(step, a, each) for each in b.contains
    )


_MOST_DISTINCT = 12


def _are_as_distinct(a: rs.ArrayView, b: rs.ArrayView) -> bool:
    """Whether items are distinct as outer wants them: it is said, or they can't be the same."""
    if b.distinctness in (rs.Distinctness.UNCONSTRAINED, a.distinctness):
        return True
    most = a.max_items
    if b.distinctness != rs.Distinctness.ALL_DISTINCT or most is None or most > _MOST_DISTINCT:
        return False
    items = [_item(a, index) for index in range(most)]
    return all(
        one is not None and other is not None and _are_apart(one, other)
        for one, other in combinations(items, 2)
    )


def _item(view: rs.ArrayView, index: int) -> CanonicalSchema | None:
    return view.prefix_items[index] if index < len(view.prefix_items) else view.items


def _has_enough(step: _Step, a: rs.ArrayView, wanted: rs.ContainsView) -> bool:
    """Whether the lists of inner contain what outer wants as often as it wants it at least."""
    least = 1 if wanted.min_contains is None else wanted.min_contains
    if least == 0 or _least_of(step, a, wanted.schema) >= least:
        return True
    return any(
        (1 if mine.min_contains is None else mine.min_contains) >= least
        and step.within(wanted.schema, mine.schema)
        for mine in a.contains
    )


def _least_of(step: _Step, view: rs.ArrayView, wanted: CanonicalSchema) -> int:
    """How many items of a list are surely wanted ones."""
    shortest = view.min_items or 0
    first = [step.within(wanted, each) for each in view.prefix_items[:shortest]]
    rest = shortest - len(first)
    return sum(first) + (rest if rest and step.within(wanted, view.items) else 0)


def _has_not_too_many(step: _Step, a: rs.ArrayView, wanted: rs.ContainsView) -> bool:
    """Whether the lists of inner contain what outer wants no more often than it permits."""
    most = wanted.max_contains
    if most is None or _most_of(a, wanted.schema) <= most:
        return True
    return any(
        mine.max_contains is not None
        and mine.max_contains <= most
        and step.around(mine.schema, wanted.schema)
        for mine in a.contains
    )


def _most_of(view: rs.ArrayView, wanted: CanonicalSchema) -> float:
    """How many items of a list may be wanted ones."""
    longest = math.inf if view.max_items is None else view.max_items
    first = [not _are_apart(each, wanted) for each in view.prefix_items[: view.max_items]]
    if view.items is not None and _are_apart(view.items, wanted):
        return sum(first)
    return sum(first) + longest - len(first)


def _objects(step: _Step, a: rs.ObjectView, b: rs.ObjectView) -> bool:
    if not set(b.required) <= set(a.required) or b.violations:
        return False
    if (b.min_properties or 0) > max(a.min_properties or 0, len(a.required)):
        return False
    most = a.max_properties
    if b.max_properties is not None and (most is None or most > b.max_properties):
        return False
    if b.property_names is not None and not _are_named(step, a, b.property_names):
        return False
    known = {*a.properties, *b.properties, *_listed(a)}
    names = [name for name in known if _may_have(step.inner, a, name)]
    if not all(_property_holds(step, a, b, name) for name in names):
        return False
    return all(_others_hold(step, a, b, text, held) for text, held in _other_keys(a))


def _property_holds(step: _Step, a: rs.ObjectView, b: rs.ObjectView, name: str) -> bool:
    mine = _met(_held(a, name))
    return all(any(step.within(each, held) for held in mine) for each in _held(b, name))


def _met(forms: Iterable[CanonicalSchema]) -> list[CanonicalSchema | None]:
    """Forms that all hold, and what they are together where the algebra tells; None for none."""
    found = list(forms)
    with contextlib.suppress(rs.CanonicalizationError):
        both = reduce(lambda one, other: one.intersect(other), found) if len(found) > 1 else None
        if both is not None and "$ref" not in json.dumps(both.to_json_schema()):
            found.append(both)
    return [*found] or [None]


def _held(view: rs.ObjectView, name: str) -> Iterator[CanonicalSchema]:
    """All that the value of a property has to be."""
    found = False
    if name in view.properties:
        found = True
        yield view.properties[name]
    for text, each in view.pattern_properties.items():
        if jsonschema_rs.is_valid({"pattern": text}, name):
            found = True
            yield each
    if not found and view.additional_properties is not None:
        yield view.additional_properties


def _listed(view: rs.ObjectView) -> Iterator[str]:
    """The only names that an object may have, where they are listed."""
    names = None if view.property_names is None else view.property_names.view()
    if isinstance(names, rs.ConstView | rs.EnumView):
        values = [names.value] if isinstance(names, rs.ConstView) else names.values
        yield from (value for value in values if isinstance(value, str))


def _may_have(side: Side, view: rs.ObjectView, name: str) -> bool:
    names = view.property_names
    return names is None or side.of(names).accepts(name)


def _other_keys(view: rs.ObjectView) -> Iterator[tuple[str | None, CanonicalSchema | None]]:
    """What keys that aren't declared hold: by pattern, and (None) all others where there may be."""
    yield from view.pattern_properties.items()
    if not _is_closed(view):
        yield None, view.additional_properties


def _is_closed(view: rs.ObjectView) -> bool:
    """Whether the names allow for no key beside those declared, listed, or of patterns."""
    if view.property_names is None:
        return False
    names = view.property_names.view()
    if isinstance(names, rs.EnumView | rs.ConstView | rs.FalseView):
        return True
    if not isinstance(names, rs.StringView):
        return False
    return any(_includes(text, names) for text in view.pattern_properties)


def _includes(text: str, names: rs.StringView) -> bool:
    try:
        return missing_from(Language((text,)), _language(names)) is None
    except NotRegular:
        return False


def _others_hold(
    step: _Step, a: rs.ObjectView, b: rs.ObjectView, text: str | None, held: CanonicalSchema | None
) -> bool:
    """Whether what undeclared keys of one kind hold is allowed wherever such keys may stand."""
    if held is not None and isinstance(held.view(), rs.FalseView):
        return True
    targets = [
        (each, _held_by_all(a, text, other, held))
        for other, each in b.pattern_properties.items()
        if not _are_no_names(a, text, other)
    ]
    if b.additional_properties is not None and text not in b.pattern_properties:
        targets.append((b.additional_properties, [held]))
    return all(any(step.within(each, one) for one in mine) for each, mine in targets)


def _held_by_all(
    view: rs.ObjectView, text: str | None, other: str, held: CanonicalSchema | None
) -> list[CanonicalSchema | None]:
    """What keys hold that match two patterns, by all patterns that such keys match."""
    if text is None or held is None:
        return [held]
    patterns = view.pattern_properties.items()
    beside = [each for third, each in patterns if third != text and _follows(third, text, other)]
    return _met([held, *beside])


def _follows(text: str, *given: str) -> bool:
    """Whether a pattern matches all texts that others match."""
    try:
        return missing_from(Language((text,)), Language(given)) is None
    except NotRegular:
        return False


def _are_no_names(view: rs.ObjectView, text: str | None, other: str) -> bool:
    """Whether no key of a kind matches a pattern; the kind None matches none of the view's."""
    patterns = tuple(view.pattern_properties)
    kind = Language((other,), patterns) if text is None else Language((text, other))
    try:
        return kind.shortest() is None
    except NotRegular:
        return False


def _are_named(step: _Step, a: rs.ObjectView, names: CanonicalSchema) -> bool:
    if a.property_names is not None:
        return step.within(names, a.property_names)
    others = a.additional_properties
    if a.pattern_properties or others is None or not isinstance(others.view(), rs.FalseView):
        return False
    return all(map(step.outer.of(names).accepts, a.properties))


_RULES: Mapping[tuple[type, type], Callable[[_Step, Any, Any], bool]] = {
    (rs.StringView, rs.StringView): _strings,
    (rs.MultiTypeView, rs.StringView): _any_text,
    (rs.StringView, rs.ConstView): _texts_of_values,
    (rs.StringView, rs.EnumView): _texts_of_values,
    (rs.ArrayView, rs.ArrayView): _arrays,
    (rs.ObjectView, rs.ObjectView): _objects,
}
