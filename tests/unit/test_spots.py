"""A spot is the same in each run: no index, no name that generated data brought."""

from __future__ import annotations

from collections.abc import KeysView
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from observations import clauses, observed

from stagepact.flow.spots import spot
from stagepact.subject import Case, Given

TOTAL = "output: {data: {properties: {lines: {items: {properties: {total: {type: integer}}}}}}}"
TABLE = "output: {data: {additionalProperties: {type: integer}}}"
PAYLOAD = "events: {types: {started: {required: [id]}}}"
COUNT = "events: {types: {started: true}, sequence: {field: n}}"
ARGUMENTS = "calls: {port.get: {arguments: {required: [key]}}}"


@pytest.mark.parametrize(
    ("block", "pointer", "told"),
    [
        ("output: {status: ok}", ("status",), "/status"),
        ("output: {json: true}", (), ""),
        (TOTAL, ("data", "lines", 3, "total"), "/data/lines/*/total"),
        (TABLE, ("data", "drawn by chance"), "/data/*"),
        (PAYLOAD, ("events", 7, "data", "id"), "/events/*/data/id"),
        (COUNT, ("events", 7, "data", "n"), "/events/*/data/n"),
        (ARGUMENTS, ("calls", 2, "arguments", "key"), "/calls/*/arguments/key"),
        ("holds: {h: output > 1}", ("holds",), "/holds"),
        ("output: {declared: [a~b/c]}", ("data", "a~b/c"), "/data/a~0b~1c"),
    ],
)
def test_indexes_and_names_that_nobody_wrote_are_stars(
    block: str, pointer: tuple[Any, ...], told: str
) -> None:
    assert spot(list(clauses(block).values())[-1], pointer) == told


def test_an_undeclared_key_is_the_subject_s_own_unless_it_was_given() -> None:
    declared = clauses("output: {declared: [a]}")["output.declared"]
    seen = observed(tried=Case("fuzz", Given(input={"x7": 1}), "fuzz"))
    assert spot(declared, ("data", "extra"), seen) == "/data/extra"
    assert spot(declared, ("data", "x7"), seen) == "/data/*"


def test_what_a_log_clause_names_is_kept() -> None:
    logged = clauses("logs: {a: {fields: {required: [id]}}}")["logs.a"]
    assert spot(logged, ("logs", 1, "id")) == "/logs/*/id"
    assert spot(logged, ("logs", 1, "other")) == "/logs/*/*"


class Large(dict[str, Any]):
    """What takes long to be looked through, as a pact's file does."""

    def keys(self) -> KeysView[str]:
        raise AssertionError("nobody asks for its names")

    def values(self) -> NoReturn:
        raise AssertionError("nobody asks for what it holds")


def test_a_clause_is_looked_through_for_names_that_were_given_only() -> None:
    large = replace(clauses("output: {status: ok}")["output.status"], value=Large())
    seen = observed(tried=Case("an order", Given(input={"x7": 1}), "pact"))
    assert spot(large, ("response", "body", 0, "lines"), seen) == "/response/body/*/lines"
    with pytest.raises(AssertionError, match="nobody asks"):
        spot(large, ("response", "x7"), seen)
