"""Hypothesis strategies for properties of your own, over stages, pipelines, events and contexts.

They are what the laws of pipelines are tried with; `docs/guides/laws.md` has an example of each.
"""

from stagepact.cases.graphs import (
    Pipeline,
    context_bags,
    context_keys,
    context_values,
    dependencies,
    event_sequences,
    events,
    pipeline_pairs,
    pipelines,
    stage_names,
    stage_specs,
)
from stagepact.subject import Event
from stagepact.subject.protocols.runtimes import StageSpec

__all__ = [
    "Event",
    "Pipeline",
    "StageSpec",
    "context_bags",
    "context_keys",
    "context_values",
    "dependencies",
    "event_sequences",
    "events",
    "pipeline_pairs",
    "pipelines",
    "stage_names",
    "stage_specs",
]
