"""Checks over events: piece by piece or at once, the judgement is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.contract.clauses import Clause, stage_clauses
from stagepact.contract.document import parse
from stagepact.contract.source import read_yaml
from stagepact.observation import End, Observation
from stagepact.subject import Case, Event, Output, SubjectId
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.checks.events import EVENT_CHECKS

CONTRACT = """\
name: a
stages:
  answer:
    events:
      order: a b* (c | d)
      closed: true
      terminal: [c, d]
      types: {a: {required: [n]}, b: true}
      sequence: {field: n}
      rules:
        r: {response: {of: a, by: b, within: 1s}}
        s: {response: {of: a, by: b}}
"""
CLAUSES = [
    each
    for each in stage_clauses(parse(read_yaml(CONTRACT, "a"), Path("a")), "stages", "answer")
    if each.kind in EVENT_CHECKS
]
PAYLOADS = st.one_of(st.none(), st.fixed_dictionaries({"n": st.integers(0, 4)}))
EMITTED = st.lists(st.tuples(st.sampled_from("abcdx"), PAYLOADS, st.floats(0, 3)), max_size=30)
FEW = settings(max_examples=100, deadline=None)


def events(emitted: list[tuple[str, Any, float]]) -> tuple[Event, ...]:
    return tuple(Event(t, data, at, number) for number, (t, data, at) in enumerate(emitted))


def observation(seen: tuple[Event, ...]) -> Observation:
    subject = SubjectId("answer", "a:B", "stage")
    return Observation(subject, Case("a"), End.RETURNED, Output(), events=seen)


def test_every_kind_of_check_over_events_is_tried() -> None:
    """None is forgotten below."""
    assert {clause.kind for clause in CLAUSES} == set(EVENT_CHECKS)


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_start_step_and_end_judge_as_the_check_does(clause: Clause) -> None:
    """A state is a value: what was made of a prefix isn't changed by what comes after."""

    @FEW
    @given(EMITTED)
    def judged(emitted: list[tuple[str, Any, float]]) -> None:
        check, seen = EVENT_CHECKS[clause.kind], events(emitted)
        state = check.start(clause)
        states = [state]
        for event in seen:
            state = check.step(clause, state, event.type, event)
            states.append(state)
        for length, before in enumerate(states):
            found = CHECKS[clause.kind](clause, observation(seen[:length]))
            assert check.end(clause, before) == found

    judged()


@FEW
@given(EMITTED)
def test_the_order_check_agrees_with_the_order(emitted: list[tuple[str, Any, float]]) -> None:
    """A breach exactly where the sequence isn't permitted."""
    (clause,) = [each for each in CLAUSES if each.id == "events.order"]
    found = CHECKS[clause.kind](clause, observation(events(emitted)))
    assert (found == ()) is clause.value.order.matches(type_ for type_, _, _ in emitted)
