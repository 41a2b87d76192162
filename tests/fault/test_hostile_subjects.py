"""Whatever a subject does is an observation, and the next run is unaffected."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from subjects import Fake

from stagepact.observation import End, Limits, Observation, Observer
from stagepact.subject import Case, Given, Probe

pytestmark = pytest.mark.fault

LIMITS = Limits(seconds=0.3, events=1_000, log_level=1)


@pytest.fixture
def observer() -> Iterator[Observer]:
    with Observer(LIMITS) as made:
        yield made


def run(observer: Observer, does: Callable[..., Any], value: Any = None) -> Observation:
    return observer.observe(Fake(does), Case("a case", Given(input=value)))


def well_behaved(value: Any, probe: Probe) -> int:
    print("hello")
    logging.getLogger("mine").info("working")
    probe.emit("done", {"n": value})
    return int(value) + 1


async def well_behaved_later(value: Any, probe: Probe) -> int:
    await asyncio.sleep(0.001)
    return well_behaved(value, probe)


def unaffected(observer: Observer) -> bool:
    """Whether a plain run shows all that it should, and nothing more."""
    for does in (well_behaved, well_behaved_later):
        seen = run(observer, does, 1)
        assert (seen.end, seen.error) == (End.RETURNED, None)
        assert seen.output is not None
        assert seen.output.data == 2
        assert [(e.type, e.data) for e in seen.events] == [("done", {"n": 1})]
        assert [log.message for log in seen.logs] == ["working"]
        assert seen.printed == "hello\n"
        assert seen.leaks.tasks == seen.leaks.threads == ()
    return True


# -- hanging -----------------------------------------------------------------------------------


def busy(value: Any) -> None:
    while True:
        pass


def asleep(value: Any) -> None:
    time.sleep(60)


async def asleep_later(value: Any) -> None:
    await asyncio.sleep(60)


async def never_set(value: Any) -> None:
    await asyncio.Event().wait()


async def swallows_one_cancellation(value: Any) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(60)
    await asyncio.sleep(60)


async def swallows_every_cancellation(value: Any) -> None:
    for _ in range(1_000):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


def swallows_the_first_exception(value: Any) -> None:
    with contextlib.suppress(BaseException):
        time.sleep(60)
    time.sleep(60)


async def busy_without_a_break(value: Any) -> None:
    while True:
        await asyncio.sleep(0)


def waits_for_a_thread(value: Any) -> None:
    threading.Event().wait(60)


HANGING = [
    busy,
    asleep,
    asleep_later,
    never_set,
    swallows_one_cancellation,
    swallows_every_cancellation,
    swallows_the_first_exception,
    busy_without_a_break,
    waits_for_a_thread,
]


@pytest.mark.parametrize("does", HANGING, ids=lambda each: each.__name__)
def test_a_run_that_hangs_is_ended(observer: Observer, does: Callable[..., Any]) -> None:
    began = time.monotonic()
    seen = run(observer, does)
    assert seen.end is End.HUNG
    assert str(seen.error) == "TimeLimit: not ended after 0.3 s"
    assert time.monotonic() - began < 30
    assert unaffected(observer)


def test_a_hang_that_nothing_ends_is_told_as_it_goes_on(
    observer: Observer, capfd: pytest.CaptureFixture[str]
) -> None:
    def swallows_many(value: Any) -> None:
        for _ in range(8):
            with contextlib.suppress(BaseException):
                time.sleep(60)

    assert run(observer, swallows_many).end is not End.HUNG
    told = "swallows what should end it after its `timeout`; `isolate: process` would end it\n"
    assert capfd.readouterr().err == f"stagepact: double {told}"


def test_what_was_seen_before_a_hang_is_kept(observer: Observer) -> None:
    def does(value: Any, probe: Probe) -> None:
        probe.emit("started", None)
        print("so far")
        time.sleep(60)

    seen = run(observer, does)
    assert [event.type for event in seen.events] == ["started"]
    assert seen.printed == "so far\n"


@pytest.mark.parametrize("does", [asleep, asleep_later], ids=["sync", "async"])
def test_closing_may_hang_too(does: Callable[..., Any]) -> None:
    began = time.monotonic()
    with Observer(LIMITS) as observer:
        fake = Fake(lambda value: 1, closes=lambda: does(None))
        assert observer.observe(fake, Case("x")).end is End.RETURNED
    assert time.monotonic() - began < 30


def test_closing_may_raise_anything() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with Observer(LIMITS) as observer:
        observer.observe(Fake(lambda value: 1, closes=leave), Case("x"))
    assert [type(each) for each in observer.closing] == [SystemExit]


def test_a_thread_of_the_default_executor_is_not_waited_for() -> None:
    release = threading.Event()

    async def does(value: Any) -> None:
        asyncio.get_running_loop().run_in_executor(None, release.wait)

    began = time.monotonic()
    with Observer(LIMITS) as observer:
        run(observer, does)
    took = time.monotonic() - began
    release.set()
    assert took < 30


# -- raising -----------------------------------------------------------------------------------


class Own(BaseException):
    pass


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


class LeavingError(Exception):
    def __str__(self) -> str:
        raise SystemExit(1)


RAISED = [
    (SystemExit(3), "SystemExit: 3"),
    (Own("mine"), "Own: mine"),
    (KeyboardInterrupt(), "KeyboardInterrupt"),
    (GeneratorExit(), "GeneratorExit"),
    (asyncio.CancelledError(), "CancelledError"),
    (UnspeakableError(), "UnspeakableError: <its message raises RuntimeError>"),
    (LeavingError(), "LeavingError: <its message raises SystemExit>"),
    (ExceptionGroup("two", [ValueError("a"), KeyError("b")]), "ExceptionGroup: two"),
    (MemoryError(), "MemoryError"),
]


@pytest.mark.parametrize(("error", "told"), RAISED, ids=[type(e).__name__ for e, _ in RAISED])
@pytest.mark.parametrize("late", [False, True], ids=["sync", "async"])
def test_whatever_is_raised_is_seen(
    observer: Observer, error: BaseException, told: str, late: bool
) -> None:
    def does(value: Any) -> None:
        raise error

    async def does_later(value: Any) -> None:
        await asyncio.sleep(0)
        raise error

    seen = run(observer, does_later if late else does)
    assert seen.end is End.RAISED
    assert str(seen.error).startswith(told)
    assert unaffected(observer)


def test_leaving_by_sys_exit_is_seen(observer: Observer) -> None:
    assert str(run(observer, lambda value: sys.exit("enough")).error) == "SystemExit: enough"


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), Own()])
def test_a_task_of_its_own_may_raise_anything(observer: Observer, error: BaseException) -> None:
    async def raises() -> None:
        raise error

    async def does(value: Any) -> int:
        task = asyncio.ensure_future(raises())
        await asyncio.sleep(0.01)
        del task
        return 1

    assert run(observer, does).end in (End.RAISED, End.RETURNED)
    assert unaffected(observer)


def test_a_recursion_is_seen(observer: Observer) -> None:
    def does(value: Any) -> Any:
        return does(value)

    seen = run(observer, does)
    assert seen.error is not None
    assert seen.error.type == "RecursionError"
    assert len(seen.error.traceback) < 20_000
    assert unaffected(observer)


def test_a_long_message_is_cut(observer: Observer) -> None:
    def does(value: Any) -> None:
        raise ValueError("x" * 1_000_000)

    seen = run(observer, does)
    assert seen.error is not None
    assert len(seen.error.message) == 10_000
    assert len(seen.error.traceback) < 50_000


# -- much --------------------------------------------------------------------------------------


def test_a_million_events_are_counted_and_the_first_are_kept() -> None:
    def does(value: Any, probe: Probe) -> None:
        for number in range(1_000_000):
            probe.emit("tick", {"number": number})

    began = time.monotonic()
    with Observer(Limits(seconds=30, events=1_000)) as observer:
        tracemalloc.start()
        seen = run(observer, does)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (len(seen.events), seen.dropped) == (1_000, 999_000)
    assert seen.events[-1].data == {"number": 999}
    assert peak < 5_000_000
    assert time.monotonic() - began < 20


def test_log_records_and_calls_are_kept_to_the_same_limit() -> None:
    class Port:
        def ask(self, n: int) -> int:
            return n

    def does(value: Any, probe: Probe) -> None:
        port, logger = probe.port("port", Port()), logging.getLogger("mine")
        for number in range(30):
            logger.warning("%d", number)
            port.ask(number)

    with Observer(Limits(events=10)) as observer:
        seen = run(observer, does)
    assert [log.message for log in seen.logs] == [str(n) for n in range(10)]
    assert [call.arguments["n"] for call in seen.calls] == list(range(10))


def test_megabytes_of_print_are_kept_to_a_limit(observer: Observer) -> None:
    def does(value: Any) -> int:
        for _ in range(20):
            print("x" * 1_000_000)
        return 1

    tracemalloc.start()
    seen = run(observer, does)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(seen.printed) == 20_000
    assert peak < 5_000_000
    assert unaffected(observer)


def test_text_and_bytes_of_both_streams_are_seen_in_order(observer: Observer) -> None:
    def does(value: Any) -> None:
        print("one")
        sys.stdout.buffer.write(b"two\n")
        print("three \ud800", file=sys.stderr)

    assert run(observer, does).printed == "one\ntwo\nthree \\ud800\n"


def test_a_cut_inside_of_a_character_is_no_fault(observer: Observer) -> None:
    seen = run(observer, lambda value: print("x" + "é" * 20_000))
    assert seen.printed == "x" + "é" * 9_999


# -- leaving things behind ---------------------------------------------------------------------


def test_tasks_left_behind_are_named_and_ended(observer: Observer) -> None:
    ended = []

    async def forgotten() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def does(value: Any) -> int:
        does.task = asyncio.create_task(forgotten())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return 1

    seen = run(observer, does)
    assert [name.rpartition(".")[2] for name in seen.leaks.tasks] == ["forgotten"]
    assert ended
    assert unaffected(observer)


def test_a_task_that_refuses_to_end_is_told_once(observer: Observer) -> None:
    async def does(value: Any) -> int:
        does.task = asyncio.create_task(swallows_every_cancellation(None))  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return 1

    assert run(observer, does).leaks.tasks == ("swallows_every_cancellation",)
    assert unaffected(observer)


def test_a_task_that_blocks_when_it_is_cancelled_is_broken_into(observer: Observer) -> None:
    async def blocks() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            time.sleep(60)

    async def does(value: Any) -> int:
        does.task = asyncio.create_task(blocks())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return 1

    began = time.monotonic()
    assert len(run(observer, does).leaks.tasks) == 1
    assert time.monotonic() - began < 30
    assert unaffected(observer)


def test_threads_left_behind_are_named(observer: Observer) -> None:
    release = threading.Event()

    def does(value: Any) -> None:
        threading.Thread(target=release.wait, name="forgotten", daemon=True).start()

    seen = run(observer, does)
    assert seen.leaks.threads == ("forgotten",)
    assert unaffected(observer)
    release.set()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files aren't told here")
def test_open_files_left_behind_are_named(observer: Observer, tmp_path: Path) -> None:
    kept: list[io.IOBase] = []

    def does(value: Any) -> None:
        kept.append((tmp_path / "left.txt").open("w"))

    seen = run(observer, does)
    kept.pop().close()
    assert [name.rpartition("/")[2] for name in seen.leaks.files] == ["left.txt"]


# -- patching ----------------------------------------------------------------------------------


def patches_time(value: Any) -> None:
    for name in ("time", "monotonic", "perf_counter", "sleep"):
        setattr(time, name, lambda *_: 0.0)


def patches_streams(value: Any) -> None:
    sys.stdout.close()
    sys.stdout = sys.stderr = io.StringIO()


def patches_logging(value: Any) -> None:
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)


def patches_signals(value: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


async def stops_the_loop(value: Any) -> None:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(60)


async def closes_the_loop(value: Any) -> None:
    asyncio.get_running_loop().close()


async def closes_the_loop_soon(value: Any) -> None:
    loop = asyncio.get_running_loop()
    asyncio.events._set_running_loop(None)
    loop._thread_id = None  # type: ignore[attr-defined]
    loop.close()


@pytest.mark.parametrize(
    "does",
    [
        patches_time,
        patches_streams,
        patches_logging,
        patches_signals,
        stops_the_loop,
        closes_the_loop,
        closes_the_loop_soon,
    ],
    ids=lambda each: each.__name__,
)
def test_what_is_patched_does_not_reach_the_next_run(
    observer: Observer, does: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("time", "monotonic", "perf_counter", "sleep"):
        monkeypatch.setattr(time, name, getattr(time, name))
    handlers = logging.getLogger().handlers.copy()
    out = sys.stdout
    run(observer, does)
    assert unaffected(observer)
    assert run(observer, busy).end is End.HUNG
    assert sys.stdout is out
    logging.getLogger().handlers[:] = handlers


def test_signals_and_logging_are_as_before_when_the_batch_is_over() -> None:
    root = logging.getLogger()

    def state() -> tuple[Any, ...]:
        handlers = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM))
        return (*handlers, root.handlers.copy(), root.level, root.manager.disable)

    before = state()
    with Observer(LIMITS) as observer:
        run(observer, patches_signals)
        run(observer, lambda value: logging.disable(50))
    assert state() == before


def test_what_it_is_given_is_its_own_to_change(observer: Observer) -> None:
    def does(value: Any, probe: Probe) -> Any:
        told = {"items": [1]}
        probe.emit("told", told)
        told["items"].append(2)
        return value

    assert run(observer, does).events[0].data == {"items": [1]}


# -- the user's Ctrl-C -------------------------------------------------------------------------

STOPPED = """
    import sys, time
    sys.path.insert(0, {folder!r})
    from subjects import Fake
    from stagepact.observation import Observer
    from stagepact.subject import Case

    def does(value):
        print("running", file=sys.__stdout__, flush=True)
        try:
            time.sleep(30)
        except BaseException:
            pass                       # a subject that won't hear of it
        return 1

    try:
        with Observer() as observer:
            observer.observe(Fake(does), Case("x"))
    except KeyboardInterrupt:
        print("stopped", file=sys.__stdout__, flush=True)
"""


def test_ctrl_c_by_the_user_stops_although_the_subject_swallows_it() -> None:
    folder = str(Path(__file__).parents[1] / "unit")
    script = dedent(STOPPED.format(folder=folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.stdout.readline() == b"stopped\n"


@pytest.mark.parametrize("late", [False, True], ids=["sync", "async"])
def test_ctrl_c_ends_the_batch(late: bool) -> None:
    def does(value: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    async def does_later(value: Any) -> None:
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt), Observer(LIMITS) as observer:
        run(observer, does_later if late else does)


def test_ctrl_c_while_closing_is_heard() -> None:
    def leave() -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), Observer(LIMITS) as observer:
        observer.observe(Fake(lambda value: 1, closes=leave), Case("x"))


# -- elsewhere than in the main thread ---------------------------------------------------------


def test_in_another_thread_what_awaits_is_still_ended() -> None:
    seen: list[Observation] = []

    def work() -> None:
        with Observer(LIMITS) as observer:
            seen.append(run(observer, asleep_later))
            seen.append(run(observer, lambda value: 1))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert [each.end for each in seen] == [End.HUNG, End.RETURNED]
