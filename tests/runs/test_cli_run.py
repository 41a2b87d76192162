"""`stagepact run`: one case again, what is seen of it, and what the clause says."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest
from tiny_project import KEPT, Project

NEGATIVE = "price::holds.never negative[direct]"
MANY = '{"given": {"input": {"id": 1, "lines": ["", "", ""]}}}'


def test_an_example_by_name_is_kept(shop: Project) -> None:
    told = shop.run("run", "price::output.data[direct]", "--case", "two")
    assert told.exit_code == 0
    assert 'data      {"order": 1, "total": 20}' in told.stdout
    assert "verdict   kept" in told.stdout


def test_a_case_as_json_is_broken(broken_shop: Project) -> None:
    told = broken_shop.run("run", NEGATIVE, "--case", MANY)
    assert told.exit_code == 1
    assert '"total": -1' in told.stdout
    assert "verdict   broken" in told.stdout


def test_a_case_outside_of_what_is_assumed_says_nothing(broken_shop: Project) -> None:
    told = broken_shop.run("run", NEGATIVE, "--case", MANY.replace("1", '"1"'))
    assert "verdict   not exercised: no run with what the contract assumes" in told.stdout


@pytest.mark.parametrize(
    "entry", [MANY, f"[{MANY}]", "- given:\n    input: {id: 1, lines: [a, b, c]}"]
)
def test_a_case_may_stand_in_a_file_as_the_report_printed_it(
    broken_shop: Project, entry: str
) -> None:
    broken_shop.file("case.yaml", entry)
    assert broken_shop.run("run", NEGATIVE, "--case", "case.yaml").exit_code == 1


def test_the_command_of_a_report_shows_the_violation_again(broken_shop: Project) -> None:
    report = broken_shop.run("check", "--seed", "0").stdout
    line = re.search(r"stagepact (run .*)", report)
    assert line
    assert broken_shop.run(*shlex.split(line[1])).exit_code == 1


@pytest.mark.parametrize("here", [".", "elsewhere", "contracts/sub"])
def test_the_command_works_where_the_report_was_made(
    broken_shop: Project, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    """Whichever project that folder is of; the record keeps the command of the own project."""
    contract = broken_shop.root / "contracts/shop.contract.yaml"
    folder = broken_shop.root / here
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    monkeypatch.chdir(folder)
    name = Path(os.path.relpath(contract, folder)).as_posix()
    report = broken_shop.run("check", name, "--seed", "0", "--substitute", "a=b").stdout
    line = re.search(r"stagepact (run .*)", report)
    assert line
    arguments = shlex.split(line[1])
    assert arguments[3].startswith(f"{name}::price::")
    assert broken_shop.run(*arguments).exit_code == 1
    assert "verdict   broken" in broken_shop.run(*arguments).stdout
    assert "last runs  2" in broken_shop.run("explain", arguments[3]).stdout
    monkeypatch.chdir(broken_shop.root)
    again = re.search(r"stagepact (run .*)", broken_shop.run("last").stdout)
    assert again
    assert broken_shop.run(*shlex.split(again[1])).exit_code == 1


def test_values_for_tools(broken_shop: Project) -> None:
    told = broken_shop.json("run", NEGATIVE, "--case", MANY, "--json")
    assert told["verdict"] == "broken"
    assert told["observation"]["data"] == {"order": 1, "total": -1}
    assert told["breaches"][0]["promised"]


def test_all_that_is_seen_is_shown(shop: Project) -> None:
    shop.file(
        "shop.py",
        """
        import logging
        import stagepact

        @stagepact.contract_subject()
        def price(x: int, till, emit) -> int:
            print("counting")
            logging.getLogger("shop").warning("slow", extra={"for": 3})
            emit("counted", {"x": x})
            till.add(x)
            raise ValueError("no change")

        class Till:
            def add(self, x):
                return x + 1
        """,
    )
    shop.file(
        "contracts/shop.contract.yaml",
        """
        stagepact: 1
        name: shop
        uses: [shop]
        stages:
          price:
            given: {input: {type: integer}, ports: {till: "shop:Till"}}
            output: {status: [ok]}
            logs: {none: {times: never}}
            events: {types: {counted: true}}
        """,
    )
    told = shop.run("run", "price::output.status", "--case", '{"given": {"input": 2}}')
    assert told.exit_code == 1
    for part in (
        "status    error",
        'counted {"x": 2}',
        'till.add({"x": 2}) → 3',
        "WARNING shop: slow",
        "ValueError: no change",
        "raise ValueError",
        "printed   counting",
    ):
        assert part in told.stdout
    seen = shop.json("run", "price::output.status", "--case", '{"given": {"input": 2}}', "--json")
    assert seen["observation"]["error"]["message"] == "no change"
    assert seen["observation"]["printed"] == "counting\n"


def test_a_request_is_a_case_too(project: Project) -> None:
    project.file(
        "api.py",
        """
        async def app(scope, receive, send):
            status = 200 if scope["path"] == "/things/1" else 404
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        """,
    )
    project.file(
        "contracts/api.contract.yaml",
        """
        stagepact: 1
        name: api
        services:
          things:
            app: "api:app"
            operations: {"GET /things/{id}": {responses: {200: {}}}}
        """,
    )
    clause = "GET /things/{id}::responses.status"
    for number, code in (("1", 0), ("2", 1)):
        case = json.dumps({"request": {"path": {"id": number}}})
        assert project.run("run", clause, "--case", case).exit_code == code


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("tow", "did you mean 'two'?"),
        ("nothing alike", "its examples: two"),
        ("{", "--case:1"),
        ('{"gven": {}}', "gven: extra inputs are not permitted"),
        ('{"given": {"ports": {"a": "b:c"}}}', "`ports`"),
        ("[1]", "no mapping"),
        ("\0", "expected an example's name"),
    ],
)
def test_a_case_that_is_none_is_told(shop: Project, case: str, told: str) -> None:
    result = shop.run("run", "price::output.data", "--case", case)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_clause_that_the_case_says_nothing_of_is_1(shop: Project) -> None:
    result = shop.run("run", "examples.two", "--case", '{"given": {"input": {"id": 1}}}')
    assert result.exit_code == 1
    assert "verdict   not exercised" in result.stdout


def test_a_quantile_is_left_to_check(shop: Project) -> None:
    shop.file("contracts/shop.contract.yaml", KEPT + "        within: {p50: 1s}\n")
    result = shop.run("run", "within.p50", "--case", "two")
    assert result.exit_code == 1
    assert "one run says nothing of a quantile" in result.stdout


def test_a_subject_that_cannot_be_run_says_why(shop: Project) -> None:
    shop.file("contracts/no.contract.yaml", "stagepact: 1\nname: n\nstages: {no: {within: 1s}}\n")
    result = shop.run("run", "no::within.max", "--case", "{}")
    assert result.exit_code == 1
    assert "not exercised: the selector 'no' matches no stage" in result.stdout


def test_an_exception_covers_what_is_broken(broken_shop: Project) -> None:
    path = broken_shop.root / "contracts/shop.contract.yaml"
    entry = "{clause: holds.*, reason: for now, issue: '#1', until: 2999-12-31}"
    path.write_text(path.read_text() + f"    except: [{entry}]\n")
    told = broken_shop.run("run", NEGATIVE, "--case", MANY)
    assert told.exit_code == 0
    assert "broken, excepted until 2999-12-31: for now (#1)" in told.stdout


ODD = """
    import stagepact


    class Secret:
        def __repr__(self):
            raise ValueError("no")


    def cycle():
        value = {}
        value["self"] = value
        return value


    VALUES = {
        "cycle": cycle(),
        "secret": Secret(),
        "key": {(1, 2): float("inf")},
        "many": 0,
    }


    @stagepact.contract_subject()
    def odd(name: str, emit):
        for number in range(100_030 if name == "many" else 0):
            emit("tick", number)
        return VALUES[name]
"""
ODD_CONTRACT = """
    name: odd
    uses: [odd]
    stages:
      odd:
        output: {json: true}
        examples:
          - {name: cycle, given: {input: cycle}}
          - {name: secret, given: {input: secret}}
          - {name: key, given: {input: key}}
          - {name: many, given: {input: many}}
"""


@pytest.fixture
def odd(project: Project) -> Project:
    project.file("odd.py", ODD)
    project.file("contracts/odd.contract.yaml", ODD_CONTRACT)
    return project


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("cycle", {"self": "<itself>"}),
        ("secret", "<Secret, whose repr raises ValueError>"),
        ("key", {"(1, 2)": "inf"}),
    ],
)
def test_what_has_no_json_form_is_shown_as_well_as_can_be(
    odd: Project, case: str, shown: object
) -> None:
    told = odd.run("run", "odd::output.json[direct]", "--case", case)
    assert f"data      {json.dumps(shown)}" in told.stdout
    assert "verdict   broken" in told.stdout
    found = odd.json("run", "odd::output.json[direct]", "--case", case, "--json")
    assert found["observation"]["data"] == shown


def test_of_many_events_the_first_and_the_last_are_shown(odd: Project) -> None:
    told = odd.run("run", "odd::output.json[direct]", "--case", "many").stdout
    ticks = [int(line.split()[-1]) for line in told.splitlines() if " tick " in line]
    assert ticks == [*range(10), *range(99_990, 100_000)]
    assert "… 99,980 more" in told
    assert "and 30 more, which were dropped" in told
    seen = odd.json("run", "odd::output.json[direct]", "--case", "many", "--json")["observation"]
    assert (len(seen["events"]), seen["dropped"]) == (100_000, 30)
