"""Exceptions that cover nothing are told as selectors without a subject are."""

from __future__ import annotations

import pytest
from plans import Make, make, verdicts

from stagepact.verdict.model import State

__all__ = ["make"]

CODE = """
    @stagepact.contract_subject()
    def double(n: int) -> int:
        return n * 2

    def app(environ, start_response):
        start_response("404 Not Found", [])
        return []
"""

CONTRACT = """
    stages:
      double:
        given: {input: {type: integer}}
        output: {json: true}
        holds: {even: output %% 2 == 0}
        chaos: [network]
        except: [%s]
      nowhere:
        output: {json: true}
        except: [%s]
    services:
      api:
        app: "code_of_plan:app"
        except: [%s]
        operations:
          GET /a: {responses: {404: {}}, except: [%s]}
    flows:
      edge of numbers:
        from: /stages/double/given/input
        to: /stages/double/given/input
        except: [%s]
"""

PLACES = 5


def entry(clause: str, more: str = "") -> str:
    return f"{{clause: '{clause}', {more}reason: known, issue: '#1', until: 2999-01-01}}"


def idle(make: Make, place: int, *entries: str) -> dict[str, str]:
    """The clauses of exceptions that cover nothing, with the reason, of entries at one place."""
    at = [""] * PLACES
    at[place] = ", ".join(entries)
    plan = make(CODE, a=CONTRACT % tuple(at))
    assert plan.problems == ()
    found = {name: each for name, each in verdicts(plan).items() if "::except." in name}
    assert {each.state for each in found.values()} <= {State.NOT_EXERCISED}
    assert {each.place.file for each in found.values()} <= {"contracts/a.contract.yaml"}
    return {name: each.reason for name, each in found.items()}


LOST = {
    "of a stage": (0, entry("holds.evn"), "double::except.1", "did you mean 'holds.even'?"),
    "of a stage that is nowhere": (
        0,
        entry("holds.even", "stage: doubled, "),
        "double::except.1",
        "the selector 'doubled' matches no subject of a clause",
    ),
    "of a block for nothing": (
        1,
        entry("no.such"),
        "nowhere::except.1",
        "no clause that it could cover is called 'no.such'",
    ),
    "of a service": (2, entry("holds.even"), "api::except.1", "is called 'holds.even'"),
    "of an operation": (3, entry("auth"), "GET /a::except.1", "is called 'auth'"),
    "of a flow": (4, entry("edge.2"), "edge of numbers::except.1", "did you mean 'edge'?"),
}


@pytest.mark.parametrize(("place", "written", "name", "reason"), LOST.values(), ids=LOST)
def test_an_exception_that_covers_nothing_is_not_exercised(
    make: Make, place: int, written: str, name: str, reason: str
) -> None:
    found = idle(make, place, written)
    assert set(found) == {name}
    assert reason in found[name]


USED = {
    "a glob": (0, entry("holds.*")),
    "a stage elsewhere": (1, entry("holds.even", "stage: 'kind:function', ")),
    "an operation elsewhere": (0, entry("responses.status", "stage: GET /a, ")),
    "not today": (0, entry("output.json", "when: {platform: [nowhere]}, ")),
    "what a block for nothing promises, which is told itself": (1, entry("output.json")),
    "what happens in chaos": (0, entry("chaos.network")),
    "an operation's": (3, entry("responses.*")),
    "an edge": (4, entry("edge")),
}


@pytest.mark.parametrize(("place", "written"), USED.values(), ids=USED)
def test_an_exception_that_covers_a_clause_is_not_told(
    make: Make, place: int, written: str
) -> None:
    assert idle(make, place, written) == {}


def test_each_has_its_number(make: Make) -> None:
    found = idle(make, 0, entry("no.such"), entry("holds.even"), entry("no.such"))
    assert set(found) == {"double::except.1", "double::except.3"}


def test_nothing_is_told_while_clauses_may_be_missing(make: Make) -> None:
    at = (entry("no.such"), "", "", "", "")
    plan = make(CODE.replace("def app", "def apt"), a=CONTRACT % at)
    assert plan.problems
    assert not [item for item in plan.items if item.clause.kind == "except"]
