"""What is found in the bank's shop, by stagepact and by Schemathesis: bugs, false failures, time.

    python benchmarks/bench_services.py            eight bugs; writes to docs/benchmarks.md
    python benchmarks/bench_services.py --all      all bugs of single responses: an hour
    python benchmarks/bench_services.py --quick    two bugs, writes nothing
    python benchmarks/bench_services.py --json     prints the figures as JSON

Each tool runs on the clean shop and on the shop with one bug at a time. A bug is found when a
failure is told that the clean shop doesn't give; what is told of the clean shop is false. Requests
are counted in the app. Schemathesis runs in an environment of its own (tools/peers.py), on the
shop's own document and signed in; stagepact once on that document alone and once on the contract
that the bank's tests have. A failure is told apart by operation and check.
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from page import ROOT, machine, options, tell

NAME = Path(__file__).stem
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from peers import Peer  # noqa: E402

from bank.bugs import BUGS, VARIABLE, Bug  # noqa: E402 - found on the path just above

SCHEMATHESIS = Peer(
    "schemathesis",
    (
        "schemathesis==4.32.5",
        "hypothesis==6.170.15",
        "fastapi==0.115.14",
        "python-multipart==0.0.20",
        "uvicorn==0.35.0",
    ),
)
TOKEN = "ada-key"
EIGHT = {
    "undeclared-status",
    "wrong-content-type",
    "location-missing",
    "total-is-text",
    "crash-on-largest-quantity",
    "crash-when-empty",
    "zero-quantity-accepted",
    "largest-note-refused",
}
COUNTED = '''"""The bank's shop, which writes down how many requests it was asked."""

import atexit, os
from pathlib import Path

from bank.shop import app

asked = [0]
inner = app.build_middleware_stack()


def tell():
    Path(os.environ["ASKED"]).write_text(str(asked[0]))


async def counted(scope, receive, send):
    if scope["type"] == "http":
        asked[0] += 1
    await inner(scope, receive, send)
    # A server ends itself by the signal that it was ended by, so nothing is done at its exit.
    if scope["type"] == "lifespan":
        tell()


app.middleware_stack = counted
atexit.register(tell)
'''
BY_PYTEST = f"""import schemathesis

from counted import app

schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()
def test_api(case):
    case.call_and_validate(headers={{"Authorization": "Bearer {TOKEN}"}})
"""


@dataclass(frozen=True)
class Seen:
    """What one run told, how long it took (seconds, the whole command) and what it asked."""

    failures: frozenset[str]
    seconds: float
    requests: int


@dataclass(frozen=True)
class Figures:
    """What one tool did: the clean shop's rounds, and which bugs it found."""

    tool: str
    found: tuple[str, ...]
    of: int
    false: int
    seconds: tuple[float, ...]
    rate: tuple[float, ...]

    @property
    def row(self) -> str:
        """The figures as a row of a table."""
        low, high = min(self.seconds), max(self.seconds)
        return (
            f"| {self.tool} | {len(self.found)} of {self.of} | {self.false} | "
            f"{statistics.median(self.seconds):.1f} s ({low:.1f}–{high:.1f}) | "
            f"{statistics.median(self.rate):.0f} |"
        )


Run = Callable[[Path, str, int], Seen]


def _environment(folder: Path, bugs: str) -> dict[str, str]:
    paths = os.pathsep.join([str(folder), str(ROOT / "tests"), str(ROOT / "src")])
    asked = str(folder / "asked")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": paths, VARIABLE: bugs, "ASKED": asked}


def _timed(folder: Path, bugs: str, command: Sequence[str]) -> tuple[str, float]:
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(folder, bugs),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, time.perf_counter() - began


def _requests(folder: Path) -> int:
    told = folder / "asked"
    return int(told.read_text(encoding="utf-8")) if told.exists() else 0


# -- stagepact -----------------------------------------------------------------------------------


def stagepact(contract: str) -> Run:
    """The command line on a contract, whose text is given."""

    def run(folder: Path, bugs: str, seed: int) -> Seen:
        (folder / "shop.contract.yaml").write_text(contract, encoding="utf-8")
        told = folder / "told.json"
        command = [sys.executable, "-m", "stagepact", "check", "shop.contract.yaml", "--no-record"]
        text, seconds = _timed(folder, bugs, [*command, "--seed", str(seed), "--json", str(told)])
        report = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        verdicts = report.get("verdicts", [])
        if not verdicts or report["problems"]:
            raise SystemExit(f"stagepact could not check it:\n{text[-2000:]}")
        told.unlink()
        broken = {_named(each) for each in verdicts if each["state"] == "broken"}
        return Seen(frozenset(broken), seconds, _requests(folder))

    return run


def _named(verdict: dict[str, Any]) -> str:
    item = verdict["item"]
    return f"{item['subject']}::{item['clause']}"


def whole_contract() -> str:
    """The contract that the bank's own tests hold the shop to."""
    text = (ROOT / "tests" / "bank" / "contracts" / "shop.contract.yaml").read_text("utf-8")
    return text.replace("bank.shop:app", "counted:app")


DOCUMENT_ALONE = f"""stagepact: 1
name: shop
services:
  shop:
    app: "counted:app"
    openapi: true
    auth: {{users: {{ada: {{token: {TOKEN}}}}}}}
    states:
      empty: "bank.shop:empty"
      orders are kept: "bank.shop:seed"
"""


# -- Schemathesis --------------------------------------------------------------------------------


def command_line(folder: Path, bugs: str, seed: int) -> Seen:
    """Schemathesis's command line, all checks, against the shop served on this machine."""
    report = folder / "report.xml"
    with _served(folder, bugs) as url:
        began = time.perf_counter()
        subprocess.run(
            [
                *(str(SCHEMATHESIS.python), "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
                *("-H", f"Authorization: Bearer {TOKEN}", "--seed", str(seed)),
                *("--report", "junit", "--report-junit-path", str(report)),
                *("--max-examples", "50", "--continue-on-failure"),
            ],
            cwd=folder,
            env=_environment(folder, bugs),
            capture_output=True,
            check=False,
        )
        seconds = time.perf_counter() - began
    failures = _of_junit(report.read_text(encoding="utf-8")) if report.exists() else set()
    report.unlink(missing_ok=True)
    return Seen(frozenset(failures), seconds, _requests(folder))


def _of_junit(text: str) -> set[str]:
    found = set()
    for case in re.findall(r"<testcase .*?(?:/>|</testcase>)", text, flags=re.S):
        name = re.search(r'name="([^"]*)"', case)
        for check in re.findall(r"- ([A-Z][^\n&]*)", case):
            found.add(f"{name[1] if name else ''}: {check.strip()}")
    return found


@contextmanager
def _served(folder: Path, bugs: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(str(SCHEMATHESIS.python), "-m", "uvicorn", "counted:app"),
            *("--port", str(port), "--log-level", "critical"),
        ],
        cwd=folder,
        env=_environment(folder, bugs),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_it_answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the shop could not be served")


def by_pytest(folder: Path, bugs: str, seed: int) -> Seen:
    """Schemathesis's pytest integration, in process."""
    (folder / "test_shop.py").write_text(BY_PYTEST, encoding="utf-8")
    text, seconds = _timed(
        folder,
        bugs,
        [
            *(str(SCHEMATHESIS.python), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("test_shop.py", "-rN", "--tb=short", f"--hypothesis-seed={seed}"),
        ],
    )
    failures = set()
    for block in re.split(r"\n_{3,} ", text)[1:]:
        name = block.split(" _", 1)[0]
        failures |= {f"{name}: {check}" for check in re.findall(r"- ([A-Z][^\n]*)", block)}
    return Seen(frozenset(failures), seconds, _requests(folder))


OF_THE_CLEAN_SHOP = (
    "What Schemathesis tells of the clean shop is right by its own reading, for the document has "
    "no words for it. Requests that fit their schemas count as refused, by statuses that are "
    "declared: `POST /orders` by an Idempotency-Key that was used for another order (422), "
    "`GET /report` by an Accept that takes neither of its media types (406), `PUT /orders/{id}` "
    "without If-Match, or by one that is no ETag of the shop's (428, 422). By pytest, "
    "`GET /orders` counts as accepting a query parameter that isn't described, as most servers do."
)


# -- the table -----------------------------------------------------------------------------------


def measured(tool: str, run: Run, bugs: Sequence[Bug], rounds: int) -> Figures:
    """One tool on the clean shop, some rounds, and on the shop with each of the bugs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "counted.py").write_text(COUNTED, encoding="utf-8")
        (folder / "pyproject.toml").write_text("[tool.stagepact]\n", encoding="utf-8")
        clean = [run(folder, "", seed) for seed in range(rounds)]
        usual = frozenset().union(*(each.failures for each in clean))
        found = []
        for bug in bugs:
            print(f"{tool}: {bug.id}", file=sys.stderr)
            if run(folder, bug.id, 0).failures - usual:
                found.append(bug.id)
    seconds = tuple(each.seconds for each in clean)
    rate = tuple(each.requests / each.seconds for each in clean)
    return Figures(tool, tuple(found), len(bugs), len(usual), seconds, rate)


def section(figures: Sequence[Figures], rounds: int) -> str:
    """The section of the page."""
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: the bank's shop (tests/bank/shop.py) with one bug at a "
        f"time; medians of {rounds} runs of the clean shop with as many seeds, whole commands. "
        "A failure is told apart by operation and check, so a bug counts as found only if "
        "something is told that no clean run told.",
        "",
        machine() + f"; Schemathesis {SCHEMATHESIS.packages[0].partition('==')[2]}",
        "",
        "| | bugs found | failures of the clean shop | time | requests a second |",
        "|---|---|---|---|---|",
        *(each.row for each in figures),
        "",
        OF_THE_CLEAN_SHOP,
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write what was asked for."""
    parser = options(__doc__, quick="two bugs")
    parser.add_argument("--all", action="store_true", help="all bugs of single responses")
    asked = parser.parse_args()
    bugs = [bug for bug in BUGS if bug.service == "shop" and bug.kind == "check"]
    if not asked.all:
        bugs = [bug for bug in bugs if bug.id in EIGHT][: 2 if asked.quick else None]
    rounds = 1 if asked.quick else 3
    tools: list[tuple[str, Run]] = [
        ("stagepact, the contract", stagepact(whole_contract())),
        ("stagepact, the document alone", stagepact(DOCUMENT_ALONE)),
        ("Schemathesis, command line", command_line),
        ("Schemathesis, pytest", by_pytest),
    ]
    figures = [measured(tool, run, bugs, rounds) for tool, run in tools]
    text = section(figures, rounds)
    tell(asked, NAME, text, [asdict(each) for each in figures])


if __name__ == "__main__":
    main()
