"""The checks by kind of clause: a new clause is a new function and a new row."""

from collections.abc import Mapping
from inspect import getdoc

from stagepact.verdict.checks import outcome, output, traffic
from stagepact.verdict.checks.events import EVENT_CHECKS, over_observation
from stagepact.verdict.checks.families import Families
from stagepact.verdict.checks.model import Breach, Check, Judgement
from stagepact.verdict.checks.outcome import metamorphic

_OF_ANY: Mapping[str, Check] = {
    "output.status": output.status,
    "output.type": output.returned_type,
    "output.json": output.json,
    "output.data": output.data,
    "output.declared": output.declared,
    "logs": traffic.logs,
    "calls": traffic.calls,
    "holds": outcome.holds,
    "within.max": outcome.within_max,
    "example": outcome.example,
    **{kind: over_observation(check) for kind, check in EVENT_CHECKS.items()},
}

# By module, its kinds; one that ends in "." is of all kinds that begin so.
LATE: Mapping[str, tuple[str, ...]] = {
    "operations": (
        "responses.", "operation-example", "methods", "problem", "implemented", "no-server-error",
        "valid-accepted", "invalid-refused", "no-secrets", "max-size", "caching.etag",
        "caching.private",
    ),
    "operation_laws": (
        "auth-required", "challenge", "owned", "caching.not-modified", "idempotency.",
        "rate-limit.", "auth.",
    ),
    "channels": ("channels.",),
    "services": ("service.", "conservation"),
    "lifecycles": ("lifecycle.",),
    "faults": ("faults.",),
    "chaos": ("chaos.",),
    "stage_laws": ("stages.", "law"),
    "pipeline_laws": ("pipelines.",),
    "pacts": ("pact.compatible", "pact.interaction", "pact.written"),
    "pact_consumers": ("pact.consumer",),
}  # fmt: skip

CHECKS: Mapping[str, Check] = Families(_OF_ANY, LATE, __name__)


def meaning(kind: str) -> str:
    """What a clause of a kind promises, in its check's own words; "" for what no run is judged by.

    Those are the first line of its docstring, so there are none under `python -OO`.
    """
    check = EVENT_CHECKS.get(kind) or _OF_PAIRS.get(kind) or CHECKS.get(kind)
    return "" if check is None else (getdoc(check) or "").partition("\n")[0]


_OF_PAIRS: Mapping[str, object] = {"metamorphic": metamorphic}

__all__ = ["CHECKS", "LATE", "Breach", "Check", "Judgement", "meaning", "metamorphic"]
