"""From flat steps to one plain value and the place of each part; the notation stays outside.

YAML and JSON are both read into the same steps (start a mapping, a scalar, an end), so duplicate
keys, odd keys, depth and places are judged once. Nothing here recurses: a document can't reach
Python's stack, whatever its depth.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from stagepact.errors import Place, Problem

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Scalar: TypeAlias = bool | int | float | str | None
Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 100
"""Contracts nest about ten deep; later walks over the values may recurse up to this."""

MAX_VALUES = 500_000
"""A dense megabyte holds 170,000; 5 MB of `1,1,…` would take ten seconds and a gigabyte."""


class Sign(Enum):
    """A step that is not a scalar."""

    MAPPING = "a mapping"
    SEQUENCE = "a list"
    END = "an end"
    MERGE = "<<"


Step: TypeAlias = tuple[Scalar | Sign, int, int]
"""What comes next, its line and its column, both from 1."""


class Marks(Mapping[Path, Place]):
    """The place of every value by its path, each kept as one edge from its parent.

    A dictionary of whole paths would take depth times values of memory: gigabytes for 5 MB of
    `[1,1,…` that stand 100 deep.
    """

    __slots__ = ("_edges", "_file", "_positions")

    def __init__(
        self,
        file: str,
        edges: Mapping[tuple[int, str | int], int],
        positions: list[tuple[int, int]],
    ) -> None:
        """Take the tree as edges `(parent, key) -> child`; the root is node 0."""
        self._file = file
        self._edges = edges
        self._positions = positions

    def __getitem__(self, path: Path) -> Place:
        """Return the place of the value at exactly this path."""
        node = 0
        for key in path:
            node = self._edges[node, key]
        return Place(self._file, *self._positions[node])

    def __iter__(self) -> Iterator[Path]:
        """Yield every path, parents first."""
        paths: dict[int, Path] = {0: ()}
        yield ()
        for (parent, key), node in self._edges.items():
            paths[node] = (*paths[parent], key)
            yield paths[node]

    def __len__(self) -> int:
        """Return the number of values, the root included."""
        return len(self._edges) + 1


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    node: int
    value: dict[str, Json] | list[Json]
    key: str | None = None
    key_at: tuple[int, int] = (0, 0)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)

    def awaits_key(self) -> bool:
        return self.key is None and isinstance(self.value, dict)


class Tree:
    """A value under construction; what is wrong with it goes to `problems`."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        """Start with nothing; `grow` does the work."""
        self.root: Json = None
        self._file = file
        self._problems = problems
        self._frames: list[_Frame] = []
        self._edges: dict[tuple[int, str | int], int] = {}
        self._positions: list[tuple[int, int]] = []

    def grow(self, steps: Iterable[Step]) -> None:
        """Take all steps, or those up to the one that goes too deep or is one too many."""
        for what, line, column in steps:
            if what is Sign.END:
                self._frames.pop()
            elif what is Sign.MAPPING or what is Sign.SEQUENCE:
                if len(self._frames) >= MAX_DEPTH:
                    self._too_deep(line, column)
                    return
                self._open({} if what is Sign.MAPPING else [], line, column)
            elif self._frames and self._frames[-1].awaits_key():
                self._take_key(what, line, column)
            else:
                self._attach("<<" if isinstance(what, Sign) else what, line, column)
            if len(self._positions) > MAX_VALUES:
                self._too_many(line, column)
                return

    def marks(self) -> Marks:
        """Return the places of all values taken so far."""
        return Marks(self._file, self._edges, self._positions)

    def _attach(self, value: Json, line: int, column: int) -> int:
        """Put a value where it belongs and return its node; an entry's place is that of its key."""
        node = len(self._positions)
        if not self._frames:
            self.root = value
        else:
            frame = self._frames[-1]
            if isinstance(frame.value, list):
                self._edges[frame.node, len(frame.value)] = node
                frame.value.append(value)
            else:
                assert frame.key is not None, "a scalar where a key is due goes to _take_key"
                self._edges[frame.node, frame.key] = node
                frame.value[frame.key] = value
                frame.key, (line, column) = None, frame.key_at
        self._positions.append((line, column))
        return node

    def _open(self, value: dict[str, Json] | list[Json], line: int, column: int) -> None:
        if self._frames and self._frames[-1].awaits_key():
            kind = "mapping" if isinstance(value, dict) else "list"
            self._odd_key(f"a {kind} as a key", line, column)
            self._set_key("?", line, column)
            self._frames.append(_Frame(-1, value))
        else:
            self._frames.append(_Frame(self._attach(value, line, column), value))

    def _take_key(self, key: Scalar | Sign, line: int, column: int) -> None:
        """Make a key a string, as in JSON: `200:` is "200"; `null:`, `true:` and `1.5:` are faults.

        A key that is refused still stands for one, so that the rest is read and judged too.
        """
        if isinstance(key, Sign):
            self._merge_key(line, column)
            text = key.value
        elif key is None or isinstance(key, bool | float):
            text = json.dumps(key)
            self._odd_key(f"the key `{text}`, which is not a text", line, column)
        else:
            text = str(key)
            first = self._frames[-1].lines.setdefault(text, (line, column))
            if first != (line, column):
                self._duplicate(text, first[0], line, column)
        self._set_key(text, line, column)

    def _set_key(self, text: str, line: int, column: int) -> None:
        frame = self._frames[-1]
        frame.key, frame.key_at = text, (line, column)

    def _duplicate(self, key: str, first: int, line: int, column: int) -> None:
        shown = shorten(key)
        problem = Problem(
            Place(self._file, line, column),
            found=f"the key `{shown}` a second time (first on line {first})",
            expected="every key once in a mapping",
            advice="remove one of the two or merge them",
            code="duplicate-key",
        )
        self._problems.append(problem)

    def _odd_key(self, found: str, line: int, column: int) -> None:
        problem = Problem(
            Place(self._file, line, column),
            found=found,
            expected="a text or a whole number as a key",
            advice="put the key in quotes",
            code="odd-key",
        )
        self._problems.append(problem)

    def _merge_key(self, line: int, column: int) -> None:
        problem = Problem(
            Place(self._file, line, column),
            found="the merge key `<<`, which YAML 1.2 does not have",
            expected="keys written out",
            advice="write the keys out, or give the part a name under `schemas:` and refer to it",
            code="merge-key",
        )
        self._problems.append(problem)

    def _too_deep(self, line: int, column: int) -> None:
        problem = Problem(
            Place(self._file, line, column),
            found=f"a value nested more than {MAX_DEPTH} deep",
            expected=f"at most {MAX_DEPTH} levels",
            advice="move inner parts to names under `schemas:`",
            code="too-deep",
        )
        self._problems.append(problem)

    def _too_many(self, line: int, column: int) -> None:
        problem = Problem(
            Place(self._file, line, column),
            found=f"more than {MAX_VALUES:,} values",
            expected=f"at most {MAX_VALUES:,}",
            advice="split the file",
            code="too-many-values",
        )
        self._problems.append(problem)


def shorten(text: str, length: int = 40) -> str:
    """Return the text on one line and no longer than `length`, for use in a sentence."""
    line = " ".join(text.split()) or text
    return line if len(line) <= length else line[: length - 1] + "…"
