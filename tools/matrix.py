"""The tests on every interpreter found, with the newest and the lowest versions we say we support.

    python tools/matrix.py                the part that every check does, the same as `make proof`
    python tools/matrix.py --full         pytest 8.4 on every interpreter too; writes docs/proof.md
    python tools/matrix.py --only 3.12    only rows with this text in their name; may be repeated

A row is an interpreter, a set of dependencies (newest, or the lowest that pyproject.toml allows
for each direct one) and a pytest. Its virtual environment is kept in .venvs/ under a name that
changes with pyproject.toml. The row of the lowest versions runs what is marked slow, too; one that
`make test` has just run, on this commit and interpreter with the newest of everything, isn't run
twice. The exit code is 1 when a row fails or none was run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from environment import PROVED, ROOT, ensure, python_in, state, surroundings

VENVS = ROOT / ".venvs"
PROOF = ROOT / "docs" / "proof.md"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14", "3.15")
HEADINGS = ("interpreter", "dependencies", "pytest", "hypothesis", "result", "seconds")
NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Row:
    """One environment to run the tests in."""

    minor: str
    python: Path
    dependencies: str  # "newest" or "lowest"
    pytest: str = ""  # a version specifier, or nothing for what the set gives

    @property
    def name(self) -> str:
        """Return what `--only` looks in and what the environment's folder is called after."""
        return f"{self.minor}-{self.dependencies}{self.pytest.replace('==', '-pytest-')}"


def interpreters() -> dict[str, Path]:
    """Return an interpreter for each supported minor version found on PATH or kept by pyenv."""
    found: dict[str, Path] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for minor in SUPPORTED:
        kept = sorted(pyenv.glob(f"{minor}.*"), key=lambda folder: _numbers(folder.name))
        on_path = shutil.which(f"python{minor}")
        candidates = [python_in(folder) for folder in reversed(kept)]
        candidates += [Path(on_path)] if on_path else []
        candidates += [Path(sys.executable)]
        for candidate in candidates:
            if _version(candidate).startswith(f"{minor}."):
                found[minor] = candidate
                break
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _version(python: Path) -> str:
    """Return the version an interpreter gives; nothing when there is none behind the name."""
    code = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def rows(found: dict[str, Path], *, full: bool) -> list[Row]:
    """Return the environments to try: not the product, but every value of each axis."""
    chosen = [Row(minor, python, "newest") for minor, python in found.items()]
    if found:
        minor, python = next(iter(found.items()))
        chosen.append(Row(minor, python, "lowest"))
    if full:
        chosen += [Row(minor, python, "newest", "==8.4.*") for minor, python in found.items()]
    return chosen


def is_proved(row: Row) -> bool:
    """Return whether `make test` ran the same, and everything held."""
    told = PROVED.read_text(encoding="utf-8") if PROVED.exists() else ""
    newest = row.dependencies == "newest" and not row.pytest
    return newest and told == state() != "" and told.endswith(f" {row.minor}")


def prepare(row: Row, uv: Path) -> Path:
    """Return the interpreter of the row's environment, everything installed.

    Raises CalledProcessError with uv's words when a set can't be resolved or installed.
    """
    key = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode())
    folder = VENVS / f"{row.name.replace('.*', '')}-{key.hexdigest()[:10]}"
    for stale in VENVS.glob(f"{folder.name.rpartition('-')[0]}-??????????"):
        if stale != folder:
            shutil.rmtree(stale)
    if not python_in(folder).exists():
        _call(uv, "venv", "--python", row.python, folder)
    pins = folder / "pins.txt"
    pins.write_text(f"pytest{row.pytest}\n", encoding="utf-8")
    if row.dependencies == "lowest":
        # Two steps, for what only the tests need isn't ours to support at its lowest.
        options = ("--resolution", "lowest-direct", "--extra", "all", "--python", row.python)
        _call(uv, "pip", "compile", "pyproject.toml", *options, "--output-file", pins)
    upgrade = ("--upgrade",) if row.dependencies == "newest" else ()
    where = ("--python", python_in(folder), "--constraints", pins)
    _call(uv, "pip", "install", *upgrade, *where, "--editable", ".[all,test]")
    return python_in(folder)


def _call(*command: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=True,
    )
    return done.stdout


def run(row: Row, uv: Path) -> tuple[str, ...]:
    """Return the row's line of the table, after running the tests in its environment."""
    start = time.perf_counter()
    pytest = hypothesis = "-"
    chosen = () if row.dependencies == "lowest" else ("-m", "not slow")
    try:
        python = prepare(row, uv)
        code = (
            "import sys, pytest, hypothesis as h;"
            "print(sys.version.split()[0], pytest.__version__, h.__version__)"
        )
        version, pytest, hypothesis = _call(python, "-c", code).split()
        output = _call(
            python, "-m", "pytest", "tests", "-q", "-x", "-n", "2", "--dist", "worksteal", *chosen
        )
        result = output.strip().splitlines()[-1].strip("= ")
    except subprocess.CalledProcessError as error:
        version = _version(row.python)
        empty = error.returncode == NOTHING_COLLECTED
        result = "FAILED: no tests were collected" if empty else "FAILED"
        print(error.stdout, flush=True)
    seconds = f"{time.perf_counter() - start:.0f}"
    # pytest's own time says the same as our column.
    result = re.sub(r" in [\d.]+s.*", "", result)
    return (version, row.dependencies, pytest, hypothesis, result, seconds)


def table(lines: Iterable[tuple[str, ...]]) -> str:
    """Return the lines as a Markdown table that also reads well in a terminal."""
    whole = [HEADINGS, *lines]
    widths = [max(len(line[column]) for line in whole) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in (HEADINGS, rule, *whole[1:])
    )


def proof(results: str, missing: list[str]) -> str:
    """Return the page that says what was run, on what, and what wasn't."""
    commit = _call("git", "rev-parse", "--short", "HEAD").strip()
    if _call("git", "status", "--porcelain"):
        commit += " with changes"
    today = dt.datetime.now(tz=dt.UTC).date()
    absent = ", ".join(missing) or "none"
    return (
        "# Proof\n\n"
        "Written by `make proof-full`: the whole test suite, a row an environment.\n\n"
        f"{today}, commit {commit}, {sys.platform}. "
        f"Supported interpreters that were not found here, so not run: {absent}.\n\n{results}\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the rows asked for; return 0 when all of them passed and there was one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT")
    options = parser.parse_args(arguments)
    uv = ensure().parent / "uv"
    found = interpreters()
    missing = [minor for minor in SUPPORTED if minor not in found]
    print(f"interpreters not found, so not run: {', '.join(missing) or 'none'}", flush=True)

    lines, proved = [], 0
    for row in rows(found, full=options.full):
        if options.only and not any(text in row.name for text in options.only):
            continue
        if not options.full and is_proved(row):
            print(f"{row.name}: all of it held in `make test`, at this commit", flush=True)
            proved += 1
            continue
        print(f"{row.name} …", flush=True)
        lines.append(run(row, uv))
    results = table(lines)
    print(f"\n{results}")
    if not lines and not proved:
        print("no row was run")
    if options.full and not options.only:
        PROOF.write_text(proof(results, missing), encoding="utf-8")
        print(f"written to {PROOF.relative_to(ROOT).as_posix()}")
    return int(not (lines or proved) or any(line[4].startswith("FAILED") for line in lines))


if __name__ == "__main__":
    sys.exit(main())
