"""`stagepact check`: what it ends with, what it shows, what it leaves."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tiny_project import KEPT, Project, lose_a_module

from stagepact.record import Record

CLAUSE = "contracts/shop.contract.yaml::price::holds.never negative[direct]"


def test_kept_is_0(shop: Project) -> None:
    result = shop.run("check")
    assert result.exit_code == 0
    assert "0 broken" in result.stdout


def test_broken_is_1_with_the_smallest_case_and_a_command_that_shows_it_again(
    broken_shop: Project,
) -> None:
    result = broken_shop.run("check", "--seed", "0")
    assert result.exit_code == 1
    assert "lines: [" in result.stdout
    assert f"stagepact run '{CLAUSE}' --case '" in result.stdout


def test_nothing_exercised_is_1(shop: Project) -> None:
    shop.file("contracts/shop.contract.yaml", "stagepact: 1\nname: x\nstages: {no: {within: 1s}}\n")
    result = shop.run("check")
    assert result.exit_code == 1
    assert "the selector 'no' matches no stage" in result.stdout


def test_strict_fails_what_is_not_exercised(shop: Project) -> None:
    shop.file("contracts/more.contract.yaml", "stagepact: 1\nname: m\nstages: {no: {within: 1s}}\n")
    assert shop.run("check").exit_code == 0
    assert shop.run("check", "--strict").exit_code == 1


def test_strict_fails_what_has_no_contract(shop: Project) -> None:
    more = "\n\n@stagepact.contract_subject()\ndef other(x: int) -> int:\n    return x\n"
    path = shop.root / "shop.py"
    path.write_text(path.read_text() + more)
    assert shop.run("check").exit_code == 0
    result = shop.run("check", "--strict")
    assert result.exit_code == 1
    assert "function shop:other" in result.stdout


def test_strict_fails_a_module_that_cannot_be_imported(shop: Project) -> None:
    lose_a_module(shop)
    assert shop.run("check").exit_code == 0
    result = shop.run("check", "--strict")
    assert result.exit_code == 1
    assert "module parts.lost  unimportable: raises ZeroDivisionError" in result.stdout
    assert "1 unimportable module, which strict forbids" in result.stdout


def test_strict_fails_an_exception_that_covers_nothing(shop: Project) -> None:
    entry = '{clause: no.such, reason: known, issue: "#1", until: 2999-01-01}'
    shop.file("contracts/shop.contract.yaml", KEPT + f"        except: [{entry}]\n")
    told = "not exercised, no clause that it could cover is called 'no.such': except.1"
    usual, strict = shop.run("check"), shop.run("check", "--strict")
    assert (usual.exit_code, told in usual.stdout) == (0, True)
    assert (strict.exit_code, told in strict.stdout) == (1, True)
    explained = shop.run("explain", "except.1")
    assert "the exception of no.such covers a clause" in explained.stdout


def test_without_fuzzing_only_examples_are_run(broken_shop: Project) -> None:
    assert broken_shop.run("check", "--no-fuzz").exit_code == 0


def test_a_seed_makes_runs_alike(broken_shop: Project) -> None:
    def violations() -> object:
        more = ("--max-examples", "300")
        broken_shop.run("check", "--seed", "7", *more, "--json", "r.json", "--no-record")
        (broken_shop.root / ".stagepact").rename(broken_shop.root / f"old{len(seen)}")
        verdicts = json.loads(Path("r.json").read_text())["verdicts"]
        return [(each["state"], each["violations"], each["fuzzed"]) for each in verdicts]

    seen: list[object] = []
    seen.append(violations())
    seen.append(violations())
    assert seen[0] == seen[1]


def test_examples_are_bounded(shop: Project) -> None:
    report = shop.json("check", "--max-examples", "7", "--json", "-")
    assert {each["fuzzed"] for each in report["verdicts"]} <= {0, 7}


def test_a_failure_is_kept_and_tried_first_the_next_time(broken_shop: Project) -> None:
    many = broken_shop.run("check", "--seed", "0", "--max-examples", "300")
    assert many.exit_code == 1
    assert broken_shop.run("check", "--max-examples", "1").exit_code == 1


@pytest.mark.parametrize("text", ["holds", "price::holds.*", "never negative"])
def test_clauses_are_selected_by_text_or_glob(broken_shop: Project, text: str) -> None:
    report = broken_shop.json("check", "-k", text, "--json")
    assert [each["item"]["clause"] for each in report["verdicts"]] == ["holds.never negative"]


def test_a_selection_of_nothing_is_told(shop: Project) -> None:
    result = shop.run("check", "-k", "nothing")
    assert result.exit_code == 2
    assert "-k 'nothing', which is in no clause's id" in result.stderr


def test_a_selection_of_nothing_hides_no_problems(shop: Project) -> None:
    shop.file("contracts/wrong.contract.yaml", "name: wrong\nstagse: {}\n")
    shop.file("pyproject.toml", '[tool.stagepact]\npackages = [\n  "shop",\n  "shopp",\n]\n')
    told = shop.run("check", "-k", "nothing").stderr
    assert "contracts/wrong.contract.yaml:2: found unknown key 'stagse'" in told
    assert "pyproject.toml:4: found no module `shopp`" in told


def test_json_on_stdout_is_alone_there(shop: Project) -> None:
    shop.file(
        "contracts/contract_noisy.py",
        "print('hi')\nfrom stagepact import Contract\n"
        "contract = Contract(name='noisy', stages={'price': {'within': '1s'}})\n",
    )
    result = shop.run("check", "--json")
    assert json.loads(result.stdout)["stagepact_run"] == 1
    assert "hi" in result.stderr


def test_reports_are_written_where_they_are_asked_for(shop: Project) -> None:
    files = ("out/r.html", "out/r.json", "out/r.xml")
    result = shop.run("check", "--html", files[0], "--json", files[1], "--junit", files[2])
    assert result.exit_code == 0
    assert "kept" in result.stdout
    assert "<html" in Path(files[0]).read_text()
    assert json.loads(Path(files[1]).read_text())["stagepact_run"] == 1
    assert ET.parse(files[2]).getroot().tag == "testsuites"


def test_a_report_never_overwrites_a_contract(shop: Project) -> None:
    result = shop.run("check", "--json", "contracts/shop.contract.yaml")
    assert result.exit_code == 2
    assert "a contract; expected a file to write" in result.stderr
    assert "stagepact: 1" in Path("contracts/shop.contract.yaml").read_text()


def test_a_report_that_cannot_be_written_is_told(shop: Project) -> None:
    result = shop.run("check", "--html", "contracts")
    assert result.exit_code == 2
    assert result.stderr.startswith("contracts: found a path that can't be written")


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(
    broken_shop: Project, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = broken_shop.run("check", "--junit", str(blocked / "report.xml"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a path that can't be written" in result.stderr


def test_every_run_is_recorded_unless_asked_otherwise(shop: Project) -> None:
    shop.run("check", "--no-record")
    assert not (shop.root / ".stagepact/record.db").exists()
    shop.run("check")
    with Record.open(shop.root / ".stagepact/record.db") as record:
        assert len(record.runs()) == 1


def test_a_module_stands_in_for_another(shop: Project) -> None:
    text = (shop.root / "shop.py").read_text()
    shop.file("mistaken.py", text.replace("10 * len", "11 * len"))
    result = shop.run("check", "--substitute", "shop=mistaken", "--no-fuzz")
    assert result.exit_code == 1
    assert "stagepact run --substitute shop=mistaken " in result.stdout


def test_a_substitute_without_its_equals_sign_is_told(shop: Project) -> None:
    result = shop.run("check", "--substitute", "shop")
    assert result.exit_code == 2
    assert "'shop' is no OLD=NEW" in result.stderr


def test_one_file_is_checked_with_what_the_others_of_the_project_say(shop: Project) -> None:
    shop.file(
        "contracts/more.contract.yaml",
        'stagepact: 1\nname: more\nstages: {"*": {output: {json: true}}}\n',
    )
    shop.file("contracts/wrong.contract.yaml", "stagepact: 2\n")
    report = shop.json("check", "contracts/more.contract.yaml", "--json", "-")
    assert [each["item"]["clause"] for each in report["verdicts"]] == [
        "output.status",
        "output.json",
    ]
    assert {each["state"] for each in report["verdicts"]} == {"kept"}
    assert report["problems"] == []


def test_a_port_that_is_a_fixture_is_left_to_pytest(shop: Project) -> None:
    shop.file(
        "contracts/shop.contract.yaml",
        KEPT.replace('"#/schemas/Order"}}', '"#/schemas/Order"}, ports: {till: "fixture:till"}}'),
    )
    result = shop.run("check")
    assert result.exit_code == 1
    assert "its ports are pytest fixtures (till): run it with pytest" in result.stdout


def test_no_contract_is_told_with_what_to_do(project: Project) -> None:
    project.file("contracts/README.md", "nothing\n")
    for command in ("check", "lint"):
        result = project.run(command)
        assert result.exit_code == 2
        assert "no contract file" in result.stderr
        assert "stagepact init" in result.stderr


def test_it_runs_as_a_process_too(broken_shop: Project) -> None:
    done = broken_shop.process("check", "--seed", "0")
    assert done.returncode == 1
    assert "1 broken" in done.stdout
    assert done.stderr == ""
