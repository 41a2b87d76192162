"""Lifecycles: the graph that states and moves are, and what is wrong with one that is written."""

from __future__ import annotations

import pytest
from plans import Make, make, told, verdicts

from stagepact.contract.lifecycle import Lifecycle
from stagepact.contract.models import Lifecycle as Said
from stagepact.verdict.model import State

__all__ = ["make"]

JOB = Lifecycle(
    Said.model_validate(
        {
            "resource": "/jobs/{id}",
            "states": "(queued (running (done | failed) | cancelled))+",
            "gone": "failed",
            "moves": {
                "start": {"call": "POST /jobs/{id}/start", "from": "queued", "to": "running"},
                "advance": {"call": "POST /jobs/{id}/advance", "to": ["done"]},
                "cancel": "POST /jobs/{id}/cancel",
                "retry": {"call": "POST /jobs/{id}/retry", "from": ["cancelled"], "to": "queued"},
            },
        }
    )
)


def test_states_are_those_of_the_order() -> None:
    assert JOB.first == ("queued",)
    assert set(JOB.states) == {"queued", "running", "done", "failed", "cancelled"}


@pytest.mark.parametrize(
    ("state", "then", "permitted"),
    [
        ("queued", "running", True),
        ("queued", "queued", True),
        ("queued", "done", False),
        ("done", "queued", True),
        ("done", "running", False),
    ],
)
def test_what_may_follow_is_what_the_order_says(state: str, then: str, permitted: bool) -> None:
    assert JOB.follows(state, then) is permitted


def test_a_move_is_allowed_as_it_says_else_by_the_order() -> None:
    moves = JOB.said.moves
    assert [JOB.allowed(moves["start"], each) for each in ("queued", "running")] == [True, False]
    assert [JOB.allowed(moves["advance"], each) for each in ("queued", "running")] == [False, True]
    assert JOB.allowed(moves["cancel"], "queued") is None


def test_the_way_to_a_state_is_the_shortest() -> None:
    assert JOB.next_move("queued", "done") == "start"
    assert JOB.next_move("running", "done") == "advance"
    assert JOB.next_move("done", "queued") is None


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        ("200", {"status": "queued"}, "queued"),
        ("200", {"status": 3}, None),
        ("200", [], None),
        ("404", None, "failed"),
        ("500", {"status": "queued"}, None),
    ],
)
def test_a_state_is_read(status: str, body: object, state: str | None) -> None:
    assert JOB.read(status, body, {}) == state


def test_a_state_may_be_an_expression() -> None:
    text = 'if output.lent > 0 then "lent" else "free"'
    said = Said(resource="/books/{id}", states="free lent", state=text)
    assert Lifecycle(said).read("200", {"lent": 1}, {}) == "lent"
    assert Lifecycle(said).read("200", {}, {}) is None


SELF = Lifecycle(
    Said.model_validate(
        {
            "resource": "/jobs/{id}",
            "states": "queued (running (done archived) | cancelled)",
            "moves": {
                "begin": {"from": "queued", "to": "running", "within": "1s"},
                "finish": {"from": "running", "to": "done", "within": "1s"},
                "archive": {"call": "PUT /jobs/{id}", "from": "done", "to": "archived"},
            },
        }
    )
)


def test_what_moves_by_itself_may_be_further_on() -> None:
    assert SELF.by_itself("queued") == {"queued", "running", "done"}
    assert SELF.by_itself("done") == {"done"}
    assert JOB.by_itself("queued") == {"queued"}


def test_a_way_may_need_time_only() -> None:
    assert SELF.next_move("queued", "archived") == "begin"


@pytest.mark.parametrize(
    ("move", "words"),
    [
        ("{from: off, to: on}", "say call, or within for what moves by itself"),
        ("{within: 1s, to: on}", "add from"),
        ("{within: 1s, from: off}", "add to"),
        ("{call: PUT /lamp, within: 1s}", "add to"),
        ("{within: soon, from: off, to: on}", "soon"),
    ],
)
def test_a_move_that_cannot_be_waited_for_is_told(move: str, words: str, make: Make) -> None:
    (problem,) = planned(make, f"resource: /lamp, states: off on, moves: {{light: {move}}}")
    assert words in problem
    assert problem.startswith("contracts/a.contract.yaml:7")


# A lamp that needs so many looks, not so much time: then a test needs no clock.
LAMP = """
looks, lit, warm = 0, False, LIT

def app(environ, start_response):
    global looks, lit
    status = "200 OK"
    if environ["REQUEST_METHOD"] == "PUT":
        lit, looks = not lit, 0
    looks += 1
    on = lit and looks > warm
    start_response(status, [("content-type", "application/json")])
    return [b'{"status": "%s"}' % (b"on" if on else b"off")]
"""


@pytest.mark.parametrize(
    ("looks", "state", "seen"),
    [(5, State.KEPT, ""), (10**9, State.BROKEN, "off")],
)
def test_what_a_call_leads_to_is_waited_for(
    looks: int, state: State, seen: str, make: Make
) -> None:
    moves = "moves: {light: {call: PUT /lamp, within: 1s, from: off, to: on}}"
    text = f"resource: /lamp, states: off on, {moves}"
    code = LAMP.replace("LIT", str(looks))
    found = verdicts(make(code, a=WRITTEN.replace("LIFECYCLE", text)))
    verdict = next(v for name, v in found.items() if "lifecycle.allowed.off" in name)
    assert verdict.state is state
    assert [(v.promised, v.seen) for v in verdict.violations] == (
        [("on within 1s", seen)] if seen else []
    )


@pytest.mark.parametrize(
    ("looks", "state", "seen"),
    [(5, State.KEPT, []), (10**9, State.BROKEN, [("on within 1s", "off all that time")])],
)
def test_what_moves_by_itself_is_waited_for(
    looks: int, state: State, seen: list[tuple[str, str]], make: Make
) -> None:
    code = LAMP.replace("lit, warm = 0, False, LIT", f"lit, warm = 0, True, {looks}")
    text = "resource: /lamp, states: off on, moves: {light: {within: 1s, from: off, to: on}}"
    found = verdicts(make(code, a=WRITTEN.replace("LIFECYCLE", text)))
    (verdict,) = (v for name, v in found.items() if "lifecycle." in name)
    assert verdict.state is state
    assert [(v.promised, v.seen) for v in verdict.violations] == seen


def test_an_answer_that_comes_late_isnt_the_last_look(make: Make) -> None:
    """A machine that is busy while it is asked has not waited in vain."""
    code = LAMP.replace("looks += 1", "looks += 1; time.sleep(0.05 if looks == warm else 0)")
    code = "import time\n" + code.replace("False, LIT", "True, 2")
    text = "resource: /lamp, states: off on, moves: {light: {within: 10ms, from: off, to: on}}"
    found = verdicts(make(code, a=WRITTEN.replace("LIFECYCLE", text)))
    (verdict,) = (v for name, v in found.items() if "lifecycle." in name)
    assert verdict.state is State.KEPT


CODE = """
def app(environ, start_response):
    status = "200 OK" if environ["REQUEST_METHOD"] == "GET" else "409 Conflict"
    start_response(status, [("content-type", "application/json")])
    return [b'{"status": "off", "progress": 7}']
"""

WRITTEN = """
services:
  lamp:
    app: "code_of_plan:app"
    lifecycle: {LIFECYCLE}
"""


def planned(make: Make, lifecycle: str) -> list[str]:
    return told(make(CODE, a=WRITTEN.replace("LIFECYCLE", lifecycle)))


@pytest.mark.parametrize(
    ("lifecycle", "words"),
    [
        (
            "resource: /lamp, states: off on, moves: {light: {call: PUT /lamp, to: lit}}",
            ("the state 'lit'", "a state of `states`: off, on", "contracts/a.contract.yaml:7"),
        ),
        ("resource: /lamp, states: off on, gone: lost", ("the state 'lost'",)),
        ("resource: /lamp, states: off on, state: status", ("'status'", "begins with a slash")),
        ("resource: /lamp, states: off on, state: 'a +'", ("JSON Pointer, or an expression",)),
        ("resource: /lamp, states: 'off ('", ("off (",)),
        ("resource: lamp, states: off on", ("lamp",)),
    ],
)
def test_a_wrong_lifecycle_is_told(lifecycle: str, words: tuple[str, ...], make: Make) -> None:
    (problem,) = planned(make, lifecycle)
    assert all(word in problem for word in words), problem


def test_a_resource_may_be_the_only_one(make: Make) -> None:
    """A path without parameters; a state that no moves lead to is not exercised by name."""
    moves = "moves: {light: {call: PUT /lamp, from: off, to: on}}"
    text = f"resource: /lamp, states: off on, progress: /progress, {moves}"
    found = verdicts(make(CODE, a=WRITTEN.replace("LIFECYCLE", text)))
    states = {name.partition("::")[2].partition("[")[0]: each for name, each in found.items()}
    allowed = states["lifecycle.allowed.off"]
    assert allowed.state is State.BROKEN
    assert allowed.violations[0].seen == "409 in the state off"
    forbidden = states["lifecycle.forbidden.on"]
    assert forbidden.state is State.NOT_EXERCISED
    assert forbidden.reason == "light of a off one is answered by 409"
    assert states["lifecycle.progress"].reason == "light of a off one is answered by 409"
