"""What the baseline says of a verdict: which of its violations are known, which have vanished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stagepact.verdict.model import Known, State, Verdict


def with_entries(verdict: Verdict, entries: Iterable[Known], *, judged: bool) -> Verdict:
    """The verdict with the entries of the baseline for its clause.

    An entry has vanished when the clause was exercised and isn't broken there. That is `judged`
    only where all cases were run, and never by a time: the next machine may be slower.
    """
    judged = judged and verdict.state is not State.NOT_EXERCISED
    known = tuple(
        replace(each, vanished=judged and each.spot not in verdict.spots) for each in entries
    )
    return replace(verdict, known=known) if known else verdict
