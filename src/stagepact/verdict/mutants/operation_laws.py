"""Laws of operations, secrets and caches, turned wrong: what was seen is what must not be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.contract.operation_laws import OperationLaw, SecretsValue
from stagepact.verdict.mutants.model import Mutants, Seen

_NOTHING = "x-stagepact-nothing"


def other_status(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """No answer has the status that is wanted."""
    value: OperationLaw = clause.value
    yield replace(clause, value=replace(value, statuses=("100",)))


def other_name(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another header, or another scheme."""
    yield replace(clause, value=replace(clause.value, reads=_NOTHING))


def negated(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite: what was answered alike should differ, what was served should be refused."""
    yield replace(clause, value=replace(clause.value, negated=True))


def served(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another refusal, then none: where nobody is served, the first says nothing."""
    yield from other_status(clause, seen)
    yield from negated(clause, seen)


def secrets(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Every answer is an error, and has to tell a secret."""
    yield replace(clause, value=SecretsValue("12345", clause.value.traces, negated=True))


def size(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Less than nothing."""
    yield replace(clause, value=-1)


def caching(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another header."""
    yield replace(clause, value=replace(clause.value, header=_NOTHING))


LAWS_MUTANTS: Mapping[str, Mutants] = {
    "no-secrets": secrets,
    "max-size": size,
    "caching.etag": caching,
    "caching.private": caching,
    "auth-required": served,
    "challenge": other_name,
    "owned": other_status,
    "caching.not-modified": other_status,
    "idempotency.replay": negated,
    "idempotency.conflict": other_status,
    "rate-limit.refused": other_status,
    "rate-limit.retry-after": other_name,
    "rate-limit.served-again": negated,
    "auth.login": negated,
    "auth.refresh": negated,
    "auth.refresh-once": negated,
    "auth.logout": other_status,
}
