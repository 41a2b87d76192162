"""A consumer's handler as a subject: it is given what a provider may say, and has to take it.

A case's input is a response or a message in its plain form. For a response, the handler is run
against a mock provider that answers it; so what the handler asks is held against the pact, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stagepact.adapters.function import FunctionSubject, function_subject
from stagepact.contract.source import Json
from stagepact.pact import matching
from stagepact.pact.files import json_body
from stagepact.pact.mock.handlers import is_async, on_message, ways
from stagepact.pact.mock.offered import Offered
from stagepact.pact.mock.provider import Provider
from stagepact.pact.model import Interaction, Message, Response
from stagepact.pact.plain import message_of, plain_message, plain_response, response_of
from stagepact.schema import compile_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given, SubjectId

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class NotRaised(AssertionError):  # noqa: N818 - it says what the handler did
    """A handler took what it should have raised an error of."""


@dataclass(frozen=True, slots=True)
class Handling:
    """What the clause of a handler is about: the interaction whose answers it is given."""

    interaction: Interaction


@dataclass(frozen=True)
class Consumer:
    """A handler, what it is for, and what it is given beside.

    `expected` is the response or the message that the pact has; `values` are the request's, by
    name; `raises` is what the handler is to raise of it, where it is to. `schema` is of the body or
    the contents and `named` are of headers or metadata: matchers say less than they do.
    """

    handler: Callable[..., Any]
    provider: str
    interaction: Interaction
    expected: Response | Message
    values: Mapping[str, Json] = field(default_factory=dict)
    raises: tuple[type[BaseException], ...] = ()
    schema: JsonSchema | None = None
    named: Mapping[str, JsonSchema] = field(default_factory=dict)

    @property
    def example(self) -> Case:
        """The pact's own example."""
        return Case("the example of the pact", Given(input=self._plain(self.expected)))

    def strategy(self) -> SearchStrategy[Case]:
        """All that the matchers and the schemas permit, as cases.

        Raises:
            Undecided: what is permitted is for the official engine to tell.
        """
        drawn: Any = import_module("stagepact.pact.fuzzing.drawn")
        said = drawn.Said(self.schema, self.named)
        made = (
            drawn.responses(self.expected, said)
            if isinstance(self.expected, Response)
            else drawn.messages(self.expected, said)
        )
        if self.schema is not None:
            made = self._by_schema(made, self.schema)
        cases: SearchStrategy[Case] = made.map(
            lambda each: Case("drawn of the matchers", Given(input=self._plain(each)), "fuzz")
        )
        return cases

    def _by_schema(self, made: Any, schema: JsonSchema) -> Any:
        """The same, but for bodies that the consumer's schema refuses; and others that it permits.

        Matchers take less than the schema where it says what they can't say, and the other way
        round: they know of keys that the schema doesn't name.
        """
        strategies: Any = import_module("hypothesis.strategies")
        values = import_module("stagepact.schema.generate").from_schema(schema)
        accepts = compile_schema(schema).accepts

        def chosen(one: Response | Message, value: Json, other: bool) -> Response | Message:
            body = one.body if isinstance(one, Response) else one.contents
            return _with_body(one, value) if other or not accepts(body.value) else one

        both = strategies.builds(chosen, made, values, strategies.booleans())
        return both.filter(lambda each: self.admits(Given(input=self._plain(each))))

    def admits(self, given: Given) -> bool:
        """Whether the matchers permit it, and the schema."""
        try:
            return self._is_expected(given.input)
        except (KeyError, TypeError, ValueError):
            return False

    def _is_expected(self, plain: Mapping[str, Any]) -> bool:
        if isinstance(self.expected, Response):
            value, made = plain["body"], response_of(plain, self.expected)
            matches = matching.match_response(self.expected, made).matches
        else:
            value, told = plain["contents"], message_of(plain, self.expected)
            matches = matching.match_message(self.expected, told).matches
        return matches and (self.schema is None or compile_schema(self.schema).accepts(value))

    def subject(self, id: SubjectId) -> FunctionSubject:
        """The handler as a subject."""
        call = self._async_call if is_async(self.handler) else self._call
        return function_subject(call, id)

    def unfilled(self) -> tuple[str, ...]:
        """The parameters of the handler for which there is nothing."""
        if isinstance(self.expected, Message):
            return ()
        names = ways(self.handler)
        known = {*WAYS, *self.values}
        lost = [each for each in names if each not in known]
        return tuple(lost[1:] if lost[:1] == list(names[:1]) else lost)

    def _plain(self, what: Any) -> dict[str, Json]:
        return plain_response(what) if isinstance(what, Response) else plain_message(what)

    def _call(self, input: Any) -> Any:
        if isinstance(self.expected, Message):
            return self._judged(partial(self._told, input))
        with self._offered(input, self.expected) as offered:
            return self._judged(partial(self.handler, **self._arguments(offered)))

    async def _async_call(self, input: Any) -> Any:
        if isinstance(self.expected, Message):
            return await self._judged_async(partial(self._told, input))
        with self._offered(input, self.expected) as offered:
            arguments = self._arguments(offered)
            if "client" not in arguments or "client" in self.values:
                return await self._judged_async(partial(self.handler, **arguments))
            async with offered.async_client as client:
                arguments["client"] = client
                return await self._judged_async(partial(self.handler, **arguments))

    def _told(self, input: Mapping[str, Any]) -> Any:
        return on_message(self.handler, input["contents"], input["metadata"])

    def _judged(self, call: Callable[[], Any]) -> Any:
        try:
            made = call()
        except self.raises:
            return None
        return self._not_raised(made)

    async def _judged_async(self, call: Callable[[], Any]) -> Any:
        try:
            made = await call()
        except self.raises:
            return None
        return self._not_raised(made)

    def _not_raised(self, made: Any) -> Any:
        if self.raises:
            names = " or ".join(each.__name__ for each in self.raises)
            raise NotRaised(f"it is to raise {names}, and returned {made!r:.200}")
        return made

    def _offered(self, input: Mapping[str, Any], expected: Response) -> Offered:
        answer = response_of(input, expected)
        provider = Provider(
            self.provider, [self.interaction], answers=lambda interaction, response: answer
        )
        return Offered(provider, [self.interaction])

    def _arguments(self, offered: Offered) -> dict[str, Any]:
        """What the handler is called with; a first parameter of any other name gets the URL."""
        made: dict[str, Any] = {}
        for index, name in enumerate(ways(self.handler)):
            if name in self.values:
                made[name] = self.values[name]
            elif name in WAYS:
                made[name] = WAYS[name](offered)
            elif index == 0:
                made[name] = offered.url
        return made


def _with_body(made: Response | Message, value: Json) -> Response | Message:
    if isinstance(made, Response):
        return replace(made, body=json_body(value, made.body.content_type))
    return replace(made, contents=json_body(value, made.contents.content_type))


WAYS: Mapping[str, Callable[[Offered], Any]] = {
    "url": lambda offered: offered.url,
    "base_url": lambda offered: offered.url,
    "client": lambda offered: offered.client,
    "session": lambda offered: offered.session,
    "transport": lambda offered: offered.transport,
    "app": lambda offered: offered.app,
    "provider": lambda offered: offered,
}
"""By the name of a handler's parameter, the way to the provider that it is given."""
