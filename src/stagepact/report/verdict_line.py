"""A verdict in one line."""

from __future__ import annotations

from stagepact.characters import shortened
from stagepact.report.wording import FAILING_THOUGH_KEPT, remark, standing
from stagepact.verdict.model import Verdict

_LONGEST = 200


def verdict_line(verdict: Verdict) -> str:
    """A verdict in a line, for pytest's short summary: it shows what a failure begins with."""
    if standing(verdict) in FAILING_THOUGH_KEPT:
        return f"{verdict.item.name}: {standing(verdict)}: {remark(verdict)}"
    if not verdict.violations:
        return f"{verdict.item.name}: {verdict.state}: {verdict.reason}"
    first = verdict.violations[0]
    promised, seen = shortened(first.promised, _LONGEST), shortened(first.seen, _LONGEST)
    return " ".join(f"{verdict.item.name}: promised {promised}, seen {seen}".split())
