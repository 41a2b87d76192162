"""Pact files of versions 1 to 4, read: what they say as values, or all that is wrong with them.

A fault of one interaction doesn't hide those of others; a file with any is not used.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from stagepact.contract.files import read_json_beside, read_named_json
from stagepact.contract.source import Json, Kind, Source, read_large_json
from stagepact.errors import ContractError, Problem, nearest
from stagepact.pact import content
from stagepact.pact.generator import generators_of
from stagepact.pact.matching.texts import header_values
from stagepact.pact.model import (
    Body,
    Exchange,
    Exchanged,
    Http,
    Interaction,
    Message,
    Pact,
    Presence,
    Request,
    Response,
    Sent,
    State,
    Values,
    Version,
)
from stagepact.pact.part import NOUNS, Part
from stagepact.pact.rules import Rules, rules_of
from stagepact.pact.values import text_of

PACT = Kind('a pact, e.g. `{"consumer": {"name": "ui"}, "provider": {"name": "api"}, …}`')

_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.\d+)*")
_TYPES = {
    "Synchronous/HTTP": "http",
    "Asynchronous/Messages": "sent",
    "Synchronous/Messages": "exchanged",
}


def read_pact(path: Path) -> Pact:
    """Read a pact file, wherever it lies.

    Raises:
        ContractError: it can't be read, or is no pact; all that is wrong is told at once.
    """
    return _pact_of(read_named_json(path, PACT))


def read_pact_beside_records(path: Path) -> Pact | None:
    """Read a pact file, wherever it lies; None for results that were recorded beside pacts.

    Raises:
        ContractError: it can't be read, or is no pact; all that is wrong is told at once.
    """
    return _pact_or_record(read_named_json(path, PACT))


def read_pact_of_project(path: Path, root: Path) -> Pact | None:
    """Read a pact file of a project; None for results that were recorded beside pacts.

    Raises:
        ContractError: it can't be read, or is no pact; all that is wrong is told at once.
    """
    return _pact_or_record(read_json_beside(path, root, PACT))


def _pact_or_record(source: Source) -> Pact | None:
    value = source.value
    recorded = isinstance(value, dict) and "results" in value and "interactions" not in value
    return None if recorded else _pact_of(source)


def parse_pact(text: str | bytes, file: str) -> Pact:
    """The pact that a text is; `file` is the name by which problems call it.

    Raises:
        ContractError: it is no pact; all that is wrong is told at once.
    """
    return _pact_of(read_large_json(text, file, PACT))


def _pact_of(source: Source) -> Pact:
    part = Part.whole(source)
    version = _version(part)
    if part.problems:
        raise ContractError(*part.problems)
    consumer, provider = (_party(part, role) for role in ("consumer", "provider"))
    interactions = _interactions(part, version)
    if part.problems:
        raise ContractError(*sorted(part.problems))
    return Pact(consumer, provider, version, interactions, source.file)


def _party(part: Part, role: str) -> str:
    name = part.get(role).get("name").text()
    if not name:
        expected = f"`{role}` with a `name`"
        part.get(role).fault(f"no name of the {role}", expected, "write it", "pact-party")
    return name


def _version(part: Part) -> Version:
    metadata = part.get("metadata")
    told = metadata.get("pactSpecification", "pact-specification").get("version")
    if told.value is None:
        told = metadata.get("pactSpecificationVersion")
    if told.value is None:
        return _first_version(part)
    found = _VERSION.fullmatch(told.text("?"))
    major, minor = (found[1], found[2]) if found else ("?", None)
    known = {each.value: each for each in Version}
    name = "1.1" if (major, minor) == ("1", "1") else major
    if name not in known:
        _unknown_version(told)
    return known.get(name, Version.V4)


def _unknown_version(told: Part) -> None:
    found = f"version `{told.value}` of the Pact specification"
    expected, advice = (
        "1, 1.1, 2, 3 or 4",
        'write e.g. "4.0", or make the file with a newer library',
    )
    told.fault(found, expected, advice, "pact-unknown-version")


def _first_version(part: Part) -> Version:
    """Files of version 1 needn't say so; rules are for later ones, and would be lost."""
    if '"matchingRules"' in json.dumps(part.value):
        found, expected = "matching rules, and no version", "`metadata.pactSpecification.version`"
        part.get("metadata").fault(found, expected, 'write e.g. "3.0.0"', "pact-no-version")
    return Version.V1


def _interactions(part: Part, version: Version) -> tuple[Interaction, ...]:
    kinds = {"interactions": _interaction, "messages": _message_interaction}
    if version is not Version.V3:
        del kinds["messages"]
    read = tuple(
        read_one(item, version) for key, read_one in kinds.items() for item in part.get(key).items()
    )
    if not read:
        found = "no interactions"
        expected = "`interactions`, a list with at least one"
        where = part.get("interactions", "messages")
        where.fault(found, expected, "write one, or remove the file", "pact-empty")
    _same_twice(part, read)
    return read


def _same_twice(part: Part, interactions: tuple[Interaction, ...]) -> None:
    seen: dict[tuple[type, str, str], Interaction] = {}
    for each in interactions:
        name = (type(each.exchange), each.description, repr(each.states))
        first = seen.setdefault(name, each)
        if first is not each:
            found = f"`{each.description}` a second time (first on line {first.place.line})"
            expected = "each description once with the same states"
            advice = "give it another description"
            part.problems.append(Problem(each.place, found, expected, advice, "pact-twice"))


def _interaction(part: Part, version: Version) -> Interaction:
    exchange = _EXCHANGES[_type(part, version)](part, version)
    return _with_states(part, exchange)


def _message_interaction(part: Part, version: Version) -> Interaction:
    return _with_states(part, Sent(message_of(part, version)))


def _with_states(part: Part, exchange: Exchange) -> Interaction:
    description = part.get("description").text()
    if not isinstance(part.value, dict):
        part.fault(NOUNS[type(part.value)], "an interaction", "write one", "pact-interaction")
    elif not description:
        expected = "`description`, a text"
        part.fault("an interaction without a name", expected, "write it", "pact-no-description")
    return Interaction(
        description,
        exchange,
        states=_states(part),
        pending=part.get("pending").read(bool, False, "pact-not-a-truth"),
        key=part.get("key").text(),
        place=part.source.place(part.path),
    )


def _states(part: Part) -> tuple[State, ...]:
    written = part.get("providerStates", "providerState", "provider_state")
    if isinstance(written.value, str):
        return (State(written.value),) if written.value else ()
    return tuple(_state(item) for item in written.items())


def _state(part: Part) -> State:
    name = part.get("name").text()
    if not name:
        part.fault("a state without a name", "`name`, a text", "write it", "pact-state")
    parameters = part.get("params").read(dict, dict[str, Json](), "pact-not-a-mapping")
    return State(name, parameters)


def _type(part: Part, version: Version) -> str:
    written = part.get("type")
    if version is not Version.V4 or written.value is None:
        return "http"
    name = written.text()
    if name not in _TYPES:
        guess = nearest(name, _TYPES)
        advice = f"did you mean `{guess}`?" if guess else "write one of them"
        expected = f"one of {', '.join(_TYPES)}"
        written.fault(f"the interaction type `{name}`", expected, advice, "pact-type")
    return _TYPES.get(name, "http")


def _http(part: Part, version: Version) -> Exchange:
    request, response = part.get("request"), part.get("response")
    for name, found in (("request", request), ("response", response)):
        if isinstance(part.value, dict) and not isinstance(found.value, dict):
            said = f"`{name}` as {NOUNS[type(found.value)]}"
            found.fault(said, f"`{name}`, a mapping", "write it", f"pact-no-{name}")
    return Http(request_of(request, version), response_of(response, version))


def _exchanged(part: Part, version: Version) -> Exchange:
    responses = tuple(message_of(item, version) for item in part.get("response").items())
    return Exchanged(message_of(part.get("request"), version), responses)


_EXCHANGES: Mapping[str, Callable[[Part, Version], Exchange]] = {
    "http": _http,
    "sent": lambda part, version: Sent(message_of(part, version)),
    "exchanged": _exchanged,
}


def request_of(part: Part, version: Version) -> Request:
    """The request that a part of a pact file of this version says."""
    headers = _headers(part.get("headers"))
    return Request(
        method=part.get("method").text("GET").upper(),
        path=part.get("path").text("/"),
        query=_query(part.get("query")),
        query_text=_query_text(part.get("query"), version),
        headers=headers,
        body=_body(part, "body", _content_type(headers), version),
        rules=_rules(part, version),
        generators=generators_of(part.get("generators")),
    )


def response_of(part: Part, version: Version) -> Response:
    """The response that a part of a pact file of this version says."""
    headers = _headers(part.get("headers"))
    return Response(
        status=part.get("status").number(200),
        headers=headers,
        body=_body(part, "body", _content_type(headers), version),
        rules=_rules(part, version),
        generators=generators_of(part.get("generators")),
    )


def message_of(part: Part, version: Version) -> Message:
    """The message that a part of a pact file of this version says."""
    metadata = part.get("metadata", "metaData").read(dict, dict[str, Json](), "pact-metadata")
    named = (metadata.get(key) for key in ("contentType", "content-type", "Content-Type"))
    content_type = next((text for text in named if isinstance(text, str)), "")
    contents = _body(part, "contents", content_type, version)
    rules, generators = _rules(part, version), generators_of(part.get("generators"))
    return Message(contents, metadata, rules, generators)


def _rules(part: Part, version: Version) -> Rules:
    if version in {Version.V1, Version.V1_1}:
        return Rules()
    return rules_of(part.get("matchingRules"), by_path=version is Version.V2)


def _query(part: Part) -> Values:
    if isinstance(part.value, str):
        pairs = parse_qsl(part.value, keep_blank_values=True)
        names = dict.fromkeys(name for name, _ in pairs)
        return {name: tuple(text for key, text in pairs if key == name) for name in names}
    return {name: _texts(item) for name, item in part.entries()}


def _query_text(part: Part, version: Version) -> str | None:
    text = part.value if version is Version.V1 else None
    return unquote(text) if isinstance(text, str) else None


def _headers(part: Part) -> Values:
    return {
        name: header_values(name, item.value) if isinstance(item.value, str) else _texts(item)
        for name, item in part.entries()
    }


def _texts(part: Part) -> tuple[str, ...]:
    items = part.value if isinstance(part.value, list) else [part.value]
    if any(isinstance(item, dict | list) for item in items):
        part.fault("a value with parts", "texts", "write texts", "pact-not-a-text")
    return tuple("" if item is None else text_of(item) for item in items)


def _content_type(headers: Values) -> str:
    named = (texts for name, texts in headers.items() if name.lower() == "content-type")
    return next((text for texts in named for text in texts), "")


def _body(part: Part, key: str, content_type: str, version: Version) -> Body:
    if not part.has(key):
        return Body()
    below = part.get(key)
    if version is Version.V4 and below.has("content"):
        return _encoded(below, content_type)
    if version is Version.V4 and isinstance(below.value, dict) and _only_attributes(below.value):
        return Body()
    return _plain_body(below.value, content_type)


def _only_attributes(body: Mapping[str, Json]) -> bool:
    return body.keys() <= {"contentType", "encoded", "contentTypeHint"}


def _plain_body(value: Json, content_type: str) -> Body:
    """A body as versions 1 to 3 write it: JSON as it is, anything else as a text."""
    if value is None:
        return Body(Presence.NULL, content_type)
    if value == "":
        return Body(Presence.EMPTY, content_type)
    if not isinstance(value, str):
        return json_body(value, content_type or content.JSON.name)
    kind = content.parse(content_type) or content.of_text(value)
    if kind.is_json and _json_fault(value):
        return json_body(value, content_type or kind.name)
    if not kind.is_text and (data := _decoded(value)) is not None:
        return body_of(data, content_type)
    return body_of(value.encode(), content_type or kind.name)


def _encoded(part: Part, content_type: str) -> Body:
    """A body as version 4 writes it: its content, and how that is encoded."""
    value, encoding = part.get("content").value, part.get("encoded").value
    content_type = content_type or part.get("contentType").text()
    if value is None:
        return Body(Presence.NULL, content_type)
    if value == "":
        return Body(Presence.EMPTY, content_type)
    named = encoding.lower() if isinstance(encoding, str) else ""
    if named == "base64" or encoding is True:
        return body_of(_base64(part.get("content")), content_type)
    if not isinstance(value, str):
        return json_body(value, content_type or content.JSON.name)
    kind = content.parse(content_type) or content.of_text(value)
    if kind.is_json and named != "json":
        return json_body(value, content_type or kind.name)
    return body_of(value.encode(), content_type or kind.name)


def _base64(part: Part) -> bytes:
    data = _decoded(text_of(part.value))
    if data is None:
        found, advice = "content that is not base64", "encode it, or write `encoded: false`"
        part.fault(found, "base64, as `encoded` says", advice, "pact-base64")
    return data or b""


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def json_body(value: Json, content_type: str = content.JSON.name) -> Body:
    """A body that is this JSON value; of a type that isn't JSON, its text."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Body(Presence.PRESENT, content_type, data, value)


def body_of(data: bytes, content_type: str = "") -> Body:
    """A body as it was sent; without a content type it is what it looks like."""
    if not data:
        return Body(Presence.EMPTY, content_type)
    text = data.decode(errors="replace")
    kind = content.parse(content_type) or content.of_text(text)
    name = content_type or kind.name
    if not kind.is_json:
        return Body(Presence.PRESENT, name, data)
    fault = _json_fault(text)
    value = None if fault else json.loads(text)
    return Body(Presence.PRESENT, name, data, value, fault)


def _json_fault(text: str) -> str:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
