"""Each kind of clause can be turned wrong, and one that can't fail is told with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from observations import answers, clause, clauses, observed

from stagepact.contract.clauses import Clause, WithinValue
from stagepact.observation import Call, End, LogRecord, Observation
from stagepact.subject import Case, Given, Output
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.checks.events import EVENT_CHECKS
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.prove import MUTANTS, VACUOUS, unfailing

OK = observed(output=Output(data={"total": 20, "lines": ["a", "b"]}))
TOLD = observed(("started", {"n": 1}), ("ended", {"n": 2}))
TOLD_ONCE = observed(("started", {"n": 1}))
CALLED = observed(calls=(Call("port", "get", {"key": "a"}),))
LOGGED = observed(logs=(LogRecord("shop", "INFO", "done", {"id": 1}),))
EXAMPLE = observed(output=Output(data={"total": 20}), case="n")
RAISED = observed(raised="builtins:ValueError: no", case="n")
EMITTED = observed("started", case="n")
ANSWERED = observed(
    output=Output("200", {"id": 1}, headers={"content-type": "text/plain", "etag": '"a"'}),
    case="n",
)


def only(found: dict[str, Clause]) -> Clause:
    return list(found.values())[-1]


def why(promise: Clause, *runs: Observation) -> str:
    return unfailing(promise, Seen(runs))


def test_every_kind_that_is_checked_has_mutants() -> None:
    """A new check without mutants fails here."""
    judged_of_many = {"metamorphic", "within.quantile"}
    assert set(MUTANTS) == set(CHECKS) | set(EVENT_CHECKS) | judged_of_many
    assert set(VACUOUS) <= set(MUTANTS)


STAGE_CAN_FAIL: list[tuple[str, Observation]] = [
    ("output: {status: [ok]}", OK),
    ("output: {status: [ok, fail]}", OK),
    ("output: {status: [2XX]}", observed(output=Output("204"))),
    ("output: {status: [error]}", observed(raised="builtins:ValueError: no")),
    ("output: {status: [ok], raises: [ValueError]}", observed(raised="builtins:ValueError: no")),
    ("output: {type: 'builtins:str'}", observed(output=Output(raw="text"))),
    ("output: {json: true}", OK),
    ("output: {data: {required: [total]}}", OK),
    ("output: {declared: [total, lines]}", OK),
    ("logs: {a: {logger: shop}}", LOGGED),
    ("logs: {a: {logger: shop, times: never}}", OK),
    ("logs: {a: {times: at least 0, fields: {required: [id]}}}", LOGGED),
    ("calls: {port.get: once}", CALLED),
    ("calls: {port.get: never}", OK),
    ("calls: {port.get: at most 3}", CALLED),
    ("calls: {port.get: exactly 1}", CALLED),
    ("calls: {port.get: {arguments: {required: [key]}}}", CALLED),
    ("holds: {positive: output.total > 0}", OK),
    ("within: {max: 1s}", observed(duration=0.2)),
    ("within: {max: 1s}", observed(duration=0.0)),
    ("examples: [{name: n, output: {data: {total: 20}}}]", EXAMPLE),
    ("examples: [{name: n, output: {matches: {required: [total]}}}]", EXAMPLE),
    ("examples: [{name: n, error: 'no'}]", RAISED),
    ("examples: [{name: n, output: {status: ok}, events: [{type: started}]}]", EMITTED),
    ("events: {order: started, closed: true}", TOLD_ONCE),
    ("calls: {port.get: {times: once, arguments: {required: [key]}}}", CALLED),
    ("examples: [{name: n, events: [{type: started}]}]", EMITTED),
    ("events: {order: started ended}", TOLD),
    ("events: {order: (failed)?}", OK),
    ("events: {rules: {quiet: {absence: failed}}}", TOLD),
    ("events: {rules: {first: {precedence: {of: ended, by: started}}}}", TOLD),
    ("events: {rules: {soon: {response: {of: started, by: ended, within: 1s}}}}", TOLD),
    ("events: {order: started ended, closed: true}", TOLD),
    ("events: {order: (failed)?, closed: true}", observed()),
    ("events: {terminal: [ended]}", TOLD),
    ("events: {types: {started: {required: [n]}}}", TOLD),
    ("events: {types: {started: true}, sequence: {field: n}}", observed(("started", {"n": 1}))),
]


@pytest.mark.parametrize(("block", "seen"), STAGE_CAN_FAIL)
def test_a_stage_s_clause_that_can_fail_is_not_told(block: str, seen: Observation) -> None:
    assert why(only(clauses(block)), seen) == ""


@pytest.mark.parametrize(("block", "seen"), STAGE_CAN_FAIL)
def test_every_mutant_is_another_clause(block: str, seen: Observation) -> None:
    promise = only(clauses(block))
    mutants = list(MUTANTS[promise.kind](promise, Seen((seen,))))
    assert mutants
    assert promise not in mutants


OPERATION_CAN_FAIL = [
    "responses: {200: {}}",
    "responses: {200: {}, default: {}}",
    "responses: {200: {body: {required: [id]}}}",
    "responses: {200: {content-type: text/plain}}",
    "responses: {200: {headers: {ETag: {type: string}}}}",
    "responses: {200: {headers: {ETag: true}}}",
    "examples: [{name: n, response: {status: 200}}]",
    "examples: [{name: n, response: {headers: {etag: '\"a\"'}}}]",
    "examples: [{name: n, response: {body: {id: 1}}}]",
    "examples: [{name: n, response: {matches: {required: [id]}}}]",
]


@pytest.mark.parametrize("block", OPERATION_CAN_FAIL)
def test_an_operation_s_clause_that_can_fail_is_not_told(block: str) -> None:
    assert why(only(answers(block)), ANSWERED) == ""


NEVER_SEEN = "it is still kept: what it speaks of was never seen"


@pytest.mark.parametrize("block", OPERATION_CAN_FAIL)
def test_every_mutant_of_an_operation_s_clause_is_another(block: str) -> None:
    promise = only(answers(block))
    mutants = list(MUTANTS[promise.kind](promise, Seen((ANSWERED,))))
    assert mutants
    assert promise not in mutants


STAGE_CANT_FAIL: list[tuple[str, Observation, str]] = [
    ("output: {data: {}}", OK, "its schema permits every value"),
    ("output: {data: {title: anything}}", OK, "its schema permits every value"),
    ("output: {type: 'builtins:object'}", OK, "everything is an object"),
    ("output: {data: {minLength: 3}}", OK, NEVER_SEEN),
    ("holds: {truism: 1 == 1}", OK, "it reads nothing of the run"),
    ("holds: {same: output.total == output.total}", OK, "it stays true whatever"),
    ("holds: {long: len(output.lines) >= 0}", OK, "it stays true whatever"),
    ("holds: {either: output.total > 0 or output.total <= 0}", OK, "output.total"),
    ("events: {order: (started | ended)*}", TOLD, "every sequence of ended, started"),
    ("events: {types: {started: {}}}", TOLD, "its schema permits every payload"),
    ("calls: {port.get: at least 0}", CALLED, "any number of calls"),
    ("calls: {port.get: {arguments: {}}}", CALLED, "any number of calls"),
    ("logs: {a: {times: at least 0}}", LOGGED, "any number of records"),
]


@pytest.mark.parametrize(("block", "seen", "told"), STAGE_CANT_FAIL)
def test_a_clause_that_cannot_fail_is_told_with_the_reason(
    block: str, seen: Observation, told: str
) -> None:
    assert told in why(only(clauses(block)), seen)


def test_an_operation_s_clauses_that_cannot_fail_are_told() -> None:
    assert "every body" in why(only(answers("responses: {200: {body: true}}")), ANSWERED)
    nothing = answers("examples: [{name: n, response: {}}]")
    assert why(only(nothing), ANSWERED) == "there is nothing in it to turn wrong"


def pair(before: Any, after: Any) -> tuple[Observation, Observation]:
    first, second = (observed(output=Output(data=data)) for data in (before, after))
    return first, second


def metamorphic(expect: str) -> Clause:
    return only(clauses(f"holds: {{m: {{vary: {{/input/n: input.n + 1}}, expect: {expect}}}}}"))


def test_a_clause_over_two_runs_is_judged_over_the_same_pairs() -> None:
    seen = Seen(pairs=(pair({"n": 1}, {"n": 2}),))
    assert unfailing(metamorphic("after.output.n > before.output.n"), seen) == ""
    assert "stays true" in unfailing(metamorphic("after.output.n == after.output.n"), seen)


def test_a_quantile_is_judged_over_all_times() -> None:
    promise = clause("within.quantile", WithinValue(1.0, 0.5, None))
    runs = tuple(observed(duration=0.1) for _ in range(60))
    assert unfailing(promise, Seen((*runs, observed(end=End.NOT_REACHED)))) == ""


def test_runs_that_say_nothing_of_the_clause_are_no_proof() -> None:
    """Of what was late once, and not again, no run is left that keeps it."""
    late = clauses("within: {max: 1ms}")["within.max"]
    assert why(late, observed(duration=1.0)) == ""
    outside = observed(tried=Case("outside", Given(), assumed=False))
    assert why(clauses("output: {status: [ok]}")["output.status"], outside) == ""
