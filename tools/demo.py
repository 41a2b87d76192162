"""The demonstration: contracts kept, then the same contracts against code with planted mistakes.

    python tools/demo.py

Each part runs `stagepact check`. A part holds when exactly the clauses of its committed list are
found broken: none for the example itself, and for the others each planted or known mistake, no
more and no fewer. Then the pacts of the example's two consumers are compared with what the
provider's contracts permit, which holds when all are compatible. The exit code is 0 when
everything holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environment import ROOT, ensure

PAGES = Path("build/demo")
KEPT, BROKEN = 0, 1  # stagepact's exit codes; 2 says that it was used wrongly


@dataclass(frozen=True)
class Part:
    """One call of `stagepact check` and the list of clauses that it must find broken."""

    name: str
    title: str
    arguments: tuple[str, ...]
    expected: str | None = None


PARTS = (
    Part(
        "report",
        "The example pipeline and its service, held to their contracts",
        ("contracts/",),
    ),
    Part(
        "mistakes",
        "The same contracts, against a variant with planted mistakes",
        (
            "contracts/",
            "--substitute",
            "voice.pipeline=voice.mistakes",
            "--substitute",
            "voice.api=voice.mistakes",
        ),
        "examples/voice/expected-broken.txt",
    ),
    Part(
        "stageflow",
        "What the README of stageflow-core 1.2.0 promises, held against the package",
        ("examples/stageflow/taxonomy.contract.yaml",),
        "examples/stageflow/expected-broken.txt",
    ),
)


PACTS = (
    "The pacts of the example's two consumers, against all that its contracts permit",
    (
        "pact",
        "compare",
        "contracts/pacts/ui-voice-api.json",
        "contracts/pacts/billing-voice-pipeline.json",
        "--provider",
        "contracts/",
    ),
)


def listed(text: str) -> set[str]:
    """Return the clause ids of a list: one a line; empty lines and `#` comments don't count."""
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def broken_clauses(report: dict[str, Any]) -> set[str]:
    """Return the ids of the clauses that a JSON report of stagepact calls broken."""
    return {_id(each["item"]) for each in report["verdicts"] if each["state"] == "broken"}


def _id(item: dict[str, str]) -> str:
    path = f"[{item['path']}]" if item["path"] else ""
    return f"{item['file']}::{item['subject']}::{item['clause']}{path}"


def differences(expected: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return a line for each clause in one set and not in the other; nothing when they agree."""
    expected, found = set(expected), set(found)
    missed = [f"not found broken, and should be: {clause}" for clause in sorted(expected - found)]
    surplus = [f"found broken, and shouldn't be: {clause}" for clause in sorted(found - expected)]
    return missed + surplus


def show(part: Part, python: Path) -> list[str]:
    """Run one part with its output on the terminal; return what doesn't hold."""
    page, report = PAGES / f"{part.name}.html", PAGES / f"{part.name}.json"
    (ROOT / report).unlink(missing_ok=True)
    command = ["-m", "stagepact", "check", *part.arguments]
    command += [
        "--seed",
        "0",
        "--max-examples",
        "25",
        "--html",
        page.as_posix(),
        "--json",
        report.as_posix(),
    ]
    ended = run(part.title, command, python)
    if not (ROOT / report).exists():
        return [f"no report was written; stagepact ended with exit code {ended}"]
    found = broken_clauses(json.loads((ROOT / report).read_text(encoding="utf-8")))
    expected: set[str] = set()
    if part.expected:
        if not (ROOT / part.expected).exists():
            return [f"there is no {part.expected} to compare with"]
        expected = listed((ROOT / part.expected).read_text(encoding="utf-8"))
    lines = differences(expected, found)
    wanted = BROKEN if expected else KEPT
    if ended != wanted:
        lines.append(f"stagepact ended with exit code {ended} instead of {wanted}")
    return lines


def run(title: str, command: Sequence[str], python: Path) -> int:
    """Run one command below its title, with its output on the terminal; return its exit code."""
    print(f"\n## {title}\n$ python {' '.join(command)}", flush=True)
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        [str(python), *command], cwd=ROOT, env=environment, check=False
    ).returncode


def told(title: str, page: str, lines: Iterable[str]) -> Iterator[str]:
    """How one part came out, with what doesn't hold."""
    lines = list(lines)
    yield f"{'DIFFERS' if lines else 'as expected':<12} {title}{page}"
    yield from (f"{'':13}{line}" for line in lines)


def main() -> int:
    """Show every part; return 0 when all of them hold."""
    python = ensure()
    (ROOT / PAGES).mkdir(parents=True, exist_ok=True)
    failures = {part.name: show(part, python) for part in PARTS}
    title, arguments = PACTS
    ended = run(title, ("-m", "stagepact", *arguments), python)
    compared = [f"stagepact ended with exit code {ended} instead of {KEPT}"] if ended else []
    print("\n## The demonstration")
    for part in PARTS:
        page = f": {(PAGES / part.name).as_posix()}.html"
        print(*told(part.title, page, failures[part.name]), sep="\n")
    print(*told(title, "", compared), sep="\n")
    return int(any(failures.values()) or bool(compared))


if __name__ == "__main__":
    sys.exit(main())
