"""Channels of a contract as an AsyncAPI 3.0 document, and the other way round.

Addresses, messages and their payloads are AsyncAPI's; what it has no word for (order, laws,
numbers, …) stands in `x-stagepact-…`, one for each key of a channel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import Channel
from stagepact.contract.openapi.components import Components
from stagepact.contract.openapi.pointers import Broken, Pointer, Tree, mapping
from stagepact.contract.openapi.schemas import Schemas
from stagepact.contract.openapi.write import PREFIX
from stagepact.errors import Place, Problem
from stagepact.schema.dialects import Dialect
from stagepact.schema.normalise import JsonSchema

_SAID = frozenset({"messages", "description"})
_SECRET = frozenset({"credentials"})
_VERSION = re.compile(r"3\.\d+\.\d+.*")
_PARAMETER = re.compile(r"\{([^{}]+)\}")


def asyncapi(document: Document) -> dict[str, Any]:
    """The channels of a contract as an AsyncAPI 3.0 document; credentials are never written."""
    components = Components(document.schemas)
    channels, operations = {}, {}
    for name, channel in document.contract.channels.items():
        channels[name] = _channel(name, channel, components)
        reference = {"$ref": f"#/channels/{name.replace('~', '~0').replace('/', '~1')}"}
        operations[f"receive {name}"] = {"action": "send", "channel": reference}
    found: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {"title": document.contract.name, "version": "0"},
        "channels": channels,
        "operations": operations,
        f"{PREFIX}language": 1,
    }
    if components.schemas:
        found["components"] = {"schemas": components.schemas}
    return found


def _channel(name: str, channel: Channel, components: Components) -> dict[str, Any]:
    address = channel.address.partition("#")[2]
    found: dict[str, Any] = {"address": address or None}
    if channel.description:
        found["description"] = channel.description
    found["messages"] = {
        each: {"name": each, "payload": components.of(schema, f"{name} {each}")}
        for each, schema in channel.messages.items()
    }
    parameters = _PARAMETER.findall(address)
    if parameters:
        found["parameters"] = {each: {} for each in parameters}
    if channel.protocol == "websocket":
        found["bindings"] = {"ws": {"method": "GET"}}
    dumped = channel.model_dump(mode="json", by_alias=True, exclude_unset=True)
    extra = {k: v for k, v in dumped.items() if k not in _SAID | _SECRET}
    return found | {PREFIX + key: value for key, value in extra.items()}


def channels_of(
    value: Any, place: Callable[[Pointer], Place], app: str | None, protocol: str
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The schemas and channels of a contract by an AsyncAPI 3 document, and what is wrong with it.

    `app` is where channels are that the document itself doesn't place.
    """
    problems: list[Problem] = []
    channels: dict[str, Any] = {}
    named: Mapping[str, JsonSchema] = {}
    try:
        tree = Tree(_checked(value))
        own = f"{PREFIX}language" in value
        schemas = Schemas(tree, Dialect.DRAFT_2020_12 if own else Dialect.DRAFT_7)
        declared, at = mapping(value, (), "channels")
        for name, each in declared.items():
            try:
                item, where = tree.followed(each, (*at, name))
                channels[str(name)] = _block(tree, schemas, item, where, app, protocol)
            except Broken as error:
                problems.append(_problem(error, place))
        named = schemas.named
    except Broken as error:
        problems.append(_problem(error, place))
    found: dict[str, Any] = {"schemas": dict(named)} if named else {}
    return {**found, "channels": channels}, tuple(problems)


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a document: by channel and name, the payload's schema and where it stands."""

    payloads: Mapping[tuple[str, str], tuple[JsonSchema, Pointer]]
    schemas: Mapping[str, JsonSchema]
    places: Mapping[str, Pointer]
    problems: tuple[Problem, ...] = ()


def messages_of(value: Any, place: Callable[[Pointer], Place]) -> Messages:
    """The messages of an AsyncAPI 3 document, whatever carries them."""
    try:
        tree = Tree(_checked(value))
        declared, at = mapping(value, (), "channels")
    except Broken as error:
        return Messages({}, {}, {}, (_problem(error, place),))
    own = f"{PREFIX}language" in value
    schemas = Schemas(tree, Dialect.DRAFT_2020_12 if own else Dialect.DRAFT_7)
    problems: list[Problem] = []
    found: dict[tuple[str, str], tuple[JsonSchema, Pointer]] = {}
    for channel, each in declared.items():
        try:
            item, where = tree.followed(each, (*at, channel))
            listed, below = mapping(item, where, "messages")
            for key, message in listed.items():
                said, there = tree.followed(message, (*below, key))
                payload = _payload(tree, schemas, said, there)
                found[str(channel), str(said.get("name", key))] = payload, (*there, "payload")
        except Broken as error:
            problems.append(_problem(error, place))
    return Messages(found, schemas.named, schemas.places, tuple(problems))


def _checked(value: Any) -> Mapping[str, Any]:
    told = value.get("asyncapi") if isinstance(value, dict) else None
    if told is None:
        raise Broken((), "no AsyncAPI document", "asyncapi: 3.x", "name an AsyncAPI document")
    if not _VERSION.fullmatch(str(told)):
        advice = "convert it, as @asyncapi/converter does"
        raise Broken(("asyncapi",), f"the version {told!r}", "3.x", advice, "asyncapi-version")
    return dict(value)


def _problem(error: Broken, place: Callable[[Pointer], Place]) -> Problem:
    advice = error.advice or "correct the document"
    return Problem(place(error.pointer), error.found, error.expected, advice, error.code)


def _block(
    tree: Tree,
    schemas: Schemas,
    channel: Mapping[str, Any],
    where: Pointer,
    app: str | None,
    protocol: str,
) -> dict[str, Any]:
    block = {
        key.removeprefix(PREFIX): each
        for key, each in channel.items()
        if isinstance(key, str) and key.startswith(PREFIX)
    }
    if not {"websocket", "sse", "bus"} & set(block):
        block[protocol] = _placed(channel, where, app)
    if isinstance(channel.get("description"), str):
        block["description"] = channel["description"]
    messages, at = mapping(channel, where, "messages")
    payloads = {}
    for key, each in messages.items():
        message, there = tree.followed(each, (*at, key))
        name = str(message.get("name", key))
        payloads[name] = _payload(tree, schemas, message, there)
    return {**block, **({"messages": payloads} if payloads else {})}


def _placed(channel: Mapping[str, Any], where: Pointer, app: str | None) -> str:
    address = channel.get("address")
    if app is None:
        raise Broken(where, "a channel without an application", "--app module:name")
    if not isinstance(address, str):
        raise Broken((*where, "address"), "no address", "a path, such as /ws/{topic}")
    return f"{app}#/{address.lstrip('/')}"


def _payload(
    tree: Tree, schemas: Schemas, message: Mapping[str, Any], where: Pointer
) -> JsonSchema:
    payload, at = message.get("payload", True), (*where, "payload")
    if isinstance(payload, dict) and "schemaFormat" in payload:
        told = str(payload["schemaFormat"])
        if "json" not in told and "yaml" not in told:
            raise Broken((*at, "schemaFormat"), f"the format {told!r}", "a JSON Schema")
        payload, at = payload.get("schema", True), (*at, "schema")
    return schemas.of(payload, at, "response")
