"""What the main job costs: collecting, fuzzing, starting. Ratios within one run.

    python benchmarks/bench_main_job.py            writes its section of docs/benchmarks.md
    python benchmarks/bench_main_job.py --quick    fewer rounds, writes nothing
    python benchmarks/bench_main_job.py --json     prints the figures as JSON

Rounds are interleaved (ours, reference, ours, reference, …); medians with their spread. The
exit code is 0 whatever is reached: a figure is to be read, and a busy machine is no mistake.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, given, settings
from page import machine, options, tell

from stagepact.adapters.function import function_subject
from stagepact.cases import Assumption, fuzz_cases
from stagepact.contract.clauses import stage_clauses
from stagepact.contract.document import parse
from stagepact.contract.source import read_yaml
from stagepact.flow import Item, Options, Target, View, check
from stagepact.schema.generate import from_schema
from stagepact.subject import Case, Given, SubjectId
from stagepact.verdict.model import ItemId

NAME = Path(__file__).stem


@dataclass(frozen=True)
class Figure:
    """What was measured, in seconds a round, and the most that the issue allows.

    A ratio, or (`difference`) seconds more than the reference. Without `asked` it is told only.
    """

    title: str
    ours: tuple[float, ...]
    reference: tuple[float, ...]
    asked: float | None = None
    difference: bool = False

    @property
    def rounds(self) -> list[float]:
        return [self._of(a, b) for a, b in zip(self.ours, self.reference, strict=True)]

    @property
    def value(self) -> float:
        return self._of(statistics.median(self.ours), statistics.median(self.reference))

    @property
    def verdict(self) -> str:
        if self.asked is None:
            return ""
        return "reached" if self.value <= self.asked else "missed"

    @property
    def row(self) -> str:
        if self.difference:
            spread = [f"{each * 1000:+.0f}" for each in _low_middle_high(self.rounds, self.value)]
            shown = f"{spread[1]} ms ({spread[0]} to {spread[2]})"
            asked = "" if self.asked is None else f"≤ {self.asked * 1000:.0f} ms"
        else:
            spread = [f"{each:.2f}" for each in _low_middle_high(self.rounds, self.value)]
            shown = f"{spread[1]} × ({spread[0]}–{spread[2]})"
            asked = "" if self.asked is None else f"≤ {self.asked:g} ×"
        cells = (_spread(self.ours), _spread(self.reference), shown, asked, self.verdict)
        return f"| {self.title} | " + " | ".join(cells) + " |"

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "value": self.value, "verdict": self.verdict}

    def _of(self, ours: float, reference: float) -> float:
        return ours - reference if self.difference else ours / reference


def _low_middle_high(values: Sequence[float], middle: float) -> tuple[float, float, float]:
    return min(values), middle, max(values)


def _spread(seconds: tuple[float, ...]) -> str:
    low, middle, high = _low_middle_high(seconds, statistics.median(seconds))
    if high < 0.01:
        return f"{middle * 1e6:.0f} µs ({low * 1e6:.0f}–{high * 1e6:.0f})"
    return f"{middle:.3f} s ({low:.3f}–{high:.3f})"


Series = tuple[float, ...]


def interleaved(rounds: int, *measures: Callable[[], float]) -> list[Series]:
    """Each measure's seconds by round; one round before them warms byte code and caches."""
    for each in measures:
        each()
    found = [[each() for each in measures] for _ in range(rounds)]
    return [tuple(series) for series in zip(*found, strict=True)]


# -- collecting ----------------------------------------------------------------------------------

ITEMS = 10_000
STAGE = """
    given: {input: {type: integer}}
    output: {json: true, data: {type: object, required: [value]}, declared: [value]}
    within: 1s
"""
HOLDS = """    holds:
      same: output.value == input
      one: len(output) == 1
      two: output.value >= input
      three: output.value <= input
      four: exists(output.value)
"""
CLAUSES = 10  # five of STAGE, five of HOLDS
EXAMPLES = 95


def for_all(stages: int) -> str:
    return f'  "*":{STAGE}{HOLDS}'


def by_name(stages: int) -> str:
    return "".join(f"  stage_{n}:{_subject(n)}{STAGE}{HOLDS}" for n in range(stages))


def by_example(stages: int) -> str:
    examples = "".join(
        f"      - {{name: n{n}, given: {{input: {n}}}, output: {{data: {{value: {n}}}}}}}\n"
        for n in range(EXAMPLES)
    )
    blocks = (f"  stage_{n}:{_subject(n)}{STAGE}    examples:\n{examples}" for n in range(stages))
    return "".join(blocks)


def _subject(number: int) -> str:
    return f'\n    subject: "many:stage_{number}"'


def many(folder: Path, stages: int, blocks: Callable[[int], str] = for_all) -> None:
    """A project of so many stages, with a contract for them; and its plain twin."""
    (folder / "contracts").mkdir(parents=True)
    contract = f"stagepact: 1\nname: many\nstages:\n{blocks(stages)}"
    (folder / "contracts" / "many.contract.yaml").write_text(contract, encoding="utf-8")
    code = ["from stagepact import contract_subject", ""]
    for number in range(stages):
        code += [
            "@contract_subject()",
            f"async def stage_{number}(value: int) -> dict:",
            "    return {'value': value}",
            "",
        ]
    (folder / "many.py").write_text("\n".join(code), encoding="utf-8")
    found = "packages = ['many']\n" if blocks is for_all else ""
    settings_ = f"[tool.stagepact]\ncontracts = ['contracts']\n{found}"
    (folder / "pyproject.toml").write_text(settings_, encoding="utf-8")


def plain(folder: Path, items: int) -> None:
    folder.mkdir()
    code = (
        "import pytest\n\n"
        f"@pytest.mark.parametrize('n', range({items}))\n"
        "def test_n(n): assert n >= 0\n"
    )
    (folder / "test_plain.py").write_text(code, encoding="utf-8")


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


SHAPES: dict[str, tuple[int, Callable[[int], str]]] = {
    'one `"*"` block of 10 clauses, 1,000 stages': (1_000, for_all),
    "1,000 named blocks of 10 clauses": (1_000, by_name),
    "100 named blocks of 5 clauses and 95 examples": (100, by_example),
}
ASKED = 1.5


def collecting(root: Path, rounds: int) -> list[Figure]:
    """The whole command by shape, and what is left of it without its start (over 10 items)."""
    for index, (stages, blocks) in enumerate(SHAPES.values()):
        many(root / f"shape{index}", stages, blocks)
    many(root / "small", 1)
    plain(root / "plain", ITEMS)
    plain(root / "plain-small", CLAUSES)
    measures = [
        partial(collected, root / f"shape{index}", "contracts", ITEMS)
        for index in range(len(SHAPES))
    ]
    *ours, reference, small, plain_small = interleaved(
        rounds,
        *measures,
        partial(collected, root / "plain", "test_plain.py", ITEMS),
        partial(collected, root / "small", "contracts", CLAUSES),
        partial(collected, root / "plain-small", "test_plain.py", CLAUSES),
    )
    figures = []
    for title, series in zip(SHAPES, ours, strict=True):
        less, reference_less = _less(series, small), _less(reference, plain_small)
        figures.append(Figure(f"collecting {title}: whole command", series, reference, ASKED))
        figures.append(
            Figure(f"collecting {title}: without the start", less, reference_less, ASKED)
        )
    figures.append(Figure("the start: collecting 10 items", small, plain_small))
    return figures


def _less(whole: Series, start: Series) -> Series:
    return tuple(a - b for a, b in zip(whole, start, strict=True))


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
    """One generated example, with what drawing it costs and without."""
    id_ = SubjectId("trivial", "bench:trivial", "function")
    subject = function_subject(trivial, id_)
    document = parse(read_yaml(FUZZED, "trivial.contract.yaml"), Path("trivial.contract.yaml"))
    items = tuple(
        Item(ItemId("trivial.contract.yaml", "trivial", clause.id, "direct"), clause)
        for clause in stage_clauses(document, "stages", "trivial")
    )
    values = from_schema(SCHEMA)
    drawn = fuzz_cases(Assumption(input=SCHEMA))
    target = Target("trivial", (View(id_, items),), subject, generate=lambda: drawn, fuzz=examples)
    given_ = {"name": "a name", "size": 7, "fast": True}
    written = replace(target, cases=(Case("fuzz", Given(input=given_), "fuzz"),) * examples, fuzz=0)

    def ours() -> float:
        began = time.perf_counter()
        verdicts = check(target, Options(seed=7))
        spent = time.perf_counter() - began
        assert all(verdict.fuzzed == examples for verdict in verdicts), verdicts
        return spent / examples

    def ours_undrawn() -> float:
        began = time.perf_counter()
        verdicts = check(written, Options())
        spent = time.perf_counter() - began
        assert all(verdict.fuzzed == examples for verdict in verdicts), verdicts
        return spent / examples

    def bare() -> float:
        with contextlib.closing(asyncio.new_event_loop()) as loop:
            runs: list[None] = []

            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @hypothesis.seed(7)
            @given(values)
            def test(value: dict[str, Any]) -> None:
                awaited(loop, value)
                runs.append(None)

            began = time.perf_counter()
            test()
            spent = time.perf_counter() - began
        assert len(runs) == examples
        return spent / examples

    def bare_undrawn() -> float:
        with contextlib.closing(asyncio.new_event_loop()) as loop:
            began = time.perf_counter()
            for _ in range(examples):
                awaited(loop, given_)
            return (time.perf_counter() - began) / examples

    a, b, c, d = interleaved(rounds, ours, bare, ours_undrawn, bare_undrawn)
    title = "one fuzz example of a trivial async stage"
    return [
        Figure(f"{title}, against a bare `@given`", a, b, 1.3),
        Figure(f"{title}, without drawing it", c, d),
    ]


def awaited(loop: asyncio.AbstractEventLoop, value: dict[str, Any]) -> None:
    """The bare test: the same stage, and by hand what the contract says."""
    events: list[str] = []
    result = loop.run_until_complete(trivial(value, lambda type_, _: events.append(type_)))
    assert isinstance(result, dict)
    assert "size" in result
    assert events == ["started", "completed"]


# -- starting ------------------------------------------------------------------------------------


def starting(root: Path, rounds: int) -> list[Figure]:
    folder = root / "without-contracts"
    folder.mkdir()
    (folder / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")

    def run(*arguments: str) -> float:
        done, seconds = pytest_run(folder, "-q", "test_one.py", *arguments)
        if "1 passed" not in done:
            raise SystemExit(done)
        return seconds

    with_, without = interleaved(rounds, run, lambda: run("-p", "no:stagepact"))
    title = "`pytest` in a project without contracts, with the plugin and without"
    return [Figure(title, with_, without, 0.030, difference=True)]


# -- the page ------------------------------------------------------------------------------------


def section(figures: list[Figure], rounds: int) -> str:
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds ({3 * rounds} for "
        "the start without contracts), in brackets the least and the most. Commands are fresh "
        "processes with their byte code cached; the reference of collecting is "
        "`pytest.mark.parametrize` over as many numbers.",
        "",
        machine(),
        "",
        "| what | stagepact | reference | ratio or difference | asked | |",
        "|---|---|---|---|---|---|",
        *(figure.row for figure in figures),
    ]
    return "\n".join(lines)


def main() -> None:
    asked = options(__doc__).parse_args()
    rounds = 2 if asked.quick else 7
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures = collecting(root, rounds)
        figures += fuzzing(rounds, 200 if asked.quick else 1_000)
        figures += starting(root, 3 * rounds)
    text = section(figures, rounds)
    told = {"machine": machine(), "rounds": rounds, "figures": [each.plain() for each in figures]}
    tell(asked, NAME, text, told)


if __name__ == "__main__":
    main()
