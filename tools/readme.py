"""The demonstration's output in README.md: what `make demo` prints, with its repetitions left out.

    python tools/demo.py > build/demo.txt; python tools/readme.py build/demo.txt

What is left out is said where it stood; not a line is changed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "README.md"

_BLOCK = re.compile(r"(<!-- demo -->\n).*?(<!-- end demo -->)", re.DOTALL)
_KEPT_SUBJECT = re.compile(r"^  \S.*  \d+ kept(, \d+ not exercised)?( +\(.*\))?$")
_FINDING = re.compile(r"^✗ ")


def excerpt(output: str) -> str:
    """The output by parts: in each its shortest finding, and no table of what was exercised."""
    parts = re.split(r"^(?=## )", output, flags=re.MULTILINE)
    return "\n\n".join(
        "\n".join(_part(part.splitlines())).strip() for part in parts if part.strip()
    )


def _part(lines: list[str]) -> Iterator[str]:
    findings = [paragraph for paragraph in _paragraphs(lines) if _is_finding(paragraph)]
    told = False
    for paragraph in _paragraphs(lines):
        if not _is_finding(paragraph):
            yield ""
            yield from (line for line in _unfolded(paragraph) if _is_told(line, bool(findings)))
        elif not told:
            told = True
            yield from ("", "Broken", *min(map(_without_heading, findings), key=len))
            yield from ("", f"[… {len(findings) - 1} more]") if findings[1:] else ()


def _is_finding(paragraph: list[str]) -> bool:
    return any(map(_FINDING.match, paragraph[:2]))


def _without_heading(paragraph: list[str]) -> list[str]:
    return paragraph if _FINDING.match(paragraph[0]) else paragraph[1:]


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """What stands between empty lines."""
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        if not blank:
            yield list(group)


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the clauses that weren't exercised, which may go on over several."""
    left_out = False
    for line in lines:
        left_out = line.startswith("    – ") or (left_out and line.startswith("      "))
        if not left_out:
            yield line


def _is_told(line: str, has_broken: bool) -> bool:
    """Where something is broken, those who kept everything are left out."""
    return not (has_broken and _KEPT_SUBJECT.match(line))


def refreshed(page: str, output: str) -> str:
    """The page with another output in its block.

    Raises:
        ValueError: the page has no such block.
    """
    if not _BLOCK.search(page):
        raise ValueError("no block between <!-- demo --> and <!-- end demo -->")
    block = f"```console\n$ make demo\n{excerpt(output)}\n```\n"
    return _BLOCK.sub(lambda match: f"{match[1]}{block}{match[2]}", page)


def main(arguments: list[str]) -> int:
    """Put the output in a file into the README."""
    output = Path(arguments[0]).read_text(encoding="utf-8")
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8"), output), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
