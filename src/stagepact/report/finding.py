"""Broken clauses that tell of one thing: it is told once, and names them all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from stagepact.report import raised
from stagepact.report.wording import owner_sentence, remark
from stagepact.schema.normalise import Pointer
from stagepact.verdict import Verdict, Violation


def findings(verdicts: Iterable[Verdict]) -> tuple[tuple[Verdict, ...], ...]:
    """Broken clauses by what was found, each finding where its first clause comes.

    Two clauses of a subject tell the same when the first thing seen of each is the same at the
    same place, and either they promised the same or one case showed it. Of an error the same is
    where it was raised: its message may quote the data.
    """
    groups: list[list[Verdict]] = []
    known: dict[Hashable, list[Verdict]] = {}
    for verdict in verdicts:
        keys = _keys(verdict)
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(verdict)
        for key in keys:
            known.setdefault(key, group)
    return tuple(map(tuple, groups))


def about_the_end(violation: Violation) -> bool:
    """Whether it is how the run ended that broke the clause, so that an error explains it."""
    return _place(violation.pointer)[:1] in ((), ("status",))


def _keys(verdict: Verdict) -> tuple[Hashable, ...]:
    if not verdict.violations:
        return ()
    first = verdict.violations[0]
    found = (
        (verdict.item.file, verdict.item.subject, verdict.identity, remark(verdict)),
        (owner_sentence(verdict, first), bool(first.nondeterministic)),
        _place(first.pointer),
        _seen(first),
    )
    same_promise = (*found, "promised", first.promised)
    same_case = (*found, "case", first.case, first.example)
    return (same_promise, same_case) if first.case else (same_promise,)


def _place(pointer: Pointer) -> Pointer:
    """The place in what was seen; an example writes what comes out under `output`."""
    return pointer[1:] if pointer[:1] == ("output",) else pointer


def _seen(violation: Violation) -> Hashable:
    if violation.traceback and about_the_end(violation):
        error = raised.read(violation.traceback)
        if error.where:
            return error.where, error.name
    return violation.seen
