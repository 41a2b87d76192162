"""Requests as bytes for the wire. RFC 3986 (targets), 9110 (fields), 6265 (cookies)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from stagepact.subject.model import Request, Unfit
from stagepact.subject.protocols.http.model import FORM, JSON, WireRequest, is_json, media_type
from stagepact.subject.protocols.http.templates import segments

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")
# Sub-delimiters and the rest of `pchar` stand in a path as they are (RFC 3986, 3.3).
_LITERAL = "!$&'()*+,;=:@%"
_EXPECT_BODY = frozenset({"POST", "PUT", "PATCH"})
_SAFE_INTEGER = 2**53


def write_request(method: str, template: str, request: Request) -> WireRequest:
    """The request on the wire; what a parser reads back from it equals what was given.

    Raises:
        Unfit: a value is missing, or has no form on the wire.
    """
    if not _TOKEN.fullmatch(method):
        raise Unfit(f"{method!r} is no method")
    query = _query(request.query)
    target = _path(template, request.path) + (f"?{query}" if query else "")
    headers = _headers(request.headers) + _cookies(request.cookies)
    media, body = _body(headers, request)
    return WireRequest(method, target, _framed(method, headers, media, body), body)


def plain_request(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b""
) -> WireRequest:
    """A request of texts on the wire, framed by its body; the target is percent-encoded already.

    Raises:
        Unfit: the method or a header can't stand in a request.
    """
    if not _TOKEN.fullmatch(method):
        raise Unfit(f"{method!r} is no method")
    written = [_field(name, text) for name, text in headers]
    return WireRequest(method, target, _framed(method, written, "", body), body)


def _path(template: str, values: Mapping[str, Any]) -> str:
    return "/".join(_segment(pieces, values) for pieces in segments(template))


def _segment(pieces: tuple[str, ...], values: Mapping[str, Any]) -> str:
    if len(pieces) == 1:
        return quote(pieces[0], safe=_LITERAL)
    filled = "".join(
        _path_value(piece, values) if index % 2 else quote(piece, safe=_LITERAL)
        for index, piece in enumerate(pieces)
    )
    # Such a segment names another resource: it is empty, or is taken out on the way (5.2.4).
    if filled in ("", ".", ".."):
        raise Unfit(f"path: {filled!r} can't be a value of {pieces[1]}, it changes the path")
    return filled


def _path_value(name: str, values: Mapping[str, Any]) -> str:
    if name not in values:
        raise Unfit(f"path: no value for {name}")
    where = f"path {name}"
    return ",".join(_percent(_text(item, where), where) for item in _many(values[name]))


def _query(values: Mapping[str, Any]) -> str:
    return "&".join(
        f"{_percent(name, 'query')}={_percent(_text(item, f'query {name}'), f'query {name}')}"
        for name, value in values.items()
        for item in _many(value)
    )


def _headers(values: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return [
        _field(name, _text(item, f"header {name}"))
        for name, value in values.items()
        for item in _many(value)
    ]


def _field(name: str, text: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise Unfit(f"header: {name!r} is no field name (RFC 9110, 5.1)")
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError:
        value = b"\n"
    if not _FIELD_VALUE.fullmatch(value):
        raise Unfit(f"header {name}: {text!r} can't stand in a field (RFC 9110, 5.5)")
    return name.lower().encode("ascii"), value


def _cookies(values: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    if not values:
        return []
    return [_field("cookie", "; ".join(_cookie(*pair) for pair in values.items()))]


def _cookie(name: str, value: Any) -> str:
    text = _text(value, f"cookie {name}")
    if not (_TOKEN.fullmatch(name) and _COOKIE_VALUE.fullmatch(text)):
        raise Unfit(f"cookie {name}: {text!r} can't stand in a cookie (RFC 6265, 4.1.1)")
    return f"{name}={text}"


def _many(value: Any) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else (value,)


def _text(value: Any, where: str) -> str:
    """A scalar as text: JSON's form, and a whole number without a fraction."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _SAFE_INTEGER:
        value = int(value)
    if not isinstance(value, int | float):
        raise Unfit(f"{where}: {_kind(value)} has no form here")
    return _json_text(value, where)


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _json_text(value: Any, where: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise Unfit(f"{where}: not JSON: {error}") from error


def _percent(text: str, where: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        # Octets of a half of a pair would be no UTF-8, so no reader gets this value back.
        raise Unfit(f"{where}: a lone surrogate has no UTF-8 form (RFC 3986, 2.5)") from error


def _body(headers: list[tuple[bytes, bytes]], request: Request) -> tuple[str, bytes]:
    """The body, and the media type when the headers don't tell it."""
    if not request.has_body and request.raw is None:
        return "", b""
    body = request.body if request.raw is None else _text_body(request.raw, "utf-8")
    told = dict(headers).get(b"content-type", b"").decode("latin-1")
    if isinstance(body, bytes):
        media = JSON if request.raw is not None else "application/octet-stream"
        return "" if told else media, body
    media, charset = media_type(told or JSON)
    if is_json(media):
        return "" if told else JSON, _json_body(body)
    if media == FORM and isinstance(body, Mapping):
        return "", _form_body(body)
    if isinstance(body, str):
        return "", _text_body(body, charset or "utf-8")
    raise Unfit(f"body: {_kind(body)} has no form as {media}")


def _json_body(body: Any) -> bytes:
    text = _json_text(body, "body")
    try:
        return text.encode()
    except UnicodeEncodeError:
        # JSON can say a lone surrogate, though only with an escape (RFC 8259, 8.2).
        return json.dumps(body).encode("ascii")


def _form_body(body: Mapping[str, Any]) -> bytes:
    pairs = [
        (name, _text(item, f"body {name}")) for name, value in body.items() for item in _many(value)
    ]
    try:
        return urlencode(pairs).encode("ascii")
    except UnicodeEncodeError as error:
        raise Unfit("body: a lone surrogate has no UTF-8 form") from error


def _text_body(body: str, charset: str) -> bytes:
    try:
        return body.encode(charset)
    except (LookupError, UnicodeError) as error:
        raise Unfit(f"body: can't be written as {charset}: {error}") from error


def _framed(
    method: str, headers: list[tuple[bytes, bytes]], media: str, body: bytes
) -> tuple[tuple[bytes, bytes], ...]:
    """The headers, with what says how to read the body; what was given stays as it is."""
    if media:
        headers.append((b"content-type", media.encode("ascii")))
    length = b"%d" % len(body)
    told = [value for name, value in headers if name == b"content-length"]
    if told not in ([], [length]):
        raise Unfit(f"header content-length: the body has {len(body)} bytes")
    framed = bool(told) or any(name == b"transfer-encoding" for name, _ in headers)
    if not framed and (body or method in _EXPECT_BODY):
        headers.append((b"content-length", length))
    return tuple(headers)
