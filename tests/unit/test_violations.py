"""What broke a clause can be pasted, run again, and is told apart from what happens once."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st
from subjects import options, target

from stagepact.contract.models import Example, OperationExample
from stagepact.flow import check
from stagepact.flow.violations import case_values, command, example_yaml
from stagepact.subject import Case, Given, Request
from stagepact.verdict.model import State, Verdict

SMALL = "holds: {small: output < 10}"


def verdict_of(does: Callable[..., Any], block: str, *inputs: Any, **more: Any) -> Verdict:
    found = check(target(does, block, *inputs, **more), options())
    return found[-1]


def test_a_written_example_is_told_by_its_name() -> None:
    (violation,) = verdict_of(lambda value: value, SMALL, 3, 30).violations
    assert (violation.case, violation.example) == ("case 1", "")
    assert violation.promised == "output < 10"
    assert "30" in violation.seen
    assert violation.pointer == ("holds",)
    clause = "a.contract.yaml::double::holds.small[direct]"
    assert shlex.split(violation.command) == ["stagepact", "run", clause, "--case", "case 1"]


def test_a_written_example_is_told_rather_than_a_generated_one() -> None:
    (violation,) = verdict_of(
        lambda value: value, SMALL, 5_000, generate=st.integers(0, 10_000)
    ).violations
    assert violation.case == "case 0"


def test_a_generated_case_pastes_back_and_reproduces() -> None:
    strategy = st.fixed_dictionaries({"n": st.integers(), "text": st.text()})
    does = lambda value: value["n"]  # noqa: E731
    (violation,) = verdict_of(does, SMALL, generate=strategy).violations
    (entry,) = yaml.safe_load(violation.example)
    example = Example.model_validate(entry)
    assert example.given.input == {"n": 10, "text": ""}
    again = verdict_of(does, SMALL, example.given.input)
    assert again.state is State.BROKEN
    given = json.loads(shlex.split(violation.command)[-1])
    assert Example.model_validate({"name": "x", **given}).given == example.given


@pytest.mark.parametrize(
    "given",
    [
        Given(input="text: with 'quotes' and # marks\nand lines"),
        Given(input={"null": None, "yes": True, "no": "no", "1": "1", "": []}),
        Given(input="2026-01-01", inputs={"up": [1.5, -0.0]}, config={"a": 1}, context={"b": 2}),
        Given(input="\x00\x1f\u2028é😀"),
        Given(),
    ],
)
def test_every_stage_case_pastes_back(given: Given) -> None:
    case = Case("fuzz", given, "fuzz")
    (entry,) = yaml.safe_load(example_yaml(case))
    values = Example.model_validate(entry).given
    assert (values.input, values.inputs, values.config, values.context) == (
        given.input,
        given.inputs,
        given.config,
        given.context,
    )


def test_every_request_pastes_back() -> None:
    request = Request({"id": "a/b"}, {"q": [1]}, {"x-a": "1"}, {"c": "d"}, None, has_body=True)
    case = Case("fuzz", Given(state="a session", request=request), "fuzz")
    (entry,) = yaml.safe_load(example_yaml(case))
    example = OperationExample.model_validate(entry)
    assert example.state == "a session"
    values = example.request
    assert (values.path, values.query, values.headers, values.cookies) == (
        request.path,
        request.query,
        request.headers,
        request.cookies,
    )
    assert "body" in values.model_fields_set
    assert values.body is None
    assert case_values(case)["request"]["body"] is None


def test_what_yaml_cannot_write_is_shown() -> None:
    assert "object object" in example_yaml(Case("fuzz", Given(input=object()), "fuzz"))


def test_a_command_that_is_too_long_asks_for_a_file() -> None:
    item = target(lambda value: 1, SMALL).items[0]
    told = command(item, Case("fuzz", Given(input="x" * 5_000), "fuzz"))
    assert told.endswith("--case FILE  # the example above, as JSON")
    assert len(told) < 200


# -- what doesn't happen again -----------------------------------------------------------------


def breaks_once() -> Callable[[Any], Any]:
    values = iter([99])
    return lambda value: next(values, 1)


def test_what_breaks_once_is_nondeterministic_with_both_observations() -> None:
    verdict = verdict_of(breaks_once(), SMALL, 1)
    assert verdict.state is State.BROKEN
    told = verdict.violations[0].nondeterministic
    assert told.startswith("first ok 99 in ")
    assert "; then, run again, ok 1 in " in told


def test_what_breaks_once_under_fuzzing_is_nondeterministic() -> None:
    verdict = verdict_of(breaks_once(), SMALL, generate=st.integers())
    assert verdict.state is State.BROKEN
    assert "then, run again, ok 1" in verdict.violations[0].nondeterministic


def test_an_error_that_happens_once_is_told_by_both_ends() -> None:
    errors = iter([ValueError("once")])

    def does(value: Any) -> int:
        for error in errors:
            raise error
        return 1

    found = check(target(does, "output: {status: [ok]}", 1), options())
    (broken,) = [each for each in found if each.state is State.BROKEN]
    assert "first error ValueError: once in" in broken.violations[0].nondeterministic
    assert "ValueError: once" in broken.violations[0].traceback


def test_what_breaks_each_time_is_not_called_so() -> None:
    assert verdict_of(lambda value: 99, SMALL, 1).violations[0].nondeterministic == ""


# -- times -------------------------------------------------------------------------------------


def late(times: int) -> Callable[[Any], Any]:
    """Late in its first so many runs."""
    runs = iter(range(times))

    def does(value: Any) -> int:
        if next(runs, None) is not None:
            time.sleep(0.05)
        return 1

    return does


@pytest.mark.parametrize(
    ("times", "state"),
    [(0, State.KEPT), (1, State.KEPT), (2, State.KEPT), (3, State.KEPT), (100, State.BROKEN)],
)
def test_a_late_run_has_to_happen_again(times: int, state: State) -> None:
    verdict = verdict_of(late(times), "within: {max: 40ms}", 1)
    assert verdict.state is state
    assert (len(verdict.violations) > 0) is (state is State.BROKEN)


# -- whose fault -------------------------------------------------------------------------------


def test_what_the_runtime_owes_is_told_of_the_runtime() -> None:
    made = target(lambda value: 1, "events: {owner: runtime, order: started}", 1)
    (view,) = made.views
    subject = replace(view.subject, path="pipeline", runtime="stageflow-core 1.2.0")
    found = check(replace(made, views=(replace(view, subject=subject),)), options())
    owners = {v.owner for each in found for v in each.violations}
    assert owners == {
        "owed by the runtime (stageflow-core 1.2.0) on the path pipeline, not by double's own code"
    }
