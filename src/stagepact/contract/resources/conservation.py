"""What a service conserves, as clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stagepact.contract.clauses import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.expression import Expression, parse
from stagepact.contract.models import Conservation, Service
from stagepact.errors import ContractError, Problem, nearest


@dataclass(frozen=True, slots=True)
class ConservationValue:
    """What stays true of the bodies that `over` names, in the words of an expression.

    It is looked at after the calls of `after`; after all where there are none.
    """

    expression: Expression
    over: Mapping[str, str]
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: tuple[str, ...] = ()


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
        compiler.problems += _unknown_calls(compiler, path, said, service)
        value = ConservationValue(parse(said.expr), said.over, statuses, tuple(said.after))
        when = f"after {', '.join(said.after)}:" if said.after else "always"
        made.append(compiler.clause(
            f"conservation.{key}", "conservation", path, f"{when} {said.expr}", value))  # fmt: skip
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


def _unknown_calls(
    compiler: Compiler, path: tuple[str | int, ...], said: Conservation, service: Service
) -> Iterator[Problem]:
    known = [call for call in service.operations if not call.startswith("GET ")]
    for index, call in enumerate(said.after):
        if call not in known:
            guess = nearest(call, known)
            place = compiler.place(*path, "after", index)
            expected = f"an operation that changes something: {', '.join(known) or 'there is none'}"
            advice = f"did you mean {guess!r}?" if guess else ""
            yield Problem(place, call, expected, advice, "unknown-operation")
