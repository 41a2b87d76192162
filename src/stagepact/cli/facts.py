"""What there is to tell of one clause, by the label that each fact has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Protocol, runtime_checkable

from stagepact.cli.planning import Planned
from stagepact.errors import Place
from stagepact.flow import Item, Target, View
from stagepact.pact.description import interaction_lines
from stagepact.pact.model import Interaction
from stagepact.record import Record
from stagepact.report.wording import exception_sentence, known_sentence, moment, plural, sentence
from stagepact.verdict.checks import meaning
from stagepact.verdict.model import ItemId, Verdict

_LINES = 8
_RUNS = 5
_PARTIES = {
    "pact.interaction": "provider",
    "pact.compatible": "provider",
    "pact.consumer": "consumer",
    "pact.written": "consumer",
}


@runtime_checkable
class Interacting(Protocol):
    """What the clause of a pact's interaction has."""

    @property
    def interaction(self) -> Interaction:
        """What the consumer expects."""


def facts(work: Planned, item: Item) -> Iterator[tuple[str, str]]:
    """What a clause promises, where, to whom, and how it stood, each with its label."""
    target = work.plan.targets_by_item[item.id]
    view = next(view for view in target.views if item in view.items)
    yield "promises", item.clause.promise
    if isinstance(item.clause.value, Interacting):
        yield "expects", _expected(item.clause.value)
    if meaning(item.clause.kind) and view.subject.kind != "flow":
        yield "means", meaning(item.clause.kind)
    yield "stands in", f"{item.clause.place}\n{_lines(item.clause.place, work.project.root)}"
    yield "owed by", _owner(item, view)
    yield "subject", f"{view.subject.identity or view.subject.name} ({view.subject.kind})"
    if item.id.path:
        yield "path", ", ".join((item.id.path, *_other_paths(work, item)))
    yield "cases", _cases(view, target)
    for each in item.known:
        yield "known", f"{known_sentence(each)}\n{each.place}"
    if item.excepted is not None:
        yield "excepted", f"{exception_sentence(item.excepted)}\n{item.excepted.place}"
    yield "last runs", _runs(work.record, item.id)


def _other_paths(work: Planned, item: Item) -> Iterator[str]:
    plain = replace(item.id, path="")
    for other in work.plan.items:
        if other.id != item.id and replace(other.id, path="") == plain:
            yield f"also {other.id.path}"


def _owner(item: Item, view: View) -> str:
    if item.clause.owner == "runtime":
        return f"the runtime ({view.subject.runtime or 'unknown'}), not by the stage's own code"
    return f"the {_PARTIES.get(item.clause.kind, item.clause.owner)} itself"


def _expected(value: Interacting) -> str:
    return "\n".join(interaction_lines(value.interaction)).replace("\n  ", "\n")


def _cases(view: View, target: Target) -> str:
    if target.subject is None:
        return f"none: {target.reason}"
    said = [repr(case.name) for case in target.cases if view.case in (None, case.name)]
    if target.generate is not None and target.fuzz != 0:
        said.append("generated ones")
    return ", ".join(said) or "none"


def _runs(path: Path, item: ItemId) -> str:
    """What the last runs said of the item; the record isn't made where there is none."""
    if not path.exists():
        return "none is recorded: run `stagepact check`"
    with Record.open(path) as record:
        said = [_said(started, verdict) for started, verdict in record.verdicts(item, _RUNS)]
    if not said:
        return "it was no part of any: run `stagepact check`"
    latest, *before = said
    return "\n".join([latest, *(text.split("\n")[0] for text in before)])


def _said(started: float, verdict: Verdict) -> str:
    return f"{moment(started)}: {sentence(verdict) or 'kept'}{_effort(verdict)}"


def _effort(verdict: Verdict) -> str:
    cases = [repr(case) for case in verdict.cases]
    if verdict.fuzzed:
        cases.append(plural(verdict.fuzzed, "generated case"))
    return f"\nexercised by {', '.join(cases)}" if cases else ""


def _lines(place: Place, root: Path) -> str:
    """The lines of the clause: the one where it stands, and those below that belong to it."""
    try:
        text = (root / place.file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    first, *rest = text[max(place.line - 1, 0) :] or [""]
    inside = takewhile(lambda line: _depth(line) > _depth(first), rest)
    shown = [first, *inside][:_LINES]
    return "\n".join(f"{number:>4} | {line}" for number, line in enumerate(shown, place.line))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
