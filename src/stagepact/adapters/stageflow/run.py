"""A run of a pipeline, in which every stage's end is seen; what a runtime has to say for it."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from stagepact.adapters.stageflow.contexts import Sink, stage_context
from stagepact.adapters.stageflow.library import (
    PipelineContext,
    StageCancellationRequested,
    StageOutput,
    UnifiedStageExecutionError,
)
from stagepact.adapters.stageflow.outputs import output_of
from stagepact.subject import Given, Output, Part, Probe

Runner = Callable[[Any], Awaitable[Any]]


class Spec(Protocol):
    """What all of stageflow's specs of a stage have."""

    name: str
    runner: Any
    dependencies: tuple[str, ...]
    conditional: bool


@dataclass(frozen=True, slots=True)
class Runtime:
    """How one of stageflow's ways to run stages is used, without changing what it does.

    `ends` are the exceptions that it takes for a cancelled end, `call` is how it gets from a
    runner to a call.
    """

    name: str
    path: str
    specs: Callable[[Any], Mapping[str, Spec]]
    with_runners: Callable[[Any, Mapping[str, Runner]], Any]
    call: Callable[[Spec], Runner]
    run: Callable[[Any, PipelineContext, Run], Awaitable[Output]]
    output: Callable[[str, Any], Output] = output_of
    context: Callable[[Given, Probe, Sink, str, Sequence[str]], Any] = stage_context
    ends: tuple[type[Exception], ...] = (StageCancellationRequested,)


@dataclass(slots=True)
class Run:
    """One run of a pipeline: the parts that its stages have shown so far."""

    probe: Probe
    given: Given
    runtime: Runtime
    specs: Mapping[str, Spec]
    parts: dict[str, Part] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def emit(self, type: str, data: Any) -> None:
        """Tell of an event; the one for a conditional skip is all that is seen of that stage."""
        self.probe.emit(type, data)
        stage = type.removeprefix("stage.").removesuffix(".skipped")
        if type != f"stage.{stage}.skipped" or stage not in self.specs or stage in self.begun:
            return
        if self.specs[stage].conditional and isinstance(data, dict):
            self._unrun(stage, Output("skip", {"reason": data.get("reason")}))

    def watched(self, spec: Spec) -> Runner:
        """The stage's runner, every end of which is told; to the runtime it is the same."""
        call = self.runtime.call(spec)

        async def runner(context: Any) -> Any:
            self.begun.add(spec.name)
            given = self._given(context)
            started = self.probe.now()
            try:
                raw = await call(context)
            except BaseException as error:
                self._ended(spec.name, self._raised(error, given, started))
                raise
            self._ended(spec.name, self._returned(spec.name, raw, given, started))
            return raw

        return runner

    def complete(self, results: Mapping[str, StageOutput]) -> None:
        """Add the stages that ended without their runner: skipped, or cancelled before it."""
        for name, result in results.items():
            if name not in self.parts:
                self._unrun(name, output_of(name, result))

    def blame(self, error: UnifiedStageExecutionError) -> None:
        """Say of a stage that the runtime stopped for its time that it failed, as the runtime does.

        Its runner has seen only a cancellation, like the siblings of a stage that failed.
        """
        part = self.parts.get(error.stage)
        if part is not None and isinstance(part.error, CancelledError):
            failed = output_of(error.stage, StageOutput.fail(error=str(error.original)))
            self._ended(error.stage, replace(part, output=failed, error=None))

    def _ended(self, name: str, part: Part) -> None:
        self.parts[name] = part
        self.probe.part(name, part)

    def _raised(self, error: BaseException, given: Given, started: float) -> Part:
        duration = self.probe.now() - started
        if isinstance(error, self.runtime.ends):
            cancelled = output_of("", StageOutput.cancel(reason=str(error)))
            return Part(cancelled, None, given, started, duration)
        return Part(None, error, given, started, duration)

    def _returned(self, name: str, raw: Any, given: Given, started: float) -> Part:
        duration = self.probe.now() - started
        try:
            return Part(self.runtime.output(name, raw), None, given, started, duration)
        except TypeError as error:
            return Part(None, error, given, started, duration)

    def _unrun(self, name: str, output: Output) -> None:
        upstream = {
            each: self.parts[each].output
            for each in self.specs[name].dependencies
            if each in self.parts
        }
        data = {each: output.data for each, output in upstream.items() if output is not None}
        given = replace(self.given, inputs=data)
        self._ended(name, Part(output, None, given, self.probe.now(), 0.0))

    def _given(self, context: Any) -> Given:
        """What the stage was given: the pipeline's input, and its upstreams' outputs."""
        inputs = getattr(context, "inputs", None)
        prior = inputs.prior_outputs if inputs is not None else {}
        return replace(self.given, inputs={name: prior[name].data for name in prior})
