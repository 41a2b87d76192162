"""The provider's side: operations and messages that its contract declares, found by pacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase

from stagepact.contract.clauses import object_if_said
from stagepact.contract.document import Document
from stagepact.contract.models import Events
from stagepact.errors import Place
from stagepact.schema.normalise import JsonSchema
from stagepact.subject.protocols.routes import Route, Routed, routed, routes


@dataclass(frozen=True, slots=True)
class Declared:
    """A message that a contract declares: a stage's event, or what a channel delivers."""

    document: Document
    name: str
    """On the wire; with `*` where the block is for several stages."""
    path: tuple[str | int, ...]
    """Of its schema, in the document."""
    schema: JsonSchema
    type: str = ""
    """Of an event."""

    @property
    def block(self) -> tuple[str, str]:
        """What declares it: the section, and the name there."""
        return str(self.path[0]), str(self.path[1])

    def is_of(self, section: str, name: str) -> bool:
        """Whether the block that declares it is for what has this name."""
        return self.block[0] == section and fnmatchcase(name, self.block[1])

    @property
    def place(self) -> Place:
        """Where it is declared."""
        return self.document.place(*self.path)


@dataclass(frozen=True, slots=True)
class Provider:
    """All that a provider's contracts declare.

    `prefixes` are paths below which its operations are served, as OpenAPI's servers have them;
    `documents` are the contracts.
    """

    operations: tuple[Route, ...] = ()
    messages: tuple[Declared, ...] = ()
    prefixes: tuple[str, ...] = ()
    place: Place = field(default_factory=lambda: Place(""))
    documents: tuple[Document, ...] = ()

    def routed(self, method: str, path: str) -> Routed:
        """The operation that a request means."""
        found = routed(self.operations, method, path)
        for prefix in self.prefixes:
            if found.route is not None:
                break
            if prefix and path.startswith(f"{prefix}/"):
                found = routed(self.operations, method, path.removeprefix(prefix))
        return found

    def meant(self, name: str) -> tuple[tuple[Declared, ...], ...]:
        """The messages of a name, or else of a type; what is said of one message adds up."""
        wired = tuple(each for each in self.messages if fnmatchcase(name, each.name))
        if wired:
            return (wired,)
        typed = [each for each in self.messages if each.type == name]
        blocks = dict.fromkeys(each.block for each in typed)
        return tuple(
            tuple(each for each in typed if each.is_of(*block))
            for block in blocks
            if "*" not in block[1] or len(blocks) == 1
        )

    def nearest(self, method: str, path: str) -> str:
        """The operation most like a request; "" where none is."""
        names = {f"{each.method} {each.template}": each for each in self.operations}
        return next(iter(get_close_matches(f"{method} {path}", names, n=1, cutoff=0.5)), "")


def provider(
    documents: Iterable[Document],
    service: str = "",
    prefixes: Iterable[str] = (),
    declared: Iterable[Declared] = (),
) -> Provider:
    """What contracts declare; of one service only, where it is named; and more messages."""
    known = tuple(documents)
    operations = tuple(each for each in routes(known) if service in ("", each.service))
    messages = (*_messages(known), *declared)
    place = Place(known[0].file) if known else Place("")
    return Provider(operations, messages, tuple(dict.fromkeys(prefixes)), place, known)


def _messages(documents: Iterable[Document]) -> Iterable[Declared]:
    for document in documents:
        contract = document.contract
        for section, blocks in (("stages", contract.stages), ("pipelines", contract.pipelines)):
            for name, block in blocks.items():
                yield from _events(document, (section, name), block.events)
        for name, channel in contract.channels.items():
            for message, schema in channel.messages.items():
                path = ("channels", name, "messages", message)
                yield Declared(document, message, path, object_if_said(schema))


def _events(
    document: Document, path: tuple[str | int, ...], events: Events | None
) -> Iterable[Declared]:
    """The events of a block."""
    for type_, schema in (events.types if events else {}).items():
        template = (events.name if events else None) or "stage.{stage}.{type}"
        wire = template.replace("{stage}", str(path[1])).replace("{type}", type_)
        where = (*path, "events", "types", type_)
        yield Declared(document, wire, where, object_if_said(schema), type_)
