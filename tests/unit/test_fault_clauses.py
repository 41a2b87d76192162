"""`faults:` in the language: its short forms, its clauses, and one clear error for each slip."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from observations import document
from plans import Make, all_verdicts, make

from stagepact.cases import Assumption, edge_cases
from stagepact.contract.clauses import FaultValue, fault_clauses
from stagepact.contract.clauses.faults import ALL
from stagepact.contract.models import fault_steps
from stagepact.errors import ContractError
from stagepact.subject import Case

__all__ = ["make"]

STAGE = "name: a\nstages:\n  s:\n    faults: %s\n"


def ids(faults: str, *ports: str) -> list[str]:
    made = fault_clauses(document(STAGE % faults), ("stages", "s"), ports)
    return [each.id.removeprefix("faults.") for each in made]


SHORT = {
    "a text": ("{p: error}", ["p.error"]),
    "a status, which YAML reads as a number": ("{p: 503}", ["p.503"]),
    "a list": ("{p: [error, 403, slow 2s]}", ["p.error", "p.403", "p.slow 2s"]),
    "a fault of which nothing is said": ("{p: {error: , 500: }}", ["p.error", "p.500"]),
    "a method": ("{p.get: error}", ["p.get.error"]),
    "a place in the code": ("{'a.b:c.d': error}", ["a.b:c.d.error"]),
    "each port": ("{'*': error}", ["p.error", "q.error"]),
    "each port but one that stands beside": ("{'*': error, p: hang}", ["q.error", "p.hang"]),
    "what is promised": (
        "{p: {error: {retries: 2, within: 1s, recovers: true, then: {circuit: open}}}}",
        ["p.error", "p.error.retries", "p.error.within", "p.error.recovers", "p.error.then"],
    ),
    "named promises": (
        "{p: {error: {calls: {q.put: once}, holds: {h: 1 == 1}, events: {e: true}, "
        "logs: {l: {}}}}}",
        ["p.error", "p.error.events.e", "p.error.calls.q.put", "p.error.logs.l", "p.error.holds.h"],
    ),
}


@pytest.mark.parametrize(("written", "expected"), SHORT.values(), ids=SHORT)
def test_short_forms(written: str, expected: list[str]) -> None:
    assert ids(written, "p", "q") == expected


def test_all_is_each_port_in_each_way() -> None:
    assert ids("all", "p", "q") == [f"{port}.{kind}" for port in "pq" for kind in ALL]


def test_what_stands_beside_all_replaces_it() -> None:
    found = ids("{p: {all: , error: {within: 1s}}}", "p")
    assert found.count("p.error") == 1
    assert "p.error.within" in found
    assert len(found) == len(ALL) + 1


def test_the_clause_stands_on_its_own_line() -> None:
    text = "name: a\nstages:\n  s:\n    faults:\n      p:\n        error:\n          within: 1s\n"
    made = fault_clauses(document(text), ("stages", "s"), ["p"])
    assert [each.place.line for each in made] == [6, 7]


def test_an_exception_and_a_message_are_part_of_the_run() -> None:
    made = fault_clauses(
        document(STAGE % "{p: {error: {exception: 'a:B', message: no}}}"), ("stages", "s"), ["p"]
    )
    value: FaultValue = made[0].value
    assert (value.key.exception, value.key.message) == ("a:B", "no")


WRONG = {
    "{p: eror}": "*'eror'*there is no fault `eror`; did you mean `error`?",
    "{p: {eror: {}}}": "*'eror' in /stages/s/faults/p: there is no fault `eror`; did you mean*",
    "{p: [error, erorr]}": "*there is no fault `erorr`; did you mean `error`?",
    "{p: error x}": "*'error x' says no fault; expected steps joined by `then`, *",
    "{p: error x5 then}": "*'error x5 then' says no fault; expected steps*",
    "{p: error then timeout}": "*`error` without `x5` never ends, and something follows it",
    "{p: error 0%}": "*0% is no share of the calls; expected 1% to 100%",
    "{p: {}}": "{} at /stages/s/faults/p; expected *at least 1 item*",
    "often": '"often" at /stages/s/faults; expected a mapping',
    "{p q: error}": "'p q' in /stages/s/faults; expected a port, `port.method` or `module:attr*",
    "{p: {error: {recover: true}}}": "unknown key 'recover' in *did you mean 'recovers'?",
    "{p: {error: {retries: often}}}": '"often" at * expected a count, or never, once, at most *',
    "{p: {error: {retries: {backoff: [1]}}}}": "1 at /stages/s/faults/p/error/retries/backoff/0;*",
    "{p: {error: {retries: {backoff: [x]}}}}": '"x" at * expected a duration such as 200ms',
    "{p: {error: {then: {circuit: shut}}}}": "\"shut\" at * expected 'open'",
    "{p: {error: {then: {circuit: open, cooldown: x}}}}": '"x" at * a duration such as 200ms',
    "{p: {error: {holds: {h: output ==}}}}": "*",
    "{p: {error: {error: '('}}}": "*",
}


@pytest.mark.parametrize(("written", "sentence"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_told_once_with_its_line(written: str, sentence: str) -> None:
    with pytest.raises(ContractError) as caught:
        document(STAGE % written)
    (problem,) = caught.value.problems
    told = str(problem)
    assert problem.place.line == 4
    assert fnmatchcase(told.split(": found ", 1)[1], sentence.replace("[", "[[]")), told
    assert "value error" not in told


def test_a_schema_that_cannot_be_used_is_told_with_its_line() -> None:
    text = STAGE % "{p: {error: {output: {type: nothing}}}}"
    with pytest.raises(ContractError) as caught:
        fault_clauses(document(text), ("stages", "s"), ["p"])
    assert [each.place.line for each in caught.value.problems] == [4]


CODE = """
    class Clock:
        def now(self):
            return 1

    @stagepact.contract_subject()
    def tell(n: int, clock) -> int:
        return n
"""

CONTRACT = """
    stages:
      tell:
        given: {input: {type: integer}, ports: {clock: "code_of_plan:Clock"}}
        examples: [{name: one, given: {input: 1}, output: {data: 1}}]
        fuzz: false
        faults: %s
"""

LOST = {
    "{clok: error}": "a fault of 'clok', which is no port; expected one of clock; "
    "did you mean 'clock'?",
    "{store: error}": "a fault of 'store', which is no port; expected one of clock; "
    "name it under `given: ports:`, or write `module:attribute`",
    "{clock.nwo: error}": "a fault of 'clock.nwo', which is no method of the port; "
    "expected one of now; did you mean 'now'?",
    "{'code_of_plan:Clok': error}": "the module code_of_plan has no attribute `Clok`, of "
    "`code_of_plan:Clok`; expected something whose calls can fail; did you mean `Clock`?",
    "{'code_of_plans:x': error}": "`code_of_plans` can't be imported: *",
    "{clock: {error: {holds: {h: len(call) == 1}}}}": "the name 'call' in * mean 'calls'?",
    "{clock: {error: {exception: 'code_of_plan:Nope'}}}": "*Nope*",
}


@pytest.mark.parametrize(("written", "sentence"), LOST.items(), ids=LOST)
def test_what_is_nowhere_is_told_once_with_its_line(
    make: Make, written: str, sentence: str
) -> None:
    plan = make(CODE, a=CONTRACT % written)
    (problem,) = plan.problems
    assert problem.place.line == 9
    assert fnmatchcase(str(problem).split(": found ", 1)[1], sentence), str(problem)


def test_steps_of_a_text_are_those_of_its_faults() -> None:
    steps = fault_steps("ok x2 then error x1 then slow 2s")
    assert [(each.fault and str(each.fault.kind), each.times) for each in steps] == [
        (None, 2),
        ("error", 1),
        ("slow", None),
    ]


SERVICE = """
    services:
      api:
        app: "code_of_plan:app"
        operations:
          GET /a:
            fuzz: false
            responses: {404: {}}
            faults: %s
"""
APP = """
    def app(environ, start_response):
        start_response("404 Not Found", [])
        return []
"""
NOT_OF_OPERATIONS = {
    "all": "a fault of '*', which is no place in the service's code; expected "
    "`module:attribute`; write `module:attribute`, such as `shop.db:Orders.save`",
    "{store: error}": "a fault of 'store', which is no place in the service's code; *",
    "{'code_of_plan:ap': error}": "*no attribute `ap`*did you mean `app`?",
    "{'code_of_plan:app': {error: {calls: {store.put: once}}}}": "`calls` in the faults of an "
    "operation, of which only the answers are seen; expected what an answer shows; say it of *",
    "{'code_of_plan:app': {error: {events: {done: true}}}}": "`events` in the faults of an *",
}


@pytest.mark.parametrize(("written", "sentence"), NOT_OF_OPERATIONS.items(), ids=NOT_OF_OPERATIONS)
def test_an_operation_depends_on_places_in_the_code(
    make: Make, written: str, sentence: str
) -> None:
    plan = make(APP, a=SERVICE % written)
    (problem,) = plan.problems
    assert problem.place.line == 11
    assert fnmatchcase(str(problem).split(": found ", 1)[1], sentence), str(problem)


def test_the_code_of_a_service_elsewhere_is_not_made_to_fail(make: Make) -> None:
    """It runs in another process: its faults are not exercised, and say so."""
    contract = SERVICE.replace('app: "code_of_plan:app"', "url: http://127.0.0.1:9")
    plan = make(APP, a=contract % "{'code_of_plan:app': error}")
    (target,) = [each for each in plan.targets if " faults " in each.name]
    assert target.subject is None
    assert "reached by its URL" in target.reason


DYING = """
    import os

    class Rates:
        def of(self, n):
            return n

    @stagepact.contract_subject()
    def tell(n: int, rates) -> int:
        try:
            return rates.of(n)
        except Exception:
            os._exit(3)
"""


def test_a_run_that_dies_of_a_fault_is_broken_in_a_process_of_its_own(make: Make) -> None:
    contract = """
    stages:
      tell:
        isolate: process
        given: {input: {type: integer}, ports: {rates: "code_of_plan:Rates"}}
        output: {data: {type: integer}}
        examples: [{name: one, given: {input: 1}, output: {data: 1}}]
        fuzz: false
        faults: {rates: {error: {within: 1s, recovers: true}, duplicated: {}}}
    """
    found = {
        each.item.clause: str(each.state)
        for each in all_verdicts(make(DYING, a=contract))
        if each.item.clause.startswith("faults.rates.")
    }
    assert found == {
        "faults.rates.error": "broken",
        "faults.rates.error.within": "not exercised",
        "faults.rates.error.recovers": "not exercised",
        "faults.rates.duplicated": "kept",
    }


FAILS_ALWAYS = """
    def asks(input: str, model) -> str:
        try:
            return model.ask(input)
        except Exception:
            return ""

    class Model:
        def ask(self, text):
            return text
"""
ASKS = """
    stages:
      asks:
        subject: "code_of_plan:asks"
        given:
          input: {type: string, minLength: 2}
          ports: {model: "code_of_plan:Model"}
        faults: all
        chaos: [no-memory, killed at call 1]
"""


def test_what_a_stage_is_tried_with_is_made_once_for_all_its_faults(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Assumption] = []

    def counting(assumption: Assumption) -> tuple[Case, ...]:
        asked.append(assumption)
        return edge_cases(assumption)

    monkeypatch.setattr("stagepact.plan.stages.edge_cases", counting)
    plan = make(FAILS_ALWAYS, a=ASKS)
    assert plan.problems == ()
    failing = [each for each in plan.targets if " faults " in each.name or " chaos " in each.name]
    assert len(failing) > len(ALL)
    assert {len(each.cases) for each in failing} == {1}
    assert len(asked) == 2  # once for the faults, once for what surrounds it
