"""Whether a kept clause can fail at all: its mutants are judged over what was seen already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.observation import End
from stagepact.verdict.checks import Judgement, metamorphic
from stagepact.verdict.checks.quantile import judge_quantile
from stagepact.verdict.judge import judge
from stagepact.verdict.mutants import (
    conduct,
    events,
    http_rules,
    outcome,
    output,
    responses,
    traffic,
)
from stagepact.verdict.mutants.channels import LAW_MUTANTS
from stagepact.verdict.mutants.chaos import CHAOS_MUTANTS
from stagepact.verdict.mutants.faults import FAULT_MUTANTS
from stagepact.verdict.mutants.laws import JUDGED_LAW_MUTANTS
from stagepact.verdict.mutants.lifecycles import LIFECYCLE_MUTANTS
from stagepact.verdict.mutants.model import Mutants, Seen, Vacuous
from stagepact.verdict.mutants.operation_laws import LAWS_MUTANTS
from stagepact.verdict.mutants.pact_consumers import PACT_CONSUMER_MUTANTS
from stagepact.verdict.mutants.pacts import PACT_MUTANTS
from stagepact.verdict.mutants.services import SERVICE_MUTANTS

_PAIRED, _MANY = "metamorphic", "within.quantile"

MUTANTS: Mapping[str, Mutants] = {
    "output.status": output.status,
    "output.type": output.returned_type,
    "output.json": output.json,
    "output.data": output.data,
    "output.declared": output.declared,
    "logs": traffic.logs,
    "calls": traffic.calls,
    "holds": outcome.holds,
    _PAIRED: outcome.holds,
    "within.max": outcome.within,
    _MANY: outcome.within,
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
    "events.order": events.order,
    "events.closed": events.closed,
    "events.terminal": events.terminal,
    "events.payload": events.payload,
    "events.sequence": events.sequence,
    "events.response": events.response,
    **LAW_MUTANTS,
    **LAWS_MUTANTS,
    **SERVICE_MUTANTS,
    **LIFECYCLE_MUTANTS,
    **FAULT_MUTANTS,
    **CHAOS_MUTANTS,
    **JUDGED_LAW_MUTANTS,
    **PACT_MUTANTS,
    **PACT_CONSUMER_MUTANTS,
}

# Kinds whose mutants break although the clause is true of anything: then there is a reason.
VACUOUS: Mapping[str, Vacuous] = {
    "output.type": output.any_type,
    "output.data": output.any_data,
    "logs": traffic.any_logs,
    "calls": traffic.any_calls,
    "holds": outcome.always_holds,
    _PAIRED: outcome.always_holds_of_pairs,
    "responses.body": responses.any_body,
    "events.order": events.any_order,
    "events.payload": events.any_payload,
}


def unfailing(clause: Clause, seen: Seen) -> str:
    """Why a kept clause can't fail; "" where it is true of something only and a mutant breaks."""
    kept = _keeping(clause, seen)
    if not (kept.runs or kept.pairs):
        return ""  # a time that was too long once, and not again
    why = VACUOUS[clause.kind](clause, kept) if clause.kind in VACUOUS else ""
    if why:
        return why
    tried = 0
    for mutant in MUTANTS[clause.kind](clause, kept):
        if _breaks(mutant, kept):
            return ""
        tried += 1
    if not tried:
        return "there is nothing in it to turn wrong"
    ways = "1 way" if tried == 1 else f"{tried} ways"
    return f"turned wrong in {ways}, it is still kept: what it speaks of was never seen"


def _keeping(clause: Clause, seen: Seen) -> Seen:
    """The runs by which the clause is exercised and kept."""
    if clause.kind == _MANY:
        return seen
    if clause.kind == _PAIRED:
        pairs = tuple(pair for pair in seen.pairs if metamorphic(clause, *pair) == ())
        return replace(seen, pairs=pairs)
    return replace(seen, runs=tuple(each for each in seen.runs if judge(clause, each) == ()))


def _breaks(mutant: Clause, seen: Seen) -> bool:
    if mutant.kind == _MANY:
        took_place = (each for each in seen.runs if each.end not in (End.NOT_REACHED, End.UNFIT))
        durations = [each.duration for each in took_place if each.case.assumed]
        return _is_breach(judge_quantile(mutant.value, durations))
    if mutant.kind == _PAIRED:
        return any(_is_breach(metamorphic(mutant, *pair)) for pair in seen.pairs)
    return any(_is_breach(judge(mutant, each)) for each in seen.runs)


def _is_breach(judged: Judgement) -> bool:
    return not isinstance(judged, str) and bool(judged)
