"""Clauses of runs in which something fails: by port and fault, what must hold of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stagepact.contract.clauses.clause import Clause, Compiler, Path, finished, object_if_said
from stagepact.contract.clauses.events import EventsValue, named_events
from stagepact.contract.clauses.judged import log_clause, times_text
from stagepact.contract.clauses.stages import StatusValue, call_clause
from stagepact.contract.document import Document
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.models import (
    FaultPromise,
    FaultType,
    Operation,
    Stage,
    Steps,
    fault_steps,
    seconds,
)
from stagepact.contract.models.faults import EVERY_PORT
from stagepact.errors import Problem
from stagepact.schema import Validator

Block = Stage | Operation
Play = Literal["once", "recovers", "circuit"]
"""What is run: once with the fault, then once without, or on after the fault's calls."""

# What a port can do wrong by itself. What the machine lacks is `chaos`.
ALL: tuple[FaultType, ...] = (
    FaultType.TIMEOUT,
    FaultType.ERROR,
    FaultType.SLOW,
    FaultType.HANG,
    FaultType.INTERMITTENT,
    FaultType.NULL,
    FaultType.EMPTY,
    FaultType.WRONG_TYPE,
    FaultType.MALFORMED,
    FaultType.TRUNCATED,
    FaultType.DUPLICATED,
    FaultType.OUT_OF_ORDER,
    FaultType.CANCELLED,
    FaultType.RATE_LIMITED,
    FaultType.FORBIDDEN,
    FaultType.SERVER_ERROR,
    FaultType.UNAVAILABLE,
    FaultType.CONNECTION_REFUSED,
    FaultType.CONNECTION_RESET,
    FaultType.CONNECTION_LOST,
    FaultType.POOL_EXHAUSTED,
)


@dataclass(frozen=True, slots=True)
class FaultKey:
    """Which fault, in what, and what is run with it; clauses of one key share their runs.

    `exception` is the reference of what is raised instead of the fault's own.
    """

    target: str
    text: str
    play: Play = "once"
    exception: str = ""
    message: str = ""
    cooldown: float = 0.0

    @property
    def steps(self) -> Steps:
        """At which calls it strikes."""
        return fault_steps(self.text)

    def __str__(self) -> str:
        return f"{self.text} of {self.target}"


def _tells_nothing(text: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class FaultValue:
    """What a clause says of the runs of a key.

    `inner` is the clause that they are judged by; for the ends that are promised of any of them
    `ends` has the statuses and exceptions, `terminal` the types of which one is emitted, and
    `besides` the clauses of the block that hold of such runs, too. `examples` say what a run
    comes to that has recovered. `open_calls` are made by a run while a circuit is open.
    A run that is cancelled `may_be_cancelled`, and owes no terminal event then. `secrets_in` names
    the secrets that a text tells.
    """

    key: FaultKey
    inner: Clause | None = None
    ends: StatusValue | None = None
    terminal: EventsValue | None = None
    besides: tuple[Clause, ...] = ()
    examples: tuple[Clause, ...] = ()
    open_calls: int = 0
    may_be_cancelled: bool = True
    secrets_in: Callable[[str], tuple[str, ...]] = field(
        default=_tells_nothing, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class RetriesValue:
    """How calls of a target are tried again; seconds at least before each retry.

    `at_each_call` tells whether the fault strikes at all of them.
    """

    target: str
    times: str | None
    backoff: tuple[float, ...]
    retry_after: float | None
    at_each_call: bool = True


@dataclass(frozen=True, slots=True)
class HappensValue:
    """An event that has to be emitted, and its payload."""

    events: EventsValue
    type: str
    validator: Validator | None


def fault_clauses(
    document: Document, path: Path, ports: Sequence[str], own: Sequence[Clause] = ()
) -> tuple[Clause, ...]:
    """The clauses of `faults` of the block at a path, for these ports where it says all of them.

    `own` are those of the block without faults.

    Raises:
        ContractError: schemas of the block can't be used; all of them are told.
    """
    compiler = Compiler(document, path)
    return finished(compiler, _faults(compiler, _block(document, path), ports, own))


def _block(document: Document, path: Path) -> Block:
    part: Any = document.contract
    for step in path:
        part = part[step] if isinstance(part, Mapping) else getattr(part, str(step))
    return part  # type: ignore[no-any-return]  # a path of a block leads to one


def _faults(
    compiler: Compiler, block: Block, ports: Sequence[str], own: Sequence[Clause]
) -> Iterator[Clause]:
    said = {port: faults for port, faults in block.faults.items() if port != EVERY_PORT}
    for written, faults in block.faults.items():
        targets = [p for p in ports if p not in said] if written == EVERY_PORT else [written]
        for target in targets:
            for text, promise in faults.items():
                known = [] if text != "all" else [each for each in ALL if each not in faults]
                for each in known if text == "all" else [text]:
                    path: Path = ("faults", written, text)
                    yield from _fault(_Made(compiler, block, path, promise, target, str(each), own))


@dataclass(frozen=True, slots=True)
class _Made:
    """One fault of one target, while its clauses are made."""

    compiler: Compiler
    block: Block
    path: Path
    promise: FaultPromise
    target: str
    text: str
    own: Sequence[Clause] = ()

    def of_kind(self, kind: str) -> tuple[Clause, ...]:
        """The block's clauses of a kind."""
        return tuple(each for each in self.own if each.kind == kind)

    def key(self, play: Play = "once", cooldown: float = 0.0) -> FaultKey:
        promise = self.promise
        return FaultKey(
            self.target, self.text, play, promise.exception or "", promise.message, cooldown
        )

    def clause(self, aspect: str, kind: str, value: FaultValue, promise: str) -> Clause:
        """A clause about these runs; an aspect stands behind the fault in its id."""
        id_ = ".".join(filter(None, ("faults", self.target, self.text, aspect)))
        key = aspect.partition(".")[0]
        path = (*self.path, key) if key in self.promise.model_fields_set else self.path
        return self.compiler.clause(id_, kind, path, promise, value)

    def judged(self, aspect: str, inner: Clause) -> Clause:
        """A clause as anywhere, but of these runs."""
        value = FaultValue(self.key(), inner)
        return self.clause(aspect, "faults.judged", value, f"{self.key()}: {inner.promise}")


def _fault(made: _Made) -> Iterator[Clause]:
    promise = made.promise
    ends = FaultValue(
        made.key(), ends=_ends(made), terminal=_terminal(made.block), besides=_besides(made)
    )
    yield made.clause("", "faults.ends", ends, f"{made.key()}: ends well or as declared")
    for aspect, make in _ASPECTS:
        if getattr(promise, aspect):
            for name, inner in make(made):
                yield made.judged(name, inner)
    if promise.recovers:
        value = FaultValue(made.key("recovers"), examples=made.of_kind("example"))
        yield made.clause("recovers", "faults.recovers", value, f"{made.key()}: recovers after it")
    if promise.then is not None:
        cooldown = seconds(promise.then.cooldown) if promise.then.cooldown else 0.0
        value = FaultValue(made.key("circuit", cooldown))
        yield made.clause(
            "then", "faults.circuit", value, f"{made.key()}: the circuit opens, so calls are saved"
        )


def _ends(made: _Made) -> StatusValue:
    """The statuses and exceptions of such a run: its own, else those of the block."""
    block, promise = made.block, made.promise
    if isinstance(block, Operation):
        declared = [] if "default" in block.responses else list(block.responses)
        return StatusValue(tuple(promise.status or declared), tuple(promise.raises))
    output = block.output
    statuses = promise.status or (output.status if output is not None else [])
    raises = [*promise.raises, *(output.raises if output is not None else [])]
    return StatusValue(tuple(statuses), tuple(raises))


# What holds of each answer, whatever fails.
_OF_ANSWERS = (
    "responses.body", "responses.content-type", "responses.header", "problem", "no-secrets",
)  # fmt: skip


def _besides(made: _Made) -> tuple[Clause, ...]:
    """What the block promises of any run, where the fault has no promise of its own."""
    promise = made.promise
    kinds = list(_OF_ANSWERS) if isinstance(made.block, Operation) else []
    kinds += [] if promise.output is not None else ["output.data"]
    kinds += [] if promise.status else ["no-server-error"]
    return tuple(each for kind in kinds for each in made.of_kind(kind))


def _terminal(block: Block) -> EventsValue | None:
    events = block.events if isinstance(block, Stage) else None
    if events is None or not events.terminal or events.owner == "runtime":
        return None
    return replace(named_events(events), types=frozenset(events.terminal))


Named = Iterator[tuple[str, Clause]]


def _only_of_stages(made: _Made, key: str) -> None:
    place = made.compiler.place(*made.path, key)
    found = f"`{key}` in the faults of an operation, of which only the answers are seen"
    advice = "say it of the answer, in `status`, `output` or `holds`"
    problem = Problem(place, found, "what an answer shows", advice, f"no-{key}")
    if problem not in made.compiler.problems:
        made.compiler.problems.append(problem)


def _inner(made: _Made, kind: str, promise: str, value: Any, aspect: str) -> Clause:
    place = made.compiler.place(*made.path, aspect)
    return Clause(kind, kind, place, promise, value)


def _error(made: _Made) -> Named:
    pattern = made.promise.error
    yield "error", _inner(made, "fault.error", f"the error says {pattern!r}", pattern, "error")


def _output(made: _Made) -> Named:
    schema = made.promise.output
    assert schema is not None
    path = (*made.path, "output")
    validator = made.compiler.validator(object_if_said(schema), path)
    yield "output", _inner(made, "fault.output", "the data has its schema", validator, "output")


def _events(made: _Made) -> Named:
    block = made.block
    if not isinstance(block, Stage):
        _only_of_stages(made, "events")
        return
    shared = named_events(block.events)
    for type_, schema in made.promise.events.items():
        path = (*made.path, "events", type_)
        validator = made.compiler.validator(object_if_said(schema), path)
        value = HappensValue(shared, type_, validator)
        yield (
            f"events.{type_}",
            _inner(made, "fault.event", f"{type_} is emitted", value, "events"),
        )


def _retries(made: _Made) -> Named:
    said = made.promise.retries
    assert said is not None
    faults = [each.fault for each in made.key().steps if each.fault is not None]
    told_time = next((each.retry_after for each in faults if each.retry_after), None)
    after = told_time if said.retry_after else None
    backoff = tuple(seconds(each) for each in said.backoff)
    told = [f"is {tried_text(said.times)}"] if said.times else []
    told += [f"waits {', '.join(said.backoff)}"] if backoff else []
    told += ["waits as Retry-After says"] if said.retry_after else []
    value = RetriesValue(made.target, said.times, backoff, after, _is_endless(made.key().steps))
    yield "retries", _inner(made, "fault.retries", " and ".join(told), value, "retries")


def tried_text(times: str) -> str:
    """How often something is tried again, in words."""
    return "not tried again" if times == "never" else f"tried again {times_text(times)}"


def _is_endless(steps: Steps) -> bool:
    return len(steps) == 1 and (steps[0].times, steps[0].every, steps[0].rate) == (None, 1, None)


def _calls(made: _Made) -> Named:
    if not isinstance(made.block, Stage):
        _only_of_stages(made, "calls")
        return
    for name, call in made.promise.calls.items():
        yield f"calls.{name}", call_clause(made.compiler, name, call, (*made.path, "calls", name))


def _logs(made: _Made) -> Named:
    for name, log in made.promise.logs.items():
        yield f"logs.{name}", log_clause(made.compiler, name, log, (*made.path, "logs", name))


def _holds(made: _Made) -> Named:
    for name, text in made.promise.holds.items():
        yield f"holds.{name}", _inner(made, "fault.holds", text, parse_expression(text), "holds")


def _within(made: _Made) -> Named:
    limit = made.promise.within
    assert limit is not None
    value = seconds(limit)
    yield "within", _inner(made, "fault.within", f"ends in {limit}", value, "within")


_ASPECTS: Sequence[tuple[str, Callable[[_Made], Named]]] = (
    ("error", _error),
    ("output", _output),
    ("events", _events),
    ("retries", _retries),
    ("calls", _calls),
    ("logs", _logs),
    ("holds", _holds),
    ("within", _within),
)
