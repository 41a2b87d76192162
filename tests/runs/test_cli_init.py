"""`stagepact init`: a first contract that can be checked as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from tiny_project import SHOP, Project

from stagepact.contract.complaints import language_schema

CONTRACT = Path("contracts/shop.contract.yaml")


@pytest.fixture
def bare_shop(project: Project) -> Project:
    project.file("shop.py", SHOP)
    return project


def test_the_first_contract_says_what_the_code_says_and_is_kept(bare_shop: Project) -> None:
    written = bare_shop.run("init", "shop")
    assert written.exit_code == 0
    assert "written: contracts/shop.contract.yaml" in written.stdout
    contract = yaml.safe_load(CONTRACT.read_text())
    assert contract["schemas"]["Order"] == {"model": "shop:Order"}
    assert contract["stages"]["price"]["given"]["input"] == {"$ref": "#/schemas/Order"}
    assert contract["stages"]["price"]["output"]["data"] == {"$ref": "#/schemas/Price"}
    assert bare_shop.run("check").exit_code == 0


def test_editors_find_the_language_beside_it(bare_shop: Project) -> None:
    bare_shop.run("init", "shop")
    first = CONTRACT.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=stagepact.schema.json"
    schema = json.loads(Path("contracts/stagepact.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(CONTRACT.read_text()), schema)


def test_nothing_is_overwritten_unless_it_is_asked_for(bare_shop: Project) -> None:
    bare_shop.file(str(CONTRACT), "mine\n")
    result = bare_shop.run("init", "shop")
    assert result.exit_code == 2
    assert "overwrite it with --force" in result.stderr
    assert CONTRACT.read_text() == "mine\n"
    assert bare_shop.run("init", "shop", "--force").exit_code == 0
    assert "stagepact: 1" in CONTRACT.read_text()


def test_it_is_printed_instead(bare_shop: Project) -> None:
    printed = bare_shop.run("init", "shop", "--output", "-")
    assert yaml.safe_load(printed.stdout)["name"] == "shop"
    assert not Path("contracts").exists()


def test_a_file_that_would_not_be_found_again_is_refused(bare_shop: Project) -> None:
    result = bare_shop.run("init", "shop", "--output", "shop.yaml")
    assert result.exit_code == 2
    assert "a name that ends in .contract.yaml" in result.stderr


def test_several_parameters_defaults_ports_and_no_parameters(project: Project) -> None:
    project.file(
        "m.py",
        """
        import stagepact
        from dataclasses import dataclass

        @dataclass
        class Item:
            size: int

        @stagepact.contract_subject()
        def ship(item: Item, country: str, express: bool = False) -> list[str]:
            return [country] * 2

        @stagepact.contract_subject()
        def notify(item: Item, mailer): ...

        @stagepact.contract_subject()
        def ping() -> str:
            return "pong"

        @stagepact.contract_subject()
        def untyped(x):
            return x
        """,
    )
    project.run("init", "m")
    text = Path("contracts/m.contract.yaml").read_text()
    stages = yaml.safe_load(text)["stages"]
    assert stages["ship"]["given"]["input"]["required"] == ["item", "country"]
    assert stages["ship"]["given"]["input"]["properties"]["item"] == {"$ref": "#/schemas/Item"}
    assert stages["ping"]["given"] == {}
    assert "given" not in stages["untyped"]
    assert "# ports: {mailer: " in text
    verdicts = project.json("check", "--json", "-")["verdicts"]
    states = {each["item"]["subject"]: each["state"] for each in verdicts}
    assert states == {
        "ship": "kept", "notify": "not exercised", "ping": "kept", "untyped": "not exercised",
    }  # fmt: skip


def test_a_service_brings_the_operations_statuses_and_schemas_of_its_openapi_document(
    project: Project,
) -> None:
    pytest.importorskip("fastapi")
    project.file(
        "api.py",
        """
        from fastapi import FastAPI, HTTPException
        from pydantic import BaseModel

        class Thing(BaseModel):
            id: int
            parts: "list[Thing]" = []

        app = FastAPI()
        things = {}

        @app.get("/things/{id}", responses={404: {"description": "no such thing"}})
        def read(id: int, deep: bool = False) -> Thing:
            if id not in things:
                raise HTTPException(404)
            return things[id]

        @app.post("/things", status_code=201)
        def make(thing: Thing) -> Thing:
            things[thing.id] = thing
            return thing
        """,
    )
    assert project.run("init", "api:app").exit_code == 0
    contract = yaml.safe_load(Path("contracts/api.contract.yaml").read_text())
    read = contract["services"]["api"]["operations"]["GET /things/{id}"]
    assert set(map(str, read["responses"])) == {"200", "404", "422", "default"}
    answer = read["responses"][200]["body"]["$ref"].removeprefix("#/schemas/")
    assert read["request"]["path"]["id"]["type"] == "integer"
    parts = contract["schemas"][answer]["properties"]["parts"]
    assert parts["items"] == {"$ref": f"#/schemas/{answer}"}
    result = project.run("check")
    assert result.exit_code == 0, result.stdout
    assert "POST /things      7 kept" in result.stdout


def test_a_pipeline_brings_its_stages_with_their_upstreams(project: Project) -> None:
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

        class Second(First):
            name = "second"
            kind = StageKind.WORK

        pipeline = (
            Pipeline()
            .with_stage("first", First, StageKind.TRANSFORM)
            .with_stage("second", Second, StageKind.WORK, dependencies=("first",))
        )
        """,
    )
    assert project.run("init", "flow:pipeline").exit_code == 0
    text = Path("contracts/flow.contract.yaml").read_text()
    assert "# given: {inputs: {first: {type: object}}}" in text
    assert set(yaml.safe_load(text)["stages"]) == {"first", "second"}
    result = project.run("check")
    assert "no contract says what first is given" in result.stdout.replace("\n      ", " ")
    assert result.exit_code == 1


def test_what_can_not_be_made_is_a_comment(bare_shop: Project) -> None:
    text = (bare_shop.root / "shop.py").read_text()
    more = "@stagepact.skip_contract_tests('too slow')\ndef slow(): ...\n"
    bare_shop.file("shop.py", text + "\n\n" + more)
    assert (
        "#   shop:slow: skipped: too slow" in bare_shop.run("init", "shop", "--output", "-").stdout
    )


def test_nothing_to_write_of_is_told(project: Project) -> None:
    project.file("empty.py", "")
    for arguments in (["empty"], [], ["nowhere"]):
        result = project.run("init", *arguments)
        assert result.exit_code == 2
        assert not Path("contracts").exists()


def test_every_written_contract_is_of_the_language(bare_shop: Project) -> None:
    printed = bare_shop.run("init", "shop", "--output", "-").stdout
    jsonschema.validate(yaml.safe_load(printed), dict(language_schema()))


STRANGE = ("my: strange name", "yes", "404", "a, b", "all *", "- x", "it's # 1", "two\nlines\x85 ü")


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_of_any_characters_is_a_block_that_means_it(project: Project, name: str) -> None:
    code = f"""
        import stagepact

        @stagepact.contract_subject({name!r})
        def strange(x: int) -> int:
            return x

        @stagepact.contract_subject()
        @stagepact.skip_contract_tests("no\\n: time")
        def skipped(): ...
        """
    project.file("m.py", code)
    assert project.run("init", "m").exit_code == 0
    linted = project.run("lint")
    assert (linted.exit_code, linted.stderr) == (0, "")
    verdicts = project.json("check", "--json", "-")["verdicts"]
    assert {(each["item"]["subject"], each["state"]) for each in verdicts} == {(name, "kept")}


def test_a_pipeline_of_a_strange_name_is_a_block_too(project: Project) -> None:
    pytest.importorskip("stageflow")
    project.file(
        "m.py",
        """
        from stageflow.api import Pipeline
        from stageflow.core import StageKind, StageOutput

        class First:
            name = "the: first"
            kind = StageKind.TRANSFORM
            async def execute(self, ctx):
                return StageOutput.ok(n=3)

        line = Pipeline("a: line").with_stage("the: first", First, StageKind.TRANSFORM)
        """,
    )
    project.run("init", "m")
    assert project.run("lint").exit_code == 0
    verdicts = project.json("check", "--json", "-")["verdicts"]
    assert {each["item"]["subject"] for each in verdicts} == {"the: first", "a: line"}


def test_a_model_that_check_refuses_is_not_named(project: Project) -> None:
    project.file(
        "m.py",
        """
        import stagepact
        from typing import TypedDict
        from pydantic import BaseModel

        Size = TypedDict("Size", {"n": int})

        class Lost(BaseModel):
            n: int

        Kept, Lost = Lost, None

        @stagepact.contract_subject()
        def typed(x: Size) -> Size:
            return x

        @stagepact.contract_subject()
        def lost(x: Kept) -> Kept:
            return x
        """,
    )
    project.run("init", "m")
    result = project.run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    schemas = yaml.safe_load(Path("contracts/m.contract.yaml").read_text()).get("schemas", {})
    assert schemas == ({"Size": {"model": "m:Size"}} if sys.version_info >= (3, 12) else {})
