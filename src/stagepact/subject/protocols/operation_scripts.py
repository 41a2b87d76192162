"""What is tried for each law of operations: a few requests, whose answers are judged later."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter, time
from typing import Any
from uuid import uuid4

from stagepact.subject.model import Case, Output, Request, Unfit
from stagepact.subject.protocols.callers import NOBODY, UNKNOWN, Caller, Scheme, Tokens, basic
from stagepact.subject.protocols.http import describe_error
from stagepact.subject.protocols.operation import Line, Play, Script
from stagepact.subject.protocols.politeness import LONGEST_WAIT, retry_after

REACHED = "with credentials"
"""The answer beside to the same request by who may ask."""


def of_request(script: Script, make: Callable[[], Request | None]) -> Script:
    """The script, over a request that is made when it is played.

    Raises:
        Unfit: there is none.
    """

    async def played(play: Play, case: Case) -> Output:
        request = make()
        if request is None:
            raise Unfit("no example succeeds, and no plain request can be made of `request`")
        return await script(play, replace(case, given=replace(case.given, request=request)))

    return played


# -- credentials -------------------------------------------------------------------------------


def refused_credentials(scheme: Scheme) -> Iterator[tuple[str, Script]]:
    """By what is wrong with the credentials, the script that calls with them."""
    yield "no credentials", _without
    if scheme.kind == "basic":
        unknown = basic(UNKNOWN, UNKNOWN)
        yield "malformed credentials", _with("Basic :")
        yield "unknown credentials", _with(f"Basic {unknown}")
        yield "another scheme", _with_own("Bearer")
    elif scheme.kind == "bearer":
        yield "malformed credentials", _with("Bearer")
        yield "unknown credentials", _with(f"Bearer {UNKNOWN}")
        yield "another scheme", _with_own("Basic")
    else:
        yield "unknown credentials", _with(UNKNOWN)
        yield "another scheme", _elsewhere


async def _without(play: Play, case: Case) -> Output:
    async with play.opened() as line:
        output = await line.call(case.given.request, NOBODY)
    return await _beside_reached(play, case, output)


def _with(text: str) -> Script:
    async def script(play: Play, case: Case) -> Output:
        async with play.opened() as line:
            output = await line.call(case.given.request, credential=text)
        return await _beside_reached(play, case, output)

    return script


def _with_own(kind: str) -> Script:
    """What the caller would send, named as of another scheme: nobody can read it so."""

    async def script(play: Play, case: Case) -> Output:
        async with play.opened() as line:
            own = await _caller(line).credential(_user(play))
            output = await line.call(case.given.request, credential=f"{kind} {own}")
        return await _beside_reached(play, case, output)

    return script


async def _elsewhere(play: Play, case: Case) -> Output:
    request = case.given.request
    headers = {**request.headers, "authorization": f"Basic {basic(UNKNOWN, UNKNOWN)}"}
    async with play.opened() as line:
        output = await line.call(replace(request, headers=headers), NOBODY)
    return await _beside_reached(play, case, output)


async def _beside_reached(play: Play, case: Case, output: Output) -> Output:
    reached = await play.once(REACHED, lambda line: line.call(case.given.request))
    return replace(output, beside={REACHED: reached})


def _caller(line: Line) -> Caller:
    if line.caller is None:
        raise Unfit("the service has no `auth`")
    return line.caller


def _user(play: Play) -> str:
    authentication = play.subject.authentication
    assert authentication is not None
    return play.subject.user or authentication.caller


# -- what is another's -------------------------------------------------------------------------


def others(owner: str, other: str, *, readable: bool) -> Script:
    """Another user's call, between two looks by the owner; then the owner's own call."""

    async def script(play: Play, case: Case) -> Output:
        request = case.given.request
        look = replace(request, headers={}, query={}, body=None, has_body=False, raw=None)
        async with play.opened() as line:
            beside = {"before": await line.call(look, owner, method="GET")} if readable else {}
            output = await line.call(request, other)
            if readable:
                beside["after"] = await line.call(look, owner, method="GET")
            beside["owner"] = await line.call(request, owner)
            beside["asked"] = Output("ok", request.body)
        return replace(output, beside=beside)

    return script


# -- caches and keys ---------------------------------------------------------------------------


async def not_modified(play: Play, case: Case) -> Output:
    """The same request again, with the tag that its answer had."""
    request = case.given.request
    async with play.opened() as line:
        first = await line.call(request)
        tag = first.headers.get("etag")
        if first.status[:1] != "2" or tag is None:
            return replace(first, beside={"first": first})
        headers = {**request.headers, "if-none-match": tag}
        second = await line.call(replace(request, headers=headers))
    return replace(second, beside={"first": first})


def replayed(header: str) -> Script:
    """The same request twice, with one key."""

    async def script(play: Play, case: Case) -> Output:
        request = _keyed(case.given.request, header, _key())
        async with play.opened() as line:
            first = await line.call(request)
            second = await line.call(request)
        return replace(second, beside={"first": first})

    return script


def conflicting(header: str, other: Callable[[Request], Any]) -> Script:
    """A used key with another body, which is then sent with a key of its own."""

    async def script(play: Play, case: Case) -> Output:
        key, request = _key(), case.given.request
        body = other(request)
        if body is None:
            raise Unfit("there is no other body: no other example succeeds, and no schema has one")
        changed = replace(request, body=body, has_body=True)
        async with play.opened() as line:
            first = await line.call(_keyed(request, header, key))
            second = await line.call(_keyed(changed, header, key))
            third = await line.call(_keyed(changed, header, _key()))
        return replace(second, beside={"first": first, "another key": third})

    return script


def _key() -> str:
    return str(uuid4())


def _keyed(request: Request, header: str, key: str) -> Request:
    headers = {name: v for name, v in request.headers.items() if name.lower() != header.lower()}
    return replace(request, headers={**headers, header: key})


# -- limits ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limited:
    """Calls up to a limit of so many in `per` seconds, and beyond it.

    `clock` lets time pass, else it is waited for. Then calls may fall into two windows, so twice
    as many are made before the limit counts as missing.
    """

    calls: int
    status: str
    per: float
    clock: Callable[[Any, float], Any] | None = None
    timer: Callable[[], float] = perf_counter
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def beyond(self, play: Play, case: Case) -> Output:
        """The call after the last that is served."""
        async with play.opened() as line:
            return await self._beyond(line, case.given.request)

    async def again(self, play: Play, case: Case) -> Output:
        """A call once the pause is over that a refused one was asked for."""
        async with play.opened() as line:
            refused = await self._beyond(line, case.given.request)
            seconds = retry_after(refused.headers.get("retry-after", ""), time())
            if refused.status != self.status or seconds is None:
                return replace(refused, beside={**refused.beside, "refused": refused})
            await self._pass(line, seconds)
            output = await line.call(case.given.request)
        return replace(output, beside={**refused.beside, "refused": refused})

    async def _beyond(self, line: Line, request: Request) -> Output:
        await self._pass(line, self.per)
        began = self.timer()
        served = {f"call {n}": await line.call(request) for n in range(1, self.calls + 1)}
        output = await line.call(request)
        for _ in range(self.calls if self.clock is None else 0):
            if output.status != self.status:
                output = await line.call(request)
        seconds = self.timer() - began
        is_late = self.clock is None and seconds >= self.per
        return replace(
            output, beside={**served, "took": Output("late" if is_late else "ok", seconds)}
        )

    async def _pass(self, line: Line, seconds: float) -> None:
        if self.clock is None and seconds > LONGEST_WAIT:
            raise Unfit(f"{seconds:.0f} s would have to pass: say a `clock`")
        if self.clock is None:
            await self.sleep(seconds)
            return
        try:
            made = self.clock(line.connection.app, seconds)
            if inspect.isawaitable(made):
                await made
        except Exception as error:
            raise Unfit(f"the clock can't be moved: {describe_error(error)}") from error


# -- logins ------------------------------------------------------------------------------------


async def wrong_password(play: Play, case: Case) -> Output:
    """A login by another password, beside the right one."""
    async with play.opened() as line:
        caller, account = _caller(line), _caller(line).account(str(case.given.user))
        right, _ = await caller.logged_in(account)
        password = await caller.secret(account, "password")
        wrong, _ = await caller.logged_in(account, _unlike(password))
    return replace(wrong, beside={"right": right})


def _unlike(password: str) -> str:
    """Another password of the same form: only its first character differs."""
    return ("x" if password[0] != "x" else "y") + password[1:]


async def _tokens(line: Line, case: Case) -> tuple[Output, Tokens | None, Output]:
    """A login, its tokens, and what they are answered."""
    caller = _caller(line)
    output, tokens = await caller.logged_in(caller.account(str(case.given.user)))
    if tokens is None:
        return output, None, output
    return output, tokens, await _shown(line, case, tokens)


async def _shown(line: Line, case: Case, tokens: Tokens) -> Output:
    scheme = _caller(line).authentication.scheme
    return await line.call(case.given.request, credential=scheme.text(tokens.access))


_Then = Callable[[Line, Case, Tokens], Awaitable[tuple[Output, Mapping[str, Output]]]]


async def _with_refresh_token(play: Play, case: Case, then: _Then) -> Output:
    """What is tried with the tokens of a login; its first call where there is none to refresh."""
    async with play.opened() as line:
        login, tokens, before = await _tokens(line, case)
        beside = {"login": login, "before": before}
        if tokens is None or not tokens.refresh:
            return replace(before, beside=beside)
        output, more = await then(line, case, tokens)
    return replace(output, beside={**beside, **more})


async def refreshed(play: Play, case: Case) -> Output:
    """A call with the token that a refresh gave."""
    return await _with_refresh_token(play, case, _refresh)


async def _refresh(line: Line, case: Case, tokens: Tokens) -> tuple[Output, Mapping[str, Output]]:
    answer, new = await _caller(line).refreshed(tokens)
    output = answer if new is None else await _shown(line, case, new)
    return output, {"refresh": answer}


async def refreshed_twice(play: Play, case: Case) -> Output:
    """A refresh by a refresh token that has been used."""
    return await _with_refresh_token(play, case, _refresh_twice)


async def _refresh_twice(
    line: Line, case: Case, tokens: Tokens
) -> tuple[Output, Mapping[str, Output]]:
    first, _ = await _caller(line).refreshed(tokens)
    second, _ = await _caller(line).refreshed(tokens)
    return second, {"refresh": first}


async def rotated(play: Play, case: Case) -> Output:
    """A call with the token that a refresh has replaced, once the new one was served."""
    return await _with_refresh_token(play, case, _rotate)


async def _rotate(line: Line, case: Case, tokens: Tokens) -> tuple[Output, Mapping[str, Output]]:
    answer, new = await _caller(line).refreshed(tokens)
    beside = {"refresh": answer}
    if new is not None:
        beside["new"] = await _shown(line, case, new)
    return await _shown(line, case, tokens), beside


async def logged_out(play: Play, case: Case) -> Output:
    """A call with the token of a login that has ended."""
    async with play.opened() as line:
        login, tokens, before = await _tokens(line, case)
        if tokens is None:
            return replace(before, beside={"login": login, "before": before})
        logout = await _caller(line).logged_out(tokens)
        output = await _shown(line, case, tokens)
    return replace(output, beside={"login": login, "before": before, "logout": logout})
