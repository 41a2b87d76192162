"""stageflow's stages and pipelines as subjects; the one place that imports stageflow.

The law of this folder: only a runner is wrapped. It alone is met by every end of a stage: its
interceptors and hooks miss conditional skips and cancelled siblings, and passing `interceptors=`
would replace the runtime's own. What never reaches a runner (a conditional skip) is taken from
the event that the runtime emits for it, and from the results.
"""

from stagepact.adapters.stageflow.finding import found
from stagepact.adapters.stageflow.pipeline import PipelineSubject
from stagepact.adapters.stageflow.recognised import is_factory, is_pipeline, recognises
from stagepact.adapters.stageflow.stage import StageSubject

__all__ = [
    "PipelineSubject",
    "StageSubject",
    "found",
    "is_factory",
    "is_pipeline",
    "recognises",
]
