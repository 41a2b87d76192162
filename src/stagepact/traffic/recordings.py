"""Files of recorded traffic → requests and responses: HAR 1.2, and cassettes of VCR.py (1)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.traffic.model import Message, Recorded

_EXPECTED = "a HAR file (log.entries) or a cassette of VCR.py (interactions)"


def read_recording(data: bytes, name: str) -> tuple[Recorded, ...]:
    """What a file has recorded; it is told from its content which of both it is.

    Raises:
        ConfigurationError: it is neither, or an entry of it isn't what it has to be.
    """
    document = _document(data, name)
    log = document.get("log") if isinstance(document, dict) else None
    if isinstance(log, dict) and isinstance(log.get("entries"), list):
        entries, read, where = log["entries"], _of_har, "log/entries"
    elif isinstance(document, dict) and isinstance(document.get("interactions"), list):
        entries, read, where = document["interactions"], _of_vcr, "interactions"
    else:
        raise _wrong(name, "neither of both", _EXPECTED)
    return tuple(_read(entries, read, name, where))


def _document(data: bytes, name: str) -> Any:
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            return json.loads(text)
        return yaml.load(text, yaml.CSafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = getattr(error, "lineno", None) or (mark.line + 1 if mark is not None else None)
        reason = getattr(error, "problem", None) or getattr(error, "msg", None) or str(error)
        raise _wrong(name, f"no JSON and no YAML ({reason})", _EXPECTED, line) from None


def _read(entries: list[Any], read: Any, name: str, where: str) -> Iterator[Recorded]:
    for number, entry in enumerate(entries):
        try:
            found = read(entry)
            parts = urlsplit(found.url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"the URL {found.url!r}")
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            told = f"no {error}" if isinstance(error, KeyError) else str(error)
            found_there = f"an entry that can't be read at {where}/{number} ({told})"
            raise _wrong(name, found_there, "a request and its response") from None
        if found.status:
            yield found


def _wrong(name: str, found: str, expected: str, line: int | None = None) -> ConfigurationError:
    place = Place(name) if line is None else Place(name, line)
    return ConfigurationError(Problem(place, found, expected, "", "recording"))


# -- HAR ---------------------------------------------------------------------------------------


def _of_har(entry: Any) -> Recorded:
    asked, answered = entry["request"], entry["response"]
    content = answered.get("content") or {}
    body = _bytes(content.get("text"), content.get("encoding"))
    headers = _har_headers(answered)
    if content.get("mimeType") and "content-type" not in headers:
        headers["content-type"] = str(content["mimeType"])
    # 0 is a request that was never answered: a browser's cache, an abort.
    status = int(answered["status"])
    request = Message(_har_headers(asked), _posted(asked.get("postData") or {}))
    return Recorded(
        str(asked["method"]).upper(), str(asked["url"]), status, request, Message(headers, body)
    )


def _har_headers(message: Any) -> dict[str, str]:
    return {str(each["name"]).lower(): str(each["value"]) for each in message.get("headers") or ()}


def _posted(data: Any) -> bytes:
    if data.get("text") is not None:
        return _bytes(data["text"], data.get("encoding"))
    pairs = [f"{each['name']}={each.get('value', '')}" for each in data.get("params") or ()]
    return "&".join(pairs).encode()


def _bytes(text: Any, encoding: Any = None) -> bytes:
    if text is None:
        return b""
    if isinstance(text, bytes):
        return text
    return base64.b64decode(text) if encoding == "base64" else str(text).encode()


# -- VCR ---------------------------------------------------------------------------------------


def _of_vcr(entry: Any) -> Recorded:
    asked, answered = entry["request"], entry["response"]
    body = answered.get("body") or {}
    request = Message(_vcr_headers(asked), _vcr_body(asked.get("body")))
    response = Message(_vcr_headers(answered), _vcr_body(body))
    status = answered["status"]
    code = int(status["code"] if isinstance(status, Mapping) else status)
    return Recorded(str(asked["method"]).upper(), str(asked["uri"]), code, request, response)


def _vcr_headers(message: Any) -> dict[str, str]:
    headers = message.get("headers") or {}
    return {
        str(name).lower(): ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in headers.items()
    }


def _vcr_body(body: Any) -> bytes:
    if isinstance(body, Mapping):
        if "base64_string" in body:
            return _bytes(body["base64_string"], "base64")
        body = body.get("string")
    return _bytes(body)
