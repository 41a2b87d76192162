"""Generated cases: what broke is shrunk, kept, replayed first, and forgotten when it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from subjects import options, target

from stagepact.flow import check
from stagepact.flow.fuzzing import TargetDatabase
from stagepact.flow.kept import smaller
from stagepact.schema import SchemaError
from stagepact.subject import Case, Given, Request
from stagepact.verdict.model import State, Verdict

SMALL = "holds: {small: output < 1000}"


def same(value: Any) -> Any:
    return value


def noting(into: list[Any]) -> Callable[[Any], Any]:
    """What gives back what it is given, and writes it down."""

    def does(value: Any) -> Any:
        into.append(value)
        return value

    return does


def checked(does: Callable[..., Any], block: str, strategy: Any, **more: Any) -> dict[str, Verdict]:
    found = check(target(does, block, generate=strategy), options(**more))
    return {verdict.item.clause: verdict for verdict in found}


def inputs(verdict: Verdict) -> list[str]:
    return [each.example for each in verdict.violations]


# -- shrinking ---------------------------------------------------------------------------------

SMALLEST: list[tuple[str, Any, str, str]] = [
    ("a number", st.integers(0, 10_000), SMALL, "input: 1000"),
    ("a list", st.lists(st.integers()), "holds: {short: len(output) < 3}", "- 0\n    - 0\n    - 0"),
    ("a text", st.text(), 'holds: {none: not ("b" in output)}', "input: b"),
]


@pytest.mark.parametrize(
    ("strategy", "block", "smallest"),
    [each[1:] for each in SMALLEST],
    ids=[each[0] for each in SMALLEST],
)
@pytest.mark.parametrize("seed", [0, None])
def test_what_broke_is_shrunk(strategy: Any, block: str, smallest: str, seed: Any) -> None:
    (verdict,) = (
        each
        for each in checked(same, block, strategy, seed=seed, max_examples=1_000).values()
        if each.item.clause.startswith("holds")
    )
    assert verdict.state is State.BROKEN
    assert smallest in inputs(verdict)[0]


def test_the_search_meets_again_what_the_series_met_once() -> None:
    """A rare failure is shrunk, too: both searches start from the same series."""
    rare = st.integers(0, 2**32)
    block = "holds: {rare: output < 4000000000}"
    for seed in range(6):
        found = checked(same, block, rare, seed=seed, max_examples=40)["holds.rare"]
        if found.state is State.BROKEN:
            assert "input: 4000000000" in inputs(found)[0]


def test_each_clause_is_shrunk_by_itself() -> None:
    block = "holds: {small: output < 1000, smaller: output < 100, not negative: output >= -5}"
    found = checked(same, block, st.integers(-10_000, 10_000), max_examples=300)
    smallest = {clause: inputs(verdict)[0].split("input: ")[1] for clause, verdict in found.items()}
    assert smallest == {
        "holds.small": "1000",
        "holds.smaller": "100",
        "holds.not negative": "-6",
    }


# -- the database ------------------------------------------------------------------------------


def test_a_failure_is_kept_and_replayed_first_the_next_time() -> None:
    database = InMemoryExampleDatabase()
    strategy = st.integers(0, 10**9)
    block = "holds: {rare: output != 777 and output < 900000000}"
    found = checked(same, block, strategy, database=database, max_examples=300)
    assert found["holds.rare"].state is State.BROKEN
    seen: list[int] = []
    again = checked(
        lambda v: seen.append(v) or v, block, strategy, database=database, max_examples=1
    )
    assert again["holds.rare"].state is State.BROKEN
    assert seen[0] == 900_000_000


def test_a_failure_that_is_mended_is_forgotten() -> None:
    database = InMemoryExampleDatabase()
    checked(same, SMALL, st.integers(0, 10_000), database=database)
    assert database.data
    assert any(database.data.values())
    checked(lambda value: 0, SMALL, st.integers(0, 10_000), database=database)
    assert not any(database.data.values())


def test_without_a_database_nothing_is_kept() -> None:
    found = checked(same, SMALL, st.integers(0, 10_000), database=None)
    assert found["holds.small"].state is State.BROKEN


def on_an_edge(does: Callable[..., Any], **more: Any) -> Verdict:
    """What a target says whose boundary case only breaks the clause."""
    edge = Case("an edge", Given(input=[7, 5_000, "far"]), "boundary")
    whole = target(does, SMALL_ITEMS, generate=st.just([1]))
    whole = replace(
        whole, edges=lambda: (edge,), admits=lambda given: isinstance(given.input, list)
    )
    found = check(whole, options(**more))
    return next(each for each in found if each.item.clause == "holds.small")


SMALL_ITEMS = "holds: {small: not (5000 in output)}"


def test_a_boundary_case_that_fails_is_shrunk_kept_and_run_again_first() -> None:
    """Hypothesis would never meet it."""
    database = InMemoryExampleDatabase()
    found = on_an_edge(same, database=database, max_examples=4)
    assert "input:\n    - 5000" in inputs(found)[0]
    seen: list[Any] = []
    assert on_an_edge(noting(seen), database=database, max_examples=4).state is State.BROKEN
    assert seen[0] == [5_000]


def test_a_boundary_case_that_is_mended_is_forgotten() -> None:
    database = InMemoryExampleDatabase()
    on_an_edge(same, database=database, max_examples=4)
    assert any(database.data.values())
    on_an_edge(lambda value: [], database=database, max_examples=4)
    assert not any(database.data.values())


@pytest.mark.parametrize("kept", [b"3", b'{"inputs": 3}', b'{"state": 3}', b"{"])
def test_what_is_kept_and_is_no_case_is_left_alone(kept: bytes) -> None:
    database = InMemoryExampleDatabase()
    clause = str(on_an_edge(same, max_examples=4).item)
    database.save(f"stagepact corpus: {clause}".encode(), kept)
    assert on_an_edge(lambda value: [], database=database, max_examples=4).state is State.KEPT


def test_a_request_is_made_smaller_too() -> None:
    request = Request(query={"page": 900, "q": "long"}, body={"a": 1}, has_body=True)
    case = Case("an edge", Given(state="seeded", request=request), "boundary")

    def fails(tried: Case) -> bool:
        return tried.given.request.query["page"] > 100

    def admits(given: Given) -> bool:
        return given.state == "seeded" and isinstance(given.request.query.get("page"), int)

    found = smaller(case, fails, admits).given
    assert (found.state, found.request) == ("seeded", Request(query={"page": 101}))


def database(inner: InMemoryExampleDatabase, clause: str | None = None) -> TargetDatabase:
    return TargetDatabase(inner, "one", ["a", "b"], clause)


def test_a_clauses_failures_are_kept_under_its_own_name() -> None:
    inner = InMemoryExampleDatabase()
    mine = database(inner, "a")
    mine.save(b"key of hypothesis", b"value")
    mine.save(b"key of hypothesis.secondary", b"second")
    assert set(mine.fetch(b"another key")) == {b"value"}
    assert set(mine.fetch(b"another key.secondary")) == {b"second"}
    assert set(inner.data) == {b"stagepact:one:a", b"stagepact:one:a.secondary"}
    assert set(TargetDatabase(inner, "other", ["a"]).fetch(b"another key")) == set()


def test_other_clauses_failures_are_shown_as_not_yet_shrunk_and_stay() -> None:
    inner = InMemoryExampleDatabase()
    database(inner, "a").save(b"k", b"v")
    other = database(inner, "b")
    assert set(other.fetch(b"k")) == set()
    assert set(other.fetch(b"k.secondary")) == {b"v"}
    other.delete(b"k.secondary", b"v")
    assert set(database(inner, "a").fetch(b"k")) == {b"v"}


def test_the_series_is_shown_all_and_changes_nothing() -> None:
    inner = InMemoryExampleDatabase()
    for clause in "ab":
        database(inner, clause).save(b"k", clause.encode())
    series = database(inner)
    assert set(series.fetch(b"k")) == {b"a", b"b"}
    series.save(b"k", b"c")
    series.delete(b"k", b"a")
    assert set(series.fetch(b"k")) == {b"a", b"b"}


def test_what_is_kept_of_one_clause_is_forgotten_and_of_no_other() -> None:
    inner = InMemoryExampleDatabase()
    for clause in "ab":
        for key in (b"k", b"k.secondary", b"k.pareto"):
            database(inner, clause).save(key, b"v")
    database(inner).forget("a")
    assert set(database(inner, "a").fetch(b"k")) == set()
    assert set(database(inner, "b").fetch(b"k")) == {b"v"}


def test_a_mended_clause_is_forgotten_while_another_is_still_broken() -> None:
    inner = InMemoryExampleDatabase()
    block = "holds: {small: output < 1000, even: output % 2 == 0}"
    checked(same, block, st.integers(0, 10_000), database=inner, seed=7)
    checked(lambda value: value * 2, block, st.integers(0, 10_000), database=inner, seed=7)
    kept = {key.decode().partition("holds.")[2] for key, values in inner.data.items() if values}
    assert {each.partition("[")[0] for each in kept} == {"small"}


# -- how many ----------------------------------------------------------------------------------


def runs(by_contract: int | None = None, **more: Any) -> int:
    count: list[int] = []
    check(
        target(
            lambda value: count.append(1) or 0,
            "output: {json: true}",
            generate=st.integers(),
            fuzz=by_contract,
        ),
        options(**more),
    )
    return len(count)


@pytest.mark.parametrize(
    ("fuzz", "asked", "number"),
    [
        (None, {"max_examples": 7}, 7),
        (5, {"max_examples": 7}, 5),
        (0, {"max_examples": 7}, 0),
        (5, {"fuzz": False}, 0),
    ],
    ids=["the option", "the contract", "not fuzzed", "no fuzzing asked for"],
)
def test_as_many_cases_are_run_as_asked_for(
    fuzz: int | None, asked: dict[str, Any], number: int
) -> None:
    assert runs(fuzz, **asked) == number


def test_hypothesis_profile_says_how_many_where_nothing_else_does() -> None:
    before = settings.get_current_profile_name()
    settings.register_profile("thirteen", max_examples=13)
    settings.load_profile("thirteen")
    try:
        assert runs(max_examples=None) == 13
    finally:
        settings.load_profile(before)


def test_a_derandomized_profile_is_the_same_each_time() -> None:
    before = settings.get_current_profile_name()
    settings.register_profile("plain", derandomize=True, database=None)
    settings.load_profile("plain")
    try:
        seen: list[list[int]] = [[], []]
        for each in seen:
            strategy = st.integers(0, 10**9)
            checked(noting(each), SMALL, strategy, seed=None)
    finally:
        settings.load_profile(before)
    assert len(seen[0]) > 50
    assert seen[0] == seen[1]


def test_a_seed_makes_the_series_the_same() -> None:
    seen: list[list[int]] = [[], [], []]
    for each, seed in zip(seen, (1, 1, 2), strict=True):
        checked(noting(each), "output: {json: true}", st.integers(), seed=seed)
    assert seen[0] == seen[1] != seen[2]


# -- what can't be generated -------------------------------------------------------------------


def test_a_strategy_that_draws_nothing_is_a_reason() -> None:
    found = checked(same, SMALL, st.nothing())
    assert found["holds.small"].state is State.NOT_EXERCISED
    assert found["holds.small"].reason.startswith("no case could be generated: ")


def _mistaken(value: int) -> int:
    if value > 20:
        raise NameError("name 'quantity' is not defined")
    return value


DRAWN: list[int] = []


@st.composite
def _otherwise_each_time(draw: st.DrawFn) -> int:
    """What is drawn depends on what was drawn before: no series of it can be run again."""
    DRAWN.append(1)
    return sum(draw(st.integers(0, 9)) for _ in range(len(DRAWN) % 3 + 1))


@pytest.mark.parametrize(
    ("strategy", "reason"),
    [
        (
            st.integers(0, 0).map(lambda value: _mistaken(value + 100)),
            "no case could be generated: NameError: name 'quantity' is not defined",
        ),
        (
            st.integers(0, 1000).map(_mistaken),
            "no more cases could be generated: NameError: name 'quantity' is not defined",
        ),
        (st.deferred(lambda: st.integers(5, 1)), "no case could be generated: InvalidArgument: "),
        (_otherwise_each_time(), "no more cases could be generated: FlakyStrategyDefinition: "),
    ],
    ids=["at once", "after some", "what can't be a strategy", "otherwise each time"],
)
def test_what_raises_while_it_draws_leaves_nothing_kept(strategy: Any, reason: str) -> None:
    """The example keeps the clause; that nothing else was tried must not look the same."""
    made = target(same, SMALL + "\nexamples: [{name: case 0, given: {input: 1}, events: []}]", 1)
    drawn = strategy.map(lambda value: Case("fuzz", Given(input=value), "fuzz"))
    found = {
        each.item.clause: each for each in check(replace(made, generate=lambda: drawn), options())
    }
    assert found["holds.small"].state is State.NOT_EXERCISED
    assert found["holds.small"].reason.startswith(reason)
    assert found["examples.case 0"].state is State.KEPT


def test_what_raises_while_it_draws_hides_nothing_that_is_broken() -> None:
    strategy = st.integers(0, 1000).map(_mistaken)
    made = target(same, SMALL, 5000)
    drawn = strategy.map(lambda value: Case("fuzz", Given(input=value), "fuzz"))
    (verdict,) = check(replace(made, generate=lambda: drawn), options())
    assert verdict.state is State.BROKEN


def test_what_has_no_values_is_told_beside_what_the_example_keeps() -> None:
    made = replace(target(same, SMALL, 1), generate=lambda: st.nothing())
    (verdict,) = check(made, options())
    assert verdict.state is State.KEPT
    assert verdict.reason.startswith("no case could be generated: Unsatisfiable")


def test_a_schema_of_which_nothing_can_be_made_is_a_reason() -> None:
    def refuse() -> None:
        raise SchemaError("no values of that")

    made = target(same, SMALL)
    (verdict,) = check(
        type(made)(made.name, made.views, made.subject, generate=refuse),  # type: ignore[arg-type]
        options(),
    )
    assert verdict.reason == "nothing was fuzzed: no values of that"


def test_nothing_that_varies_is_no_strategy() -> None:
    made = target(same, SMALL, 1)
    found = check(
        type(made)(made.name, made.views, made.subject, cases=made.cases, generate=lambda: None),
        options(),
    )
    assert found[0].state is State.KEPT
    assert found[0].runs == 1


def test_a_mistake_of_ours_is_not_taken_for_a_mistake_of_hypothesis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a mistake of stagepact's")

    monkeypatch.setattr("stagepact.flow.session.Session.observe", broken)
    with pytest.raises(ZeroDivisionError):
        checked(same, SMALL, st.integers())
