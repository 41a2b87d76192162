"""Many observations, one verdict a clause: any broken case breaks it, one kept case keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stagepact.contract.clauses import Clause
from stagepact.contract.operation_laws import OperationLaw
from stagepact.observation import End, Observation
from stagepact.subject import Case
from stagepact.verdict.checks import CHECKS, Breach
from stagepact.verdict.model import State

# What holds whatever is given; all else is guaranteed only for what is assumed.
_HELD_ALWAYS = (
    "example", "events.", "operation-example", "responses.", "no-server-error", "invalid-refused",
    "methods", "problem", "no-secrets", "max-size", "caching.", "challenge", "auth", "owned",
    "idempotency.", "rate-limit.",
)  # fmt: skip
# What holds where nobody says whether what is given is valid.
_HELD_UNSAID = ("no-server-error", "no-secrets", "max-size")


@dataclass(slots=True)
class Tally:
    """What the runs looked at so far say of one clause."""

    clause: Clause
    runs: int = 0
    kept: int = 0
    cases: list[str] = field(default_factory=list)
    fuzzed: int = 0
    reason: str = ""
    broken: list[tuple[Observation, tuple[Breach, ...]]] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)
    timed_cases: list[Case] = field(default_factory=list)
    failed: bool = False

    @property
    def exercised(self) -> int:
        """The runs that said something of the clause."""
        return self.kept + len(self.broken)

    @property
    def state(self) -> State:
        """Broken by any case, kept by at least one, else not exercised."""
        if self.broken or self.failed:
            return State.BROKEN
        return State.KEPT if self.kept else State.NOT_EXERCISED

    def add(self, observation: Observation) -> tuple[Breach, ...]:
        """Look at one more run; its breaches are returned."""
        return self.judged(observation, judge(self.clause, observation))

    def judged(
        self, observation: Observation, judged: tuple[Breach, ...] | str
    ) -> tuple[Breach, ...]:
        """Take in what was judged of one more run."""
        self.runs += 1
        if isinstance(judged, str):
            self.reason = self.reason if judged == "another case" and self.reason else judged
            return ()
        self._exercised_by(observation)
        if judged:
            self.broken.append((observation, judged))
        else:
            self.kept += 1
        return judged

    def timed(self, observation: Observation) -> None:
        """Take in how long one more run took; the few requests of a law are no run of it."""
        self.runs += 1
        took_place = observation.end not in (End.NOT_REACHED, End.UNFIT)
        if took_place and observation.case.assumed and observation.case.kind != "law":
            self.durations.append(observation.duration)
            self.timed_cases.append(observation.case)

    def counted(self, runs: int, *, broken: bool) -> None:
        """Take in a judgement of many runs at once."""
        self.failed = broken
        self.kept = 0 if broken else runs

    def _exercised_by(self, observation: Observation) -> None:
        if observation.case.is_generated:
            self.fuzzed += 1
        elif observation.case.name not in self.cases:
            self.cases.append(observation.case.name)


def judge(clause: Clause, observation: Observation) -> tuple[Breach, ...] | str:
    """What one run says of one clause: breaches, none, or why it isn't exercised."""
    if clause.kind == "reserved":
        return "not yet supported"
    is_law = observation.case.kind == "law"
    if isinstance(clause.value, OperationLaw) and not is_law and clause.kind != "challenge":
        return "another case"
    if observation.end is End.UNFIT:
        if is_law and not observation.case.name.startswith(clause.id.partition(".")[0]):
            return "another case"
        why = observation.error.message if observation.error else observation.end
        return f"the case can't be given to the subject: {why}"
    if observation.end is End.NOT_REACHED:
        return "the stage was not reached"
    if is_law and clause.kind == "responses.status":
        return "a law says for itself what is answered"
    if is_law and clause.kind == "within.max":
        return "another case"
    if observation.case.kind == "unsaid" and clause.kind not in _HELD_UNSAID:
        return f"nobody says whether what was asked is valid: {observation.case.name}"
    if not observation.case.assumed and not clause.kind.startswith(_HELD_ALWAYS):
        return "no run with what the contract assumes"
    return CHECKS[clause.kind](clause, observation)


def judge_all(clauses: Iterable[Clause], observations: Iterable[Observation]) -> list[Tally]:
    """A tally a clause over all runs."""
    tallies = [Tally(clause) for clause in clauses]
    for observation in observations:
        for tally in tallies:
            tally.add(observation)
    return tallies
