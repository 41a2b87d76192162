"""An event loop whose time jumps: over timers at once, never over what is really under way."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable

import anyio.to_thread
import pytest

from stagepact.observation import Limits, Observer
from stagepact.observation.jumping import JumpingLoop
from stagepact.subject import Case, Output, Probe, SubjectId

HOUR = 3600.0


def run(work: Callable[[], Awaitable[object]]) -> tuple[object, float]:
    """What comes back, and the seconds that were left out."""
    loop = JumpingLoop()
    try:
        return loop.run_until_complete(work()), loop.jumped  # type: ignore[arg-type]
    finally:
        loop.close()


def test_nobody_waits_for_a_sleep() -> None:
    _, jumped = run(lambda: asyncio.sleep(HOUR))
    assert jumped == pytest.approx(HOUR, rel=0.01)


def test_timers_come_in_their_order() -> None:
    seen: list[str] = []

    async def later(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append(name)

    async def work() -> None:
        await asyncio.gather(later("c", 3 * HOUR), later("a", HOUR), later("b", 2 * HOUR))

    run(work)
    assert seen == ["a", "b", "c"]


def test_a_time_out_strikes_what_never_ends() -> None:
    async def work() -> None:
        await asyncio.wait_for(asyncio.get_running_loop().create_future(), HOUR)

    with pytest.raises(TimeoutError):
        run(work)


def test_a_thread_is_waited_for_and_its_time_out_does_not_strike_at_once() -> None:
    go = threading.Event()

    async def work() -> str:
        async def released() -> None:
            go.set()

        release = asyncio.ensure_future(released())
        await asyncio.wait_for(asyncio.to_thread(go.wait), HOUR)
        await release
        return "ended"

    found, jumped = run(work)
    assert found == "ended"
    assert jumped < HOUR


def test_a_thread_that_the_loop_was_not_told_of_is_waited_for() -> None:
    """Worker threads of libraries wake the loop by themselves."""

    async def work() -> str:
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def busy() -> None:
            time.sleep(0.1)
            loop.call_soon_threadsafe(done.set_result, "ended")

        threading.Thread(target=busy, daemon=True).start()
        return str(await asyncio.wait_for(done, HOUR))

    found, jumped = run(work)
    assert found == "ended"
    assert jumped < HOUR


def test_what_the_loop_was_told_of_is_waited_for_though_it_seems_to_rest() -> None:
    """A worker that waits for a thread of the subject's, which waits itself."""
    go = threading.Event()

    async def work() -> bool:
        threading.Timer(0.05, go.set).start()
        return await asyncio.wait_for(asyncio.to_thread(go.wait), HOUR)

    found, jumped = run(work)
    assert found is True
    assert jumped < HOUR


def test_threads_of_anyio_are_waited_for_and_at_rest_they_are_not() -> None:
    async def work() -> None:
        for _ in range(2):
            await asyncio.wait_for(anyio.to_thread.run_sync(time.sleep, 0.05), HOUR)
        before = asyncio.get_running_loop().time()
        await asyncio.sleep(HOUR)
        assert asyncio.get_running_loop().time() - before >= HOUR

    _, jumped = run(work)
    assert jumped == pytest.approx(HOUR, rel=0.01)


def test_a_thread_that_waits_for_an_event_is_at_rest() -> None:
    stop = threading.Event()
    resting = threading.Thread(target=stop.wait, daemon=True)

    async def work() -> None:
        resting.start()
        await asyncio.sleep(HOUR)

    _, jumped = run(work)
    stop.set()
    assert jumped == pytest.approx(HOUR, rel=0.01)


def test_a_thread_that_was_at_work_before_is_a_stranger() -> None:
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            time.sleep(0.01)

    stranger = threading.Thread(target=watch, daemon=True)
    stranger.start()
    _, jumped = run(lambda: asyncio.sleep(HOUR))
    stop.set()
    assert jumped == pytest.approx(HOUR, rel=0.01)


def test_after_the_thread_time_jumps_again() -> None:
    async def work() -> None:
        await asyncio.to_thread(lambda: None)
        await asyncio.sleep(HOUR)

    _, jumped = run(work)
    assert jumped == pytest.approx(HOUR, rel=0.01)


def test_a_socket_is_waited_for() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def work() -> bytes:
        loop = asyncio.get_running_loop()
        threading.Timer(0.05, theirs.sendall, [b"x"]).start()
        return await asyncio.wait_for(loop.sock_recv(ours, 1), HOUR)

    with ours, theirs:
        found, jumped = run(work)
    assert found == b"x"
    assert jumped < HOUR


def test_the_clock_of_the_loop_tells_the_time_that_was_left_out() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(HOUR)
        return loop.time() - before

    passed, _ = run(work)
    assert passed == pytest.approx(HOUR, rel=0.01)


class Sleeper:
    """Logs, emits and sleeps for an hour, twice."""

    id = SubjectId("sleeper", "a:sleeper", "stage")
    event_name = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        for _ in range(2):
            await asyncio.sleep(HOUR)
            probe.emit("slept", None)
        return Output()

    async def close(self) -> None:
        """Nothing to close."""


def test_durations_and_events_tell_the_seconds_that_were_jumped() -> None:
    began = time.perf_counter()
    with Observer(Limits(jumps=3 * HOUR)) as observer:
        seen = observer.observe(Sleeper(), Case("a"))
    assert seen.duration == pytest.approx(2 * HOUR, rel=0.01)
    assert [each.at for each in seen.events] == pytest.approx([HOUR, 2 * HOUR], rel=0.01)
    assert time.perf_counter() - began < HOUR


def test_a_run_that_takes_longer_than_it_may_by_that_clock_hangs() -> None:
    with Observer(Limits(jumps=1.5 * HOUR)) as observer:
        seen = observer.observe(Sleeper(), Case("a"))
    assert str(seen.end) == "hung"
    assert len(seen.events) == 1
