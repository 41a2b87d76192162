"""What was emitted: order, types, payloads, counters, answers in time."""

from __future__ import annotations

from typing import Any

import pytest
from observations import clauses, observed

from stagepact.verdict.checks import CHECKS, Breach


def judged(events: str, id: str, *emitted: Any, **more: Any) -> Any:
    clause = clauses(f"events: {{{events}}}")[f"events.{id}"]
    return CHECKS[clause.kind](clause, observed(*emitted, **more))


LIFECYCLE = "order: started progress* (completed | failed)"


@pytest.mark.parametrize(
    ("emitted", "breach"),
    [
        ("started completed", None),
        ("other started other progress failed", None),
        (
            "started other",
            Breach(
                "completed or failed or progress",
                "the end of the run (after: started)",
                ("events",),
            ),
        ),
        ("", Breach("started", "the end of the run (after: (no event))", ("events",))),
        (
            "started completed started started",
            Breach("no further event", "started (after: started completed)", ("events", 2)),
        ),
    ],
)
def test_the_declared_types_come_in_order(emitted: str, breach: Breach | None) -> None:
    """The first event that can't be taken is told; others are passed over."""
    assert judged(LIFECYCLE, "order", *emitted.split()) == ((breach,) if breach else ())


def test_an_order_that_might_have_ended_says_so() -> None:
    """More may come, or nothing."""
    (breach,) = judged("order: a b*, types: {c: true}", "order", "a", "a")
    assert breach.promised == "b, or no further event"


@pytest.mark.parametrize(
    ("emitted", "places"), [("a b", []), ("a x b y", [1, 3]), ("x " * 20, list(range(12)))]
)
def test_nothing_else_is_emitted_where_that_is_closed(emitted: str, places: list[int]) -> None:
    """At most twelve are told."""
    found = judged("closed: true, types: {a: true, b: true}", "closed", *emitted.split())
    assert [each.pointer for each in found] == [("events", place) for place in places]
    assert all(each.promised == "one of a, b" for each in found)


@pytest.mark.parametrize(
    ("emitted", "told"),
    [
        ("a done", []),
        ("other done other", []),
        ("a", [("exactly one of done, failed", "none", ("events",))]),
        ("done failed", [("exactly one of done, failed", "failed after done", ("events", 1))]),
        ("done a", [("no event after done", "a", ("events", 1))]),
    ],
)
def test_there_is_exactly_one_end_and_nothing_after_it(
    emitted: str, told: list[tuple[str, str, Any]]
) -> None:
    """Types that the block doesn't name may still come."""
    found = judged("terminal: [done, failed], types: {a: true}", "terminal", *emitted.split())
    assert [(each.promised, each.seen, each.pointer) for each in found] == told


PAYLOAD = "types: {a: {required: [n], properties: {n: {type: integer}}}}"


@pytest.mark.parametrize(
    ("emitted", "told"),
    [
        ([("a", {"n": 1})], []),
        ([("b", None), ("a", {"n": "x"})], [("the type integer", ("events", 1, "data", "n"))]),
        ([("a", None)], [("the type object", ("events", 0, "data"))]),
        ([("a", {}), ("a", {"n": 1})], [('the property "n"', ("events", 0, "data"))]),
    ],
)
def test_each_event_of_a_type_has_its_payload(emitted: Any, told: list[Any]) -> None:
    """A payload with properties is an object, so None is none."""
    assert [(each.promised, each.pointer) for each in judged(PAYLOAD, "a", *emitted)] == told


def test_many_bad_payloads_are_told_a_dozen_times() -> None:
    """Nobody reads a thousand."""
    assert len(judged(PAYLOAD, "a", *[("a", None)] * 100)) == 12


def counted(*numbers: Any) -> list[tuple[str, str, Any]]:
    found = judged(
        "sequence: {field: n, first: 1, step: 2}, types: {a: true}",
        "sequence",
        *(("a", {"n": number}) for number in numbers),
        ("other", {}),
    )
    return [(each.promised, each.seen, each.pointer[1]) for each in found]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([1, 3, 5], []),
        ([1, 5, 7], [("3", "5", 1)]),
        ([0, 2], [("1", "0", 0)]),
        ([True], [("1", "true", 0)]),
        ([1, "x", 5], [("3", '"x"', 1)]),
        ([1, None, 5], [("3", "nothing", 1)]),
    ],
)
def test_a_counter_counts_and_one_gap_is_told_once(numbers: Any, told: Any) -> None:
    """It goes on from a wrong number."""
    assert counted(*numbers) == told


def test_a_counter_without_declared_types_counts_all_events() -> None:
    """Also those whose payload is no object."""
    found = judged("sequence: {field: n}", "sequence", ("x", {"n": 1}), ("y", 3))
    assert [each.pointer for each in found] == [("events", 1, "data", "n")]


RESPONSE = "rules: {r: {response: {of: ask, by: tell, within: 1s}}}"


@pytest.mark.parametrize(
    ("emitted", "told"),
    [
        ([("ask", None, 0.0), ("tell", None, 1.0)], []),
        ([("ask", None, 0.0), ("tell", None, 1.5)], [("tell after 1.500 s", 0)]),
        (
            [("ask", None, 0.0), ("ask", None, 1.0), ("tell", None, 1.5)],
            [("tell after 1.500 s", 0)],
        ),
        ([("ask", None, 0.0)], [("no tell after ask", 0)]),
        (
            [("ask", None, 0.0), ("tell", None, 3.0), ("ask", None, 4.0)],
            [("tell after 3.000 s", 0), ("no tell after ask", 2)],
        ),
    ],
)
def test_each_is_followed_by_another_in_time(emitted: Any, told: list[Any]) -> None:
    """Later, or never, is a breach at the event that asked."""
    found = judged(RESPONSE, "rules.r", *emitted)
    assert [(each.seen, each.pointer[1]) for each in found] == told
    assert all(each.promised == "tell within 1 s" for each in found)


def test_many_questions_without_an_answer_are_looked_through_soon() -> None:
    """And a dozen of them told."""
    assert len(judged(RESPONSE, "rules.r", *["ask"] * 20_000)) == 12


@pytest.mark.parametrize(
    ("events", "id"),
    [(PAYLOAD, "a"), ("sequence: {field: n}, types: {a: true}", "sequence"), (RESPONSE, "rules.r")],
)
def test_what_was_never_emitted_is_not_exercised(events: str, id: str) -> None:
    """No silent pass."""
    assert isinstance(judged(events, id, "nothing.of.it"), str)


def test_events_beyond_the_limit_leave_a_clause_unexercised() -> None:
    """What wasn't kept can't be judged."""
    reason = judged(LIFECYCLE, "order", "started", dropped=3)
    assert reason == "3 events beyond the limit were not kept"


@pytest.mark.parametrize(
    ("name", "emitted"),
    [
        ("stage.{stage}.{type}", ["stage.answer.started", "stage.answer.completed", "started"]),
        ("{type}!", ["started!", "completed!", "stage.other.started"]),
    ],
)
def test_types_are_told_from_their_form_on_the_wire(name: str, emitted: list[str]) -> None:
    """What another subject emitted isn't ours."""
    assert judged(f"name: '{name}', order: started completed", "order", *emitted) == ()


def test_a_subject_may_bring_its_own_form() -> None:
    """A contract that names none takes the subject's."""
    assert judged("order: a b", "order", "x.a", "x.b", "a", event_name="x.{type}") == ()


def test_a_name_without_a_type_is_the_type() -> None:
    """One event by its whole name."""
    assert judged("name: done, order: done", "order", "done", "other") == ()
