"""Clauses that stand in contracts and in no plan, for what they need can't be read or imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from stagepact.cli.output import user_code
from stagepact.cli.planning import Planned
from stagepact.contract.channels import channel_clauses
from stagepact.contract.clauses import Clause, stage_clauses
from stagepact.contract.document import Document
from stagepact.contract.operation_laws import service_law_clauses, whole_operation_clauses
from stagepact.contract.read import read_documents
from stagepact.errors import ContractError, Problem
from stagepact.flow import Item, Target, View
from stagepact.plan import Plan
from stagepact.subject import SubjectId
from stagepact.verdict.model import ItemId

_Block = tuple[SubjectId, Callable[[], tuple[Clause, ...]]]


def with_unplanned(work: Planned) -> Plan:
    """The plan with the other clauses of its contracts, in targets that only say why not."""
    known = {_place(item.id.file, item.clause) for item in work.plan.items}
    with user_code():
        reading = read_documents(work.paths, work.project.root)
    more = [
        target
        for document in (*reading.documents, *reading.faulty)
        for target in _targets(document, work.plan.problems)
        if not any(_place(document.file, item.clause) in known for item in target.items)
    ]
    return replace(work.plan, targets=(*work.plan.targets, *more))


def _place(file: str, clause: Clause) -> tuple[str, str, int, int]:
    return file, clause.id, clause.place.line, clause.place.column


def _targets(document: Document, problems: Iterable[Problem]) -> Iterator[Target]:
    reason = next((str(each) for each in problems if each.place.file == document.file), "")
    # What the schemas that can't be had permit is not asked here.
    unknown = {*document.contract.schemas, *document.lost} - set(document.schemas)
    for subject, clauses in _blocks(document.with_schemas(dict.fromkeys(unknown, True))):
        try:
            items = tuple(
                Item(ItemId(document.file, subject.name, each.id), each) for each in clauses()
            )
        except ContractError:
            continue
        yield Target(str(subject), (View(subject, items),), reason=reason)


def _blocks(document: Document) -> Iterator[_Block]:
    contract = document.contract
    for section in ("stages", "pipelines"):
        for name in getattr(contract, section):
            yield (
                SubjectId(name, "", section, ""),
                partial(stage_clauses, document, section, name),
            )
    for service, block in contract.services.items():
        for name in block.operations:
            yield (
                SubjectId(name, f"{service}:{name}", "operation", ""),
                partial(whole_operation_clauses, document, service, name),
            )
        logins = SubjectId(service, service, "service", "")
        yield logins, partial(service_law_clauses, document, service)
    for name in contract.channels:
        yield (
            SubjectId(name, f"channel:{name}", "channel", ""),
            partial(channel_clauses, document, name),
        )
