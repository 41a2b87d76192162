"""The laws of operations: pure functions of the answers that a law's script has brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from stagepact.contract.clauses import Clause
from stagepact.contract.operation_laws import OperationLaw
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject import Output
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.operation_scripts import REACHED
from stagepact.subject.protocols.politeness import retry_after
from stagepact.verdict.checks.model import KEPT, Breach, Check, Judgement, differences, successful
from stagepact.verdict.checks.responses import declared_as

Law = Callable[[OperationLaw, Output, str], Judgement]

_STATUS = ("status",)
_MANY = "429"


def _of(law: Law) -> Check:
    """A law as a check: it judges the runs of its own cases."""

    @wraps(law)
    def check(clause: Clause, observation: Observation) -> Judgement:
        value: OperationLaw = clause.value
        name, _, how = observation.case.name.partition(": ")
        if observation.case.kind != "law" or name != _CASES.get(value.law, value.law):
            return "another case"
        if observation.output is None:
            seen = str(observation.error or observation.status)
            return (Breach("an answer", seen, _STATUS),)
        return law(value, observation.output, how)

    return check


def is_as(status: str, statuses: tuple[str, ...]) -> bool:
    """Whether a status is one of those, or of one of their classes."""
    return declared_as(status, statuses) is not None


def _or(statuses: tuple[str, ...]) -> str:
    return " or ".join(statuses)


def _reached(output: Output) -> bool:
    return output.status[:1] in "23"


def _never(status: str) -> str:
    return f"answered by {status}: the success was never reached"


# -- credentials -------------------------------------------------------------------------------


def auth_required(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A call without valid credentials is refused, and the same call with them isn't."""
    promised = f"refused by {_or(value.statuses)}"
    refused = is_as(output.status, value.statuses)
    if successful(output.status) and not refused:
        return (Breach(promised, f"{output.status}, with {how}", _STATUS),)
    if output.status == _MANY:
        return f"answered by {_MANY} before credentials were looked at"
    reached = output.beside[REACHED]
    if is_as(reached.status, value.statuses) or not (refused or _reached(reached)):
        return f"with valid credentials {_never(reached.status)}"
    refused = refused or (output.status == "400" and how.startswith("malformed"))
    if refused is not value.negated:
        return KEPT
    return (Breach(promised, f"{output.status}, with {how}", _STATUS),)


def challenge(clause: Clause, observation: Observation) -> Judgement:
    """A 401 says by WWW-Authenticate how to say who one is (RFC 9110, 15.5.2)."""
    value: OperationLaw = clause.value
    output = observation.output
    if output is None:
        return f"no response ({observation.status})"
    if output.status not in value.statuses:
        return "no 401 was answered"
    told = output.headers.get("www-authenticate", "")
    schemes = {each.strip().partition(" ")[0].lower() for each in told.split(",")} - {""}
    if schemes and (not value.reads or value.reads.lower() in schemes):
        return KEPT
    return (Breach(value.reads or "a challenge", told or "nothing", ("headers", _CHALLENGE)),)


_CHALLENGE = "www-authenticate"


def owned(value: OperationLaw, output: Output, how: str) -> Judgement:
    """Another user's call is refused and changes nothing, and the owner's own call succeeds."""
    promised = f"refused by {_or(value.statuses)}"
    if _reached(output):
        return (Breach(promised, f"{output.status}, {how}", _STATUS),)
    changed = _changed(output, how)
    if changed:
        return changed
    owner = output.beside["owner"]
    if not _reached(owner):
        return f"the owner's own call is {_never(owner.status)}"
    if output.status in ("401", _MANY):
        return f"{how}: answered by {output.status}"
    if is_as(output.status, value.statuses):
        return KEPT
    return (Breach(promised, f"{output.status}, {how}", _STATUS),)


def _changed(output: Output, how: str) -> tuple[Breach, ...]:
    """What another's refused call did: nothing is there any more, or there is what it asked for.

    A time or a counter may be another at each look, and nobody is to blame.
    """
    before, after = output.beside.get("before"), output.beside.get("after")
    if before is None or after is None or not successful(before.status):
        return KEPT
    promised = "nothing is changed"
    if not successful(after.status) and after.status != _MANY:
        return (Breach(promised, f"{after.status} to the owner, {how}", _STATUS),)
    asked, was, told = (
        each.data if isinstance(each.data, dict) else {}
        for each in (output.beside["asked"], before, after)
    )
    return tuple(
        Breach(promised, f"{shorten(told[name])}, {how}", ("body", name))
        for name, value in asked.items()
        if name in told and name in was and told[name] == value != was[name]
    )


# -- caches and keys ---------------------------------------------------------------------------


def not_modified(value: OperationLaw, output: Output, how: str) -> Judgement:
    """Who has the current tag is told by 304, without a body, to keep what there is."""
    first = output.beside["first"]
    if not successful(first.status):
        return _never(first.status)
    if "etag" not in first.headers:
        return "the answer has no ETag"
    if not is_as(output.status, value.statuses):
        return (Breach(f"{_or(value.statuses)} to If-None-Match", output.status, _STATUS),)
    if output.error is not None:
        return (Breach("no body", output.error, ("body",)),)
    return KEPT


def replayed(value: OperationLaw, output: Output, how: str) -> Judgement:
    """The second request with a key is answered as the first was."""
    first = output.beside["first"]
    if not successful(first.status):
        return _never(first.status)
    found = differences(first.data, output.data, ("body",))
    if not successful(output.status):
        found = (Breach(f"{first.status}, as before", output.status, _STATUS),)
    if bool(found) is value.negated:
        return KEPT
    return found or (Breach("another answer", "the same", _STATUS),)


def conflicting(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A key that was used is refused with another body, which a new key gets accepted."""
    first, third = output.beside["first"], output.beside["another key"]
    if not successful(first.status):
        return _never(first.status)
    if not successful(third.status):
        return f"the other body is {_never(third.status)}"
    if is_as(output.status, value.statuses):
        return KEPT
    promised = f"refused by {_or(value.statuses)}"
    return (Breach(promised, f"{output.status} to another body", _STATUS),)


# -- limits ------------------------------------------------------------------------------------


def limited(value: OperationLaw, output: Output, how: str) -> Judgement:
    """Calls are served up to the limit, and the next one is refused."""
    for name, each in output.beside.items():
        if each.status in value.statuses:
            return (Breach("served", f"{each.status} to {name}", _STATUS),)
        if name.startswith("call") and not successful(each.status):
            return f"{name}: {_never(each.status)}"
    if output.status in value.statuses:
        return KEPT
    took = output.beside["took"]
    if took.status != "ok":
        return f"the calls took {took.data:.2g} s, so not all of them fall under one limit"
    return (Breach(_or(value.statuses), f"{output.status}, after {took.data:.2g} s", _STATUS),)


def tells_when(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A refused call is told when to come again: in so many seconds, or at a date."""
    if output.status not in value.statuses:
        return f"answered by {output.status}: the limit was never reached"
    told = output.headers.get(value.reads)
    if told is not None and retry_after(told, 0.0) is not None:
        return KEPT
    return (Breach("seconds or a date", told or "nothing", ("headers", value.reads)),)


def served_again(value: OperationLaw, output: Output, how: str) -> Judgement:
    """Once the pause is over that was asked for, a call is served."""
    refused = output.beside["refused"]
    if refused.status not in value.statuses:
        return f"answered by {refused.status}: the limit was never reached"
    told = refused.headers.get("retry-after")
    if told is None or retry_after(told, 0.0) is None:
        return "the refused call has no Retry-After"
    if (output.status in value.statuses) is value.negated:
        return KEPT
    return (Breach("served", f"{output.status}, after Retry-After: {told}", _STATUS),)


# -- logins ------------------------------------------------------------------------------------


def login(value: OperationLaw, output: Output, how: str) -> Judgement:
    """The right password gives a token, and a wrong one gives none."""
    right = output.beside["right"]
    if not _has_token(value, right):
        return f"the right password is {_never(right.status)}"
    return _no_token(value, output, "to a wrong password")


def refresh(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A refresh gives a token, and who calls with it is served."""
    lacking = _lacking(value, output)
    if lacking:
        return lacking
    answer = output.beside["refresh"]
    if not _has_token(value, answer):
        return (Breach("a new token", f"{answer.status} without one", _STATUS),)
    if is_as(output.status, value.statuses) is value.negated:
        return KEPT
    return (Breach("served with the new token", output.status, _STATUS),)


def refresh_once(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A refresh token that was used gives no other token."""
    login = output.beside["login"]
    if "refresh" not in output.beside:
        return f"the login is {_never(login.status)}, or gave no refresh token"
    first = output.beside["refresh"]
    if not _has_token(value, first):
        return f"the first refresh is {_never(first.status)}"
    return _no_token(value, output, "to a used refresh token")


def rotated(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A token that was accepted is refused once a refresh has given another."""
    lacking = _lacking(value, output)
    if lacking:
        return lacking
    if "new" not in output.beside:
        return f"the refresh is {_never(output.beside['refresh'].status)}, or gave no token"
    if not _reached(output.beside["new"]):
        return f"with the new token {_never(output.beside['new'].status)}"
    if is_as(output.status, value.statuses):
        return KEPT
    promised = f"refused by {_or(value.statuses)} after the refresh"
    return (Breach(promised, output.status, _STATUS),)


def logout(value: OperationLaw, output: Output, how: str) -> Judgement:
    """A token is accepted before its logout, and refused after it."""
    if "logout" not in output.beside:
        return f"the login is {_never(output.status)}"
    before, out = output.beside["before"], output.beside["logout"]
    if not _reached(before):
        return f"before the logout {_never(before.status)}"
    if not _reached(out):
        return (Breach("a logout", out.status, _STATUS),)
    if is_as(output.status, value.statuses):
        return KEPT
    promised = f"refused by {_or(value.statuses)} after the logout"
    return (Breach(promised, output.status, _STATUS),)


def _lacking(value: OperationLaw, output: Output) -> str:
    """Why a refresh couldn't be tried; "" where it was."""
    login, before = output.beside["login"], output.beside["before"]
    if "refresh" not in output.beside:
        return f"the login is {_never(login.status)}, or gave no refresh token"
    return "" if _reached(before) else f"before the refresh {_never(before.status)}"


def _has_token(value: OperationLaw, output: Output) -> bool:
    return successful(output.status) and bool(found_at(value.reads, output.data))


def _no_token(value: OperationLaw, output: Output, when: str) -> Judgement:
    if _has_token(value, output):
        return (Breach("no token", f"{output.status} with a token, {when}", _STATUS),)
    if is_as(output.status, value.statuses) or successful(output.status):
        return KEPT if not value.negated else (Breach("a token", shorten(output.status), _STATUS),)
    return (Breach(f"refused by {_or(value.statuses)}", f"{output.status}, {when}", _STATUS),)


# Laws whose cases have another name than they: one script shows both.
_CASES = {"rate-limit.retry-after": "rate-limit.refused"}

CHECKS: Mapping[str, Check] = {
    "auth-required": _of(auth_required),
    "challenge": challenge,
    "owned": _of(owned),
    "caching.not-modified": _of(not_modified),
    "idempotency.replay": _of(replayed),
    "idempotency.conflict": _of(conflicting),
    "rate-limit.refused": _of(limited),
    "rate-limit.retry-after": _of(tells_when),
    "rate-limit.served-again": _of(served_again),
    "auth.login": _of(login),
    "auth.refresh": _of(refresh),
    "auth.refresh-once": _of(refresh_once),
    "auth.rotated": _of(rotated),
    "auth.logout": _of(logout),
}
