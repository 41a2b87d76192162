"""The pipeline from end to end, and its events: each run of a stage ends once, in every way."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from stageflow import StageCancellationRequested, StageContext, StageOutput
from stageflow.pipeline.dag import UnifiedPipelineCancelled, UnifiedStageExecutionError
from stageflow.pipeline.results import PipelineResults
from stageflow.stages.context import PipelineContext

from voice import fakes, models, stages
from voice.calls import Patience, WorkError, call
from voice.lifecycle import Observed
from voice.pipeline import DEPENDENCIES, assemble, pipeline, run
from voice.ports import VoicePorts
from voice.store import Store, StoreError

ENDS = ("completed", "failed", "skipped", "cancelled")
SESSION = str(uuid4())


class Sink:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    async def emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        self.try_emit(type=type, data=data)

    def try_emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        self.events.append((type, data or {}))

    def of(self, stage: str) -> list[str]:
        prefix = f"stage.{stage}."
        return [type.removeprefix(prefix) for type, _ in self.events if type.startswith(prefix)]

    def of_pipeline(self) -> list[str]:
        return [type for type, _ in self.events if type.startswith("pipeline.")]

    def data(self, type: str) -> dict[str, Any]:
        return next(data for each, data in self.events if each == type)


class Broken(Sink):
    def try_emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        raise OSError("the disk is full")


class SilentLlm(fakes.Llm):
    async def complete(self, prompt: str, *, history: Sequence[str]) -> Mapping[str, Any]:
        raise ConnectionError("connection refused")


class SlowStore(Store):
    async def history(self, session_id: str, *, limit: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []


class NoSpeech(Store):
    async def save_speech(self, turn_id: str, audio: bytes) -> None:
        raise StoreError("the store refuses")


def audio(text: str) -> dict[str, Any]:
    return {"audio": base64.b64encode(text.encode()).decode(), "session_id": SESSION}


def ports(**other: Any) -> VoicePorts:
    return replace(VoicePorts(fakes.Stt(), fakes.Llm(), fakes.Tts(), Store()), **other)


def ran(text: str, sink: Sink, pipeline: Any = pipeline, **other: Any) -> PipelineResults:
    """What a run gives; it must leave no task behind."""

    async def once() -> PipelineResults:
        try:
            return await run(pipeline, audio(text), ports(**other), sink)
        finally:
            assert len(asyncio.all_tasks()) == 1

    return asyncio.run(once())


def with_stage(name: str, runner: type[Any]) -> Any:
    """The pipeline with another stage under this name."""
    runner = type(runner.__name__, (runner,), {"name": name, "kind": pipeline.stages[name].kind})
    held = {each: Observed(spec.runner.stage) for each, spec in pipeline.stages.items()}
    return assemble(*{**held, name: Observed(runner)}.values())


def check(sink: Sink) -> None:
    """Each stage that started ended once, counted from 1, and said what JSON can say."""
    json.dumps(sink.events, allow_nan=False)
    for stage in DEPENDENCIES:
        told = sink.of(stage)
        if told:
            assert told[0] == "started"
            assert [type in ENDS for type in told] == [False] * (len(told) - 1) + [True]
        data = [data for type, data in sink.events if type.startswith(f"stage.{stage}.")]
        assert [each["sequence"] for each in data] == list(range(1, len(told) + 1))
        assert all(each["pipeline_run_id"] and each["timestamp"] for each in data)


def test_what_is_said_is_answered_spoken_and_kept() -> None:
    store, sink = Store(), Sink()
    results = ran("hello there", sink, store=store)
    assert results.data("transcribe")["text"] == "hello there"
    assert results.data("answer")["text"] == "You said: hello there (turn 1)."
    assert results.data("persist")["spoken"] is True
    assert asyncio.run(store.history(SESSION, limit=5)) == ["hello there"]
    assert ran("again", sink, store=store).data("remember") == {
        "turns": ["hello there"],
        "count": 1,
    }


@pytest.mark.parametrize(
    ("stage", "model"),
    [
        ("transcribe", models.Transcript),
        ("moderate", models.Moderation),
        ("remember", models.Memory),
        ("answer", models.Answer),
        ("speak", models.Speech),
        ("persist", models.Saved),
    ],
)
def test_an_output_has_just_the_fields_of_its_model(stage: str, model: Any) -> None:
    data = ran("hello", Sink()).data(stage)
    assert model.model_validate(data).model_dump(mode="json") == data


def test_every_stage_tells_that_it_completed() -> None:
    sink = Sink()
    ran("hello", sink)
    check(sink)
    assert sink.of("speak") == ["started", "progress", "completed"]
    assert sink.data("stage.persist.completed")["duration_ms"] >= 0
    assert sink.of_pipeline() == ["pipeline.started", "pipeline.completed"]


def test_a_skip_is_told_once_and_the_run_goes_on() -> None:
    sink = Sink()
    results = ran("\n\n\n", sink)
    check(sink)
    assert sink.of("speak") == ["started", "skipped"]
    assert sink.data("stage.speak.skipped")["reason"] == "there is nothing to say"
    assert results.data("persist")["spoken"] is False


def test_a_banned_word_cancels_the_run() -> None:
    sink = Sink()
    with pytest.raises(UnifiedPipelineCancelled):
        ran("a bomb", sink)
    check(sink)
    assert sink.of("moderate") == ["started", "cancelled"]
    assert sink.of("answer") == []
    assert sink.of_pipeline() == ["pipeline.started", "pipeline.cancelled"]


def test_a_provider_that_fails_is_a_declared_failure(caplog: pytest.LogCaptureFixture) -> None:
    sink = Sink()
    with (
        caplog.at_level(logging.WARNING, "voice"),
        pytest.raises(UnifiedStageExecutionError, match="connection refused"),
    ):
        ran("hello", sink, llm_provider=SilentLlm())
    check(sink)
    failed = sink.data("stage.answer.failed")
    assert failed["error_code"] == "PROVIDER_ERROR"
    assert failed["error_message"] == "llm_provider failed: connection refused"
    assert sink.of("speak") == []
    assert sink.of_pipeline() == ["pipeline.started", "pipeline.failed"]
    tries = [each for each in caplog.records if each.name == "voice.calls"]
    assert [each.levelname for each in tries] == ["WARNING", "WARNING"]


class FailsBeforeItsSibling(stages.Moderate):
    async def work(self, ctx: StageContext) -> StageOutput:
        await asyncio.sleep(0.01)
        raise WorkError("PROVIDER_ERROR", "no list of words")


class Raises(stages.Moderate):
    async def work(self, ctx: StageContext) -> StageOutput:
        raise ZeroDivisionError("a mistake")


class Stops(stages.Moderate):
    async def work(self, ctx: StageContext) -> StageOutput:
        raise StageCancellationRequested("enough")


@pytest.mark.parametrize(
    ("moderate", "end", "error"),
    [
        (FailsBeforeItsSibling, "failed", UnifiedStageExecutionError),
        (Raises, "failed", UnifiedStageExecutionError),
        (Stops, "cancelled", UnifiedPipelineCancelled),
    ],
)
def test_a_sibling_of_a_stage_that_ends_the_run_is_stopped(
    moderate: type[Any], end: str, error: type[Exception]
) -> None:
    sink = Sink()
    with pytest.raises(error):
        ran("hello", sink, with_stage("moderate", moderate), store=SlowStore())
    check(sink)
    assert sink.of("moderate") == ["started", end]
    assert sink.of("remember") == ["started", "cancelled"]


def test_a_run_that_is_given_up_stops_its_stages() -> None:
    sink = Sink()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                run(pipeline, audio("hello"), ports(store=SlowStore()), sink), timeout=0.05
            )
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(give_up())
    check(sink)
    assert sink.of("remember") == ["started", "cancelled"]
    assert sink.of_pipeline() == ["pipeline.started", "pipeline.cancelled"]


def test_a_graph_that_was_built_tells_the_same() -> None:
    sink = Sink()

    async def once() -> None:
        context = PipelineContext.create(
            metadata=audio("\n\n\n"),
            ports=ports(),  # type: ignore[arg-type]
            event_sink=sink,
        )
        await pipeline.build().run(context)
        assert context.event_sink is sink

    asyncio.run(once())
    check(sink)
    assert sink.of("speak") == ["started", "skipped"]


@pytest.mark.parametrize("text", ["hello", "\n\n\n"])
def test_a_sink_that_fails_fails_no_run(text: str) -> None:
    assert ran(text, Broken()).ok("persist")


def test_a_speech_that_cant_be_kept_takes_its_turn_back() -> None:
    store = NoSpeech()
    with pytest.raises(UnifiedStageExecutionError, match="the store refuses"):
        ran("hello", Sink(), store=store)
    assert asyncio.run(store.history(SESSION, limit=5)) == []


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"audio": None, "session_id": SESSION},
        {"audio": "", "session_id": SESSION},
        {"audio": "a", "session_id": SESSION},
        {"audio": "\ud800\x00\n\n", "session_id": SESSION},
        {"audio": "AAAA" * 2000, "session_id": SESSION},
        {"audio": "aGVsbG8=", "session_id": "no uuid"},
        {"audio": "aGVsbG8=", "session_id": SESSION, "language": 10**5000},
        {"audio": "aGVsbG8=", "session_id": SESSION, "format": float("nan")},
    ],
)
def test_an_input_that_isnt_audio_is_a_declared_failure(metadata: dict[str, Any]) -> None:
    sink = Sink()
    with pytest.raises(UnifiedStageExecutionError, match="the input is no Audio"):
        asyncio.run(run(pipeline, metadata, ports(), sink))
    check(sink)
    assert sink.data("stage.transcribe.failed")["error_code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("stt_provider", None),
        ("stt_provider", {"text": "a"}),
        ("stt_provider", {"text": "a", "confidence": 2, "duration_ms": 1}),
        ("llm_provider", "text"),
        ("llm_provider", {"text": "\ud800", "model": "m", "tokens": 1}),
        ("tts_provider", b""),
        ("tts_provider", "text"),
        ("store", None),
        ("store", [None]),
    ],
)
def test_a_reply_that_isnt_one_is_a_declared_failure(name: str, reply: object) -> None:
    class Odd:
        def __getattr__(self, method: str) -> Any:
            async def answer(*args: object, **kwargs: object) -> object:
                return reply

            return answer

    with pytest.raises(UnifiedStageExecutionError, match=name):
        ran("hello", Sink(), **{name: Odd()})


def test_a_call_has_a_deadline_and_so_many_tries() -> None:
    tried: list[int] = []

    async def hang() -> None:
        tried.append(1)
        await asyncio.sleep(60)

    with pytest.raises(WorkError, match=r"it timed out after 0\.01 s") as failure:
        asyncio.run(call("it", hang, Patience(0.01, 3)))
    assert (failure.value.code, len(tried)) == ("TIMEOUT", 3)


def test_a_store_that_is_closed_refuses_until_it_is_opened() -> None:
    with Store() as store:
        asyncio.run(store.save_turn("a", SESSION, "heard\x00", "answered"))
        asyncio.run(store.save_turn("a", SESSION, "heard\x00", "answered"))
        assert asyncio.run(store.history(SESSION, limit=5)) == ["heard\x00"]
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(store.history(SESSION, limit=5))
    store.open()
    assert asyncio.run(store.history(SESSION, limit=5)) == []


def test_a_store_in_a_file_keeps_what_it_has(tmp_path: Any) -> None:
    path = str(tmp_path / "voice.db")
    with Store(path) as store:
        asyncio.run(store.save_turn("a", SESSION, "heard", "answered"))
    with Store(path) as store:
        assert asyncio.run(store.history(SESSION, limit=5)) == ["heard"]
        asyncio.run(store.forget(SESSION))
        assert asyncio.run(store.history(SESSION, limit=5)) == []
