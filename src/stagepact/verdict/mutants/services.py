"""The laws of services, turned wrong: steps are said to have been answered as they weren't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.contract.resources import ConservationValue, ServiceLaw
from stagepact.verdict.mutants.expressions import negated
from stagepact.verdict.mutants.model import Mutants, Seen

# By law, what a step is said to have been answered: a status, another body, or none.
WRONG: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "create-read": ({"read": "404"}, {"read": "other"}),
    "update-read": ({"after": "404"}, {"after": "other"}),
    "delete": ({"gone": "200", "before": "nothing"}, {"delete": "500"}),
    "create-twice": ({"twice": "201"}, {"after": "404"}),
    "idempotency-key": ({"second": "other"},),
    "list-get": ({"read": "404"},),
    "pagination": ({"page": "other"},),
    "filter": ({"filtered": "other"}, {"whole": "other"}, {"selected": "599"}),
    "delete-siblings": ({"after": "404"},),
    "lost-update": ({"outdated": "200"},),
    "concurrent-updates": ({"race": "200"},),
    "sequences": ({"made": "404"}, {"call": "599"}),
}


def law(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The law, over answers that weren't given."""
    value: ServiceLaw = clause.value
    for told in WRONG[value.law]:
        yield replace(clause, value=replace(value, told=told))


def conservation(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite."""
    value: ConservationValue = clause.value
    yield replace(clause, value=replace(value, expression=negated(value.expression)))


SERVICE_MUTANTS: Mapping[str, Mutants] = {
    **{f"service.{name}": law for name in WRONG},
    "conservation": conservation,
}
