"""What code runs in fails while a block runs, and is as before however the block ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import logging
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nests import cancelled, ended

from stagepact.faults import FaultTargetError, FaultType, Injection, Journal, inject_fault


@contextmanager
def in_child(codes: tuple[int, ...] = (0,)) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Runs a function in a forked child, which ends by 0 unless it raises."""

    def run(work: Callable[[], None]) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                work()
                os._exit(0)
            except BaseException as error:
                os.write(2, repr(error).encode())
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in codes

    yield run


def kinds(injected: Injection) -> list[str]:
    return [str(each.kind) for each in injected.fired]


# -- environment -----------------------------------------------------------------------------------


def test_a_missing_variable_is_missing_for_all_who_read() -> None:
    os.environ["STAGEPACT_KEY"] = "own"
    with inject_fault("env:STAGEPACT_KEY", "missing-variable") as injected:
        assert os.getenv("STAGEPACT_KEY") is None
        assert "STAGEPACT_KEY" not in environ
        assert "STAGEPACT_KEY" not in dict(environ)
        with pytest.raises(KeyError):
            environ["STAGEPACT_KEY"]
        command = ["sh", "-c", "echo $STAGEPACT_KEY"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == b"\n"
    assert os.environ.pop("STAGEPACT_KEY") == "own"
    assert set(kinds(injected)) == {"missing-variable"}
    assert str(injected.fired[0]) == "missing-variable at call 1 of env:STAGEPACT_KEY"


def test_a_wrong_variable_has_another_value() -> None:
    with inject_fault("env:STAGEPACT_KEY", FaultType.WRONG_VARIABLE, value="") as injected:
        assert os.environ.get("STAGEPACT_KEY") == ""
    assert "STAGEPACT_KEY" not in os.environ
    assert kinds(injected) == ["wrong-variable"]


def test_a_variable_that_is_never_read_has_not_fired() -> None:
    with inject_fault("env:STAGEPACT_KEY", "missing-variable") as injected:
        os.environ.get("PATH")
    assert injected.fired == ()


# -- files -----------------------------------------------------------------------------------------


def test_a_disk_is_full(tmp_path: Path) -> None:
    data, other = tmp_path / "data.txt", tmp_path / "other.txt"
    data.write_text("before")
    with inject_fault(f"file:{data}", "disk-full") as injected:
        with pytest.raises(OSError) as raised, data.open("a") as file:  # noqa: PT011
            file.write(" and after")
        assert raised.value.errno == errno.ENOSPC
        assert data.read_text() == "before"
        other.write_text("fits")
    assert kinds(injected)[0] == "disk-full"
    assert data.read_text() == "before"
    assert not other.exists()


def test_a_file_is_not_there(tmp_path: Path) -> None:
    data = tmp_path / "data.txt"
    data.write_text("before")
    with inject_fault(f"file:{data}", "no-such-file") as injected:
        with pytest.raises(FileNotFoundError):
            opened(data)
        assert not os.path.exists(data)
        assert not data.exists()
        assert os.listdir(tmp_path) == []
    assert kinds(injected)[0] == "no-such-file"
    assert data.read_text() == "before"


def test_a_folder_may_not_be_touched(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "data.txt").write_text("before")
    (tmp_path / "free.txt").write_text("free")
    with inject_fault(f"file:{folder}", "permission-denied") as injected:
        for mode in ("r", "w"):
            with pytest.raises(PermissionError):
                opened(folder / "data.txt", mode)
        with pytest.raises(PermissionError):
            os.listdir(folder)
        with pytest.raises(PermissionError):
            (folder / "new.txt").write_text("new")
        assert (tmp_path / "free.txt").read_text() == "free"
        (tmp_path / "new.txt").write_text("new")
    assert kinds(injected)[0] == "permission-denied"
    assert (folder / "data.txt").read_text() == "before"


@pytest.mark.parametrize("kind", ["disk-full", "no-such-file", "permission-denied"])
def test_files_that_nobody_touches_have_not_fired(kind: str, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("before")
    (tmp_path / "other.txt").write_text("before")
    with inject_fault(f"file:{tmp_path / 'data.txt'}", kind) as injected:
        assert (tmp_path / "other.txt").read_text() == "before"
        (tmp_path / "other.txt").write_text("after, and longer")
    assert injected.fired == ()
    assert (tmp_path / "other.txt").read_text() == "before"


# -- the clock -------------------------------------------------------------------------------------


def test_the_clock_jumps() -> None:
    before, steady = time.time(), time.monotonic()
    with inject_fault("clock", "clock-jump 2h") as injected:
        assert 7100 < time.time() - before < 7300
        now = dt.datetime.now(dt.UTC).timestamp()
        assert 7100 < now - before < 7300
        assert time.monotonic() - steady < 7000
        with inject_fault("clock", FaultType.CLOCK_JUMP, duration_ms=-7_200_000):
            assert -100 < time.time() - before < 100
    assert time.time() - before < 100
    assert kinds(injected) == ["clock-jump"] * 3


def test_a_clock_that_only_the_log_reads_has_not_fired() -> None:
    with inject_fault("clock", "clock-jump 2h") as injected:
        logging.getLogger(__name__).warning("now")
        time.monotonic()
    assert injected.fired == ()


# -- limits ----------------------------------------------------------------------------------------


def test_no_file_can_be_opened_at_the_limit() -> None:
    def work() -> None:
        with inject_fault("process", "too-many-files") as injected:
            assert injected.fired == ()
            with pytest.raises(OSError) as raised:  # noqa: PT011
                opened("/etc/hostname")
            assert raised.value.errno == errno.EMFILE
            assert kinds(injected) == ["too-many-files"]
        with open("/dev/null"):
            pass

    with in_child() as run:
        run(work)


def opened(path: str | Path, mode: str = "r") -> None:
    with open(path, mode):
        pass


def swallowing() -> int:
    try:
        return len(bytearray(2**30))
    except MemoryError:
        return 0


def test_no_memory_is_left_and_it_fires_although_it_is_caught() -> None:
    def work() -> None:
        with inject_fault("process", "no-memory") as injected:
            assert swallowing() == 0
        assert kinds(injected) == ["no-memory"]

    with in_child() as run:
        run(work)


def test_no_file_can_grow(tmp_path: Path) -> None:
    def work() -> None:
        with inject_fault("process", "disk-full") as injected, pytest.raises(OSError):  # noqa: PT011
            written(tmp_path / "data")
        assert kinds(injected)[0] == "disk-full"
        written(tmp_path / "data")

    def written(path: Path) -> None:
        path.write_text("longer than nothing")

    with in_child() as run:
        run(work)


def test_a_limit_that_nobody_hits_has_not_fired() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with (
        inject_fault("process", "too-many-files") as injected,
        pytest.raises(FileNotFoundError),
    ):
        os.stat("/nowhere")
    assert injected.fired == ()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


# -- the network -----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


def test_nobody_is_reached_without_a_network(server: tuple[str, int]) -> None:
    async def reach() -> None:
        _, writer = await asyncio.open_connection(*server)
        writer.close()
        await writer.wait_closed()

    with inject_fault("network", "connection-refused") as injected:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(server)
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(reach())
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{server[0]}:{server[1]}/")
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("stagepact.example", 80)
    assert len(injected.fired) == 4
    socket.create_connection(server).close()
    asyncio.run(reach())


def test_sockets_of_the_machine_s_own_are_no_network(tmp_path: Path) -> None:
    with inject_fault("network", "connection-refused") as injected:
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
            listening.bind(str(tmp_path / "socket"))
            listening.listen()
            client.connect(str(tmp_path / "socket"))
        assert socket.getaddrinfo("127.0.0.1", 80)
    assert injected.fired == ()


# -- what can't be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "kind", "found"),
    [
        ("env:", "missing-variable", "with a name behind it"),
        ("env:KEY", "disk-full", "one of missing-variable, wrong-variable"),
        ("env:KEY", "missing-variable x2", "at some calls only"),
        ("file:/", "no-such-file", "a path beneath it"),
        ("file:/tmp/x", "timeout", "one of disk-full"),
        ("clock", "slow 2s", "one of clock-jump"),
        ("process", "ok", "one of too-many-files"),
        ("clok", "clock-jump", "did you mean `clock`"),
    ],
)
def test_surroundings_that_can_t_fail_so_are_told(target: str, kind: str, found: str) -> None:
    with pytest.raises(FaultTargetError, match=found), inject_fault(target, kind):
        pass


def test_lifting_ends_it_inside_of_the_block(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("before")
    with (
        inject_fault("env:STAGEPACT_KEY", "wrong-variable") as variable,
        inject_fault(f"file:{tmp_path / 'data'}", "no-such-file") as file,
        inject_fault("clock", "clock-jump 2h") as clock,
    ):
        for each in (variable, file, clock):
            each.lift()
        assert "STAGEPACT_KEY" not in os.environ
        assert (tmp_path / "data").read_text() == "before"
    assert clock.fired == variable.fired == file.fired == ()


# -- all is as before ------------------------------------------------------------------------------

BLOCKS: tuple[tuple[str, str], ...] = (
    ("env:STAGEPACT_KEY", "missing-variable"),
    ("env:STAGEPACT_KEY", "wrong-variable"),
    ("env:STAGEPACT_OTHER", "wrong-variable"),
    ("file:data.txt", "disk-full"),
    ("file:data.txt", "no-such-file"),
    ("file:inner", "permission-denied"),
    ("clock", "clock-jump 2h"),
    ("network", "connection-refused"),
)
NESTS = st.lists(st.sampled_from(BLOCKS), max_size=4)


def state() -> tuple[Any, ...]:
    clock = abs(time.time() - time.clock_gettime(time.CLOCK_REALTIME)) < 100
    doors = (open, os.listdir, type(os), type(os.environ))
    files = (Path("data.txt").read_text(), sorted(os.listdir()))
    return (dict(os.environ), doors, files, clock, is_reached())


def is_reached() -> bool:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAGEPACT_KEY", "own")
    Path("data.txt").write_text("before")
    Path("inner").mkdir()


@pytest.mark.untraced
@pytest.mark.usefixtures("folder")
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(NESTS, st.booleans(), st.data())
def test_all_is_as_before_however_blocks_end(
    nest: list[tuple[str, str]], raises: bool, data: st.DataObject
) -> None:
    before = state()
    blocks = [inject_fault(target, kind) for target, kind in nest]
    ended(blocks, data.draw(st.permutations(blocks)), raises)
    assert state() == before


@pytest.mark.usefixtures("folder")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(BLOCKS), max_size=4))
def test_all_is_as_before_when_a_task_is_cancelled(nest: list[tuple[str, str]]) -> None:
    before = state()

    cancelled(nest)
    assert state() == before


@pytest.mark.usefixtures("folder")
def test_all_is_as_before_when_threads_inject_at_once() -> None:
    before = state()
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(10):
                target, kind = BLOCKS[(number + step) % 3]
                with inject_fault(target, kind, journal=Journal()) as injected:
                    os.environ.get(target.removeprefix("env:"))
                assert injected.fired or number
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [repr(each) for each in wrong] == []
    assert state() == before


@given(st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_limits_nest_and_are_as_before_in_any_order(leaving: list[int]) -> None:
    def work() -> None:
        before = limits()
        blocks = [inject_fault("process", kind) for kind in ("too-many-files", "disk-full") * 2]
        for each in blocks:
            each.__enter__()
        assert limits() != before
        for index in leaving:
            blocks[index].__exit__(None, None, None)
        assert limits() == before

    def limits() -> tuple[Any, ...]:
        names = (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE)
        return (*map(resource.getrlimit, names), sys.gettrace(), threading.gettrace())

    with in_child() as run:
        run(work)


def test_sockets_too_meet_the_limit() -> None:
    def work() -> None:
        with (
            inject_fault("process", "too-many-files") as injected,
            pytest.raises(OSError, match="Too many"),
        ):
            connected()
        assert kinds(injected) == ["too-many-files"]

    def connected() -> None:
        socket.socket().close()

    with in_child() as run:
        run(work)
