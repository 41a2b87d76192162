"""From flat steps to one plain value and the place of each part; the notation stays outside.

YAML and JSON are both read into the same steps (start a mapping, a scalar, an end), so duplicate
keys, odd keys, depth and places are judged once. Nothing here recurses: a document can't reach
Python's stack, whatever its depth.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

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


MAPPING, SEQUENCE, MERGE, END = Sign.MAPPING, Sign.SEQUENCE, Sign.MERGE, Sign.END

Step: TypeAlias = tuple[Scalar | Sign, int]
"""What comes next, and its spot."""

SPOT_BITS = 24
"""A spot is a line and a column, both from 1, in one number: a hundred thousand pairs would keep
the garbage collector busy. No document has 16 million columns."""

_Inside: TypeAlias = dict[int, dict[str | int, int]]
"""By node, its children's nodes by their keys."""

_NOWHERE = -1
"""The node of a mapping or list that stands where a key should: nothing leads to it."""

_REFUSED = "\0"
"""What stands for a key that is refused."""


def spot_of(line: int, column: int) -> int:
    """Return a line and a column, both from 1, as one number."""
    return (line << SPOT_BITS) + column


def place_of(spot: int, file: str) -> Place:
    """Return the place in a file that a spot stands for."""
    return Place(file, spot >> SPOT_BITS, spot & ((1 << SPOT_BITS) - 1))


class Marks(Mapping[Path, Place]):
    """The place of every value by its path, each kept once, below its parent.

    A dictionary of whole paths would take depth times values of memory: gigabytes for 5 MB of
    `[1,1,…` that stand 100 deep.
    """

    __slots__ = ("_file", "_inside", "_spots")

    def __init__(self, file: str, inside: _Inside, spots: Sequence[int]) -> None:
        """Take the tree by its nodes; the root is node 0."""
        self._file = file
        self._inside = inside
        self._spots = spots

    def __getitem__(self, path: Path) -> Place:
        """Return the place of the value at exactly this path."""
        node = 0
        for key in path:
            node = self._inside[node][key]
        return place_of(self._spots[node], self._file)

    def __iter__(self) -> Iterator[Path]:
        """Yield every path, parents first."""
        waiting: list[tuple[Path, int]] = [((), 0)]
        while waiting:
            path, node = waiting.pop()
            yield path
            waiting += [((*path, k), n) for k, n in reversed(self._inside.get(node, {}).items())]

    def __len__(self) -> int:
        """Return the number of values, the root included."""
        return len(self._spots)


class Tree:
    """A value under construction; what is wrong with it goes to `problems`."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        """Start with nothing; `grow` does the work."""
        self.root: Json = None
        self._file = file
        self._problems = problems
        self._inside: _Inside = {}
        self._spots = array("q")

    def grow(self, steps: Iterable[Step]) -> None:
        """Take all steps, or those up to the one that goes too deep or is one too many.

        A megabyte has 170,000 of them, so the innermost mapping or list, its children's nodes and
        the key that awaits its value are local names.
        """
        document: list[Json] = []
        outermost: tuple[Any, dict[str | int, int], Any, int] = (document, {}, None, 0)
        box, nodes, key, key_spot = outermost
        spots, around = self._spots, [outermost]
        for what, spot in steps:
            if what is END:
                box, nodes, key, key_spot = around.pop()
                continue
            opens = what is MAPPING or what is SEQUENCE
            if opens and len(around) > MAX_DEPTH:
                self._too_deep(spot)
                return
            if key is None and type(box) is dict:
                is_new = type(what) is str and what not in nodes
                key, key_spot = what if is_new else self._key(what, spot, nodes), spot
                if not opens:
                    continue
                value, node = _begun(what), _NOWHERE
            else:
                value, node = _begun(what) if type(what) is Sign else what, len(spots)
                if key is None:
                    nodes[len(box)], at = node, spot
                    box.append(value)
                else:
                    box[key], nodes[key], key, at = value, node, None, key_spot
                spots.append(at)
                if node >= MAX_VALUES:
                    self._too_many(spot)
                    return
            if opens:
                around.append((box, nodes, key, key_spot))
                box, nodes, key = value, {}, None
                self._inside[node] = nodes
        self.root = document[0] if document else None

    def marks(self) -> Marks:
        """Return the places of all values taken so far."""
        return Marks(self._file, self._inside, self._spots)

    def _key(self, what: Scalar | Sign, spot: int, nodes: Mapping[str | int, int]) -> str:
        """Make a key a text, as in JSON: `200:` is "200"; `null:`, `true:` and `1.5:` are faults.

        What is refused still stands for a key, so that the rest is read and judged too.
        """
        if what is MERGE:
            self._merge_key(spot)
        elif isinstance(what, Sign):
            self._odd_key(f"{what.value} as a key", spot)
        elif what is None or isinstance(what, bool | float):
            self._odd_key(f"the key `{json.dumps(what)}`, which is not a text", spot)
        elif str(what) in nodes:
            self._duplicate(str(what), self._spots[nodes[str(what)]], spot)
        else:
            return str(what)
        return _REFUSED

    def _duplicate(self, key: str, first: int, spot: int) -> None:
        shown = shorten(key)
        problem = Problem(
            place_of(spot, self._file),
            found=f"the key `{shown}` a second time (first on line {first >> SPOT_BITS})",
            expected="every key once in a mapping",
            advice="remove one of the two or merge them",
            code="duplicate-key",
        )
        self._problems.append(problem)

    def _odd_key(self, found: str, spot: int) -> None:
        problem = Problem(
            place_of(spot, self._file),
            found=found,
            expected="a text or a whole number as a key",
            advice="put the key in quotes",
            code="odd-key",
        )
        self._problems.append(problem)

    def _merge_key(self, spot: int) -> None:
        problem = Problem(
            place_of(spot, self._file),
            found="the merge key `<<`, which YAML 1.2 does not have",
            expected="keys written out",
            advice="write the keys out, or give the part a name under `schemas:` and refer to it",
            code="merge-key",
        )
        self._problems.append(problem)

    def _too_deep(self, spot: int) -> None:
        problem = Problem(
            place_of(spot, self._file),
            found=f"a value nested more than {MAX_DEPTH} deep",
            expected=f"at most {MAX_DEPTH} levels",
            advice="move inner parts to names under `schemas:`",
            code="too-deep",
        )
        self._problems.append(problem)

    def _too_many(self, spot: int) -> None:
        problem = Problem(
            place_of(spot, self._file),
            found=f"more than {MAX_VALUES:,} values",
            expected=f"at most {MAX_VALUES:,}",
            advice="split the file",
            code="too-many-values",
        )
        self._problems.append(problem)


def _begun(what: Scalar | Sign) -> Any:
    """Return what a step begins with: the merge key, where no key is due, is a text."""
    if what is MAPPING:
        return {}
    return [] if what is SEQUENCE else MERGE.value


def shorten(text: str, length: int = 40) -> str:
    """Return the text on one line and no longer than `length`, for use in a sentence."""
    line = " ".join(text.split()) or text
    return line if len(line) <= length else line[: length - 1] + "…"
