"""Sound JSON, read by Python's own reader; places are looked for when they are asked for.

A pact of a thousand interactions is a megabyte, of which only the interactions' lines are wanted
while nothing is wrong. Where anything might be, the value is None, and `json_text` tells what.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from json.decoder import JSONDecoder

from stagepact.contract.json_text import json_steps
from stagepact.contract.scalars import finite, whole
from stagepact.contract.tree import MAX_DEPTH, MAX_VALUES, Json, Path, Tree
from stagepact.errors import Place, Problem

_ESCAPED_SURROGATE = re.compile(r"\\u[dD]")
_SPACE = re.compile(r"[ \t\n\r]*")
_SAFE_DIGITS = 15


def quick_value(text: str) -> dict[str, Json] | None:
    """The object that a text is; None where it is no object, or anything may be wrong with it."""
    if _ESCAPED_SURROGATE.search(text):
        return None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _is_moderate(value) else None


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key a second time")
    return made


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _whole(token: str) -> int:
    return int(token) if len(token) <= _SAFE_DIGITS else whole(token)


_DECODER = JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_whole, parse_float=finite
)
_PLAIN = JSONDecoder()


def _is_moderate(value: Json) -> bool:
    """Whether it is neither nested too deeply nor has too many values."""
    level, count = [value], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = inner
        if not level:
            return count < MAX_VALUES
    return False


class LateMarks(Mapping[Path, Place]):
    """The places of a sound text's values; those of items of its lists are found quickly."""

    def __init__(self, text: str, file: str) -> None:
        """Look for nothing yet."""
        self._text = text
        self._file = file

    def __getitem__(self, path: Path) -> Place:
        """The place of the value at exactly this path."""
        if len(path) == 2 and path[0] in self._items:
            item = path[1]
            starts = self._items[str(path[0])]
            if not isinstance(item, int) or item >= len(starts):
                raise KeyError(path)
            return self._place(starts[item])
        return self._all[path]

    def __iter__(self) -> Iterator[Path]:
        """Every path, parents first."""
        return iter(self._all)

    def __len__(self) -> int:
        """The number of values, the root included."""
        return len(self._all)

    def _place(self, at: int) -> Place:
        line = bisect_right(self._lines, at)
        return Place(self._file, line, at - self._lines[line - 1] + 1)

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line starts."""
        return [*accumulate((len(line) + 1 for line in self._text.split("\n")), initial=0)]

    @cached_property
    def _items(self) -> dict[str, list[int]]:
        """Where the items of each list of the outermost object start."""
        text, found = self._text, dict[str, list[int]]()
        at = _after(text, _after(text, 0) + 1)
        while text[at] != "}":
            key, at = _PLAIN.raw_decode(text, at)
            at = _after(text, _after(text, at) + 1)
            if text[at] == "[":
                found[key], at = _starts(text, at)
            else:
                _, at = _PLAIN.raw_decode(text, at)
            at = _after(text, at)
            at = _after(text, at + 1) if text[at] == "," else at
        return found

    @cached_property
    def _all(self) -> Mapping[Path, Place]:
        problems: list[Problem] = []
        tree = Tree(self._file, problems)
        tree.grow(json_steps(self._text, self._file, problems))
        return tree.marks()


def _starts(text: str, at: int) -> tuple[list[int], int]:
    """Where the items of a list start, and where it ends."""
    starts: list[int] = []
    at = _after(text, at + 1)
    while text[at] != "]":
        starts.append(at)
        _, at = _PLAIN.raw_decode(text, at)
        at = _after(text, at)
        at = _after(text, at + 1) if text[at] == "," else at
    return starts, at + 1


def _after(text: str, at: int) -> int:
    """The place of what comes after white space."""
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at
