"""`stagepact pact write`, the clause `pact.written`, and `pytest --stagepact-write-pacts`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_project import Project

UI = """
    stagepact: 1
    name: ui
    consumes:
      api:
        interactions:
          GET an order:
            state: an order is there
            request: {path: /orders/o-7}
            response:
              body:
                type: object
                required: [id, quantity]
                properties:
                  id: {type: string, pattern: "^o-[0-9]+$"}
                  quantity: {type: integer, minimum: 1}
                  note: {type: string}
"""
PACT, CONTRACT = "contracts/pacts/ui-api.json", "contracts/ui.contract.yaml"


@pytest.fixture
def ui(project: Project) -> Project:
    project.file(CONTRACT, UI)
    return project


def test_it_writes_and_then_leaves_as_it_is(ui: Project) -> None:
    first = ui.run("pact", "write")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == f"{PACT}: add: 1 interaction, 2 lost, 1 stricter\n"
    text = Path(PACT).read_bytes()
    assert "as it is" in ui.run("pact", "write").stdout
    assert Path(PACT).read_bytes() == text


def test_losses_have_their_places(ui: Project) -> None:
    lines = ui.run("pact", "write", "--check", "--losses").stdout.splitlines()
    assert f"  {CONTRACT}:16: response body $.quantity: lost: that it is at least 1" in lines
    told = ui.json("pact", "write", "--check", "--json")
    bound = next(each for each in told["losses"] if each["kind"] == "bounds")
    schema = "/consumes/api/interactions/GET an order/response/body/properties/quantity/minimum"
    assert (bound["line"], bound["pointer"], bound["stricter"]) == (16, schema, False)
    assert told["files"][0]["contracts"] == [CONTRACT]


def test_check_writes_nothing_and_says_what_would_change(ui: Project) -> None:
    result = ui.run("pact", "write", "--check")
    assert result.exit_code == 1
    assert "to add" in result.stdout
    assert not Path(PACT).exists()
    ui.run("pact", "write")
    assert ui.run("pact", "write", "--check").exit_code == 0
    ui.file(CONTRACT, UI.replace("/orders/o-7", "/orders/o-8"))
    changed = ui.run("pact", "write", "--check")
    assert (changed.exit_code, "  `GET an order` differs\n" in changed.stdout) == (1, True)


def test_a_file_of_no_contract_is_removed(ui: Project) -> None:
    ui.run("pact", "write")
    ui.file(CONTRACT, UI.replace("name: ui", "name: web"))
    told = ui.run("pact", "write").stdout
    assert f"{PACT}: remove: no contract makes it any more ({CONTRACT} did)" in told
    assert [each.name for each in Path("contracts/pacts").iterdir()] == ["web-api.json"]


def test_of_contracts_that_are_not_named_nothing_is_written(ui: Project) -> None:
    other = ui.file("contracts/other.contract.yaml", UI.replace("name: ui", "name: other"))
    ui.run("pact", "write", str(other))
    assert [each.name for each in Path("contracts/pacts").iterdir()] == ["other-api.json"]


def test_a_contract_that_is_not_named_still_has_part_in_the_file(ui: Project) -> None:
    more = UI.replace("GET an order", "GET an old order")
    other = ui.file("contracts/more.contract.yaml", more)
    ui.run("pact", "write", str(other))
    written = json.loads(Path(PACT).read_text(encoding="utf-8"))
    assert len(written["interactions"]) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "stagepact: 1\nname: ui\n",
            "found no `consumes:` in contracts/sound.contract.yaml, contracts/ui",
        ),
        (UI.replace("path: /orders/o-7", "path: '/orders/{id}'"), f"{CONTRACT}:9: found `{{id}}`"),
        (UI.replace("type: integer", "type: int"), f"{CONTRACT}:16: "),
    ],
)
def test_nothing_is_written_when_anything_is_wrong(ui: Project, text: str, told: str) -> None:
    ui.file("contracts/sound.contract.yaml", "stagepact: 1\nname: sound\n")
    ui.file(CONTRACT, text)
    result = ui.run("pact", "write")
    assert result.exit_code == 2
    assert told in result.stderr
    assert not Path("contracts/pacts").exists()


def test_another_tools_file_is_an_error(ui: Project) -> None:
    ui.file(PACT, '{"metadata": {"pactRust": {}}}')
    result = ui.run("pact", "write")
    assert (result.exit_code, f"found `{PACT}`" in result.stderr) == (2, True)


# -- pact.written ---------------------------------------------------------------------------------


def test_the_file_in_the_repository_is_a_clause(ui: Project) -> None:
    missing = ui.run("check", "--no-record")
    assert missing.exit_code == 1
    assert "there is no such file" in missing.stdout
    ui.run("pact", "write")
    assert ui.run("check", "--no-record", "--prove").exit_code == 0
    ui.file(CONTRACT, UI.replace("/orders/o-7", "/orders/o-8"))
    assert "`GET an order` differs; `stagepact pact write`" in " ".join(
        ui.run("check", "--no-record").stdout.split()
    )


def test_a_file_that_is_left_over_breaks(ui: Project) -> None:
    ui.run("pact", "write")
    ui.file(CONTRACT, UI.replace("name: ui", "name: web"))
    ui.run("pact", "write")
    ui.file(PACT, Path("contracts/pacts/web-api.json").read_text(encoding="utf-8"))
    result = ui.run("check", "--no-record")
    assert (result.exit_code, "no such file" in result.stdout) == (1, True)


def test_of_a_part_of_the_contracts_nothing_is_judged(ui: Project) -> None:
    ui.file("contracts/more.contract.yaml", UI.replace("GET an order", "GET an old order"))
    ui.run("pact", "write")
    assert "\n1 kept, 0 broken in" in ui.run("check", CONTRACT, "--no-record").stdout
    ui.file("pyproject.toml", f"[tool.stagepact]\ncontracts = ['{CONTRACT}']\n")
    result = ui.run("check", "--no-record")
    assert "contracts/more.contract.yaml has part in it, and isn't checked here" in " ".join(
        result.stdout.split()
    )


def test_losses_are_listed_and_fail_nothing(ui: Project) -> None:
    ui.run("pact", "write")
    result = ui.run("check", "--no-record", "--strict")
    assert result.exit_code == 0
    assert "2 lost, 1 stricter" in result.stdout


# -- pytest ---------------------------------------------------------------------------------------


def test_pytest_writes_them_before_it_collects(ui: Project) -> None:
    assert ui.pytest("contracts").returncode == 1
    done = ui.pytest("contracts", "--stagepact-write-pacts")
    assert (done.returncode, f"{PACT}: add: there is no such file" in done.stdout) == (0, True)


def test_workers_of_xdist_leave_writing_to_their_controller(ui: Project) -> None:
    done = ui.pytest_process("contracts", "--stagepact-write-pacts", "-n", "1")
    assert (done.returncode, done.stdout.count(f"{PACT}: add: there is no such file")) == (0, 1)


def test_pytest_writes_them_whatever_is_selected(ui: Project) -> None:
    ui.file("test_other.py", "def test_other(): pass\n")
    assert ui.pytest("test_other.py", "--stagepact-write-pacts").returncode == 0
    assert Path(PACT).exists()


def test_pytest_only_tells_of_them_while_it_collects(ui: Project) -> None:
    done = ui.pytest("contracts", "--stagepact-write-pacts", "--collect-only")
    assert f"{PACT}: to add" in done.stdout
    assert not Path(PACT).exists()


def test_pytest_tells_what_is_wrong_in_one_line(ui: Project) -> None:
    ui.file(CONTRACT, UI.replace("type: integer", "type: int"))
    done = ui.pytest("contracts", "--stagepact-write-pacts")
    assert done.returncode == 4
    assert f"ERROR: {CONTRACT}:16: " in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
