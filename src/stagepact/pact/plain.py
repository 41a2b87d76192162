"""Responses and messages as plain JSON values, and back: how cases hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact import content
from stagepact.pact.files import body_of, json_body
from stagepact.pact.model import Body, Message, Presence, Response


def plain_message(message: Message) -> dict[str, Json]:
    """A message as a JSON value."""
    return {"contents": plain_body(message.contents), "metadata": dict(message.metadata)}


def plain_response(response: Response) -> dict[str, Json]:
    """A response as a JSON value; a header that is sent more than once has a list."""
    headers: dict[str, Json] = {
        name: texts[0] if len(texts) == 1 else list(texts)
        for name, texts in response.headers.items()
    }
    return {"status": response.status, "headers": headers, "body": plain_body(response.body)}


def plain_body(body: Body) -> Json:
    """What a body holds: a JSON value, or else a text; null where there is none."""
    if _is_json(body):
        return body.value
    return body.data.decode(errors="backslashreplace") if body.data else None


def response_of(plain: Mapping[str, Any], expected: Response) -> Response:
    """The response that a JSON value is; what it doesn't say is as expected."""
    headers = {
        name: tuple(map(str, given)) if isinstance(given, list) else (str(given),)
        for name, given in plain["headers"].items()
    }
    body = _body_of(plain["body"], expected.body)
    return replace(expected, status=plain["status"], headers=headers, body=body, generators=())


def message_of(plain: Mapping[str, Any], expected: Message) -> Message:
    """The message that a JSON value is; what it doesn't say is as expected."""
    contents = _body_of(plain["contents"], expected.contents)
    return replace(expected, contents=contents, metadata=plain["metadata"], generators=())


def _body_of(value: Json, expected: Body) -> Body:
    if plain_body(expected) == value:
        return expected
    if _is_json(expected):
        return json_body(value, expected.content_type)
    return body_of(str(value).encode(), expected.content_type)


def _is_json(body: Body) -> bool:
    kind = content.parse(body.content_type)
    present = body.presence is Presence.PRESENT and not body.fault
    return kind is not None and kind.is_json and present
