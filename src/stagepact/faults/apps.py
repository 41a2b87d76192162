"""Apps that fail on purpose: an ASGI or WSGI app that takes an app and is such an app.

A server passes on what an app says, so this is what a client sees behind any server. An app can't
reset a connection by either protocol: where that is asked, its answer breaks off after its head,
and the server closes the connection.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Any

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.errors import Misuse, Place, Problem
from stagepact.faults.course import Arm
from stagepact.faults.exchange import (
    BODIES,
    OF_A_BODY,
    STATUSES,
    Answer,
    Strike,
    reason_of,
    refused,
    spoiled_answer,
    strike,
)
from stagepact.faults.raised import raised
from stagepact.subject.protocols.apps import call_names

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SLOW = 1.0  # seconds, where none are said
_BROKEN_OFF = {
    FaultType.TRUNCATED: 0.5,
    FaultType.HALF_A_BODY: 0.5,
    FaultType.CONNECTION_LOST: 0.5,
    FaultType.CONNECTION_RESET: 0.0,
}
"""By kind, which share of the body is sent before the answer breaks off."""


class FaultAppError(Misuse):
    """What is no app can't be made one that fails."""


def faulty_app(app: Any, arms: Sequence[Arm]) -> Any:
    """The app, whose requests may fail: of several arms the last that has a fault strikes.

    An ASGI app (3) becomes one, and a WSGI app becomes one. Only HTTP requests fail: WebSockets and
    lifespans go through. `methods` of an arm are HTTP's, as `get`. An answer that is spoiled or
    broken off is taken whole from the app first.

    Raises:
        FaultAppError: it is neither.
    """
    names = call_names(app)
    if len(names) == 3 or _is_asynchronous(app):
        return _FaultyAsgi(app, arms)
    if len(names) == 2:
        return _FaultyWsgi(app, arms)
    found = f"{app!r}, which is called with {', '.join(names) or 'nothing that can be told'}"
    expected = "an app: called with scope, receive, send or with environ, start_response"
    problem = Problem(Place("faulty_app"), found, expected, "hand in the app itself", "no-app")
    raise FaultAppError(problem)


def _is_asynchronous(app: Any) -> bool:
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(app, "__call__", None)  # noqa: B004 - what it is matters, not whether it is there
    )


def _error(fault: Fault) -> BaseException | None:
    """What the app raises; a status is an answer, and what breaks off raises later."""
    if fault.error is None and (fault.kind in STATUSES or fault.kind in _BROKEN_OFF):
        return None
    return raised(fault)


def _seconds(fault: Fault) -> float:
    if fault.kind is FaultType.HANG and not fault.duration:
        return float("inf")
    if fault.kind is FaultType.SLOW and fault.duration is None:
        return _SLOW
    return fault.duration or 0.0


def _instead(found: Strike, answer: Answer) -> tuple[Answer, bytes, bool]:
    """The answer, what of its body is sent, and whether it breaks off; says that it struck."""
    kind = found.fault.kind
    if kind in BODIES:
        spoiled = spoiled_answer(answer, BODIES[kind])
        if spoiled is not None:
            found.fired()
        answer = spoiled or answer
        return answer, answer.body, False
    if not answer.body and _BROKEN_OFF[kind]:
        return answer, b"", False
    found.fired()
    return answer, answer.body[: int(len(answer.body) * _BROKEN_OFF[kind])], True


def _needs_answer(found: Strike) -> bool:
    kind = found.fault.kind
    if found.method == "head" and kind in OF_A_BODY:
        return False
    return found.fault.error is None and (kind in _BROKEN_OFF or kind in BODIES)


def _head(answer: Answer) -> list[tuple[str, str]]:
    """An answer's headers, and the length of its whole body."""
    length = [("content-length", str(len(answer.body)))] if answer.has_length else []
    return [*answer.headers, *length]


def _is_told_before(found: Strike) -> bool:
    """Whether it is written down before the app is asked, for then it has struck."""
    fault = found.fault
    return bool(_seconds(fault)) or fault.kind in STATUSES or _error(fault) is not None


# -- ASGI ------------------------------------------------------------------------------------------


class _FaultyAsgi:
    """An ASGI app around an ASGI app."""

    def __init__(self, app: Any, arms: Sequence[Arm]) -> None:
        self._app, self._arms = app, arms

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http":
            found = strike(self._arms, str(scope["method"]).lower())
        if found is None:
            await self._app(scope, receive, send)
        else:
            await self._struck(found, scope, receive, send)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def _struck(self, found: Strike, scope: Any, receive: Receive, send: Send) -> None:
        fault, arm = found.fault, found.arm
        if _is_told_before(found):
            found.fired()
        if seconds := _seconds(fault):
            await arm.clock.wait_async(seconds, arm.lifted)
        error = _error(fault)
        if error is not None:
            raise error
        if fault.kind in STATUSES:
            answer = refused(fault)
            await _say(send, answer, answer.body, is_whole=True)
        elif _needs_answer(found):
            answer, body, breaks_off = _instead(
                found, await self._answer(found.method, scope, receive)
            )
            await _say(send, answer, body, is_whole=not breaks_off)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, method: str, scope: Any, receive: Receive) -> Answer:
        """What the app answers, whole."""
        status, headers, body = 500, [], b""

        async def keep(message: Message) -> None:
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")

        await self._app(scope, receive, keep)
        told = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers]
        return Answer.of(status, told, body, method)


async def _say(send: Send, answer: Answer, body: bytes, *, is_whole: bool) -> None:
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in _head(answer)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": not is_whole})
    if not is_whole:
        raise ConnectionAbortedError("the answer breaks off here, as was asked")


# -- WSGI ------------------------------------------------------------------------------------------


class _FaultyWsgi:
    """A WSGI app around a WSGI app."""

    def __init__(self, app: Any, arms: Sequence[Arm]) -> None:
        self._app, self._arms = app, arms

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found = strike(self._arms, str(environ["REQUEST_METHOD"]).lower())
        if found is None:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        return self._struck(found, environ, start_response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def _struck(
        self, found: Strike, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        fault, arm = found.fault, found.arm
        if _is_told_before(found):
            found.fired()
        if seconds := _seconds(fault):
            arm.clock.wait(seconds, arm.lifted)
        error = _error(fault)
        if error is not None:
            raise error
        if fault.kind in STATUSES:
            answer = refused(fault)
            return _said(start_response, answer, answer.body, is_whole=True)
        if _needs_answer(found):
            answer, body, breaks_off = _instead(found, self._answer(found.method, environ))
            return _said(start_response, answer, body, is_whole=not breaks_off)
        passed: Iterable[bytes] = self._app(environ, start_response)
        return passed

    def _answer(self, method: str, environ: dict[str, Any]) -> Answer:
        """What the app answers, whole."""
        told: list[Any] = ["500 ", []]
        written: list[bytes] = []

        def keep(status: str, headers: Any, exc_info: Any = None) -> Any:
            told[:] = status, headers
            return written.append

        chunks = self._app(environ, keep)
        try:
            body = b"".join([*chunks])
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return Answer.of(int(told[0].split()[0]), told[1], b"".join(written) + body, method)


def _said(start_response: Any, answer: Answer, body: bytes, *, is_whole: bool) -> Iterator[bytes]:
    start_response(f"{answer.status} {reason_of(answer.status)}", _head(answer))
    return _chunks(body, is_whole)


def _chunks(body: bytes, is_whole: bool) -> Iterator[bytes]:
    yield body
    if not is_whole:
        raise ConnectionAbortedError("the answer breaks off here, as was asked")
