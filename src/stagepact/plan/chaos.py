"""Targets of `chaos:`: a stage, a pipeline or an operation, run while the ground gives way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from stagepact.cases import simplest_case
from stagepact.contract.clauses import (
    ChaosValue,
    Clause,
    Compiler,
    StatusValue,
    chaos_clauses,
)
from stagepact.contract.document import Document
from stagepact.contract.models import Chaos, FaultType, chaos_of
from stagepact.errors import Misuse, Problem
from stagepact.faults.forked import lacking
from stagepact.faults.limits import lacking as lacking_limit
from stagepact.faults.ordeal import RUNS, Tried
from stagepact.flow import Target, View
from stagepact.observation import Limits
from stagepact.plan.blocks import Block, item
from stagepact.subject import Case, SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

_LIMITED = {
    "no-memory": FaultType.NO_MEMORY,
    "too-many-files": FaultType.TOO_MANY_FILES,
    "disk-full": FaultType.DISK_FULL,
}
_SLACK = 5.0  # seconds for children to begin and to be killed

Resolve = Callable[[str], object]
Shaken = tuple[list[tuple[Target, tuple[Clause, ...]]], list[Problem]]


def chaos_targets(
    subject: SubjectId,
    whole: Target,
    blocks: Sequence[Block],
    exceptions: Iterable[WrittenExcept],
    here: Surroundings,
    resolve: Resolve,
) -> tuple[tuple[Target, ...], tuple[Problem, ...]]:
    """A target for each thing that blocks say may happen, made of the one without."""
    targets: list[Target] = []
    problems: list[Problem] = []
    written = tuple(exceptions)
    for block in blocks:
        output = block.stage.output
        ends = StatusValue(
            tuple(output.status) if output is not None else (),
            tuple(output.raises) if output is not None else (),
        )
        compiler = Compiler(block.document, (block.section, block.selector))
        clauses = chaos_clauses(compiler, block.stage.chaos, ends, sorted(_ports(whole)))
        made, more = _shaken(whole, tuple(clauses), resolve)
        problems += more
        for target, those in made:
            items = tuple(item(each, block.document, subject, written, here) for each in those)
            targets.append(replace(target, views=(View(subject, items),)))
    return tuple(targets), tuple(problems)


def operation_chaos(
    document: Document, service: str, name: str, whole: Target, resolve: Resolve
) -> Shaken:
    """For each thing that may happen to an operation a target, and the clauses that it judges."""
    operation = document.contract.services[service].operations[name]
    statuses = () if "default" in operation.responses else tuple(operation.responses)
    compiler = Compiler(document, ("services", service, "operations", name))
    clauses = chaos_clauses(compiler, operation.chaos, StatusValue(statuses, ()), ())
    return _shaken(whole, tuple(clauses), resolve)


def _shaken(whole: Target, clauses: tuple[Clause, ...], resolve: Resolve) -> Shaken:
    by_run: dict[tuple[str, str], list[Clause]] = {}
    for clause in clauses:
        value: ChaosValue = clause.value
        by_run.setdefault((value.text, value.check), []).append(clause)
    struck = replace(whole, cases=tuple(_cases(whole)) if by_run else ())
    made, problems = [], []
    for (text, check), those in by_run.items():
        try:
            function: Any = resolve(check) if check else None
        except Misuse as error:
            problems += [replace(each, place=those[0].place) for each in error.problems]
            continue
        problems += _lost(whole, chaos_of(text), those[0])
        made.append((_target(struck, text, function), tuple(those)))
    return made, problems


def _ports(whole: Target) -> frozenset[str]:
    given = [whole.base.ports, *(case.given.ports for case in whole.cases)]
    return frozenset(name for ports in given for name in ports) | frozenset(whole.fixtures)


def _lost(whole: Target, chaos: Chaos, clause: Clause) -> Iterator[Problem]:
    ports = sorted(_ports(whole))
    if chaos.port and chaos.port not in ports:
        known = ", ".join(ports) or "no port is given"
        found = f"the loss of {chaos.port!r}, which is no port"
        advice = "name it under `given: ports:`"
        yield Problem(clause.place, found, f"one of {known}", advice, "unknown-port")


def _target(whole: Target, text: str, check: Callable[..., Any] | None) -> Target:
    chaos = chaos_of(text)
    seconds = whole.limits.seconds
    longest = RUNS * 2 * seconds + chaos.seconds * (chaos.kind == "killed") + _SLACK
    plain = Target(
        f"{whole.name} chaos {text}",
        (),
        reason=whole.reason or lacking() or _impossible(chaos),
        limits=Limits(seconds=longest),
        fuzz=0,
        base=whole.base,
        fixtures=whole.fixtures,
        secrets=whole.secrets,
    )
    if whole.subject is None or plain.reason:
        return plain
    subject = Tried(whole.subject, chaos, text, seconds, check)
    return replace(plain, subject=subject, cases=whole.cases)


def _impossible(chaos: Chaos) -> str:
    """Why it can't happen here; "" where it can."""
    if chaos.kind == "clock-jump" and find_spec("time_machine") is None:
        return 'the clock jumps by time-machine: `pip install "stagepact[faults]"`'
    return lacking_limit(_LIMITED[chaos.kind]) if chaos.kind in _LIMITED else ""


def _cases(whole: Target) -> Iterator[Case]:
    """One case, if any is run: a written one that is assumed, else a boundary case, else any."""
    if whole.subject is None:
        return
    written = [case for case in whole.cases if case.assumed and case.kind != "law"][:1]
    if not written and whole.edges is not None:
        written = list(whole.edges()[:1])
    if not written and whole.generate is not None:
        written = list(filter(None, [simplest_case(whole.generate)]))
    for case in written:
        yield replace(case, kind="fault")
