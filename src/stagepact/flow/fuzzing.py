"""Generated cases: one series for all clauses, and a search for the smallest of what broke.

Only the first phase runs for code that keeps its contract, so a target costs one run a
generated case however many clauses it has. Failures are kept under the names of target and
clause, and replayed before anything new is generated.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import FlakyReplay, HypothesisException, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from stagepact.flow.kept import Kept, smaller
from stagepact.flow.model import Item, Options, Undrawn, View
from stagepact.flow.session import Session
from stagepact.observation import Observation
from stagepact.subject import Case
from stagepact.verdict.checks import Breach

_LONGEST = 200
_BATCH = 256
_SECONDARY = b".secondary"
_SUFFIXES = (_SECONDARY, b".pareto")


def database_of_profile() -> ExampleDatabase | None:
    """Where Hypothesis's profile keeps failures; None for nowhere."""
    return settings().database


class TargetDatabase(ExampleDatabase):
    """A database that keeps the failures of a target's clauses, each under the clause's name.

    Hypothesis keys by the test function; ours are made anew for each run and clause. The
    series over all clauses (`clause` None) is shown what is kept of any and changes nothing.
    The search for one clause has the clause's own; those of others are shown as not yet
    shrunk, for they are the smallest of something else.
    """

    def __init__(
        self,
        inner: ExampleDatabase,
        target: str,
        clauses: Iterable[str],
        clause: str | None = None,
    ) -> None:
        super().__init__()
        self._inner = inner
        self._keys = {each: f"stagepact:{target}:{each}".encode() for each in clauses}
        self._clause = clause

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """What is kept, and of what kind: Hypothesis tells kinds by the key's suffix."""
        suffix = _suffix(key)
        if self._clause is None:
            return self._all(self._keys, suffix)
        own = self._all([self._clause], suffix)
        if suffix != _SECONDARY:
            return own
        others = [each for each in self._keys if each != self._clause]
        return own | self._all(others, b"")

    def save(self, key: bytes, value: bytes) -> None:
        """Keep a failure of the clause."""
        if self._clause is not None:
            self._inner.save(self._keys[self._clause] + _suffix(key), value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget a failure of the clause."""
        if self._clause is not None:
            self._inner.delete(self._keys[self._clause] + _suffix(key), value)

    def forget(self, clause: str) -> None:
        """Forget all failures of a clause."""
        for suffix in (b"", *_SUFFIXES):
            for value in self._all([clause], suffix):
                self._inner.delete(self._keys[clause] + suffix, value)

    def _all(self, clauses: Iterable[str], suffix: bytes) -> set[bytes]:
        return {value for each in clauses for value in self._inner.fetch(self._keys[each] + suffix)}


def _suffix(key: bytes) -> bytes:
    return next((suffix for suffix in _SUFFIXES if key.endswith(suffix)), b"")


@dataclass(slots=True)
class _Search:
    """The search for a smaller case that breaks a clause; `last` is the last one that did."""

    session: Session
    view: View
    item: Item
    is_meant: Callable[[Observation, tuple[Breach, ...]], bool]
    last: tuple[Observation, tuple[Breach, ...]]

    def breaks(self, case: Case) -> bool:
        """Whether a case breaks the clause as it is meant."""
        judged, seen = self.session.judge_once(self.view, self.item.clause, case)
        if not judged or isinstance(judged, str) or not self.is_meant(seen, judged):
            return False
        self.last = (seen, judged)
        return True


class _Batch:
    """Runs drawn cases by the batch: drawing and running in turn keep neither's caches warm.

    `random` is seeded alike in each batch, as Hypothesis does it for each example.
    """

    def __init__(self, run: Callable[[Case], None]) -> None:
        self._run = run
        self._cases: list[Case] = []

    def add(self, case: Case) -> None:
        """Run a case, with the next ones."""
        self._cases.append(case)
        if len(self._cases) == _BATCH:
            self.run()

    def run(self) -> None:
        """Run what was added and has not run."""
        cases, self._cases = self._cases, []
        before = random.getstate()
        random.seed(0)
        try:
            for case in cases:
                self._run(case)
        finally:
            random.setstate(before)


class Fuzzing:
    """The generated cases of one session."""

    def __init__(self, session: Session, options: Options) -> None:
        self._session = session
        self.options = options
        self._strategy: SearchStrategy[Case] | None = None
        self._kept = None if options.database is None else Kept(options.database)
        # The search for the smallest case starts from the same series, so it meets the failure.
        self._seed = options.seed
        if self._seed is None and not settings().derandomize:
            self._seed = random.Random().getrandbits(64)

    @property
    def is_on(self) -> bool:
        """Whether any cases are to be generated."""
        target = self._session.target
        return target.generate is not None and target.fuzz != 0 and self.options.fuzz

    def sample(self) -> Undrawn:
        """Run the boundary cases, then a series of generated ones; says why when there are none.

        Raises:
            SchemaError: no values can be made of one of the schemas.
        """
        target = self._session.target
        if not self.is_on or target.generate is None:
            return Undrawn()
        self._strategy = target.generate()
        if self._strategy is None:
            return Undrawn()
        # Half of the examples at most, so that as many are run as were asked for.
        edges = target.edges() if target.edges is not None else ()
        most = len(edges) if target.every_edge else self._examples() // 2
        edges = (*self._kept_edges(edges), *edges[:most])
        for case in edges:
            self._session.run(case)
        for case in self._invalid():
            self._session.run(case)
        database = self._database()
        batch = _Batch(self._session.run)
        undrawn = self._hypothesis(
            batch.add,
            (Phase.reuse, Phase.generate),
            database,
            max(self._examples() // 2 if target.every_edge else 1, self._examples() - len(edges)),
        )
        batch.run()
        if database is not None and self._kept is not None:
            for id_, tally in self._session.tallies.items():
                if not tally.broken:
                    database.forget(str(id_))
                    self._kept.forget(str(id_))
        return undrawn

    def _invalid(self) -> tuple[Case, ...]:
        """Nearly valid cases, the same in each run: what fails needs not be kept."""
        make = self._session.target.invalid
        return () if make is None else make(self._examples())

    def _kept_edges(self, edges: Sequence[Case]) -> tuple[Case, ...]:
        """The boundary cases that failed before; half of the examples at most, and one."""
        if self._kept is None or not edges:
            return ()
        clauses = map(str, self._session.tallies)
        most = 1 + self._examples() // 2
        return tuple(islice(self._kept.cases(clauses, edges[0]), most))

    def smallest(
        self, view: View, item: Item, is_meant: Callable[[Observation, tuple[Breach, ...]], bool]
    ) -> tuple[Observation, tuple[Breach, ...]]:
        """The smallest generated case that breaks a clause, as far as Hypothesis finds one.

        `is_meant` says which breaches are looked for; one of those that were found is.
        """
        found = self._session.tallies[item.id].broken
        meant = [each for each in reversed(found) if is_meant(*each)]
        first = next((each for each in meant if each[0].case.kind != "invalid"), meant[-1])
        if self._strategy is None:  # a case of the baseline, and nothing is generated
            return first
        if first[0].case.kind in ("invalid", "unsaid"):  # it has one fault, all else is plain
            return first
        search = _Search(self._session, view, item, is_meant, first)

        def breaks(case: Case) -> None:
            if search.breaks(case):
                raise _Interesting

        phases = (Phase.reuse, Phase.generate, Phase.shrink)
        # Twice as many: what is kept of other clauses is tried first, and counts.
        self._hypothesis(breaks, phases, self._database(item), 2 * self._examples())
        case = first[0].case
        if search.last is first and case.kind == "boundary":  # Hypothesis never met it
            case = smaller(case, search.breaks, self._session.target.admits)
            search.breaks(case)
            if self._kept is not None:
                self._kept.keep(str(item.id), case)
        return search.last

    def _database(self, item: Item | None = None) -> TargetDatabase | None:
        if self.options.database is None:
            return None
        clauses = map(str, self._session.tallies)
        clause = None if item is None else str(item.id)
        name = self._session.target.name
        return TargetDatabase(self.options.database, name, clauses, clause)

    def _hypothesis(
        self,
        run: Callable[[Case], None],
        phases: tuple[Phase, ...],
        database: ExampleDatabase | None,
        examples: int,
    ) -> Undrawn:
        """Let Hypothesis call a function; says why where it couldn't draw."""
        assert self._strategy is not None
        running = False
        drawn = 0

        def stagepact_case(case: Case) -> None:
            nonlocal running, drawn
            running, drawn = True, drawn + 1
            try:
                run(case)
            except _Interesting:
                running = False
                raise
            running = False

        profile = settings(
            phases=phases,
            database=database,
            max_examples=examples,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        test = given(self._strategy)(stagepact_case)
        if self._seed is not None:
            test = seed(self._seed)(test)
        try:
            profile(test)()
        except (_Interesting, FlakyReplay):
            return Undrawn()  # the search is over; every run of it was judged
        except Exception as error:  # the engine raises what it likes while it draws
            if running and not isinstance(error, HypothesisException):
                raise
            return _undrawn(error, drawn)
        return Undrawn()

    def _examples(self) -> int:
        wanted = self._session.target.fuzz or self.options.max_examples
        return wanted or settings().max_examples


def _undrawn(error: Exception, drawn: int) -> Undrawn:
    first = (str(error).splitlines() or [""])[0]
    what = "no more cases" if drawn else "no case"
    reason = f"{what} could be generated: {type(error).__name__}: {first[:_LONGEST]}"
    return Undrawn(reason, not isinstance(error, Unsatisfiable))


class _Interesting(AssertionError):  # noqa: N818 - it says what the case is
    """Tells Hypothesis that a case breaks the clause."""
