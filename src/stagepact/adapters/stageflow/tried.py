"""stageflow's `Pipeline` as a runtime whose laws are tried, with stages that are handed to it.

Nothing is configured that a user couldn't: retries, keys of idempotency and circuit breakers are
stageflow's own interceptors.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagepact.adapters.stageflow.contexts import Sink
from stagepact.adapters.stageflow.library import (
    DISTRIBUTION,
    VERSION,
    ContextBag,
    Pipeline,
    PipelineContext,
    RetryInterceptor,
    StageContext,
    StageKind,
    StageOutput,
    UnifiedPipelineCancelled,
    UnifiedStageGraph,
    get_default_interceptors,
)
from stagepact.subject.protocols.runtimes import (
    Answer,
    Called,
    Context,
    Ended,
    Part,
    Setting,
)

_FEATURES = frozenset({"compose", "sink", "keys", "retries", "circuits", "context"})
_ENDS = ("completed", "failed", "skipped", "cancelled")


def tried_by(pipeline: object) -> StageflowRuntime | None:
    """The runtime of a pipeline's class; None for a deprecated `StageGraph`."""
    if isinstance(pipeline, Pipeline):
        return StageflowRuntime(type(pipeline))
    return StageflowRuntime() if isinstance(pipeline, UnifiedStageGraph) else None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A built graph, and the interceptors that it was built with."""

    graph: UnifiedStageGraph
    retries: RetryInterceptor


class _Bag:
    """stageflow's bag of a run's context; it is deprecated, and the only one that refuses."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._bag = ContextBag()

    async def write(self, key: str, value: Any, stage: str) -> None:
        """Write."""
        await self._bag.write(key, value, stage)

    def read(self, key: str) -> Any:
        """What was written."""
        return self._bag.read(key)


@dataclass(frozen=True, slots=True)
class StageflowRuntime:
    """`Pipeline.with_stage`, `compose`, `build`, and the run of the built graph."""

    pipeline: type[Any] = Pipeline
    name: str = f"{DISTRIBUTION} {VERSION} Pipeline"
    features: frozenset[str] = _FEATURES

    def build(self, name: str, parts: Sequence[Part]) -> Any:
        """A pipeline, by `with_stage` for each of the stages."""
        made = self.pipeline(name=name)
        for part in parts:
            made = made.with_stage(part.name, _Runner(part), StageKind.WORK, part.depends)
        return made

    def ready(self, pipeline: Any) -> _Ready:
        """The graph that `build` makes, with the default interceptors and one for retries."""
        retries = RetryInterceptor(base_delay_ms=0, max_attempts=1)
        interceptors = [*get_default_interceptors(), retries]
        return _Ready(pipeline.build(interceptors=interceptors), retries)

    async def run(self, ready: _Ready, run: str, setting: Setting) -> Ended:
        """Run the graph on a context of its own."""
        data = {"idempotency_key": setting.key} if setting.key else {}
        ready.retries.max_attempts = setting.attempts
        context = PipelineContext.create(
            event_sink=Sink(setting.sink), topology="tried", input_text=run, data=data
        )
        try:
            results = await ready.graph.run(context)
        except UnifiedPipelineCancelled as end:
            return Ended("cancel", _answers(end.results), end.reason)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            return Ended("fail", {}, f"{type(error).__name__}: {error}")
        return Ended("ok", _answers(results))

    def compose(self, one: Any, other: Any) -> Any:
        """Both in one."""
        return one.compose(other)

    def shape(self, pipeline: Any) -> Mapping[str, tuple[str, ...]]:
        """The stages with their dependencies."""
        return {name: tuple(spec.dependencies) for name, spec in pipeline.stages.items()}

    def kind(self, pipeline: Any) -> str:
        """The name of its class."""
        return type(pipeline).__name__

    def subclassed(self) -> StageflowRuntime:
        """The same, with a class of its own below `Pipeline`."""
        return StageflowRuntime(type("PipelineOfAProject", (self.pipeline,), {}))

    def told(self, type: str, data: Any) -> tuple[str, str, int | None]:
        """`stage.NAME.KIND` as the name and the kind; events of stageflow have no number."""
        section, _, rest = type.partition(".")
        name, _, kind = rest.rpartition(".")
        return (name, kind, None) if section == "stage" and kind in _ENDS else ("", "", None)

    def context(self) -> Context:
        """A bag of its own."""
        return _Bag()


@dataclass(frozen=True)
class _Runner:
    """A part as stageflow calls it; two of the same part are equal, as its `compose` wants."""

    part: Part

    async def __call__(self, context: StageContext) -> StageOutput:
        """Call the part with what its upstreams returned."""
        upstreams = {name: dict(each.data) for name, each in context.inputs.prior_outputs.items()}

        def emit(type: str, data: Any) -> None:
            context.try_emit_event(type=type, data=data)

        run = context.snapshot.input_text or ""
        return _output(await self.part.body(Called(run, upstreams, emit)))


def _output(answer: Answer) -> StageOutput:
    data = dict(answer.data)
    if answer.status == "fail":
        return StageOutput.fail(error=answer.error, data=data)
    if answer.status == "retry":
        return StageOutput.retry(error=answer.error, data=data)
    if answer.status == "skip":
        return StageOutput.skip(reason="it skips", data=data)
    if answer.status == "cancel":
        return StageOutput.cancel(reason="it cancels", data=data)
    return StageOutput.ok(data=data)


def _answers(results: Mapping[str, StageOutput]) -> dict[str, Answer]:
    return {
        name: Answer(output.status.value, dict(output.data), output.error or "")
        for name, output in results.items()
    }
