"""What is said of a clause: kept, broken or not exercised, and why; all of it plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from stagepact.errors import Place, Problem
from stagepact.schema.normalise import Pointer


class State(StrEnum):
    """The three values of a verdict."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True, slots=True, order=True)
class ItemId:
    """One thing to check: a clause of a contract, on a subject, by a path.

    Written `contracts/voice.contract.yaml::transcribe::events.started[pipeline]`.
    """

    file: str
    subject: str
    clause: str
    path: str = ""

    @property
    def name(self) -> str:
        """The last part: `events.started[pipeline]`."""
        return f"{self.clause}[{self.path}]" if self.path else self.clause

    def __str__(self) -> str:
        return f"{self.file}::{self.subject}::{self.name}"


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a clause was broken, by the smallest case that shows it.

    `pointer` is the place in the data that was seen; `example` is YAML to paste under
    `examples:`; `command` runs the case again; `nondeterministic` tells what was seen when
    the same case was run again and the clause was kept. `spot` is the pointer without what
    differs from run to run: a baseline knows a violation by it.
    """

    promised: str
    seen: str
    pointer: Pointer = ()
    case: str = ""
    example: str = ""
    command: str = ""
    owner: str = ""
    nondeterministic: str = ""
    traceback: str = ""
    spot: str = ""


@dataclass(frozen=True, slots=True)
class Excepted:
    """An exception of the contract that covers a verdict."""

    reason: str
    issue: str
    until: date
    expired: bool = False
    place: Place = field(default_factory=lambda: Place(""))


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of the baseline for a verdict: a violation that is known, with who owes its end.

    `spot` is where the clause is broken (see `Violation`). `vanished` says that the clause was
    exercised and isn't broken there any more.
    """

    spot: str
    owner: str
    issue: str
    reason: str
    until: date
    expired: bool = False
    vanished: bool = False
    place: Place = field(default_factory=lambda: Place(""))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one item.

    `cases` are the names of the cases that exercised the clause (fuzzed ones are counted in
    `fuzzed` only); `runs` counts all runs that were looked at. `spots` are all the places where
    the clause is broken, in any case; `known` is what the baseline says of them. `unfailing`
    tells why a kept clause can't fail, where that was asked.
    """

    item: ItemId
    place: Place
    state: State
    reason: str = ""
    violations: tuple[Violation, ...] = ()
    cases: tuple[str, ...] = ()
    runs: int = 0
    exercised: int = 0
    fuzzed: int = 0
    seconds: float = 0.0
    owner: str = "stage"
    identity: str = ""
    promise: str = ""
    excepted: Excepted | None = None
    spots: tuple[str, ...] = ()
    known: tuple[Known, ...] = ()
    unfailing: str = ""

    @property
    def excused(self) -> bool:
        """Broken, and an exception that hasn't expired says so, or the baseline knows all of it."""
        return self.state is State.BROKEN and (self.is_excepted or self.is_known)

    @property
    def is_excepted(self) -> bool:
        """Whether an exception covers it that hasn't expired."""
        return self.excepted is not None and not self.excepted.expired

    @property
    def is_known(self) -> bool:
        """Broken, only where the baseline knows it, and none of its entries has expired."""
        return (
            self.state is State.BROKEN
            and bool(self.known)
            and not self.unknown
            and not any(each.expired for each in self.known)
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Where the clause is broken and the baseline doesn't know it."""
        told = {each.spot for each in self.known}
        return tuple(spot for spot in self.spots if spot not in told)

    @property
    def vanished(self) -> tuple[Known, ...]:
        """The entries of the baseline that are to be pruned."""
        return tuple(each for each in self.known if each.vanished)

    @property
    def failing(self) -> bool:
        """Broken without an excuse; or an entry of the baseline is to be pruned, or it can't fail.

        An exception of the contract covers what is broken, and nothing else.
        """
        broken = self.state is State.BROKEN and not self.excused
        return broken or bool(self.vanished) or bool(self.unfailing)


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """Something found in the code that isn't checked, and why.

    `why` is `unmatched` (no contract speaks of it), `skipped` (`skip_contract_tests`),
    `unmade` (it can't be constructed) or `unimportable` (its module raises).
    """

    name: str
    identity: str
    kind: str
    why: str
    reason: str = ""

    @property
    def is_forbidden(self) -> bool:
        """Whether strict forbids it: what can't be imported may hold what has no contract."""
        return self.why in ("unmatched", "unimportable")


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run of stagepact found; what is reported and recorded.

    `started` is seconds since the epoch, `meta` names versions, platform, seed and commit.
    """

    verdicts: tuple[Verdict, ...] = ()
    problems: tuple[Problem, ...] = ()
    listed: tuple[Listed, ...] = ()
    started: float = 0.0
    seconds: float = 0.0
    strict: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)

    def of(self, state: State) -> tuple[Verdict, ...]:
        """The verdicts of one state, in order."""
        return tuple(verdict for verdict in self.verdicts if verdict.state is state)

    @property
    def failing(self) -> tuple[Verdict, ...]:
        """The verdicts that make the run fail; under strict also what was not exercised."""
        return tuple(
            verdict
            for verdict in self.verdicts
            if verdict.failing or (self.strict and verdict.state is State.NOT_EXERCISED)
        )

    @property
    def unmatched(self) -> tuple[Listed, ...]:
        """What was discovered and no contract speaks of."""
        return tuple(each for each in self.listed if each.why == "unmatched")

    @property
    def forbidden(self) -> tuple[Listed, ...]:
        """What isn't checked and makes the run fail under strict."""
        return tuple(each for each in self.listed if self.strict and each.is_forbidden)

    @property
    def exit_code(self) -> int:
        """0 kept, 1 broken or nothing exercised at all, 2 used wrongly; 2 wins over 1."""
        if self.problems:
            return 2
        exercised = any(verdict.state is not State.NOT_EXERCISED for verdict in self.verdicts)
        if self.failing or not exercised or self.forbidden:
            return 1
        return 0
