"""Lifecycles, turned wrong: moves are said to have been answered as they weren't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.contract.lifecycle import LifecycleValue
from stagepact.verdict.mutants.model import Mutants, Seen


def _told(*answers: Mapping[str, str]) -> Mutants:
    def wrong(clause: Clause, seen: Seen) -> Iterator[Clause]:
        value: LifecycleValue = clause.value
        for told in answers:
            yield replace(clause, value=replace(value, told=told))

    return wrong


LIFECYCLE_MUTANTS: Mapping[str, Mutants] = {
    "lifecycle.allowed": _told({"try": "418"}, {"then": "other"}),
    "lifecycle.forbidden": _told({"try": "200"}),
    "lifecycle.progress": _told({"state": "other"}, {"then": "other"}),
}
