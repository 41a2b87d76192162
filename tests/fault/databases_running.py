"""A PostgreSQL and a Redis on loopback, each in a folder of its own, as long as a test lasts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from databases import found

_PATIENCE = 60  # seconds until a server that doesn't start is a failure


def _program(name: str) -> Path:
    program = found(name)
    assert program is not None, f"{name} is absent"
    return program


def _user() -> str | None:
    """Servers refuse to run as root."""
    return "nobody" if os.geteuid() == 0 else None


@contextmanager
def _folder() -> Iterator[Path]:
    # pytest's own folders can't be entered by another user.
    folder = Path(tempfile.mkdtemp(prefix="stagepact-"))
    try:
        if (user := _user()) is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], folder: Path, answers: Callable[[], bool]) -> Iterator[None]:
    log = folder / "log"
    with (
        log.open("wb") as told,
        subprocess.Popen(command, cwd=folder, stdout=told, stderr=told, user=_user()) as server,
    ):
        try:
            end = time.monotonic() + _PATIENCE
            while not answers():
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.02)
            yield
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL waits for its clients on SIGTERM
            server.wait(_PATIENCE)


@contextmanager
def postgres(answers: Callable[[int], bool]) -> Iterator[int]:
    """A PostgreSQL with the user `proof`, who is trusted; its port."""
    program, port = _program("postgres").resolve(), _free_port()
    with _folder() as folder:
        data = folder / "data"
        subprocess.run(
            [program.parent / "initdb", "-D", data, "-A", "trust", "-U", "proof", "--no-sync"],
            cwd=folder,
            user=_user(),
            check=True,
            capture_output=True,
        )
        command = [str(program), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
        command += ["-k", str(folder), "-c", "fsync=off"]
        with _running(command, folder, lambda: answers(port)):
            yield port


@contextmanager
def redis(answers: Callable[[int], bool]) -> Iterator[int]:
    """A Redis that keeps nothing; its port."""
    program, port = _program("redis-server"), _free_port()
    with _folder() as folder:
        command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with _running([*command, "--dir", str(folder)], folder, lambda: answers(port)):
            yield port
