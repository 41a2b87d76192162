"""Targets of consumers: each handler of `consumes:`, with all that its pact permits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.models import ConsumedInteraction, ConsumedMessage
from stagepact.contract.source import Json
from stagepact.errors import ContractError, Misuse, Problem
from stagepact.flow import Target, View
from stagepact.pact.files import parse_pact
from stagepact.pact.fuzzing.consumers import WAYS, Consumer, Handling
from stagepact.pact.making.parties import PactFile, pact_files
from stagepact.pact.mock.messages import message_of
from stagepact.pact.mock.provider import http_of
from stagepact.pact.model import Interaction, State
from stagepact.pact.plain import plain_body
from stagepact.pact.undecided import Undecided
from stagepact.plan.blocks import item
from stagepact.plan.stages import Made
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

KIND = "pact.consumer"
PATH = "handler"

_Resolve = Callable[[str], object]
_Said = ConsumedInteraction | ConsumedMessage


@dataclass(frozen=True)
class _Handled:
    """What a contract says with a handler, and where."""

    document: Document
    provider: str
    section: str
    description: str
    said: _Said

    @property
    def path(self) -> tuple[str, ...]:
        return ("consumes", self.provider, self.section, self.description)

    @property
    def name(self) -> str:
        """What tells it apart: the description, which an interaction and a message may share."""
        said = self.document.contract.consumes[self.provider]
        shared = self.description in said.interactions and self.description in said.messages
        return f"{self.description} ({self.section[:-1]})" if shared else self.description

    @property
    def promise(self) -> str:
        """What its handler does, as a sentence."""
        does = f"raises {' or '.join(self.said.raises)} on" if self.said.raises else "takes"
        return f"`{self.said.handler}` {does} all that the pact permits of `{self.description}`"

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(State(each.name, each.parameters) for each in self.said.needed)


def consumer_targets(
    documents: Sequence[Document],
    root: Path,
    exceptions: Iterable[WrittenExcept],
    here: Surroundings,
    resolve: _Resolve,
) -> Iterator[Made]:
    """A target for each interaction or message of `consumes:` that has a handler."""
    handled = [*_handled(documents)]
    if not handled:
        return
    files, _ = pact_files(documents, root)  # what is wrong is told where they are made
    kept = tuple(exceptions)
    for each in handled:
        yield _made(each, files, kept, here, resolve)


def _handled(documents: Iterable[Document]) -> Iterator[_Handled]:
    for document in documents:
        for provider, said in document.contract.consumes.items():
            sections: Mapping[str, Mapping[str, _Said]] = {
                "interactions": said.interactions,
                "messages": said.messages,
            }
            for section, entries in sections.items():
                for description, entry in entries.items():
                    if entry.handler is not None:
                        yield _Handled(document, provider, section, description, entry)


def _made(
    handled: _Handled,
    files: Sequence[PactFile],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: _Resolve,
) -> Made:
    document, reference = handled.document, str(handled.said.handler)
    consumer = document.contract.consumes[handled.provider].consumer or document.contract.name
    file = next(
        (e for e in files if (e.consumer, e.provider) == (consumer, handled.provider)), None
    )
    name = file.name if file else f"{consumer}-{handled.provider}.json"
    id_ = SubjectId(name, reference, "consumer", PATH)
    interaction = _interaction(handled, file)
    value = None if interaction is None else Handling(interaction)
    place = document.place(*handled.path, "handler")
    clause = Clause(handled.name, KIND, place, handled.promise, value)
    items = (item(clause, document, id_, exceptions, here),)
    target = Target(f"{name} {handled.name}[{PATH}]", (View(id_, items),))
    if interaction is None:
        return Made((replace(target, reason="its pact can't be made: see the problems"),))
    try:
        found = _consumer(handled, interaction, resolve)
    except Misuse as error:
        reason = "its handler can't be had: see the problems"
        return Made((replace(target, reason=reason),), error.problems)
    return Made((_ready(target, found),))


def _ready(target: Target, found: Consumer) -> Target:
    try:
        found.strategy()
    except Undecided as reason:
        return replace(target, reason=str(reason))
    return replace(
        target,
        subject=found.subject(target.views[0].subject),
        cases=(found.example,),
        generate=found.strategy,
        admits=found.admits,
        base=found.example.given,
    )


def _interaction(handled: _Handled, file: PactFile | None) -> Interaction | None:
    """The interaction as the pact file has it."""
    if file is None:
        return None
    try:
        pact = parse_pact(file.text, file.name)
    except ContractError:
        return None
    wanted = http_of if handled.section == "interactions" else message_of
    named = (each for each in pact.interactions if each.description == handled.description)
    return next((each for each in named if wanted(each) and each.states == handled.states), None)


def _consumer(handled: _Handled, interaction: Interaction, resolve: _Resolve) -> Consumer:
    """The handler, with what it is for.

    Raises:
        Misuse: it can't be had, or called.
    """
    handler = _resolved(handled, "handler", str(handled.said.handler), resolve)
    if not callable(handler):
        raise _wrong(handled, f"{handled.said.handler}, which can't be called", "a function")
    raises = tuple(_errors(handled, resolve))
    exchange, message = http_of(interaction), message_of(interaction)
    expected = exchange.response if exchange else message
    assert expected is not None  # by `_interaction`
    values = _values(handled.said, interaction)
    made = Consumer(
        handler,
        handled.provider,
        interaction,
        replace(expected, generators=()),
        values,
        raises,
        *_schemas(handled),
    )
    if lost := made.unfilled():
        known = ", ".join([*WAYS, *values])
        found = f"the parameter {', '.join(map(repr, lost))} of {handled.said.handler}"
        raise _wrong(handled, found, f"parameters of these names: {known}")
    return made


def _schemas(handled: _Handled) -> tuple[JsonSchema | None, dict[str, JsonSchema]]:
    """The schema of the body or contents, and those of headers or metadata by their names."""
    bundle, said = handled.document.scope.bundle, handled.said
    if isinstance(said, ConsumedMessage):
        return bundle(said.contents), {
            name: bundle(value["schema"])
            for name, value in said.metadata.items()
            if isinstance(value, dict) and "schema" in value
        }
    response = said.response
    whole = None if response.body is None else bundle(response.body)
    headers = response.headers.items()
    return whole, {n: bundle(each) for n, each in headers if not isinstance(each, str)}


def _errors(handled: _Handled, resolve: _Resolve) -> Iterator[type[BaseException]]:
    for index, reference in enumerate(handled.said.raises):
        found = _resolved(handled, "raises", reference, resolve, index)
        if not (isinstance(found, type) and issubclass(found, BaseException)):
            raise _wrong(handled, f"{reference}, which is no exception", "a class", "raises")
        yield found


def _resolved(handled: _Handled, key: str, reference: str, resolve: _Resolve, *more: int) -> object:
    try:
        return resolve(reference)
    except Misuse as error:
        place = handled.document.place(*handled.path, key, *more)
        raise ContractError(*(replace(each, place=place) for each in error.problems)) from None


def _wrong(handled: _Handled, found: str, expected: str, key: str = "handler") -> ContractError:
    place = handled.document.place(*handled.path, key)
    advice = "see docs/pact.md, fuzzed consumers"
    return ContractError(Problem(place, found, expected, advice, "pact-handler"))


def _values(said: _Said, interaction: Interaction) -> dict[str, Json]:
    """The values of a request by name: those of its path, then its query, and its body."""
    exchange = http_of(interaction)
    if isinstance(said, ConsumedMessage) or exchange is None:
        return {}
    request = exchange.request
    query = {name: texts[0] for name, texts in request.query.items() if texts}
    sent: dict[str, Json] = {**query, **_in_path(said.request.path, request.path)}
    if said.request.has_body:
        sent["body"] = plain_body(request.body)
    written = {**said.request.query, **said.request.values}
    plain = {name: value for name, value in written.items() if not isinstance(value, dict)}
    return {**sent, **plain}


def _in_path(template: str, path: str) -> dict[str, str]:
    """The texts that stand for the placeholders of a path."""
    pieces = re.split(r"\{([^}]*)\}", template)
    names = pieces[1::2]
    pattern = "([^/]*)".join(re.escape(each) for each in pieces[0::2])
    found = re.fullmatch(pattern, path)
    texts = found.groups() if found else ()
    return {name: unquote(text) for name, text in zip(names, texts, strict=False)}
