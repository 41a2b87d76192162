"""Where the OpenAPI document of a service comes from: the app, the service itself, or a file."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stagepact.contract.document import Document
from stagepact.contract.files import read_openapi_file
from stagepact.contract.models import Service
from stagepact.contract.openapi.pointers import Pointer, fragment
from stagepact.contract.source import OPENAPI, Source, read_json, read_yaml
from stagepact.errors import ContractError, Misuse, Place, Problem
from stagepact.subject.protocols.http import Exchange, WireRequest, WireResponse, describe_error

# Where frameworks serve their documents, the most usual first.
CONVENTIONS = (
    "/openapi.json",
    "/openapi.yaml",
    "/swagger.json",
    "/apispec_1.json",
    "/apispec.json",
    "/api/openapi.json",
    "/api/swagger.json",
    "/v3/api-docs",
    "/v2/api-docs",
    "/swagger/v1/swagger.json",
    "/schema",
    "/api/schema",
)


@dataclass(frozen=True, slots=True)
class Found:
    """An OpenAPI document, and the place of each of its parts."""

    value: Any
    place: Callable[[Pointer], Place]


def openapi_of(
    document: Document,
    name: str,
    service: Service,
    app: Any,
    exchange: Exchange,
    connect_url: Callable[[str], Exchange],
) -> Found:
    """The document that a service's `openapi` names.

    Raises:
        ContractError: there is none, or it can't be read.
    """
    place = document.place("services", name, "openapi")
    told = service.openapi
    if told is True:
        return _own(place, service, app, exchange)
    text = str(told)
    if text.startswith("/"):
        return _asked(place, text, exchange, service, app)
    if "://" in text:
        return _elsewhere(place, text, service, connect_url)
    return _read(read_openapi_file(text, document.path, root_of(document), place))


def root_of(document: Document) -> Path:
    """The project's folder, below which a document's file is named."""
    path = Path(os.path.abspath(document.path))
    parts = Path(document.file).parts
    inside = path.parts[-len(parts) :] == parts
    return Path(*path.parts[: -len(parts)]) if inside else path.parent


def _read(source: Source) -> Found:
    return Found(source.value, source.place)


def _labelled(label: str) -> Callable[[Pointer], Place]:
    return lambda pointer: Place(label + fragment(pointer))


# -- the app's own -----------------------------------------------------------------------------


def _own(place: Place, service: Service, app: Any, exchange: Exchange) -> Found:
    for each in _inside(app):
        method = getattr(each, "openapi", None)
        if not callable(method):
            continue
        try:
            value = method()
        except Exception as error:  # making it runs the user's models
            found = f"an app whose openapi() raises {describe_error(error)}"
            raise ContractError(_no_document(place, found)) from error
        if isinstance(value, dict):
            # As it is served: JSON has no other keys than texts.
            return Found(json.loads(json.dumps(value, default=str)), _labelled(str(service.app)))
    return _served(place, service, exchange, app)


def _inside(app: Any) -> Iterator[Any]:
    """An app and what its middleware wraps."""
    seen: list[Any] = []
    while app is not None and len(seen) < 50 and all(app is not each for each in seen):
        seen.append(app)
        yield app
        app = getattr(app, "app", None)


def _served(place: Place, service: Service, exchange: Exchange, app: Any) -> Found:
    """The first document at a usual place; all are asked for over one connection."""
    answers = _get(exchange, CONVENTIONS)
    if isinstance(answers, str) and app is None:
        raise ContractError(_unreached(place, answers))
    if isinstance(answers, str):
        raise ContractError(_no_document(place, f"a service that can't be asked ({answers})"))
    for target, answer in answers:
        value = _parsed(answer, target) if answer.status == 200 else None
        if isinstance(value, dict) and {"openapi", "swagger"} & set(value):
            return Found(value, _labelled(_address(service, target)))
    raise ContractError(_no_document(place, "no OpenAPI document at the usual places"))


def _no_document(place: Place, found: str) -> Problem:
    asked = ", ".join(CONVENTIONS[:4])
    expected = f"an app with openapi(), or a document at {asked}, …"
    advice = "name it: openapi: /where/it/is.json, or a file of the project"
    return Problem(place, found, expected, advice, "no-openapi")


def _unreached(place: Place, told: str) -> Problem:
    """A service by URL that isn't there: that is no fault of its document."""
    found = f"a service that gives no answer ({told})"
    advice = (
        "start it, or say where it answers by --base-url (in pytest --stagepact-base-url); or keep "
        "a copy of its document in the project and name that: openapi: FILE"
    )
    expected = "one that can be asked for its OpenAPI document"
    return Problem(place, found, expected, advice, "unreachable")


def _parsed(answer: WireResponse, label: str) -> Any:
    try:
        return _read_text(answer.body, label).value
    except ContractError:
        return None


def _read_text(body: bytes, label: str) -> Source:
    is_json = body.lstrip()[:1] == b"{"
    return (read_json if is_json else read_yaml)(body, label, OPENAPI)


# -- asked of the service ----------------------------------------------------------------------


def _elsewhere(
    place: Place, url: str, service: Service, connect_url: Callable[[str], Exchange]
) -> Found:
    asked, own = urlsplit(url), urlsplit(str(service.url or ""))
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        host = f"{own.scheme}://{own.netloc}" if service.url else "the app itself"
        advice = "keep a copy in the project, and name that file"
        found = f"the address {url}"
        expected = f"one of {host}; nothing else is called"
        raise ContractError(Problem(place, found, expected, advice, "openapi-elsewhere"))
    target = asked.path + (f"?{asked.query}" if asked.query else "")
    return _asked(place, target, connect_url(f"{asked.scheme}://{asked.netloc}"), service, None)


def _asked(place: Place, target: str, exchange: Exchange, service: Service, app: Any) -> Found:
    answers = _get(exchange, (target,))
    if isinstance(answers, str) and app is None:
        raise ContractError(_unreached(place, answers))
    told = answers if isinstance(answers, str) else str(answers[0][1].status)
    if isinstance(answers, str) or answers[0][1].status != 200:
        found = f"no document at {target}: {told}"
        advice = "check the path, and that the service is there"
        raise ContractError(Problem(place, found, "an OpenAPI document", advice, "no-openapi"))
    label = _address(service, target)
    return Found(_read_text(answers[0][1].body, label).value, _labelled(label))


def _address(service: Service, target: str) -> str:
    if service.url is None:
        return f"{service.app}{target}"
    return service.url.rstrip("/") + target


def _get(exchange: Exchange, targets: tuple[str, ...]) -> list[tuple[str, WireResponse]] | str:
    """The answers to GET; a sentence where the service gave none.

    They are asked for on a loop of another thread: planning may be done on a running loop.
    """
    found: list[tuple[str, WireResponse]] = []
    raised: list[BaseException] = []

    async def ask() -> None:
        connection = await exchange.open()
        try:
            for target in targets:
                found.append((target, await connection.send(WireRequest("GET", target))))
                if len(targets) > 1 and found[-1][1].status == 200:
                    return
        finally:
            await connection.close()
            await exchange.close()

    def run() -> None:
        try:
            asyncio.run(ask())
        except (Exception, SystemExit, Misuse) as error:  # an app may do anything
            raised.append(error)

    thread = threading.Thread(target=run, name="stagepact-openapi")
    thread.start()
    thread.join()
    return describe_error(raised[0]) if raised else found
