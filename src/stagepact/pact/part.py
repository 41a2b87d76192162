"""A part of a pact file while it is read: a value, where it stands, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from stagepact.contract.source import Json, Path, Source
from stagepact.errors import Problem

_T = TypeVar("_T")

NOUNS: Mapping[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}


@dataclass(slots=True, eq=False)
class Part:
    """A value in a document; faults of all parts of a document go into one list.

    It isn't frozen, for a thousand interactions are made of 50,000 of them.
    """

    source: Source
    problems: list[Problem]
    value: Json
    path: Path = ()

    @classmethod
    def whole(cls, source: Source) -> Part:
        """The whole document."""
        return cls(source, [], source.value)

    def fault(self, found: str, expected: str, advice: str, code: str) -> None:
        """Keep one thing that is wrong here."""
        place = self.source.place(self.path)
        self.problems.append(Problem(place, found, expected, advice, code))

    def has(self, key: str) -> bool:
        """Whether it is a mapping with this key."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, *keys: str) -> Part:
        """What is below the first of these keys that it has, or null."""
        box = self.value if isinstance(self.value, dict) else {}
        key = keys[0]
        if len(keys) > 1:
            key = next((each for each in keys if each in box), key)
        return Part(self.source, self.problems, box.get(key), (*self.path, key))

    def entries(self) -> Iterator[tuple[str, Part]]:
        """The entries of a mapping; of null none; of anything else a fault."""
        for key in self.read(dict, {}, "pact-not-a-mapping"):
            yield key, self.get(key)

    def items(self) -> Iterator[Part]:
        """The items of a list; of null none; of anything else a fault."""
        for index, item in enumerate(self.read(list, [], "pact-not-a-list")):
            yield Part(self.source, self.problems, item, (*self.path, index))

    def text(self, default: str = "") -> str:
        """A text; of null the default; of anything else a fault."""
        return self.read(str, default, "pact-not-a-text")

    def number(self, default: int) -> int:
        """A whole number; of null the default; of anything else a fault."""
        return self.read(int, default, "pact-not-a-number")

    def read(self, kind: type[_T], default: _T, code: str) -> _T:
        """A value of this kind; of null the default; of anything else a fault and the default."""
        value = self.value
        if value is None:
            return default
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        name = ".".join(map(str, self.path)) or "the document"
        expected = f"{NOUNS[kind]} as `{name}`"
        self.fault(NOUNS[type(value)], expected, "make it one, or remove the entry", code)
        return default
