"""What holds of a run as a whole: expressions, single times, written examples."""

from __future__ import annotations

from typing import Any

import pytest
from observations import clauses, observed

from stagepact.observation import End
from stagepact.subject import Given, Output
from stagepact.verdict.checks import CHECKS, metamorphic
from stagepact.verdict.checks.model import differences


def judged(block: str, id: str, *events: Any, **seen: Any) -> Any:
    clause = clauses(block)[id]
    found = CHECKS[clause.kind](clause, observed(*events, **seen))
    return found if isinstance(found, str) else [(b.promised, b.seen, b.pointer) for b in found]


def ok(data: Any) -> Output:
    return Output(data=data)


@pytest.mark.parametrize(
    ("expression", "seen", "told"),
    [
        ("output.n == input * 2", "", []),
        ("status == 'ok' and duration < 1 and events[0].type == 'e'", "", []),
        ("inputs.u + context.c == 5 and request.body == null and state == null", "", []),
        ("output.n == 5", "output.n = 4", None),
        ("output.m == 5", "it can't be evaluated: there is no 'm'; there is n", None),
        ("output.n", "output.n = 4", None),
    ],
)
def test_an_expression_is_true_of_a_run(expression: str, seen: str, told: Any) -> None:
    """What is neither true nor false is not true."""
    given = Given(2, inputs={"u": 2}, context={"c": 3})
    found = judged(
        f'holds: {{x: "{expression}"}}', "holds.x", "e", output=ok({"n": 4}), given=given
    )
    assert found == ([] if told == [] else [(expression, seen, ("holds",))])


def test_an_expression_is_about_good_ends_or_those_that_it_names() -> None:
    """Others exercise nothing."""
    assert judged("holds: {x: 1 == 2}", "holds.x", raised="a:B: no") == (
        "no run with a fitting end (error)"
    )
    assert judged("holds: {x: {expr: 1 == 1, on: error}}", "holds.x", raised="a:B: no") == []


def test_two_runs_are_compared() -> None:
    """The second had the changed input."""
    block = "holds: {x: {vary: {/input: input * 2}, expect: after.output == before.output * 2}}"
    clause = clauses(block)["holds.x"]
    assert metamorphic(clause, observed(output=ok(1)), observed(output=ok(2))) == ()
    (breach,) = metamorphic(clause, observed(output=ok(1)), observed(output=ok(3)))
    assert breach.promised == "after.output == before.output * 2 when /input = input * 2"
    assert metamorphic(clause, observed(output=ok(1)), observed(end=End.HUNG)) == (
        "no two runs with fitting ends (ok, hung)"
    )


def test_a_run_ends_in_time() -> None:
    """In the unit of the report: milliseconds."""
    assert judged("within: 1s", "within.max", duration=1.0) == []
    ((promised, seen, pointer),) = judged("within: 1s", "within.max", duration=1.5)
    assert promised == "at most 1000 ms"
    assert seen.startswith("1500")
    assert pointer == ("duration",)


EXAMPLE = """\
events: {types: {e: true}}
examples:
- {name: data, output: {data: {a: 1}}}
- {name: matches, output: {matches: {type: integer}}}
- {name: status, output: {status: fail}}
- {name: error, error: 'bro.e'}
- name: events
  events: [{type: e, data: 1}, {type: f, matches: {type: integer}}]
- {name: none, events: []}
"""


@pytest.mark.parametrize(
    ("name", "events", "seen", "told"),
    [
        ("data", [], {"output": ok({"a": 1})}, []),
        ("data", [], {"output": ok({"a": 2})}, [("1", "2", ("output", "data", "a"))]),
        (
            "data",
            [],
            {"output": Output("fail", {"a": 1}, error="no")},
            [("ok", "fail (no)", ("output", "status"))],
        ),
        ("data", [], {"raised": "a:B: no"}, [("ok", "error (B: no)", ("output", "status"))]),
        ("data", [], {"end": End.HUNG}, [("ok", "hung", ("output", "status"))]),
        ("matches", [], {"output": ok(1)}, []),
        ("matches", [], {"output": ok("x")}, [("the type integer", '"x"', ("output", "data"))]),
        ("status", [], {"output": Output("fail")}, []),
        ("status", [], {}, [("fail", "ok", ("output", "status"))]),
        ("error", [], {"raised": "a:B: it broke"}, []),
        ("error", [], {"output": Output("fail", error="it broke")}, []),
        ("error", [], {}, [("an error like 'bro.e'", "no error", ("error",))]),
        ("error", [], {"raised": "a:B: no"}, [("an error like 'bro.e'", "B: no", ("error",))]),
        ("events", ["x", ("e", 1), ("f", 2)], {}, []),
        ("events", ["e"], {}, [("e f", "e", ("events",))]),
        ("events", [], {}, [("e f", "no event", ("events",))]),
        (
            "events",
            [("e", 2), "x", ("f", "y")],
            {},
            [("1", "2", ("events", 0, "data")), ("the type integer", '"y"', ("events", 2, "data"))],
        ),
        ("none", ["x"], {}, []),
        ("none", ["e"], {}, [("no event", "e", ("events",))]),
    ],
)
def test_an_example_turns_out_as_it_is_written(
    name: str, events: list[Any], seen: dict[str, Any], told: Any
) -> None:
    """Output, error and events of the declared types."""
    assert judged(EXAMPLE, f"examples.{name}", *events, case=name, **seen) == told
    assert judged(EXAMPLE, f"examples.{name}", *events, **seen) == "another case"


class Hostile:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("expected", "seen", "places"),
    [
        (1, 1.0, []),
        (1, True, [()]),
        ([1, {"a": 2}], [1, {"a": 3}], [(1, "a")]),
        ([1], [1, 2], [()]),
        ({"a": 1}, {"b": 1}, [("a",), ("b",)]),
        ({"a": 1}, [1], [()]),
        (None, 0, [()]),
        ({"a": 1}, {"a": Hostile()}, [("a",)]),
    ],
)
def test_differences_are_told_with_their_places(expected: Any, seen: Any, places: Any) -> None:
    """As JSON compares; what raises when it is compared is different."""
    assert [each.pointer for each in differences(expected, seen)] == places
