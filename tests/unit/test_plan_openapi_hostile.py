"""Documents that are broken, huge or without end: one problem each, and the rest is checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

APP = """
from flask import Flask, jsonify, request

app = Flask("hostile")


@app.get("/good")
def good():
    return jsonify(ok="y", next={"ok": "n"})


@app.post("/bad")
def bad():
    return jsonify(request.get_json())
"""
TREE = {
    "type": "object",
    "properties": {"ok": {"type": "string"}, "next": {"$ref": "#/components/schemas/Tree"}},
}


def answers(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def document(schemas: dict[str, Any] | None = None, **paths: Any) -> dict[str, Any]:
    good = {"get": {"responses": answers("Tree")}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "hostile", "version": "1"},
        "paths": {"/good": good, **{f"/{name}": path for name, path in paths.items()}},
        "components": {"schemas": {"Tree": TREE, **(schemas or {})}},
    }


def taken(schema: Any, **schemas: Any) -> dict[str, Any]:
    """A document with an operation whose body has a schema."""
    said = {"content": {"application/json": {"schema": schema}}, "required": True}
    operation = {"requestBody": said, "responses": {"200": {"description": ""}}}
    return document(schemas, bad={"post": operation})


Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planned]:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "hostile_app.py").write_text(APP)

    def planned(text: bytes | str | dict[str, Any], name: str = "doc.json") -> Plan:
        data = json.dumps(text) if isinstance(text, dict) else text
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        contract = tmp_path / "shop.contract.yaml"
        service = f"services:\n  shop:\n    app: 'hostile_app:app'\n    openapi: {name}\n"
        contract.write_text(f"stagepact: 1\nname: shop\n{service}")
        return make_plan(open_project([contract], tmp_path))

    yield planned
    sys.modules.pop("hostile_app", None)


def found(plan: Plan) -> dict[str, Verdict]:
    options = Options(max_examples=10, seed=1)
    verdicts = [each for target in plan.targets for each in check(target, options)]
    return {f"{each.item.subject}::{each.item.clause}": each for each in verdicts}


def states(verdicts: dict[str, Verdict], subject: str) -> set[State]:
    return {each.state for name, each in verdicts.items() if name.startswith(subject + "::")}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"openapi": "3.1.0",', "the end of the file"),
        ("", "the file is empty"),
        ("null", "the file is empty"),
        ("<html></html>", "<html></html>"),
        ("[]", "a list as the whole document"),
        (b"\x00\x01\xff", "not UTF-8"),
        (json.dumps(document()).encode("utf-16"), "not UTF-8"),
        ('{"openapi": "3.1.0", "info": NaN}', "NaN"),
        ('{"openapi": "3.1.0", "paths": []}', "a list"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested more than 100 deep"),
    ],
)
def test_what_is_no_document_is_one_problem(planned: Planned, text: bytes | str, told: str) -> None:
    plan = planned(text)
    (problem,) = plan.problems
    assert (problem.place.file, problem.place.line) == ("doc.json", 1)
    assert told in str(problem)
    assert plan.targets == ()


def test_aliases_that_expand_without_end_are_one_problem(planned: Planned) -> None:
    (problem,) = planned(BOMB + "openapi: 3.1.0\n", "doc.yaml").problems
    assert "aliases that expand to more than" in str(problem)
    assert problem.place.line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (document(bad={"post": None}), "nothing"),
        (document(bad=[]), "a list"),
        (document(bad={"$ref": "#/paths/~1bad"}), "go in a circle"),
        (document(bad={"get": {"parameters": [{"$ref": "#/paths/~1bad/get/parameters/0"}]}}),
         "go in a circle"),
        (document(bad={"get": {"responses": {"9xx": {"description": ""}}}}), "the status '9xx'"),
        (taken({"type": "string", "pattern": "(["}), "no regular expression"),
        (taken({"$ref": "#/components/schemas/None"}), "#/components/schemas/None"),
        (taken({"$ref": "https://example.com/x.json"}), "https://example.com/x.json"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_one_operation_costs_it_alone(
    planned: Planned, text: dict[str, Any], told: str
) -> None:
    plan = planned(text)
    (problem,) = plan.problems
    assert told in str(problem)
    verdicts = found(plan)
    assert states(verdicts, "GET /good") == {State.KEPT}
    assert states(verdicts, "POST /bad") == set()


ENDLESS = {
    "type": "object",
    "required": ["one"],
    "properties": {"one": {"$ref": "#/components/schemas/One"}},
}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (ENDLESS, "what recurs never ends"),
        (False, "the schema admits no value"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "the schema admits no value"),
    ],
)
def test_a_body_that_cannot_be_made_is_not_exercised(
    planned: Planned, schema: Any, reason: str
) -> None:
    plan = planned(taken({"$ref": "#/components/schemas/One"}, One=schema))
    verdicts = found(plan)
    assert plan.problems == ()
    assert states(verdicts, "POST /bad") == {State.NOT_EXERCISED}
    assert reason in verdicts["POST /bad::responses.status"].reason
    assert states(verdicts, "GET /good") == {State.KEPT}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/One"},
        {"allOf": [{"$ref": "#/components/schemas/One"}]},
        {"type": "array", "items": {"$ref": "#/components/schemas/One"}},
    ],
)
def test_a_schema_that_holds_itself_is_sent(planned: Planned, schema: Any) -> None:
    """One that is nothing but itself says nothing, so it permits everything."""
    plan = planned(taken({"$ref": "#/components/schemas/One"}, One=schema))
    assert plan.problems == ()
    assert states(found(plan), "POST /bad") == {State.KEPT}


@pytest.mark.parametrize("schema", [{}, True, {"title": "anything"}])
def test_a_body_that_may_be_anything_is_sent(planned: Planned, schema: Any) -> None:
    """It has no boundary cases; the plain request has a body all the same."""
    assert states(found(planned(taken(schema))), "POST /bad") == {State.KEPT}


def test_a_document_of_5_megabytes_is_read(planned: Planned) -> None:
    """Half of it is text, the other half are schemas that lead round in a ring."""
    ring = {
        f"S{number}": {
            "type": "object",
            "description": "x" * 50_000,
            "properties": {
                "next": {"$ref": f"#/components/schemas/S{(number + 1) % 50}"},
                **{f"field {name}": {"type": "string", "maxLength": 40} for name in range(1000)},
            },
        }
        for number in range(50)
    }
    described = document({**ring, "Tree": {**TREE, "required": ["ok"]}})
    described["paths"]["/good"]["get"]["responses"] |= {"404": answers("S0")["200"]}
    assert len(json.dumps(described)) > 5_000_000
    plan = planned(described)
    assert plan.problems == ()
    assert State.BROKEN not in states(found(plan), "GET /good")
