"""`--prove`: each kept clause is turned wrong over what was seen, and one that can't fail fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_pytest_door import in_process
from tiny_project import KEPT, Project

ROOT = Path(__file__).resolve().parents[2]

IDLE = """
        holds:
          a truism: output.total == output.total
          reads nothing: 1 < 2
        calls: {port.get: at least 0}
        events: {types: {started: {}}}
"""

TELLING = '''
    """A stage whose events are seen, and which writes down each run."""

    from pathlib import Path
    from typing import Any

    import stagepact


    @stagepact.contract_subject()
    def count(input: int, emit: Any = None) -> dict[str, int]:
        """Twice as many."""
        with Path("runs.txt").open("a") as file:
            file.write("run\\n")
        return {"twice": 2 * input}
'''

COUNT = """
    stagepact: 1
    name: count
    uses: [telling]
    stages:
      count:
        given: {input: {type: integer, minimum: 0, maximum: 1000}}
        output: {data: {required: [twice]}, type: "builtins:dict"}
        within: 10s
        holds:
          grows: {vary: {/input: input + 1}, expect: after.output.twice > before.output.twice}
          is itself: {vary: {/input: input}, expect: after.output == after.output}
        examples: [{name: one, given: {input: 1}, output: {data: {twice: 2}}}]
"""


@pytest.fixture
def idle_shop(shop: Project) -> Project:
    """A shop, some of whose clauses can't fail."""
    shop.file("contracts/shop.contract.yaml", KEPT + IDLE)
    return shop


def test_a_contract_whose_clauses_can_all_fail_is_kept(shop: Project) -> None:
    result = shop.run("check", "--prove", "--seed", "0")
    assert result.exit_code == 0
    assert "can't fail" not in result.stdout


def test_clauses_that_cannot_fail_fail_with_their_place_and_why(idle_shop: Project) -> None:
    result = idle_shop.run("check", "--prove", "--seed", "0")
    assert result.exit_code == 1
    told = result.stdout.partition("\nCan't fail\n")[2]
    assert "contracts/shop.contract.yaml:19" in told
    assert "it stays true whatever other value output.total has" in told
    assert "contracts/shop.contract.yaml:20" in told
    assert "it reads nothing of the run" in told
    assert "any number of calls with any arguments is permitted" in told
    assert "3 kept, 0 broken, 1 not exercised, 3 can't fail" in told


def test_they_are_not_asked_for_without_the_option(idle_shop: Project) -> None:
    assert idle_shop.run("check", "--seed", "0").exit_code == 0


def test_every_report_and_the_record_tell_it(idle_shop: Project) -> None:
    files = ("--html", "r.html", "--junit", "r.xml", "--json", "r.json")
    idle_shop.run("check", "--prove", "--seed", "0", *files)
    report = json.loads((idle_shop.root / "r.json").read_text())
    assert sum(bool(each["unfailing"]) for each in report["verdicts"]) == 3
    assert "can&#x27;t fail" in (idle_shop.root / "r.html").read_text()
    assert (idle_shop.root / "r.xml").read_text().count("<failure") == 3
    assert idle_shop.run("last").exit_code == 1


def test_what_is_broken_is_told_as_broken(broken_shop: Project) -> None:
    result = broken_shop.run("check", "--prove", "--seed", "0")
    assert (result.exit_code, "can't fail" in result.stdout) == (1, False)


def test_the_subject_is_not_run_again(project: Project) -> None:
    project.file("telling.py", TELLING)
    project.file("contracts/count.contract.yaml", COUNT)

    def runs(*options: str) -> int:
        (project.root / "runs.txt").unlink(missing_ok=True)
        project.run("check", "--seed", "0", "--no-record", *options)
        return len((project.root / "runs.txt").read_text().splitlines())

    assert runs("--prove") == runs()


def test_clauses_over_two_runs_are_proven_by_the_pairs(project: Project) -> None:
    project.file("telling.py", TELLING)
    project.file("contracts/count.contract.yaml", COUNT)
    report = project.json("check", "--seed", "0", "--prove", "--json")
    idle = [each["item"]["clause"] for each in report["verdicts"] if each["unfailing"]]
    assert idle == ["holds.is itself"]


FLOW = """
    flows:
      anything goes:
        from: /stages/price/output/data
        to: /schemas/Anything
"""


def test_an_edge_that_takes_everything_cannot_fail(shop: Project) -> None:
    contract = KEPT.replace("schemas:\n", "schemas:\n      Anything: {}\n", 1)
    shop.file("contracts/shop.contract.yaml", contract + FLOW)
    report = shop.json("check", "--seed", "0", "--prove", "--json")
    told = {each["item"]["path"]: each["unfailing"] for each in report["verdicts"]}
    assert told["schema"] == "its schema permits every value"


@pytest.mark.slow
def test_the_example_contracts_can_all_fail() -> None:
    """No false alarm: stages, pipelines, flows and operations of the demonstration."""
    command = [sys.executable, "-m", "stagepact", "check", "--prove", "--seed", "0"]
    more = ("--max-examples", "40", "--no-record", "--json")
    done = subprocess.run(
        [*command, *more], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    report = json.loads(done.stdout)
    idle = {each["item"]["clause"]: each["unfailing"] for each in report["verdicts"]}
    assert [name for name, why in idle.items() if why] == []
    assert done.returncode == 0
    assert len(report["verdicts"]) > 200


def test_pytest_fails_them_too(idle_shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    done = in_process(idle_shop, capsys, "contracts", "--stagepact-prove", "-rf")
    assert done.code == 1
    assert len(done.of("FAILED")) == 3
    assert "holds.reads nothing[direct]: can't fail: it reads nothing of the run" in done.text


def test_pytest_does_not_ask_without_the_option(
    idle_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process(idle_shop, capsys, "contracts").code == 0
