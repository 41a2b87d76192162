"""A pact file that is there, held against what contracts make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stagepact.observation import End, Observation
from stagepact.pact.making import disk
from stagepact.subject import Case, Output, Probe, SubjectId
from stagepact.verdict.checks.model import Breach, Judgement

_COMMAND = "`stagepact pact write` writes it"


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """What a file has to hold; without a text it may not be there."""

    text: str | None
    value: Mapping[str, Any] = field(default_factory=dict)

    def judged(self, seen: Observation) -> Judgement:
        """Which interactions differ."""
        if seen.end is not End.RETURNED or seen.output is None:
            return "the file can't be read"
        there = seen.output.data
        if there == self.text:
            return ()
        if there is None:
            return (Breach("a pact file", f"nothing: there is no such file; {_COMMAND}"),)
        if self.text is None:
            return (Breach("no such file", "a pact file; `stagepact pact write` removes it"),)
        value = disk.parsed(there.encode())
        if disk.contracts_of(value) is None:
            told = "a file that another tool has written, or a hand has"
            return (Breach("a file that `stagepact pact write` has made", told),)
        changes = disk.changes(value, self.value)
        told = f"{_COMMAND}, and its change is what the provider is told"
        return tuple(Breach("what the contract makes", f"{each}; {told}") for each in changes)

    def turned_wrong(self) -> Iterator[WrittenValue]:
        """With other contents, and as a file that may not be there."""
        yield replace(self, text="" if self.text is None else None)
        yield replace(self, text=f"{self.text} ")


@dataclass(frozen=True, slots=True)
class WrittenSubject:
    """Reads a pact file: its text, or None where there is no such file."""

    id: SubjectId
    path: Path
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Read the file."""
        try:
            return Output(data=self.path.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return Output(data=None)

    async def close(self) -> None:
        """Nothing is open."""
