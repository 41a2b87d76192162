"""What a contract says of an operation that a document describes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

CODE = """
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel

OPEN = False
USERS = {"of-ada": "ada", "of-bob": "bob"}


class Reply(BaseModel):
    text: str
    stars: int


class Page(BaseModel):
    items: list[Reply]
    next_cursor: str | None


def create() -> FastAPI:
    app = FastAPI()
    owners = {7: "ada"}

    def caller(credentials=Depends(HTTPBearer())) -> str:
        if credentials.credentials not in USERS:
            raise HTTPException(401)
        return USERS[credentials.credentials]

    @app.post("/notes/{note_id}/replies", status_code=201, responses={401: {}, 403: {}, 404: {}})
    async def reply(note_id: int, new: Reply, who: Annotated[str, Depends(caller)]) -> Reply:
        if note_id not in owners or (owners[note_id] != who and not OPEN):
            raise HTTPException(404)
        return new

    @app.get("/replies", responses={400: {}})
    async def replies(cursor: Annotated[str | None, Query()] = None) -> Page:
        if cursor:
            raise HTTPException(400, "no page gave this cursor")
        return Page(items=[], next_cursor=None)

    @app.post("/login", responses={400: {}})
    async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        raise HTTPException(400, "incorrect username or password")

    return app


def kept(app) -> dict[str, int]:
    return {"note_id": 7}
"""

CONTRACT = """
stagepact: 1
name: notes
services:
  notes:
    app: "CODE:create"
    openapi: true
    states: {a note is kept: "CODE:kept"}
    auth: {users: {ada: {token: of-ada}, bob: {token: of-bob}}}
    operations:
      POST /notes/{note_id}/replies: {state: a note is kept, owned: ada}
"""


@pytest.fixture
def found(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, State]]:
    """The verdicts on an app, which serves anybody's notes where that is asked for."""
    name = f"replies_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE.replace("OPEN = False", f"OPEN = {request.param}"))
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    path = tmp_path / "notes.contract.yaml"
    path.write_text(CONTRACT.replace("CODE", name))
    plan = make_plan(open_project([path], tmp_path))
    assert plan.problems == ()
    verdicts = (v for t in plan.targets for v in check(t, Options(max_examples=10, seed=1)))
    yield {f"{v.item.subject}::{v.item.clause}": v.state for v in verdicts}
    sys.modules.pop(name, None)


REPLY = "POST /notes/{note_id}/replies"


@pytest.mark.parametrize("found", [False], indirect=True)
def test_a_clean_app_is_kept_with_cursors_logins_and_owners(found: dict[str, State]) -> None:
    assert [name for name, state in found.items() if state is State.BROKEN] == []
    assert found[f"{REPLY}::owned"] is State.KEPT
    assert found["GET /replies::valid-accepted"] is State.KEPT
    assert found["POST /login::valid-accepted"] is State.NOT_EXERCISED


@pytest.mark.parametrize("found", [True], indirect=True)
def test_a_law_asks_what_the_document_permits(found: dict[str, State]) -> None:
    assert found[f"{REPLY}::owned"] is State.BROKEN
