"""What an operation owes unasked: no server error, valid requests taken, invalid ones refused."""

from __future__ import annotations

from collections.abc import Mapping

from stagepact.contract.clauses import Clause, ConductValue
from stagepact.observation import Observation
from stagepact.verdict.checks.model import KEPT, Breach, Judgement, successful
from stagepact.verdict.checks.responses import declared_as

# Refusals that come before a request is looked at: they say nothing of how it would be taken.
_BEFORE = frozenset({"401", "403", "405", "429"})
_NOT_FOUND = "404"
_PLACE = ("status",)


def _no_response(observation: Observation) -> str:
    return f"no response: {observation.error}" if observation.error else observation.status


def no_server_error(clause: Clause, observation: Observation) -> Judgement:
    """No response has a status of 5xx that isn't declared; no response at all is broken."""
    value: ConductValue = clause.value
    output = observation.output
    promised = "no server error"
    if output is None:
        return (Breach(promised, _no_response(observation), _PLACE),)
    declared = output.status in value.statuses or "5XX" in value.statuses
    if output.status[:1] not in value.faults or declared:
        return KEPT
    return (Breach(promised, output.status, _PLACE),)


def valid_accepted(clause: Clause, observation: Observation) -> Judgement:
    """A request that the contract permits isn't refused for what it is; success must be reached."""
    value: ConductValue = clause.value
    output = observation.output
    if not observation.case.is_generated:
        return "an example says for itself what it is answered"
    if output is None:
        return _no_response(observation)
    if output.status in value.refused:
        unknown = _known_to_service(value, observation)
        if unknown:
            return f"answered by {output.status}: only the service knows a right {unknown}"
        seen = f"{output.status}, though what was asked is permitted"
        return (Breach("a permitted request is taken", seen, _PLACE),)
    if successful(output.status):
        return KEPT
    return f"answered by {output.status}: the success was never reached"


def _known_to_service(value: ConductValue, observation: Observation) -> str:
    """The part of a request that may be refused whatever it is; "" where there is none."""
    request = observation.given.request
    for section, name in value.known:
        part = getattr(request, section)
        if isinstance(part, Mapping) and part.get(name) is not None:
            return name
    return ""


def invalid_refused(clause: Clause, observation: Observation) -> Judgement:
    """A nearly valid request is refused by a declared status of 4xx."""
    value: ConductValue = clause.value
    output, case = observation.output, observation.case
    if case.kind != "invalid":
        return "no nearly valid request was made"
    promised = "refused by a declared 4xx"
    if output is None:
        return (Breach(promised, _no_response(observation), _PLACE),)
    if output.status in _BEFORE or (output.status == _NOT_FOUND and not _is_of_path(observation)):
        return f"answered by {output.status} before the request was looked at"
    if output.status[:1] == "3":
        return f"redirected by {output.status}"
    if output.status[:1] != "4":
        return (Breach(promised, f"{output.status}: {case.name}", _PLACE),)
    if declared_as(output.status, value.statuses) is None:
        return (Breach(promised, f"{output.status}, which is not declared", _PLACE),)
    return KEPT


def _is_of_path(observation: Observation) -> bool:
    return bool(observation.given.request.path)
