"""Services as they are reached: by an app or a URL, in which states, by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.adapters import asgi, wsgi
from stagepact.contract.document import Document
from stagepact.contract.models import Service
from stagepact.errors import ContractError, Misuse, Place, Problem
from stagepact.plan.authentication import authentication
from stagepact.plan.stages import Resolve
from stagepact.subject.protocols.callers import Authentication
from stagepact.subject.protocols.http import Exchange
from stagepact.subject.protocols.politeness import Pace, Polite
from stagepact.subject.protocols.secrets import Secrets
from stagepact.subject.protocols.stages import is_function
from stagepact.verdict.exceptions import Surroundings

_NOTHING: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reached:
    """A service that can be spoken to: how, under which path, what it implements, who calls.

    `clocks` are the functions that let time pass for it, by reference.
    """

    exchange: Exchange
    path: str
    states: Mapping[str, Callable[..., Any]]
    implemented: tuple[tuple[str, str], ...] = ()
    clocks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    authentication: Authentication | None = None
    app: Any = None
    hidden: frozenset[tuple[str, str]] = frozenset()


def reach(
    document: Document,
    name: str,
    service: Service,
    resolve: Resolve,
    connect_url: Callable[[str], Exchange],
    base_urls: Mapping[str, str] | None,
) -> Reached:
    """The service, with its states' functions imported.

    Raises:
        ContractError: with every reference that can't be resolved.
    """
    problems: list[Problem] = []
    states: dict[str, Any] = {}
    clocks: dict[str, Any] = {}
    for imported, key, reference, path in _references(name, service):
        try:
            (clocks if imported == "clock" else states)[key] = resolve(reference)
        except Misuse as error:
            place = document.place(*path)
            problems += [
                Problem(place, e.found, e.expected, e.advice, e.code) for e in error.problems
            ]
    exchange: Exchange | None = None
    way, implemented, app = "http", _NOTHING, None
    place = document.place("services", name, "url" if service.url else "app")
    url = (base_urls or {}).get(name, (base_urls or {}).get("", service.url))
    try:
        if url is not None:
            exchange = Polite(connect_url(url), Pace(service.rate))
        else:
            app = resolve(str(service.app))
            exchange, way, implemented = _in_process(str(service.app), app)
    except Misuse as error:
        problems += [Problem(place, e.found, e.expected, e.advice, e.code) for e in error.problems]
    if problems or exchange is None:
        raise ContractError(*problems)
    return Reached(exchange, way, states, implemented, clocks, app=app, hidden=_hidden(app))


def with_callers(
    document: Document, name: str, reached: Reached, here: Surroundings, resolve: Resolve
) -> Reached:
    """The service with those who call it.

    Raises:
        ContractError: their secrets can't be had.
    """
    keeps = isinstance(reached.exchange, Polite)
    callers = authentication(document, name, here.env, resolve, reached.secrets, keeps=keeps)
    return replace(reached, authentication=callers)


def _hidden(app: Any) -> frozenset[tuple[str, str]]:
    """What an app's routes have besides what it says of itself."""
    if app is None or not asgi.is_asgi(app):
        return frozenset()
    return frozenset(asgi.operations(app, hidden=True))


def _references(
    name: str, service: Service
) -> Iterator[tuple[str, str, str, tuple[str | int, ...]]]:
    """What a service names of the code: of which kind, by which key, and where."""
    for state, reference in service.states.items():
        yield "state", state, reference, ("services", name, "states", state)
    for key, operation in service.operations.items():
        limit = operation.rate_limit
        if limit is not None and limit.clock is not None:
            path = ("services", name, "operations", key, "rate-limit", "clock")
            yield "clock", limit.clock, limit.clock, path


def _in_process(reference: str, app: Any) -> tuple[Exchange, str, tuple[tuple[str, str], ...]]:
    """How an app is spoken to, under which path, and what it implements.

    Raises:
        ContractError: it is no app, and no function that says that it makes one.
    """
    if asgi.is_asgi(app) or asgi.is_asgi_factory(app):
        routed = app if asgi.is_asgi(app) else None
        return asgi.asgi_service(app), "asgi", asgi.operations(routed) if routed else ()
    if wsgi.is_wsgi(app) or wsgi.is_wsgi_factory(app):
        routed = app if wsgi.is_wsgi(app) else None
        return wsgi.wsgi_service(app), "wsgi", wsgi.operations(routed) if routed else ()
    found = f"{reference}: {type(app).__qualname__} is neither"
    expected = "an ASGI or WSGI application, or a factory of one"
    advice = f"let {reference} say by its annotation what app it returns"
    told = advice if is_function(app) else ""
    raise ContractError(Problem(Place(reference), found, expected, told, "no-app"))
