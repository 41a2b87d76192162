"""Contracts in ordinary test functions and classes: the third door, beside pytest and the shell.

@stagepact.parametrize("contracts/voice.contract.yaml", stage="transcribe")
def test_it_understands(case): ...

class TestStages(stagepact.StageContractTest):
    contracts = "contracts/"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings

from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.flow import Options, Target, check, observer_of
from stagepact.observation import Observation
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.report import verdict_text
from stagepact.subject import Case, Event, Fresh, Given
from stagepact.verdict.model import State, Verdict

__all__ = ["StageContractTest", "get_all_stages", "parametrize"]

_DIRECT = ("direct", "asgi", "wsgi", "http", "pipeline", "graph")


def parametrize(contract: str | Path, *, stage: str, fuzz: int = 0) -> pytest.MarkDecorator:
    """Give a test function the cases of a stage (or operation) as its argument `case`.

        @stagepact.parametrize("contracts/voice.contract.yaml", stage="transcribe", fuzz=20)
        def test_it_takes_what_is_permitted(case):
            assert transcribe(case.given.input)["text"]

    The cases are the contract's examples, by name, and `fuzz` generated ones, the same in each
    run. A relative path is looked for from the current folder.

    Raises:
        Misuse: there is no such file, its documents are wrong, or it has no such stage.
    """
    target = _target(_plan(contract), stage, str(contract))
    cases = [*target.cases, *_generated(target, fuzz)]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def get_all_stages(contracts: str | Path = "contracts") -> tuple[str, ...]:
    """The names of all discovered stages that the contracts speak of, sorted.

    Raises:
        Misuse: the contracts can't be read.
    """
    return tuple(sorted(_targets(_plan(contracts))))


@lru_cache(maxsize=32)
def _planned(path: Path) -> Plan:
    plan = make_plan(open_project([path], path))
    if plan.problems:
        raise ConfigurationError(*plan.problems)
    return plan


def _plan(contracts: str | Path) -> Plan:
    return _planned(Path(contracts).absolute())


def _targets(plan: Plan) -> Mapping[str, Target]:
    """Each stage's target for being run on its own; that of a path comes after `direct`."""
    found: dict[str, Target] = {}
    ordered = sorted(plan.targets, key=_preference)
    for target in ordered:
        if target.subject is not None and target.views and target.views[0].stage is None:
            found.setdefault(_name(target), target)
    return {name: target for name, target in found.items() if not target.name.startswith("flow ")}


def _name(target: Target) -> str:
    """The stage's name as its clauses' ids have it: where two share one, their identities."""
    view = target.views[0]
    return view.items[0].id.subject if view.items else view.subject.name


def _preference(target: Target) -> int:
    path = target.views[0].subject.path if target.views else ""
    return _DIRECT.index(path) if path in _DIRECT else len(_DIRECT)


def _target(plan: Plan, stage: str, contract: str) -> Target:
    targets = _targets(plan)
    if stage in targets:
        return targets[stage]
    guess = nearest(stage, targets)
    advice = f"did you mean {guess!r}?" if guess else "see `stagepact discover`"
    expected = f"one of {', '.join(sorted(targets))}" if targets else "a stage that can be run"
    raise ConfigurationError(
        Problem(Place(contract), f"no stage {stage!r}", expected, advice, "unknown-stage")
    )


def _generated(target: Target, count: int) -> list[Case]:
    strategy = target.generate() if count and target.generate is not None else None
    if strategy is None:
        return []
    cases: list[Case] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.seed(0)
    @given(strategy)
    def gather(case: Case) -> None:
        cases.append(replace(case, name=f"fuzz {len(cases) + 1}"))

    gather()
    return cases


@dataclass
class _Noted:
    """A probe that notes the events that are emitted to it."""

    events: list[Event] = field(default_factory=list)

    def emit(self, type: str, data: Any) -> None:
        self.events.append(Event(type, data, number=len(self.events)))

    def part(self, name: str, part: Any) -> None:
        """Nothing: a stage alone has no parts."""

    def port(self, name: str, port: Any) -> Any:
        return port

    def fault(self, fired: Any) -> None:
        pass

    def now(self) -> float:
        return 0.0


class StageContractTest:
    """A base class for those who want one: each stage of the contracts is held to its clauses.

    Subclass it in a test module and name the contracts. `test_contract` runs once a stage,
    with its examples and generated cases, `test_case` once an example; tests of the subclass
    that take `stage`, or `stage` and `case`, are parametrized likewise:

        class TestStages(stagepact.StageContractTest):
            contracts = "contracts/"

            def test_it_says_that_it_began(self, stage, case):
                self.run(stage, case)
                self.assert_event_emitted("started")

    Ports that the contracts take from pytest's fixtures are there in all of them.
    """

    contracts: ClassVar[str | Path] = "contracts"
    max_examples: ClassVar[int | None] = None

    _seen: Observation | None = None
    _noted: _Noted | None = None
    _request: pytest.FixtureRequest | None = None

    @pytest.fixture(autouse=True)
    def _stagepact_request(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @classmethod
    def get_all_stages(cls) -> Sequence[str]:
        """The stages that tests are parametrized over; override it to have fewer."""
        return get_all_stages(cls.contracts)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give `stage` to every test that takes it; with `case`, once for each of its cases."""
        stages = type(self).get_all_stages()
        if not {"stage", "case"} <= set(metafunc.fixturenames):
            if "stage" in metafunc.fixturenames:
                metafunc.parametrize("stage", stages)
            return
        plan = _plan(self.contracts)
        metafunc.parametrize(
            ("stage", "case"),
            [
                pytest.param(stage, case, id=f"{stage}-{case.name}")
                for stage in stages
                for case in _target(plan, stage, str(self.contracts)).cases
            ],
        )

    def test_contract(self, stage: str) -> None:
        """No clause of the stage is broken when it is run on its own."""
        _hold(check(self._target(stage), Options(max_examples=self.max_examples)))

    def test_case(self, stage: str, case: Case) -> None:
        """No clause of the stage is broken by this case."""
        _hold(check(self._target(stage, case), Options(fuzz=False)))

    def cases(self, stage: str) -> Sequence[Case]:
        """The examples of a stage, as cases."""
        return self._target(stage).cases

    def run(self, stage: str, case: Case | None = None) -> Observation:
        """Run a stage once, with its first example when no case is given.

        Raises:
            Misuse: there is no such stage, or it has no example.
        """
        target = self._target(stage, case)
        assert target.subject is not None
        self._noted = None
        with observer_of(target, Options()) as observer:
            self._seen = observer.observe(target.subject, self._first(target, stage))
        return self._seen

    def create_test_context(self, stage: str, case: Case | None = None) -> Any:
        """What the stage's runtime would hand to it: for stageflow a StageContext.

        Events that are emitted to the context are seen by `get_emitted_events`.

        Raises:
            Misuse: there is no such stage, it has no example, or no runtime hands it a context.
        """
        target = self._target(stage, case)
        make = getattr(target.subject, "context", None)
        if make is None:
            found = f"{stage!r} is called with arguments, not with a context"
            raise ConfigurationError(Problem(Place(str(self.contracts)), found, "", "use `run`"))
        self._noted = _Noted()
        return make(_made(self._first(target, stage)).given, self._noted)

    def get_emitted_events(self) -> tuple[Event, ...]:
        """The events of the last run, or those emitted to the last context since then."""
        if self._noted is not None:
            return tuple(self._noted.events)
        return self._seen.events if self._seen is not None else ()

    def assert_event_emitted(self, type: str, **payload: Any) -> Event:
        """An event of the type was emitted, with (at least) these values in its payload.

        The type is the one on the wire, or its last part: `completed` finds
        `stage.answer.completed`.
        """
        events = self.get_emitted_events()
        alike = [each for each in events if each.type == type or each.type.endswith(f".{type}")]
        told = ", ".join(each.type for each in events) or "none"
        assert alike, f"no event {type!r} was emitted; there were: {told}"
        for event in alike:
            data = event.data if isinstance(event.data, dict) else {}
            if all(key in data and data[key] == value for key, value in payload.items()):
                return event
        shown = "; ".join(repr(each.data) for each in alike)
        raise AssertionError(f"no event {type!r} has {payload!r}; seen: {shown}")

    def _target(self, stage: str, case: Case | None = None) -> Target:
        """The stage's target, or that of one case of it, with the ports that fixtures give."""
        target = _target(_plan(self.contracts), stage, str(self.contracts))
        if case is not None:
            target = replace(target, cases=(case,))
        if self._request is None or not target.fixtures:
            return target
        get = self._request.getfixturevalue
        return target.with_ports({port: get(name) for port, name in target.fixtures.items()})

    def _first(self, target: Target, stage: str) -> Case:
        for case in _and_generated(target):
            return case
        found = f"{stage!r} has no example, and nothing can be generated for it"
        raise ConfigurationError(
            Problem(Place(str(self.contracts)), found, "a case", "give one: run(stage, case)")
        )


def _hold(verdicts: Sequence[Verdict]) -> None:
    broken = [verdict for verdict in verdicts if verdict.failing]
    if broken:
        pytest.fail("\n\n".join(["broken clauses", *map(verdict_text, broken)]), pytrace=False)
    if all(verdict.state is State.NOT_EXERCISED for verdict in verdicts):
        pytest.skip(f"not exercised: {verdicts[0].reason if verdicts else 'no clause'}")


def _and_generated(target: Target) -> Iterator[Case]:
    yield from target.cases
    yield from _generated(target, 1)


def _made(case: Case) -> Case:
    """The case with the ports made that each run has its own of."""
    ports = {
        name: port.make() if isinstance(port, Fresh) else port
        for name, port in case.given.ports.items()
    }
    made: Given = replace(case.given, ports=ports)
    return replace(case, given=made)
