"""Bodies of several media types, bodies that may be left out, and those that nobody can make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from stagepact.cases import RequestAssumption
from stagepact.cases.edges import edge_requests
from stagepact.cases.nearly import invalid_requests
from stagepact.cases.refuted import Refutation
from stagepact.contract.models import RequestSchemas
from stagepact.contract.request_media import each_media, media_of, without_body
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.subject import Given, Request
from stagepact.verdict.model import State, Verdict

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
NOTE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "pattern": "^[a-z]{1,20}$", "maxLength": 20}},
}
TEXT = {"type": "string", "pattern": "^[a-z]{1,20}$", "maxLength": 20}
CONTENT = {"application/json": NOTE, FORM: NOTE, MULTIPART: NOTE, "text/plain": TEXT}


def notes(bug: str = "") -> Flask:
    """Takes a note in any of four media types, or none at all."""
    app = Flask("notes")

    @app.post("/notes")
    def add() -> Response:
        media, text = request.mimetype, _text()
        if text is None:
            if bug == "none-crashes":
                raise RuntimeError
            return Response("none", 422 if bug == "none-refused" else 201)
        if bug == f"{media} crashes on twenty" and len(text) == 20:
            raise RuntimeError
        if bug == f"{media} refused":
            return Response("no", 422)
        valid = 1 <= len(text) <= 20 and text.isascii() and text.isalpha() and text.islower()
        return Response(text, 201 if valid or bug == f"{media} unchecked" else 422)

    return app


def _text() -> str | None:
    if not request.content_type:
        return None
    if request.mimetype == "text/plain":
        return request.get_data(as_text=True)
    given: Any = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(given, dict) or set(given) != {"text"}:
        return ""
    return given["text"] if isinstance(given["text"], str) else ""


app = notes()


def document(**body: Any) -> dict[str, Any]:
    responses = {"201": {"description": ""}, "422": {"description": ""}, "400": {"description": ""}}
    content = {media: {"schema": schema} for media, schema in CONTENT.items()}
    operation = {"requestBody": {"content": content, **body}, "responses": responses}
    return {"openapi": "3.1.0", "info": {"title": "n", "version": "1"},
            "paths": {"/notes": {"post": operation}}}  # fmt: skip


def written(**more: Any) -> dict[str, Any]:
    return {
        "request": {"content": CONTENT, "without-body": "accepted", **more},
        "responses": {"201": {}, "400": {}, "422": {}},
    }


def verdicts(
    folder: Path, bug: str, service: dict[str, Any], monkeypatch: pytest.MonkeyPatch, seed: int = 0
) -> list[Verdict]:
    monkeypatch.setattr("test_request_media.app", notes(bug))
    whole = {"app": "test_request_media:app", "methods": False, **service}
    told = {"stagepact": 1, "name": "notes", "services": {"notes": whole}}
    path = folder / "notes.contract.json"
    path.write_text(json.dumps(told))
    plan = make_plan(open_project([path], folder))
    assert plan.problems == ()
    options = Options(max_examples=40, seed=seed)
    return [verdict for target in plan.targets for verdict in check(target, options)]


def by_contract(folder: Path) -> dict[str, Any]:
    return {"operations": {"POST /notes": written()}}


def by_document(folder: Path) -> dict[str, Any]:
    (folder / "openapi.json").write_text(json.dumps(document(required=False)))
    return {"openapi": "openapi.json"}


BUGS = {
    "none-crashes": "no-server-error",
    "none-refused": "valid-accepted",
    **{f"{each} crashes on twenty": "no-server-error" for each in CONTENT},
    **{f"{each} refused": "valid-accepted" for each in CONTENT},
    **{f"{each} unchecked": "invalid-refused" for each in CONTENT},
}


@pytest.mark.parametrize("said", [by_contract, by_document])
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_one_media_type_is_found(
    bug: str, said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = verdicts(tmp_path, bug, said(tmp_path), monkeypatch)
    assert BUGS[bug] in {e.item.clause.partition("@")[0] for e in found if e.state is State.BROKEN}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("said", [by_contract, by_document])
def test_a_service_that_takes_them_all_keeps_its_contract(
    said: Any, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = verdicts(tmp_path, "", said(tmp_path), monkeypatch, seed)
    assert {e.item.clause: e.violations for e in found if e.state is State.BROKEN} == {}
    assert {"valid-accepted", "invalid-refused"} <= {
        e.item.clause for e in found if e.state is State.KEPT
    }


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ({"required": True}, set()),
        ({}, {"no-server-error"}),
        ({"required": False}, {"no-server-error", "responses.status"}),
    ],
)
def test_a_body_is_left_out_where_its_document_permits_it(
    said: dict[str, Any], broken: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a document that says nothing only a server error is held against the service."""
    (tmp_path / "openapi.json").write_text(json.dumps(document(**said)))
    found = verdicts(tmp_path, "none-crashes", {"openapi": "openapi.json"}, monkeypatch)
    assert {e.item.clause for e in found if e.state is State.BROKEN} == broken


def test_who_says_nothing_may_refuse_what_has_no_body(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document()))
    found = verdicts(tmp_path, "none-refused", {"openapi": "openapi.json"}, monkeypatch)
    assert [e for e in found if e.state is State.BROKEN] == []


XML = "application/xml"


def test_a_media_type_that_cannot_be_made_is_not_exercised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = document(required=True)
    said["paths"]["/notes"]["post"]["requestBody"]["content"][XML] = {"schema": NOTE}
    (tmp_path / "openapi.json").write_text(json.dumps(said))
    found = verdicts(tmp_path, "", {"openapi": "openapi.json"}, monkeypatch)
    (one,) = [e for e in found if e.item.clause == f"valid-accepted@{XML}"]
    assert one.state is State.NOT_EXERCISED
    assert one.reason == f"no body of {XML} can be made; JSON, forms and texts can"


def test_an_operation_whose_only_body_cannot_be_made_is_held_to_no_server_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = document(required=True)
    said["paths"]["/notes"]["post"]["requestBody"]["content"] = {XML: {"schema": NOTE}}
    (tmp_path / "openapi.json").write_text(json.dumps(said))
    service = {"openapi": "openapi.json"}
    states = {e.item.clause: e.state for e in verdicts(tmp_path, "", service, monkeypatch)}
    assert states["no-server-error"] is State.KEPT
    assert states["responses.status"] is State.NOT_EXERCISED
    assert states[f"valid-accepted@{XML}"] is State.NOT_EXERCISED
    found = verdicts(tmp_path, "none-crashes", service, monkeypatch)
    assert [e.item.clause for e in found if e.state is State.BROKEN] == ["no-server-error"]


# -- as values ---------------------------------------------------------------------------------

SCHEMAS = RequestSchemas.model_validate({"content": CONTENT, "without-body": "accepted"})


def test_the_first_media_type_is_the_body() -> None:
    assert SCHEMAS.body == NOTE
    assert list(map(media_of, each_media(SCHEMAS))) == list(CONTENT)
    other = RequestSchemas.model_validate({"content": {FORM: NOTE}})
    assert (media_of(other), other.required, other.content) == (FORM, ["content-type"], {})


def test_without_a_body_nothing_says_what_it_is() -> None:
    bare = without_body(RequestSchemas.model_validate({"content": {FORM: NOTE}}))
    assert (bare.body, bare.headers, bare.required) == (None, {}, [])


def same(schema: Any) -> Any:
    return schema


def asked(media: str, body: Any) -> Given:
    headers = {"content-type": media} if media else {}
    return Given(request=Request(headers=headers, body=body, has_body=True))


@pytest.mark.parametrize(
    ("given", "refuted"),
    [
        (asked("", {"text": "a"}), False),
        (asked(FORM, {"text": "a"}), False),
        (asked("text/plain", "a"), False),
        (asked(FORM, {"text": "A"}), True),
        (asked("text/plain", "A"), True),
        (asked("text/csv", "a"), True),
        (Given(), False),
        (asked(FORM, {}), False),
        (asked(MULTIPART, {}), True),
    ],
)
def test_what_one_media_type_permits_is_valid(given: Given, refuted: bool) -> None:
    refutation = Refutation(SCHEMAS, same)
    assert refutation.refutes(given) is refuted
    if not refuted and given.request.body != {}:
        assert RequestAssumption(SCHEMAS, same).admits(given)


def test_each_media_type_has_its_edges_and_its_faults() -> None:
    edges = [each.name for each in edge_requests(SCHEMAS, same, [None])]
    assert edges[0] == "no body"
    for media in (FORM, MULTIPART, "text/plain"):
        assert any(name.startswith(f"{media} body") for name in edges), edges
    faults = invalid_requests(Refutation(SCHEMAS, same, statuses=("422",)), 40)
    for media in CONTENT:
        assert any(each.name.startswith(f"{media}: ") for each in faults)
    assert "invalid body, empty" not in " ".join(each.name for each in faults)
