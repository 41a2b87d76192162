"""A change of a contract as a value, and by which mode it breaks whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stagepact.contract.document import Document
from stagepact.errors import Place
from stagepact.schema.changes import Breaks, Mode


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of a contract, at a JSON Pointer of it, and whether it breaks by a mode.

    The counterexample of one that breaks is what shows it: a value at `instance`, or a whole
    request, response, sequence of messages or number of seconds.
    """

    place: Place
    pointer: str
    rule: str
    breaking: bool
    breaks: Breaks = Breaks.NONE
    instance: str = ""
    counterexample: Any = None

    def plain(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "pointer": self.pointer,
            "rule": self.rule,
            "breaking": self.breaking,
            "breaks": str(self.breaks),
            "instance": self.instance,
            "counterexample": self.counterexample,
        }


Path = tuple[str, ...]


def pointer_of(path: Path) -> str:
    """A path as a JSON Pointer."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


@dataclass(frozen=True, slots=True)
class Sides:
    """Two versions of a document, and the mode by which they are compared."""

    old: Document
    new: Document
    mode: Mode

    def changed(
        self, path: Path, rule: str, whom: Iterable[str], breaks: Breaks, witness: Any = None
    ) -> Difference:
        """A change at a path of the new version.

        `whom` it breaks: clients of the `old` version who meet the new service, clients of the
        `new` one who meet the old service, both, or nobody. `breaks` says as what: by what they
        write, or by what they read.
        """
        asked = {"old": self.mode.reads_old, "new": self.mode.is_read_by_old}
        sides = tuple(whom)
        both = {"old", "new"} <= set(sides)
        breaking = both or any(asked[each] for each in sides)
        told = breaks if sides else Breaks.NONE
        place = self.new.place(*path)
        shown = witness if sides else None
        return Difference(place, pointer_of(path), rule, breaking, told, "", shown)


OLD, NEW, BOTH, NOBODY = ("old",), ("new",), ("old", "new"), ()
