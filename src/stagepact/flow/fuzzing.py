"""Generated cases: one series for all clauses, and a search for the smallest of what broke.

Only the first phase runs for code that keeps its contract, so a target costs one run a
generated case however many clauses it has. Failures are kept under the target's own name
and replayed before anything new is generated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import FlakyReplay, FlakyStrategyDefinition, HypothesisException
from hypothesis.strategies import SearchStrategy

from stagepact.flow.model import Item, Options, View
from stagepact.flow.session import Session
from stagepact.observation import Observation
from stagepact.subject import Case
from stagepact.verdict.checks import Breach

_LONGEST = 200
_SUFFIXES = (b".secondary", b".pareto")


class TargetDatabase(ExampleDatabase):
    """A database that keeps a target's failures under the target's name.

    Hypothesis keys by the test function; ours are made anew for each run and clause.
    `readonly` keeps what is stored although a replayed case passes: another clause may
    still break on it.
    """

    def __init__(self, inner: ExampleDatabase, name: str, *, readonly: bool = False) -> None:
        super().__init__()
        self._inner = inner
        self._name = f"stagepact:{name}".encode()
        self._readonly = readonly

    def _key(self, key: bytes) -> bytes:
        suffix = next((suffix for suffix in _SUFFIXES if key.endswith(suffix)), b"")
        return self._name + suffix

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """What is stored for the target."""
        return self._inner.fetch(self._key(key))

    def save(self, key: bytes, value: bytes) -> None:
        """Keep a failure."""
        self._inner.save(self._key(key), value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget a failure, unless read only."""
        if not self._readonly:
            self._inner.delete(self._key(key), value)

    def clear(self) -> None:
        """Forget all failures of the target."""
        for suffix in (b"", *_SUFFIXES):
            for value in list(self._inner.fetch(self._name + suffix)):
                self._inner.delete(self._name + suffix, value)


class Fuzzing:
    """The generated cases of one session."""

    def __init__(self, session: Session, options: Options) -> None:
        self._session = session
        self._options = options
        self._strategy: SearchStrategy[Case] | None = None
        # The search for the smallest case starts from the same series, so it meets the failure.
        self._seed = options.seed
        if self._seed is None and not settings().derandomize:
            self._seed = Random().getrandbits(64)

    def sample(self) -> str:
        """Run a series of generated cases; a sentence when none could be generated.

        Raises:
            SchemaError: no values can be made of one of the schemas.
        """
        target = self._session.target
        if target.generate is None or target.fuzz == 0 or not self._options.fuzz:
            return ""
        self._strategy = target.generate()
        if self._strategy is None:
            return ""
        database = self._database(readonly=True)
        problem = self._hypothesis(
            self._session.run, (Phase.reuse, Phase.generate), database, self._examples()
        )
        if database is not None and not self._session.any_broken:
            database.clear()
        return problem

    def smallest(self, view: View, item: Item) -> tuple[Observation, tuple[Breach, ...]]:
        """The smallest generated case that breaks a clause, as far as Hypothesis finds one."""
        last = self._session.tallies[item.id].broken[-1]

        def breaks(case: Case) -> None:
            nonlocal last
            judged, seen = self._session.judge_once(view, item.clause, case)
            if judged and not isinstance(judged, str):
                last = (seen, judged)
                raise _Interesting

        phases = (Phase.reuse, Phase.generate, Phase.shrink)
        # Twice as many: what is kept of other clauses is tried first, and counts.
        self._hypothesis(breaks, phases, self._database(), 2 * self._examples())
        return last

    def _database(self, *, readonly: bool = False) -> TargetDatabase | None:
        if self._options.database is None:
            return None
        name = self._session.target.name
        return TargetDatabase(self._options.database, name, readonly=readonly)

    def _hypothesis(
        self,
        run: Callable[[Case], None],
        phases: tuple[Phase, ...],
        database: ExampleDatabase | None,
        examples: int,
    ) -> str:
        """Let Hypothesis call a function; a sentence where it could draw no case."""
        assert self._strategy is not None
        running = False

        def stagepact_case(case: Case) -> None:
            nonlocal running
            running = True
            run(case)
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
        except (_Interesting, FlakyReplay, FlakyStrategyDefinition):
            return ""  # the search is over; every run of it was judged
        except Exception as error:  # the engine raises what it likes while it draws
            if running and not isinstance(error, HypothesisException):
                raise
            first = (str(error).splitlines() or [""])[0]
            return f"no case could be generated: {type(error).__name__}: {first[:_LONGEST]}"
        return ""

    def _examples(self) -> int:
        wanted = self._session.target.fuzz or self._options.max_examples
        return wanted or settings().max_examples


class _Interesting(AssertionError):  # noqa: N818 - it says what the case is
    """Tells Hypothesis that a case breaks the clause."""
