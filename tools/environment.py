"""The project's own virtual environment: made once, brought up to date when pyproject.toml changes.

`ensure()` gives its interpreter. As a script it runs that interpreter with the arguments given:

    python tools/environment.py -m stagepact --help

Only the standard library is imported here, and the file parses on any Python 3.7 or newer, so that
an interpreter that is too old is told so.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed-from"
OLDEST = (3, 11)
NEEDS_VENV = """this Python has no `ensurepip`, so it can't make a virtual environment.
On Debian and Ubuntu it is the package python3-venv."""


PROVED = ROOT / "build" / "prove" / "proved"


def state() -> str:
    """Return what `make test` holds for: this commit and interpreter; "" where files differ."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return ""
    minor = ".".join(map(str, sys.version_info[:2]))
    return "" if changed else f"{commit} {minor}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode().strip()


def python_in(venv: Path) -> Path:
    """Return the path of the interpreter of a virtual environment, on any system."""
    windows = venv / "Scripts" / "python.exe"
    return windows if sys.platform == "win32" else venv / "bin" / "python"


def surroundings() -> dict[str, str]:
    """Return the variables that tests run with: hundreds of them start Python, with its caches."""
    return {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def ensure() -> Path:
    """Return the interpreter of `.venv` with the project and its `dev` extra installed.

    Exits with a sentence when this interpreter can't make it, and with pip's own words when
    an installation fails.
    """
    python = python_in(VENV)
    # The path is part of it: an editable installation points to where the project was.
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if python.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return python
    _refuse_unfit_interpreter()
    if not python.exists():
        print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
        _run_quietly(sys.executable, "-m", "venv", "--clear", str(VENV))
    print("installing the project and its tools (the first time takes a minute)", flush=True)
    _run_quietly(str(python), "-m", "pip", "install", "--quiet", "--editable", f"{ROOT}[dev]")
    STAMP.write_text(wanted, encoding="utf-8")
    return python


def _refuse_unfit_interpreter() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"stagepact needs Python 3.11 or newer; {sys.executable} is {found}.")
    try:
        import ensurepip  # noqa: F401 - asked for its presence: Debian ships Python without it
    except ImportError:
        sys.exit(f"{sys.executable}: {NEEDS_VENV}")


def _run_quietly(*command: str) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n`{' '.join(command)}` failed with exit code {done.returncode}.")


if __name__ == "__main__":
    sys.exit(subprocess.run([str(ensure()), *sys.argv[1:]], check=False).returncode)
