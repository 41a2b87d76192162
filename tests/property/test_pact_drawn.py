"""What is drawn of matchers is accepted by the matcher, and is all that it accepts, in kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from pact_mocking import got, pact_of, rules, sent
from pact_pairs import Pair, category, pair

from stagepact.pact.fuzzing.drawn import messages, responses
from stagepact.pact.fuzzing.trees import json_values
from stagepact.pact.matching import match_message, match_response
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.model import Http, Message, Response, Sent
from stagepact.pact.plain import (
    message_of,
    plain_message,
    plain_response,
    response_of,
)
from stagepact.pact.undecided import Undecided


def drawn(strategy: Any, count: int) -> list[Any]:
    """So many values, the same each time; none where drawing fails."""
    values: list[Any] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(7)
    @given(strategy)
    def gather(value: Any) -> None:
        values.append(value)

    gather()
    return values


def possible(name: str, count: int) -> list[Pair]:
    """Pairs whose rules accept their example: others may accept nothing at all."""
    pairs = [pair(Random(f"{name}-{number}")) for number in range(count)]
    return [
        each
        for each in pairs
        if not json_mismatches(each.example, each.example, category(each.rules))
    ]


def test_what_is_drawn_is_accepted() -> None:
    made = possible("drawn", 150)
    assert len(made) > 60
    for each in made:
        accepted = category(each.rules)
        values = drawn(json_values(each.example, accepted), 8)
        assert values, each
        assert not [v for v in values if json_mismatches(each.example, v, accepted)], each


def response_by(body: Any, paths: dict[str, Any] | None = None, /, **more: Any) -> Response:
    interaction = got("x", "/", body, matchingRules={"body": paths or {}, **more.pop("rules", {})})
    interaction["response"].update(more)
    exchange = pact_of(interaction).interactions[0].exchange
    assert isinstance(exchange, Http)
    return exchange.response


def value_by(body: Any, paths: dict[str, Any] | None = None) -> Any:
    return responses(response_by(body, paths)).map(lambda each: each.body.value)


def either(*kinds: dict[str, Any]) -> dict[str, Any]:
    return {"combine": "OR", "matchers": list(kinds)}


TYPE = {"match": "type"}
LIST = {"$.items": {"matchers": [{"match": "type", "min": 1, "max": 4}]}}
ITEMS = {"items": [{"n": 1}]}
REACHED: dict[str, tuple[Any, Callable[[Any], bool]]] = {
    "an empty list": (
        value_by(ITEMS, {"$.items": {"matchers": [TYPE]}}),
        lambda v: v["items"] == [],
    ),
    "a list of the smallest size": (value_by(ITEMS, LIST), lambda v: len(v["items"]) == 1),
    "a list of the largest size": (value_by(ITEMS, LIST), lambda v: len(v["items"]) == 4),
    "null, where rules permit it": (
        value_by({"a": 1}, {"$.a": either({"match": "integer"}, {"match": "null"})}),
        lambda v: v["a"] is None,
    ),
    "a number with a point": (
        value_by({"a": 1}, rules(a={"match": "type"})),
        lambda v: isinstance(v["a"], float),
    ),
    "a large whole number": (
        value_by({"a": 1}, rules(a={"match": "integer"})),
        lambda v: v["a"] > 2**53,
    ),
    "an empty text": (value_by({"a": "x"}, rules(a=TYPE)), lambda v: v["a"] == ""),
    "another text of an expression": (
        value_by({"a": "s-1"}, rules(a={"match": "regex", "regex": r"s-\d+"})),
        lambda v: v["a"] not in ("s-1", "s-0") and v["a"].isascii(),
    ),
    "a property more": (value_by({"a": 1}), lambda v: v.keys() > {"a"}),
    "another key": (
        value_by({"by": {"x": 1}}, rules(by={"match": "values"})),
        lambda v: bool(v["by"]) and "x" not in v["by"],
    ),
    "a key by its rule": (
        value_by(
            {"by": {"k1": 1}},
            rules(by={"match": "eachKey", "rules": [{"match": "regex", "regex": "k[0-9]"}]}),
        ),
        lambda v: "k7" in v["by"],
    ),
    "no entry": (
        value_by({"by": {"x": 1}}, rules(by={"match": "eachValue", "rules": [TYPE]})),
        lambda v: v["by"] == {},
    ),
    "another day": (
        value_by({"on": "2026-01-02"}, rules(on={"match": "date", "format": "yyyy-MM-dd"})),
        lambda v: v["on"] < "2000-02-01",
    ),
    "a text around another": (
        value_by({"a": "xay"}, rules(a={"match": "include", "value": "a"})),
        lambda v: v["a"].startswith("a") and len(v["a"]) > 1,
    ),
    "another version": (
        value_by({"a": "1.0.0"}, rules(a={"match": "semver"})),
        lambda v: "-rc" in v["a"],
    ),
    "items in another order": (
        value_by({"a": ["x", 1]}, rules(a={"match": "arrayContains", "variants": [{"index": 1}]})),
        lambda v: len(v["a"]) > 1 and v["a"][0] != 1,
    ),
    "another status": (
        responses(
            response_by(
                {"a": 1},
                rules={
                    "status": {
                        "matchers": [{"match": "statusCode", "status": "success"}],
                        "combine": "AND",
                    }
                },
            )
        ),
        lambda response: response.status == 202,
    ),
    "another header": (
        responses(
            response_by(
                {"a": 1},
                headers={"X-Id": ["7"]},
                rules={"header": {"X-Id": {"matchers": [{"match": "regex", "regex": "[0-9]+"}]}}},
            )
        ),
        lambda response: response.headers["X-Id"] == ("44",),
    ),
}


@pytest.mark.parametrize("name", REACHED)
def test_what_is_accepted_is_drawn(name: str) -> None:
    strategy, reached = REACHED[name]
    profile = settings(
        max_examples=20_000,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    found = find(strategy, reached, settings=profile)
    assert reached(found)


def message_by(contents: Any, **more: Any) -> Message:
    exchange = pact_of(sent("m", contents, **more)).interactions[0].exchange
    assert isinstance(exchange, Sent)
    return exchange.message


def test_what_is_drawn_goes_through_its_plain_form() -> None:
    response = response_by(
        ITEMS, LIST, headers={"Set-Cookie": ["a=1", "b=2"], "Content-Type": "application/json"}
    )
    for each in drawn(responses(response), 30):
        again = response_of(plain_response(each), response)
        assert plain_response(again) == plain_response(each)
        assert match_response(response, again).matches
    paths = {"metadata": {"n": {"matchers": [TYPE]}}, "body": LIST}
    message = message_by(ITEMS, metadata={"n": 1, "topic": "t"}, matchingRules=paths)
    for made in drawn(messages(message), 30):
        same = message_of(plain_message(made), message)
        assert plain_message(same) == plain_message(made)
        assert match_message(message, same).matches
        assert made.metadata["topic"] == "t"


def test_what_is_not_json_is_its_example_or_a_text_of_its_rules() -> None:
    plain = response_by(None, body={"contentType": "text/plain", "content": "hello"})
    assert {each.body.data for each in drawn(responses(plain), 10)} == {b"hello"}
    ruled = response_by(
        None,
        {"$": {"matchers": [{"match": "regex", "regex": "[a-c]{2}"}]}},
        body={"contentType": "text/plain", "content": "ab"},
    )
    assert len({each.body.data for each in drawn(responses(ruled), 40)}) > 3


def test_what_only_the_official_engine_compares_is_told() -> None:
    xml = response_by(None, body={"contentType": "application/xml", "content": "<a/>"})
    with pytest.raises(Undecided, match="XML"):
        responses(xml)


def test_a_body_is_never_promised_with_a_status_that_has_none() -> None:
    status = {"matchers": [{"match": "statusCode", "status": "success"}], "combine": "AND"}
    strategy = responses(response_by({"a": 1}, rules={"status": status}))
    assert not {each.status for each in drawn(strategy, 200)} & {204, 205}
