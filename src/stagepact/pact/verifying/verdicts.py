"""Verdicts of interactions as records: what a verification found, for git or a broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from stagepact.characters import printable
from stagepact.pact.deploying.verified import Verification, results_of
from stagepact.pact.model import Interaction, Pact
from stagepact.pact.path import shown
from stagepact.pact.verifying.interaction import InteractionValue
from stagepact.schema.normalise import Pointer
from stagepact.verdict import State, Verdict

_WITH_NAMES = frozenset({"header", "query"})

Judged = tuple[InteractionValue, Verdict]


@dataclass(frozen=True, slots=True)
class Origin:
    """At which commit something was verified, on which branch, and when."""

    commit: str
    branch: str
    time: datetime
    uncommitted: bool = False


def verifications(
    judged: Iterable[Judged], pacts: Mapping[str, Pact], origin: Origin
) -> Iterator[Verification]:
    """A record of each provider and engine; `pacts` are the files of the interactions."""
    by_engine: dict[tuple[str, str], dict[str, list[tuple[Interaction, list[str]]]]] = {}
    for value, verdict in judged:
        files = by_engine.setdefault((value.provider, value.engine.name), {})
        files.setdefault(value.file, []).append((value.interaction, list(wrong(verdict))))
    for (provider, engine), files in by_engine.items():
        yield Verification(
            provider=provider,
            commit=origin.commit,
            branch=origin.branch,
            time=origin.time,
            engine=engine,
            results=tuple(
                result for file, found in files.items() for result in results_of(pacts[file], found)
            ),
            uncommitted=origin.uncommitted,
        )


def wrong(verdict: Verdict) -> Iterator[str]:
    """What is wrong of an interaction, a sentence each; nothing where it is kept."""
    if verdict.state is State.NOT_EXERCISED:
        yield f"not exercised: {verdict.reason}"
    for each in verdict.violations:
        where = _where(each.pointer)
        yield printable(f"{where}: expected {each.promised}, got {each.seen}")


def _where(pointer: Pointer) -> str:
    """A pointer as mismatches tell it: the part, then the path (`body $.items[0].n`)."""
    part, *steps = pointer or ("run",)
    if not steps:
        return str(part)
    path = str(steps[0]) if part in _WITH_NAMES else shown(tuple(steps))
    return f"{part} {path}"
