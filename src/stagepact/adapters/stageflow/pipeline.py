"""A pipeline as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagepact.adapters.stageflow.contexts import Sink, default_sink, pipeline_context
from stagepact.adapters.stageflow.run import Run
from stagepact.adapters.stageflow.runtimes import runtime_of
from stagepact.subject import Case, Output, Probe, SubjectId, Unfit

PIPELINE_EVENT = "pipeline.{type}"


@dataclass(frozen=True, slots=True)
class PipelineSubject:
    """A pipeline that is run as a whole, a copy of it for each run, by stageflow's own runtime."""

    pipeline: Any
    id: SubjectId
    event_name: str = PIPELINE_EVENT

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run the pipeline once and tell the probe of every stage's end.

        Stages that never ran have no part. What a failed run raises is raised.

        Raises:
            Unfit: the case gives what only a single stage can be given, or no context's field.
        """
        given = case.given
        if given.inputs or given.config:
            raise Unfit(
                "a pipeline takes input, ports and context; inputs and config are a stage's"
            )
        runtime = runtime_of(self.pipeline)
        specs = runtime.specs(self.pipeline)
        run = Run(probe, given, runtime, specs)
        sink = Sink(run.emit)
        context = pipeline_context(given, probe, sink, self.id.name)
        runners = {name: run.watched(spec) for name, spec in specs.items()}
        with default_sink(sink):
            return await runtime.run(runtime.with_runners(self.pipeline, runners), context, run)

    async def close(self) -> None:
        """Do nothing: a pipeline holds nothing open between runs."""
