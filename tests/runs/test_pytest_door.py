"""`pytest contracts/`: what is collected, how it ends, what it shows, what it leaves."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tiny_project import BROKEN, KEPT, SHOP, Project, lose_a_module

from stagepact.record import Record
from stagepact.verdict.model import ItemId, Run, State

FILE = "contracts/shop.contract.yaml"
IDS = [
    f"{FILE}::price::output.status[direct]",
    f"{FILE}::price::output.data[direct]",
    f"{FILE}::price::examples.two[direct]",
]
CLAUSE = f"{FILE}::price::holds.never negative[direct]"

SOURCE = Path(__file__).parents[2] / "src" / "stagepact"


class Done:
    """What a run of pytest came to."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code = process.returncode
        self.text = process.stdout
        self.stderr = process.stderr
        assert "INTERNALERROR" not in self.text + self.stderr

    @property
    def outcomes(self) -> dict[str, int]:
        """`{"passed": 3, "failed": 1}`, from the last line."""
        found = re.findall(r"(\d+) ([a-z]+)", self.text.strip().splitlines()[-1])
        return {name: int(number) for number, name in found if name != "in"}

    @property
    def ids(self) -> list[str]:
        return [line for line in self.text.splitlines() if "::" in line]

    def of(self, word: str) -> list[str]:
        """The ids that the short summary lists under a word."""
        return [
            line.removeprefix(word + " ").split(" - ")[0]
            for line in self.text.splitlines()
            if line.startswith(word + " ")
        ]


def run_pytest(project: Project, *arguments: str, **env: str) -> Done:
    """Run pytest as users do."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "CI"))}
    return Done(
        subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=project.root,
            env={**kept, "PYTHONPATH": str(project.root), "COLUMNS": "300", **env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    )


def in_process(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """Run pytest in this process, which is quicker."""
    code = pytest.main(["-p", "no:cacheprovider", "-p", "no:randomly", *arguments])
    captured = capsys.readouterr()
    return Done(subprocess.CompletedProcess([], int(code), captured.out, captured.err))


# -- collection --------------------------------------------------------------------------------


@pytest.mark.untraced
def test_ids_are_sorted_and_the_same_each_time(broken_shop: Project) -> None:
    first, second = (run_pytest(broken_shop, "--collect-only", "-q", "contracts") for _ in "12")
    assert first.ids == second.ids
    assert sorted(first.ids) == sorted([*IDS, CLAUSE])


def test_a_path_of_a_clause_stands_in_its_id(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    done = in_process(shop, capsys, f"{FILE}::price::output.data[direct]", "-v")
    assert done.outcomes == {"passed": 1}
    assert f"{FILE}::price::output.data[direct] PASSED" in done.text


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (("-k", "never"), [CLAUSE]),
        (("-k", "data and price"), [IDS[1]]),
        (("-m", "contract"), [*IDS, CLAUSE]),
        (("-m", "fuzz"), [*IDS, CLAUSE]),
        (("-m", "performance"), []),
        (("-m", "not contract"), []),
        ((f"{FILE}::price",), [*IDS, CLAUSE]),
    ],
)
@pytest.mark.slow
def test_items_are_selected(
    broken_shop: Project,
    capsys: pytest.CaptureFixture[str],
    asked: tuple[str, ...],
    ids: list[str],
) -> None:
    where = () if FILE in asked[0] else ("contracts",)
    done = in_process(broken_shop, capsys, "--collect-only", "-q", *asked, *where)
    assert sorted(done.ids) == sorted(ids)


def test_what_is_about_time_is_marked(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.file(FILE, KEPT + "        within: {max: 9s, p50: 9s}\n")
    done = in_process(shop, capsys, "--collect-only", "-q", "-m", "performance", "contracts")
    assert [id_.rpartition("::")[2] for id_ in done.ids] == [
        "within.max[direct]",
        "within.p50[direct]",
    ]


def test_what_is_not_fuzzed_is_not_marked_so(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file(FILE, KEPT + "        fuzz: false\n")
    assert in_process(shop, capsys, "--collect-only", "-q", "-m", "fuzz", "contracts").ids == []


@pytest.mark.slow
def test_two_folders_and_python_and_json_are_collected(shop: Project) -> None:
    shop.file("more/contract_shop.py", "from stagepact import Contract, Stage\n"
        "contract = Contract(name='py', stages={'price': Stage(within='9s')})\n")  # fmt: skip
    text = json.dumps({"name": "json", "stages": {"price": {"output": {"json": True}}}})
    shop.file("more/shop.contract.json", text)
    shop.file("pyproject.toml", '[tool.stagepact]\ncontracts = ["contracts", "more"]\n')
    done = run_pytest(shop, "contracts", "more", "-q", "--stagepact-max-examples", "5")
    assert done.outcomes == {"passed": 6}
    assert done.code == 0


def test_a_file_outside_of_the_configured_folders_is_planned_by_itself(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("elsewhere/other.contract.yaml", KEPT)
    done = in_process(shop, capsys, "elsewhere/other.contract.yaml", "-q")
    assert done.outcomes == {"passed": 3}


@pytest.mark.untraced
def test_without_settings_a_folder_is_enough(shop: Project) -> None:
    (shop.root / "pyproject.toml").unlink()
    assert run_pytest(shop, FILE, "-q", "--stagepact-max-examples", "5").outcomes == {"passed": 3}


# -- failing -----------------------------------------------------------------------------------


def summary(told: str) -> str:
    """How pytest's summary begins; pytest 8 puts no text of ours behind the id."""
    return f"FAILED {CLAUSE} - {told}"[:190] if pytest.version_tuple >= (9,) else f"FAILED {CLAUSE}"


def test_a_broken_clause_is_told_in_words(
    broken_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    done = in_process(broken_shop, capsys, "contracts", "--hypothesis-seed=0")
    assert done.outcomes == {"failed": 1, "passed": 3}
    assert done.code == 1
    (line,) = [line for line in done.text.splitlines() if line.startswith("FAILED ")]
    told = "holds.never negative[direct]: promised output.total >= 0, seen output.total = -1"
    assert line.startswith(summary(told))
    assert f"\n{told}\n" in done.text
    assert "lines: ['', '', '']" in done.text
    assert f"stagepact run '{CLAUSE}'" in done.text
    assert "Traceback" not in done.text
    assert "items.py" not in done.text


@pytest.mark.slow
@pytest.mark.untraced
def test_the_first_failure_stops_with_x_and_lf_runs_it_again(broken_shop: Project) -> None:
    broken_shop.file(FILE, BROKEN.replace("total: 20", "total: 21"))
    asked = ("contracts", "-q", "--hypothesis-seed=0")
    stopped = run_pytest(broken_shop, *asked, "-x")
    assert stopped.outcomes["failed"] == 1
    first = stopped.of("FAILED")
    again = run_pytest(broken_shop, *asked, "--lf")
    assert again.of("FAILED") == first
    assert again.outcomes["failed"] == 1
    assert again.outcomes.get("passed", 0) == 0


@pytest.mark.slow
def test_a_seed_finds_the_same_example_twice(broken_shop: Project) -> None:
    def found() -> str:
        done = run_pytest(broken_shop, "contracts", "--hypothesis-seed=3", "-q")
        (broken_shop.root / ".hypothesis").rename(broken_shop.root / f"h{len(seen)}")
        return done.text.partition("= FAILURES =")[2].rpartition("= short")[0]

    seen: list[str] = []
    seen.append(found())
    seen.append(found())
    assert seen[0] == seen[1]
    assert "never negative" in seen[0]


def test_the_failing_example_is_shrunk_whatever_the_seed(broken_shop: Project) -> None:
    for seed in "45":
        (found,) = report_of(
            broken_shop, "-k", "never", f"--hypothesis-seed={seed}", "--stagepact-max-examples=300"
        )
        assert found["violations"][0]["example"].count("''") == 3


def test_a_verdict_points_to_its_contract_in_junit(
    broken_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    done = in_process(
        broken_shop, capsys, "contracts", "--junitxml=r.xml", "-o", "junit_family=xunit1"
    )
    assert done.code == 1
    cases = ET.parse(broken_shop.root / "r.xml").getroot().iter("testcase")
    (case,) = [case for case in cases if case.find("failure") is not None]
    assert case.get("file") == FILE
    text = (broken_shop.root / FILE).read_text().splitlines()
    assert "never negative" in text[int(case.get("line", "0"))]
    failure = case.find("failure")
    assert failure is not None
    assert "promised output.total >= 0" in failure.get("message", "")


def report_of(project: Project, *arguments: str) -> list[dict[str, object]] | list[dict]:  # type: ignore[type-arg]
    """The verdicts of a run in this process."""
    pytest.main(
        ["-p", "no:cacheprovider", "-q", "contracts", "--stagepact-json=r.json", *arguments]
    )
    return list(json.loads((project.root / "r.json").read_text())["verdicts"])


# -- options -----------------------------------------------------------------------------------


def test_examples_are_bounded_by_the_option(shop: Project) -> None:
    found = report_of(shop, "--stagepact-max-examples=7")
    assert {each["fuzzed"] for each in found} == {0, 7}


@pytest.mark.parametrize("number", ["0", "-5", "many"])
def test_a_number_of_examples_is_above_0(shop: Project, number: str) -> None:
    done = run_pytest(shop, "contracts", f"--stagepact-max-examples={number}")
    assert done.code == 4
    assert f"invalid whole number above 0 value: '{number}'" in done.stderr


def test_examples_are_bounded_by_the_project(shop: Project) -> None:
    assert {each["fuzzed"] for each in report_of(shop)} == {0, 30}


@pytest.mark.slow
def test_examples_are_bounded_by_a_profile_of_hypothesis(shop: Project) -> None:
    shop.file("pyproject.toml", "[tool.stagepact]\n")
    shop.file(
        "conftest.py",
        "from hypothesis import settings\n"
        "settings.register_profile('few', max_examples=11)\n"
        "settings.load_profile('few')\n",
    )
    run_pytest(shop, "contracts", "-q", "--stagepact-json=r.json")
    found = json.loads((shop.root / "r.json").read_text())["verdicts"]
    assert {each["fuzzed"] for each in found} == {0, 11}


def test_without_fuzzing_only_examples_are_run(broken_shop: Project) -> None:
    found = report_of(broken_shop, "--stagepact-no-fuzz")
    assert {each["fuzzed"] for each in found} == {0}
    assert {each["state"] for each in found} == {"kept"}


@pytest.mark.slow
def test_on_a_build_server_hypothesis_keeps_no_database_and_nothing_breaks(
    broken_shop: Project,
) -> None:
    done = run_pytest(broken_shop, "contracts", "-q", CI="true")
    assert done.outcomes == {"failed": 1, "passed": 3}


def test_reports_are_written(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    in_process(shop, capsys, "contracts", "--stagepact-html=o/r.html", "--stagepact-json=o/r.json")
    assert "<html" in (shop.root / "o/r.html").read_text()
    assert json.loads((shop.root / "o/r.json").read_text())["stagepact_run"] == 1


IDLE = """
    stagepact: 1
    name: idle
    stages:
      nobody: {output: {json: true}}
"""


def test_what_is_not_exercised_is_skipped_with_its_reason_and_fails_under_strict(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("contracts/idle.contract.yaml", IDLE)
    done = in_process(shop, capsys, "contracts", "-rs")
    assert done.outcomes == {"passed": 3, "skipped": 2}
    assert "not exercised: the selector 'nobody' matches no stage" in done.text
    assert done.code == 0
    strict = in_process(shop, capsys, "contracts", "--stagepact-strict")
    assert strict.outcomes == {"passed": 3, "failed": 2}
    assert "not exercised: the selector 'nobody' matches no stage" in strict.text
    assert strict.code == 1


def test_what_is_not_exercised_points_to_its_clause(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("contracts/idle.contract.yaml", IDLE)
    done = in_process(shop, capsys, "contracts", "-rs")
    assert "[2] contracts/idle.contract.yaml:5: not exercised: the selector" in done.text


UNMATCHED = """

    @stagepact.contract_subject()
    def lonely(order: Order) -> int:
        return 1
"""


@pytest.mark.slow
def test_code_without_a_contract_is_listed_and_fails_under_strict(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("shop.py", SHOP + UNMATCHED)
    told = "function shop:lonely  unmatched: no contract speaks of it"
    done = in_process(shop, capsys, "contracts")
    assert (done.code, told in done.text) == (0, True)
    strict = in_process(shop, capsys, "contracts", "--stagepact-strict")
    assert (strict.code, told in strict.text) == (1, True)
    assert "1 subject without a contract, which strict forbids" in strict.text
    part = in_process(shop, capsys, "contracts", "--stagepact-strict", "-k", "two")
    assert (part.code, told in part.text) == (0, False)
    assert shop.run("last").exit_code == 1


@pytest.mark.slow
def test_a_module_that_cannot_be_imported_fails_under_strict(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    lose_a_module(shop)
    assert in_process(shop, capsys, "contracts").code == 0
    done = in_process(shop, capsys, "contracts", "--stagepact-strict")
    assert (done.code, "module parts.lost  unimportable: " in done.text) == (1, True)
    assert "1 unimportable module, which strict forbids" in done.text


def test_a_contract_elsewhere_says_nothing_of_code_without_one(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("pyproject.toml", "[tool.stagepact]\npackages = ['shop']\n")
    shop.file("shop.py", SHOP + UNMATCHED)
    shop.file("more/own.contract.yaml", KEPT)
    done = in_process(shop, capsys, "more", "--stagepact-strict")
    assert (done.code, "lonely" in done.text) == (0, False)


@pytest.mark.slow
def test_workers_tell_of_code_without_a_contract(shop: Project) -> None:
    shop.file("shop.py", SHOP + UNMATCHED)
    done = run_pytest(shop, "contracts", "--stagepact-strict", "-n", "2")
    assert done.code == 1
    assert done.text.count("function shop:lonely") == 1


def test_strictness_may_be_the_projects(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.file("contracts/idle.contract.yaml", IDLE)
    shop.file("pyproject.toml", "[tool.stagepact]\nstrict = true\nmax-examples = 5\n")
    assert in_process(shop, capsys, "contracts").outcomes == {"passed": 3, "failed": 2}


# -- exceptions --------------------------------------------------------------------------------

EXCEPT = """\
        except:
          - {clause: holds.never negative, reason: known, issue: "#1", until: %s}
"""


@pytest.mark.parametrize(
    ("until", "outcomes"),
    [("2100-01-01", {"passed": 3, "xfailed": 1}), ("2020-01-01", {"passed": 3, "failed": 1})],
    ids=["not yet over", "over"],
)
def test_an_exception_is_an_xfail_until_its_day(
    broken_shop: Project,
    capsys: pytest.CaptureFixture[str],
    until: str,
    outcomes: dict[str, int],
) -> None:
    broken_shop.file(FILE, BROKEN + EXCEPT % until)
    done = in_process(broken_shop, capsys, "contracts", "-rx")
    assert done.outcomes == outcomes
    assert ("known (#1, until 2100-01-01)" in done.text) is (until == "2100-01-01")


# -- bad input ---------------------------------------------------------------------------------

WRONG = {
    "yaml": ("stages: [", "contracts/wrong.contract.yaml:"),
    "key": ("name: x\nstages: {price: {evnts: {}}}\n", "did you mean 'events'?"),
    "model": ("name: x\nschemas: {A: {model: 'shop:Nothing'}}\n", "shop:Nothing"),
    "empty": ("", "contracts/wrong.contract.yaml"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_document_is_one_failing_item_and_the_others_run(
    shop: Project, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, told = WRONG[name]
    shop.file("contracts/wrong.contract.yaml", text)
    done = in_process(shop, capsys, "contracts")
    assert done.outcomes == {"failed": 1, "passed": 3}
    assert done.of("FAILED") == ["contracts/wrong.contract.yaml::document"]
    assert told in done.text
    assert "Traceback" not in done.text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("contrcts = ['x']", "contrcts"),
        ("packages = ['nowhere']", "nowhere"),
        ("plugins = ['nowhere']", "nowhere, which raises ModuleNotFoundError"),
    ],
)
def test_wrong_settings_are_a_failing_item(
    shop: Project, capsys: pytest.CaptureFixture[str], settings: str, told: str
) -> None:
    shop.file("pyproject.toml", f"[tool.stagepact]\n{settings}\n")
    done = in_process(shop, capsys, "contracts")
    assert done.outcomes["failed"] == 1
    assert told in done.text
    assert "Traceback" not in done.text


def test_what_is_wrong_beside_documents_is_told_with_whichever_file_is_collected(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("pyproject.toml", "[tool.stagepact]\npackages = ['nowhere']\n")
    shop.file("contracts/another.contract.yaml", "name: another\n")
    done = in_process(shop, capsys, FILE)
    assert done.of("FAILED") == [f"{FILE}::document"]
    assert "nowhere" in done.text


def test_a_hidden_mistake_of_ours_keeps_its_traceback(
    shop: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of stagepact's")

    monkeypatch.setattr("stagepact.pytest_plugin.items.check", broken)
    done = in_process(shop, capsys, "contracts", "-x")
    assert "RuntimeError: a mistake of stagepact's" in done.text
    assert "in broken" in done.text or "raise RuntimeError" in done.text


# -- fixtures ----------------------------------------------------------------------------------

TILL = """
    import stagepact

    @stagepact.contract_subject()
    def sell(n: int, till) -> int:
        till.put(n)
        return till.count
"""

SELL = """
    stagepact: 1
    name: till
    uses: [sell]
    stages:
      sell:
        given: {input: {type: integer, minimum: 0}, ports: {till: "fixture:%s"}}
        output: {data: {type: integer, minimum: 1}}
        calls: {till.put: once}
        examples: [{name: one, given: {input: 1}, output: {data: 1}}]
"""

CONFTEST = """
    import pytest

    class Till:
        def __init__(self):
            self.count = 0
        def put(self, n):
            self.count += 1

    @pytest.fixture
    def till(tmp_path, request):
        assert request.scope == "function"
        till = Till()
        yield till
        (tmp_path / "done").write_text(str(till.count))

    @pytest.fixture(scope="session")
    def one_till():
        return Till()
"""


def test_a_users_fixture_stands_for_a_port(project: Project) -> None:
    project.file("sell.py", TILL)
    project.file("conftest.py", CONFTEST)
    project.file(FILE, SELL % "till")
    done = run_pytest(project, "contracts", "-q", "--setup-show")
    assert done.outcomes == {"passed": 4}
    assert done.text.count("SETUP    F till") == 4
    assert done.text.count("TEARDOWN F till") == 4


NOTED = """
    import pytest

    @pytest.fixture(autouse=AUTOUSE)
    def noted(request):
        with open("noted.txt", "a") as notes:
            notes.write(request.node.nodeid + "\\n")

    def pytest_collection_modifyitems(items):
        for item in items:
            item.user_properties.append(("fixtures", len(item.fixturenames)))
"""


@pytest.mark.parametrize(
    ("autouse", "settings"), [("True", ""), ("False", "[pytest]\nusefixtures = noted\n")]
)
def test_fixtures_that_apply_to_all_apply_to_clauses(
    shop: Project, capsys: pytest.CaptureFixture[str], autouse: str, settings: str
) -> None:
    shop.file("conftest.py", NOTED.replace("AUTOUSE", autouse))
    shop.file("pytest.ini", settings)
    done = in_process(shop, capsys, "contracts", "-q", "--stagepact-max-examples=5")
    assert done.outcomes == {"passed": 3}
    assert sorted((shop.root / "noted.txt").read_text().splitlines()) == sorted(IDS)


def test_a_hook_may_ask_each_clause_for_its_fixtures(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.file("conftest.py", NOTED.replace("AUTOUSE", "False"))
    done = in_process(shop, capsys, "contracts", "-q", "--stagepact-max-examples=5")
    assert done.outcomes == {"passed": 3}
    assert not (shop.root / "noted.txt").exists()


def test_a_fixture_that_is_not_there_is_an_error_of_its_items(project: Project) -> None:
    project.file("sell.py", TILL)
    project.file(FILE, SELL % "nothing")
    done = run_pytest(project, "contracts", "-q")
    assert done.outcomes == {"errors": 4} or done.outcomes == {"error": 4}
    assert "fixture 'nothing' not found" in done.text


# -- several processes -------------------------------------------------------------------------


def only_run(record: Record) -> Run:
    assert len(record.runs()) == 1
    run = record.last()
    assert run is not None
    return run


def states_of(run: Run) -> dict[ItemId, tuple[State, tuple[str, ...]]]:
    return {v.item: (v.state, tuple(each.example for each in v.violations)) for v in run.verdicts}


def test_two_workers_find_the_same_and_it_is_recorded_once(broken_shop: Project) -> None:
    broken_shop.file("contracts/idle.contract.yaml", IDLE)
    alone = run_pytest(broken_shop, "contracts", "-q", "--hypothesis-seed=0")
    path = broken_shop.root / ".stagepact/record.db"
    path.rename(broken_shop.root / "alone.db")
    two = run_pytest(
        broken_shop, "contracts", "-q", "-n", "2", "--hypothesis-seed=0", "--stagepact-json=r.json"
    )
    assert two.outcomes == alone.outcomes == {"failed": 1, "passed": 3, "skipped": 2}
    told = "holds.never negative[direct]: promised output.total >= 0, seen output.total = -1"
    assert summary(told) in two.text
    with Record.open(broken_shop.root / "alone.db") as record:
        expected = only_run(record)
    with Record.open(path) as record:
        recorded = only_run(record)

    assert states_of(recorded) == states_of(expected)
    assert len(recorded.verdicts) == 6
    assert recorded.listed == expected.listed
    assert recorded.problems == expected.problems == ()
    assert recorded.meta["seed"] == 0
    assert json.loads((broken_shop.root / "r.json").read_text())["stagepact_run"] == 1


@pytest.mark.slow
def test_workers_tell_their_problems(broken_shop: Project) -> None:
    broken_shop.file("contracts/wrong.contract.yaml", "stages: [")
    done = run_pytest(broken_shop, "contracts", "-q", "-n", "2")
    assert done.outcomes == {"failed": 2, "passed": 3}
    with Record.open(broken_shop.root / ".stagepact/record.db") as record:
        run = only_run(record)
    assert len(run.problems) == 1
    assert len(run.of(State.KEPT)) == 3


@pytest.mark.slow
def test_workers_without_contracts_record_nothing(project: Project) -> None:
    project.file("test_x.py", "def test_x(): pass\n")
    assert run_pytest(project, "-q", "-n", "2").outcomes == {"passed": 1}
    assert not (project.root / ".stagepact").exists()


# -- what it costs others ----------------------------------------------------------------------

LIGHT = """
    import sys

    HEAVY = {"hypothesis", "pydantic", "jsonschema_rs", "rich", "yaml", "jsonschema", "click"}

    def test_nothing_heavy_is_imported():
        assert not HEAVY & set(sys.modules)
        assert "stagepact.pytest_plugin" in sys.modules
        assert not [n for n in sys.modules if n.startswith("stagepact.pytest_plugin.")]
"""


def test_a_project_without_contracts_imports_nothing_heavy(project: Project) -> None:
    project.file("test_light.py", LIGHT)
    done = run_pytest(
        project,
        "-q",
        "-p",
        "stagepact.pytest_plugin",
        "-p",
        "no:hypothesispytest",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        COVERAGE_PROCESS_START="",
    )
    assert done.outcomes == {"passed": 1}, done.text


PLANNED = """
    import sys
    from pathlib import Path

    import stagepact.pytest_plugin.items
    from stagepact.plan.door import make_plan, open_project

    plan = make_plan(open_project([], Path.cwd()))
    assert plan.items and not plan.problems
    heavy = {"hypothesis", "hypothesis_jsonschema", "jsonschema", "rich"}
    print(sorted(heavy & set(sys.modules)))
"""


def test_collecting_imports_nothing_that_only_draws_or_shows(shop: Project) -> None:
    script = shop.file("planned.py", PLANNED)
    done = subprocess.run(
        [sys.executable, script],
        cwd=shop.root,
        env={**os.environ, "COVERAGE_PROCESS_START": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def imports_of(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def test_nothing_of_pytests_inside_is_imported() -> None:
    for path in SOURCE.rglob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith("_pytest")], path
        assert "_pytest." not in path.read_text(encoding="utf-8"), path
