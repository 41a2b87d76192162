"""The stub as an ASGI app: operations by HTTP, channels by WebSocket and event stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from stagepact.cases.received import Asked, faults, status_of
from stagepact.contract.document import Document
from stagepact.stub.answers import Answer, answer, clauses_of, problem, refused_by_example
from stagepact.stub.caching import cached
from stagepact.stub.channels import Rooms
from stagepact.stub.guard import Guard, challenge
from stagepact.subject.protocols.routes import Route, Routed, routed, routes

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Tell = Callable[[str, str, int, str], None]

_MOST_BYTES = 10_000_000
_UNAUTHORIZED = 401


@dataclass(eq=False)
class Stub:
    """Answers as the contracts declare; `tell` hears of each request."""

    documents: tuple[Document, ...]
    seed: int = 0
    tell: Tell = lambda method, path, status, origin: None
    guard: Guard = field(default_factory=Guard)
    routes: tuple[Route, ...] = field(init=False)
    rooms: Rooms = field(init=False)

    def __post_init__(self) -> None:
        self.routes = routes(self.documents)
        self.rooms = Rooms.of(self.documents, self.seed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk with one client of a channel."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self.rooms.talk(scope, receive, send)
        elif not await self.rooms.stream(scope, receive, send):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _read(receive)
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        method = scope["method"]
        found = routed(self.routes, method, path)
        if found.route is None and (beside := self.rooms.beside(method, path, raw)) is not None:
            made = Answer(*beside, origin="channel")
        elif raw is None:
            made = problem(found.route, 413, "at most 10 MB", [], self.seed)
        else:
            made = self._made(found, _asked(scope, found, raw))
        self.tell(method, path, made.status, made.origin)
        await _send(send, made, bare=method == "HEAD")

    def _made(self, found: Routed, asked: Asked) -> Answer:
        if found.route is None:
            return self._unknown(found, asked.method)
        route = found.route
        if (status := self.guard.refusal(route, asked)) is not None:
            told = "the contract wants credentials, and these are none that it knows"
            return _challenged(route, problem(route, status, told, [], self.seed))
        broken = [*faults(route, asked)]
        if not broken:
            made = answer(route, asked, self.seed)
            self.guard.learn(route, made.status, made.body)
            return _challenged(route, cached(route, asked, made))
        status = refused_by_example(route, asked) or status_of(
            broken[0], lambda each: clauses_of(route, each) is not None
        )
        first = broken[0]
        told = f"{first.pointer}: promised {first.promised}, seen {first.seen} ({first.place})"
        errors = [
            {"pointer": f"#{e.pointer}", "detail": f"promised {e.promised}, seen {e.seen}",
             "contract": str(e.place)}
            for e in broken
        ]  # fmt: skip
        return problem(route, status, told, errors, self.seed)

    def _unknown(self, found: Routed, method: str) -> Answer:
        if not found.allowed:
            told = f"no operation has this path; known are {self._known()}"
            return problem(None, 404, told, [], self.seed)
        allowed = ", ".join([*found.allowed, *(["HEAD"] if "GET" in found.allowed else [])])
        made = problem(None, 405, f"not {method}: {allowed}", [], self.seed)
        return Answer(405, {**made.headers, "allow": allowed}, made.body, True, made.origin)

    def _known(self) -> str:
        return ", ".join(dict.fromkeys(each.template for each in self.routes)) or "none"


def _challenged(route: Route, made: Answer) -> Answer:
    """A 401 with the scheme that it wants."""
    if made.status != _UNAUTHORIZED:
        return made
    return replace(made, headers={"www-authenticate": challenge(route), **made.headers})


def _asked(scope: Scope, found: Routed, raw: bytes) -> Asked:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    query: dict[str, Any] = {}
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        known = query.get(name)
        more = [*known, value] if isinstance(known, list) else [known, value]
        query[name] = value if known is None else more
    pairs = [each.strip().partition("=") for each in headers.get("cookie", "").split(";")]
    cookies = {name: value for name, equals, value in pairs if equals}
    return Asked(scope["method"], found.values, query, headers, cookies, raw)


async def _read(receive: Receive) -> bytes | None:
    """The body; None where it is too large."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, made: Answer, *, bare: bool) -> None:
    content = made.content()
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in made.headers.items()]
    if made.status not in (204, 304):
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": made.status, "headers": headers})
    empty = bare or made.status in (204, 304)
    await send({"type": "http.response.body", "body": b"" if empty else content})


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
