"""The pipeline: what is heard is transcribed, checked, answered, spoken and kept.

transcribe → moderate ─┐
         └→ remember ──┴→ answer → speak → persist
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stageflow import EventSink, Pipeline, stage
from stageflow.pipeline.results import PipelineResults
from stageflow.stages.context import PipelineContext

from voice.lifecycle import Observed, ObservedPipeline
from voice.ports import VoicePorts
from voice.stages import Moderate, Persist, Remember, Respond, Speak, Transcribe

# What each stage waits for. A stage can read only from those.
DEPENDENCIES: Mapping[str, tuple[str, ...]] = {
    "transcribe": (),
    "moderate": ("transcribe",),
    "remember": ("transcribe",),
    "answer": ("transcribe", "moderate", "remember"),
    "speak": ("answer",),
    "persist": ("transcribe", "answer", "speak"),
}


def assemble(*stages: Observed) -> Pipeline:
    """The pipeline of these stages, one for each name in `DEPENDENCIES`."""
    specs = [stage(each.name, each, each.kind, DEPENDENCIES[each.name]) for each in stages]
    # Not `from_stages`: stageflow 1.2.0's builder forgets the subclass.
    return ObservedPipeline(name="voice", stages={each.name: each for each in specs})


def build() -> Pipeline:
    """The pipeline as it is meant."""
    right = (Transcribe, Moderate, Remember, Respond, Speak, Persist)
    return assemble(*(Observed(each) for each in right))


pipeline = build()


async def run(
    pipeline: Pipeline,
    audio: Mapping[str, Any],
    ports: VoicePorts,
    sink: EventSink | None = None,
    run_id: UUID | None = None,
) -> PipelineResults:
    """Run a pipeline once on what was heard; `audio` has the fields of `voice.models.Audio`.

    Raises:
        UnifiedStageExecutionError: a stage failed.
        UnifiedPipelineCancelled: a stage stopped the run, which is no error.
    """
    context = PipelineContext.create(
        pipeline_run_id=run_id,
        topology=pipeline.name,
        metadata=dict(audio),
        ports=ports,  # type: ignore[arg-type]  # stageflow names its own three; any object works
        event_sink=sink,
    )
    return await pipeline.run(context)
