"""The baseline's file, and its entries as what is known of a plan's clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from stagepact.contract.baseline import FILE, Entry, read_baseline
from stagepact.contract.clauses import Clause
from stagepact.contract.files import is_contract, label, read_text
from stagepact.contract.project import Project
from stagepact.errors import ContractError, Place, Problem
from stagepact.flow import Item, Target, View
from stagepact.plan.given import case_of_values
from stagepact.plan.model import Plan
from stagepact.subject import Case, SubjectId
from stagepact.verdict.model import ItemId, Known


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a project's baseline says, and what is wrong with it; nothing where there is no file."""

    path: Path
    file: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def baseline_of(project: Project) -> Baseline:
    """The baseline of a project, as it stands in its file."""
    path = project.root / (project.baseline or FILE)
    file = label(path, project.root)
    if is_contract(path):
        found = "a baseline that is named as a contract is"
        problem = Problem(Place(file), found, f"another name, such as {FILE}", "", "baseline-name")
        return Baseline(path, file, problems=(problem,))
    if not path.exists():
        return Baseline(path, file)
    try:
        return Baseline(path, file, read_baseline(read_text(path, project.root), file))
    except ContractError as error:
        return Baseline(path, file, problems=error.problems)


def with_baseline(plan: Plan, baseline: Baseline, today: date) -> Plan:
    """The plan, whose items know what the baseline says of them.

    An entry of no clause is told as an exception of none is: as not exercised.
    """
    problems = (*plan.problems, *baseline.problems)
    by_clause: dict[str, list[Entry]] = {}
    for entry in baseline.entries:
        by_clause.setdefault(entry.clause, []).append(entry)
    if not by_clause:
        return replace(plan, problems=problems)
    wrong: list[Problem] = []
    targets = [_with_known(target, by_clause, today, wrong) for target in plan.targets]
    # Where documents are wrong, what an entry is for may be what couldn't be read.
    lost = () if problems else lost_entries(baseline, plan)
    targets += (_idle(baseline.file, number, each) for number, each in enumerate(lost, 1))
    return replace(plan, targets=tuple(targets), problems=(*problems, *wrong))


def lost_entries(baseline: Baseline, plan: Plan) -> Iterator[Entry]:
    """The entries whose clauses a plan doesn't have."""
    promised = {str(item.id) for item in plan.items}
    return (entry for entry in baseline.entries if entry.clause not in promised)


def _known(entry: Entry, today: date) -> Known:
    expired = today > entry.until
    who = (entry.owner, entry.issue, entry.reason)
    return Known(entry.at, *who, entry.until, expired=expired, place=entry.place)


def _with_known(
    target: Target, by_clause: Mapping[str, list[Entry]], today: date, wrong: list[Problem]
) -> Target:
    entries = [each for item in target.items for each in by_clause.get(str(item.id), ())]
    if not entries:
        return target
    cases: list[Case] = []
    for entry in entries:
        try:
            cases += () if entry.case is None else (_case(entry.case, target),)
        except ValueError as error:
            found = f"a case that can't be given ({error})"
            wrong.append(Problem(entry.place, found, "what the subject takes", _AGAIN, "case"))
    new = tuple(each for n, each in enumerate(cases) if each not in cases[:n])
    views = (replace(view, items=_items(view.items, by_clause, today)) for view in target.views)
    return replace(target, cases=(*target.cases, *new), views=tuple(views))


_AGAIN = "remove the entry, and run `stagepact baseline update`"


def _case(values: Mapping[str, Any], target: Target) -> Case:
    """What shows a known violation, run as a generated case is: nobody wrote it."""
    return case_of_values(values, target, "known", "boundary")


def _items(
    items: Iterable[Item], by_clause: Mapping[str, list[Entry]], today: date
) -> tuple[Item, ...]:
    return tuple(
        replace(item, known=tuple(_known(e, today) for e in by_clause.get(str(item.id), ())))
        for item in items
    )


def _idle(file: str, number: int, entry: Entry) -> Target:
    promise = f"{entry.clause} is broken, as the baseline knows"
    clause = Clause(f"known.{number}", "known", entry.place, promise)
    subject = SubjectId("baseline", "", "baseline", "")
    items = (Item(ItemId(file, subject.name, clause.id), clause),)
    reason = f"there is no clause {entry.clause}: prune its entry (`stagepact baseline prune`)"
    return Target(f"baseline {number}", (View(subject, items),), reason=reason)
