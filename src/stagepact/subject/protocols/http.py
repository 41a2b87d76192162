"""HTTP as values: parts of a request become bytes for the wire, a response's bytes an output.

Nothing here opens a socket or calls an app. An adapter hands in an `Exchange`, whose connections
take a `WireRequest` and bring back a `WireResponse`; all else about an operation is the same for
every way to reach a service. RFC 3986 (targets), 9110 (fields), 6265 (cookies), 8259 (JSON).
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from stagepact.subject.model import Case, Output, Probe, Request, SubjectId, Unfit
from stagepact.subject.protocols.shapes import shaped

# A body that never ends is cut here, and the response counts as incomplete.
MOST_BYTES = 10_000_000


class ServiceError(Exception):
    """The service gave no HTTP answer: it didn't start, didn't listen, or broke the protocol."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it stands on the wire; `target` is path and query, percent-encoded."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it was received; names of headers are lower-case, repeated ones repeat.

    `complete` is False when the body was cut short; `problems` says what was wrong with it.
    `traceback` is that of what an app raised once it had answered, as frameworks do.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    complete: bool = True
    problems: tuple[str, ...] = ()
    traceback: str = field(default="", compare=False, repr=False)


class Connection(Protocol):
    """A way to one service for one case."""

    @property
    def app(self) -> Any:
        """What a state function is called with: the app, or a service's base URL."""

    async def send(self, request: WireRequest) -> WireResponse:
        """The service's answer to one request."""

    async def close(self) -> None:
        """Let go of what was opened for this case."""


class Exchange(Protocol):
    """A service that connections are opened to."""

    async def open(self) -> Connection:
        """A connection for one case; the service is started when it isn't running."""

    async def close(self) -> None:
        """Let go of what the cases shared; the next `open` starts it again."""


# -- an operation as a subject -----------------------------------------------------------------

StateFunction = Callable[[Any], Any]
Produce = Callable[[Connection, Request], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class After:
    """A state that requests bring about, after another state was made."""

    state: str | None
    producer: Produce


@dataclass(frozen=True, slots=True)
class OperationSubject:
    """One operation of a service: a method and a path template.

    `states` makes named states hold: each is called with the app (or the base URL) and returns
    None or values for what the request lacks, either path values by name or whole parts
    (`{"path": {…}, "headers": {…}, "body": …}`). `after` are states that requests bring about,
    `plain` the path's values where nothing else gives any; a state's own are taken where they
    `fit`. `styles` and `files` say how parameters and forms are written.
    """

    id: SubjectId
    method: str
    template: str
    exchange: Exchange = field(repr=False)
    states: Mapping[str, StateFunction] = field(default_factory=dict, repr=False)
    event_name: str = "{type}"
    styles: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    after: Mapping[str, After] = field(default_factory=dict, repr=False)
    plain: Callable[[], Mapping[str, Any]] = field(default=dict, repr=False)
    fits: Callable[[str, Any], bool] = field(default=lambda name, value: True, repr=False)

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Send the case's request once; nothing is retried and no redirect is followed.

        Raises:
            Unfit: the request can't be written, or its state can't be made to hold.
            ServiceError: there was no answer.
        """
        state = self.base_state(case.given.state)
        connection = await self.exchange.open()
        try:
            given = await state_values(state, connection.app)
            values = await self.found(case.given.state, given, connection)
            method = case.given.request.method or self.method
            request = completed(case.given.request, values, self.template)
            response = await connection.send(self.written(method, request))
        finally:
            await connection.close()
        return read_response(response, method)

    def base_state(self, name: str | None) -> tuple[str, StateFunction] | None:
        """The function of a state, or of the one that it comes after."""
        after = None if name is None else self.after.get(name)
        return state_function(self.states, name if after is None else after.state)

    async def found(
        self,
        name: str | None,
        given: Mapping[str, Any] | None,
        connection: Connection,
        signed: Request | None = None,
    ) -> Mapping[str, Any]:
        """What a state gives for a request, by its parts, with values of the path that are there.

        `signed` is what each request that is made for it has.

        Raises:
            Unfit: what a state comes after gives no such values.
        """
        parts = _parts(given or {}, self.template)
        known = {key: each for key, each in parts.get("path", {}).items() if self.fits(key, each)}
        after = None if name is None else self.after.get(name)
        if after is not None:
            base = completed(signed or Request(), {**parts, "path": {}}, self.template)
            known |= await after.producer(connection, base)
        return {**parts, "path": {**self.plain(), **known}}

    def written(self, method: str, request: Request) -> WireRequest:
        """A whole request as the operation has it on the wire."""
        made = shaped(request, self.styles, self.files)
        return write_request(method, self.template, made)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.exchange.close()


def state_function(
    states: Mapping[str, StateFunction], name: str | None
) -> tuple[str, StateFunction] | None:
    """The function that makes a named state hold, with the name.

    Raises:
        Unfit: there is none.
    """
    if name is None:
        return None
    if name not in states:
        raise Unfit(f"nothing makes the state {name!r} hold; known are {sorted(states)}")
    return name, states[name]


async def state_values(
    state: tuple[str, StateFunction] | None, app: Any
) -> Mapping[str, Any] | None:
    """What a state gives, once it has been made to hold; None for nothing.

    Raises:
        Unfit: it can't be made.
    """
    if state is None:
        return None
    name, function = state
    try:
        made = function(app)
        made = await made if inspect.isawaitable(made) else made
    except Exception as error:
        raise Unfit(f"the state {name!r} can't be made: {describe_error(error)}") from error
    if made is not None and not isinstance(made, Mapping):
        raise Unfit(f"the state {name!r} gave {type(made).__name__}; expected values by name")
    return made


_MAPPED = ("path", "query", "headers", "cookies")


def completed(request: Request, values: Mapping[str, Any], template: str) -> Request:
    """The request with what it lacks taken from `values`; what it says itself stays.

    Values that are no parts of a request are path values, as far as the template names them.
    """
    parts = _parts(values, template)
    lacking = frozenset(name.lower() for name in request.without)
    filled: dict[str, Any] = {
        part: {**_but(parts.get(part, {}), lacking), **getattr(request, part)} for part in _MAPPED
    }
    made = replace(request, **filled)
    if "body" not in parts or "body" in lacking:
        return made
    return replace(made, body=_completed_body(request, parts["body"]), has_body=True)


def _parts(values: Mapping[str, Any], template: str) -> Mapping[str, Any]:
    return values if _are_parts(values) else {"path": _only(values, path_names(template))}


def _but(values: Mapping[str, Any], lacking: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name.lower() not in lacking}


def _are_parts(values: Mapping[str, Any]) -> bool:
    return bool(values) and all(
        name == "body" or (name in _MAPPED and isinstance(value, Mapping))
        for name, value in values.items()
    )


def _only(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _completed_body(request: Request, body: Any) -> Any:
    if not request.has_body:
        return body
    both = isinstance(request.body, Mapping) and isinstance(body, Mapping)
    return {**body, **request.body} if both else request.body


# -- writing -----------------------------------------------------------------------------------

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")
_CONVERTER = re.compile(r"\{([^{}:]+):[^{}]*\}")
_NAME = re.compile(r"\{([^{}]+)\}")
# Sub-delimiters and the rest of `pchar` stand in a path as they are (RFC 3986, 3.3).
_LITERAL = "!$&'()*+,;=:@%"
_EXPECT_BODY = frozenset({"POST", "PUT", "PATCH"})
_SAFE_INTEGER = 2**53

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


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


def plain_template(template: str) -> str:
    """`/files/{path}` of `/files/{path:path}`: a template without frameworks' converters."""
    return _CONVERTER.sub(r"{\1}", template)


def path_names(template: str) -> tuple[str, ...]:
    """The names in a path template, in order."""
    return tuple(_NAME.findall(plain_template(template)))


@lru_cache(maxsize=1024)
def _segments(template: str) -> tuple[tuple[str, ...], ...]:
    """A template's segments, each split into literals (even places) and names (odd places)."""
    if not template.startswith("/"):
        raise Unfit(f"the path {template!r} doesn't start with a slash")
    return tuple(tuple(_NAME.split(part)) for part in plain_template(template).split("/"))


def _path(template: str, values: Mapping[str, Any]) -> str:
    return "/".join(_segment(pieces, values) for pieces in _segments(template))


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


# -- reading -----------------------------------------------------------------------------------

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s;"]+)', re.IGNORECASE)
_BINARY = re.compile(
    r"(?:image|audio|video|font)/.*|application/(?:octet-stream|pdf|zip|gzip|x-protobuf|grpc).*"
)
_BODILESS = frozenset({204, 304})


def media_type(value: str) -> tuple[str, str | None]:
    """The type, lower-case, and the charset of a `Content-Type`."""
    charset = _CHARSET.search(value)
    return value.split(";", 1)[0].strip().lower(), charset[1] if charset else None


def is_json(media: str) -> bool:
    """Whether a media type says JSON, by name or by suffix (RFC 6839)."""
    return media == JSON or media.endswith("+json")


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


# -- shared words ------------------------------------------------------------------------------


def describe_error(error: BaseException) -> str:
    """`KeyError: 'id'`, or the bare type of an error that says nothing."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def split_target(target: str) -> tuple[str, str]:
    """The path and the query of a request's target, both as they stand on the wire."""
    path, _, query = target.partition("?")
    return path, query


def unique(operations: Iterator[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Operations in the order in which they were met, each once."""
    return tuple(dict.fromkeys(operations))
