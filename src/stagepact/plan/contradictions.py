"""Contracts add up, so two that can't both be kept are a mistake: told before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import jsonschema_rs

from stagepact.contract.clauses import Clause, OrderValue, StatusValue
from stagepact.contract.order import intersects
from stagepact.errors import Problem
from stagepact.plan.blocks import Block
from stagepact.schema.validate import Validator
from stagepact.subject import SubjectId


def contradictions(subject: SubjectId, matching: tuple[Block, ...]) -> Iterator[Problem]:
    """Every pair of blocks that no run of the subject could satisfy."""
    for left, right in combinations(matching, 2):
        theirs = {clause.id: clause for clause in right.clauses}
        for clause in left.clauses:
            other = theirs.get(clause.id)
            if other is None or other.kind != clause.kind or other.value == clause.value:
                continue
            differ = _RULES.get(clause.kind)
            told = differ(clause, other) if differ is not None else None
            if told is not None:
                yield Problem(
                    other.place,
                    f"{clause.id} of {subject.name}, which contradicts {clause.place}: {told}",
                    "contracts that can all be kept",
                    "correct one of them, or narrow its selector",
                    "contradiction",
                )
        yield from _ports(subject, left, right)


def _ports(subject: SubjectId, left: Block, right: Block) -> Iterator[Problem]:
    for port, reference in right.stage.given.ports.items():
        before = left.stage.given.ports.get(port)
        if before is not None and before != reference:
            first = left.place("given", "ports", port)
            yield Problem(
                right.place("given", "ports", port),
                f"the port {port!r} of {subject.name} = {reference}, which is {before} at {first}",
                "one object for a port",
                "say it in one place",
                "contradiction",
            )


def _statuses(left: Clause, right: Clause) -> str | None:
    mine: StatusValue = left.value
    other: StatusValue = right.value
    if not mine.statuses or not other.statuses or set(mine.statuses) & set(other.statuses):
        return None
    return f"{', '.join(mine.statuses)} and {', '.join(other.statuses)} have no status in common"


def _schemas(left: Clause, right: Clause) -> str | None:
    mine: Validator | None = left.value
    other: Validator | None = right.value
    if mine is None or other is None:
        return None
    return "no value has both schemas" if _disjoint(mine, other) else None


def _disjoint(left: Validator, right: Validator) -> bool:
    """Whether it is certain that no value has both schemas; doubt is not certainty."""
    try:
        one = jsonschema_rs.canonicalize(left.schema)
        both = one.intersect(jsonschema_rs.canonicalize(right.schema))
        return both.satisfiability() == jsonschema_rs.canonical.Satisfiability.NO
    except Exception:  # an algebra that can't tell has nothing to say here
        return False


def _declared(left: Clause, right: Clause) -> str | None:
    if set(left.value) == set(right.value):
        return None
    return f"exactly {', '.join(left.value)} and exactly {', '.join(right.value)}"


def _orders(left: Clause, right: Clause) -> str | None:
    mine: OrderValue = left.value
    other: OrderValue = right.value
    if intersects(mine.order, other.order) is not None:
        return None
    return "no order of events satisfies both"


def _times(left: Clause, right: Clause) -> str | None:
    mine, other = left.value.times, right.value.times
    if mine is None or other is None:
        return None
    low, high = _range(mine)
    other_low, other_high = _range(other)
    if max(low, other_low) <= min(high, other_high):
        return None
    return f"{mine} and {other}"


def _range(times: str) -> tuple[float, float]:
    if times == "never":
        return (0, 0)
    if times == "once":
        return (1, 1)
    number = float(times.split()[-1])
    return {
        "most": (0.0, number),
        "least": (number, float("inf")),
        "exactly": (number, number),
    }[times.split()[-2]]


_RULES: dict[str, Callable[[Clause, Clause], str | None]] = {
    "output.status": _statuses,
    "output.data": _schemas,
    "output.declared": _declared,
    "events.order": _orders,
    "calls": _times,
}
