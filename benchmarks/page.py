"""docs/benchmarks.md: a section for each benchmark, and the machine that it was measured on."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\nRatios within one run; `make bench` measures them again. Absolute "
    "times are those of the machine named.\n"
)


def options(doc: str | None, quick: str = "fewer rounds") -> argparse.ArgumentParser:
    """What every benchmark can be asked for."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else None)
    parser.add_argument("--quick", action="store_true", help=f"{quick}, nothing is written")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def tell(asked: argparse.Namespace, name: str, section: str, figures: Any) -> None:
    """Print what was measured, and write the section unless it was to be quick."""
    print(json.dumps(figures, indent=2) if asked.json else section)
    if not asked.quick:
        page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
        PAGE.write_text(written(page, name, section), encoding="utf-8")


def machine() -> str:
    """The processor, the interpreter and the packages whose figures these are."""
    model = platform.processor() or "processor unknown"
    told = Path("/proc/cpuinfo")
    for line in told.read_text(encoding="utf-8").splitlines() if told.exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    packages = ("stagepact", "pytest", "hypothesis", "hypothesis-jsonschema", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}; {platform.python_implementation()} "
        f"{platform.python_version()}; {versions}; {datetime.now(UTC).date()}"
    )


def written(page: str, name: str, text: str) -> str:
    """The page with this benchmark's section in place of the one it had."""
    begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    block = f"{begin}\n{text}\n{end}"
    if begin in page:
        return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: block, page, flags=re.S)
    return f"{page.rstrip()}\n\n{block}\n"
