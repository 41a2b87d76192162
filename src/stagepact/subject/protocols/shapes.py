"""Lists, objects and files of a request in the form that an operation says.

RFC 6570 and OpenAPI 3.0.4 (Style Values) for parameters, RFC 7578 for `multipart/form-data`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagepact.subject.model import Request, Unfit

MULTIPART = "multipart/form-data"

_BETWEEN = {"comma": ",", "space": " ", "tab": "\t", "pipe": "|"}


def shaped(request: Request, styles: Mapping[str, str], files: Collection[str] = ()) -> Request:
    """The request with its parameters in their styles, and a form of files as bytes.

    Raises:
        Unfit: a value has no such form.
    """
    if styles:
        parts: dict[str, Any] = {
            section: dict(_styled(getattr(request, section), styles))
            for section in ("path", "query", "headers", "cookies")
        }
        request = replace(request, **parts)
    told = {name.lower(): value for name, value in request.headers.items()}.get("content-type")
    if told != MULTIPART or not isinstance(request.body, Mapping) or not request.has_body:
        return request
    boundary, body = multipart(request.body, files)
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-type"}
    headers["content-type"] = f"{MULTIPART}; boundary={boundary}"
    return replace(request, headers=headers, body=body)


def _styled(values: Mapping[str, Any], styles: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        style = styles.get(name, "")
        if style == "json":
            yield name, json.dumps(value)
        elif style == "deep" and isinstance(value, Mapping):
            yield from ((f"{name}[{key}]", each) for key, each in value.items())
        elif style.startswith(("label", "matrix")):
            yield name, _prefixed(name, value, style)
        elif isinstance(value, Mapping):
            yield from _object(name, value, style)
        elif isinstance(value, list | tuple) and style in _BETWEEN:
            yield name, _BETWEEN[style].join(map(_scalar, value))
        else:
            yield name, value


def _object(name: str, value: Mapping[str, Any], style: str) -> Iterator[tuple[str, Any]]:
    """An object between separators, as pairs, or (exploded) each member by its own name."""
    if style in _BETWEEN:
        flat = [_scalar(each) for pair in value.items() for each in pair]
        yield name, _BETWEEN[style].join(flat)
    elif style == "pairs":
        yield name, ",".join(f"{key}={_scalar(each)}" for key, each in value.items())
    else:
        yield from value.items()


def _prefixed(name: str, value: Any, style: str) -> str:
    explode = style.endswith("-explode")
    is_matrix = style.startswith("matrix")
    if isinstance(value, Mapping):
        pairs = [f"{key}={_scalar(each)}" for key, each in value.items()]
        flat = [_scalar(each) for pair in value.items() for each in pair]
        items = pairs if explode else [",".join(flat)]
    else:
        many = [_scalar(each) for each in (value if isinstance(value, list | tuple) else [value])]
        items = many if explode else [",".join(many)]
    if not is_matrix:
        return "".join(f".{each}" for each in items)
    named = explode and isinstance(value, Mapping)
    return "".join(f";{each}" if named else f";{name}={each}" for each in items)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise Unfit(f"{type(value).__name__} has no form inside of a parameter")


def multipart(body: Mapping[str, Any], files: Collection[str]) -> tuple[str, bytes]:
    """A form with files: its boundary, which is in no part, and its bytes."""
    parts = [
        (name, _part(name, each), name in files)
        for name, value in body.items()
        for each in (value if isinstance(value, list | tuple) else [value])
    ]
    seed = zlib.crc32(b"".join(content for _, content, _ in parts))
    boundary = f"stagepact-{seed:08x}"
    while any(boundary.encode() in content for _, content, _ in parts):
        seed += 1
        boundary = f"stagepact-{seed:08x}"
    lines = b"".join(_written(boundary, *each) for each in parts)
    return boundary, lines + f"--{boundary}--\r\n".encode()


def _part(name: str, value: Any) -> bytes:
    try:
        if isinstance(value, bytes):
            return value
        text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
        return text.encode()
    except (ValueError, TypeError, UnicodeError) as error:
        raise Unfit(f"body {name}: has no form in a form: {error}") from error


def _written(boundary: str, name: str, content: bytes, is_file: bool) -> bytes:
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    told = f'form-data; name="{quoted}"'
    if is_file:
        told += '; filename="file"\r\nContent-Type: application/octet-stream'
    try:
        head = f"--{boundary}\r\nContent-Disposition: {told}\r\n\r\n".encode()
    except UnicodeError as error:
        raise Unfit(f"body: the name {name!r} has no form in a form") from error
    return head + content + b"\r\n"
