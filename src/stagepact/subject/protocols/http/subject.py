"""An operation of a service as a subject, and the states that its requests need."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.subject.model import Case, Output, Probe, Request, SubjectId, Unfit
from stagepact.subject.protocols.http.model import Connection, Exchange, WireRequest, describe_error
from stagepact.subject.protocols.http.read import read_response
from stagepact.subject.protocols.http.templates import path_names
from stagepact.subject.protocols.http.written import write_request
from stagepact.subject.protocols.shapes import shaped

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
