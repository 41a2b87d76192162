"""What closing a subject showed: an app whose shut-down failed is one that failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stagepact.subject.protocols.http import ServiceError
from stagepact.verdict.model import State, Verdict, Violation

# It says that nothing failed, so it can't be kept where the end did.
_KIND = "no-server-error"
_SPOT = "/shutdown"


def with_closing(verdict: Verdict, kind: str, raised: Iterable[BaseException]) -> Verdict:
    """A verdict as it is once the subjects were closed.

    A clause of another kind, or one that was not exercised, stays as it is.
    """
    told = [str(error) for error in raised if isinstance(error, ServiceError)]
    if kind != _KIND or verdict.state is State.NOT_EXERCISED or not told:
        return verdict
    violation = Violation("an app that shuts down", told[0], spot=_SPOT)
    return replace(
        verdict,
        state=State.BROKEN,
        violations=(*verdict.violations, violation),
        spots=tuple(sorted({*verdict.spots, _SPOT})),
    )
