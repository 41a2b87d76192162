"""What a schema promises and rules of Pact don't say, place by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stagepact.errors import Place

INSTEAD = "the schema itself, where `pacts:` of the provider's contract is compared"


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """One thing that is lost of a schema, or that a pact is stricter in.

    `part` is the part of the interaction and `path` the place in it, as matching rules name it;
    `pointer` leads to the keyword in the contract. `kind` is the thing in kebab-case. Where
    `stricter`, the pact refuses values that the schema permits; else it takes more than the schema.
    """

    file: str
    interaction: str
    part: str
    path: str
    place: Place
    pointer: str
    kind: str
    lost: str
    stricter: bool = False

    def __str__(self) -> str:
        """One line: `contracts/ui.contract.yaml:12: response body $.items[*].price: …`."""
        word = "stricter" if self.stricter else "lost"
        return f"{self.place}: {self.part} {self.path}: {word}: {self.lost}"

    def as_dict(self) -> dict[str, str | int | bool]:
        """The loss as a flat JSON object."""
        return {
            "pact": self.file,
            "interaction": self.interaction,
            "part": self.part,
            "path": self.path,
            "file": self.place.file,
            "line": self.place.line,
            "pointer": self.pointer,
            "kind": self.kind,
            "lost": self.lost,
            "stricter": self.stricter,
            "instead": INSTEAD,
        }


def grouped(losses: Iterable[Loss]) -> Iterator[str]:
    """Losses as lines: by interaction, and in one line what is lost alike in several places."""
    told: dict[tuple[str, str], dict[tuple[bool, str, str], list[Loss]]] = {}
    for each in losses:
        alike = told.setdefault((each.file, each.interaction), {})
        alike.setdefault((each.stricter, each.part, each.lost), []).append(each)
    for (file, interaction), alike in told.items():
        yield f"{file}: {interaction}"
        for (stricter, part, lost), same in alike.items():
            paths = ", ".join(dict.fromkeys(each.path for each in same))
            word = "stricter" if stricter else "lost"
            yield f"  {same[0].place}: {part} {paths}: {word}: {lost}"
    if told:
        yield f"what is lost is checked by {INSTEAD}"
