"""The official engine: pact-python's Verifier asks a provider over HTTP, and judges what it says.

It is run once for each file, in a process of its own (`official_process`), with endpoints of ours
(`official_endpoints`) and a copy of the file in which interactions have numbers
(`official_files`), and its findings are told in the form of the native matcher's
(`official_results`). docs/decisions/0033 says what it costs, and where the two differ.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Exchanged, Interaction, Pact
from stagepact.pact.official_endpoints import MESSAGES, STATES, Desk, Provider, served
from stagepact.pact.official_files import numbered
from stagepact.pact.official_results import mismatches

SECONDS = 30.0
_SCRIPT = Path(__file__).with_name("official_process.py")


def absent() -> str:
    """Why the official engine can't be used here; empty where it can."""
    there = find_spec("pact") is not None and find_spec("pact_ffi") is not None
    return "" if there else "pact-python is not installed: pip install 'stagepact[pact]'"


@dataclass(frozen=True, slots=True)
class Result:
    """What the official engine says of one interaction."""

    comparison: Comparison = field(default_factory=Comparison)
    raised: BaseException | None = None
    """What the provider's code raised: a state, what answers, what produces messages."""
    fault: str = ""
    """Why the engine compared nothing, in its own words."""

    @property
    def holds(self) -> bool:
        """Whether the interaction was run, and all is as expected."""
        return self.comparison.matches and self.raised is None and not self.fault


async def verify(
    pact: Pact,
    document: Json,
    chosen: Sequence[int],
    provider: Provider,
    seconds: float = SECONDS,
) -> Mapping[int, Result]:
    """A result for each chosen interaction of a pact, by its number; `document` is the file's JSON.

    The provider is asked in this loop. It has `seconds` for each answer.
    """
    taken = [number for number in chosen if not _reason(pact.interactions[number])]
    desk = Desk(provider, pact.interactions)
    told: dict[str, Any] = {}
    faults: list[str] = []
    for copy in numbered(document, pact, taken):
        results = await _run(pact.provider, copy, desk, seconds)
        told |= {each["description"]: each for each in results.get("interactionResults", ())}
        faults += _faults(results)
    return {
        number: _left_out(pact.interactions[number])
        or _result(told.get(str(number)), desk.raised.get(number), faults)
        for number in chosen
    }


def _reason(interaction: Interaction) -> str:
    exchange = interaction.exchange
    if isinstance(exchange, Exchanged) and len(exchange.responses) != 1:
        return "the official engine compares one response to a message, not more and not none"
    return ""


def _left_out(interaction: Interaction) -> Result | None:
    reason = _reason(interaction)
    return Result(Comparison(undecided=(reason,))) if reason else None


def _result(
    told: Mapping[str, Any] | None, raised: BaseException | None, faults: Sequence[str]
) -> Result:
    if told is None:
        why = "; ".join(dict.fromkeys(faults)) or "nor a reason"
        return Result(raised=raised, fault=f"the official engine gave no result: {why}")
    found = told.get("mismatch") or {}
    if found.get("type") == "mismatches":
        return Result(Comparison(mismatches(found["mismatches"])), raised)
    if told["result"] != "OK":
        return Result(raised=raised, fault=found.get("message") or json.dumps(found))
    return Result(raised=raised)


def _faults(results: Mapping[str, Any]) -> list[str]:
    found = (each["mismatch"] for each in results.get("errors", ()))
    return [each["message"] for each in found if "message" in each]


async def _run(name: str, copy: Json, desk: Desk, seconds: float) -> dict[str, Any]:
    with TemporaryDirectory(prefix="stagepact-pact-") as folder, served(desk) as address:
        file = Path(folder) / "pact.json"
        file.write_text(json.dumps(copy), encoding="utf-8")
        task = {
            "provider": name,
            "file": str(file),
            "host": address[0],
            "port": address[1],
            "states": STATES,
            "messages": MESSAGES,
            "milliseconds": int(seconds * 1000),
        }
        try:
            return await _performed(task, Path(folder))
        finally:
            await desk.end()


async def _performed(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the process found; it is killed where this is cancelled."""
    asked, results = folder / "task.json", folder / "results.json"
    asked.write_text(json.dumps(task), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-P", str(_SCRIPT), str(asked), str(results)],
        # Its default is to tell pact's makers that it was run.
        env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        said = await _in_thread(lambda: process.communicate()[1])
    finally:
        process.kill()
        process.wait()
    if process.returncode or not results.exists():
        return {"errors": [{"mismatch": {"message": _ended(process.returncode, said)}}]}
    return dict(json.loads(results.read_text(encoding="utf-8")))


def _ended(code: int, said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return f"its process ended with {code}: {lines[-1] if lines else 'without a word'}"


async def _in_thread(call: Callable[[], bytes]) -> bytes:
    """What a blocking call gives; the thread isn't waited for when this is cancelled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()

    def settle(value: bytes) -> None:
        if not done.done():
            done.set_result(value)

    def run() -> None:
        value = call()
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value)

    threading.Thread(target=run, daemon=True).start()
    return await done
