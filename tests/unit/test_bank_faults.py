"""Handlers of faults: all of them in place nothing breaks, and each is missed where it is gone."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from bank import faulty, faulty_service
from bank.faulty import HANDLERS, VARIABLE, Handler
from bank.seeds import CLEAN
from stagepact.faults.subject import Struck
from stagepact.flow import Options, Target, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

BANK = Path(__file__).parents[1] / "bank"
STRUCK_NOT = re.compile(r"can be spoiled so$|^(error 30%|timeout 40%) of .* never struck$")


@pytest.fixture(scope="module")
def targets() -> tuple[Target, ...]:
    """The targets of faults, of the stages and the service with handlers."""
    names = ("faulty", "faulty-service")
    files = [BANK / "contracts" / f"{name}.contract.yaml" for name in names]
    plan = make_plan(open_project(files, BANK))
    assert plan.problems == ()
    return tuple(target for target in plan.targets if ".faults" in _named(target))


def _named(target: Target) -> str:
    return f".{target.items[0].clause.id}"


def verdicts(targets: tuple[Target, ...], seed: int = 0, *, prove: bool = False) -> list[Verdict]:
    options = Options(seed=seed, prove=prove)
    return [each for target in targets for each in check(_seeded(target, seed), options)]


def _seeded(target: Target, seed: int) -> Target:
    """The target, whose faults that strike by chance do so by this seed."""
    subject = target.subject
    return (
        replace(target, subject=replace(subject, seed=seed))
        if isinstance(subject, Struck)
        else target
    )


def of_stage(targets: tuple[Target, ...], stage: str) -> tuple[Target, ...]:
    return tuple(each for each in targets if each.items[0].id.subject == stage)


def broken(found: list[Verdict]) -> set[str]:
    return {each.item.clause for each in found if each.state is State.BROKEN}


@pytest.mark.parametrize("seed", CLEAN)
def test_with_all_handlers_nothing_breaks(targets: tuple[Target, ...], seed: int) -> None:
    """Each clause is kept, or its fault can't strike there."""
    found = verdicts(targets, seed, prove=seed == 0)
    assert broken(found) == set()
    idle = {each.item.clause: each.reason for each in found if each.state is not State.KEPT}
    # A number has no half and no other order; by chance a fault may not strike at all.
    assert [(name, why) for name, why in idle.items() if not STRUCK_NOT.search(why)] == []


@pytest.mark.slow
def test_nothing_breaks_on_two_hundred_seeds(targets: tuple[Target, ...]) -> None:
    """Only what strikes by chance differs from seed to seed."""
    by_chance = tuple(
        each for each in targets if isinstance(each.subject, Struck) and "%" in each.name
    )
    assert len(by_chance) >= 2
    for seed in range(200):
        assert broken(verdicts(by_chance, seed)) == set(), seed
    for seed in range(0, 200, 50):
        assert broken(verdicts(targets, seed)) == set(), seed


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda each: each.id)
def test_a_handler_that_is_gone_breaks_its_clauses_and_no_other(
    targets: tuple[Target, ...], handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, handler.id)
    found = broken(verdicts(of_stage(targets, handler.stage)))
    assert found
    missed = [glob for glob in handler.breaks if not any(fnmatchcase(each, glob) for each in found)]
    assert missed == []
    others = [each for each in found if not any(fnmatchcase(each, g) for g in handler.breaks)]
    assert others == []


def test_the_table_has_the_handlers_that_are_in_the_code_and_no_others() -> None:
    written = re.findall(
        r'has\("([a-z-]+)"\)', inspect.getsource(faulty) + inspect.getsource(faulty_service)
    )
    assert set(written) == {each.id for each in HANDLERS}
    assert len({each.id for each in HANDLERS}) == len(HANDLERS) >= 46
