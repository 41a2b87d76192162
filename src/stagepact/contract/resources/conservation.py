"""What a service conserves, as clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stagepact.contract.clauses import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.expression import Expression, parse
from stagepact.contract.models import Conservation, Service
from stagepact.errors import ContractError, Problem


@dataclass(frozen=True, slots=True)
class ConservationValue:
    """What stays true of the bodies that `over` names, in the words of an expression."""

    expression: Expression
    over: Mapping[str, str]
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def conservation_clauses(document: Document, name: str, service: Service) -> tuple[Clause, ...]:
    """The clauses of what a service conserves.

    Raises:
        ContractError: an expression has unknown names, or looks at what is no GET.
    """
    compiler = Compiler(document, ("services", name))
    statuses = {each: tuple(one.responses) for each, one in service.operations.items()}
    made = []
    for key, said in service.conservation.items():
        path: tuple[str | int, ...] = ("conservation", key)
        compiler.problems += _unsound(compiler, path, said)
        value = ConservationValue(parse(said.expr), said.over, statuses)
        made.append(compiler.clause(
            f"conservation.{key}", "conservation", path, f"always {said.expr}", value))  # fmt: skip
    if compiler.problems:
        raise ContractError(*compiler.problems)
    return tuple(made)


def _unsound(
    compiler: Compiler, path: tuple[str | int, ...], said: Conservation
) -> Iterator[Problem]:
    known = (*said.over, "before")
    for unknown in sorted(parse(said.expr).names - {*known}):
        place = compiler.place(*path, "expr")
        expected = f"one of {', '.join(known)}"
        yield Problem(place, f"the name {unknown!r} in {said.expr!r}", expected, "", "unknown-name")
    for name, call in said.over.items():
        if not call.startswith("GET "):
            place = compiler.place(*path, "over", name)
            yield Problem(place, call, "a GET operation", "only what changes nothing is looked at",
                          "no-get")  # fmt: skip
