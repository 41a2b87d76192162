"""The checks by kind of clause: a new clause is a new function and a new row."""

from collections.abc import Mapping

from stagepact.verdict.checks import outcome, output, responses, traffic
from stagepact.verdict.checks.events import EVENT_CHECKS, over_observation
from stagepact.verdict.checks.model import Breach, Check, Judgement
from stagepact.verdict.checks.outcome import metamorphic

CHECKS: Mapping[str, Check] = {
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
    "responses.status": responses.status,
    "responses.body": responses.body,
    "responses.content-type": responses.content_type,
    "responses.header": responses.header,
    "operation-example": responses.operation_example,
    **{kind: over_observation(check) for kind, check in EVENT_CHECKS.items()},
}

__all__ = ["CHECKS", "Breach", "Check", "Judgement", "metamorphic"]
