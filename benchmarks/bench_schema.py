"""What drawing, sampling, compiling and comparing cost: ours beside its peers, in one run.

    python benchmarks/bench_schema.py            writes its section of docs/benchmarks.md
    python benchmarks/bench_schema.py --quick    fewer rounds, writes nothing

Each engine draws in a process of its own (tools/peer_worker.py), peers in environments of their
own under build/peers/, which the first run makes. Rounds are interleaved. The exit code is 0
whatever is reached: a figure is to be read, and a busy machine is no mistake.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from page import machine, options, tell
from peers import BY_HAND, HYPOTHESIS_JSONSCHEMA, OURS, SCHEMATHESIS, Peer, ask
from schema_models import MODELS, THIRTY

from stagepact.schema.boundaries import BoundaryCase, boundary_cases
from stagepact.schema.contain import contains
from stagepact.schema.generate import strategy_of
from stagepact.schema.prepared import prepared
from stagepact.schema.sampler import drawn
from stagepact.schema.validate import Validator

NAME = Path(__file__).stem
COUNTS = {OURS: 300, BY_HAND: 300, SCHEMATHESIS: 150, HYPOTHESIS_JSONSCHEMA: 50}

Rates = dict[Peer, list[list[float | None]]]
"""By engine, a round's values a second by model; None where it draws none."""


@dataclass(frozen=True)
class Row:
    """A figure by rounds, as a number or a ratio, and what is asked of it."""

    title: str
    rounds: tuple[float, ...]
    unit: str
    asked: float | None = None
    least: bool = True

    @property
    def value(self) -> float:
        return statistics.median(self.rounds)

    @property
    def verdict(self) -> str:
        if self.asked is None:
            return ""
        reached = self.value >= self.asked if self.least else self.value <= self.asked
        return "reached" if reached else "missed"

    @property
    def line(self) -> str:
        spread = f"{_number(min(self.rounds))}–{_number(max(self.rounds))}"
        sign = "≥" if self.least else "≤"
        asked = "" if self.asked is None else f"{sign} {self.asked:g} {self.unit}"
        shown = f"{_number(self.value)} {self.unit} ({spread})"
        return f"| {self.title} | {shown} | {asked} | {self.verdict} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


# -- drawing -------------------------------------------------------------------------------------


def rates(rounds: int) -> Rates:
    found: Rates = {peer: [] for peer in COUNTS}
    for _ in range(rounds):
        for peer, count in COUNTS.items():
            jobs = [
                {"name": model.__name__, "schema": model.model_json_schema(), "count": count}
                for model in MODELS
            ]
            found[peer].append(ask(peer, "rate", jobs))
    return found


def _known(rates_: Iterable[float | None]) -> list[float]:
    return [each for each in rates_ if each is not None]


def _ratios(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float:
    """The median over the models that both draw."""
    both = [a / b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return statistics.median(both)


def drawing(found: Rates) -> list[Row]:
    ours = found[OURS]

    def against(peer: Peer, title: str, asked: float) -> Row:
        pairs = zip(ours, found[peer], strict=True)
        return Row(title, tuple(_ratios(a, b) for a, b in pairs), "×", asked)

    medians = [
        Row(
            f"{peer.name}: values a second, median over models",
            tuple(statistics.median(_known(each)) for each in found[peer]),
            "/s",
            300 if peer is OURS else None,
        )
        for peer in found
    ]
    return [
        *medians,
        against(BY_HAND, "ours against a strategy written by hand", 0.8),
        against(SCHEMATHESIS, "ours against schemathesis's engine", 1.3),
        against(HYPOTHESIS_JSONSCHEMA, "ours against hypothesis-jsonschema", 3),
    ]


def by_model(found: Rates) -> list[str]:
    lines = [f"| model | {' | '.join(peer.name for peer in found)} |", "|---|---|---|---|---|"]
    for index, model in enumerate(MODELS):
        series = [_known(each[index] for each in found[peer]) for peer in found]
        cells = [_number(statistics.median(each)) if each else "none" for each in series]
        lines.append(f"| {model.__name__} | {' | '.join(cells)} |")
    return lines


# -- volume --------------------------------------------------------------------------------------


def volume(found: Rates, count: int) -> list[Row]:
    """Sampled values a second by model and round, and against schemathesis's drawn ones."""
    medians, ratios = [], []
    for theirs in found[SCHEMATHESIS]:
        ours = [_sampled(model.model_json_schema(), count) for model in MODELS]
        medians.append(statistics.median(ours))
        ratios.append(_ratios(ours, theirs))
    return [
        Row("volume mode: values a second, median over models", tuple(medians), "/s"),
        Row("volume mode against schemathesis's engine", tuple(ratios), "×", 100),
    ]


def _sampled(schema: Any, count: int) -> float:
    values = drawn(prepared(schema), Random(1))
    list(islice(values, 300))
    return count / _spent(lambda: list(islice(values, count)))


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


# -- compiling, comparing, boundaries ------------------------------------------------------------


def compiling(rounds: int) -> list[Row]:
    """Of the model of 30 fields; nothing is kept between rounds."""
    schema = THIRTY.model_json_schema()
    works: list[tuple[str, Callable[[], object], float | None]] = [
        ("compile, 30 fields: the validator", lambda: Validator(schema), 1),
        ("compile, 30 fields: canonical form and shapes", lambda: prepared(schema), None),
        ("compile, 30 fields: with the strategy", lambda: strategy_of(prepared(schema)), None),
    ]
    return [
        Row(title, tuple(1000 * _spent(work) for _ in range(20 * rounds)), "ms", asked, False)
        for title, work, asked in works
    ]


INTEGER, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}


def _object(properties: Any, *required: str, **more: Any) -> Any:
    return {"type": "object", "properties": properties, "required": [*required], **more}


def _tree(value: Any) -> Any:
    children = {"type": "array", "items": {"$ref": "#/$defs/T"}}
    return {"$defs": {"T": _object({"v": value, "c": children}, "v")}, "$ref": "#/$defs/T"}


def _pattern(text: str) -> Any:
    return {"type": "string", "pattern": text}


def _array(items: Any, **more: Any) -> Any:
    return {"type": "array", "items": items, **more}


PAIRS: tuple[tuple[Any, Any, str], ...] = (
    (NUMBER, INTEGER, "yes"),
    (INTEGER, NUMBER, "no"),
    ({"minimum": 0}, {"minimum": 1}, "yes"),
    ({"minimum": 1}, {"minimum": 0}, "no"),
    ({"multipleOf": 2}, {"type": "integer", "multipleOf": 4}, "yes"),
    ({"multipleOf": 4}, {"type": "integer", "multipleOf": 2}, "no"),
    (_object({"a": NUMBER}), _object({"a": INTEGER}), "yes"),
    (_object({"a": INTEGER}, "a"), _object({"a": INTEGER}), "no"),
    (_object({"a": INTEGER}), _object({"b": TEXT}, additionalProperties=False), "yes"),
    (_object({"a": INTEGER}), _object({"b": TEXT}), "no"),
    (_tree(NUMBER), _tree(INTEGER), "yes"),
    (_tree(INTEGER), _tree(NUMBER), "no"),
    (_pattern("^[a-z]+$"), _pattern("^[a-z]{3}$"), "yes"),
    (_pattern("^[a-z]{3}$"), _pattern("^[a-z]+$"), "no"),
    ({"type": "string", "maxLength": 36}, {"type": "string", "format": "uuid"}, "yes"),
    ({"type": "string", "format": "uuid"}, TEXT, "no"),
    ({"enum": [1, 2, 3]}, {"type": "integer", "minimum": 1, "maximum": 3}, "yes"),
    (_array(NUMBER, uniqueItems=True), _array(INTEGER), "no"),
    ({"type": "array", "contains": NUMBER}, _array(INTEGER, minItems=1), "yes"),
    ({"anyOf": [TEXT, INTEGER]}, {"oneOf": [TEXT, INTEGER]}, "yes"),
)


def comparing(rounds: int) -> list[Row]:
    right: list[float] = []
    spent: list[float] = []
    for _ in range(rounds):
        times, count = [], 0
        for outer, inner, answer in PAIRS:
            began = time.perf_counter()
            found = contains(outer, inner).answer
            times.append(1000 * (time.perf_counter() - began))
            count += found == answer
        spent.append(statistics.median(times))
        right.append(count)
    return [
        Row(f"containment: right answers of {len(PAIRS)}", tuple(right), "", len(PAIRS)),
        Row("containment: median of the pairs", tuple(spent), "ms", 5, False),
    ]


def boundaries() -> list[Row]:
    """Over all models; every case is judged by the validator, not by what it says of itself."""
    wrong = one = invalid = 0
    spent: list[float] = []
    for model in MODELS:
        schema = model.model_json_schema()
        cases: list[BoundaryCase] = []
        spent.append(_spent(lambda found=cases, of=schema: found.extend(boundary_cases(of))))
        validator = Validator(schema)
        wrong += sum(validator.accepts(each.value) is not each.valid for each in cases)
        broken = [each for each in cases if not each.valid]
        invalid += len(broken)
        one += sum(validator.count(each.value) == 1 for each in broken)
    return [
        Row("boundary: cases that aren't what they say", (wrong,), "", 0, False),
        Row("boundary: invalid cases with exactly one error", (100 * one / invalid,), "%", 97),
        Row("boundary: seconds of CPU a model", tuple(spent), "s"),
    ]


# -- the page ------------------------------------------------------------------------------------


def section(rows: list[Row], models: list[str], rounds: int) -> str:
    peers = ", ".join(
        each for peer in (SCHEMATHESIS, HYPOTHESIS_JSONSCHEMA) for each in peer.packages
    )
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds over "
        f"{len(MODELS)} Pydantic models (of compiling, {20 * rounds}), in brackets the least and "
        "the most. Values a second are of CPU time, warm, drawing only; a ratio is the median over "
        f"the models that both engines draw. Peers, each in its own environment: {peers}.",
        "",
        machine(),
        "",
        "| what | measured | asked | |",
        "|---|---|---|---|",
        *(row.line for row in rows),
        "",
        "Values a second by model:",
        "",
        *models,
    ]
    return "\n".join(lines)


def main() -> None:
    asked = options(__doc__).parse_args()
    rounds = 1 if asked.quick else 3
    found = rates(rounds)
    rows = [
        *drawing(found),
        *volume(found, 1_000 if asked.quick else 5_000),
        *compiling(rounds),
        *comparing(rounds),
        *boundaries(),
    ]
    text = section(rows, by_model(found), rounds)
    told = [{"title": each.title, "value": each.value, "verdict": each.verdict} for each in rows]
    tell(asked, NAME, text, told)


if __name__ == "__main__":
    main()
