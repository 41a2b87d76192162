"""One request that a fault strikes: what a client's wrapper has to do, as values.

`exchange` decides and does no I/O: it yields what is to be done (`Ask`, `Read`, `Wait`, `Play`,
`Refuse`) and is sent what came of it. So the rules are the same for every client, synchronous or
not. What a client must see at its socket (late, cut or broken-off answers) is played over a real
one, so that its own time-outs and its own exceptions happen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.clocks import RealClock
from stagepact.faults.course import Arm
from stagepact.faults.raised import HTTPFault, raised
from stagepact.faults.spoiled import malformed, of_wrong_type

_SLOW = 1.0  # seconds, where none are said
_OF_THE_CONNECTION = frozenset(
    {"content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive"}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response as values; the body is decoded, and no header speaks of the connection.

    One that `has_length` is sent with the length of its body; an answer to HEAD isn't.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    has_length: bool = True

    @classmethod
    def of(
        cls, status: int, headers: Sequence[tuple[str, str]], body: bytes, method: str = "get"
    ) -> Answer:
        """An answer without the headers that hold for its old connection only."""
        kept = tuple((k, v) for k, v in headers if k.lower() not in _OF_THE_CONNECTION)
        return cls(status, kept, body, method != "head" and status not in (204, 304))

    @property
    def value(self) -> Any:
        """What its JSON says.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Script:
    """What a server plays on a connection: it waits, sends, then closes or resets it."""

    payload: bytes
    wait: float = 0.0
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Send the request as it is; its response is what the user gets."""


@dataclass(frozen=True, slots=True)
class Read:
    """Send the request as it is, and read the response: an `Answer`."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Play:
    """Send the request to a server that plays the script; its response is what the user gets."""

    script: Script


@dataclass(frozen=True, slots=True)
class Refuse:
    """Send the request to where nobody listens."""


Effect = Ask | Read | Wait | Play | Refuse
Exchange = Generator[Effect, Any, Any]


@dataclass(frozen=True, slots=True)
class Strike:
    """A request that a fault strikes."""

    arm: Arm
    method: str
    number: int
    fault: Fault

    def fired(self) -> None:
        """Write down that it struck."""
        self.arm.fired(self.method, self.fault, self.number)


def strike(arms: Sequence[Arm], method: str) -> Strike | None:
    """The fault of this request, of several arms the last that has one; each arm counts it."""
    found = None
    for arm in arms:
        number, fault = arm.next(method)
        if fault is not None:
            found = Strike(arm, method, number, fault)
    return found


@dataclass(frozen=True, slots=True)
class Own:
    """What is a client's own: how it raises, and how long it waits for an answer (seconds).

    `patience` matters on a virtual clock only, where nobody really waits.
    """

    errors: Mapping[FaultType, Callable[[str], BaseException]]
    patience: float | None = None


def exchange(struck: Strike, own: Own) -> Exchange:
    """What is to be done for a struck request; returns the response."""
    fault = struck.fault
    error = _error(fault, own)
    if error is not None:
        struck.fired()
        if fault.duration:
            yield Wait(fault.duration)
        raise error
    if fault.kind is FaultType.DUPLICATED:
        struck.fired()
        yield Read()
    if fault.kind is FaultType.CONNECTION_REFUSED:
        struck.fired()
        return (yield Refuse())
    if fault.kind in STATUSES:
        struck.fired()
        return (yield Play(refusal(fault, struck.method)))
    if fault.kind not in SCRIPTS or (struck.method == "head" and fault.kind in OF_A_BODY):
        return (yield Ask())
    answer = yield Read()
    script = SCRIPTS[fault.kind](answer, fault)
    if script is None:
        return (yield Play(Script(payload(answer))))
    struck.fired()
    if _is_given_up(script, struck, own):
        yield Wait(own.patience or 0.0)
        raise own.errors[FaultType.TIMEOUT]("timed out")
    return (yield Play(script))


def _is_given_up(script: Script, struck: Strike, own: Own) -> bool:
    """Whether the client would wait no longer, where time is only counted."""
    is_counted = not isinstance(struck.arm.clock, RealClock)
    return is_counted and own.patience is not None and script.wait >= own.patience


def _error(fault: Fault, own: Own) -> BaseException | None:
    if fault.error is not None:
        return raised(fault)
    if fault.kind in own.errors:
        return own.errors[fault.kind](fault.message or _MESSAGES[fault.kind])
    if fault.kind in STATUSES or fault.kind in SCRIPTS or fault.kind is _REFUSED:
        return None
    return raised(fault)


_REFUSED = FaultType.CONNECTION_REFUSED
_MESSAGES = {
    FaultType.TIMEOUT: "timed out",
    FaultType.POOL_EXHAUSTED: "no connection of the pool is free",
    FaultType.ERROR: "an error",
    FaultType.INTERMITTENT: "an error now and then",
}


# -- scripts ---------------------------------------------------------------------------------------


def payload(answer: Answer, *, cut: int | None = None) -> bytes:
    """A response's bytes; where it is cut, fewer of its body than its head says."""
    status = f"HTTP/1.1 {answer.status} {reason_of(answer.status)}"
    lines = [status, *(f"{k}: {v}" for k, v in answer.headers)]
    if answer.has_length:
        lines.append(f"content-length: {len(answer.body)}")
    lines.append("connection: close")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head + answer.body[:cut]


def reason_of(status: int) -> str:
    """The words of a status; none where it is nobody's."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def refusal(fault: Fault, method: str) -> Script:
    """What a server says that can't or won't."""
    answer = refused(fault)
    said = replace(answer, body=b"", has_length=False) if method == "head" else answer
    return Script(payload(said), fault.duration or 0.0)


def refused(fault: Fault) -> Answer:
    """The answer of an HTTP status that is a fault, with Retry-After where that is said."""
    error = raised(fault)
    message = str(error) if isinstance(error, HTTPFault) else str(fault.kind)
    headers = [("content-type", "application/json")]
    if fault.retry_after is not None:
        headers.append(("retry-after", str(math.ceil(fault.retry_after))))
    return Answer(int(fault.kind), tuple(headers), json.dumps({"detail": message}).encode())


def _late(answer: Answer, fault: Fault) -> Script:
    endless = fault.kind is FaultType.HANG and not fault.duration
    default = _SLOW if fault.duration is None else fault.duration
    return Script(payload(answer), math.inf if endless else default)


def _half(answer: Answer, fault: Fault) -> Script | None:
    if not answer.body:
        return None
    return Script(payload(answer, cut=len(answer.body) // 2), fault.duration or 0.0)


def _reset(answer: Answer, fault: Fault) -> Script:
    return Script(b"", fault.duration or 0.0, reset=True)


def _lost(answer: Answer, fault: Fault) -> Script:
    cut = len(answer.body) // 2
    return Script(payload(answer, cut=cut), fault.duration or 0.0, reset=True)


def _with_body(spoil: Callable[[Answer], bytes | None]) -> Callable[[Answer, Fault], Script | None]:
    def spoiled(answer: Answer, fault: Fault) -> Script | None:
        found = spoiled_answer(answer, spoil)
        return None if found is None else Script(payload(found), fault.duration or 0.0)

    return spoiled


def spoiled_answer(answer: Answer, spoil: Callable[[Answer], bytes | None]) -> Answer | None:
    """The answer with another body; None where it can't be spoiled so."""
    try:
        body = spoil(answer)
    except ValueError:  # it is no JSON
        return None
    return None if body is None or body == answer.body else replace(answer, body=body)


def _null(answer: Answer) -> bytes:
    _ = answer.value
    return b"null"


def _empty(answer: Answer) -> bytes:
    return b""


def _of_wrong_type(answer: Answer) -> bytes:
    return json.dumps(of_wrong_type(answer.value)).encode()


def _malformed(answer: Answer) -> bytes | None:
    if not answer.body:
        return None
    try:
        _ = answer.value
    except ValueError:
        return bytes(malformed(answer.body))
    return answer.body[: len(answer.body) // 2] + b'{"'


BODIES: Mapping[FaultType, Callable[[Answer], bytes | None]] = {
    FaultType.NULL: _null,
    FaultType.EMPTY: _empty,
    FaultType.WRONG_TYPE: _of_wrong_type,
    FaultType.MALFORMED: _malformed,
}
"""By kind, what the body of an answer becomes."""

SCRIPTS: Mapping[FaultType, Callable[[Answer, Fault], Script | None]] = {
    FaultType.SLOW: _late,
    FaultType.HANG: _late,
    FaultType.TRUNCATED: _half,
    FaultType.HALF_A_BODY: _half,
    FaultType.CONNECTION_RESET: _reset,
    FaultType.CONNECTION_LOST: _lost,
    **{kind: _with_body(spoil) for kind, spoil in BODIES.items()},
}
"""By kind, what is played instead of an answer; nothing where the answer can't be spoiled so."""

OF_A_BODY = frozenset({*BODIES, FaultType.TRUNCATED, FaultType.HALF_A_BODY})
"""What needs a body to be spoiled."""

STATUSES = frozenset(
    {
        FaultType.RATE_LIMITED,
        FaultType.FORBIDDEN,
        FaultType.SERVER_ERROR,
        FaultType.UNAVAILABLE,
    }
)


# -- doing it --------------------------------------------------------------------------------------


def done(steps: Exchange, do: Callable[[Effect], Any]) -> Any:
    """Do what an exchange wants, one thing after the other; its response."""
    result = None
    while True:
        try:
            effect = steps.send(result)
        except StopIteration as end:
            return end.value
        result = do(effect)


async def done_async(steps: Exchange, do: Callable[[Effect], Awaitable[Any]]) -> Any:
    """As `done`, on an event loop."""
    result = None
    while True:
        try:
            effect = steps.send(result)
        except StopIteration as end:
            return end.value
        result = await do(effect)
