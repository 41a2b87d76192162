"""`isolate: process`: nothing that a run does reaches this process, and its death is seen."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from subjects import Fake, options, target

from stagepact.flow import check
from stagepact.observation import End, IsolatedObserver, Limits, Observation
from stagepact.observation import isolated as isolated_module
from stagepact.observation.isolated import sealed, unsealed
from stagepact.subject import Case, Fresh, Given, Output, Part, Probe
from stagepact.verdict.model import State

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no os.fork"),
]

LIMITS = Limits(seconds=0.1, scan_files=False)


@pytest.fixture
def observer() -> Iterator[IsolatedObserver]:
    with IsolatedObserver(LIMITS) as made:
        yield made


def run(observer: IsolatedObserver, does: Callable[..., Any], value: Any = None) -> Observation:
    return observer.observe(Fake(does), Case("a case", Given(input=value)))


def test_a_run_is_seen_as_in_this_process(observer: IsolatedObserver) -> None:
    class Port:
        def ask(self, n: int) -> int:
            return n * 2

    def does(value: Any, probe: Probe) -> int:
        print("hello")
        probe.emit("done", {"n": value})
        return int(probe.port("port", Port()).ask(value))

    seen = run(observer, does, 4)
    assert (seen.end, seen.error, seen.printed) == (End.RETURNED, None, "hello\n")
    assert seen.output is not None
    assert seen.output.data == 8
    assert [(e.type, e.data) for e in seen.events] == [("done", {"n": 4})]
    assert [(c.name, dict(c.arguments), c.result) for c in seen.calls] == [
        ("port.ask", {"n": 4}, 8)
    ]
    assert seen.case == Case("a case", Given(input=4))


def test_what_a_run_changes_is_gone_with_it(observer: IsolatedObserver) -> None:
    seen: list[int] = []

    def does(value: Any) -> int:
        seen.append(1)
        os.environ["LEFT_BEHIND"] = "1"
        return len(seen)

    outputs = [run(observer, does).output for _ in range(2)]
    assert [each.data for each in outputs if each] == [1, 1]
    assert seen == []
    assert "LEFT_BEHIND" not in os.environ


def test_what_is_raised_is_seen(observer: IsolatedObserver) -> None:
    seen = run(observer, lambda value: sys.exit(3))
    assert (seen.end, str(seen.error)) == (End.RAISED, "SystemExit: 3")


def test_what_can_be_ended_from_inside_tells_what_it_did(observer: IsolatedObserver) -> None:
    def does(value: Any, probe: Probe) -> None:
        probe.emit("started", None)
        time.sleep(60)

    seen = run(observer, does)
    assert seen.end is End.HUNG
    assert [event.type for event in seen.events] == ["started"]


# -- death -------------------------------------------------------------------------------------


def segfault(value: Any) -> None:
    ctypes.string_at(0)


def closes_all_files(value: Any) -> None:
    os.closerange(3, 1_000)


DEATHS: list[tuple[str, Callable[[Any], Any], str]] = [
    ("exit 3", lambda value: os._exit(3), "Died: the process ended itself with exit code 3"),
    ("exit 0", lambda value: os._exit(0), "Died: the process ended itself with exit code 0"),
    ("abort", lambda value: os.abort(), "Died: the process was killed by SIGABRT"),
    ("segfault", segfault, "Died: the process was killed by SIGSEGV"),
    (
        "kill",
        lambda value: os.kill(os.getpid(), signal.SIGKILL),
        "Died: the process was killed by SIGKILL",
    ),
    ("all files closed", closes_all_files, "Died: the process ended itself with exit code 1"),
]


@pytest.mark.parametrize(
    ("does", "told"), [each[1:] for each in DEATHS], ids=[each[0] for each in DEATHS]
)
def test_a_death_is_an_observation(
    observer: IsolatedObserver, does: Callable[[Any], Any], told: str
) -> None:
    seen = run(observer, does)
    assert (seen.end, str(seen.error), seen.status) == (End.DIED, told, "died")
    assert run(observer, lambda value: 1).end is End.RETURNED


@pytest.mark.parametrize(("status", "name"), [(-9, "SIGKILL"), (-63, "signal 63")])
def test_a_signal_is_told_by_its_name_where_it_has_one(
    status: int, name: str, tmp_path: Path
) -> None:
    with (tmp_path / "trace").open("w+b") as trace:
        assert isolated_module._death(status, LIMITS, trace).message.endswith(name)


def test_a_segfault_tells_where(observer: IsolatedObserver) -> None:
    seen = run(observer, segfault)
    assert seen.error is not None
    assert "in segfault" in seen.error.traceback


# -- hanging natively --------------------------------------------------------------------------


def deaf(value: Any) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
    time.sleep(60)


def joins_a_busy_thread(value: Any) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})

    def busy() -> None:
        while True:
            pass

    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    thread.join()


def swallows_everything(value: Any) -> None:
    while True:
        try:
            while True:
                time.sleep(1)
        except BaseException:
            continue


@pytest.mark.parametrize("does", [deaf, joins_a_busy_thread, swallows_everything])
def test_what_nothing_can_break_into_is_killed(
    observer: IsolatedObserver, does: Callable[[Any], Any]
) -> None:
    began = time.monotonic()
    seen = run(observer, does)
    assert time.monotonic() - began < 30
    assert seen.end is End.HUNG
    assert str(seen.error) == "TimeLimit: not ended after 0.1 s; its process was killed"
    assert seen.error is not None
    assert f"in {does.__name__}" in seen.error.traceback


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # gone between the two looks
        return True
    # A killed orphan that nobody has reaped yet is gone, too.
    return status.rpartition(")")[2].split()[0] in "ZX"


def gone_soon(pid: int) -> bool:
    """Whether a killed process is gone before long; the kernel takes a moment."""
    until = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return gone(pid)


def test_what_a_run_started_ends_with_it(observer: IsolatedObserver) -> None:
    def does(value: Any) -> int:
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid

    seen = run(observer, does)
    assert seen.output is not None
    assert gone_soon(seen.output.data)


def test_a_child_of_the_run_may_hold_the_pipe_open(observer: IsolatedObserver) -> None:
    def does(value: Any) -> None:
        if os.fork() == 0:
            time.sleep(60)
        os._exit(4)

    began = time.monotonic()
    seen = run(observer, does)
    assert str(seen.error).endswith("exit code 4")
    assert time.monotonic() - began < 30


def test_no_child_and_no_file_is_left(observer: IsolatedObserver) -> None:
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    for does in (lambda value: 1, lambda value: os._exit(2)):
        run(observer, does)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    if before:
        assert set(os.listdir("/proc/self/fd")) == before


def test_someone_else_may_reap_the_child(observer: IsolatedObserver) -> None:
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run(observer, lambda value: 1).end is End.RETURNED
        assert run(observer, lambda value: os._exit(2)).end is End.DIED
    finally:
        signal.signal(signal.SIGCHLD, previous)


def test_forking_beside_threads_is_no_warning(observer: IsolatedObserver) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert run(observer, lambda value: 1).end is End.RETURNED
    finally:
        release.set()
        thread.join()


STOPPED = """
    import sys, time
    sys.path.insert(0, {folder!r})
    from subjects import Fake
    from stagepact.observation import IsolatedObserver
    from stagepact.subject import Case
    import os

    def does(value):
        print(os.getpid(), file=sys.__stdout__, flush=True)
        time.sleep(30)

    try:
        with IsolatedObserver() as observer:
            observer.observe(Fake(does), Case("x"))
    except KeyboardInterrupt:
        print("stopped", file=sys.__stdout__, flush=True)
"""


def test_ctrl_c_stops_the_run_and_its_child() -> None:
    folder = str(Path(__file__).parents[1] / "unit")
    script = dedent(STOPPED.format(folder=folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGINT)
        assert process.stdout.readline() == b"stopped\n"
    assert gone_soon(child)


# -- what comes back ---------------------------------------------------------------------------


class Unpicklable:
    def __reduce__(self) -> Any:
        raise TypeError("no")

    def __repr__(self) -> str:
        return "<mine>"


class Silent(Unpicklable):
    def __repr__(self) -> str:
        raise ValueError("no")


class Rotten:
    """Can be written, and not read."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


class Name(str):
    __slots__ = ()


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(150):
        value = [value]
    return value


def ring() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


TRAVELLED: list[tuple[Any, Any]] = [
    ({"a": [1, 2.5, None, True, b"x"]}, {"a": [1, 2.5, None, True, b"x"]}),
    ({1: "a key that is no text"}, {1: "a key that is no text"}),
    ((1, {2}), (1, {2})),
    (Name("mine"), Name("mine")),
    (Path("a"), Path("a")),
    (Unpicklable(), "<mine>"),
    ([Unpicklable(), 2], ["<mine>", 2]),
    (Silent(), "<its repr raises ValueError>"),
    (Rotten(), "<can't be read back: ValueError: invalid literal for int() with base 10: 'no num"),
    (Output(data=1, raw=Unpicklable()), Output(data=1, raw="<mine>")),
    (deep(), deep()),
]


@pytest.mark.parametrize(("value", "arrives"), TRAVELLED, ids=lambda each: type(each).__name__)
def test_values_travel_and_those_that_cannot_are_shown(value: Any, arrives: Any) -> None:
    there = unsealed(sealed(value))
    if isinstance(there, str) and there.startswith("<can't"):
        assert there.startswith(arrives)
    else:
        assert there == arrives


def test_a_structure_that_holds_itself_travels() -> None:
    there = unsealed(sealed(ring()))
    assert there[0] == 1
    assert there[1][0] == 1


def test_live_objects_of_a_run_arrive_as_they_are_shown(observer: IsolatedObserver) -> None:
    def does(value: Any, probe: Probe) -> Any:
        given = Given(ports={"lock": Unpicklable()})
        probe.part("inner", Part(Output(data=1), ValueError("x"), given))
        probe.part("other", Part(Output(data=1)))
        return Unpicklable()

    seen = run(observer, does)
    assert seen.output is not None
    assert seen.output.data == "<mine>"
    assert seen.parts["inner"].input.ports == {"lock": "<mine>"}
    assert str(seen.failures["inner"]) == "ValueError: x"


def test_a_large_output_comes_back_whole(observer: IsolatedObserver) -> None:
    with IsolatedObserver(Limits(seconds=10)) as patient:
        seen = run(patient, lambda value: "x" * 5_000_000)
    assert seen.output is not None
    assert len(seen.output.data) == 5_000_000


# -- from the contract on ----------------------------------------------------------------------


def test_flow_isolates_where_the_contract_asks_for_it() -> None:
    block = "isolate: process\noutput: {status: [ok]}\nholds: {same: output == input}"
    does = lambda value: os._exit(3) if value == 2 else value  # noqa: E731
    found = check(target(does, block, 1, 2, isolate=True, limits=LIMITS), options())
    by_id = {verdict.item.clause: verdict for verdict in found}
    status = by_id["output.status"]
    assert status.state is State.BROKEN
    assert "exit code 3" in status.violations[0].seen
    assert by_id["holds.same"].state is State.KEPT


def test_ports_are_made_in_the_child(observer: IsolatedObserver) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    case = Case("x", Given(ports={"counter": Fresh(make)}))
    for _ in range(2):
        assert observer.observe(Fake(lambda value: 1), case).end is End.RETURNED
    assert made == []


def test_where_no_process_can_be_forked_nothing_is_exercised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "fork")
    monkeypatch.setattr(sys, "platform", "win32")
    (found,) = check(target(lambda value: 1, "output: {json: true}", 1, isolate=True), options())[
        :1
    ]
    assert found.state is State.NOT_EXERCISED
    assert found.reason == "`isolate: process` needs os.fork, which win32 doesn't have"
