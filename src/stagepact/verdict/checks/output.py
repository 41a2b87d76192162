"""What was returned: status, type, JSON, the data's schema and its declared keys."""

from __future__ import annotations

from fnmatch import fnmatchcase

from stagepact.contract.clauses import Clause, StatusValue
from stagepact.observation import End, Observation
from stagepact.schema.explain import shorten
from stagepact.schema.normalise import describe_type
from stagepact.schema.validate import Validator, json_violations
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Judgement,
    from_schema_violation,
    schema_breaches,
    successful,
)


def _declared(raises: tuple[str, ...], observation: Observation) -> bool:
    """Whether what was raised is named by the contract, itself or through a base class."""
    if observation.error is None:
        return False
    names = {*observation.error.bases, observation.error.type}
    names |= {name.rpartition(":")[2] for name in names}
    return any(fnmatchcase(name, pattern) for pattern in raises for name in names)


def _is_one(status: str, allowed: tuple[str, ...]) -> bool:
    """Whether a status is allowed; an HTTP status also by its class, such as `2XX`."""
    return status in allowed or (len(status) == 3 and f"{status[0]}XX" in allowed)


def status(clause: Clause, observation: Observation) -> Judgement:
    """The run ended in a declared status; raising, hanging and dying are none of them."""
    value: StatusValue = clause.value
    seen = observation.status
    if observation.end is End.RAISED and (
        "error" in value.statuses or _declared(value.raises, observation)
    ):
        return KEPT
    if observation.output is not None and (not value.statuses or _is_one(seen, value.statuses)):
        return KEPT
    promised = " or ".join(value.statuses) if value.statuses else "an end that is not an error"
    if value.raises:
        promised += f", or raising {' or '.join(value.raises)}"
    detail = observation.error or (observation.output.error if observation.output else None)
    return (Breach(promised, f"{seen} ({detail})" if detail else seen, ("status",)),)


def returned_type(clause: Clause, observation: Observation) -> Judgement:
    """What was returned is an instance of the declared class."""
    if observation.output is None:
        return _no_output(observation)
    raw = observation.output.raw
    names = [describe_type(base) for base in type(raw).__mro__]
    if clause.value in names or clause.value.removeprefix("builtins:") in names:
        return KEPT
    return (Breach(clause.value, describe_type(raw), ()),)


def json(clause: Clause, observation: Observation) -> Judgement:
    """All of the output's data can be written as JSON."""
    if observation.output is None:
        return _no_output(observation)
    found = json_violations(observation.output.data)
    return tuple(from_schema_violation(each, ("data",)) for each in found)


def data(clause: Clause, observation: Observation) -> Judgement:
    """The data of a successful end has its schema."""
    output = observation.output
    if output is None or not successful(output.status):
        return f"no run with a successful end ({_ended(observation)})"
    validator: Validator = clause.value
    return schema_breaches(validator, output.data, ("data",))


def declared(clause: Clause, observation: Observation) -> Judgement:
    """The data of a successful end has the declared keys and no other."""
    output = observation.output
    if output is None or not successful(output.status):
        return f"no run with a successful end ({_ended(observation)})"
    keys: tuple[str, ...] = clause.value
    if output.data is not None and not isinstance(output.data, dict):
        return (Breach("an object with the declared keys", shorten(output.data), ("data",)),)
    seen = output.data or {}
    missing = [Breach("this key", "nothing", ("data", key)) for key in keys if key not in seen]
    more = [
        Breach("no key but those declared", "an undeclared key", ("data", str(key)))
        for key in seen
        if key not in keys
    ]
    return tuple(missing + more)


def _no_output(observation: Observation) -> str:
    return f"no run returned ({_ended(observation)})"


def _ended(observation: Observation) -> str:
    """How a run ended, with what was raised: it may be all that is ever told of it."""
    raised = observation.end is End.RAISED and observation.error is not None
    return f"{observation.status}: {observation.error}" if raised else observation.status
