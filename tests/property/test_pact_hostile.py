"""Whatever a pact file or an answer holds, it is a pact, a clear error, or a comparison."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagepact.errors import ContractError
from stagepact.pact import description, files, matching
from stagepact.pact.model import Http, Response

ODD = st.recursive(
    st.sampled_from(
        [None, True, -1, 0, 1.5, 10**30, "", "$", "a", "$.a[", "regex", "type", "(", "é"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["match", "matchers", "a", "name", ""]), inner, max_size=2
        )
    ),
    max_leaves=5,
)
MATCHERS: list[dict[str, Any]] = [
    {"match": "type", "min": 1},
    {"match": "regex", "regex": "a+"},
    {"match": "eachKey", "rules": [{"match": "date", "format": "yyyy"}]},
    {
        "match": "arrayContains",
        "variants": [{"index": 0, "rules": {"$": {"matchers": [{"match": "null"}]}}}],
    },
    {"match": "statusCode", "status": [200]},
    {"match": "contentType", "value": "image/png"},
]
RESPONSE = {
    "status": 200,
    "headers": {"Content-Type": "application/json"},
    "body": {"content": {"a": [1, {"b": "c"}]}, "contentType": "application/json"},
    "generators": {"body": {"$.a": {"type": "Uuid"}}},
    "matchingRules": {
        "body": {
            "$.a": {"combine": "AND", "matchers": MATCHERS},
            "$.*": {"matchers": MATCHERS[:1]},
        },
        "header": {"X": {"matchers": MATCHERS[1:2]}},
        "status": {"matchers": MATCHERS[4:5]},
    },
}
PACT = {
    "consumer": {"name": "ui"},
    "provider": {"name": "api"},
    "interactions": [
        {"description": "x", "type": "Synchronous/HTTP", "request": {}, "response": RESPONSE},
        {"description": "y", "type": "Asynchronous/Messages", "contents": RESPONSE["body"]},
    ],
    "metadata": {"pactSpecification": {"version": "4.0"}},
}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each mapping or list in a value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else []
    if isinstance(value, list):
        keys = list(range(len(value)))
    return [(value, key) for key in keys] + [found for key in keys for found in places(value[key])]


@given(st.data())
def test_a_file_is_a_pact_or_a_clear_error(data: st.DataObject) -> None:
    document = copy.deepcopy(PACT)
    box, key = data.draw(st.sampled_from(places(document)))
    box[key] = data.draw(ODD)
    try:
        pact = files.parse_pact(json.dumps(document), "p.json")
    except ContractError as wrong:
        told = [str(problem) for problem in wrong.problems]
    else:
        told = [f"p.json:{line}" for line in description.lines(pact)]
        json.dumps(description.told(pact))
    assert told
    assert all(line.startswith("p.json:") for line in told)


def test_the_file_that_is_changed_is_sound() -> None:
    assert len(files.parse_pact(json.dumps(PACT), "p.json").interactions) == 2


def answered(example: Any, rule: dict[str, Any]) -> Response:
    response = {**RESPONSE, "body": {"content": example}}
    response["matchingRules"] = {"body": {"$.a": {"matchers": [rule]}}}
    interaction = {"description": "x", "request": {}, "response": response}
    pact = files.parse_pact(json.dumps(PACT | {"interactions": [interaction]}), "p.json")
    exchange = pact.interactions[0].exchange
    assert isinstance(exchange, Http)
    return exchange.response


@given(ODD, st.sampled_from(MATCHERS), ODD, st.binary(), st.sampled_from(["", "application/json"]))
def test_an_answer_is_compared_whatever_it_is(
    example: Any, rule: dict[str, Any], odd: Any, data: bytes, content_type: str
) -> None:
    expected = answered({"a": example}, rule)
    for body in (files.body_of(data, content_type), files.json_body({"a": odd})):
        compared = matching.match_response(expected, Response(200, {"x": ("",)}, body))
        assert all(map(str, compared.mismatches))


@pytest.mark.parametrize("depth", [90, 500, 900, 980, 100_000])
def test_an_answer_that_is_nested_deeply_is_compared(depth: int) -> None:
    body = files.body_of(b'{"a":' + b"[" * depth + b"]" * depth + b"}", "application/json")
    expected = answered({"a": 1}, MATCHERS[0])
    assert matching.match_body(expected.body, body, expected.rules.of("body")).mismatches
