"""Targets of `faults:`: a stage or pipeline, run while one of the things it depends on fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from stagepact.contract.clauses import Clause, FaultKey, FaultValue, fault_clauses
from stagepact.contract.models import Steps
from stagepact.errors import ContractError, Misuse, Problem, nearest
from stagepact.faults import FaultTargetError
from stagepact.faults.inject import known_target
from stagepact.faults.subject import Circuit, Gate, Recovering, Struck
from stagepact.flow import Item, Target, View
from stagepact.plan.blocks import Block, item
from stagepact.subject import Case, Fresh, Subject, SubjectId
from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

_MOST_CASES = 3
"""So many cases a fault: it is the fault that is tried, not the input."""

_LONGEST = 60.0
"""Seconds by the clock of an event loop, whose timers nobody waits for: three tries and more."""

_SUBJECTS = {"once": Struck, "recovers": Recovering}


def fault_targets(
    subject: SubjectId,
    whole: Target,
    blocks: Sequence[Block],
    exceptions: Iterable[WrittenExcept],
    here: Surroundings,
    resolve: Callable[[str], object],
) -> tuple[tuple[Target, ...], tuple[Problem, ...]]:
    """A target for each fault that blocks speak of, made of the one without faults."""
    ports = sorted({*_ports(whole), *whole.fixtures})
    items: list[Item] = []
    problems: list[Problem] = []
    for block in blocks:
        path = (block.section, block.selector)
        try:
            clauses = fault_clauses(block.document, path, ports, block.clauses)
        except ContractError as error:
            problems += error.problems
            continue
        problems += _lost(clauses, whole, ports)
        clauses = knowing(clauses, _secrets(whole))
        items += (item(each, block.document, subject, exceptions, here) for each in clauses)
    targets, lost = targets_of(subject, whole, items, resolve)
    return targets, (*problems, *lost)


def targets_of(
    subject: SubjectId,
    whole: Target,
    items: Iterable[Item],
    resolve: Callable[[str], object],
    gate: Gate | None = None,
) -> tuple[tuple[Target, ...], tuple[Problem, ...]]:
    """A target for each key of these clauses, made of the one without faults; all of one case."""
    by_key: dict[FaultKey, list[Item]] = {}
    for each in items:
        by_key.setdefault(_key(each.clause), []).append(each)
    if by_key and whole.subject is not None:
        whole = replace(whole, cases=tuple(_cases(whole)))
    targets: list[Target] = []
    problems: list[Problem] = []
    for key, of_key in by_key.items():
        try:
            targets.append(_target(subject, whole, key, tuple(of_key), resolve, gate))
        except Misuse as error:
            problems += [replace(each, place=of_key[0].clause.place) for each in error.problems]
    return tuple(targets), tuple(problems)


# What people call what nobody else may know.
_SECRET = re.compile(r"password|passwd|secret|token|api_?key|credential", re.IGNORECASE)


def _secrets(whole: Target) -> Secrets:
    """The target's secrets, and those that its ports and its configuration hold by name."""
    held = {name: _made(port) for name, port in whole.base.ports.items()}
    named = [(name, getattr(port, "__dict__", {})) for name, port in held.items()]
    for owner, values in (*named, ("config", whole.base.config)):
        for name, value in values.items():
            if isinstance(value, str) and _SECRET.search(name):
                whole.secrets.add(value, f"{owner}.{name}")
    return whole.secrets


def _made(port: object) -> object:
    return port.make() if isinstance(port, Fresh) else port


def knowing(clauses: Iterable[Clause], secrets: Secrets) -> tuple[Clause, ...]:
    """The clauses; those that look at the logs know the secrets."""
    return tuple(
        replace(each, value=replace(each.value, secrets_in=secrets.held_in))
        if each.kind == "faults.ends"
        else each
        for each in clauses
    )


def _ports(whole: Target) -> frozenset[str]:
    given = [whole.base.ports, *(case.given.ports for case in whole.cases)]
    return frozenset(name for ports in given for name in ports)


def _key(clause: Clause) -> FaultKey:
    value: FaultValue = clause.value
    return value.key


def _lost(clauses: Iterable[Clause], whole: Target, ports: Sequence[str]) -> Iterator[Problem]:
    """Faults of ports that nobody gives, and of places that aren't in the code; each once."""
    first = {_key(clause).target: clause for clause in reversed([*clauses])}
    for target, clause in first.items():
        if ":" in target:
            yield from lost_place(clause)
            continue
        port, _, method = target.partition(".")
        if port not in ports:
            advice = "name it under `given: ports:`, or write `module:attribute`"
            yield _unknown(clause, f"a fault of {target!r}, which is no port", port, ports, advice)
        elif method and (known := _methods(whole, port)) and method not in known:
            found = f"a fault of {target!r}, which is no method of the port"
            yield _unknown(clause, found, method, known, "name one of its methods, or the port")


def lost_place(clause: Clause) -> Iterator[Problem]:
    """That the place in the code isn't there."""
    try:
        known_target(_key(clause).target)
    except FaultTargetError as error:
        yield from (replace(each, place=clause.place) for each in error.problems)


def _unknown(clause: Clause, found: str, name: str, known: Sequence[str], advice: str) -> Problem:
    near = nearest(name, known)
    expected = f"one of {', '.join(known)}" if known else "a port that is given; there is none"
    return Problem(
        clause.place, found, expected, f"did you mean {near!r}?" if near else advice, "unknown-port"
    )


def _methods(whole: Target, port: str) -> list[str]:
    """The public methods of what stands for a port; none where any name may be one."""
    given = whole.base.ports.get(port)
    thing = _made(given)
    if thing is None or hasattr(type(thing), "__getattr__"):
        return []
    return [
        name for name in dir(thing) if not name.startswith("_") and callable(getattr(thing, name))
    ]


def _target(
    subject: SubjectId,
    whole: Target,
    key: FaultKey,
    items: tuple[Item, ...],
    resolve: Callable[[str], object],
    gate: Gate | None,
) -> Target:
    name = f"{whole.name} faults {key.target} {key.text} {key.play}"
    plain = Target(
        name,
        (View(subject, items),),
        reason=whole.reason,
        limits=replace(whole.limits, jumps=max(_LONGEST, whole.limits.seconds), log_level=1),
        fuzz=0,
        base=whole.base,
        fixtures=whole.fixtures,
        isolate=whole.isolate,
        secrets=whole.secrets,
    )
    if whole.subject is None:
        return plain
    steps = _steps(key, resolve)
    return replace(plain, subject=_struck(whole.subject, key, steps, gate), cases=whole.cases)


def _struck(subject: Subject, key: FaultKey, steps: Steps, gate: Gate | None) -> Subject:
    if key.play == "circuit":
        return Circuit(subject, key.target, steps, gate=gate, cooldown=key.cooldown)
    return _SUBJECTS[key.play](subject, key.target, steps, gate=gate)


def _steps(key: FaultKey, resolve: Callable[[str], object]) -> Steps:
    """The steps, with the exception and the message that the contract says."""
    said: dict[str, object] = {}
    if key.exception:
        said["error"] = resolve(key.exception)
    if key.message:
        said["message"] = key.message
    return tuple(
        step if step.fault is None else replace(step, fault=replace(step.fault, **said))  # type: ignore[arg-type]  # what is said has these names
        for step in key.steps
    )


def _cases(whole: Target) -> Iterator[Case]:
    """The cases that succeed as far as is known, else a boundary case, each with its name."""
    written = [case for case in whole.cases if case.assumed][:_MOST_CASES]
    if not written and whole.edges is not None:
        written = list(whole.edges()[:1])
    for case in written:
        yield replace(case, kind="fault")
