"""Everything that must hold before a change is done: style, types, architecture, tests, coverage.

    python tools/prove.py               all of it, the same as `make test`
    python tools/prove.py --only lint   a part: lint or tests

Each step is a line. All steps run, whatever the others gave; the exit code is 1 when one failed.
The whole output of each step is kept in build/prove/.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from environment import PROVED, ROOT, ensure, state, surroundings

LOGS = ROOT / "build" / "prove"
NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Step:
    """A command of the virtual environment that must end with 0."""

    part: str
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a step gave."""

    step: Step
    code: int
    seconds: float
    output: str


STEPS = (
    Step("lint", "style", ("ruff", "check", ".")),
    Step("lint", "format", ("ruff", "format", "--check", ".")),
    Step("lint", "types", ("mypy",)),
    Step("lint", "architecture", ("lint-imports", "--no-logo")),
    Step(
        "tests",
        "tests",
        ("coverage", "run", "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "not slow"),
    ),
    Step("tests", "coverage data", ("coverage", "combine", "--quiet")),
    Step("tests", "coverage", ("coverage", "report")),
    Step("tests", "example", ("pytest", "examples/voice/tests", "-q")),
    Step(
        "tests",
        "contracts",
        ("pytest", "contracts", "-q", "-n", "2", "--stagepact-max-examples", "25"),
    ),
)


def perform(step: Step, scripts: Path) -> Outcome:
    """Run one step from the project's root; its output is taken, not shown."""
    start = time.perf_counter()
    program, *arguments = step.command
    done = subprocess.run(
        [str(scripts / program), *arguments],
        cwd=ROOT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Outcome(step, done.returncode, time.perf_counter() - start, done.stdout)


def remark(outcome: Outcome) -> str:
    """Return the one line of a step's output that says most: its last."""
    if outcome.code == NOTHING_COLLECTED and "pytest" in outcome.step.command:
        return "no tests were collected"
    lines = [line.strip(" =") for line in outcome.output.splitlines() if line.strip(" =")]
    return lines[-1] if lines else ""


def not_run(outcome: Outcome) -> list[str]:
    """Return pytest's lines on tests that were skipped, so that no one takes them for passed."""
    return [line for line in outcome.output.splitlines() if line.startswith(("SKIPPED", "XFAIL"))]


def main(arguments: list[str] | None = None) -> int:
    """Run the steps asked for; return 0 when every one of them held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=sorted({step.part for step in STEPS}))
    only = parser.parse_args(arguments).only
    scripts = ensure().parent
    LOGS.mkdir(parents=True, exist_ok=True)
    PROVED.unlink(missing_ok=True)
    before = state()
    for stale in (ROOT / ".coverage", *ROOT.glob(".coverage.*")):
        stale.unlink(missing_ok=True)

    outcomes = []
    for step in STEPS:
        if only not in (None, step.part):
            continue
        print(f"{step.name:<14}", end="", flush=True)
        outcome = perform(step, scripts)
        log = LOGS / f"{step.name.replace(' ', '-')}.log"
        log.write_text(outcome.output, encoding="utf-8")
        word = "FAILED" if outcome.code else "ok"
        print(f"{word:<7}{outcome.seconds:6.1f} s  {remark(outcome)}", flush=True)
        print("".join(f"{'':14}{line}\n" for line in not_run(outcome)), end="", flush=True)
        outcomes.append(outcome)

    failed = [outcome for outcome in outcomes if outcome.code]
    for outcome in failed:
        print(f"\n--- {outcome.step.name}: {' '.join(outcome.step.command)}\n{outcome.output}")
    total = sum(outcome.seconds for outcome in outcomes)
    if failed:
        print(f"FAILED after {total:.1f} s: {', '.join(o.step.name for o in failed)}")
        return 1
    print(f"all {len(outcomes)} steps hold, {total:.1f} s")
    if only is None and before and state() == before:
        PROVED.write_text(before, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
