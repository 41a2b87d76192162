"""Hypothesis strategies of single values: what rules accept where an example has no parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from stagepact.contract.source import Json
from stagepact.pact import moments, patterns, values
from stagepact.pact.rules import Chosen, Rule

Strategy = st.SearchStrategy[Any]

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
MORE = 3
"""So many items or entries more than the example has, where no rule has a bound."""
_SCALARS: Strategy = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | TEXTS
)
EXTRA: Strategy = _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(TEXTS, _SCALARS)
"""Values of which no rule says anything."""
_LEAST, _MOST = -(2**63), 2**63 - 1


def leaf(example: Json, chosen: Chosen | None) -> Strategy:
    """Values that the rules for a place accept there; the example alone where there are none."""
    if chosen is None:
        return st.just(example)
    rules = chosen.rules
    made = [scalar(example, rule) for rule in rules.rules]
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


def scalar(example: Json, rule: Rule, alphabet: Strategy | None = None) -> Strategy:
    """Values that one rule accepts in place of an example that is no list and no mapping."""
    maker = _MAKERS.get(rule.kind)
    return _like(example, alphabet) if maker is None else maker(example, rule, alphabet)


def _like(example: Json, alphabet: Strategy | None = None) -> Strategy:
    """Values of the JSON type of the example; all numbers are of one."""
    if isinstance(example, bool):
        return st.booleans()
    if isinstance(example, str):
        return TEXTS if alphabet is None else st.text(alphabet, max_size=12)
    if isinstance(example, int | float):
        return _INTEGERS | _DECIMALS
    if isinstance(example, list):
        return st.lists(EXTRA, max_size=MORE)
    return st.just(example)


WIDE = (2**31, -(2**31) - 1, 2**53 + 1)
"""Integers that no 32 bits hold, or no double."""
_INTEGERS = st.integers(_LEAST, _MOST) | st.sampled_from(WIDE)
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
