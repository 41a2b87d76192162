"""Which clauses are laws of stages and pipelines, and which laws of plugins they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import OWN_LAW, Clause
from stagepact.contract.laws import OwnLaw, StageLaw
from stagepact.errors import Problem, nearest
from stagepact.flow import Item


def is_law(clause: Clause) -> bool:
    """Whether a clause is a law of stages or pipelines, which has a target of its own."""
    return isinstance(clause.value, StageLaw)


def with_own(found: Item, own: Mapping[str, OwnLaw]) -> Item:
    """The item, whose clause has the law of the plugin that it names."""
    law = own.get(found.clause.value.law)
    if law is None or found.clause.kind != OWN_LAW:
        return found
    clause = found.clause
    value = replace(clause.value, own=law)
    return replace(found, clause=replace(clause, promise=law.promise, value=value))


def unknown_laws(clauses: tuple[Clause, ...], own: Mapping[str, OwnLaw]) -> Iterator[Problem]:
    """Laws that no plugin has, or that are of the other section."""
    for clause in clauses:
        if clause.kind != OWN_LAW:
            continue
        law: StageLaw = clause.value
        known = [name for name, each in own.items() if each.on == law.on]
        if law.law not in known:
            guess = nearest(law.law, known)
            yield Problem(
                clause.place,
                f"the law {law.law!r} of {law.on}, which no plugin has",
                f"one of {', '.join(known)}" if known else "a law of a plugin (`stagepact_laws`)",
                f"did you mean {guess!r}?" if guess else "name its plugin in `plugins`",
                "unknown-law",
            )
