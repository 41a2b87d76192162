"""The pipeline of stageflow-core's README ("Quick Start"), and one whose second stage fails.

`pipeline` and `failing` run by `Pipeline.run`; `deprecated` holds the same stages in the
deprecated `StageGraph`, whose runs do tell some of the events that the README promises.
"""

from __future__ import annotations

import warnings

from stageflow.api import Pipeline, StageContext, StageKind, stage, stage_metadata
from stageflow.pipeline.dag import StageGraph, StageSpec


@stage_metadata(name="greet", kind=StageKind.TRANSFORM)
class GreetStage:
    """Greets whoever is named by the input."""

    async def execute(self, ctx: StageContext) -> dict[str, str]:
        """Give a greeting."""
        name = ctx.snapshot.input_text or "World"
        return {"greeting": f"Hello, {name}!"}


@stage_metadata(name="shout", kind=StageKind.TRANSFORM)
class ShoutStage:
    """Says it louder."""

    async def execute(self, ctx: StageContext) -> dict[str, str]:
        """Give the greeting in capitals."""
        greeting = ctx.inputs.get_from("greet", "greeting", default="Hello!")
        return {"shouted": greeting.upper()}


@stage_metadata(name="stumble", kind=StageKind.WORK)
class StumbleStage:
    """Always fails, so that the events of a failure can be seen."""

    async def execute(self, ctx: StageContext) -> dict[str, str]:
        """Raise."""
        raise RuntimeError("stumbled")


pipeline = Pipeline.from_stages(
    stage("greet", GreetStage),
    stage("shout", ShoutStage, after="greet"),
    name="readme",
)

failing = Pipeline.from_stages(stage("stumble", StumbleStage), name="failing")


async def hum(ctx: object) -> dict[str, str]:
    """A stage as a bare function."""
    return {"hummed": "mm"}


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    deprecated = StageGraph([StageSpec(name="hum", runner=hum)])
