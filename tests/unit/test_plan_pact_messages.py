"""Messages of pacts: by functions, stages, pipelines and channels; and what none of them gives."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pact_documents import body, document, like, message, states
from plans import Make, all_verdicts, make, told

from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

__all__ = ["make"]

CODE = """
    import asyncio
    from dataclasses import dataclass

    @dataclass
    class Job:
        id: str
        done: bool

    def plain():
        return {"id": "j-1", "done": True}

    async def later(id, seconds=0):
        await asyncio.sleep(0)
        return Job(id, True), {"topic": "jobs"}

    def encoded():
        return b'{"id": "j-1", "done": true}', {"contentType": "application/json"}

    def as_pact_python():
        return {"contents": b'{"id": "j-1", "done": true}', "content_type": "application/json",
                "metadata": {"topic": "jobs"}}

    def wrong():
        return {"id": "j-1", "done": "yes"}

    def raises():
        raise RuntimeError("no queue")

    def answer(request, metadata):
        return {"sum": request["a"] + request["b"]}, {"for": metadata.get("from", "")}

    def job(id):
        yield {"id": id}

    def transcribe(input: dict, emit) -> dict:
        emit("started", {})
        emit("progress", {"at": 1})
        emit("progress", {"at": 2})
        outputs = [{"key": "text"}]
        emit("completed", {"stage": "transcribe", "outputs": outputs, "of": input["name"]})
        return {}

    def failing(input: dict, emit) -> dict:
        emit("failed", {"why": "no sound"})
        raise ValueError("no sound")
"""
STAGES = """
    stages:
      transcribe:
        subject: "code_of_plan:transcribe"
        given: {input: {type: object, required: [name], properties: {name: {type: string}}}}
        fuzz: false
        examples: [{name: one, given: {input: {name: a.wav}}}]
      failing:
        subject: "code_of_plan:failing"
        given: {input: {type: object, required: [name], properties: {name: {type: string}}}}
        fuzz: false
        examples: [{name: one, given: {input: {name: a.wav}}, error: no sound}]
"""
JOB = {"id": "j-9", "done": True}
ID = like(id="type")


@pytest.fixture
def plan(make: Make, tmp_path: Path) -> Any:
    """The plan of a contract with these `messages:` and interactions."""

    def planned(messages: str, *interactions: dict[str, Any], more: str = "") -> Plan:
        (tmp_path / "pacts").mkdir()
        (tmp_path / "pacts" / "billing-api.json").write_text(
            document(*interactions, consumer="billing")
        )
        pacts = f"""
            pacts:
              provider: api
              from: ../pacts
              states: {{a job: "code_of_plan:job"}}
              messages: {messages}
        """
        return make(CODE, a=dedent(more) + dedent(pacts))

    return planned


def of_pacts(plan: Plan) -> list[Verdict]:
    assert plan.problems == ()
    return [each for each in all_verdicts(plan) if each.item.subject.startswith("pacts/")]


def only(plan: Plan) -> Verdict:
    (found,) = of_pacts(plan)
    return found


def seen(verdict: Verdict) -> list[str]:
    return [
        f"{'/'.join(map(str, each.pointer))}: {each.promised} | {each.seen}"
        for each in verdict.violations
    ]


# -- functions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "metadata"),
    [
        ("plain", {}),
        ("plain", {"contentType": "application/json"}),
        ("later", {"topic": "jobs"}),
        ("encoded", {"contentType": "application/json"}),
        ("as_pact_python", {"topic": "jobs"}),
    ],
)
def test_a_function_gives_contents_and_metadata(
    plan: Any, function: str, metadata: dict[str, Any]
) -> None:
    found = only(
        plan(
            f"{{a job is done: {{function: 'code_of_plan:{function}'}}}}",
            message(
                "a job is done",
                JOB,
                given=states(("a job", {"id": "j-2"})),
                metadata=metadata,
                rules=ID,
            ),
        )
    )
    assert str(found.item).endswith("::pacts/billing-api.json::a job is done[function]")
    assert (found.state, seen(found)) == (State.KEPT, [])


def test_what_differs_is_told_with_its_path(plan: Any) -> None:
    wanted = message("it", JOB, metadata={"topic": "jobs"}, rules=ID)
    found = only(plan("{it: {function: 'code_of_plan:wrong'}}", wanted))
    assert found.state is State.BROKEN
    assert seen(found) == [
        'body/done: true | "yes"',
        'metadata/topic: "jobs" | nothing: it is missing',
    ]


def test_metadata_may_stand_in_the_contract(plan: Any) -> None:
    wanted = message("it", JOB, metadata={"topic": "jobs"}, rules=ID)
    messages = "{it: {function: 'code_of_plan:plain', metadata: {topic: jobs}}}"
    assert only(plan(messages, wanted)).state is State.KEPT


def test_a_function_that_raises_is_told_with_its_traceback(plan: Any) -> None:
    found = only(plan("{it: {function: 'code_of_plan:raises'}}", message("it", JOB)))
    assert seen(found) == ["response: a message | raised RuntimeError: no queue"]
    assert 'raise RuntimeError("no queue")' in found.violations[0].traceback


def test_a_function_that_needs_what_no_state_gives_is_broken(plan: Any) -> None:
    found = only(plan("{it: {function: 'code_of_plan:later'}}", message("it", JOB)))
    assert found.state is State.BROKEN
    assert "`later` needs `id`; given are none" in found.violations[0].seen


def test_a_message_that_nothing_produces_is_broken(plan: Any) -> None:
    found = only(plan("{them: {function: 'code_of_plan:plain'}}", message("then", JOB)))
    assert seen(found) == [
        "message: a message | nothing produces the message `then`; did you mean `them`?"
    ]


def test_a_glob_produces_what_no_description_does(plan: Any) -> None:
    messages = (
        "{'a *': {function: 'code_of_plan:plain'}, a wrong one: {function: 'code_of_plan:wrong'}}"
    )
    found = of_pacts(plan(messages, message("a job", JOB, rules=ID), message("a wrong one", JOB)))
    assert [each.state for each in found] == [State.KEPT, State.BROKEN]


def test_a_message_that_is_answered_is_given_to_the_function(plan: Any) -> None:
    asked = {
        "type": "Synchronous/Messages",
        "description": "a sum",
        "request": {"contents": body({"a": 1, "b": 2}), "metadata": {"from": "billing"}},
        "response": [{"contents": body({"sum": 3}), "metadata": {"for": "billing"}}],
    }
    assert only(plan("{a sum: {function: 'code_of_plan:answer'}}", asked)).state is State.KEPT


# -- stages --------------------------------------------------------------------------------------

COMPLETED = {"stage": "transcribe", "outputs": [{"key": "a"}]}
RULES = {
    "$.outputs": {"matchers": [{"match": "type", "min": 1}]},
    "$.outputs[*].key": {"matchers": [{"match": "type"}]},
}


def test_a_stage_s_event_is_a_message(plan: Any) -> None:
    found = only(
        plan(
            "{it: {stage: transcribe, event: completed, metadata: {topic: stages}}}",
            message("it", COMPLETED, metadata={"topic": "stages"}, rules=RULES),
            more=STAGES,
        )
    )
    assert (found.reason, found.state, seen(found)) == ("", State.KEPT, [])
    assert found.item.path == "direct"


def test_what_the_stage_is_given_may_be_said(plan: Any) -> None:
    messages = "{it: {stage: transcribe, event: completed, given: {input: {name: b.wav}}}}"
    wanted = message("it", {"of": "b.wav"})
    assert only(plan(messages, wanted, more=STAGES)).state is State.KEPT


@pytest.mark.parametrize(
    ("which", "state"),
    [("", State.BROKEN), (", which: last", State.KEPT), (", which: first", State.BROKEN),
     (", which: any", State.KEPT)],
)  # fmt: skip
def test_each_event_of_the_type_is_compared_unless_one_is_meant(
    plan: Any, which: str, state: State
) -> None:
    messages = f"{{it: {{stage: transcribe, event: progress{which}}}}}"
    assert only(plan(messages, message("it", {"at": 2}), more=STAGES)).state is state


def test_an_event_that_never_comes_is_broken_and_tells_those_that_came(plan: Any) -> None:
    messages = "{it: {stage: transcribe, event: done}}"
    found = only(plan(messages, message("it", COMPLETED), more=STAGES))
    assert seen(found)[0].endswith("| events: started, progress, completed")


def test_an_event_before_an_error_is_a_message_too(plan: Any) -> None:
    messages = "{it: {stage: failing, event: failed}}"
    found = only(plan(messages, message("it", {"why": "no sound"}), more=STAGES))
    assert (found.state, seen(found)) == (State.KEPT, [])


@pytest.mark.parametrize(
    ("producer", "problem"),
    [
        ("{stage: transcibe, event: completed}", "found the stage 'transcibe', which is not there"),
        ("{pipeline: voice, event: completed}", "found the pipeline 'voice', which is not there"),
        ("{channel: live}", "found the channel 'live', which is not there"),
        ("{function: 'code_of_plan:nobody'}", "nobody"),
        ("{stage: transcribe}", "say event, the type of what the run emits"),
        ("{stage: transcribe, channel: live}", "say one of function, stage, pipeline and channel"),
        ("{stage: transcribe, event: completed, given: {inptu: 1}}", "found given: "),
    ],
)
def test_what_is_wrong_with_a_producer_is_one_problem(
    plan: Any, producer: str, problem: str
) -> None:
    (found,) = told(plan(f"{{it: {producer}}}", message("it", COMPLETED), more=STAGES))
    assert problem in found
    assert found.startswith("contracts/a.contract.yaml:")
