"""Hypothesis strategies of all that responses and messages may be, as their matchers have it.

The walk is that of `matching.json`, over the example. What is drawn is accepted by the native
matcher; of what it takes beside (a number where a text's expression reads its digits, a text for
true or false) nothing is drawn: a value has the JSON type of the example, or of its rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from stagepact.contract.source import Json
from stagepact.pact import content, matching, moments, patterns, values
from stagepact.pact.files import body_of, json_body
from stagepact.pact.matching.json import each_value_rules, json_mismatches
from stagepact.pact.model import Body, Message, Presence, Response
from stagepact.pact.path import Place
from stagepact.pact.rules import STATUS_CLASSES, Category, Chosen, Rule, RuleList
from stagepact.pact.undecided import Undecided
from stagepact.schema import Validator, compile_schema
from stagepact.schema.generate import from_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.samples import sample

Strategy = st.SearchStrategy[Any]

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
_PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
_LEAST, _MOST = -(2**63), 2**63 - 1
_MORE, _BOUNDED = 3, 10
"""So many items or entries more than the example has: where no rule has a bound, and where one."""
_SCALARS: Strategy = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | _TEXTS
)
_EXTRA: Strategy = _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(_TEXTS, _SCALARS)
_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True)
class Said:
    """What a consumer's own schemas say beside the matchers, which say less (or nothing).

    `whole` is of the body or contents, `named` of headers or metadata.
    """

    whole: JsonSchema | None = None
    named: Mapping[str, JsonSchema] = field(default_factory=dict)


_NOTHING = Said()


def responses(expected: Response, said: Said = _NOTHING) -> st.SearchStrategy[Response]:
    """All responses that these expectations accept, and what is said beside them.

    Raises:
        Undecided: whether a response is accepted is for the official engine to tell.
    """
    _decided(matching.match_response(expected, expected).undecided)
    made: st.SearchStrategy[Response] = st.builds(
        lambda status, headers, body: replace(
            expected, status=status, headers=headers, body=body, generators=()
        ),
        _statuses(expected),
        _headers(expected, said.named),
        _bodies(expected.body, expected.rules.of("body"), said.whole),
    )
    return made.filter(lambda each: matching.match_response(expected, each).matches)


def messages(expected: Message, said: Said = _NOTHING) -> st.SearchStrategy[Message]:
    """All messages that these expectations accept, and what is said beside them.

    Raises:
        Undecided: whether a message is accepted is for the official engine to tell.
    """
    _decided(matching.match_message(expected, expected).undecided)
    made: st.SearchStrategy[Message] = st.builds(
        lambda contents, metadata: replace(
            expected, contents=contents, metadata=metadata, generators=()
        ),
        _bodies(expected.contents, expected.rules.of("body"), said.whole),
        _metadata(expected, said.named),
    )
    return made.filter(lambda each: matching.match_message(expected, each).matches)


def json_values(example: Json, rules: Category) -> Strategy:
    """All JSON values that an example and the rules for its places accept."""
    drawn = _value((), example, rules)
    return drawn.filter(lambda each: not json_mismatches(example, each, rules))


def _decided(reasons: Sequence[str]) -> None:
    if reasons:
        raise Undecided("; ".join(reasons))


def _statuses(expected: Response) -> Strategy:
    chosen = expected.rules.of("status").best(())
    if chosen is None:
        return st.just(expected.status)
    known = [expected.status, *(each for rule in chosen.rules.rules for each in _of_status(rule))]
    full = expected.body.presence is Presence.PRESENT
    kept = [each for each in dict.fromkeys(known) if 200 <= each < 600]
    return st.sampled_from([each for each in kept if not (full and each in _BODILESS)] or known)


def _of_status(rule: Rule) -> Sequence[int]:
    if rule.kind == "statusCode":
        return rule.statuses or STATUS_CLASSES[rule.text]
    return range(200, 600) if rule.kind in {"type", "integer", "number", "regex", "include"} else ()


def _headers(expected: Response, said: Mapping[str, JsonSchema]) -> Strategy:
    rules = expected.rules.of("header")
    drawn = {
        name: _each_text(texts, rules.best((name.lower(),)))
        for name, texts in expected.headers.items()
    }
    return st.fixed_dictionaries(_as_said(drawn, said, _are_texts_of))


def _as_said(
    drawn: dict[str, Strategy],
    said: Mapping[str, JsonSchema],
    holds: Callable[[Validator, Any], bool],
) -> dict[str, Strategy]:
    """The same strategies; of those with a schema, only what it permits."""
    made = dict(drawn)
    for name in drawn.keys() & said.keys():
        made[name] = drawn[name].filter(partial(holds, compile_schema(said[name])))
    return made


def _are_texts_of(validator: Validator, texts: Sequence[str]) -> bool:
    """Whether a schema permits texts, as they are or as the JSON that they are."""
    return all(validator.accepts(text) or _is_json_of(validator, text) for text in texts)


def _is_json_of(validator: Validator, text: str) -> bool:
    try:
        return validator.accepts(json.loads(text))
    except ValueError:
        return False


def _each_text(examples: Sequence[str], chosen: Chosen | None) -> Strategy:
    if chosen is None:
        return st.just(tuple(examples))
    rules = chosen.rules
    return st.tuples(*(_text(each, rules, headed=True) for each in examples))


def _text(example: str, rules: RuleList, *, headed: bool = False) -> Strategy:
    """A text outside of JSON, as a header can carry it where it is one."""
    drawn = [_scalar(example, rule, _PRINTABLE if headed else None) for rule in rules.rules]
    as_texts = st.one_of(st.just(example), *drawn).map(values.text_of)
    return as_texts.map(str.strip) if headed else as_texts


def _bodies(expected: Body, rules: Category, schema: JsonSchema | None) -> st.SearchStrategy[Body]:
    kind = content.parse(expected.content_type)
    if expected.presence is not Presence.PRESENT or kind is None:
        return st.just(expected)
    if kind.is_json and not expected.fault:
        drawn = _by_both(expected.value, rules, schema)
        return drawn.map(lambda value: json_body(value, expected.content_type))
    chosen = rules.best(())
    if chosen is None or kind.is_form or not kind.is_text:
        return st.just(expected)
    text = expected.data.decode(errors="replace")
    made = _text(text, chosen.rules)
    return made.map(lambda each: body_of(each.encode(), expected.content_type))


def _by_both(example: Json, rules: Category, schema: JsonSchema | None) -> Strategy:
    """What rules and a schema both permit, by the schema; by rules, too, where it is rare in it.

    The schema's values are more likely ones: an expression for dates has many of the year 0.
    """
    by_rules = json_values(example, rules)
    if schema is None:
        return by_rules

    def accepted(value: Json) -> bool:
        return not json_mismatches(example, value, rules)

    permits = compile_schema(schema).accepts
    plain = from_schema(schema).filter(accepted)
    by_schema = _with_more(plain, lambda value: permits(value) and accepted(value))
    tried = sum(map(accepted, islice(sample(schema), _TRIES)))
    return by_schema if tried * _RARE >= _TRIES else by_schema | by_rules.filter(permits)


_TRIES, _RARE = 50, 5
"""A value is rare of which there is less than one in five."""


@st.composite
def _with_more(draw: st.DrawFn, values: Strategy, permitted: Callable[[Json], bool]) -> Json:
    """A value, often with properties that nobody named, where they are permitted."""
    value = draw(values)
    made = _extended(draw, value) if draw(st.booleans()) else value
    return made if permitted(made) else value


def _extended(draw: st.DrawFn, value: Json) -> Json:
    if isinstance(value, list):
        return [_extended(draw, each) for each in value]
    if not isinstance(value, dict):
        return value
    below = {key: _extended(draw, each) for key, each in value.items()}
    return {**draw(st.dictionaries(_TEXTS, _EXTRA, max_size=1)), **below}


def _metadata(expected: Message, said: Mapping[str, JsonSchema]) -> Strategy:
    rules = expected.rules.of("metadata")
    drawn = {key: _leaf(value, rules.best((key,))) for key, value in expected.metadata.items()}
    return st.fixed_dictionaries(_as_said(drawn, said, lambda each, value: each.accepts(value)))


def _value(at: Place, example: Json, rules: Category) -> Strategy:
    if isinstance(example, dict):
        return _mapping(at, example, rules)
    if isinstance(example, list):
        return _list(at, example, rules)
    return _leaf(example, rules.best(at))


def _leaf(example: Json, chosen: Chosen | None) -> Strategy:
    if chosen is None:
        return st.just(example)
    rules = chosen.rules
    made = [_scalar(example, rule) for rule in rules.rules]
    if rules.any_of or len(made) == 1:
        return st.one_of(*made)
    checks = [(rule, values.SCALARS[rule.kind]) for rule in rules.rules]
    first = made[_narrowest(rules.rules)]
    return first.filter(lambda value: all(check(rule, example, value) for rule, check in checks))


def _narrowest(rules: Sequence[Rule]) -> int:
    """Of rules that all have to hold, the one to draw by."""
    ranks = [_WIDTHS.index(rule.kind) if rule.kind in _WIDTHS else -1 for rule in rules]
    return min(range(len(rules)), key=lambda index: ranks[index])


_WIDTHS = ("include", "decimal", "integer", "number", "boolean", "notEmpty", "type")
"""Rules from narrow to wide; those that aren't here are narrower."""


@dataclass(frozen=True, slots=True)
class _Size:
    """How many items or entries there may be."""

    least: int
    most: int

    @classmethod
    def of(cls, chosen: Chosen, length: int) -> _Size:
        rules = () if chosen.cascaded else chosen.rules.rules
        sized = [rule for rule in rules if rule.kind == "type"]
        least = max((rule.least or 0 for rule in sized), default=0)
        if any(rule.kind == "notEmpty" for rule in chosen.rules.rules):
            least = max(least, 1)
        bounds = [rule.most for rule in sized if rule.most is not None]
        more = _BOUNDED if bounds else _MORE
        most = min([*bounds, max(length, least) + more])
        return cls(least, max(least, most))


def _mapping(at: Place, example: Mapping[str, Json], rules: Category) -> Strategy:
    chosen = rules.best(at)
    if chosen is not None and any(rule.kind == "equality" for rule in chosen.rules.rules):
        return st.just(dict(example))
    exact = rules.exact(at)
    opening = [rule for rule in (exact.rules if exact else ()) if rule.kind in _OPENING]
    if chosen is not None and opening and not chosen.cascaded:
        return _open_mapping(at, example, rules, chosen)
    own = {key: _value((*at, key), value, rules) for key, value in example.items()}
    known = frozenset(example)
    room = _Size.of(chosen, len(example)).most - len(example) if chosen else _MORE
    others = _TEXTS.filter(lambda key: key not in known)
    more = st.dictionaries(others, _EXTRA, max_size=max(0, min(2, room)))
    return st.builds(lambda given, extra: {**given, **extra}, st.fixed_dictionaries(own), more)


_OPENING = frozenset({"values", "eachValue", "eachKey"})


def _open_mapping(
    at: Place, example: Mapping[str, Json], rules: Category, chosen: Chosen
) -> Strategy:
    """A mapping whose keys aren't those of the example."""
    every = chosen.rules.rules
    keys = _keys(example, [each for rule in every if rule.kind == "eachKey" for each in rule.rules])
    size = _Size.of(chosen, len(example))
    if not example:
        return st.dictionaries(keys, _EXTRA, min_size=size.least, max_size=size.most)
    inner = _below(at, rules, every)
    valued = _Places(at, example, example[min(example)], inner)
    return _entries(st.lists(keys, unique=True, min_size=size.least, max_size=size.most), valued)


@dataclass
class _Places:
    """What is drawn at each place directly below one; made once for all that are alike."""

    at: Place
    examples: Mapping[Any, Json]
    otherwise: Json
    rules: Category
    made: dict[Any, Strategy] = field(default_factory=dict)

    def __getitem__(self, step: str | int) -> Strategy:
        named = step in self.examples or str(step) in _named(self.rules)
        key = step if named else type(step)
        if key not in self.made:
            example = self.examples.get(step, self.otherwise)
            self.made[key] = _value((*self.at, step), example, self.rules)
        return self.made[key]


@lru_cache(maxsize=64)
def _named(rules: Category) -> frozenset[str]:
    """The steps that paths of rules name, at whatever depth."""
    return frozenset(token.name for each in rules.lists for token in each.path.tokens)


@st.composite
def _entries(draw: st.DrawFn, keys: Strategy, valued: _Places) -> dict[str, Json]:
    return {key: draw(valued[key]) for key in draw(keys)}


@st.composite
def _items(draw: st.DrawFn, size: _Size, valued: _Places) -> list[Json]:
    return [draw(valued[index]) for index in range(draw(st.integers(size.least, size.most)))]


def _below(at: Place, rules: Category, every: Sequence[Rule]) -> Category:
    each = next((rule for rule in every if rule.kind == "eachValue"), None)
    return rules if each is None else each_value_rules(at, each)


def _keys(example: Mapping[str, Json], rules: Sequence[Rule]) -> Strategy:
    made = [_scalar("", rule).map(values.text_of) for rule in rules] or [_TEXTS]
    own = [st.sampled_from(sorted(example))] if example else []
    return st.one_of(*own, *made)


def _list(at: Place, example: Sequence[Json], rules: Category) -> Strategy:
    chosen = rules.best(at)
    if chosen is None:
        return st.tuples(*(_value((*at, i), each, rules) for i, each in enumerate(example))).map(
            list
        )
    if not example:
        return st.lists(_EXTRA, max_size=_MORE)
    every = chosen.rules.rules
    if any(rule.kind == "equality" for rule in every):
        return st.just(list(example))
    containing = next((rule for rule in every if rule.kind == "arrayContains"), None)
    if containing is not None:
        return _containing(example, containing)
    inner = rules if chosen.cascaded else _below(at, rules, every)
    size = _Size.of(chosen, len(example))
    return _items(size, _Places(at, dict(enumerate(example)), example[0], inner))


def _containing(example: Sequence[Json], rule: Rule) -> Strategy:
    """Lists with an item for each variant, and others, in any order."""
    variants = [
        _value((), example[each.index], each.rules)
        for each in rule.variants
        if each.index < len(example)
    ]
    if not rule.variants:
        variants = [st.just(each) for each in example]
    others = st.lists(_EXTRA, max_size=2)
    joined = st.builds(lambda own, more: [*own, *more], st.tuples(*variants), others)
    return joined.flatmap(st.permutations)


def _scalar(example: Json, rule: Rule, alphabet: Strategy | None = None) -> Strategy:
    """Values that one rule accepts in place of an example that is no list and no mapping."""
    maker = _MAKERS.get(rule.kind)
    return _like(example, alphabet) if maker is None else maker(example, rule, alphabet)


def _like(example: Json, alphabet: Strategy | None = None) -> Strategy:
    """Values of the JSON type of the example; all numbers are of one."""
    if isinstance(example, bool):
        return st.booleans()
    if isinstance(example, str):
        return _TEXTS if alphabet is None else st.text(alphabet, max_size=12)
    if isinstance(example, int | float):
        return _INTEGERS | _DECIMALS
    if isinstance(example, list):
        return st.lists(_EXTRA, max_size=_MORE)
    return st.just(example)


_INTEGERS = st.integers(_LEAST, _MOST)
_DECIMALS = st.floats(-1e15, 1e15)
_SEMVER = re.compile(
    r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){2}(-(rc|alpha|beta)\.[1-9])?(\+[0-9a-f]{1,7})?"
)


def _regex(example: Json, rule: Rule, alphabet: Strategy | None) -> Strategy:
    """Texts of a regular expression; its classes (`\\d`) are of plain digits, letters, spaces."""
    own = patterns.compiled(rule.text)
    plain = re.compile(own.pattern, own.flags & ~re.UNICODE | re.ASCII)
    characters = st.characters(codec="utf-8") if alphabet is None else alphabet
    drawn = st.from_regex(plain, fullmatch=True, alphabet=characters)
    return drawn.filter(lambda text: patterns.matches(rule.text, text))


def _including(example: Json, rule: Rule, alphabet: Strategy | None) -> Strategy:
    around = _like("", alphabet)
    return st.builds(lambda before, after: before + rule.text + after, around, around)


def _moment(example: Json, rule: Rule, alphabet: Strategy | None) -> Strategy:
    """Moments in the form of the rule; the example alone where a letter of it can't be written."""
    drawn = st.datetimes().map(lambda moment: _written(moment, rule.text))
    fitting = drawn.filter(lambda text: text is not None and moments.fits(text, rule.text))
    return st.just(example) | fitting if _writable(rule.text) else st.just(example)


def _written(moment: Any, pattern: str) -> str | None:
    try:
        return moments.written(moment, pattern)
    except ValueError:
        return None


def _writable(pattern: str) -> bool:
    sample = datetime(2024, 11, 23, 12, 34, 56, tzinfo=UTC)
    text = _written(sample, pattern)
    return text is not None and moments.fits(text, pattern)


def _filled(example: Json, rule: Rule, alphabet: Strategy | None) -> Strategy:
    return _like(example, alphabet).filter(lambda value: value not in ("", [], {}, None))


_MAKERS: Mapping[str, Callable[[Json, Rule, Strategy | None], Strategy]] = {
    "equality": lambda example, rule, alphabet: st.just(example),
    "values": lambda example, rule, alphabet: st.just(example),
    "contentType": lambda example, rule, alphabet: st.just(example),
    "regex": _regex,
    "include": _including,
    "integer": lambda example, rule, alphabet: _INTEGERS,
    "decimal": lambda example, rule, alphabet: _DECIMALS,
    "number": lambda example, rule, alphabet: _INTEGERS | _DECIMALS,
    "boolean": lambda example, rule, alphabet: st.booleans(),
    "null": lambda example, rule, alphabet: st.none(),
    "date": _moment,
    "time": _moment,
    "datetime": _moment,
    "notEmpty": _filled,
    "semver": lambda example, rule, alphabet: st.from_regex(_SEMVER, fullmatch=True),
}
"""Rules without a row (`type`, and those of lists and mappings) draw what is like the example."""
