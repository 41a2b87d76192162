"""Targets of pact files: those in the repository are what `consumes:` of the contracts makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.errors import Place
from stagepact.flow import Item, Target, View
from stagepact.pact.making import disk
from stagepact.pact.making.parties import PactFile, folders, pact_files
from stagepact.pact.making.written import WrittenSubject, WrittenValue
from stagepact.plan.stages import Made
from stagepact.subject import Case, SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept, excepted
from stagepact.verdict.model import ItemId, Listed

KIND = "pact.written"
_NO_EXCEPTIONS: tuple[WrittenExcept, ...] = ()


@dataclass(frozen=True)
class Writing:
    """What contracts make, as targets; and what they can't say, as lines."""

    made: Made
    listed: tuple[Listed, ...]


def written_targets(documents: Sequence[Document], root: Path, here: Surroundings) -> Writing:
    """A target for each pact file that these contracts make, or made before."""
    files, problems = pact_files(documents, root)
    if problems:
        return Writing(Made((), problems), ())
    read = [document.file for document in documents]
    targets = [
        _target(made, document, root, read, here)
        for made in files
        for document in documents
        if document.file in made.contracts
    ]
    targets += _left(documents, files, root, read, here)
    return Writing(Made(tuple(targets), ()), tuple(map(_lost, filter(_loses, files))))


def _target(
    made: PactFile, document: Document, root: Path, read: Sequence[str], here: Surroundings
) -> Target:
    """One for each contract that has part in a file, so that it is judged with any of them."""
    reason = _elsewhere(made, root, read)
    promise = f"`{made.name}` is what {', '.join(made.contracts)} makes"
    value = WrittenValue(made.text, made.value)
    place = document.place("consumes", made.provider)
    return _of(place, made.name, made.path, promise, value, reason, here)


def _elsewhere(made: PactFile, root: Path, read: Sequence[str]) -> str:
    """Why it can't be told here: contracts that have part in it weren't read."""
    others = [
        name
        for name in disk.contracts_of(disk.value_of(made.path)) or ()
        if name not in read and (root / name).exists()
    ]
    return f"{', '.join(others)} has part in it, and isn't checked here" if others else ""


def _left(
    documents: Sequence[Document],
    files: Iterable[PactFile],
    root: Path,
    read: Sequence[str],
    here: Surroundings,
) -> Iterator[Target]:
    """Files that were made here, and that no contract makes any more."""
    by_name = {document.file: document for document in documents}
    for each in disk.left(folders(documents), files, root, read):
        known = disk.contracts_of(disk.value_of(each.path)) or ()
        maker = next((by_name[name] for name in known if name in by_name), None)
        beside = (d for d in documents if each.path.is_relative_to(d.path.parent))
        document = maker or next(beside, None)
        if document is not None:
            place, value = document.place(), WrittenValue(None)
            promise = f"`{each.name}` isn't there, since no contract makes it any more"
            yield _of(place, each.name, each.path, promise, value, "", here)


def _of(
    place: Place,
    name: str,
    path: Path,
    promise: str,
    value: WrittenValue,
    reason: str,
    here: Surroundings,
) -> Target:
    subject = SubjectId(name, name, "pact", "file")
    clause = Clause(KIND, KIND, place, promise, value)
    known = excepted(_NO_EXCEPTIONS, KIND, subject, here)
    item = Item(ItemId(place.file, name, KIND), clause, known)
    view = View(subject, (item,))
    if reason:
        return Target(f"{name} {KIND}", (view,), reason=reason)
    runs = WrittenSubject(subject, path)
    return Target(f"{name} {KIND}", (view,), runs, cases=(Case("the file"),), fuzz=0)


def _loses(made: PactFile) -> bool:
    return bool(made.losses)


def _lost(made: PactFile) -> Listed:
    stricter = sum(loss.stricter for loss in made.losses)
    lost = len(made.losses) - stricter
    told = f"{lost} lost, {stricter} stricter: `stagepact pact write --check --losses` tells them"
    return Listed(made.name, made.name, "pact", "said by less than its schemas", told)
