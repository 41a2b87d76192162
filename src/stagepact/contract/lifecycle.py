"""A lifecycle of a resource: its states, what may follow each, and the moves between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stagepact.contract.clauses import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.expression import EvaluationError, ExpressionError, evaluate, parse
from stagepact.contract.models import Lifecycle as Said
from stagepact.contract.models import Move, Service
from stagepact.contract.order import compile_order
from stagepact.errors import ContractError, Problem


@dataclass(frozen=True)
class Lifecycle:
    """The states of a resource as a graph, and the moves as its edges."""

    said: Said

    @cached_property
    def states(self) -> tuple[str, ...]:
        """All states, those that come first before the others."""
        return tuple(dict.fromkeys((*self.first, *self._follow)))

    @cached_property
    def first(self) -> tuple[str, ...]:
        """The states in which the resource may begin."""
        order = compile_order(self.said.states)
        return order.expected(order.start)

    @cached_property
    def _follow(self) -> Mapping[str, frozenset[str]]:
        """By state, those that its order permits next, wherever it was before."""
        order = compile_order(self.said.states)
        found: dict[str, set[str]] = {}
        seen, queue = set[int](), deque([order.start])
        while queue:
            node = queue.popleft()
            if node in seen:
                continue
            seen.add(node)
            for type_ in order.expected(node):
                then = order.step(node, type_)
                if then is not None:
                    found.setdefault(type_, set()).update(order.expected(then))
                    queue.append(then)
        return {state: frozenset(then) for state, then in found.items()}

    def follows(self, state: str, then: str) -> bool:
        """Whether the order permits a state after another; staying is permitted always."""
        return state == then or then in self._follow.get(state, ())

    def allowed(self, move: Move, state: str) -> bool | None:
        """Whether a move is allowed in a state; None where the contract doesn't say."""
        if move.from_:
            return state in move.from_
        if move.to:
            return any(then in self._follow.get(state, ()) for then in move.to)
        return None

    def by_itself(self, *states: str) -> frozenset[str]:
        """The states that it may be in a moment later, when it was in one of these."""
        found = set(states)
        for _ in self.said.moves:
            for move in self.said.moves.values():
                if move.call is None and found & set(move.from_):
                    found |= set(move.to)
        return frozenset(found)

    def next_move(self, state: str, wanted: str) -> str | None:
        """The first move of a shortest way from one state to another; None where there is none."""
        ways: dict[str, str | None] = {state: None}
        queue = deque([state])
        while queue:
            here = queue.popleft()
            for name, move in self.said.moves.items():
                if not self.allowed(move, here):
                    continue
                for then in move.to:
                    if then not in ways:
                        ways[then] = ways[here] or name
                        queue.append(then)
        return ways.get(wanted)

    def read(self, status: str, body: Any, headers: Mapping[str, str]) -> str | None:
        """The state that an answer tells; None where it tells none."""
        if status in ("404", "410"):
            return self.said.gone or "gone"
        if status[:1] != "2":
            return None
        where = self.said.state
        if where.startswith("/"):
            value: Any = body
            for step in where[1:].split("/"):
                value = value.get(step) if isinstance(value, Mapping) else None
        else:
            try:
                value = evaluate(parse(where), {"output": body, "headers": dict(headers)})
            except EvaluationError:
                return None
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class LifecycleValue:
    """A clause of a lifecycle: over one state's moves, or over progress where `state` is "".

    `told` says of steps what they are said to have been answered, which isn't so.
    """

    lifecycle: Lifecycle
    state: str
    moves: tuple[str, ...]
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


def lifecycle_clauses(
    document: Document, name: str, service: Service
) -> Iterator[tuple[Said, tuple[Clause, ...]]]:
    """The clauses of each lifecycle: of each state, what is allowed and forbidden; progress.

    Raises:
        ContractError: a lifecycle speaks of states that its order doesn't have.
    """
    compiler = Compiler(document, ("services", name))
    found = []
    statuses = {each: tuple(one.responses) for each, one in service.operations.items()}
    for index, said in enumerate(service.lifecycle):
        path = ("lifecycle", index)
        problems = [*_unsound(compiler, path, said)]
        compiler.problems += problems
        if not problems:
            found.append((said, tuple(_clauses(compiler, path, Lifecycle(said), statuses))))
    if compiler.problems:
        raise ContractError(*compiler.problems)
    yield from found


def _clauses(
    compiler: Compiler,
    path: tuple[str | int, ...],
    lifecycle: Lifecycle,
    statuses: Mapping[str, tuple[str, ...]],
) -> Iterator[Clause]:
    said = lifecycle.said
    for state in lifecycle.states:
        kinds: dict[str, list[str]] = {"allowed": [], "forbidden": []}
        for name, move in said.moves.items():
            forbidden = lifecycle.allowed(move, state) is False
            if move.call is not None or not forbidden:
                kinds["forbidden" if forbidden else "allowed"].append(name)
        words = {"allowed": "can", "forbidden": "can't"}
        for kind, moves in kinds.items():
            if moves:
                value = LifecycleValue(lifecycle, state, tuple(moves), statuses)
                promise = f"a {state} one {words[kind]} {', '.join(moves)}"
                yield compiler.clause(f"lifecycle.{kind}.{state}", f"lifecycle.{kind}",
                                      (*path, "moves"), promise, value)  # fmt: skip
    if said.progress is not None:
        value = LifecycleValue(lifecycle, "", tuple(said.moves), statuses)
        promise = "progress is from 0 to 100 and never falls"
        yield compiler.clause(
            "lifecycle.progress", "lifecycle.progress", (*path, "progress"), promise, value
        )


def _unsound(compiler: Compiler, path: tuple[str | int, ...], said: Said) -> Iterator[Problem]:
    known = Lifecycle(said).states
    expected = f"a state of `states`: {', '.join(known)}"
    for name, move in said.moves.items():
        for state in (*move.from_, *move.to):
            if state not in known:
                place = compiler.place(*path, "moves", name)
                yield Problem(place, f"the state {state!r}", expected, "", "unknown-state")
    if said.gone is not None and said.gone not in known:
        place = compiler.place(*path, "gone")
        yield Problem(place, f"the state {said.gone!r}", expected, "", "unknown-state")
    if not said.state.startswith("/"):
        try:
            unknown = parse(said.state).names - {"output", "headers"}
        except ExpressionError as error:
            place = compiler.place(*path, "state")
            yield Problem(place, str(error), "a JSON Pointer, or an expression", "", "expression")
            return
        for name in sorted(unknown):
            place = compiler.place(*path, "state")
            told = f"the name {name!r} in {said.state!r}"
            advice = f"a JSON Pointer begins with a slash: /{said.state}"
            yield Problem(place, told, "output or headers", advice, "unknown-name")
