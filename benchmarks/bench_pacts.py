"""What verifying pacts takes: 1,000 requests and 1,000 messages, in process and by the Verifier.

    python benchmarks/bench_pacts.py            writes to docs/benchmarks.md; some minutes
    python benchmarks/bench_pacts.py --quick    40 of each and one round, writes nothing
    python benchmarks/bench_pacts.py --json     prints the figures as JSON

The reference is pact-python's Verifier as it is used without stagepact, in the same round and on
the same file: the app behind uvicorn, messages from an endpoint of the app (its own handlers would
cost half a second more), no states. Each run is a process of its own; what is timed begins when
all is imported and ends with the last result. A round in which not all is kept is no figure.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from page import ROOT, machine, options, tell

NAME = Path(__file__).stem
APP = """
import base64, json

RUN = {
    "id": "r-7", "kind": "video", "seconds": 12.5,
    "stages": [{"name": "hear", "status": "completed"}, {"name": "answer", "status": "skipped"}],
}
BODY, METADATA = json.dumps(RUN).encode(), {"topic": "runs"}
TOLD = base64.b64encode(json.dumps(METADATA).encode())


def produced():
    return RUN, METADATA


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    headers = [(b"content-type", b"application/json"), (b"pact-message-metadata", TOLD)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})
"""
CONTRACT = """name: runs
services: {runs: {app: "runs:app"}}
pacts:
  provider: runs
  from: ../pacts
  messages: {"*": {function: "runs:produced"}}
"""
BY_STAGEPACT = """
import json, sys, time
from pathlib import Path

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project

began = time.perf_counter()
plan = make_plan(open_project([], Path.cwd(), pact_engine=sys.argv[1]))
verdicts = [each for target in plan.targets for each in check(target, Options())]
seconds = time.perf_counter() - began
kept = sum(each.state.value == "kept" for each in verdicts)
print(json.dumps({"seconds": seconds, "kept": kept}))
"""
BY_VERIFIER = """
import json, os, sys, threading, time
from pathlib import Path

import uvicorn
from pact import Verifier

from runs import app

told = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.001)
port = server.servers[0].sockets[0].getsockname()[1]
began = time.perf_counter()
verifier = Verifier("runs", host="127.0.0.1")
verifier.add_transport(protocol="http", port=port, scheme="http")
verifier.add_transport(protocol="message", port=port, path="/message")
verifier.add_source(Path("pacts/ui-runs.json")).verify()
seconds = time.perf_counter() - began
results = verifier.results["interactionResults"]
kept = sum(each["result"] == "OK" for each in results)
print(json.dumps({"seconds": seconds, "kept": kept}), file=told, flush=True)
os._exit(0)
"""
RULES = {
    "$.id": {"match": "regex", "regex": r"r-\d+"},
    "$.kind": {"match": "regex", "regex": "audio|video"},
    "$.seconds": {"match": "number"},
    "$.stages": {"match": "type", "min": 1},
    "$.stages[*].name": {"match": "type"},
    "$.stages[*].status": {"match": "regex", "regex": "completed|failed|skipped"},
}
EXAMPLE = {
    "id": "r-1",
    "kind": "audio",
    "seconds": 3,
    "stages": [{"name": "text", "status": "completed"}],
}


@dataclass(frozen=True)
class Row:
    """Seconds of each round, beside the Verifier's; what was asked as a share of these."""

    what: str
    seen: tuple[float, ...]
    reference: tuple[float, ...] = ()
    asked: float = 0
    unit: str = "s"

    @property
    def times(self) -> tuple[float, ...]:
        """How many times as long the reference takes, in each round."""
        return tuple(b / a for a, b in zip(self.seen, self.reference, strict=bool(self.reference)))

    def __str__(self) -> str:
        cells = [self.what, _spread(self.seen, self.unit)]
        if not self.reference:
            reached = statistics.median(self.seen) <= self.asked
            return _row(*cells, "", "", f"≤ {self.asked:g} {self.unit}", _reached(reached))
        cells += [_spread(self.reference, self.unit), _spread(self.times, "×")]
        if not self.asked:
            return _row(*cells, "", "")
        reached = statistics.median(self.times) >= self.asked
        return _row(*cells, f"≥ {self.asked:g} ×", _reached(reached))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _reached(reached: bool) -> str:
    return "reached" if reached else "missed"


def _spread(values: Sequence[float], unit: str) -> str:
    digits = 2 if max(values) < 10 else 0
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f}–{high:.{digits}f})"


# -- the project ---------------------------------------------------------------------------------


def written(folder: Path, interactions: list[dict[str, Any]]) -> None:
    """A project whose provider keeps these interactions."""
    for name in ("pacts", "contracts"):
        (folder / name).mkdir()
    document = {
        "consumer": {"name": "ui"},
        "provider": {"name": "runs"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    (folder / "pacts" / "ui-runs.json").write_text(json.dumps(document, indent=2))
    (folder / "contracts" / "runs.contract.yaml").write_text(CONTRACT)
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    (folder / "runs.py").write_text(APP)


def request(number: int) -> dict[str, Any]:
    """A request for a run, and what the consumer reads of it."""
    matching = {path: {"combine": "AND", "matchers": [each]} for path, each in RULES.items()}
    return {
        "type": "Synchronous/HTTP",
        "description": f"a request for run {number}",
        "request": {"method": "GET", "path": f"/runs/r-{number}"},
        "response": {
            "status": 200,
            "headers": {"Content-Type": ["application/json"]},
            "body": {"contentType": "application/json", "encoded": False, "content": EXAMPLE},
            "matchingRules": {"body": matching},
        },
    }


def message(number: int) -> dict[str, Any]:
    """The same run, as a message."""
    response = request(number)["response"]
    return {
        "type": "Asynchronous/Messages",
        "description": f"run {number} is over",
        "contents": response["body"],
        "metadata": {"topic": "runs"},
        "matchingRules": response["matchingRules"],
    }


# -- what is measured ----------------------------------------------------------------------------


def seconds_of(code: str, folder: Path, count: int, *arguments: str) -> float:
    """Seconds that a process of its own tells, once all interactions are kept."""
    paths = os.pathsep.join([str(ROOT / "src"), str(folder)])
    environment = {**os.environ, "PYTHONPATH": paths, "PACT_DO_NOT_TRACK": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout) if done.returncode == 0 and done.stdout else {}
    if told.get("kept") != count:
        raise SystemExit(f"{told.get('kept')} of {count} kept:\n{done.stderr[-2000:]}")
    return float(told["seconds"])


def rows_of(what: str, interactions: list[dict[str, Any]], rounds: int, asked: float) -> list[Row]:
    """Both engines of stagepact beside the Verifier, in interleaved rounds."""
    count = len(interactions)
    with TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, interactions)
        measured = [
            (
                seconds_of(BY_STAGEPACT, folder, count, "native"),
                seconds_of(BY_STAGEPACT, folder, count, "official"),
                seconds_of(BY_VERIFIER, folder, count),
            )
            for _ in range(rounds)
        ]
    native, official, verifier = zip(*measured, strict=True)
    return [
        Row(f"{count:,} {what}, native engine", native, verifier, asked),
        Row(f"{count:,} {what}, official engine in stagepact", official, verifier),
    ]


def first(rounds: int) -> Row:
    """One interaction, from its files to its verdict."""
    with TemporaryDirectory() as name:
        written(Path(name), [request(1)])
        seen = [seconds_of(BY_STAGEPACT, Path(name), 1, "native") for _ in range(rounds * 5)]
    milliseconds = tuple(each * 1000 for each in seen)
    return Row("the first interaction, once all is imported", milliseconds, asked=50, unit="ms")


def section(rows: Sequence[Row], rounds: int) -> str:
    """The section of the page."""
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds (of the first "
        f"interaction, {rounds * 5}), in brackets the least and the most. The reference is "
        "pact-python's Verifier on the same file, with the app behind uvicorn.",
        "",
        machine(),
        "",
        "| what | stagepact | Verifier | Verifier / stagepact | asked | |",
        "|---|---|---|---|---|---|",
        *map(str, rows),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write what was asked for."""
    told = options(__doc__, quick="40 of each and one round").parse_args()
    count, rounds = (40, 1) if told.quick else (1000, 3)
    rows = [
        *rows_of("requests", [request(each) for each in range(count)], rounds, 20),
        *rows_of("messages", [message(each) for each in range(count)], rounds, 40),
        first(rounds),
    ]
    tell(told, NAME, section(rows, rounds), [asdict(each) for each in rows])


if __name__ == "__main__":
    main()
