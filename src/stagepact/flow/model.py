"""What is to be checked, as values: items in views of targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from stagepact.contract.clauses import Clause
from stagepact.observation import Limits, Observation, Observer
from stagepact.subject import Case, Given, Subject, SubjectId
from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.model import Excepted, ItemId, Known

if TYPE_CHECKING:
    from hypothesis.database import ExampleDatabase
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, slots=True)
class Item:
    """A clause to be judged on a subject, with its id and what is known to be wrong with it.

    `excepted` is the exception that covers it, `known` are the baseline's entries for it.
    """

    id: ItemId
    clause: Clause
    excepted: Excepted | None = None
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What is judged of a run: the run itself, or one stage's part in a pipeline's run.

    With a `case` only the run of the case of that name is judged, and by no other view's items.
    """

    subject: SubjectId
    items: tuple[Item, ...]
    stage: str | None = None
    event_name: str = "{type}"
    case: str | None = None

    def of(self, observation: Observation) -> Observation:
        """The observation as this view has it."""
        if self.stage is None:
            return observation
        return observation.of_stage(self.stage, self.subject, self.event_name)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to run, the cases to run it with, and the views that its runs are judged in.

    Without a subject nothing is run: every clause is not exercised, for `reason`.
    `generate` makes the strategy late, for making it costs, and `edges` the boundary cases that
    are run before what is drawn; `invalid` makes so many nearly valid ones, and `refutes` says
    whether what is given is certainly invalid; `fuzz` is the number of runs
    (None: as many as the options or Hypothesis's profile say). `base` is what is the same in
    every case. `fixtures` are the pytest fixtures that stand for ports, by port. `admits` says
    whether what is given is what the contracts assume. `secrets` are masked in all that is told.
    With `every_edge` all boundary cases are run, else as many as half of the runs.
    """

    name: str
    views: tuple[View, ...]
    subject: Subject | None = None
    reason: str = ""
    cases: tuple[Case, ...] = ()
    generate: Callable[[], SearchStrategy[Case] | None] | None = None
    edges: Callable[[], tuple[Case, ...]] | None = None
    invalid: Callable[[int], tuple[Case, ...]] | None = None
    fuzz: int | None = None
    limits: Limits = field(default_factory=Limits)
    base: Given = field(default_factory=Given)
    admits: Callable[[Given], bool] = lambda given: True
    refutes: Callable[[Given], bool] = lambda given: False
    fixtures: Mapping[str, str] = field(default_factory=dict)
    isolate: bool = False
    every_edge: bool = False
    secrets: Secrets = field(default_factory=Secrets, compare=False, repr=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the views."""
        return tuple(item for view in self.views for item in view.items)

    def with_ports(self, ports: Mapping[str, Any]) -> Target:
        """The same target, whose cases carry these live ports."""
        if not ports:
            return self
        generate = self.generate

        def regenerate() -> SearchStrategy[Case] | None:
            strategy = None if generate is None else generate()
            return None if strategy is None else strategy.map(lambda case: _ported(case, ports))

        edges = self.edges

        def edges_again() -> tuple[Case, ...]:
            return tuple(_ported(case, ports) for case in (edges() if edges is not None else ()))

        invalid = self.invalid

        def invalid_again(count: int) -> tuple[Case, ...]:
            made = invalid(count) if invalid is not None else ()
            return tuple(_ported(case, ports) for case in made)

        cases = tuple(_ported(case, ports) for case in self.cases)
        return replace(
            self,
            cases=cases,
            generate=regenerate,
            edges=edges_again,
            invalid=None if invalid is None else invalid_again,
            fixtures={},
        )


def _ported(case: Case, ports: Mapping[str, Any]) -> Case:
    return replace(case, given=replace(case.given, ports={**case.given.ports, **ports}))


@dataclass(frozen=True, slots=True)
class Undrawn:
    """Why cases could not be drawn, or not all; an empty one where they were.

    With `mistaken` what draws them raised: what is kept by other cases alone isn't kept then.
    """

    reason: str = ""
    mistaken: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: runs a target (None: the profile's), where failures are kept, the clock.

    A `seed` makes the generated cases the same in each run. `prove` asks of each kept clause
    whether it can fail at all. `heard` is told of each run of a target, how many there were.
    """

    max_examples: int | None = None
    seed: int | str | None = None
    database: ExampleDatabase | None = None
    fuzz: bool = True
    prove: bool = False
    observer: Callable[[Limits], Observer] = Observer
    clock: Callable[[], float] = perf_counter
    heard: Callable[[Target, int], None] | None = None
