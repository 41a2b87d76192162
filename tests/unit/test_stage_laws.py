"""Laws of stages: each finds the stage that breaks it, and blames none that is right."""

from __future__ import annotations

from textwrap import dedent

import pytest
from plans import Make, make, told, verdicts

from bank.seeds import MANY
from stagepact.contract.laws import STAGES
from stagepact.flow import Options, check
from stagepact.subject.protocols.stage_laws import SCENARIOS
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.model import State

__all__ = ["make"]

PRELUDE = """
    import asyncio, os, random, threading, time, uuid
    from functools import lru_cache
"""

# By law, a stage that breaks it, and what is seen of it.
WRONG = {
    "deterministic": (
        """
        count = 0
        def stage(size: int) -> dict:
            global count
            count += 1
            return {"size": size, "count": count}
        """,
        "in run 2",
    ),
    "no-input-mutation": (
        """
        def stage(input: dict) -> dict:
            input["seen"] = True
            return {"size": input["size"]}
        """,
        "true",
    ),
    "upstream-output-frozen": (
        """
        kept = []
        def stage(size: int) -> list:
            kept.append(size)
            return kept
        """,
        "",
    ),
    "json-serialisable": (
        """
        def stage(size: int) -> dict:
            return {"made": {size}}
        """,
        "set",
    ),
    "cancellation-leaves-nothing-running": (
        """
        async def stage(size: int) -> dict:
            task = asyncio.create_task(asyncio.sleep(60))
            await asyncio.sleep(0.05)
            task.cancel()
            return {}
        """,
        "cancelled at turn",
    ),
    "nothing-leaked": (
        """
        def stage(size: int) -> dict:
            os.dup(0)
            return {}
        """,
        "file",
    ),
    "pure": (
        """
        def stage(size: int) -> dict:
            random.random()
            return {"size": size}
        """,
        "random",
    ),
    "idempotent": (
        """
        class Store:
            def __init__(self):
                self.kept = []
            def add(self, size):
                self.kept.append(size)
            def state(self):
                return self.kept

        def stage(size: int, store) -> dict:
            store.add(size)
            return {"size": size}
        """,
        "ports",
    ),
    "thread-safe": (
        """
        class Stage:
            def __init__(self):
                self.size = 0
            def __call__(self, size: int) -> dict:
                self.size = size
                for _ in range(200):
                    time.sleep(0)
                return {"size": self.size}
        stage = Stage()
        """,
        "at the same time",
    ),
}

# Stages that are right, each by another way of being written.
RIGHT = {
    "a function": "def stage(size: int) -> dict:\n    return {'size': size}",
    "a coroutine": """
        async def stage(size: int) -> dict:
            await asyncio.sleep(0)
            return {"size": size}
        """,
    "tasks that are waited for": """
        async def stage(size: int) -> dict:
            async def double(one):
                await asyncio.sleep(0.001)
                return 2 * one
            return {"sizes": await asyncio.gather(double(size), double(1))}
        """,
    "a group of tasks": """
        async def stage(size: int) -> dict:
            async with asyncio.TaskGroup() as group:
                one = group.create_task(asyncio.sleep(0.001, size))
            return {"size": one.result()}
        """,
    "work in a thread": """
        async def stage(size: int) -> dict:
            return {"size": await asyncio.to_thread(lambda: size)}
        """,
    "a closure with a cache": """
        def made():
            kept = {}
            def stage(size: int) -> dict:
                kept.setdefault(size, {"size": size})
                return dict(kept[size])
            return stage
        stage = made()
        """,
    "a class with a lock": """
        class Stage:
            def __init__(self):
                self.lock, self.size = threading.Lock(), 0
            def __call__(self, size: int) -> dict:
                with self.lock:
                    self.size = size
                    time.sleep(0)
                    return {"size": self.size}
        stage = Stage()
        """,
    "a file that is opened once": """
        @lru_cache
        def opened():
            return os.dup(0)
        def stage(size: int) -> dict:
            opened()
            return {"size": size}
        """,
    "one that raises": """
        def stage(size: int) -> dict:
            if size > 3:
                raise ValueError(size)
            return {"size": size}
        """,
}

# What hands out new names or times is right, and neither deterministic, pure nor idempotent.
NEW_EACH_TIME = """
    def stage(size: int) -> dict:
        return {"size": size, "id": str(uuid.uuid4()), "at": time.time()}
"""

_NUMBER = "{type: integer, minimum: 0, maximum: 9}"
_OBJECT = f"{{type: object, required: [size], properties: {{size: {_NUMBER}}}}}"
_CONTRACT = """
stages:
  stage:
    subject: "code_of_plan:stage"
    given: {input: SCHEMA PORTS}
    examples:
      - {name: two, given: {input: TWO}}
      - {name: three, given: {input: THREE}}
    laws: [LAWS]
"""


def _contract(code: str, *laws: str) -> str:
    whole = "input: dict" in code
    words = {
        "SCHEMA": _OBJECT if whole else _NUMBER,
        "PORTS": ', ports: {store: "code_of_plan:Store"}' if "class Store" in code else "",
        "TWO": "{size: 2}" if whole else "2",
        "THREE": "{size: 3}" if whole else "3",
        "LAWS": ", ".join(laws),
    }
    text = _CONTRACT
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def _code(code: str) -> str:
    return dedent(PRELUDE) + dedent(code)


def test_each_law_has_its_promise_its_scenario_and_its_check() -> None:
    checked = {kind.removeprefix("stages.") for kind in CHECKS if kind.startswith("stages.")}
    assert set(STAGES) == set(SCENARIOS) == checked
    assert all(law.promise and law.source and law.needs for law in STAGES.values())


@pytest.mark.parametrize("law", WRONG)
def test_a_law_finds_the_stage_that_breaks_it(make: Make, law: str) -> None:
    code, seen = WRONG[law]
    found = verdicts(make(_code(code), a=_contract(code, law)))[f"stage::laws.{law}[direct]"]
    assert found.state is State.BROKEN, found.reason
    assert any(seen in f"{each.seen} {each.pointer}" for each in found.violations)


@pytest.mark.parametrize("name", RIGHT)
def test_a_stage_that_is_right_breaks_no_law(make: Make, name: str) -> None:
    plan = make(_code(RIGHT[name]), a=_contract(RIGHT[name], *STAGES))
    assert not plan.problems
    for found in verdicts(plan).values():
        assert found.state is not State.BROKEN, (found.item.clause, found.violations)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_a_stage_that_is_right_breaks_no_law_whatever_the_seed(make: Make, seed: int) -> None:
    code = [*RIGHT.values()][seed % len(RIGHT)]
    for target in make(_code(code), a=_contract(code, *STAGES)).targets:
        for found in check(target, Options(max_examples=6, seed=seed)):
            assert found.state is not State.BROKEN, (found.item.clause, found.violations)


def test_new_names_and_times_break_only_what_speaks_of_them(make: Make) -> None:
    found = verdicts(make(_code(NEW_EACH_TIME), a=_contract(NEW_EACH_TIME, *STAGES)))
    broken = {each.item.clause for each in found.values() if each.state is State.BROKEN}
    assert broken == {"laws.deterministic", "laws.pure", "laws.idempotent"}


def test_a_law_that_cannot_be_tried_says_why(make: Make) -> None:
    laws = ("declared-dependencies-only", "cancellation-leaves-nothing-running")
    found = verdicts(make(_code(RIGHT["a function"]), a=_contract("", *laws)))
    reasons = [each.reason for each in found.values()]
    assert {each.state for each in found.values()} == {State.NOT_EXERCISED}
    assert "it can ask for no others" in reasons[0]
    assert "it never waits" in reasons[1]


def test_a_law_of_the_smallest_case_is_told(make: Make) -> None:
    code = """
    def stage(size: int) -> dict:
        return {"size": size, "id": uuid.uuid4().hex if size > 5 else ""}
    """
    found = verdicts(make(_code(code), a=_contract(code, "deterministic")))
    broken = found["stage::laws.deterministic[direct]"]
    assert broken.state is State.BROKEN
    assert "6" in str(broken.violations[0])


def test_every_kept_law_can_be_broken(make: Make) -> None:
    code = RIGHT["tasks that are waited for"]
    plan = make(_code(code), a=_contract(code, *STAGES))
    options = Options(max_examples=5, seed=0, prove=True)
    for target in plan.targets:
        for verdict in check(target, options):
            assert not verdict.unfailing, verdict


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ("determinstic", "did you mean 'deterministic'?"),
        ("acyclic", "one of pipelines"),
        ("acme.unheard-of", "which no plugin has"),
    ],
)
def test_a_law_that_there_is_none_of_is_told_with_its_place(
    make: Make, law: str, words: str
) -> None:
    plan = make(_code(RIGHT["a function"]), a=_contract("", law))
    (problem,) = told(plan)
    assert words in problem
    assert "contracts/a.contract.yaml:11" in problem


STAGEFLOW = """
from stageflow.core import StageKind, StageOutput
from stageflow.pipeline.pipeline import Pipeline


async def first(ctx):
    return StageOutput.ok(text="a", words=["a"])


async def second(ctx):
    BODY
    return StageOutput.ok(size=len(ctx.inputs.get_from("first", "text", default="")))


pipeline = (
    Pipeline(name="voice")
    .with_stage("first", first, StageKind.WORK)
    .with_stage("other", first, StageKind.WORK)
    .with_stage("second", second, StageKind.WORK, dependencies=("first",))
)
"""

UPSTREAM = "{type: object, required: [text, words], properties: {text: {type: string}, words: {type: array, items: {type: string}}}}"  # noqa: E501
STAGEFLOW_CONTRACT = f"""
stages:
  second:
    given: {{input: {{type: object, properties: {{size: {{type: integer}}}}}}, inputs: {{first: {UPSTREAM}}}}}
    laws: [{", ".join(STAGES)}]
"""  # noqa: E501

# By what a stage of stageflow does, the law that finds it.
IN_STAGEFLOW = {
    'ctx.inputs.prior_outputs["first"].data["words"].append("b")': "upstream-output-frozen",
    'ctx.snapshot.metadata["seen"] = True': "no-input-mutation",
    'ctx.inputs.prior_outputs.get("other")': "declared-dependencies-only",
}


def test_a_stage_of_stageflow_that_is_right_breaks_no_law(make: Make) -> None:
    plan = make(STAGEFLOW.replace("BODY", "pass"), a=STAGEFLOW_CONTRACT)
    assert not plan.problems
    found = {each.item.clause.removeprefix("laws."): each for each in verdicts(plan).values()}
    assert found.keys() == STAGES.keys()
    never = found.pop("cancellation-leaves-nothing-running")
    assert never.state is State.NOT_EXERCISED
    assert {each.state for each in found.values()} == {State.KEPT}


@pytest.mark.parametrize("does", IN_STAGEFLOW)
def test_a_stage_of_stageflow_is_shown_what_it_does_to_what_it_is_given(
    make: Make, does: str
) -> None:
    plan = make(STAGEFLOW.replace("BODY", does), a=STAGEFLOW_CONTRACT)
    law = IN_STAGEFLOW[does]
    found = verdicts(plan)[f"second::laws.{law}[direct]"]
    assert found.state is State.BROKEN, found.reason
