"""The servers that the proxy's tests break: PostgreSQL and Redis of the distribution's packages.

    python tools/databases.py          install what is absent, by apt-get
    python tools/databases.py --list   only say what is there

Nothing is started: the tests start their own, on loopback, in a temporary folder. Where a server
can't be installed this says why and ends with 0, for the tests that need it are then not collected.
Only the standard library is imported here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {"postgres": "postgresql", "redis-server": "redis-server"}


def found(program: str) -> Path | None:
    """Return where a server's program is; Debian keeps PostgreSQL's beside PATH."""
    on_path = shutil.which(program)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return Path(on_path) if on_path else (kept[-1] if kept else None)


def install(packages: list[str]) -> str:
    """Install packages; return why not, or nothing."""
    apt = shutil.which("apt-get")
    if apt is None:
        return "there is no apt-get"
    before = [] if not hasattr(os, "geteuid") or os.geteuid() == 0 else ["sudo", "-n"]
    if before and shutil.which("sudo") is None:
        return "apt-get wants root, and there is no sudo"
    # RUNLEVEL keeps invoke-rc.d from starting what is installed.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = [*before, apt, "install", "--yes", "--no-install-recommends", *packages]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines() or ["it said nothing"]
    return lines[-1] if done.returncode else ""


def main() -> int:
    """Install what is absent, and say what is there."""
    absent = [package for program, package in PACKAGES.items() if found(program) is None]
    if absent and "--list" not in sys.argv[1:]:
        fault = install(absent)
        if fault:
            print(f"{', '.join(absent)} could not be installed: {fault}")
    for program in PACKAGES:
        print(f"{program:<14}{found(program) or 'absent, its tests are not collected'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
