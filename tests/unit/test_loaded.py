"""What is loaded for what: modules only, no times (docs/decisions/0002)."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from stagepact.cli.door import COMMANDS
from stagepact.cli.pact import COMMANDS as OF_PACTS
from stagepact.verdict.checks import CHECKS, LATE
from stagepact.verdict.checks.families import Families

_STAGE = """
name: loaded
stages:
  greet: {given: {input: {type: object}}, output: {data: {type: string}}}
"""
_OTHERS = {
    "stagepact.plan.services": "services: {talk: {app: 'code:app'}}\n",
    "stagepact.plan.channels": "channels: {talk: {websocket: 'code:app#/talk'}}\n",
    "stagepact.plan.pact_consumers": "consumes: {talk: {messages: {said: {contents: {x: y}}}}}\n",
    "stagepact.plan.pacts": "pacts: {from: 'pacts/*.json', provider: talk}\n",
    "stagepact.plan.flows": "flows: {talk: {from: '#/stages/greet', to: '#/stages/greet'}}\n",
}
_SCRIPT = """
import json, sys
from pathlib import Path
from stagepact.plan.door import make_plan, open_project

plan = make_plan(open_project([Path("all.contract.yaml")], Path.cwd()))
assert plan.documents, plan.problems
print(json.dumps(sorted(sys.modules)))
"""


def _loaded(folder: Path, script: str, *given: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *given],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


_HELP = """
import contextlib, io, json, sys
from stagepact.cli.door import main

with contextlib.redirect_stdout(io.StringIO()) as told:
    for each in json.loads(sys.argv[1]):
        main([*each, "--help"], standalone_mode=False)
assert told.getvalue().count("Usage: ") == len(json.loads(sys.argv[1])), told.getvalue()
print(json.dumps(sorted(sys.modules)))
"""
_HEAVY = ("plan", "flow", "report", "record", "schema", "verdict", "pact", "contract.models")


def test_the_help_of_commands_loads_neither_plans_nor_what_they_need(tmp_path: Path) -> None:
    commands = [*([each] for each in COMMANDS), *(["pact", each] for each in OF_PACTS)]
    loaded = _loaded(tmp_path, _HELP, json.dumps(commands))
    heavy = {"hypothesis", "pydantic", "jsonschema_rs", "yaml", "rich"}
    assert not loaded & {*heavy, *(f"stagepact.{name}" for name in _HEAVY)}


def _planned(folder: Path, contract: str) -> set[str]:
    (folder / "pyproject.toml").write_text('[tool.stagepact]\ncontracts = ["."]\n')
    (folder / "all.contract.yaml").write_text(contract)
    return _loaded(folder, _SCRIPT)


def test_a_plan_of_a_stage_loads_no_other_sections(tmp_path: Path) -> None:
    loaded = _planned(tmp_path, _STAGE)
    assert "stagepact.plan.stages" in loaded
    late = {"stagepact.plan.faults", "stagepact.plan.chaos", "stagepact.plan.stage_laws"}
    late |= {"stagepact.pact", "stagepact.faults", "stagepact.contract.resources", "hypothesis"}
    late |= {"stagepact.plan.pact_written", *_OTHERS}
    late |= {f"stagepact.verdict.checks.{name}" for name in LATE}
    assert not late & loaded


@pytest.mark.parametrize("module", _OTHERS)
def test_a_section_loads_its_own_module(tmp_path: Path, module: str) -> None:
    loaded = _planned(tmp_path, _STAGE + _OTHERS[module])
    assert {name for name in _OTHERS if name in loaded} == {module}


def test_a_folder_of_pacts_is_looked_through_where_none_is_made(tmp_path: Path) -> None:
    """What a contract made before it said nothing more of pacts is told."""
    (tmp_path / "pacts").mkdir()
    assert "stagepact.plan.pact_written" in _planned(tmp_path, _STAGE)


@pytest.mark.parametrize("module", LATE)
def test_each_module_of_checks_has_just_the_kinds_it_is_listed_with(module: str) -> None:
    checks = import_module(f"stagepact.verdict.checks.{module}").CHECKS
    named = {each for each in LATE[module] if not each.endswith(".")}
    begun = tuple(each for each in LATE[module] if each.endswith("."))
    assert {kind for kind in checks if not kind.startswith(begun or (" ",))} == named
    assert all(any(kind.startswith(each) for kind in checks) for each in begun)
    for other in set(LATE) - {module}:
        assert not set(checks) & set(import_module(f"stagepact.verdict.checks.{other}").CHECKS)
    for kind, check in checks.items():
        fresh = Families({}, {module: LATE[module]}, "stagepact.verdict.checks")
        assert fresh[kind] is check
        assert CHECKS[kind] is check


def test_a_table_of_families_is_a_mapping_of_all_kinds() -> None:
    assert len(CHECKS) == len([*CHECKS]) == len({*CHECKS})
    assert "channels.ordered" in CHECKS
    assert "channels.unknown" not in CHECKS
    assert CHECKS.get("nothing") is None
    with pytest.raises(KeyError, match=r"stages\.unknown"):
        CHECKS["stages.unknown"]


def test_a_kind_is_found_before_its_family_is_loaded(tmp_path: Path) -> None:
    script = (
        "import json, sys; from stagepact.verdict.checks import CHECKS; "
        "before = 'stagepact.verdict.checks.chaos' in sys.modules; "
        "CHECKS['chaos.ends']; print(json.dumps([before, *sys.modules]))"
    )
    loaded = _loaded(tmp_path, script)
    assert False in loaded
    assert "stagepact.verdict.checks.chaos" in loaded
    assert "stagepact.verdict.checks.channels" not in loaded
