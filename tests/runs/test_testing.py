"""Contracts in ordinary test functions and classes, on a tiny project."""

from __future__ import annotations

from pathlib import Path

import pytest

import stagepact
from stagepact.errors import ConfigurationError
from stagepact.subject import Case, Given
from stagepact.testing import StageContractTest, get_all_stages

CODE = '''
"""Stages of a shop."""

import asyncio


async def total(order: dict, emit, till) -> dict:
    emit("shop.started", {"qty": order["qty"]})
    emit("shop.completed", {"total": order["qty"] * 2})
    till.note(order["qty"])
    return {"total": order["qty"] * 2}


def wrong(order: dict) -> dict:
    return {"total": "much"}


class Till:
    def note(self, qty):
        pass
'''

CONTRACT = """
stagepact: 1
name: shop
stages:
  total:
    subject: "NAME:total"
    given:
      input: {type: object, required: [qty], properties: {qty: {type: integer}}}
      ports: {till: "NAME:Till"}
    output: {data: {type: object, properties: {total: {type: integer}}}}
    examples:
      - {name: two, given: {input: {qty: 2}}, output: {data: {total: 4}}}
      - {name: none, given: {input: {qty: 0}}}
  wrong:
    subject: "NAME:wrong"
    given: {input: {type: object}}
    fuzz: false
    output: {data: {type: object, properties: {total: {type: integer}}}}
    examples: [{name: any, given: {input: {}}}]
  quiet:
    subject: "NAME:Till"
    output: {status: ok}
"""


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    name = f"shop_{abs(hash(request.node.nodeid))}"
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "contracts").mkdir()
    path = tmp_path / "contracts" / "shop.contract.yaml"
    path.write_text(CONTRACT.replace("NAME", name).split("  quiet:")[0])
    return path


class Shop(StageContractTest):
    """What a user's subclass is, made by hand."""


@pytest.fixture
def tests(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(Shop, "contracts", shop)
    return Shop()


def test_examples_are_cases_by_name_and_generated_ones_are_counted(shop: Path) -> None:
    mark = stagepact.parametrize(shop, stage="total", fuzz=3).mark
    assert mark.args[0] == "case"
    assert [each.id for each in mark.args[1]] == ["two", "none", "fuzz 1", "fuzz 2", "fuzz 3"]


def test_generated_cases_are_the_same_each_time(shop: Path) -> None:
    def inputs() -> list[object]:
        mark = stagepact.parametrize(shop, stage="total", fuzz=5).mark
        return [each.values[0].given.input for each in mark.args[1]]

    assert inputs() == inputs()


def test_a_stage_that_is_not_there_is_offered_the_nearest(shop: Path) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'total'"):
        stagepact.parametrize(shop, stage="totals")


def test_a_contract_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        stagepact.parametrize(tmp_path / "no.contract.yaml", stage="a")


def test_a_contract_with_problems_is_an_error(shop: Path) -> None:
    shop.write_text(shop.read_text() + "  odd: {outptu: {}}\n")
    with pytest.raises(ConfigurationError, match="did you mean 'output'"):
        get_all_stages(shop)


def test_all_stages_are_listed_by_name(shop: Path) -> None:
    assert get_all_stages(shop) == ("total", "wrong")


def test_a_class_holds_each_stage_to_its_clauses(tests: Shop) -> None:
    tests.test_contract("total")
    told = r"broken clauses[\s\S]*output.data\[direct\]"
    with pytest.raises(pytest.fail.Exception, match=told):
        tests.test_contract("wrong")


def test_a_class_runs_a_stage_and_looks_at_its_events(tests: Shop) -> None:
    seen = tests.run("total")
    assert seen.case.name == "two"
    assert [event.type for event in tests.get_emitted_events()] == [
        "shop.started",
        "shop.completed",
    ]
    assert tests.assert_event_emitted("completed", total=4).type == "shop.completed"
    assert tests.assert_event_emitted("shop.started", qty=2)


@pytest.mark.parametrize(
    ("type", "payload", "told"),
    [
        ("failed", {}, "no event 'failed' was emitted; there were: shop.started, shop.completed"),
        ("completed", {"total": 5}, "no event 'completed' has {'total': 5}; seen: {'total': 4}"),
    ],
)
def test_an_event_that_was_not_emitted_is_told_with_those_that_were(
    tests: Shop, type: str, payload: dict[str, object], told: str
) -> None:
    tests.run("total")
    with pytest.raises(AssertionError) as failure:
        tests.assert_event_emitted(type, **payload)
    assert str(failure.value).startswith(told)


def test_nothing_was_emitted_before_a_run(tests: Shop) -> None:
    assert tests.get_emitted_events() == ()


def test_a_case_of_ones_own_can_be_run(tests: Shop) -> None:
    port = tests.cases("total")[0].given.ports
    seen = tests.run("total", Case("mine", Given(input={"qty": 5}, ports=port)))
    assert seen.output is not None
    assert seen.output.data == {"total": 10}


def test_a_function_has_no_context(tests: Shop) -> None:
    with pytest.raises(ConfigurationError, match="is called with arguments"):
        tests.create_test_context("total")


def test_a_stageflow_stage_gets_its_own_context(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"flow_{abs(hash(str(shop)))}"
    (shop.parent.parent / f"{name}.py").write_text(
        "from stageflow.api import StageKind, stage_metadata\n\n"
        "@stage_metadata(name='greet', kind=StageKind.TRANSFORM)\n"
        "class Greet:\n"
        "    async def execute(self, ctx):\n"
        "        ctx.try_emit_event('stage.greet.completed', {'n': 1})\n"
        "        return {'hello': ctx.snapshot.input_text}\n"
    )
    shop.write_text(
        "stagepact: 1\nname: greet\nstages:\n  greet:\n"
        f"    subject: '{name}:Greet'\n"
        "    given: {input: {type: string, minLength: 1}}\n"
        "    output: {status: ok}\n"
    )
    monkeypatch.setattr(Shop, "contracts", shop)
    tests = Shop()
    context = tests.create_test_context("greet")
    assert type(context).__name__ == "StageContext"
    context.try_emit_event("stage.greet.completed", {"n": 1})
    tests.assert_event_emitted("completed", n=1)


def test_a_subclass_is_collected_once_a_stage(
    shop: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pytester.path)
    pytester.makepyfile(
        f"""
        import stagepact

        class TestShop(stagepact.StageContractTest):
            contracts = {str(shop)!r}
            max_examples = 5

            def test_it_runs(self, stage):
                assert self.run(stage).status == "ok"
        """
    )
    result = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["FAILED *::TestShop::test_contract?wrong?*"])


TWINS = """
import stagepact


@stagepact.contract_subject("total")
def one(n: int) -> int:
    return n


@stagepact.contract_subject("total")
def other(n: int) -> int:
    return n
"""


def test_stages_of_one_name_are_all_there_by_their_identities(shop: Path) -> None:
    (module,) = shop.parent.parent.glob("shop_*.py")
    module.write_text(TWINS)
    block = "{'*': {given: {input: {type: integer}}, output: {json: true}}}"
    shop.write_text(f"name: a\nuses: [{module.stem}]\nstages: {block}\n")
    assert get_all_stages(shop) == (f"{module.stem}:one", f"{module.stem}:other")
