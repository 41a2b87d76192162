"""How a provider's contract compares with one interaction of a pact, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias

from stagepact.errors import Place
from stagepact.pact.mismatch import quoted

Answer: TypeAlias = Literal["compatible", "incompatible", "unknown"]


class Nothing(Enum):
    """There is no value, not even null."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing by which provider and consumer don't fit, with what shows it.

    `part` and `path` say where in the interaction (`response body`, `$.items[*].n`), `wanted` and
    `given` what one side wants and the other gives, `place` where the provider's contract says so.
    A counterexample is valid by that contract, and refused by the matcher; for requests it is what
    the consumer sends.
    """

    part: str
    path: str
    wanted: str
    given: str
    place: Place
    counterexample: Any = NOTHING

    def __str__(self) -> str:
        """One line: where, what is wrong, and the counterexample."""
        where = f"{self.part} {self.path}".rstrip()
        return f"{where}: {self.wanted}, {self.shown}"

    @property
    def told(self) -> str:
        """What is wrong, in words."""
        return f"{self.wanted}, {self.given}"

    @property
    def shown(self) -> str:
        """What is given, with the counterexample and the place."""
        shown = "" if self.counterexample is NOTHING else f"; e.g. {quoted(self.counterexample)}"
        return f"{self.given}{shown} ({self.place})"

    def as_dict(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        found = {"part": self.part, "path": self.path, "told": self.told, "place": str(self.place)}
        if self.counterexample is not NOTHING:
            found["counterexample"] = self.counterexample
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a provider that keeps its contract keeps an interaction, too.

    `tried` is how many values were tried where it couldn't be proven: with none, "compatible" is
    proven. `reasons` say why it is unknown; `undeclared` that the contract says nothing of what is
    asked at all. `notes` tell what wasn't compared, and breaks nothing.
    """

    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tried: int = 0
    undeclared: str = ""
    place: Place = field(default_factory=lambda: Place(""))

    @property
    def answer(self) -> Answer:
        """What is known: one finding is enough for "incompatible"."""
        if self.findings:
            return "incompatible"
        return "unknown" if self.reasons else "compatible"

    @property
    def basis(self) -> str:
        """What the answer rests on, in words."""
        if self.findings:
            return f"{len(self.findings)} counterexample" + "s" * (len(self.findings) > 1)
        if self.reasons:
            return "; ".join(self.reasons)
        return f"no counterexample in {self.tried} values" if self.tried else "proven"


def together(*verdicts: Verdict) -> Verdict:
    """All verdicts as one, in the order given; the first place that is known is its place."""
    places = (each.place for each in verdicts if each.place.file)
    return Verdict(
        tuple(found for each in verdicts for found in each.findings),
        tuple(dict.fromkeys(reason for each in verdicts for reason in each.reasons)),
        tuple(dict.fromkeys(note for each in verdicts for note in each.notes)),
        sum(each.tried for each in verdicts),
        next((each.undeclared for each in verdicts if each.undeclared), ""),
        next(places, Place("")),
    )
