"""An operation that users call: each run is one request, or the few requests that show a law.

What is tried for a law is a `Script`, found by the case's name. Its last answer is the run's
output, so that every clause of the operation judges it, too; the others stand in `beside`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from stagepact.subject.model import Case, Output, Probe, Request, SubjectId
from stagepact.subject.protocols.callers import Authentication, Caller
from stagepact.subject.protocols.http import (
    Connection,
    OperationSubject,
    WireResponse,
    completed,
    path_names,
    read_response,
    state_values,
)
from stagepact.subject.protocols.secrets import Secrets

_ANYTHING = "1"

Script = Callable[["Play", Case], Awaitable[Output]]


@dataclass(frozen=True, slots=True)
class CalledOperation:
    """An operation with its callers and with the scripts of its laws, by case.

    `user` calls where the case says nobody; None sends no credentials. `kept` are answers that
    scripts need once for all of their cases. Requests of the operation itself are made in
    `sending`.
    """

    operation: OperationSubject
    secrets: Secrets
    authentication: Authentication | None = None
    user: str | None = None
    scripts: Mapping[str, Script] = field(default_factory=dict, repr=False)
    kept: dict[str, Output] = field(default_factory=dict, repr=False, compare=False)
    sending: Callable[[], AbstractContextManager[object]] = nullcontext

    @property
    def id(self) -> SubjectId:
        """Which operation it is."""
        return self.operation.id

    @property
    def event_name(self) -> str:
        """The template of event types: an operation has none of its own."""
        return self.operation.event_name

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Send the case's request, or play its law; nothing is retried but with a new token.

        Raises:
            Unfit: the request can't be written, or what has to be there first can't be had.
            ServiceError: there was no answer.
        """
        play, known = Play(self, case), len(self.secrets)
        script = self.scripts.get(case.name) if case.kind == "law" else None
        output = await (script or _plainly)(play, case)
        return replace(output, secrets=self.secrets.since(known), waited=play.waited)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.operation.close()


@dataclass(frozen=True, slots=True)
class OftenCalled:
    """An operation that is asked the same so often in each run, in one app that isn't made anew.

    The answer of a run is how long each request took.
    """

    called: CalledOperation
    times: int

    @property
    def id(self) -> SubjectId:
        """Which operation it is."""
        return self.called.id

    @property
    def event_name(self) -> str:
        """The template of event types."""
        return self.called.event_name

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Send the case's request again and again.

        Raises:
            Unfit: the request can't be written, or what has to be there first can't be had.
            ServiceError: there was no answer.
        """
        play, took = Play(self.called, case), list[float]()
        async with play.opened() as line:
            for _ in range(self.times):
                began = perf_counter()
                await line.call(case.given.request, case.given.user)
                took.append(perf_counter() - began)
        return Output(raw=took)

    async def close(self) -> None:
        """Nothing: what the cases share is the operation's."""


async def _plainly(play: Play, case: Case) -> Output:
    began = perf_counter()
    async with play.opened() as line:
        # What brings a state about isn't the answer's time.
        play.waited += perf_counter() - began - getattr(line.connection, "waited", 0.0)
        return await line.call(case.given.request, case.given.user)


@dataclass(eq=False, slots=True)
class Play:
    """One run of an operation, over one connection or several."""

    subject: CalledOperation
    case: Case
    waited: float = 0.0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Line]:
        """A new connection, whose service is in the case's state."""
        operation = self.subject.operation
        name = self.case.given.state
        state = operation.base_state(name)
        connection = await operation.exchange.open()
        try:
            made = await state_values(state, connection.app)
            authentication = self.subject.authentication
            caller = (
                None
                if authentication is None
                else Caller(authentication, connection, self.case.given.ports)
            )
            who = self.case.given.user or self.subject.user
            signed = Request()
            if name in operation.after and caller is not None and who is not None:
                signed = await caller.signed(signed, who)
            given = await operation.found(name, made, connection, signed)
            names = path_names(operation.template) if self.case.kind == "law" else ()
            anything = dict.fromkeys(names, _ANYTHING)
            yield Line(self.subject, connection, given, caller, anything)
        finally:
            self.waited += getattr(connection, "waited", 0.0)
            await connection.close()

    async def once(self, name: str, make: Callable[[Line], Awaitable[Output]]) -> Output:
        """An answer that all scripts of the operation share, on a connection of its own."""
        kept = self.subject.kept
        if name not in kept:
            async with self.opened() as line:
                kept[name] = await make(line)
        return kept[name]


@dataclass(eq=False, slots=True)
class Line:
    """One connection of a run, with what the state gave.

    `anything` are values for the path that nobody gave: whoever isn't known is refused anyway.
    """

    subject: CalledOperation
    connection: Connection
    given: Mapping[str, Any]
    caller: Caller | None
    anything: Mapping[str, str] = field(default_factory=dict)

    async def call(
        self,
        request: Request,
        user: str | None = None,
        *,
        credential: str | None = None,
        method: str | None = None,
    ) -> Output:
        """The answer to a request of the operation, by a user, or with a text as credentials."""
        who = self.subject.user if user is None else user
        output = await self._answer(request, who, credential, method)
        if output.status != "401" or self.caller is None or credential is not None:
            return output
        if await self.caller.renewed(who):
            return await self._answer(request, who, credential, method)
        return output

    async def _answer(
        self, request: Request, user: str | None, credential: str | None, method: str | None
    ) -> Output:
        operation = self.subject.operation
        sent = request
        if self.caller is not None and credential is not None:
            sent = self.caller.with_credential(request, credential)
        elif self.caller is not None and user is not None:
            sent = await self.caller.signed(request, user)
        sent = completed(sent, self.given, operation.template)
        sent = replace(sent, path={**self.anything, **sent.path})
        verb = method or sent.method or operation.method
        with self.subject.sending():
            response = await self.connection.send(operation.written(verb, sent))
        output = read_response(response, verb)
        return replace(output, held=self._held(request, response, output))

    def _held(self, request: Request, response: WireResponse, output: Output) -> tuple[str, ...]:
        """Whose secrets an error has that its request hadn't."""
        if response.status < 400:
            return ()
        asked = (request.path, request.query, request.headers, request.cookies, request.body)
        besides = json.dumps((*map(_plain, asked), request.raw), default=str, ensure_ascii=False)
        return self.subject.secrets.held_in(text_of(output), besides)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def text_of(output: Output) -> str:
    """All that an answer says: its headers, its body as it came, and the texts in it."""
    headers = (f"{name}: {value}" for name, value in output.headers.items())
    body = output.raw.body.decode(errors="replace") if isinstance(output.raw, WireResponse) else ""
    return "\n".join((*headers, body, *_texts(output.data)))


def _texts(data: Any) -> list[str]:
    found, waiting = [], [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, Mapping):
            waiting += (*each.keys(), *each.values())
        elif isinstance(each, list):
            waiting += each
    return found
