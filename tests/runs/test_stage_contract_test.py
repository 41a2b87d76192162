"""Contracts in test functions and classes, as pytest collects and runs them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

# Before any run: pytester forgets what a run imported, and PyYAML's C part can't be loaded twice.
import stagepact.testing  # noqa: F401

_NUMBERS = itertools.count()

CODE = '''
"""Stages of a kiosk."""


async def greet(input: dict, emit, book) -> dict:
    emit("kiosk.started", {})
    book.write(input["name"])
    emit("kiosk.completed", {"length": len(input["name"])})
    return {"text": "Hello, " + input["name"]}


def rude(input: dict) -> dict:
    return {"text": 1} if input["name"] == "Bob" else {"text": "Hm"}


class Book:
    def write(self, name):
        pass
'''

CONTRACT = """
stagepact: 1
name: kiosk
schemas:
  Person: {type: object, required: [name], properties: {name: {type: string}}}
  Text: {type: object, required: [text], properties: {text: {type: string}}}
stages:
  greet:
    subject: "CODE:greet"
    given: {input: {$ref: "#/schemas/Person"}, ports: {book: "PORT"}}
    output: {data: {$ref: "#/schemas/Text"}}
    examples:
      - {name: a name, given: {input: {name: Ada}}, output: {data: {text: "Hello, Ada"}}}
      - {name: no name, given: {input: {name: ""}}}
  rude:
    subject: "CODE:rude"
    given: {input: {$ref: "#/schemas/Person"}}
    fuzz: false
    output: {data: {$ref: "#/schemas/Text"}}
    examples:
      - {name: ann, given: {input: {name: Ann}}}
      - {name: bob, given: {input: {name: Bob}}}
"""

CLASS = """
import pytest
import stagepact


class Books(list):
    write = list.append


@pytest.fixture
def book():
    return Books()


class TestKiosk(stagepact.StageContractTest):
    contracts = "contracts"
    max_examples = 3
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose code has a name of its own: its modules stay imported."""
    code = f"kiosk_{next(_NUMBERS)}"
    pytester.makepyprojecttoml("[tool.stagepact]\n")
    pytester.makepyfile(**{code: CODE})
    write(pytester.path, code, f"{code}:Book")
    monkeypatch.chdir(pytester.path)
    return pytester.path


def write(path: Path, code: str, port: str) -> None:
    (path / "contracts").mkdir(exist_ok=True)
    told = CONTRACT.replace("CODE", code).replace("PORT", port)
    (path / "contracts" / "kiosk.contract.yaml").write_text(told)


def outcome(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_each_stage_and_each_example_is_a_test(project: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_kiosk=CLASS)
    result = outcome(pytester, "--collect-only", "-q", "test_kiosk.py")
    result.stdout.fnmatch_lines(
        [
            "test_kiosk.py::TestKiosk::test_contract?greet?",
            "test_kiosk.py::TestKiosk::test_contract?rude?",
            "test_kiosk.py::TestKiosk::test_case?greet-a name?",
            "test_kiosk.py::TestKiosk::test_case?greet-no name?",
            "test_kiosk.py::TestKiosk::test_case?rude-ann?",
            "test_kiosk.py::TestKiosk::test_case?rude-bob?",
        ]
    )


def test_what_breaks_a_clause_is_told_by_stage_and_by_case(
    project: Path, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_kiosk=CLASS)
    result = outcome(pytester, "test_kiosk.py")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*broken clauses*"])
    summary = [line for line in result.outlines if line.startswith("FAILED")]
    assert [line.partition("TestKiosk::")[2].partition("]")[0] for line in summary] == [
        "test_contract[rude",
        "test_case[rude-bob",
    ]


def test_ones_own_tests_run_cases_and_look_at_events(
    project: Path, pytester: pytest.Pytester
) -> None:
    own = """
    @classmethod
    def get_all_stages(cls):
        return ["greet"]

    def test_own(self, stage, case):
        seen = self.run(stage, case)
        assert seen.case.name in ("a name", "no name")
        self.assert_event_emitted("completed", length=len(case.given.input["name"]))

    def test_plain(self):
        assert self.get_emitted_events() == ()
"""
    pytester.makepyfile(test_kiosk=CLASS + own)
    outcome(pytester, "test_kiosk.py", "-k", "own or plain").assert_outcomes(passed=3, deselected=3)


def test_fixtures_stand_for_ports(project: Path, pytester: pytest.Pytester) -> None:
    code = next(project.glob("kiosk_*.py")).stem
    write(project, code, "fixture:book")
    own = """
    def test_own(self, stage, case, book):
        self.run("greet", self.cases("greet")[0])
        assert book == ["Ada"]
"""
    pytester.makepyfile(test_kiosk=CLASS + own)
    outcome(pytester, "test_kiosk.py", "-k", "greet").assert_outcomes(passed=5, deselected=5)


def test_a_function_has_the_cases_of_a_contract(project: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_shop_cases="""
        import stagepact

        @stagepact.parametrize("contracts/kiosk.contract.yaml", stage="greet", fuzz=2)
        def test_name(case):
            assert isinstance(case.given.input["name"], str)
        """
    )
    result = outcome(pytester, "-v", "test_shop_cases.py")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [f"*::test_name?{name}? PASSED*" for name in ("a name", "no name", "fuzz 1", "fuzz 2")]
    )


def test_a_contract_that_is_not_there_is_told_when_tests_are_collected(
    project: Path, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        test_shop_cases="""
        import stagepact

        @stagepact.parametrize("contracts/kiosk.contract.yaml", stage="great")
        def test_name(case): ...
        """
    )
    result = outcome(pytester, "test_shop_cases.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no stage 'great'*did you mean 'greet'*"])


def test_a_stage_without_clauses_for_a_case_is_skipped(
    project: Path, pytester: pytest.Pytester
) -> None:
    contract = project / "contracts" / "kiosk.contract.yaml"
    head, _, _ = contract.read_text().partition("  rude:")
    told = head.replace('output: {data: {$ref: "#/schemas/Text"}}', "within: {p99: 1s}")
    contract.write_text(told.replace(', output: {data: {text: "Hello, Ada"}}', ""))
    pytester.makepyfile(test_kiosk=CLASS)
    result = outcome(pytester, "-rs", "test_kiosk.py", "-k", "test_case")
    result.assert_outcomes(skipped=2, deselected=1)
    result.stdout.fnmatch_lines(["*not exercised: 1 of 500 runs that a p99 needs*"])


def test_nothing_is_generated_where_nothing_varies(
    project: Path, pytester: pytest.Pytester
) -> None:
    code = next(project.glob("kiosk_*.py")).stem
    (project / "contracts" / "kiosk.contract.yaml").write_text(
        f'{{stagepact: 1, name: k, stages: {{rude: {{subject: "{code}:rude", given: {{}}}}}}}}'
    )
    pytester.makepyfile(
        test_shop_cases="""
        import stagepact

        @stagepact.parametrize("contracts/kiosk.contract.yaml", stage="rude", fuzz=3)
        def test_name(case):
            assert (case.name, case.given.input) == ("as given", None)
        """
    )
    outcome(pytester, "test_shop_cases.py").assert_outcomes(passed=1)
