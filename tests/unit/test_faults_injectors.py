"""Ready-made faults of ports, tried on stageflow's own mock providers, and targets by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from stageflow.helpers.mocks import MockLLMProvider, MockSTTProvider, MockTTSProvider

from stagepact.faults import (
    DbFaultInjector,
    FaultTargetError,
    FaultType,
    HTTPFault,
    LlmFaultInjector,
    SttFaultInjector,
    TtsFaultInjector,
    VirtualClock,
    inject_fault,
    register_target,
)

llm = MockLLMProvider(responses=["hello out there"], latency_ms=0)
stt = MockSTTProvider(latency_ms=0)
tts = MockTTSProvider(latency_ms=0)


class Db:
    def __init__(self) -> None:
        self.written: list[str] = []

    def execute(self, statement: str) -> list[str]:
        self.written.append(statement)
        return ["row"]


db = Db()


def complete() -> Any:
    return asyncio.run(llm.complete("hi"))


def streamed() -> str:
    async def run() -> str:
        return "".join([each async for each in llm.stream("hi")])

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("block", "ask", "error"),
    [
        (LlmFaultInjector(llm).rate_limited(retry_after=3), complete, HTTPFault),
        (LlmFaultInjector(llm).forbidden(), complete, HTTPFault),
        (LlmFaultInjector(llm).unavailable(), streamed, HTTPFault),
        (LlmFaultInjector(llm).timeout(), complete, TimeoutError),
        (LlmFaultInjector(llm, "stream").connection_lost(), streamed, ConnectionAbortedError),
        (DbFaultInjector(db).pool_exhausted(), lambda: db.execute("x"), TimeoutError),
        (DbFaultInjector(db).connection_refused(), lambda: db.execute("x"), ConnectionRefusedError),
        (DbFaultInjector(db).disk_full(), lambda: db.execute("x"), OSError),
        (DbFaultInjector(db).error(KeyError("gone")), lambda: db.execute("x"), KeyError),
    ],
)  # fmt: skip
def test_a_port_raises(block: Any, ask: Callable[[], Any], error: type[Exception]) -> None:
    with block as injected, pytest.raises(error):
        ask()
    assert len(injected.fired) == 1
    ask()


def test_an_answer_is_empty_and_keeps_its_metadata() -> None:
    with LlmFaultInjector(llm).empty_answer() as injected:
        answer = complete()
    assert (answer.content, answer.model, answer.finish_reason) == ("", "mock-model", "stop")
    assert [str(each) for each in injected.fired] == ["empty at call 1 of MockLLMProvider.complete"]
    assert complete().content


def test_an_answer_breaks_off() -> None:
    whole = complete().content
    with LlmFaultInjector(llm).truncated_answer():
        assert complete().content == whole[: len(whole) // 2]
        assert whole.startswith(streamed())
        assert streamed() != whole


def test_a_transcript_is_empty() -> None:
    with SttFaultInjector(stt).empty_transcript() as injected:
        heard = asyncio.run(stt.transcribe(b"audio"))
    assert (heard.text, heard.language) == ("", "en")
    assert len(injected.fired) == 1


def test_a_transcript_of_a_mapping_is_empty_too() -> None:
    class Stt:
        def transcribe(self) -> dict[str, str]:
            return {"text": "hello", "language": "en"}

    port = Stt()
    with SttFaultInjector(port).empty_transcript():
        assert port.transcribe() == {"text": "", "language": "en"}


def test_audio_is_invalid() -> None:
    whole = asyncio.run(tts.synthesize("hello"))
    with TtsFaultInjector(tts).invalid_audio() as injected:
        broken = asyncio.run(tts.synthesize("hello"))
        chunks = asyncio.run(chunked())
    assert broken.endswith(b"\xff\x00{")
    assert broken != whole
    assert all(each.data.endswith(b"\xff\x00{") and each.format == "pcm_16" for each in chunks)
    assert {each.method for each in injected.fired} == {"synthesize", "stream"}


async def chunked() -> list[Any]:
    return [each async for each in tts.stream("hello")]


def test_a_connection_comes_back() -> None:
    with DbFaultInjector(db).connection_lost_and_back():
        with pytest.raises(ConnectionAbortedError):
            db.execute("x")
        assert db.execute("x") == ["row"]


# -- names -----------------------------------------------------------------------------------------


@pytest.fixture
def named() -> Iterator[None]:
    forget = [register_target("llm", llm), register_target("db", f"{__name__}:db.execute")]
    yield
    for each in forget:
        each()


@pytest.mark.usefixtures("named")
def test_a_target_is_found_by_its_name() -> None:
    clock = VirtualClock()
    with (
        inject_fault("llm", FaultType.TIMEOUT, duration_ms=5000, clock=clock) as injected,
        pytest.raises(TimeoutError),
    ):
        complete()
    assert clock.now == 5
    assert str(injected.fired[0]) == "timeout at call 1 of llm.complete"
    with inject_fault("db", "error", message="gone"), pytest.raises(Exception, match="gone"):
        db.execute("x")


@pytest.mark.usefixtures("named")
def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(FaultTargetError, match="did you mean `llm`"), inject_fault("lmm", "error"):
        pass


def test_a_name_that_is_forgotten_is_unknown() -> None:
    register_target("gone", db)()
    with pytest.raises(FaultTargetError, match="register_target"), inject_fault("gone", "error"):
        pass


@pytest.mark.parametrize("name", ["", "a:b", "clock"])
def test_a_name_that_would_be_read_as_a_place_is_refused(name: str) -> None:
    with pytest.raises(FaultTargetError, match="can't be a target's name"):
        register_target(name, db)


def test_awaiting_is_what_asynchronous_ports_still_want() -> None:
    with LlmFaultInjector(llm).null():
        later: Awaitable[Any] = llm.complete("hi")
        assert asyncio.iscoroutine(later)
        assert asyncio.run(later) is None
