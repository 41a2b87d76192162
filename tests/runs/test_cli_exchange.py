"""`stagepact import` and `export`: contracts and documents say the same in both directions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bank import shop
from stagepact.cli.door import main
from stagepact.contract.openapi import Description, describe
from stagepact.contract.read import read_documents
from stagepact.errors import Place

BANK = Path(__file__).parents[1] / "bank" / "contracts"


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def described(value: Any) -> Description:
    return describe(value, lambda pointer: Place("api.json"))


def blocks(value: Any) -> dict[str, Any]:
    return {each.name: dict(each.block) for each in described(value).operations}


def test_a_document_that_was_imported_is_exported_as_it_was(tmp_path: Path) -> None:
    """The bank's shop, of FastAPI's own making."""
    before = json.loads(json.dumps(shop.make().openapi()))
    (tmp_path / "api.json").write_text(json.dumps(before))
    contract = tmp_path / "shop.contract.yaml"
    run(
        "import",
        "openapi",
        str(tmp_path / "api.json"),
        "--app",
        "bank.shop:app",
        "-o",
        str(contract),
    )
    assert read_documents([contract], tmp_path).problems == ()
    after = json.loads(run("export", "openapi", str(contract)))
    assert set(blocks(after)) == set(blocks(before))
    for name, block in blocks(before).items():
        again = blocks(after)[name]
        assert again["request" if "request" in block else "responses"] == block.get(
            "request", block["responses"]
        )
        assert again["responses"] == block["responses"]
    assert described(after).schemas == described(before).schemas


@pytest.mark.parametrize("name", ["shop", "library"])
def test_a_contract_that_was_exported_is_imported_as_it_was(tmp_path: Path, name: str) -> None:
    exported = run("export", "openapi", str(BANK / f"{name}.contract.yaml"))
    (tmp_path / "api.json").write_text(exported)
    contract = tmp_path / "again.contract.yaml"
    run("import", "openapi", str(tmp_path / "api.json"), "-o", str(contract))
    again = json.loads(run("export", "openapi", str(contract)))
    before = json.loads(exported)
    assert again["paths"].keys() == before["paths"].keys()
    for path, item in before["paths"].items():
        for method, operation in item.items():
            other = again["paths"][path][method]
            extra = {key for key in operation if key.startswith("x-")}
            assert {key: other[key] for key in extra} == {key: operation[key] for key in extra}
            assert {*other["responses"]} == {*operation["responses"]}
            assert other.get("requestBody") == operation.get("requestBody")


def test_an_exported_document_has_the_form_that_the_specification_says(tmp_path: Path) -> None:
    document = json.loads(run("export", "openapi", str(BANK / "shop.contract.yaml")))
    assert document["openapi"] == "3.1.0"
    assert set(document["info"]) >= {"title", "version"}
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                assert status.isdigit() or status == "default"
                assert "description" in response
    for name in document["components"]["schemas"]:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def test_credentials_are_never_exported(tmp_path: Path) -> None:
    text = """
stagepact: 1
name: shop
services:
  shop:
    url: https://shop.example
    auth: {scheme: bearer, users: {ada: {token: very-secret}}, default: ada}
    operations: {GET /a: {responses: {200: {}}}}
"""
    (tmp_path / "shop.contract.yaml").write_text(text)
    exported = run("export", "openapi", str(tmp_path / "shop.contract.yaml"))
    assert "very-secret" not in exported
    assert json.loads(exported)["components"]["securitySchemes"]["auth"]["scheme"] == "bearer"


def test_what_cannot_be_read_is_told_and_left_out(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {}, "put": []}}}
    (tmp_path / "api.json").write_text(json.dumps(document, indent=1))
    told = run("import", "openapi", str(tmp_path / "api.json"), code=2)
    assert "api.json:6: found a list" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "expected"),
        ("openapi: 9.0.0\npaths: {}", "the version '9.0.0'"),
        ("asyncapi: 2.6.0\nchannels: {}", "a document with asyncapi, channels"),
    ],
)
def test_what_is_no_document_is_one_problem(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "api.yaml").write_text(text)
    assert told in run("import", "openapi", str(tmp_path / "api.yaml"), code=2)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(
        json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})
    )
    target = tmp_path / "a.contract.yaml"
    target.write_text("mine")
    told = run("import", "openapi", str(tmp_path / "api.json"), "-o", str(target), code=2)
    assert "nothing is overwritten" in told
    assert target.read_text() == "mine"


def test_channels_come_back_as_they_were(tmp_path: Path) -> None:
    source = BANK / "live-channels.contract.yaml"
    (tmp_path / "live.json").write_text(run("export", "asyncapi", str(source)))
    contract = tmp_path / "again.contract.yaml"
    run("import", "asyncapi", str(tmp_path / "live.json"), "-o", str(contract))
    reading = read_documents([contract], tmp_path)
    assert reading.problems == ()
    before = read_documents([source], BANK).documents[0].contract.channels
    for name, channel in reading.documents[0].contract.channels.items():
        expected = before[name].model_dump(exclude={"credentials", "messages"})
        assert channel.model_dump(exclude={"credentials", "messages"}) == expected
        assert set(channel.messages) == set(before[name].messages)


def test_a_document_of_others_becomes_channels(tmp_path: Path) -> None:
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "News!", "version": "1"},
        "channels": {
            "news": {
                "address": "/ws/{topic}",
                "messages": {"e": {"$ref": "#/components/messages/E"}},
            },
            "lost": {"address": None},
        },
        "components": {
            "messages": {"E": {"name": "event", "payload": {"$ref": "#/components/schemas/P"}}},
            "schemas": {"P": {"type": "object", "items": [{"type": "integer"}]}},
        },
    }
    (tmp_path / "news.yaml").write_text(yaml.safe_dump(document))
    arguments = ["import", "asyncapi", str(tmp_path / "news.yaml"), "--app", "news.api:app"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "found no address" in done.stderr
    contract = yaml.safe_load(done.stdout)
    assert contract["name"] == "News"
    assert contract["channels"] == {
        "news": {
            "websocket": "news.api:app#/ws/{topic}",
            "messages": {"event": {"$ref": "#/schemas/P"}},
        }
    }
    assert contract["schemas"]["P"]["prefixItems"] == [{"type": "integer"}]
