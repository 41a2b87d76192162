"""The laws of stages and pipelines, turned wrong: what breaks them is said to have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import OWN_LAW, Clause
from stagepact.contract.laws import SECTIONS, StageLaw
from stagepact.verdict.mutants.model import Mutants, Seen


def law(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The law, over what wasn't seen."""
    value: StageLaw = clause.value
    yield replace(clause, value=replace(value, told=True))


JUDGED_LAW_MUTANTS: Mapping[str, Mutants] = {
    **{f"{on}.{name}": law for on, laws in SECTIONS.items() for name in laws},
    OWN_LAW: law,
}
