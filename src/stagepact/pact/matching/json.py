"""A JSON value, held against an example and the rules for its places.

The walk is over the example: what it doesn't have may be there, except where `closed` says that
nothing more may (bodies of requests). Where rules are for a place, they decide; below it, rules
for what is above go on (they cascade), but sizes don't. So does the reference engine, whose law
this is; docs/decisions/0029 names where it is followed against one's first reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stagepact.contract.source import Json
from stagepact.pact import values
from stagepact.pact.mismatch import Mismatch, quoted
from stagepact.pact.path import PathExpression, Place, Token, shown
from stagepact.pact.rules import EQUAL_THROUGHOUT, Category, Chosen, Rule, RuleList, Variant

_Box = dict[str, Json]
OF_VALUES = frozenset({"values", "eachValue", "arrayContains"})
"""Rules by which each value of a mapping is compared, instead of those of the same key."""
OPENING = frozenset({"values", "eachValue", "eachKey"})
"""Rules by which a mapping needn't have the example's keys."""
_NOUNS: Mapping[type, str] = {dict: "a mapping", list: "a list"}


@dataclass(frozen=True, slots=True)
class _Context:
    rules: Category
    closed: bool
    part: str


def json_mismatches(
    expected: Json,
    actual: Json,
    rules: Category,
    *,
    closed: bool = False,
    part: str = "body",
    at: Place = (),
) -> list[Mismatch]:
    """All that is not as expected, in the order of the example; the values may be parts of some."""
    return _compare(at, expected, actual, _Context(rules, closed, part))


def value_mismatches(
    place: Place, expected: Json, actual: Json, chosen: Chosen | None, part: str
) -> list[Mismatch]:
    """What isn't as expected of one value, by the rules for its place or else by equality."""
    if chosen is None:
        return [] if values.same(expected, actual) else [_told(part, place, expected, actual)]
    rules = chosen.rules
    broken = [rule for rule in rules.rules if not values.SCALARS[rule.kind](rule, expected, actual)]
    if not broken or (rules.any_of and len(broken) < len(rules.rules)):
        return []
    joined = " or " if rules.any_of else " and "
    said = joined.join(_demand(rule.below(), expected) for rule in broken)
    return [Mismatch(part, shown(place), said, quoted(actual))]


def _told(part: str, place: Place, expected: Json, actual: Json) -> Mismatch:
    return Mismatch(part, shown(place), quoted(expected), quoted(actual))


def _demand(rule: Rule, expected: Json) -> str:
    if rule.kind in {"equality", "values"}:
        return quoted(expected)
    return f"{rule} ({quoted(expected)})" if rule.kind == "type" else str(rule)


def _compare(at: Place, expected: Json, actual: Json, context: _Context) -> list[Mismatch]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _mappings(at, expected, actual, context)
    if isinstance(expected, list) and isinstance(actual, list):
        return _lists(at, expected, actual, context)
    if isinstance(expected, dict | list):
        return [Mismatch(context.part, shown(at), _NOUNS[type(expected)], quoted(actual))]
    return value_mismatches(at, expected, actual, context.rules.best(at), context.part)


def _mappings(at: Place, expected: _Box, actual: _Box, context: _Context) -> list[Mismatch]:
    chosen = context.rules.best(at)
    if chosen is None:
        return [*_keys(at, expected, actual, context), *_shared(at, expected, actual, context)]
    found: list[Mismatch] = []
    for rule in chosen.rules.rules:
        if rule.kind in OF_VALUES and not chosen.cascaded:
            found += _each_value(at, rule, expected, actual, context)
            continue
        check = values.MAPPINGS.get(rule.kind)
        rule = rule.below() if chosen.cascaded else rule
        if check is None or not check(rule, expected, actual):
            found.append(_unlike(at, rule, expected, actual, context))
        found += _keys(at, expected, actual, context)
        found += _shared(at, expected, actual, context)
    return list(dict.fromkeys(found))


def _unlike(at: Place, rule: Rule, expected: Json, actual: Json, context: _Context) -> Mismatch:
    return Mismatch(context.part, shown(at), _demand(rule, expected), quoted(actual))


def _shared(at: Place, expected: _Box, actual: _Box, context: _Context) -> list[Mismatch]:
    return [
        found
        for key, value in expected.items()
        if key in actual
        for found in _compare((*at, key), value, actual[key], context)
    ]


def _each_value(
    at: Place, rule: Rule, expected: _Box, actual: _Box, context: _Context
) -> list[Mismatch]:
    """Each value against the example's of that key, or else of its first key."""
    if not expected:
        return []
    inner = _inside(at, rule, context) if rule.kind == "eachValue" else context
    first = expected[min(expected)]
    return [
        found
        for key, value in actual.items()
        for found in _compare((*at, key), expected.get(key, first), value, inner)
    ]


def _inside(at: Place, rule: Rule, context: _Context) -> _Context:
    return replace(context, rules=each_value_rules(at, rule))


def each_value_rules(at: Place, rule: Rule) -> Category:
    """The rules of an `eachValue` for all that is directly below a place, and no others."""
    below = (*(Token(str(step)) for step in at), Token(wildcard=True))
    only = RuleList(PathExpression(shown(at) + ".*", below), rule.rules)
    return Category((only,) if rule.rules else ())


def _keys(at: Place, expected: _Box, actual: _Box, context: _Context) -> list[Mismatch]:
    """Keys that are missing, that are too many in a closed mapping, and what `eachKey` says."""
    exact = context.rules.exact(at)
    found: list[Mismatch] = []
    if exact is None or not any(rule.kind in OPENING for rule in exact.rules):
        found += _missing(at, expected, actual, context)
        found += _surplus(at, expected, actual, context)
    best = context.rules.best(at) if exact else None
    for rule in best.rules.rules if best else ():
        if rule.kind == "eachKey":
            found += _odd_keys(at, rule, actual, context)
    return found


def _missing(at: Place, expected: _Box, actual: _Box, context: _Context) -> list[Mismatch]:
    return [
        Mismatch(context.part, shown((*at, key)), quoted(value), "nothing: the key is missing")
        for key, value in expected.items()
        if key not in actual
    ]


def _surplus(at: Place, expected: _Box, actual: _Box, context: _Context) -> list[Mismatch]:
    if not context.closed:
        return []
    return [
        Mismatch(context.part, shown((*at, key)), "no such key", quoted(value))
        for key, value in actual.items()
        if key not in expected
    ]


def _odd_keys(at: Place, rule: Rule, actual: _Box, context: _Context) -> list[Mismatch]:
    return [
        Mismatch(context.part, shown((*at, key)), f"a key that is {each}", quoted(key))
        for each in rule.rules
        for key in actual
        if each.kind not in values.TEXTS or not values.TEXTS[each.kind](each, "", key)
    ]


def _lists(
    at: Place, expected: list[Json], actual: list[Json], context: _Context
) -> list[Mismatch]:
    chosen = context.rules.best(at)
    if chosen is None:
        return _equal_lists(at, expected, actual, context)
    if not expected:
        return []
    results = [
        _list_by_rule(at, rule, expected, actual, context, cascaded=chosen.cascaded)
        for rule in chosen.rules.rules
    ]
    if chosen.rules.any_of and not all(results):
        return []
    return list(dict.fromkeys(found for result in results for found in result))


def _equal_lists(
    at: Place, expected: list[Json], actual: list[Json], context: _Context
) -> list[Mismatch]:
    if len(expected) != len(actual):
        said, got = _items(len(expected)), f"{len(actual)}: {quoted(actual)}"
        return [Mismatch(context.part, shown(at), said, got)]
    return _items_alike(at, expected, actual, context)


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _list_by_rule(
    at: Place,
    rule: Rule,
    expected: list[Json],
    actual: list[Json],
    context: _Context,
    *,
    cascaded: bool,
) -> list[Mismatch]:
    if rule.kind == "arrayContains":
        return _variants(at, rule, expected, actual, context)
    if rule.kind == "eachValue":
        inner = _inside(at, rule, context)
        return [] if cascaded else _items_alike(at, expected, actual, inner)
    check = values.LISTS.get(rule.kind)
    rule = rule.below() if cascaded else rule
    found = []
    if check is None or not check(rule, expected, actual):
        found.append(_unlike(at, rule, expected, actual, context))
    return [*found, *_items_alike(at, expected, actual, context)]


def _items_alike(
    at: Place, expected: list[Json], actual: list[Json], context: _Context
) -> list[Mismatch]:
    """Each item against the example's of that index, or else its first one."""
    found: list[Mismatch] = []
    for index, value in enumerate(actual):
        example = expected[index] if index < len(expected) else expected[0]
        found += _compare((*at, index), example, value, context)
    for index in range(len(actual), len(expected)):
        if context.rules.best((*at, index)) is None:
            said = quoted(expected[index])
            missing = "nothing: the item is missing"
            found.append(Mismatch(context.part, shown((*at, index)), said, missing))
    return found


def _variants(
    at: Place, rule: Rule, expected: list[Json], actual: list[Json], context: _Context
) -> list[Mismatch]:
    found = []
    for variant in rule.variants or _each_item(expected):
        if variant.index >= len(expected):
            said = f"an example for the variant {variant.index}"
            found.append(Mismatch(context.part, shown(at), said, _items(len(expected))))
            continue
        example, inner = expected[variant.index], replace(context, rules=variant.rules)
        if all(_compare((), example, item, inner) for item in actual):
            said = f"an item like {quoted(example)}"
            found.append(Mismatch(context.part, shown(at), said, quoted(actual)))
    return found


def _each_item(expected: list[Json]) -> tuple[Variant, ...]:
    return tuple(Variant(index, EQUAL_THROUGHOUT) for index in range(len(expected)))
