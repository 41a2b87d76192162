"""The planted mistakes are there, each where the table says, and hide none of the others."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from stageflow.pipeline.dag import UnifiedStageExecutionError

from test_voice_pipeline import Sink, audio, ports
from voice import fakes, mistakes
from voice.pipeline import pipeline, run
from voice.store import Store


class CountingLlm(fakes.Llm):
    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        return await super().complete(*args, **kwargs)


def test_every_mistake_shows_in_one_run() -> None:
    sink, llm = Sink(), CountingLlm()
    results = asyncio.run(run(mistakes.pipeline, audio("hello"), ports(llm_provider=llm), sink))
    assert results.data("transcribe")["confidence"] > 1
    assert "duration_ms" not in sink.data("stage.persist.completed")
    assert sink.of("moderate") == ["started", "completed", "completed"]
    assert sink.data("stage.remember.completed")["sequence"] == 3
    assert isinstance(results.data("speak")["raw"], bytes)
    assert llm.asked == 2


def test_one_mistake_needs_an_unusual_text() -> None:
    with pytest.raises(UnifiedStageExecutionError, match="é"):
        asyncio.run(run(mistakes.pipeline, audio("é"), ports(), Sink()))


def test_both_pipelines_have_the_same_shape() -> None:
    def shape(each: Any) -> Any:
        return [(spec.name, spec.kind, spec.dependencies) for spec in each.stages.values()]

    assert shape(mistakes.pipeline) == shape(pipeline)


class FailingOnceStore(Store):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def history(self, *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError
        return await super().history(*args, **kwargs)


@pytest.mark.parametrize(("made", "asked"), [(pipeline, 2), (mistakes.pipeline, 1)])
def test_one_mistake_needs_a_store_that_fails(made: Any, asked: int) -> None:
    store = FailingOnceStore()
    with suppress(UnifiedStageExecutionError):
        asyncio.run(run(made, audio("hello"), ports(store=store), Sink()))
    assert store.asked == asked
