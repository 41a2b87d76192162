"""Hypothesis strategies of all that responses and messages may be, as their matchers have it.

What is drawn is accepted by the native matcher; of what it takes beside (a number where a text's
expression reads its digits, a text for true or false) nothing is drawn: a value has the JSON type
of the example, or of its rule. `trees` has the bodies, `scalars` single values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, cast

from hypothesis import strategies as st

from stagepact.contract.source import Json
from stagepact.pact import content, matching, values
from stagepact.pact.files import body_of, json_body
from stagepact.pact.fuzzing.scalars import EXTRA, TEXTS, WIDE, Strategy, leaf, scalar
from stagepact.pact.fuzzing.trees import json_values
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.model import Body, Message, Presence, Response
from stagepact.pact.rules import STATUS_CLASSES, Category, Chosen, Rule, RuleList
from stagepact.pact.undecided import Undecided
from stagepact.schema import Validator, compile_schema
from stagepact.schema.generate import from_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.samples import sample

_PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
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
    drawn = [scalar(example, rule, _PRINTABLE if headed else None) for rule in rules.rules]
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
    """A value, often with properties that nobody named or a wide integer, where permitted."""
    value: Json = draw(values)
    for change in (_extended, _widened):
        made: Json = change(draw, value) if draw(st.booleans()) else value
        value = made if permitted(made) else value
    return value


def _widened(draw: st.DrawFn, value: Json) -> Json:
    """The value with a wide integer in the place of one."""
    places = [*_integers(value)]
    if not places:
        return value
    place, wide = draw(st.sampled_from(places)), draw(st.sampled_from(WIDE))
    return _replaced(value, place, wide)


def _integers(value: Json) -> Iterator[tuple[str | int, ...]]:
    """The places of all integers."""
    parts: Iterable[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield ()
    for step, part in parts:
        for place in _integers(part):
            yield (step, *place)


def _replaced(value: Json, place: tuple[str | int, ...], other: Json) -> Json:
    if not place:
        return other
    step, *rest = place
    made: Any = copy(value)
    made[step] = _replaced(made[step], tuple(rest), other)
    return cast("Json", made)


def _extended(draw: st.DrawFn, value: Json) -> Json:
    if isinstance(value, list):
        return [_extended(draw, each) for each in value]
    if not isinstance(value, dict):
        return value
    below = {key: _extended(draw, each) for key, each in value.items()}
    return {**draw(st.dictionaries(TEXTS, EXTRA, max_size=1)), **below}


def _metadata(expected: Message, said: Mapping[str, JsonSchema]) -> Strategy:
    rules = expected.rules.of("metadata")
    drawn = {key: leaf(value, rules.best((key,))) for key, value in expected.metadata.items()}
    return st.fixed_dictionaries(_as_said(drawn, said, lambda each, value: each.accepts(value)))
