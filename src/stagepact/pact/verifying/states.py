"""Provider states: brought about before an interaction, one after the other, and undone after it.

What a state's function returns by name is what generators of the request may use.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from stagepact.contract.source import Json
from stagepact.errors import nearest
from stagepact.observation import is_late
from stagepact.pact.model import State
from stagepact.pact.verifying.lacking import StateError
from stagepact.subject.json_form import json_form
from stagepact.subject.protocols.http import describe_error

PORT = "state "
"""What the ports' names of states' fixtures begin with; no stage has such a port."""

_APP = "app"
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Maker:
    """What brings a state about: a function, what a fixture gives, or nothing at all.

    A service's own function has `positional` arguments: the app, or its base URL.
    """

    function: Callable[..., Any] | None = None
    fixture: str = ""
    positional: bool = False


@dataclass(frozen=True, slots=True)
class States:
    """The makers of states by name; a name may be a glob, the first that fits counts."""

    makers: Mapping[str, Maker] = field(default_factory=dict)

    def maker(self, name: str) -> Maker | None:
        """What brings a state about; None where nothing does."""
        if name in self.makers:
            return self.makers[name]
        globs = (each for each in self.makers if fnmatchcase(name, each))
        return next((self.makers[each] for each in globs), None)

    def fixtures(self, states: Iterable[State]) -> dict[str, str]:
        """The pytest fixtures that these states need, by the name of their port."""
        makers = (self.maker(each.name) for each in states)
        names = [each.fixture for each in makers if each is not None and each.fixture]
        return {PORT + name: name for name in names}

    async def hold(
        self, states: Iterable[State], app: Any, ports: Mapping[str, Any], until: AsyncExitStack
    ) -> dict[str, Json]:
        """Bring states about in order, until the stack is closed: what they give, by name.

        Raises:
            StateError: one of them doesn't hold.
        """
        given: dict[str, Json] = {}
        for state in states:
            made = await self._made(state, app, ports, until)
            given |= {**state.parameters, **made}
        return given

    async def _made(
        self, state: State, app: Any, ports: Mapping[str, Any], until: AsyncExitStack
    ) -> Mapping[str, Json]:
        maker = self.maker(state.name)
        if maker is None:
            raise StateError(self._unknown(state.name))
        function = ports[PORT + maker.fixture] if maker.fixture else maker.function
        if not callable(function):
            return _values(function)
        try:
            made = _called(function, maker, state, app)
            return _values(await _entered(made, state.name, until))
        except StateError:
            raise
        except Exception as error:
            raise _failed(f"the state `{state.name}`", error) from error
        except BaseException as error:
            if not is_late(error):
                raise
            raise _hung(f"the state `{state.name}`", error) from error

    def _unknown(self, name: str) -> str:
        guess = nearest(name, self.makers)
        known = ", ".join(f"`{each}`" for each in self.makers)
        there = f"known are {known}" if known else "there are none"
        hint = f"did you mean `{guess}`?" if guess else "add it to `states:` of `pacts:`"
        return f"nothing brings the state `{name}` about: {there}; {hint}"


def _failed(what: str, error: BaseException) -> StateError:
    """What was raised, under the name of a state, with the traceback that it had."""
    told = StateError(f"{what} raised {describe_error(error)}")
    return told.with_traceback(error.__traceback__)


def _hung(what: str, error: BaseException) -> StateError:
    """That the time was over, under the name of a state, with the traceback that it had."""
    told = StateError(f"{what} hung: the time for the interaction is over")
    return told.with_traceback(error.__traceback__)


def _called(function: Callable[..., Any], maker: Maker, state: State, app: Any) -> Any:
    """What the function returns, given the state's parameters that it takes, by name.

    Raises:
        StateError: it needs others, too.
    """
    given = {_APP: app, **state.parameters} if app is not None else dict(state.parameters)
    arguments = [app] if maker.positional else []
    return function(*arguments, **taken(function, given, f"the state `{state.name}`", arguments))


def taken(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    what: str,
    before: Iterable[Any] = (),
) -> dict[str, Any]:
    """Those of the given values that a function takes by name, besides what comes `before`.

    Raises:
        StateError: it needs one that isn't given.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # made in C, and says nothing of itself
        return dict(given)
    rest = parameters[len(list(before)) :]
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in rest):
        return {name: value for name, value in given.items() if name != _APP}
    named = [each for each in rest if each.kind in _BY_NAME]
    lacking = [
        each.name
        for each in named
        if each.default is inspect.Parameter.empty and each.name not in given
    ]
    if lacking:
        there = ", ".join(f"`{name}`" for name in given if name != _APP) or "none"
        name = getattr(function, "__qualname__", str(function))
        needed = ", ".join(f"`{each}`" for each in lacking)
        raise StateError(f"{what}: `{name}` needs {needed}; given are {there}")
    return {each.name: given[each.name] for each in named if each.name in given}


async def _entered(made: Any, name: str, until: AsyncExitStack) -> Any:
    """What a function gives at last: awaited, or the first that is yielded, or entered."""
    if inspect.isawaitable(made):
        made = await made
    after: Callable[[], Awaitable[Any]]
    if inspect.isgenerator(made):
        first, generator = next(made, None), made

        async def after() -> None:
            next(generator, None)
    elif inspect.isasyncgen(made):
        first, stream = await anext(made, None), made

        async def after() -> None:
            await anext(stream, None)
    elif isinstance(made, AbstractAsyncContextManager):
        first, entered = await made.__aenter__(), made

        async def after() -> None:
            await entered.__aexit__(None, None, None)
    elif isinstance(made, AbstractContextManager):
        first, held = made.__enter__(), made

        async def after() -> None:
            held.__exit__(None, None, None)
    else:
        return made
    until.push_async_callback(_undone, name, after)
    return first


async def _undone(name: str, after: Callable[[], Awaitable[Any]]) -> None:
    try:
        await after()
    except Exception as error:
        raise _failed(f"undoing the state `{name}`", error) from error
    except BaseException as error:
        if not is_late(error):
            raise
        raise _hung(f"undoing the state `{name}`", error) from error


def _values(made: Any) -> Mapping[str, Json]:
    """What was given by name; anything else that a function returned is its own matter."""
    form = json_form(made)
    return form if isinstance(form, dict) else {}
