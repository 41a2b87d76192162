"""One target being checked: every run judged in all views; pairs of runs; the times of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from subjects import options, target

from stagepact.flow import check
from stagepact.flow.session import varied
from stagepact.subject import Case, Given, Request, Unfit
from stagepact.verdict.model import State, Verdict

# -- changing what is given --------------------------------------------------------------------

GIVEN = Given(
    input={"size": 1, "list": [1, {"a": 2}], "a/b": 1, "m~n": 2},
    inputs={"up": {"x": 1}},
    context={"user": "u"},
    config={"mode": "fast"},
    request=Request(path={"id": "1"}, query={"q": 1}, body={"n": [1, 2]}, has_body=True),
)

CHANGES: list[tuple[str, Callable[[Given], Any]]] = [
    ("/input/size", lambda given: given.input["size"]),
    ("input/size", lambda given: given.input["size"]),
    ("/input/list/1/a", lambda given: given.input["list"][1]["a"]),
    ("/input/list/0", lambda given: given.input["list"][0]),
    ("/input/a~1b", lambda given: given.input["a/b"]),
    ("/input/m~0n", lambda given: given.input["m~n"]),
    ("/input", lambda given: given.input),
    ("/inputs/up/x", lambda given: given.inputs["up"]["x"]),
    ("/context/user", lambda given: given.context["user"]),
    ("/config/mode", lambda given: given.config["mode"]),
    ("/request/body/n/1", lambda given: given.request.body["n"][1]),
    ("/request/query/q", lambda given: given.request.query["q"]),
    ("/request/body", lambda given: given.request.body),
]


@pytest.mark.parametrize(("pointer", "at"), CHANGES, ids=[each[0] for each in CHANGES])
def test_a_pointer_says_what_changes_and_nothing_else_does(
    pointer: str, at: Callable[[Given], Any]
) -> None:
    changed = varied(GIVEN, {pointer: "new"})
    assert at(changed) == "new"
    assert at(GIVEN) != "new"
    assert varied(changed, {pointer: at(GIVEN)}) == GIVEN


def test_several_pointers_change_several_places() -> None:
    changed = varied(GIVEN, {"/input/size": 2, "/config/mode": "slow"})
    assert (changed.input["size"], changed.config["mode"]) == (2, "slow")


@pytest.mark.parametrize(
    ("pointer", "error"),
    [
        ("/nothing/x", LookupError),
        ("/input/nothing", LookupError),
        ("/input/size/deeper", TypeError),
        ("/input/list/x", ValueError),
        ("/input/list/9", LookupError),
        ("/input/list/-1", LookupError),
        ("/request", LookupError),
        ("/request/nothing/x", LookupError),
        ("/ports/x", LookupError),
    ],
)
def test_a_pointer_that_leads_nowhere_is_told(pointer: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        varied(GIVEN, {pointer: 1})


# -- pairs of runs -----------------------------------------------------------------------------

DOUBLED = """
holds:
  doubles:
    vary: {/input/n: input.n * 2}
    expect: after.output == before.output * 2
"""


def verdict_of(does: Callable[..., Any], block: str, *inputs: Any, **more: Any) -> Verdict:
    (verdict,) = (
        each
        for each in check(target(does, block, *inputs, **more), options())
        if each.item.clause.startswith(("holds", "within", "output"))
    )
    return verdict


@pytest.mark.parametrize(
    ("does", "state"),
    [
        (lambda value: value["n"] * 3, State.KEPT),
        (lambda value: value["n"] + 3, State.BROKEN),
        (lambda value: {1: 1, 2: 3}[value["n"]], State.BROKEN),
    ],
    ids=["linear", "shifted", "wrong"],
)
def test_a_metamorphic_clause_compares_two_runs(does: Callable[..., Any], state: State) -> None:
    verdict = verdict_of(does, DOUBLED, {"n": 1})
    assert verdict.state is state
    assert verdict.runs == 1


def test_a_metamorphic_clause_is_shrunk() -> None:
    does = lambda value: value["n"] * (2 if value["n"] > 20 else 1)  # noqa: E731
    verdict = verdict_of(does, DOUBLED, generate=st.fixed_dictionaries({"n": st.integers(0, 60)}))
    assert verdict.state is State.BROKEN
    assert "n: 11" in verdict.violations[0].example


def refuses_twos(value: Any) -> Any:
    if value["n"] == 2:
        raise Unfit("no twos")
    return 1


@pytest.mark.parametrize(
    ("does", "given", "reason"),
    [
        (lambda value: 1, {"m": 1}, "the input can't be varied: "),
        (lambda value: 1, {"n": "x"}, "the input can't be varied: "),
        (refuses_twos, {"n": 1}, "the varied input can't be given: Unfit: no twos"),
        (refuses_twos, {"n": 2}, "the case can't be given to the subject: no twos"),
    ],
    ids=["no such place", "no number", "the second unfit", "the first unfit"],
)
def test_what_cannot_be_varied_is_not_exercised(
    does: Callable[..., Any], given: Any, reason: str
) -> None:
    verdict = verdict_of(does, DOUBLED, given)
    assert verdict.state is State.NOT_EXERCISED
    assert verdict.reason.startswith(reason)


def test_only_a_variation_that_the_contract_assumes_is_exercised() -> None:
    tripled = lambda value: value["n"] * 3  # noqa: E731
    small = {"admits": lambda given: given.input["n"] < 10}
    for given, state in (({"n": 4}, State.KEPT), ({"n": 5}, State.NOT_EXERCISED)):
        verdict = verdict_of(tripled, DOUBLED, given, **small)
        assert verdict.state is state
    assert verdict.reason == "the varied input isn't what the contract assumes"


def test_a_case_outside_of_what_is_assumed_is_not_varied() -> None:
    runs: list[Any] = []
    outside = Case("outside", Given(input={"n": 1}), assumed=False)
    wanted = replace(target(runs.append, DOUBLED), cases=(outside,))
    (verdict,) = check(wanted, options())
    assert verdict.reason == "no run with what the contract assumes"
    assert runs == [{"n": 1}]


# -- the times of many -------------------------------------------------------------------------


def test_a_quantile_needs_its_sample() -> None:
    verdict = verdict_of(lambda value: 1, "within: {p50: 5s}", 1, 2)
    assert verdict.state is State.NOT_EXERCISED
    assert verdict.reason == "2 of 20 runs that a p50 needs"


def test_a_quantile_is_kept_by_enough_runs() -> None:
    verdict = verdict_of(lambda value: 1, "within: {p50: 5s}", *range(22))
    assert (verdict.state, verdict.exercised) == (State.KEPT, 22)


def test_a_quantile_is_broken_by_runs_that_are_nearly_all_late() -> None:
    verdict = verdict_of(
        lambda value: 1, "within: {p50: 1ns}".replace("1ns", "0.0001ms"), *range(40)
    )
    assert verdict.state is State.BROKEN
    assert "of 40 later" in verdict.violations[0].seen


# -- nothing to run ----------------------------------------------------------------------------


def test_without_a_subject_nothing_is_exercised_for_the_targets_reason() -> None:
    made = replace(target(lambda value: 1, "output: {json: true}", 1), subject=None, reason="lost")
    found = check(made, options())
    assert {(each.state, each.reason) for each in found} == {(State.NOT_EXERCISED, "lost")}


def test_without_a_case_nothing_is_exercised() -> None:
    found = check(target(lambda value: 1, "output: {json: true}"), options())
    assert {(each.state, each.reason) for each in found} == {
        (State.NOT_EXERCISED, "no case was run")
    }


def test_cases_that_exercised_are_named_and_fuzzed_ones_counted() -> None:
    verdict = verdict_of(lambda value: 1, "holds: {one: output == 1}", 1, 2, generate=st.integers())
    assert verdict.cases == ("case 0", "case 1")
    assert verdict.fuzzed == 100
    assert verdict.runs == verdict.exercised == 102
