"""Which changes of a provider break its consumer: what two static comparisons say.

    python benchmarks/bench_pact_changes.py            all changes; writes to docs/benchmarks.md
    python benchmarks/bench_pact_changes.py --quick    nine changes, writes nothing
    python benchmarks/bench_pact_changes.py --json     prints the figures as JSON

The changes are those of tests/bank/pact_changes.py, whose consumer is served before each of them.
Beside stagepact's comparison runs PactFlow's open one, `@pactflow/openapi-pact-comparator`, which
is installed into build/ from the npm registry; it needs Node. It compares with OpenAPI only, so
changes of messages are none for it.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from page import ROOT, machine, options, tell

NAME = Path(__file__).stem
sys.path[:0] = [str(ROOT / "tests")]

from bank.pact_changes import CHANGES, PactChange  # noqa: E402 - found on the path just above
from stagepact.contract.openapi.document import as_document  # noqa: E402
from stagepact.contract.source import OPENAPI, read_json  # noqa: E402
from stagepact.pact.compare.interactions import compare  # noqa: E402
from stagepact.pact.compare.provider import Provider, provider  # noqa: E402
from stagepact.pact.files import parse_pact  # noqa: E402

PACKAGE, VERSION = "@pactflow/openapi-pact-comparator", "2.3.1"
FOLDER = ROOT / "build" / f"openapi-pact-comparator-{VERSION}"
NINE = (
    "a field becomes optional",
    "a field becomes nullable",
    "an enum gets a member",
    "a list may be empty",
    "integer becomes number",
    "a field is removed",
    "a field becomes text",
    "an enum loses a member",
    "nothing changes",
)

Says = Callable[[PactChange, Path], bool]
"""Whether a comparison calls a change breaking."""


@dataclass(frozen=True)
class Row:
    """What is true of a change, and what each comparison says of it, after so many seconds."""

    change: str
    breaks: bool
    ours: bool
    theirs: bool
    seconds: float
    their_seconds: float

    def __str__(self) -> str:
        told = (_told(self.breaks), *(self._said(each) for each in (self.ours, self.theirs)))
        return f"| {self.change} | {' | '.join(told)} |"

    def _said(self, breaking: bool) -> str:
        return _told(breaking) if breaking is self.breaks else f"**{_told(breaking)}**"


def _told(breaking: bool) -> str:
    return "breaks" if breaking else "harmless"


def ours(change: PactChange, folder: Path) -> bool:
    """By stagepact: whether there is a counterexample."""
    pact = parse_pact(change.pact, "pact.json")
    known = _provider(change.after)
    return any(compare(each, known).findings for each in pact.interactions)


def _provider(document: dict[str, Any]) -> Provider:
    source = read_json(json.dumps(document, indent=1), "api.json", OPENAPI)
    made, problems = as_document(source, Path("api.json"))
    if problems:
        raise SystemExit(f"stagepact can't read it: {problems[0]}")
    return provider([made])


def theirs(change: PactChange, folder: Path) -> bool:
    """By PactFlow's comparator: whether it ends with an incompatible pact."""
    document, pact = folder / "openapi.json", folder / "pact.json"
    document.write_text(json.dumps(change.after), encoding="utf-8")
    pact.write_text(change.pact, encoding="utf-8")
    command = [str(_program()), "--oas", str(document), str(pact)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout.startswith("["):
        raise SystemExit(f"the comparator failed: {done.stderr or done.stdout}")
    return done.returncode == 1


def _program() -> Path:
    return FOLDER / "node_modules" / ".bin" / "opc"


def installed() -> None:
    """PactFlow's comparator in build/, at the one version that is compared with."""
    lacking = [name for name in ("node", "npm") if shutil.which(name) is None]
    if lacking:
        raise SystemExit(f"{' and '.join(lacking)} not found: install Node 20 or newer, with npm")
    if _program().exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = ["--prefix", str(FOLDER), "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"]
    done = subprocess.run(["npm", "install", *told], capture_output=True, text=True, check=False)
    if not _program().exists():
        raise SystemExit(f"npm could not install {PACKAGE}@{VERSION}:\n{done.stderr}")


def _timed(says: Says, change: PactChange) -> tuple[bool, float]:
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        return says(change, Path(folder)), time.perf_counter() - began


def compared(change: PactChange) -> Row:
    """What both say of a change."""
    (mine, seconds), (other, others) = _timed(ours, change), _timed(theirs, change)
    return Row(change.name, change.breaks, mine, other, seconds, others)


def section(rows: Sequence[Row]) -> str:
    """The section of the page."""
    breaking = [row for row in rows if row.breaks]
    harmless = [row for row in rows if not row.breaks]
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: changes of a provider's OpenAPI document, and what is "
        f"said of each by stagepact's comparison and by {PACKAGE} {VERSION}. In bold what is "
        "wrong.",
        "",
        machine(),
        "",
        "| what | stagepact | comparator |",
        "|---|---|---|",
        _counted("breaking changes that are called breaking", breaking, expected=True),
        _counted("harmless changes that are called breaking", harmless, expected=True),
        f"| a change, median | {_milliseconds([row.seconds for row in rows])} (in process) | "
        f"{_milliseconds([row.their_seconds for row in rows])} (a command) |",
        "",
        "| change | is | stagepact | comparator |",
        "|---|---|---|---|",
        *map(str, rows),
    ]
    return "\n".join(lines)


def _counted(what: str, rows: Sequence[Row], *, expected: bool) -> str:
    mine = sum(row.ours is expected for row in rows)
    other = sum(row.theirs is expected for row in rows)
    return f"| {what} | {mine} of {len(rows)} | {other} of {len(rows)} |"


def _milliseconds(seconds: Sequence[float]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle * 1000:.0f} ms ({low * 1000:.0f}–{high * 1000:.0f})"


def main() -> None:
    """Compare, and write what was asked for."""
    told = options(__doc__, quick="nine changes").parse_args()
    installed()
    chosen = [each for each in CHANGES if each.kind == "http"]
    if told.quick:
        chosen = [each for each in chosen if each.name in NINE]
    rows = [compared(each) for each in chosen]
    tell(told, NAME, section(rows), [asdict(each) for each in rows])


if __name__ == "__main__":
    main()
