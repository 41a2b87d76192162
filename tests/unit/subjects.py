"""Fakes in the shape of a subject, for the tests of what runs and judges them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from stagepact.contract.clauses import Clause, stage_clauses
from stagepact.contract.document import parse
from stagepact.contract.source import read_yaml
from stagepact.flow import Item, Options, Target, View
from stagepact.observation import Limits
from stagepact.subject import Case, Given, Output, Probe, SubjectId
from stagepact.verdict.model import ItemId

DOUBLE = SubjectId("double", "voice:double", "function")


@dataclass(frozen=True)
class Fake:
    """A subject that does what a function of its input (and of the probe) does."""

    does: Callable[..., Any]
    id: SubjectId = DOUBLE
    event_name: str = "{type}"
    closes: Callable[[], Any] = lambda: None

    async def __call__(self, case: Case, probe: Probe) -> Output:
        wants_probe = len(inspect.signature(self.does).parameters) > 1
        result = self.does(case.given.input, *([probe] if wants_probe else []))
        if inspect.isawaitable(result):
            result = await result
        return result if isinstance(result, Output) else Output(data=result, raw=result)

    async def close(self) -> None:
        result = self.closes()
        if inspect.isawaitable(result):
            await result


def clauses(block: str) -> tuple[Clause, ...]:
    """The clauses of a stage's block."""
    body = "\n".join(f"    {line}" for line in block.strip().splitlines())
    text = f"name: a\nstages:\n  double:\n{body}\n"
    document = parse(read_yaml(text, "a.contract.yaml"), Path("a.contract.yaml"))
    return stage_clauses(document, "stages", "double")


def target(
    does: Callable[..., Any],
    block: str,
    *inputs: Any,
    generate: st.SearchStrategy[Any] | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> Target:
    """A fake under the clauses of a block, with inputs as examples and a strategy of others."""
    items = tuple(
        Item(ItemId("a.contract.yaml", "double", each.id, "direct"), each)
        for each in clauses(block)
    )
    drawn = (
        None
        if generate is None
        else generate.map(lambda value: Case("fuzz", Given(input=value), "fuzz"))
    )
    return Target(
        "double[direct]",
        (View(DOUBLE, items),),
        Fake(does),
        cases=tuple(Case(f"case {n}", Given(input=value)) for n, value in enumerate(inputs)),
        generate=None if drawn is None else (lambda: drawn),
        limits=limits or Limits(scan_files=False),
        **more,
    )


def options(**more: Any) -> Options:
    """Options with a seed, so that a test is the same each time."""
    return Options(
        **{"max_examples": 100, "seed": 0, "database": InMemoryExampleDatabase(), **more}
    )
