"""Which operation of the contracts a request means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from stagepact.contract.document import Document
from stagepact.contract.models import Operation
from stagepact.errors import Place
from stagepact.subject.protocols.http import path_names, plain_template


@dataclass(frozen=True)
class Route:
    """An operation, and how its path is recognised."""

    document: Document
    service: str
    name: str

    @property
    def method(self) -> str:
        """The method."""
        return self.name.split(" ", 1)[0]

    @property
    def tells_problems(self) -> bool:
        """Whether its errors are problem documents."""
        said = self.operation.problem
        whole = self.document.contract.services[self.service].problem
        return whole if said is None else said

    @property
    def template(self) -> str:
        """The path template."""
        return plain_template(self.name.split(" ", 1)[1])

    @property
    def operation(self) -> Operation:
        """The block."""
        return self.document.contract.services[self.service].operations[self.name]

    def place(self, *path: str | int) -> Place:
        """Where a part of the block stands."""
        return self.document.place("services", self.service, "operations", self.name, *path)

    def values(self, path: str) -> dict[str, str] | None:
        """The values of the path's names; None where the path is another."""
        found = path_pattern(self.template).fullmatch(path)
        names = path_names(self.template)
        if found is None:
            return None
        return {name: unquote(text) for name, text in zip(names, found.groups(), strict=True)}


def path_pattern(template: str) -> re.Pattern[str]:
    """What a path of a template looks like; each name is a group."""
    pieces = re.split(r"\{[^{}]+\}", template)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))


def routes(documents: Iterable[Document]) -> tuple[Route, ...]:
    """All operations; those with fewer names in their path are more exact, and first."""
    found = [
        Route(document, service, name)
        for document in documents
        for service, block in document.contract.services.items()
        for name in block.operations
    ]
    return tuple(sorted(found, key=lambda each: len(path_names(each.template))))


@dataclass(frozen=True)
class Routed:
    """A request's operation and path values; without one, the methods that its path has."""

    route: Route | None
    values: Mapping[str, str]
    allowed: tuple[str, ...] = ()


def routed(known: Iterable[Route], method: str, path: str) -> Routed:
    """The operation that a method and a path mean; HEAD is a GET."""
    allowed: list[str] = []
    for route in known:
        values = route.values(path)
        if values is None:
            continue
        if route.method == method or (method == "HEAD" and route.method == "GET"):
            return Routed(route, values)
        allowed.append(route.method)
    return Routed(None, {}, tuple(dict.fromkeys(allowed)))
