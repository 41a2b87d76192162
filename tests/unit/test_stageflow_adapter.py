"""Stages and pipelines of stageflow: called directly, run by its runtimes, found and named."""

import asyncio
import functools
import importlib
import pickle
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import Any, Protocol
from uuid import UUID

import pytest

pytest.importorskip("stageflow")

from stageflow.core import (
    StageCancellationRequested,
    StageContext,
    StageEvent,
    StageKind,
    StageOutput,
    StageStatus,
)
from stageflow.events import get_event_sink
from stageflow.pipeline.builder import PipelineBuilder
from stageflow.pipeline.dag import (
    StageGraph,
    StageSpec,
    UnifiedStageExecutionError,
)
from stageflow.pipeline.interceptors import BaseInterceptor, InterceptorResult
from stageflow.pipeline.pipeline import Pipeline
from stageflow.stages.ports import AudioPorts, CorePorts, LLMPorts
from stageflow.stages.result import StageResult

from stagepact.adapters.stageflow import (
    PipelineSubject,
    StageSubject,
    found,
    is_factory,
    recognises,
)
from stagepact.observation import Observer
from stagepact.subject import Case, Found, Given, Output, Part, SubjectId, Unfit
from stagepact.subject.marks import contract_subject, skip_contract_tests
from stagepact.subject.protocols.stages import implementation

VERSION = version("stageflow-core")
RUN_ID = "12345678-1234-5678-1234-567812345678"
STAGE = SubjectId("answer", "m:Answer", "work")


class Recorder:
    """A probe that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.parts: dict[str, Part] = {}
        self.ports: dict[str, Any] = {}
        self.time = 0.0

    def emit(self, type: str, data: Any) -> None:
        self.events.append((type, data))

    def part(self, name: str, part: Part) -> None:
        self.parts[name] = part

    def port(self, name: str, port: Any) -> Any:
        self.ports[name] = port
        return port

    def now(self) -> float:
        self.time += 1.0
        return self.time

    @property
    def ends(self) -> dict[str, str]:
        """By stage, its status, or the name of what it raised."""
        return {
            name: part.output.status if part.output else type(part.error).__name__
            for name, part in self.parts.items()
        }


def run(subject: Any, given: Given | None = None, probe: Recorder | None = None) -> Output:
    case = Case("a case", given or Given())
    return asyncio.run(subject(case, probe or Recorder()))


def stage(runner: Any, **more: Any) -> StageSubject:
    return StageSubject(runner, STAGE, **more)


def seen(function: Callable[[Any], Any], given: Given | None = None, **more: Any) -> Any:
    """What a stage sees of its context."""

    async def runner(ctx: Any) -> StageOutput:
        return StageOutput.ok(seen=function(ctx))

    return run(stage(runner, **more), given).data["seen"]


# -- one stage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "status", "data", "error"),
    [
        (StageOutput.ok(text="hi"), "ok", {"text": "hi"}, None),
        ({"text": "hi"}, "ok", {"text": "hi"}, None),
        ({}, "ok", {}, None),
        (None, "ok", {}, None),
        (StageOutput.skip("later"), "skip", {"reason": "later"}, None),
        (StageOutput.cancel("enough"), "cancel", {"cancel_reason": "enough"}, None),
        (StageOutput.fail("broken"), "fail", {}, "broken"),
        (StageOutput.retry("again"), "retry", {}, "again"),
        (StageOutput(status="odd"), "odd", {}, None),  # type: ignore[arg-type]
    ],
)
def test_what_a_stage_returns_is_read_as_the_runtime_reads_it(
    returned: Any, status: str, data: Any, error: str | None
) -> None:
    async def runner(ctx: StageContext) -> Any:
        return returned

    output = run(stage(runner))
    assert (output.status, output.data, output.error) == (status, data, error)
    assert isinstance(output.raw, StageOutput)


def test_a_result_that_the_runtime_refuses_is_refused_in_its_words() -> None:
    async def runner(ctx: StageContext) -> Any:
        return "text"

    with pytest.raises(TypeError, match="Stage answer returned unsupported result type"):
        run(stage(runner))


def test_events_in_an_output_are_its_events() -> None:
    async def runner(ctx: StageContext) -> StageOutput:
        return StageOutput(StageStatus.OK, events=[StageEvent("started", {"n": 1})])

    assert run(stage(runner)).events == (("started", {"n": 1}),)


def test_what_a_stage_raises_is_raised() -> None:
    async def runner(ctx: StageContext) -> StageOutput:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run(stage(runner))


def test_a_stage_that_stops_on_request_is_cancelled() -> None:
    async def runner(ctx: StageContext) -> StageOutput:
        raise StageCancellationRequested("the user left")

    assert run(stage(runner)).data == {"cancel_reason": "the user left"}


class Counting:
    """A stage that counts the runs of one instance."""

    name = "counting"
    kind = StageKind.WORK

    def __init__(self, first: int = 1) -> None:
        self.count = first - 1

    async def execute(self, ctx: StageContext) -> StageOutput:
        self.count += 1
        return StageOutput.ok(count=self.count)


def test_a_class_is_made_anew_for_each_run_and_an_instance_is_kept() -> None:
    made, kept = stage(Counting), stage(Counting())
    assert [run(made).data["count"] for _ in range(2)] == [1, 1]
    assert [run(kept).data["count"] for _ in range(2)] == [1, 2]


def test_config_of_the_case_wins_over_config_of_the_pipeline() -> None:
    subject = stage(Counting, config={"first": 5})
    assert run(subject).data["count"] == 5
    assert run(subject, Given(config={"first": 7})).data["count"] == 7


@pytest.mark.parametrize(
    ("runner", "config", "message"),
    [
        (Counting, {"frist": 1}, "takes no argument 'frist'; did you mean 'first'?"),
        (Counting(), {"first": 1}, "config is for classes"),
    ],
)
def test_config_that_nobody_takes_is_unfit(runner: Any, config: Any, message: str) -> None:
    with pytest.raises(Unfit, match=message.replace("?", r"\?")):
        run(stage(runner), Given(config=config))


class Needy:
    """A stage that needs a store."""

    name = "needy"
    kind = "work"

    def __init__(self, store: "dict[str, str]", size: int = 3) -> None:
        self.store = store

    async def execute(self, ctx: StageContext) -> dict[str, Any]:
        return dict(self.store)


class Open(Needy):
    """Takes whatever it is given; its annotation names what isn't there."""

    def __init__(self, lamp: "Lamp", **options: Any) -> None:  # type: ignore[name-defined] # noqa: F821
        super().__init__({"lamp": lamp, **options})


def test_a_constructors_arguments_come_from_the_case_or_a_provider() -> None:
    asked: list[Any] = []

    def provide(subject: SubjectId, parameter: str, annotation: Any) -> Any:
        asked.append((subject, parameter, annotation))
        return {"from": "plugin"}

    assert run(stage(Needy), Given(config={"store": {"from": "case"}})).data == {"from": "case"}
    assert run(stage(Needy, provide=provide)).data == {"from": "plugin"}
    assert asked == [(STAGE, "store", dict[str, str])]
    assert stage(Needy).missing() == ("store",)
    assert stage(Needy).missing({"store": {}}) == stage(Counting()).missing() == ()


def test_a_constructor_that_takes_anything_is_given_anything() -> None:
    given = Given(config={"lamp": 1, "more": 2})
    assert run(stage(Open), given).data == {"lamp": 1, "more": 2}
    assert run(stage(Open, provide=lambda *asked: asked[2])).data == {"lamp": "Lamp"}


def test_a_class_that_tells_nothing_of_its_constructor_is_made_without_arguments() -> None:
    class Silent(Counting):
        __signature__ = "none"

    assert run(stage(Silent)).data == {"count": 1}


def test_a_missing_argument_is_unfit_and_says_who_can_give_it() -> None:
    with pytest.raises(Unfit, match=r"needs argument 'store'.*given\.config"):
        run(stage(Needy))


@pytest.mark.parametrize(
    ("input_", "text", "metadata"),
    [
        ("hello", "hello", {"m": 1}),
        ({"a": 1}, None, {"m": 1, "a": 1}),
        ([1], None, {"m": 1, "input": [1]}),
        (None, None, {"m": 1}),
    ],
)
def test_the_input_is_text_or_metadata(input_: Any, text: Any, metadata: Any) -> None:
    given = Given(input=input_, context={"metadata": {"m": 1}})
    assert seen(lambda ctx: ctx.snapshot.input_text, given) == text
    assert seen(lambda ctx: ctx.snapshot.metadata, given) == metadata


def test_a_stage_cant_change_the_case() -> None:
    given = Given(input={"items": [1, {"deep": 2}]}, inputs={"up": {"list": [1]}})

    async def runner(ctx: StageContext) -> None:
        ctx.snapshot.metadata["items"][1]["deep"] = 3
        ctx.inputs.get_from("up", "list").append(2)

    run(stage(runner), given)
    assert given == Given(input={"items": [1, {"deep": 2}]}, inputs={"up": {"list": [1]}})


def test_the_context_carries_identifiers() -> None:
    given = Given(context={"user_id": RUN_ID, "topology": "chat", "session_id": UUID(RUN_ID)})
    assert seen(lambda ctx: ctx.snapshot.user_id, given) == UUID(RUN_ID)
    assert seen(lambda ctx: ctx.snapshot.session_id, given) == UUID(RUN_ID)
    assert seen(lambda ctx: ctx.snapshot.topology, given) == "chat"
    assert seen(lambda ctx: ctx.stage_name, given) == "answer"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Given(context={"user_id": "me"}), "user_id: 'me' is no UUID"),
        (Given(context={"user": RUN_ID}), "no field 'user'; did you mean 'user_id'"),
        (Given(context={"zzz": 1}), "no field 'zzz'; it has"),
        (Given(context={"event_sink": 1}), "no field 'event_sink'"),
        (Given(inputs={"up": 1}), "inputs of 'up': a stage's output is an object"),
        (Given(inputs={"up": {}, "x": {}}), "no upstream 'x'; the stage depends on up"),
    ],
)
def test_what_the_context_cant_carry_is_unfit(given: Given, message: str) -> None:
    with pytest.raises(Unfit, match=message):
        run(stage(Counting, depends=("up",)), given)


def test_upstream_outputs_are_there_and_undeclared_ones_are_refused() -> None:
    given = Given(inputs={"up": {"text": "hi"}})
    assert seen(lambda ctx: ctx.inputs.get_from("up", "text"), given) == "hi"
    assert seen(lambda ctx: ctx.inputs.declared_deps, given) == {"up"}
    both = seen(lambda ctx: ctx.inputs.declared_deps, given, depends=("up", "other"))
    assert both == {"up", "other"}
    with pytest.raises(Exception, match="undeclared dependency 'down'"):
        seen(lambda ctx: ctx.inputs.get_from("down", "text"), given)


@pytest.mark.parametrize(
    ("names", "type_"),
    [
        (("stt_provider", "tts_provider"), AudioPorts),
        (("llm_provider",), LLMPorts),
        (("db",), CorePorts),
        (("db", "llm_provider"), SimpleNamespace),
        ((), type(None)),
    ],
)
def test_ports_are_of_the_narrowest_type(names: tuple[str, ...], type_: type) -> None:
    given = Given(ports=dict.fromkeys(names, print))
    assert seen(lambda ctx: type(ctx.inputs.ports), given) is type_


def test_ports_are_seen_by_the_probe_and_events_told_to_it() -> None:
    class Talking:
        async def execute(self, ctx: StageContext) -> None:
            ctx.try_emit_event("stage.answer.started", {"n": 1})
            assert ctx.event_sink is not None
            await ctx.event_sink.emit(type="plain", data=None)
            get_event_sink().try_emit(type="tool.used", data={})

    probe, port = Recorder(), object()
    run(stage(Talking), Given(ports={"db": port}), probe)
    assert probe.ports == {"db": port}
    assert [type_ for type_, _ in probe.events] == ["stage.answer.started", "plain", "tool.used"]
    assert probe.events[0][1]["n"] == 1


def test_subjects_close_and_travel() -> None:
    for subject in (stage(Counting), PipelineSubject(Pipeline(), STAGE)):
        asyncio.run(subject.close())
        assert pickle.loads(pickle.dumps(subject)) == subject


# -- a pipeline --------------------------------------------------------------------------------


def returning(output: Any) -> Any:
    async def runner(ctx: StageContext) -> Any:
        return output

    return runner


async def raising(ctx: StageContext) -> StageOutput:
    raise ValueError("broken")


async def endless(ctx: StageContext) -> StageOutput:
    await asyncio.sleep(60)
    raise AssertionError


async def quick(ctx: StageContext) -> StageOutput:
    await asyncio.sleep(0)
    return StageOutput.ok()


def pipeline(**stages: Any) -> Pipeline:
    """A pipeline of `name=runner` or `name=(runner, *dependencies)`."""
    made = Pipeline(name="voice")
    for name, (runner, *depends) in stages.items():
        made = made.with_stage(name, runner, StageKind.WORK, tuple(depends))
    return made


def whole(made: Any) -> Any:
    return found(made, "m:made")[0].subject


def test_every_stage_of_a_pipeline_is_a_part() -> None:
    made = pipeline(
        a=(returning({"text": "hi"}),), b=(Counting, "a"), c=(Counting(), "a"), d=(quick, "b", "c")
    )
    probe = Recorder()
    output = run(whole(made), Given(input="x"), probe)
    assert (output.status, output.parts) == ("ok", probe.parts)
    assert output.data == {"a": {"text": "hi"}, "b": {"count": 1}, "c": {"count": 1}, "d": {}}
    assert probe.ends == dict.fromkeys("abcd", "ok")
    assert probe.parts["b"].input == Given(input="x", inputs={"a": {"text": "hi"}})
    assert probe.parts["b"].started > 0
    assert probe.parts["b"].duration > 0


def test_the_pipeline_itself_is_left_as_it_was() -> None:
    made = pipeline(a=(Counting,))
    before = dict(made.stages)
    run(whole(made))
    assert made.stages == before


def test_class_runners_get_their_config_and_contexts_their_ports() -> None:
    made = Pipeline().with_stage("a", Counting, config={"first": 4})
    made = made.with_stage("b", returning(None), "work")
    probe = Recorder()
    output = run(whole(made), Given(ports={"db": 1}, context={"user_id": RUN_ID}), probe)
    assert output.data["a"] == {"count": 4}
    assert probe.ports == {"db": 1}


def test_a_failed_run_raises_and_its_parts_are_kept() -> None:
    made = pipeline(a=(quick,), b=(raising, "a"), c=(endless, "a"), d=(quick, "b"))
    probe = Recorder()
    with pytest.raises(UnifiedStageExecutionError, match="'b' failed: broken"):
        run(whole(made), probe=probe)
    assert probe.ends == {"a": "ok", "b": "ValueError", "c": "CancelledError"}


@pytest.mark.parametrize(
    ("returned", "end"),
    [(StageOutput.fail("no"), "fail"), ("text", "TypeError")],
)
def test_a_stage_that_fails_the_run_by_what_it_returns_is_a_part(returned: Any, end: str) -> None:
    probe = Recorder()
    with pytest.raises(UnifiedStageExecutionError):
        run(whole(pipeline(a=(returning(returned),))), probe=probe)
    assert probe.ends == {"a": end}


def test_a_stage_that_cancels_ends_the_pipeline_without_an_error() -> None:
    made = pipeline(a=(returning(StageOutput.cancel("enough")),), b=(endless,), c=(quick, "a"))
    output = run(whole(made))
    assert (output.status, output.error) == ("cancel", "enough")
    assert {name: bool(part.output) for name, part in output.parts.items()} == {
        "a": True,
        "b": False,
    }


def test_a_stage_that_stops_on_request_is_cancelled_in_a_pipeline_too() -> None:
    async def stopping(ctx: StageContext) -> StageOutput:
        raise StageCancellationRequested("left")

    probe = Recorder()
    assert run(whole(pipeline(a=(stopping,))), probe=probe).status == "cancel"
    assert probe.ends == {"a": "cancel"}


def test_a_stage_that_the_runtime_stops_for_its_time_has_failed() -> None:
    probe = Recorder()
    given = Given(context={"data": {"_timeout_ms": 10}})
    with pytest.raises(UnifiedStageExecutionError, match="timed out"):
        run(whole(pipeline(a=(endless,))), given, probe)
    assert probe.ends == {"a": "fail"}


def conditional(after: Any, **more: Any) -> Pipeline:
    made = pipeline(gate=(returning({"skip_reason": "quiet", "n": 1}),), **more)
    made = made.with_stage("maybe", Counting, after="gate", conditional=True)
    return made.with_stage("after", after, "work", after="maybe")


def test_a_conditional_stage_that_is_skipped_is_a_part_without_its_runner() -> None:
    output = run(whole(conditional(quick)))
    part = output.parts["maybe"]
    assert part.output is not None
    assert (part.output.status, part.output.data) == ("skip", {"reason": "quiet"})
    assert part.input.inputs == {"gate": {"skip_reason": "quiet", "n": 1}}


def test_a_conditional_skip_is_kept_when_the_run_fails_later() -> None:
    probe = Recorder()
    with pytest.raises(UnifiedStageExecutionError):
        run(whole(conditional(raising)), probe=probe)
    assert probe.ends == {"gate": "ok", "maybe": "skip", "after": "ValueError"}


def test_a_skip_that_a_stage_announces_itself_is_no_conditional_skip() -> None:
    async def announcing(ctx: StageContext) -> StageOutput:
        ctx.try_emit_event("stage.a.skipped", {"reason": "mine"})
        ctx.try_emit_event("stage.b.skipped", {"reason": "not conditional"})
        ctx.try_emit_event("stage.unknown.skipped", {})
        return StageOutput.ok()

    probe = Recorder()
    run(whole(pipeline(a=(announcing,), b=(quick, "a"))), probe=probe)
    assert probe.ends == {"a": "ok", "b": "ok"}
    assert len(probe.events) == 3


def test_a_stage_that_is_cancelled_before_its_runner_is_taken_from_the_results() -> None:
    probe = Recorder()
    given = Given(context={"canceled": True})
    assert run(whole(pipeline(a=(quick,))), given, probe).status == "cancel"
    assert probe.parts == {}


class Answering(BaseInterceptor):
    """Answers for a stage, as an open circuit does."""

    name = "answering"
    priority = 1

    async def before(self, stage_name: str, ctx: Any) -> InterceptorResult | None:
        return InterceptorResult(stage_ran=False, result={"n": 1}) if stage_name == "b" else None

    async def after(self, stage_name: str, result: Any, ctx: Any) -> None: ...


def test_a_stage_that_an_interceptor_answers_for_is_a_part_without_its_runner() -> None:
    graph = pipeline(a=(quick,), b=(raising, "a")).build(interceptors=[Answering()])
    probe = Recorder()
    assert run(whole(graph), probe=probe).data == {"a": {}, "b": {"n": 1}}
    assert probe.ends == {"a": "ok", "b": "ok"}


@pytest.mark.parametrize("given", [Given(inputs={"a": {}}), Given(config={"a": 1})])
def test_a_pipeline_takes_no_inputs_and_no_config(given: Given) -> None:
    with pytest.raises(Unfit, match="a pipeline takes input"):
        run(whole(pipeline(a=(quick,))), given)


def test_a_graph_that_was_built_is_run_as_it_was_built() -> None:
    graph = pipeline(a=(Counting,), b=(Counting(), "a"), c=(quick, "b")).build()
    founds = found(graph, "m:graph")
    assert founds[0].id.runtime == f"stageflow-core {VERSION} UnifiedStageGraph.run"
    assert founds[0].id.name == "voice"
    assert [each.id.identity.rpartition(":")[2] for each in founds[1:]] == [
        "Counting",
        "Counting",
        "quick",
    ]
    output = run(founds[0].subject)
    assert (output.status, set(output.parts)) == ("ok", {"a", "b", "c"})
    assert run(founds[1].subject).data == {"count": 1}


# -- the deprecated graph ----------------------------------------------------------------------


def legacy(**stages: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return StageGraph(
            StageSpec(name=name, runner=runner, dependencies=tuple(depends))
            for name, (runner, *depends) in stages.items()
        )


@pytest.mark.parametrize(
    ("returned", "end", "status"),
    [
        (StageOutput.ok(n=1), "ok", "ok"),
        (StageOutput.fail("no"), "fail", "fail"),
        ({"n": 1}, "ok", "ok"),
        (None, "ok", "ok"),
        (0, "ok", "ok"),
    ],
)
def test_a_deprecated_graph_goes_on_after_a_failed_stage(
    returned: Any, end: str, status: str
) -> None:
    probe = Recorder()
    output = run(whole(legacy(a=(returning(returned),), b=(Counting, "a"))), probe=probe)
    assert probe.ends == {"a": end, "b": "ok"}
    assert (output.status, set(output.data)) == (status, {"a", "b"})
    assert probe.events[0][0] == "stage.a.started"


def test_a_deprecated_graphs_own_results_are_read() -> None:
    async def runner(ctx: Any) -> StageResult:
        now = ctx.now()
        return StageResult(name="a", status="failed", started_at=now, ended_at=now, error="no")

    founds = found(legacy(a=(runner,)), "m:graph")
    assert founds[0].id.runtime == f"stageflow-core {VERSION} StageGraph.run"
    assert founds[0].id.path == "graph"
    for each in founds:
        output = run(each.subject)
        assert (output.status, output.error) == ("fail", "no")


def test_a_deprecated_graphs_stage_that_raises_is_a_part() -> None:
    probe = Recorder()
    output = run(whole(legacy(a=(raising,), b=(quick, "a"))), probe=probe)
    assert probe.ends == {"a": "ValueError", "b": "ok"}
    assert (output.status, output.error) == ("fail", "broken")


def test_a_deprecated_graphs_stages_share_the_context_and_have_no_inputs() -> None:
    subject = found(legacy(a=(Counting,)), "m:graph")[1].subject
    with pytest.raises(Unfit, match="no upstream outputs"):
        run(subject, Given(inputs={"up": {}}))
    assert run(subject, Given(input="x")).status == "ok"


def test_a_deprecated_builder_is_the_graph_that_it_builds() -> None:
    with pytest.warns(DeprecationWarning, match="PipelineBuilder is deprecated"):
        builder = PipelineBuilder(name="old").with_stage("a", Counting, args={"first": 3})
    founds = found(builder, "m:builder")
    assert [str(each.id) for each in founds] == ["old[graph]", "a[direct]"]
    assert founds[1].id.identity.endswith(":Counting")
    assert run(founds[0].subject).data == {"a": {"count": 3}}


# -- what is recognised ------------------------------------------------------------------------


class Told(Protocol):
    name: str

    async def execute(self, ctx: Any) -> Any: ...


class Abstract(ABC):
    name = "abstract"

    @abstractmethod
    async def execute(self, ctx: Any) -> Any: ...


class Synchronous:
    name = "sync"

    def execute(self, ctx: Any) -> Any: ...


class Executor:
    name = "executor"

    async def execute(self, action: Any, ctx: Any) -> Any: ...


class Anything:
    async def execute(self, ctx: Any) -> Any: ...


class Annotated:
    kind: StageKind

    async def execute(self, ctx: Any) -> Any: ...


class Returning:
    async def execute(self, ctx: Any) -> StageOutput:
        return StageOutput.ok()


def build() -> Pipeline:
    """A factory that says its default."""
    return pipeline(a=(quick,))


def build_named(kind: str = "x") -> "Pipeline":
    return Pipeline()


def build_of(kind: str) -> Pipeline:
    return Pipeline()


def build_from(*stages: Any) -> Pipeline:
    return Pipeline()


async def build_later() -> Pipeline:
    return Pipeline()


class Lazy:
    """An object that answers to every question with an exception."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Counting, True),
        (Counting(), True),
        (Annotated, True),
        (Returning, True),
        (quick, True),
        (Pipeline(), True),
        (pipeline(a=(quick,)).build(), True),
        (legacy(a=(quick,)), True),
        (build, True),
        (build_named, True),
        (Told, False),
        (Abstract, False),
        (Synchronous, False),
        (Executor, False),
        (Anything, False),
        (build_of, False),
        (build_from, False),
        (build_later, False),
        (returning(None), False),
        (Pipeline, False),
        (int, False),
        (dict[str, int], False),
        (3, False),
    ],
)
def test_recognition_is_by_shape(value: Any, expected: bool) -> None:
    assert recognises(value) is expected
    assert is_factory(value) is (value in (build, build_named) if callable(value) else False)


def test_an_object_is_recognised_by_its_class_alone() -> None:
    """Its own attributes may be anything: a proxy outside of its context raises."""
    assert not recognises(Lazy())


# -- what is found -----------------------------------------------------------------------------


def names(founds: tuple[Found, ...]) -> list[tuple[str, str, str]]:
    return [(str(each.id), each.id.kind, each.why) for each in founds]


def test_a_pipeline_is_found_with_its_stages_in_order() -> None:
    founds = found(pipeline(b=(Counting, "a"), a=(Needy,)), "m:voice_pipeline")
    assert names(founds) == [
        ("voice[pipeline]", "pipeline", ""),
        ("a[direct]", "work", "unmade"),
        ("b[direct]", "work", ""),
    ]
    assert founds[0].stages == {"a": (), "b": ("a",)}
    assert list(founds[0].stages) == ["a", "b"]
    assert founds[0].id.identity == founds[0].source == "m:voice_pipeline"
    assert founds[0].id.runtime == f"stageflow-core {VERSION} Pipeline.run"
    assert founds[1].reason.startswith("needs argument 'store'")
    assert run(founds[1].subject, Given(config={"store": {"a": 1}})).data == {"a": 1}


def test_a_pipeline_without_a_name_has_its_attributes() -> None:
    made = Pipeline().with_stage("a", Counting)
    assert found(made, "m:chat")[0].id.name == "chat"
    assert found(made, "m:chat", "given")[0].id.name == "given"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (Pipeline(), "Cannot build empty pipeline"),
        (pipeline(a=(quick, "b")), "'a' depends on 'b'"),
        (pipeline(a=(quick, "b"), b=(quick, "a")), "cycle"),
    ],
)
def test_a_pipeline_that_cant_be_built_is_a_line(made: Any, reason: str) -> None:
    (only,) = found(made, "m:made")
    assert only.why == "unmade"
    assert reason in only.reason


def test_a_factory_is_called_and_what_goes_wrong_is_a_line() -> None:
    def failing() -> Pipeline:
        raise RuntimeError("no config\nmore")

    def lying() -> Pipeline:
        return 3  # type: ignore[return-value]

    @skip_contract_tests("not now")
    def skipped() -> Pipeline:
        raise AssertionError

    @contract_subject(name="renamed", tags=["slow"])
    def marked() -> Pipeline:
        return build()

    assert names(found(build, "m:build"))[0] == ("voice[pipeline]", "pipeline", "")
    assert found(failing, "m:failing")[0].reason == "RuntimeError: no config"
    assert found(lying, "m:lying")[0].reason == "made no pipeline but int"
    assert found(skipped, "m:skipped")[0].reason == "not now"
    first = found(marked, "m:marked")[0].id
    assert (first.name, first.tags) == ("renamed", {"slow"})


def test_a_provider_that_raises_is_a_line() -> None:
    def provide(*asked: Any) -> Any:
        raise OSError("no disk")

    (only,) = found(Needy, "m:Needy", provide=provide)
    assert (only.why, only.reason) == ("unmade", "OSError: no disk")


def test_a_skipped_stage_is_a_line_with_its_reason() -> None:
    @skip_contract_tests("flaky")
    class Skipped(Counting):
        pass

    class Below(Skipped):
        pass

    assert found(Skipped, "m:S")[0].reason == "flaky"
    assert found(Below, "m:B")[0].why == ""


def test_tags_kind_and_name_come_from_the_stage() -> None:
    class Tagged(Counting):
        name = "tagged"
        kind = "no such kind"  # type: ignore[assignment]
        stagepact_tags = ("slow", 3)

    class Bare:
        async def execute(self, ctx: Any) -> StageOutput:
            return StageOutput.ok()

    id_ = found(Tagged, "m:T")[0].id
    assert (id_.name, id_.kind, id_.tags) == ("tagged", "stage", {"slow"})
    assert found(Bare(), "m:B")[0].id.name == "Bare"
    assert found(quick, "m:quick")[0].id.identity == f"{__name__}:quick"


@dataclass
class Holding:
    """A wrapper with the wrapped as a field."""

    stage: Any
    note: str = "x"

    async def execute(self, ctx: Any) -> Any:
        return await self.stage.execute(ctx)


@dataclass(frozen=True, slots=True)
class Slotted:
    wrapped: Any

    async def __call__(self, ctx: Any) -> Any: ...


def closed_over(stage: Any) -> Any:
    async def runner(ctx: Any) -> Any:
        return await stage.execute(ctx)

    return runner


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    async def wrapper(ctx: Any) -> Any:
        return await function(ctx)

    return wrapper


async def tuned(level: int, ctx: Any) -> Any: ...


def unfilled() -> Any:
    async def runner(ctx: Any) -> Any:
        return await stage(ctx)

    taken = runner
    if taken is None:
        stage = None
    return taken


@pytest.mark.parametrize(
    ("wrapper", "real"),
    [
        (Counting, Counting),
        (Holding(Counting), Counting),
        (Slotted(Holding(Counting)), Counting),
        (closed_over(Counting), Counting),
        (decorated(quick), quick),
        (functools.partial(tuned, 3), tuned),
        (Holding("a text"), None),
        (unfilled(), None),
    ],
)
def test_a_stage_is_known_under_its_wrappers(wrapper: Any, real: Any) -> None:
    assert implementation(wrapper) is (wrapper if real is None else real)


def test_what_no_import_reaches_is_known_by_where_it_is() -> None:
    founds = found(pipeline(a=(returning(None),)), "m:made")
    assert founds[1].id.identity == "m:made#a"
    assert found(returning(None), "m:made")[0].id.identity == "m:made"


def test_a_stage_that_counts_itself_as_wrapped_is_no_endless_loop() -> None:
    made = Holding(None)
    made.stage = made
    assert implementation(made) is made


# -- the distribution --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({}, r"stageflow-core isn't installed: pip install 'stagepact\[stageflow\]'"),
        ({"stageflow": ["stageflow"]}, "comes from stageflow, .* pip uninstall stageflow"),
    ],
)
def test_without_its_distribution_the_adapter_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, others: Mapping[str, list[str]], message: str
) -> None:
    from stagepact.subject import distribution

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(distribution, "version", version)
    monkeypatch.setattr(distribution, "packages_distributions", lambda: others)
    for name in [each for each in sys.modules if each.startswith("stagepact.adapters.stageflow")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=message):
        importlib.import_module("stagepact.adapters.stageflow")


# -- seen by the observer ----------------------------------------------------------------------


def test_an_observer_sees_a_pipelines_parts_and_failures() -> None:
    made = pipeline(a=(quick,), b=(raising, "a"))
    with Observer() as observer:
        seen_run = observer.observe(whole(made), Case("c"))
    assert seen_run.parts["a"].output is not None
    assert seen_run.failures["b"].type.endswith("ValueError")
    assert seen_run.leaks.tasks == ()
