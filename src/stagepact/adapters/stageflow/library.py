"""stageflow itself: only here it is imported, once it is sure to be the one that is meant."""

from __future__ import annotations

from stagepact.subject.distribution import required_version

DISTRIBUTION = "stageflow-core"
VERSION = required_version(DISTRIBUTION, package="stageflow", extra="stageflow")

# Only now: another distribution's `stageflow` is refused before any of its code runs.
from stageflow.context.bag import ContextBag
from stageflow.core import (
    PipelineTimer,
    StageCancellationRequested,
    StageContext,
    StageKind,
    StageOutput,
)
from stageflow.events import get_event_sink, set_event_sink
from stageflow.pipeline.builder import PipelineBuilder
from stageflow.pipeline.dag import (
    StageGraph,
    UnifiedPipelineCancelled,
    UnifiedStageExecutionError,
    UnifiedStageGraph,
)
from stageflow.pipeline.interceptors import get_default_interceptors
from stageflow.pipeline.pipeline import Pipeline
from stageflow.pipeline.retry import RetryInterceptor
from stageflow.pipeline.validation import topologically_sorted_stage_names
from stageflow.stages.context import PipelineContext
from stageflow.stages.inputs import create_stage_inputs
from stageflow.stages.ports import AudioPorts, CorePorts, LLMPorts
from stageflow.stages.result import StageResult

__all__ = [
    "DISTRIBUTION",
    "VERSION",
    "AudioPorts",
    "ContextBag",
    "CorePorts",
    "LLMPorts",
    "Pipeline",
    "PipelineBuilder",
    "PipelineContext",
    "PipelineTimer",
    "RetryInterceptor",
    "StageCancellationRequested",
    "StageContext",
    "StageGraph",
    "StageKind",
    "StageOutput",
    "StageResult",
    "UnifiedPipelineCancelled",
    "UnifiedStageExecutionError",
    "UnifiedStageGraph",
    "create_stage_inputs",
    "get_default_interceptors",
    "get_event_sink",
    "set_event_sink",
    "topologically_sorted_stage_names",
]
