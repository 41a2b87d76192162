"""The checks by kind of clause: a new clause is a new function and a new row."""

from collections.abc import Mapping
from inspect import getdoc

from stagepact.verdict.checks import (
    answers,
    conduct,
    http_rules,
    outcome,
    output,
    responses,
    traffic,
)
from stagepact.verdict.checks.channels import LAW_CHECKS
from stagepact.verdict.checks.chaos import CHAOS_CHECKS
from stagepact.verdict.checks.events import EVENT_CHECKS, over_observation
from stagepact.verdict.checks.faults import FAULT_CHECKS
from stagepact.verdict.checks.lifecycles import LIFECYCLE_CHECKS
from stagepact.verdict.checks.model import Breach, Check, Judgement
from stagepact.verdict.checks.operation_laws import OPERATION_LAWS
from stagepact.verdict.checks.outcome import metamorphic
from stagepact.verdict.checks.pact_consumers import PACT_CONSUMER_CHECKS
from stagepact.verdict.checks.pacts import PACT_CHECKS
from stagepact.verdict.checks.pipeline_laws import PIPELINE_LAW_CHECKS
from stagepact.verdict.checks.services import SERVICE_CHECKS
from stagepact.verdict.checks.stage_laws import STAGE_LAW_CHECKS

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
    "methods": http_rules.methods,
    "problem": http_rules.problem,
    "implemented": http_rules.implemented,
    "no-server-error": conduct.no_server_error,
    "valid-accepted": conduct.valid_accepted,
    "invalid-refused": conduct.invalid_refused,
    **{kind: over_observation(check) for kind, check in EVENT_CHECKS.items()},
    **LAW_CHECKS,
    "no-secrets": answers.no_secrets,
    "max-size": answers.max_size,
    "caching.etag": answers.etag,
    "caching.private": answers.private,
    **OPERATION_LAWS,
    **SERVICE_CHECKS,
    **LIFECYCLE_CHECKS,
    **FAULT_CHECKS,
    **CHAOS_CHECKS,
    **STAGE_LAW_CHECKS,
    **PIPELINE_LAW_CHECKS,
    **PACT_CHECKS,
    **PACT_CONSUMER_CHECKS,
}


def meaning(kind: str) -> str:
    """What a clause of a kind promises, in its check's own words; "" for what no run is judged by.

    Those are the first line of its docstring, so there are none under `python -OO`.
    """
    check = EVENT_CHECKS.get(kind) or _OF_PAIRS.get(kind) or CHECKS.get(kind)
    return "" if check is None else (getdoc(check) or "").partition("\n")[0]


_OF_PAIRS: Mapping[str, object] = {"metamorphic": metamorphic}

__all__ = ["CHECKS", "Breach", "Check", "Judgement", "meaning", "metamorphic"]
