"""The process in which the official engine runs, and what is said to it and by it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO, Any

from stagepact.contract.source import Json
from stagepact.pact.verifying.lacking import EngineError
from stagepact.subject.protocols.http import WireRequest, WireResponse

SCRIPT = Path(__file__).with_name("process.py")
# Of the connection to the engine, not of what is said (RFC 9110, 7.6.1), or written anew.
_HOP = frozenset({"connection", "host", "keep-alive", "transfer-encoding"})

_FRAMES = _HOP | {"content-length"}


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine asks: of the provider, or for the message of an interaction."""

    is_message: bool
    request: WireRequest


Talk = Generator[Question, WireResponse, dict[str, Any]]


def absent() -> str:
    """Why the official engine can't be used here; empty where it can."""
    there = find_spec("pact") is not None and find_spec("pact_ffi") is not None
    return "" if there else "pact-python is not installed: pip install 'stagepact[pact]'"


@dataclass(eq=False)
class Engine:
    """Processes that verify one interaction after the other; the first starts with the first talk.

    They end with this object, with `close`, and with the program; each is killed where it says
    nothing for so many `seconds`.
    """

    script: Path = field(default_factory=lambda: SCRIPT)
    seconds: float = 60.0
    _idle: list[_Process] = field(default_factory=list, repr=False)

    def talk(self, pact: Mapping[str, Json], given: Mapping[str, Json]) -> Talk:
        """The results for a document with one interaction; meanwhile, each question it has.

        The process of a talk that isn't brought to its end is killed.

        Raises:
            EngineError: there are none.
        """
        reason = absent()
        if reason:
            raise EngineError(reason)
        process = self._idle.pop() if self._idle else _Process(self.script, self.seconds)
        try:
            told = process.say({"pact": pact, "given": given})
            while "results" not in told:
                answer = yield _question(told)
                told = process.say(_answer(answer))
            self._idle.append(process)
        except BaseException:
            process.end()
            raise
        return dict(told["results"])

    def close(self) -> None:
        """End the processes; the next talk starts one again."""
        while self._idle:
            self._idle.pop().end()


class _Process:
    def __init__(self, script: Path, seconds: float) -> None:
        self._seconds, self._silent = seconds, False
        self._errors: IO[bytes] = TemporaryFile()  # noqa: SIM115 - it is closed with the process
        folder = mkdtemp(prefix="stagepact-pact-")
        # -P: beside the script lie modules of ours, which are not to be found by their names.
        self._popen = subprocess.Popen(
            [sys.executable, "-P", str(script), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self.end = weakref.finalize(self, _ended, os.getpid(), self._popen, self._errors, folder)

    def say(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """What is said to a line.

        Raises:
            EngineError: nothing any more.
        """
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        try:
            self._popen.stdin.write(json.dumps(line, default=str).encode() + b"\n")
            self._popen.stdin.flush()
            heard = self._heard(self._popen.stdout)
        except OSError:
            heard = b""
        if not heard:
            raise EngineError(self._why())
        return dict(json.loads(heard))

    def _heard(self, pipe: IO[bytes]) -> bytes:
        """The next line; nothing where the process has ended, or had to be."""
        silent = threading.Timer(self._seconds, self._give_up)
        silent.daemon = True
        silent.start()
        try:
            return pipe.readline()
        finally:
            silent.cancel()
            silent.join()

    def _give_up(self) -> None:
        self._silent = True
        self._popen.kill()

    def _why(self) -> str:
        code = self._popen.wait()
        if self._silent:
            return f"the official engine said nothing for {self._seconds:g} s"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "without a word"
        return f"the official engine ended with {code}: {last}"


def _ended(owner: int, process: subprocess.Popen[bytes], errors: IO[bytes], folder: str) -> None:
    if os.getpid() != owner:  # In a fork, where a subject runs alone, it isn't ours.
        return
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)
    for pipe in (process.stdin, process.stdout, errors):
        if pipe is not None:
            _closed(pipe)


def _closed(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # What was still to be written can't be any more.
        return


def _question(told: Mapping[str, Any]) -> Question:
    headers = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in told["headers"]
        if name.lower() not in _HOP
    )
    body = base64.b64decode(told["body"])
    return Question(
        told["ask"] == "message", WireRequest(told["method"], told["target"], headers, body)
    )


def _answer(response: WireResponse) -> dict[str, Any]:
    headers = [[name, value] for name, value in response.headers if name not in _FRAMES]
    body = base64.b64encode(response.body).decode()
    return {"status": response.status, "headers": headers, "body": body}
