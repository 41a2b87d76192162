"""What doesn't match: where, what was expected, what there was; as values."""

from collections.abc import Iterable
from dataclasses import dataclass

from stagepact.characters import printable
from stagepact.contract.source import Json
from stagepact.pact.values import text_of

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that isn't as expected: in which part, at which path."""

    part: str
    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        """One line: `body $.items[0].n: expected a whole number, got "7"`."""
        where = f"{self.part} {self.path}".rstrip()
        return printable(f"{where}: expected {self.expected}, got {self.actual}")

    def as_dict(self) -> dict[str, str]:
        """The mismatch as a flat JSON object."""
        return {
            "part": self.part,
            "path": self.path,
            "expected": self.expected,
            "actual": self.actual,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """How something compares with what a pact expects.

    `undecided` has the reasons why parts of it could not be compared; then it is not kept, and
    not broken by those parts either.
    """

    mismatches: tuple[Mismatch, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def matches(self) -> bool:
        """Whether all of it was compared, and all is as expected."""
        return not self.mismatches and not self.undecided


def together(comparisons: Iterable[Comparison]) -> Comparison:
    """All comparisons as one, in the order given."""
    every = tuple(comparisons)
    return Comparison(
        tuple(found for each in every for found in each.mismatches),
        tuple(dict.fromkeys(reason for each in every for reason in each.undecided)),
    )


def quoted(value: Json) -> str:
    """A value as it stands in a mismatch: as JSON, and not too long."""
    text = f'"{value}"' if isinstance(value, str) else text_of(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
