"""What HTTP itself asks of a service: 405 with `Allow` (RFC 9110), problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator

from stagepact.contract.clauses import Clause, ImplementedValue, MethodsValue
from stagepact.observation import Observation
from stagepact.subject import Output
from stagepact.subject.protocols.http import media_type
from stagepact.verdict.checks.model import KEPT, Breach, Judgement
from stagepact.verdict.checks.responses import declared_as

_STATUS, _ALLOW = ("status",), ("headers", "allow")
# A service may have these beside what is declared, and says so in `Allow`.
_BESIDE = frozenset({"HEAD", "OPTIONS", "TRACE"})
_TEXTS = ("type", "title", "detail", "instance")


def methods(clause: Clause, observation: Observation) -> Judgement:
    """A method that a path doesn't have is answered by 405, with an `Allow` of those it has."""
    value: MethodsValue = clause.value
    method, output = str(observation.given.request.method), observation.output
    if output is None and not value.complete and method in ("HEAD", "OPTIONS"):
        return "no response, which other clauses tell"
    if output is None:
        return (Breach("405", str(observation.error or observation.status), _STATUS),)
    if output.status in ("401", "403", "429"):
        return f"answered by {output.status} before the method was looked at"
    allowed = _allowed(output)
    if output.status == "405":
        return (*_refused(method, allowed, value),)
    taken = output.status[:1] in "25" and output.status != "501"
    if not value.complete and (method in ("HEAD", "OPTIONS") or not taken):
        return f"answered by {output.status}, which is no promise"
    if method == "OPTIONS" or output.status == "501":
        return (*_listed(allowed, value),) if allowed else KEPT
    if method == "HEAD":
        covered = not value.statuses or declared_as(output.status, value.statuses) is not None
        return (
            KEPT if covered else (Breach("the status of GET", f"{output.status} to HEAD", _STATUS),)
        )
    return (Breach("405", f"{output.status} to {method}", _STATUS),)


def _allowed(output: Output) -> frozenset[str] | None:
    told = output.headers.get("allow")
    return None if told is None else frozenset(each.strip() for each in told.split(",") if each)


def _refused(method: str, allowed: frozenset[str] | None, value: MethodsValue) -> Iterator[Breach]:
    if allowed is None:
        yield Breach("Allow, with the methods there are", f"nothing, to {method}", _ALLOW)
        return
    if method in allowed:
        yield Breach(f"no {method}, which is refused", ", ".join(sorted(allowed)), _ALLOW)
    if value.complete:
        yield from _listed(allowed, value)


def _listed(allowed: frozenset[str], value: MethodsValue) -> Iterator[Breach]:
    declared = frozenset(value.methods)
    if allowed - _BESIDE != declared - _BESIDE:
        yield Breach(", ".join(sorted(declared)), ", ".join(sorted(allowed)) or "nothing", _ALLOW)


def implemented(clause: Clause, observation: Observation) -> Judgement:
    """The operation is there: its route, or an answer that isn't 404, 405 or 501."""
    value: ImplementedValue = clause.value
    output = observation.output
    if value.routed is not None:
        return KEPT if value.routed else (Breach("a route", "none in the application", ()),)
    if output is None:
        return f"no response ({observation.status})"
    if output.status not in ("404", "405", "501"):
        return KEPT
    if observation.case.kind == "invalid" or observation.given.request.path:
        return f"answered by {output.status}, as another path may be"
    if output.status == "404" and (value.has_parameters or value.not_found):
        return "answered by 404, as what isn't known may be"
    return (Breach("the operation", f"{output.status}: it isn't there", _STATUS),)


def problem(clause: Clause, observation: Observation) -> Judgement:
    """An error is a problem document whose members have their types and tell its status."""
    output, media = observation.output, clause.value
    if output is None:
        return f"no response ({observation.status})"
    if output.status[:1] not in "45":
        return "no error was answered"
    found = media_type(output.headers.get("content-type", ""))[0]
    if found != media:
        return (Breach(media, found or "no content type", ("headers", "content-type")),)
    if not isinstance(output.data, dict):
        return (Breach("an object", type(output.data).__name__, ("body",)),)
    return (*_members(output.data, output.status),)


def _members(data: dict[str, object], status: str) -> Iterator[Breach]:
    for name in _TEXTS:
        if name in data and not isinstance(data[name], str):
            yield Breach("a text", type(data[name]).__name__, ("body", name))
    told = data.get("status", int(status))
    if isinstance(told, bool) or told != int(status):
        yield Breach(status, str(told), ("body", "status"))
