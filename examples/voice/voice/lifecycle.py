"""Lifecycle events of stages and of the pipeline, which stageflow 1.2.0 doesn't emit itself.

Each run of a stage tells `stage.{name}.started`, any number of `progress`, and then exactly one of
`completed`, `failed`, `skipped`, `cancelled`; a pipeline tells the same of itself, without progress
and skips. `sequence` counts the events of one run of a stage from 1.

The runtime does emit one of them: `skipped`, when a stage returns a skip. So `Observed` leaves it
to the runtime and `_Sink` adds what the others have (`timestamp`, `sequence`). The events are owed
by a run of the pipeline; a stage that is called alone and skips tells no end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Coroutine
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from stageflow import (
    EventSink,
    Pipeline,
    StageCancellationRequested,
    StageContext,
    StageKind,
    StageOutput,
    StageReturn,
    StageStatus,
    UnifiedStageGraph,
)
from stageflow.pipeline.dag import UnifiedPipelineCancelled
from stageflow.pipeline.results import PipelineResults
from stageflow.stages.context import PipelineContext

logger = logging.getLogger("voice.lifecycle")


class Narrator:
    """Tells the events of one run of one stage, in order."""

    def __init__(self, ctx: StageContext) -> None:
        self._ctx = ctx
        self._began = time.monotonic()
        self._told = 0

    def started(self) -> None:
        """Tell that the stage begins."""
        self._tell("started")

    def progress(self, **data: Any) -> None:
        """Tell how far it is."""
        self._tell("progress", **data)

    def completed(self) -> None:
        """Tell that it did its work."""
        self._tell("completed", duration_ms=self.duration_ms())

    def failed(self, code: str, message: str) -> None:
        """Tell that it didn't, and why."""
        what = {"error_code": code, "error_message": message}
        self._tell("failed", **what, duration_ms=self.duration_ms())

    def cancelled(self, reason: str) -> None:
        """Tell that it was stopped, or stops the run, without an error."""
        self._tell("cancelled", reason=reason)

    def duration_ms(self) -> float:
        """How long the run has taken so far."""
        return _since(self._began)

    def next(self) -> int:
        """The number of the event that is told now."""
        self._told += 1
        return self._told

    def _tell(self, type: str, **data: Any) -> None:
        name = self._ctx.stage_name
        common = {"stage": name, "timestamp": _now(), "sequence": self.next()}
        self._ctx.try_emit_event(f"stage.{name}.{type}", {**common, **data})


_narrator: ContextVar[Narrator | None] = ContextVar("voice.lifecycle", default=None)


def progress(ctx: StageContext, **data: Any) -> None:
    """Tell how far the running stage is; nothing is told of a stage that isn't observed."""
    narrator = _narrator.get()
    if narrator is not None:
        narrator.progress(**data)


class Observed:
    """A stage that tells its lifecycle events, whichever way it ends. Made anew for each run.

    To stageflow it is a stage, with the name and the kind of the one that it holds.
    """

    def __init__(self, stage: type[Any], narrator: type[Narrator] = Narrator) -> None:
        self.stage = stage
        self.narrator = narrator
        self.name = str(stage.name)
        self.kind = StageKind(stage.kind)

    async def execute(self, ctx: StageContext) -> StageReturn:
        """Run the stage; what it returns is returned, what it raises is raised."""
        narrator = self.narrator(ctx)
        narrator.started()
        before = _narrator.set(narrator)
        try:
            output: StageReturn = await self.stage().execute(ctx)
        except StageCancellationRequested as request:
            narrator.cancelled(request.reason)
            raise
        except asyncio.CancelledError:
            narrator.cancelled("the run was stopped")
            raise
        except BaseException as error:
            narrator.failed(type(error).__name__, str(error))
            raise
        finally:
            _narrator.reset(before)
        _tell_end(narrator, output)
        return output


def _tell_end(narrator: Narrator, output: StageReturn) -> None:
    if not isinstance(output, StageOutput) or output.status is StageStatus.OK:
        narrator.completed()
    elif output.status is StageStatus.CANCEL:
        narrator.cancelled(str(output.data.get("cancel_reason", "")))
    elif output.status is not StageStatus.SKIP:  # that is told by the runtime
        code = str(output.data.get("error_code", output.status.value.upper()))
        narrator.failed(code, output.error or "")


class ObservedPipeline(Pipeline):
    """A pipeline whose runs tell their lifecycle events and leave no stage running."""

    def build(self, **options: Any) -> UnifiedStageGraph:  # type: ignore[override]
        """The graph that stageflow would build, observed. A graph is for one run at a time."""
        plain = cast(UnifiedStageGraph, super().build(**options))
        return ObservedGraph(specs=plain.stage_specs, pipeline_name=self.name, **options)


class ObservedGraph(UnifiedStageGraph):
    """A graph that tells its own events, and stops what is still running when it ends.

    stageflow 1.2.0 stops the siblings of a stage that raises, but not those of a stage that
    returns a failure, and none at all when the run itself is cancelled.
    """

    _nodes: set[Coroutine[Any, Any, Any]]

    async def run(self, ctx: StageContext | PipelineContext) -> PipelineResults:
        """Run the graph; a run without an id gets one."""
        if not isinstance(ctx, PipelineContext):
            return await super().run(ctx)
        if ctx.pipeline_run_id is None:
            ctx.pipeline_run_id = uuid4()
        self._nodes = set()
        sink, ctx.event_sink = ctx.event_sink, _Sink(ctx.event_sink)
        story = _Story(ctx, self._pipeline_name or "pipeline")
        try:
            return await story.of(self._run_and_stop(ctx))
        finally:
            ctx.event_sink = sink

    async def _run_and_stop(self, ctx: PipelineContext) -> PipelineResults:
        try:
            return await super().run(ctx)
        finally:
            running = [task for task in asyncio.all_tasks() if task.get_coro() in self._nodes]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _execute_node(self, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        node = super()._execute_node(*args, **kwargs)
        self._nodes.add(node)
        return node


class _Story:
    """The events of one run of a pipeline."""

    def __init__(self, ctx: PipelineContext, pipeline: str) -> None:
        self._ctx = ctx
        self._pipeline = pipeline
        self._began = time.monotonic()
        self._told = 0

    async def of(self, run: Coroutine[Any, Any, PipelineResults]) -> PipelineResults:
        """Tell the run's events; what it returns is returned, what it raises is raised."""
        self._tell("started")
        try:
            results = await run
        except UnifiedPipelineCancelled as end:
            self._tell("cancelled", reason=end.reason)
            raise
        except asyncio.CancelledError:
            self._tell("cancelled", reason="the run was stopped")
            raise
        except BaseException as error:
            self._failed(error)
            raise
        self._tell("completed", duration_ms=_since(self._began))
        return results

    def _failed(self, error: BaseException) -> None:
        what = {"error_code": type(error).__name__, "error_message": str(error)}
        self._tell("failed", **what, duration_ms=_since(self._began))

    def _tell(self, type: str, **data: Any) -> None:
        self._told += 1
        run_id = str(self._ctx.pipeline_run_id)
        common = {"pipeline": self._pipeline, "pipeline_run_id": run_id}
        stamped = {**common, "timestamp": _now(), "sequence": self._told, **data}
        self._ctx.event_sink.try_emit(type=f"pipeline.{type}", data=stamped)


class _Sink:
    """A sink that completes what the runtime tells of a stage, and fails nobody's run."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._told: Counter[str] = Counter()

    async def emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        """Pass an event on."""
        try:
            await self._sink.emit(type=type, data=self._completed(type, data))
        except Exception:
            logger.exception("event %s is lost", type)

    def try_emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        """Pass an event on."""
        try:
            self._sink.try_emit(type=type, data=self._completed(type, data))
        except Exception:
            logger.exception("event %s is lost", type)

    def _completed(self, type: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
        stage, _, end = type.rpartition(".")
        self._told[stage] += 1
        if data is None or end != "skipped":
            return data
        return {"timestamp": _now(), "sequence": self._told[stage], **data}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
