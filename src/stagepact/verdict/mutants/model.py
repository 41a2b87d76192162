"""What a mutant is: the same promise turned wrong, to be judged over what was seen already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stagepact.contract.clauses import Clause
from stagepact.observation import Observation


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was observed for a clause; `pairs` are for clauses over two runs."""

    runs: tuple[Observation, ...] = ()
    pairs: tuple[tuple[Observation, Observation], ...] = ()


# The clause turned wrong, one way after the other, those that mostly break first.
Mutants = Callable[[Clause, Seen], Iterator[Clause]]
# Why a clause is true of anything, "" where something breaks it.
Vacuous = Callable[[Clause, Seen], str]
