"""What the main job costs: collecting, fuzzing, starting. Ratios within one run.

    python benchmarks/bench_main_job.py            writes its section of docs/benchmarks.md
    python benchmarks/bench_main_job.py --quick    fewer rounds, writes nothing

Rounds are interleaved (ours, reference, ours, reference, …); medians with their spread.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings

from stagepact.adapters.function import function_subject
from stagepact.contract.clauses import stage_clauses
from stagepact.contract.document import parse
from stagepact.contract.source import read_yaml
from stagepact.flow import Item, Options, Target, View, check
from stagepact.schema import from_schema
from stagepact.subject import Case, Given, SubjectId
from stagepact.verdict.model import ItemId

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
NAME = Path(__file__).stem


@dataclass(frozen=True)
class Figure:
    """What was measured: ours and the reference in seconds, the ratio or difference asked for."""

    title: str
    ours: tuple[float, ...]
    reference: tuple[float, ...]
    asked: str
    reached: Callable[[float, float], bool]
    difference: bool = False

    @property
    def value(self) -> float:
        ours, reference = statistics.median(self.ours), statistics.median(self.reference)
        return ours - reference if self.difference else ours / reference

    @property
    def row(self) -> str:
        ours, reference = statistics.median(self.ours), statistics.median(self.reference)
        shown = f"{self.value * 1000:+.0f} ms" if self.difference else f"{self.value:.2f} ×"
        word = "reached" if self.reached(ours, reference) else "missed"
        return (
            f"| {self.title} | {_spread(self.ours)} | {_spread(self.reference)} "
            f"| {shown} | {self.asked} | {word} |"
        )


def _spread(seconds: tuple[float, ...]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    if high < 0.01:
        return f"{middle * 1e6:.0f} µs ({low * 1e6:.0f}–{high * 1e6:.0f})"
    return f"{middle:.3f} s ({low:.3f}–{high:.3f})"


def interleaved(
    ours: Callable[[], float], reference: Callable[[], float], rounds: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    ours(), reference()  # warm: byte code, caches of the file system
    pairs = [(ours(), reference()) for _ in range(rounds)]
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)


# -- collecting ----------------------------------------------------------------------------------

CONTRACT = """stagepact: 1
name: many
stages:
  "*":
    given: {input: {type: integer}}
    output: {json: true, data: {type: object, required: [value]}, declared: [value]}
    within: 1s
    holds:
      same: output.value == input
      one: len(output) == 1
      two: output.value >= input
      three: output.value <= input
      four: exists(output.value)
"""
CLAUSES = 10


def many(folder: Path, stages: int) -> None:
    """A project of so many stages, and one contract that holds for all; and its plain twin."""
    (folder / "contracts").mkdir(parents=True)
    (folder / "contracts" / "many.contract.yaml").write_text(CONTRACT, encoding="utf-8")
    code = ["from stagepact import contract_subject", ""]
    for number in range(stages):
        code += [
            "@contract_subject()",
            f"async def stage_{number}(value: int) -> dict:",
            "    return {'value': value}",
            "",
        ]
    (folder / "many.py").write_text("\n".join(code), encoding="utf-8")
    settings_ = '[tool.stagepact]\ncontracts = ["contracts"]\npackages = ["many"]\n'
    (folder / "pyproject.toml").write_text(settings_, encoding="utf-8")
    plain = (
        "import pytest\n\n"
        f"@pytest.mark.parametrize('n', range({stages * CLAUSES}))\n"
        "def test_n(n): assert n >= 0\n"
    )
    (folder / "test_plain.py").write_text(plain, encoding="utf-8")


def collected(folder: Path, what: str, items: int) -> float:
    done, seconds = pytest_run(folder, "--collect-only", "-q", what)
    if f"{items} tests collected" not in done:
        raise SystemExit(f"{items} items should be collected of {what}:\n{done[-2000:]}")
    return seconds


def pytest_run(folder: Path, *arguments: str) -> tuple[str, float]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr, time.perf_counter() - began


def collecting(root: Path, rounds: int) -> list[Figure]:
    large, small = root / "large", root / "small"
    many(large, 1_000)
    many(small, 1)
    total = 1_000 * CLAUSES
    ours, plain = interleaved(
        lambda: collected(large, "contracts", total),
        lambda: collected(large, "test_plain.py", total),
        rounds,
    )
    few, plain_few = interleaved(
        lambda: collected(small, "contracts", CLAUSES),
        lambda: collected(small, "test_plain.py", CLAUSES),
        rounds,
    )
    base, plain_base = statistics.median(few), statistics.median(plain_few)
    return [
        Figure(
            "10,000 items: collecting them (the command, less the same over 10 items)",
            tuple(each - base for each in ours),
            tuple(each - plain_base for each in plain),
            "≤ 1.5 ×",
            lambda a, b: a <= 1.5 * b,
        ),
        Figure(
            "10,000 items: the whole command", ours, plain, "≤ 1.5 ×", lambda a, b: a <= 1.5 * b
        ),
    ]


# -- fuzzing -------------------------------------------------------------------------------------

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "size", "fast"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "size": {"type": "integer", "minimum": 0, "maximum": 1_000},
        "fast": {"type": "boolean"},
    },
}
FUZZED = """stagepact: 1
name: trivial
stages:
  trivial:
    output: {data: {type: object, required: [size]}}
    events: {name: "{type}", order: started completed}
"""


async def trivial(value: dict[str, Any], emit: Any) -> dict[str, Any]:
    emit("started", {})
    emit("completed", {})
    return {"size": value["size"]}


def fuzzing(rounds: int, examples: int) -> list[Figure]:
    id_ = SubjectId("trivial", "bench:trivial", "function")
    subject = function_subject(trivial, id_)
    document = parse(read_yaml(FUZZED, "trivial.contract.yaml"), Path("trivial.contract.yaml"))
    items = tuple(
        Item(ItemId("trivial.contract.yaml", "trivial", clause.id, "direct"), clause)
        for clause in stage_clauses(document, "stages", "trivial")
    )
    values = from_schema(SCHEMA)
    cases = values.map(lambda value: Case("fuzz", Given(input=value), "fuzz"))
    target = Target("trivial", (View(id_, items),), subject, generate=lambda: cases, fuzz=examples)

    def ours() -> float:
        began = time.perf_counter()
        verdicts = check(target, Options(seed=7))
        spent = time.perf_counter() - began
        assert all(verdict.fuzzed == examples for verdict in verdicts), verdicts
        return spent / examples

    def bare() -> float:
        loop = asyncio.new_event_loop()
        seen = 0

        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.seed(7)
        @given(values)
        def test(value: dict[str, Any]) -> None:
            nonlocal seen
            seen += 1
            events: list[str] = []
            result = loop.run_until_complete(trivial(value, lambda type_, _: events.append(type_)))
            assert isinstance(result, dict)
            assert "size" in result
            assert events == ["started", "completed"]

        began = time.perf_counter()
        test()
        spent = time.perf_counter() - began
        loop.close()
        assert seen == examples
        return spent / examples

    a, b = interleaved(ours, bare, rounds)
    return [
        Figure(
            "one fuzz example of a trivial async stage, against a bare `@given`",
            a,
            b,
            "≤ 1.3 ×",
            lambda x, y: x <= 1.3 * y,
        )
    ]


# -- starting ------------------------------------------------------------------------------------


def starting(root: Path, rounds: int) -> list[Figure]:
    folder = root / "plain"
    folder.mkdir()
    (folder / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")

    def run(*arguments: str) -> float:
        done, seconds = pytest_run(folder, "-q", "test_one.py", *arguments)
        if "1 passed" not in done:
            raise SystemExit(done)
        return seconds

    with_, without = interleaved(run, lambda: run("-p", "no:stagepact"), rounds)
    return [
        Figure(
            "`pytest` in a project without contracts, with the plugin and without",
            with_,
            without,
            "≤ 30 ms more",
            lambda a, b: a - b <= 0.030,
            difference=True,
        )
    ]


# -- the page ------------------------------------------------------------------------------------


def machine() -> str:
    model = platform.processor() or "processor unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines() if os.name == "posix" else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    versions = f"Python {platform.python_version()}, pytest {pytest.__version__}"
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}; {versions}, "
        f"hypothesis {hypothesis.__version__}; {datetime.now(UTC).date()}"
    )


def section(figures: list[Figure], rounds: int) -> str:
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds, in brackets the "
        "least and the most.",
        "",
        machine(),
        "",
        "| what | stagepact | reference | ratio | asked | |",
        "|---|---|---|---|---|---|",
        *(figure.row for figure in figures),
    ]
    return "\n".join(lines)


def written(page: str, text: str) -> str:
    """The page with this benchmark's section in place of the one it had."""
    begin, end = f"<!-- {NAME} -->", f"<!-- end {NAME} -->"
    block = f"{begin}\n{text}\n{end}"
    if begin in page:
        return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: block, page, flags=re.S)
    return f"{page.rstrip()}\n\n{block}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, nothing is written")
    quick = parser.parse_args().quick
    rounds = 2 if quick else 7
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures = collecting(root, rounds)
        figures += fuzzing(rounds, 200 if quick else 1_000)
        figures += starting(root, rounds)
    text = section(figures, rounds)
    print(text)
    if not quick:
        head = (
            "# Benchmarks\n\nRatios within one run; `make bench` measures them again. Absolute "
            "times are those of the machine named.\n"
        )
        page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else head
        PAGE.write_text(written(page, text), encoding="utf-8")


if __name__ == "__main__":
    main()
