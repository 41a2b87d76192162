"""Hypothesis strategies for properties of your own: stages, pipelines, events, contexts, pacts.

They are what the laws of pipelines are tried with, of which `docs/guides/laws.md` has examples, and
what pacts permit: `docs/pact.md`.
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
from stagepact.pact.fuzzing.files import pact_messages, pact_responses
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
    "pact_messages",
    "pact_responses",
    "pipeline_pairs",
    "pipelines",
    "stage_names",
    "stage_specs",
]
