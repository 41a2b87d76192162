"""A response's bytes as an output. RFC 9110 (fields), 8259 (JSON)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from stagepact.subject.model import Output
from stagepact.subject.protocols.http.model import WireResponse, is_json, media_type

_BINARY = re.compile(
    r"(?:image|audio|video|font)/.*|application/(?:octet-stream|pdf|zip|gzip|x-protobuf|grpc).*"
)
_BODILESS = frozenset({204, 304})


def settled(method: str, response: WireResponse) -> WireResponse:
    """A response as a client gets it: no body where HTTP has none, cut where it says it's longer.

    For responses that no server has framed yet: those of apps called in process.
    """
    if method == "HEAD":
        return replace(response, body=b"") if response.body else response
    if response.status in _BODILESS and response.body:
        problem = f"a {response.status} response has no body (RFC 9110, 6.4.1)"
        return replace(response, body=b"", problems=(*response.problems, problem))
    told = dict(response.headers).get("content-length")
    if told is None or response.status in _BODILESS or not response.complete:
        return response
    if told == str(len(response.body)):
        return response
    problem = f"content-length is {told}, and the body has {len(response.body)} bytes"
    return replace(response, complete=False, problems=(*response.problems, problem))


def read_response(response: WireResponse, method: str = "GET") -> Output:
    """The response as an output; `raw` is the response, and `error` what was wrong with it.

    JSON that can't be parsed stays text. Repeated headers are joined by commas, but
    `set-cookie`, which holds commas of its own, by newlines (RFC 9110, 5.3).
    """
    headers = joined(response.headers)
    data, error = _read_body(response, method, headers.get("content-type"))
    return Output(
        status=str(response.status),
        data=data,
        raw=response,
        error="; ".join((*response.problems, *error)) or None,
        headers=headers,
    )


def joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Each header's value by its name; repeated lines become one value."""
    values: dict[str, str] = {}
    for name, value in headers:
        between = "\n" if name == "set-cookie" else ", "
        values[name] = f"{values[name]}{between}{value}" if name in values else value
    return values


Read = tuple[Any, tuple[str, ...]]


def _read_body(response: WireResponse, method: str, content_type: str | None) -> Read:
    empty = not response.body
    if empty and (content_type is None or method == "HEAD" or response.status in _BODILESS):
        return None, ()
    media, charset = media_type(content_type or "")
    if is_json(media):
        return _read_json(response.body)
    text = _read_text(response.body, charset or "utf-8")
    return (text[0], ()) if _BINARY.fullmatch(media) else text


def _read_json(body: bytes) -> Read:
    text, problems = _read_text(body, "utf-8")
    if problems:
        return text, problems
    try:
        return _DECODER.decode(text.removeprefix("\ufeff")), ()
    except _Unread as error:
        return text, (f"the body is not JSON: {error}",)
    except (ValueError, RecursionError) as error:  # JSON has no such limits, but readers have
        return text, (f"the body can't be read: {error}",)


def _read_text(body: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    try:
        return body.decode(charset), ()
    except UnicodeError as error:
        return _legible(body, charset), (f"the body is not {charset}: {error}",)
    except (LookupError, ValueError):  # a name with a null byte is a ValueError
        return body.decode(errors="replace"), (f"the charset {charset!r} is not known",)


def _legible(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, errors="replace")
    except UnicodeError:  # `idna` and others of Python's own charsets replace nothing
        return body.decode(errors="replace")


class _NoNumberError(ValueError):
    pass


_Unread = (json.JSONDecodeError, _NoNumberError)


def _no_number(name: str) -> Any:
    raise _NoNumberError(f"{name} is no JSON number (RFC 8259, 6)")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
