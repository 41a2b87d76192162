"""Exceptions that cover no clause: said as clauses without a subject are, never passed over.

Whether one applies today and here is another question: who writes `when: {platform: [win32]}`
means a clause that is there everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.lint import Path, exceptions_of
from stagepact.contract.models import Except
from stagepact.contract.selector import matches
from stagepact.errors import nearest
from stagepact.flow import Item, Target, View
from stagepact.subject import SubjectId
from stagepact.verdict.model import ItemId


@dataclass(frozen=True, slots=True)
class _Promised:
    """A clause's id, whose it is, and the file where it stands."""

    clause: str
    subject: SubjectId
    file: str


def idle_exceptions(documents: Iterable[Document], targets: Iterable[Target]) -> Iterator[Target]:
    """A target without a subject for each exception that covers no clause of these targets."""
    promised = {
        _Promised(item.clause.id, view.subject, item.id.file): None
        for target in targets
        for view in target.views
        for item in view.items
    }
    for document in documents:
        for path, entry in exceptions_of(document):
            meant = [each for each in promised if _is_for(each, path, entry, document.file)]
            if not any(fnmatchcase(each.clause, entry.clause) for each in meant):
                yield _idle(document, path, entry, _why(path, entry, meant))


def _is_for(promised: _Promised, path: Path, entry: Except, file: str) -> bool:
    """Whether an exception is for a subject: one of its block, or the one that it selects."""
    subject, section, owner = promised.subject, path[0], path[1]
    if section in ("stages", "pipelines"):
        # A block's clauses that have no subject are told themselves, under its selector.
        own = entry.stage is None and (subject.name, subject.kind) == (owner, section)
        return own or matches(entry.stage or str(owner), subject)
    if section == "pacts":
        own = subject.kind == "pact" and promised.file == file
        return own and matches(entry.stage or "*", subject)
    if section in ("flows", "channels"):
        within = subject.identity == f"{section[:-1]}:{owner}"
    else:
        is_of_service = subject.kind in ("operation", "service")
        within = is_of_service and f"{subject.identity}:".startswith(f"{owner}:")
    selector = entry.stage or (str(path[3]) if "operations" in path[2:3] else "*")
    return within and promised.file == file and matches(selector, subject)


def _why(path: Path, entry: Except, meant: Iterable[_Promised]) -> str:
    known = {each.clause for each in meant}
    if not known:
        selector = entry.stage or (path[-3] if len(path) > 3 else "*")
        return f"the selector {selector!r} matches no subject of a clause"
    guess = nearest(entry.clause, known)
    hint = f"; did you mean {guess!r}?" if guess else ""
    return f"no clause that it could cover is called {entry.clause!r}{hint}"


def _idle(document: Document, path: Path, entry: Except, reason: str) -> Target:
    section, number = str(path[0]), int(path[-1]) + 1
    owner = section if section == "pacts" else str(path[-3])
    promise = f"the exception of {entry.clause} covers a clause"
    clause = Clause(f"except.{number}", "except", document.place(*path), promise)
    subject = SubjectId(owner, "", section, "")
    items = (Item(ItemId(document.file, owner, clause.id), clause),)
    return Target(f"{section} {owner} except", (View(subject, items),), reason=reason)
