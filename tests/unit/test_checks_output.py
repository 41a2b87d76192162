"""What was returned: status, type, JSON, data, declared keys."""

from __future__ import annotations

from typing import Any

import pytest
from observations import clauses, observed

from stagepact.observation import End, Failure, Observation
from stagepact.subject import Output
from stagepact.verdict.checks import CHECKS


def judged(block: str, id: str, observation: Observation) -> Any:
    clause = clauses(f"output: {{{block}}}")[f"output.{id}"]
    found = CHECKS[clause.kind](clause, observation)
    return found if isinstance(found, str) else [(b.promised, b.seen, b.pointer) for b in found]


def ended(status: str, error: str | None = None) -> Observation:
    return observed(output=Output(status, error=error))


@pytest.mark.parametrize(
    ("block", "observation", "told"),
    [
        ("", ended("ok"), []),
        ("", ended("anything"), []),
        ("status: ok", ended("ok"), []),
        ("status: [ok, fail]", ended("fail", "no"), []),
        ("status: [ok, error]", observed(raised="a:Odd: no"), []),
        ("status: [2XX]", ended("204"), []),
        ("status: [2XX]", ended("304"), [("2XX", "304", ("status",))]),
        ("status: ok", ended("fail", "no"), [("ok", "fail (no)", ("status",))]),
        ("status: ok", ended("fail"), [("ok", "fail", ("status",))]),
        (
            "",
            observed(raised="a:Odd: no"),
            [("an end that is not an error", "error (Odd: no)", ("status",))],
        ),
        (
            "status: ok, raises: Other",
            observed(raised="a:Odd: no"),
            [("ok, or raising Other", "error (Odd: no)", ("status",))],
        ),
        ("raises: Odd", observed(raised="a:Odd: no"), []),
        ("raises: 'a:*'", observed(raised="a:Odd: no"), []),
        ("raises: Exception", observed(raised="a:Odd: no"), []),
        ("raises: Exception", observed(end=End.HUNG), [
            ("an end that is not an error, or raising Exception", "hung", ("status",))
        ]),
        ("raises: x", observed(end=End.RAISED), [
            ("an end that is not an error, or raising x", "error", ("status",))
        ]),
        ("status: ok", observed(end=End.DIED), [("ok", "died", ("status",))]),
    ],
)  # fmt: skip
def test_a_run_ends_in_a_declared_status(
    block: str, observation: Observation, told: list[Any]
) -> None:
    """Raising, hanging and dying are none of them unless the contract says so."""
    assert judged(block, "status", observation) == told


class Base:
    pass


class Derived(Base):
    pass


@pytest.mark.parametrize(
    ("type_", "raw", "kept"),
    [
        (f"{__name__}:Base", Base(), True),
        (f"{__name__}:Base", Derived(), True),
        (f"{__name__}:Derived", Base(), False),
        ("dict", {}, True),
        ("builtins:dict", {}, True),
        ("builtins:dict", [], False),
    ],
)
def test_what_is_returned_is_of_the_declared_class(type_: str, raw: object, kept: bool) -> None:
    """Or of one that derives from it."""
    assert (judged(f"type: '{type_}'", "type", observed(output=Output(raw=raw))) == []) is kept


@pytest.mark.parametrize(("block", "id"), [("type: 'a:B'", "type"), ("json: true", "json")])
def test_what_was_not_returned_exercises_nothing(block: str, id: str) -> None:
    """The status clause tells that it wasn't."""
    assert judged(block, id, observed(raised="a:B: no")) == "no run returned (error: B: no)"


def test_all_of_the_data_can_be_written_as_json() -> None:
    """Each place that can't is told."""
    assert judged("json: true", "json", observed(output=Output(data={"a": [1]}))) == []
    assert judged("json: true", "json", observed(output=Output(data={"a": {1}, "b": b""}))) == [
        ("a JSON value", "set: {1}", ("data", "a")),
        ("a JSON value", "bytes: b''", ("data", "b")),
    ]


@pytest.mark.parametrize(
    ("block", "id", "data", "told"),
    [
        ("data: {type: integer}", "data", 1, []),
        ("data: {type: integer}", "data", "x", [("the type integer", '"x"', ("data",))]),
        ("declared: [a, b]", "declared", {"a": 1, "b": None}, []),
        ("declared: []", "declared", None, []),
        (
            "declared: [a, b]",
            "declared",
            {"b": 1, "c": 2},
            [
                ("this key", "nothing", ("data", "a")),
                ("no key but those declared", "an undeclared key", ("data", "c")),
            ],
        ),
        ("declared: [a]", "declared", None, [("this key", "nothing", ("data", "a"))]),
        (
            "declared: []",
            "declared",
            [1],
            [("an object with the declared keys", "[1]", ("data",))],
        ),
    ],
)
def test_the_data_of_a_good_end_is_as_declared(block: str, id: str, data: Any, told: Any) -> None:
    """By its schema, by its keys."""
    assert judged(block, id, observed(output=Output(data=data))) == told
    assert judged(block, id, observed(output=Output("201", data=data))) == told
    assert judged(block, id, ended("fail")) == "no run with a successful end (fail)"
    assert judged(block, id, observed(end=End.HUNG)) == "no run with a successful end (hung)"


def test_a_failure_without_a_message_is_its_type() -> None:
    """No colon with nothing after it."""
    assert str(Failure("a:Odd", "")) == "Odd"
