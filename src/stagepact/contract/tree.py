"""From flat steps to one plain value and the place of each of its parts; the notation stays outside.

YAML and JSON are both read into the same steps (start a mapping, a scalar, an end), so duplicate
keys, odd keys, depth and places are judged once. Nothing here recurses: a document can't reach
Python's stack, whatever its depth.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from stagepact.errors import Place, Problem

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Scalar: TypeAlias = None | bool | int | float | str
Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 100
"""Contracts nest about ten deep; later walks over the values may recurse up to this."""


class Sign(Enum):
    """A step that is not a scalar."""

    MAPPING = "a mapping"
    SEQUENCE = "a list"
    END = "an end"
    MERGE = "<<"


Step: TypeAlias = tuple[Sign | Scalar, int, int]
"""What comes next, its line and its column, both from 1."""


class Marks(Mapping[Path, Place]):
    """The place of every value by its path, each kept as one edge from its parent.

    A dictionary of whole paths would take depth × values of memory: gigabytes for 5 MB of `[1,1,…`
    that stand 100 deep.
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
    lines: dict[str, int] = field(default_factory=dict)

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
        """Take all steps, or those up to the one that goes too deep."""
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

    def is_empty(self) -> bool:
        """Tell whether no value was ever begun."""
        return not self._positions

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

    def _take_key(self, key: Sign | Scalar, line: int, column: int) -> None:
        """Make a key a string, as in JSON: `200:` is "200"; `null:`, `yes`-like and `1.5:` are faults.

        A key that is refused still stands for one, so that the rest is read and judged too.
        """
        frame = self._frames[-1]
        if key is Sign.MERGE:
            self._merge_key(line, column)
        elif key is None or isinstance(key, bool | float):
            self._odd_key(f"the key {_written(key)}, which is not a text", line, column)
        else:
            first = frame.lines.setdefault(str(key), line)
            if str(key) in frame.lines and frame.lines[str(key)] != line or self._seen(frame, key):
                self._duplicate(str(key), first, line, column)
        self._set_key(str(key), line, column)
