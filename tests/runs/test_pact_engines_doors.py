"""`--pact-engine` at both doors: the items of the native engine, judged by the official one."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from tiny_project import Project

APP = """
from flask import Flask, jsonify


def create() -> Flask:
    app = Flask("books")

    @app.get("/books/<int:id>")
    def read(id):
        return jsonify(id=id, title="Emma" if id < 3 else None)

    return app
"""
CONTRACT = """
name: books
services: {books: {app: "books:create"}}
pacts: {provider: books, from: ../pacts}
"""


def interaction(number: int) -> dict[str, Any]:
    return {
        "description": f"book {number}",
        "request": {"method": "GET", "path": f"/books/{number}"},
        "response": {
            "status": 200,
            "body": {"title": "Persuasion"},
            "matchingRules": {"body": {"$.title": {"matchers": [{"match": "type"}]}}},
        },
    }


PACT = {
    "consumer": {"name": "shelf"},
    "provider": {"name": "books"},
    "interactions": [interaction(1), interaction(2), interaction(3)],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}
IDS = [
    f"contracts/books.contract.yaml::pacts/shelf-books.json::book {number}[wsgi]"
    for number in (1, 2, 3)
]


def named(item: dict[str, Any]) -> str:
    return f"{item['file']}::{item['subject']}::{item['clause']}[{item['path']}]"


@pytest.fixture
def books(project: Project) -> Project:
    project.file("books.py", APP)
    project.file("contracts/books.contract.yaml", CONTRACT)
    project.file("pacts/shelf-books.json", json.dumps(PACT))
    return project


def test_check_tells_the_official_engine_s_verdicts_and_how_to_see_them_again(
    books: Project,
) -> None:
    done = books.process("check", "--pact-engine", "official", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    found = {named(each["item"]): each for each in report["verdicts"]}
    assert [*found] == IDS
    assert [each["state"] for each in found.values()] == ["kept", "kept", "broken"]
    (violation,) = found[IDS[2]]["violations"]
    assert violation["seen"] == "null"
    assert "to be the same type as" in violation["promised"]
    command = violation["command"]
    assert command.startswith("stagepact run --pact-engine official 'contracts/books.contract")
    again = books.process(*shlex.split(command)[1:])
    assert again.returncode == 1
    assert "to be the same type as" in again.stdout


def test_without_the_option_the_contract_says_which_engine(books: Project) -> None:
    native = books.json("check", "--json")
    (violation,) = native["verdicts"][2]["violations"]
    assert "to be the same type as" not in violation["promised"]
    books.file(
        "contracts/books.contract.yaml", CONTRACT.replace("pacts}", "pacts, engine: official}")
    )
    official = books.json("check", "--json")
    assert [each["item"] for each in official["verdicts"]] == [
        each["item"] for each in native["verdicts"]
    ]
    assert [each["state"] for each in official["verdicts"]] == [
        each["state"] for each in native["verdicts"]
    ]


@pytest.mark.parametrize("spread", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)])
def test_pytest_runs_the_same_items_by_the_official_engine(
    books: Project, spread: tuple[str, ...]
) -> None:
    run = books.pytest_process if spread else books.pytest
    done = run("contracts", "-v", *spread, "--stagepact-pact-engine", "official")
    assert "1 failed, 2 passed" in done.stdout
    assert f"FAILED {IDS[2]}" in done.stdout
    assert "to be the same type as" in done.stdout
    assert "Verifying a pact" not in done.stdout, "what the engine prints is left out"


def test_a_verification_tells_which_engine_it_was(books: Project) -> None:
    for engine in ("native", "official"):
        done = books.run("pact", "verify", "--pact-engine", engine, "--json")
        (told,) = json.loads(done.stdout)["verifications"]
        assert done.exit_code == 1
        assert told["engine"] == engine
        assert [each["success"] for each in told["results"]] == [True, True, False]


def test_an_engine_that_does_not_exist_is_refused_at_both_doors(books: Project) -> None:
    done = books.run("check", "--pact-engine", "offical")
    assert done.exit_code == 2
    assert "'native', 'official'" in done.stderr
    books.file("pyproject.toml", '[tool.stagepact]\npact_engine = "offical"\n')
    done = books.run("check")
    assert done.exit_code == 2
    assert "native or official" in done.stderr
