"""What is left of a contract without the parts whose form is wrong, so that the rest is judged too.

A reader then hears of all faults of a document at once, and not of its references and
selectors only after the last misspelt key is mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stagepact.contract.complaints import Path, faulty_parts
from stagepact.contract.models import Contract
from stagepact.contract.source import Source
from stagepact.errors import Place

_NAMELESS = {"name": "?"}

# By the path of a list, the indices that were taken out of it, in order.
Gone = Mapping[Path, list[int]]


@dataclass(frozen=True, slots=True)
class Rest(Source):
    """A source some of whose parts were left out: its paths are those of what is left."""

    gone: Gone

    def place(self, path: Path) -> Place:
        """Where the part was written."""
        return Source.place(self, _as_written(path, self.gone))


@dataclass(frozen=True, slots=True)
class Remains:
    """A contract of a source's sound parts.

    `lost` are the names that stand in what was left out: none of them can be said to be missing.
    """

    contract: Contract
    source: Rest
    lost: frozenset[str]


def remains(source: Source) -> Remains | None:
    """What is left of a document; None where that is no contract.

    What only a faulty part makes wrong (a block that needs it) is left out with it, and is no
    fault of its own.
    """
    dropped: set[Path] = set()
    while True:
        value, gone = _without(source.value, dropped), _gone(dropped)
        try:
            contract = Contract.model_validate(_NAMELESS | value, by_alias=True, by_name=False)
        except ValidationError as error:
            faulty = faulty_parts(error, value)
            if () in faulty:
                return None
            dropped |= {_as_written(path, gone) for path in faulty}
        else:
            rest = Rest(source.file, source.value, source.marks, gone)
            return Remains(contract, rest, frozenset(_names(source.value, dropped)))


def _without(value: Any, dropped: Iterable[Path]) -> Any:
    """A value without the parts at these paths; parts that hold none of them are shared."""
    here: set[str | int] = set()
    below: dict[str | int, list[Path]] = {}
    for step, *rest in dropped:
        if rest:
            below.setdefault(step, []).append(tuple(rest))
        else:
            here.add(step)
    steps = enumerate(value) if isinstance(value, list) else value.items()
    kept = {
        step: _without(part, below[step]) if step in below else part
        for step, part in steps
        if step not in here
    }
    return list(kept.values()) if isinstance(value, list) else kept


def _gone(dropped: Iterable[Path]) -> Gone:
    gone: dict[Path, list[int]] = {}
    for *above, step in dropped:
        if isinstance(step, int):
            gone.setdefault(tuple(above), []).append(step)
    return {path: sorted(indices) for path, indices in gone.items()}


def _as_written(path: Path, gone: Gone) -> Path:
    """A path of what is left as the path in the whole: in lists, items have moved up."""
    written: Path = ()
    for step in path:
        if isinstance(step, int):
            for index in gone.get(written, ()):
                step += index <= step
        written = (*written, step)
    return written


def _names(value: Any, dropped: Iterable[Path]) -> Iterator[str]:
    """The names of dropped parts, and the keys in them: a misspelt `schemas:` has names, too."""
    for path in dropped:
        part = value
        for step in path:
            part = part[step]
        yield str(path[-1])
        if isinstance(part, dict):
            yield from part
