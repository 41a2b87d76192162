"""Requests, responses and messages against what a pact expects; what differs is told by place."""

from __future__ import annotations

from typing import Any

import pytest
from pact_pairs import category

from stagepact.contract.source import read_json
from stagepact.pact import files, matching, patterns
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Version
from stagepact.pact.moments import fits
from stagepact.pact.part import Part
from stagepact.pact.path import parse_path


def part(value: Any) -> Part:
    source = read_json("{}", "p.json")
    return Part(source, [], value)


def request(version: Version = Version.V3, **value: Any) -> Any:
    return files.request_of(part(value), version)


def response(version: Version = Version.V3, **value: Any) -> Any:
    return files.response_of(part(value), version)


def rules(*matchers: dict[str, Any], any_of: bool = False) -> dict[str, Any]:
    return {"combine": "OR" if any_of else "AND", "matchers": list(matchers)}


def told(comparison: Comparison) -> list[str]:
    return [str(each) for each in comparison.mismatches]


def body(example: Any, by_path: dict[str, Any], value: Any) -> list[str]:
    return [str(each) for each in json_mismatches(example, value, category(by_path))]


@pytest.mark.parametrize(
    ("rule", "example", "good", "bad"),
    [
        ({"match": "equality"}, 1, [1], [1.0, True, "1", None]),
        ({"match": "type"}, 1, [2, 1.5], ["1", True, None]),
        ({"match": "regex", "regex": "a|ab"}, "a", ["a", "ab"], ["abc", None, 1]),
        ({"match": "include", "value": "b"}, "b", ["abc", True and "b"], ["a", 1]),
        ({"match": "integer"}, 1, [0, -3, 2**64 - 1], [1.0, "1", True, 2**64]),
        ({"match": "decimal"}, 1.5, [1.0, 2**64], [1, "1.5", False]),
        ({"match": "number"}, 1, [1, 1.5], ["1", True, None]),
        ({"match": "boolean"}, True, [False, "true"], [1, "yes", None]),
        ({"match": "null"}, None, [None], [0, "", False]),
        ({"match": "date"}, "2026-01-01", ["2024-02-29"], ["2023-02-29", "2026-1", "x"]),
        ({"match": "time", "format": "HH:mm"}, "10:00", ["23:59"], ["24:00", "10:00:00"]),
        ({"match": "datetime"}, "x", ["2026-01-02T03:04:05Z"], ["2026-01-02 03:04:05Z"]),
        ({"match": "timestamp", "timestamp": "yyyyMMdd"}, "x", ["20260102"], ["20261302"]),
        ({"match": "notEmpty"}, "a", ["b", 0, False], ["", None]),
        ({"match": "semver"}, "1.0.0", ["1.2.3-rc.1+b"], ["1.0", "01.0.0", 1]),
        ({"match": "contentType", "value": "application/json"}, "{}", ["[1]"], ["<a/>", "x"]),
        ({"match": "contentType", "value": "text/plain"}, "x", ["{}", "true", 1], ["iVBORw0KGgo="]),
        ({"match": "contentType", "value": "image/png"}, "x", ["iVBORw0KGgo="], ["x", "JVBERg=="]),
    ],
    ids=lambda each: each.get("match") if isinstance(each, dict) else "",
)
def test_a_rule_takes_what_it_is_for_and_nothing_else(
    rule: dict[str, Any], example: Any, good: list[Any], bad: list[Any]
) -> None:
    by_path = {"$.a": rules(rule)}
    assert [value for value in good if body({"a": example}, by_path, {"a": value})] == []
    assert [value for value in bad if not body({"a": example}, by_path, {"a": value})] == []


def test_any_or_all_of_several_rules() -> None:
    either = {"$.a": rules({"match": "integer"}, {"match": "null"}, any_of=True)}
    assert body({"a": 1}, either, {"a": None}) == []
    assert body({"a": 1}, either, {"a": "x"}) == [
        'body $.a: expected a whole number or null, got "x"'
    ]
    both = {"$.a": rules({"match": "type"}, {"match": "regex", "regex": "x.*"})}
    assert body({"a": "x"}, both, {"a": "y"}) == [
        'body $.a: expected a text that matches `x.*`, got "y"'
    ]


def test_sizes_are_of_the_place_alone_and_types_go_on_below() -> None:
    by_path = {"$.items": rules({"match": "type", "min": 2, "max": 3})}
    example = {"items": [{"tags": ["a"]}]}
    assert body(example, by_path, {"items": [{"tags": []}, {"tags": ["b"] * 4}]}) == []
    assert body(example, by_path, {"items": [{"tags": [1]}, {"tags": []}]}) == [
        'body $.items[0].tags[0]: expected the type of the example ("a"), got 1'
    ]
    (short,) = body(example, by_path, {"items": [{"tags": []}]})
    assert short.startswith("body $.items: expected the type of the example with at least 2 and")


def test_keys_and_values_of_mappings() -> None:
    by_path = {
        "$.by": rules(
            {"match": "eachKey", "rules": [{"match": "regex", "regex": r"\d+"}]},
            {"match": "eachValue", "rules": [{"match": "integer"}]},
        )
    }
    assert body({"by": {"1": 1}}, by_path, {"by": {"7": 7, "8": 8}}) == []
    assert body({"by": {"1": 1}}, by_path, {"by": {"x": "y"}}) == [
        r'body $.by.x: expected a key that is a text that matches `\d+`, got "x"',
        'body $.by.x: expected a whole number, got "y"',
    ]


def test_a_list_contains_each_variant() -> None:
    variants = [
        {"index": 0, "rules": {"$.rel": rules({"match": "equality"})}},
        {"index": 1, "rules": {"$.n": rules({"match": "integer"})}},
    ]
    by_path = {"$": rules({"match": "arrayContains", "variants": variants})}
    example = [{"rel": "self"}, {"n": 1}]
    assert body(example, by_path, [{"x": 1}, {"n": 7}, {"rel": "self", "more": 1}]) == []
    assert body(example, by_path, [{"n": 7}]) == [
        'body $: expected an item like {"rel":"self"}, got [{"n":7}]'
    ]


def test_without_rules_lists_are_equal_and_mappings_may_have_more() -> None:
    assert body({"a": [1]}, {}, {"a": [1], "b": 2}) == []
    assert body({"a": [1]}, {}, {"a": [1, 2]}) == ["body $.a: expected 1 item, got 2: [1,2]"]
    assert body({"a": {}}, {}, {"a": []}) == ["body $.a: expected a mapping, got []"]


def test_a_request_has_nothing_that_was_not_expected() -> None:
    expected = request(method="POST", path="/o", query={"a": ["1"]}, body={"n": 1})
    actual = request(method="PUT", path="/p", query="a=2&b=3", body={"n": 1, "m": 2})
    assert told(matching.match_request(expected, actual)) == [
        "method: expected POST, got PUT",
        'path: expected "/o", got "/p"',
        'query a: expected "1", got "2"',
        'query b: expected no such parameter, got "3"',
        "body $.m: expected no such key, got 2",
    ]


def test_paths_parameters_and_headers_have_rules_too() -> None:
    digits = {"match": "regex", "regex": r"\d+"}
    expected = request(
        path="/o/1",
        query={"n": ["1", "2"]},
        headers={"X-Id": "1"},
        matchingRules={
            "path": rules({"match": "regex", "regex": r"/o/\d+"}),
            "query": {"n": rules(digits)},
            "header": {"X-Id": rules(digits)},
        },
    )
    good = request(path="/o/77", query="n=7&n=8&n=9", headers={"x-id": "9"})
    assert matching.match_request(expected, good).matches
    bad = request(path="/o/x", query="n=y", headers={"x-id": "z"})
    assert [
        (each.part, each.path) for each in matching.match_request(expected, bad).mismatches
    ] == [
        ("path", ""),
        ("query", "n"),
        ("header", "X-Id"),
    ]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("application/json; charset=utf-8", "application/json;charset=UTF-8", True),
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json; charset=utf-8", "application/json", False),
        ("application/json", "text/plain", False),
    ],
)
def test_parameters_of_content_types_count_where_they_are_expected(
    expected: str, actual: str, same: bool
) -> None:
    wanted = response(headers={"Content-Type": expected})
    assert (
        matching.match_response(wanted, response(headers={"content-type": actual})).matches is same
    )


@pytest.mark.parametrize(
    ("name", "expected", "actual", "same"),
    [
        ("Vary", ["Accept", "Origin"], "Accept,Origin", True),
        ("Vary", ["Accept, Origin"], ["Accept", "Origin"], True),
        ("Vary", "Accept", "Accept, Origin", False),
        ("X-Id", "a, b", "a,b", True),
        ("X-Id", "a", "A", False),
    ],
)
def test_headers_that_are_lists_are_compared_as_lists(
    name: str, expected: Any, actual: Any, same: bool
) -> None:
    wanted, got = response(headers={name: expected}), response(headers={name.lower(): actual})
    assert matching.match_response(wanted, got).matches is same


@pytest.mark.parametrize("path", ["X-Id", "$.X-Id", "$['X-Id'][0]"])
def test_rules_of_a_header_are_by_its_name(path: str) -> None:
    by_rule = {"header": {path: rules({"match": "regex", "regex": r"\d+"})}}
    expected = response(headers={"X-Id": "1"}, matchingRules=by_rule)
    assert matching.match_response(expected, response(headers={"x-id": "77"})).matches


@pytest.mark.parametrize(
    ("status", "good", "bad"),
    [
        ("success", 204, 301),
        ("clientError", 404, 500),
        ([200, 202], 202, 201),
        ("nonError", 302, 400),
    ],
)
def test_a_status_is_of_a_class_or_a_list(status: Any, good: int, bad: int) -> None:
    by_rule = {"status": rules({"match": "statusCode", "status": status})}
    expected = response(Version.V4, status=200, matchingRules=by_rule)
    assert matching.match_response(expected, response(status=good)).matches
    assert not matching.match_response(expected, response(status=bad)).matches


def test_a_message_has_contents_and_metadata() -> None:
    by_rule = {"metadata": {"key": rules({"match": "type"})}}
    written = {"contents": {"n": 1}, "metadata": {"key": "a", "topic": "x"}}
    expected = files.message_of(part({**written, "matchingRules": by_rule}), Version.V3)
    good = files.message_of(part({**written, "metadata": {"key": "b", "topic": "x"}}), Version.V3)
    assert matching.match_message(expected, good).matches
    bad = files.message_of(part({"contents": {"n": 2}, "metadata": {"key": 1}}), Version.V3)
    assert told(matching.match_message(expected, bad)) == [
        "body $.n: expected 1, got 2",
        'metadata $.key: expected the type of the example ("a"), got 1',
        'metadata $.topic: expected "x", got nothing: it is missing',
    ]


@pytest.mark.parametrize(
    ("content_type", "text", "reason"),
    [
        ("application/xml", "<a/>", "XML is compared by the official engine only"),
        ("multipart/form-data; boundary=x", "--x", "multipart forms are compared by"),
    ],
)
def test_what_is_left_to_the_official_engine_is_no_match_and_says_so(
    content_type: str, text: str, reason: str
) -> None:
    there = response(headers={"Content-Type": content_type}, body=text)
    compared = matching.match_response(there, there)
    assert (compared.matches, compared.mismatches) == (False, ())
    assert compared.undecided[0].startswith(reason)


@pytest.mark.parametrize(
    ("regex", "good", "bad"),
    [
        (r"[[:upper:]]+\h{2}\z", "AB0f", "AB0g"),
        (r"^(?<year>\d{4})$", "2026", "26"),
        ("(?m).+", "a\nb", ""),
        ("a.b", "a-b", "a\nb"),
        (r"^a$\nb", "a\nb", "ab"),
    ],
)
def test_regular_expressions_are_those_of_ruby(regex: str, good: str, bad: str) -> None:
    assert (patterns.matches(regex, good), patterns.matches(regex, bad)) == (True, False)


@pytest.mark.parametrize("regex", [r"\p{L}+", "[a-z&&[^b]]+", "[[:^digit:]]", "[[:graph:]]"])
def test_a_regular_expression_that_python_lacks_is_undecided(regex: str) -> None:
    by_rule = {"body": {"$.a": rules({"match": "regex", "regex": regex})}}
    expected = response(body={"a": "x"}, matchingRules=by_rule)
    compared = matching.match_response(expected, response(body={"a": "x"}))
    assert (compared.matches, compared.mismatches) == (False, ())
    assert compared.undecided[0].startswith(f"`{regex}` has ")


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        ({}, {"body": "anything"}, True),
        ({"body": None}, {}, True),
        ({"body": None}, {"body": "x"}, False),
        ({"body": "x"}, {}, False),
        ({"body": "x"}, {"body": "x"}, True),
        ({"body": {"a": 1}}, {"headers": {"Content-Type": "application/json"}, "body": "{"}, False),
    ],
)
def test_a_body_may_be_missing(expected: Any, actual: Any, matches: bool) -> None:
    assert matching.match_response(response(**expected), response(**actual)).matches is matches


def test_a_form_is_compared_by_its_fields() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    by_rule = {"body": {"$.n": rules({"match": "regex", "regex": r"\d"})}}
    expected = request(headers=headers, body="n=1&a=x", matchingRules=by_rule)
    assert matching.match_request(expected, request(headers=headers, body="a=x&n=7")).matches
    assert told(matching.match_request(expected, request(headers=headers, body="a=y&n=7"))) == [
        'body a: expected "x", got "y"'
    ]


@pytest.mark.parametrize(
    ("text", "place", "weight"),
    [
        ("$", (), 2),
        ("$.a", ("a",), 8),
        ("$.*", ("a",), 4),
        ("$.a[*]", ("a", 0), 12),
        ("$.a[*]", ("a", "b"), None),
        ("$['a b'][1]", ("a b", 1), 24),
        ("$.a", ("a", "b"), 8),
        ("$.a.b", ("a",), None),
    ],
)
def test_paths_weigh_as_the_specification_says(
    text: str, place: tuple[str | int, ...], weight: int | None
) -> None:
    assert parse_path(text).weight(place) == weight


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("dd MMMM yyyy", "01 march 2026", "31 april 2026"),
        ("EEE, d MMM yyyy", "Mon, 1 Jan 2026", "Foo, 1 Jan 2026"),
        ("hh:mm a", "12:00 pm", "13:00 pm"),
        ("HH:mm:ss.SSSXXX", "10:00:00.123+13:00", "10:00:00.1234Z"),
        ("yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-02T03:04:05+0100", "2026-01-02T03:04:05Z"),
        ("VV", "Europe/Vienna", "Europe/Atlantis"),
        ("HH:mm z", "10:00 CEST", "10:00 XYZ"),
        ("HH:mmXX", "10:00+0100", "10:00+01"),
        ("yyyy-DDD", "2024-366", "2024-367"),
        ("''yy''", "'26'", "26"),
    ],
)
def test_dates_are_in_the_form_of_java(pattern: str, good: str, bad: str) -> None:
    assert (fits(good, pattern), fits(bad, pattern)) == (True, False)
