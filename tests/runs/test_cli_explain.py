"""`stagepact explain`: one clause, with all that is known of it."""

from __future__ import annotations

import pytest
from tiny_project import Project

CLAUSE = "contracts/shop.contract.yaml::price::holds.never negative[direct]"


def test_a_clause_is_told_with_its_lines_its_subject_and_its_last_verdict(
    broken_shop: Project,
) -> None:
    broken_shop.run("check", "--seed", "0")
    lines = (broken_shop.root / "contracts/shop.contract.yaml").read_text().splitlines()
    number = lines.index("    holds: {never negative: output.total >= 0}") + 1
    told = broken_shop.run("explain", CLAUSE)
    assert told.exit_code == 0
    for part in (
        f"contracts/shop.contract.yaml:{number}\n",
        f"{number} |     holds: {{never negative: output.total >= 0}}",
        "shop:price (function)",
        "the stage itself",
        "'two', generated ones",
        "broken",
    ):
        assert part in told.stdout


def test_the_end_of_an_id_or_a_glob_is_enough(broken_shop: Project) -> None:
    ends = ("price::holds.never negative[direct]", "holds.never negative", "price::holds.*")
    told = {broken_shop.run("explain", end).stdout for end in ends}
    assert len(told) == 1
    assert CLAUSE in told.pop()


def test_what_was_never_run_says_so(shop: Project) -> None:
    assert "none is recorded" in shop.run("explain", "output.data").stdout


def test_an_exception_is_told_with_its_place(shop: Project) -> None:
    path = shop.root / "contracts/shop.contract.yaml"
    entry = "{clause: output.data, reason: for now, issue: '#1', until: 2999-12-31}"
    path.write_text(path.read_text() + f"    except: [{entry}]\n")
    assert "until 2999-12-31: for now (#1)" in shop.run("explain", "price::output.data").stdout


def test_an_unknown_id_is_told_with_the_nearest(shop: Project) -> None:
    result = shop.run("explain", "price::output.dat")
    assert result.exit_code == 2
    assert "no clause 'price::output.dat'" in result.stderr
    assert "contracts/shop.contract.yaml::price::output.data[direct]" in result.stderr


def test_what_is_like_nothing_is_told_with_where_to_look(shop: Project) -> None:
    result = shop.run("explain", "zzzzzzzzzzzz")
    assert result.exit_code == 2
    assert "`stagepact check --verbose` lists them all" in result.stderr


def test_what_means_several_clauses_is_told_with_all_of_them(shop: Project) -> None:
    result = shop.run("explain", "price::output.*")
    assert result.exit_code == 2
    assert "price::output.data[direct]" in result.stderr
    assert "price::output.status[direct]" in result.stderr


def test_what_the_runtime_owes_and_by_which_paths_is_told(project: Project) -> None:
    pytest.importorskip("stageflow")
    project.file(
        "flow.py",
        """
        from stageflow import Pipeline, StageKind, StageOutput

        class First:
            name = "first"
            kind = StageKind.TRANSFORM
            async def execute(self, ctx):
                return StageOutput.ok(x=1)

        pipeline = Pipeline().with_stage("first", First, StageKind.TRANSFORM)
        """,
    )
    project.file(
        "contracts/flow.contract.yaml",
        """
        stagepact: 1
        name: flow
        uses: ["flow:pipeline"]
        stages:
          first:
            output: {json: true}
            events:
              owner: runtime
              types:
                started: {}
        """,
    )
    events = project.run("explain", "first::events.started").stdout
    assert "owed by    the runtime (stageflow-core" in events
    assert "cases      none: no contract says what" in events
    assert "path       direct, also pipeline" in project.run("explain", "first::output.json").stdout


def test_a_clause_that_was_not_in_the_last_run_says_so(shop: Project) -> None:
    shop.run("check", "-k", "output.status", "--no-fuzz")
    assert "the clause was no part of it" in shop.run("explain", "output.data").stdout
