"""An app of many kinds of parameters, bodies and models: its own document is never too much."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

pytestmark = pytest.mark.untraced

CODE = """
import datetime as dt, uuid, enum
from typing import Annotated, Literal, Union
from decimal import Decimal
from fastapi import (
    FastAPI,
    HTTPException,
    Query,
    Form,
    File,
    UploadFile,
    Cookie,
    Header,
    Depends,
    Body,
    Path,
    Response,
)
from fastapi.security import HTTPBearer, HTTPAuthorizationCredentials
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field, AwareDatetime

app = FastAPI()
bearer = HTTPBearer()


class Color(str, enum.Enum):
    red = "red"
    blue = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


class Item(BaseModel):
    name: str
    price: Decimal = Field(gt=0, max_digits=8, decimal_places=2)
    at: AwareDatetime | None = None
    tags: set[str] = set()
    color: Color = Color.red
    pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")] | None = None
    ratio: float = Field(default=0.5, ge=0, lt=1)
    children: list["Item"] = []


class Stored(Item):
    id: uuid.UUID


items = {}
E = {404: {"description": "none"}}


@app.post("/items", status_code=201)
async def create(item: Item, response: Response) -> Stored:
    s = Stored(id=uuid.uuid4(), **item.model_dump())
    items[s.id] = s
    return s


@app.get("/items")
async def list_items(
    tag: Annotated[list[str] | None, Query(max_length=5)] = None,
    color: Color | None = None,
    before: dt.date | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[Stored]:
    found = [each for each in items.values() if color in (None, each.color)]
    return found[(page - 1) * size : page * size]


@app.get("/items/{item_id}", responses=E)
async def get(item_id: uuid.UUID) -> Stored:
    if item_id not in items:
        raise HTTPException(404)
    return items[item_id]


@app.patch("/items/{item_id}", responses=E)
async def patch(
    item_id: uuid.UUID, name: Annotated[str, Body(embed=True, min_length=1)]
) -> Stored:
    if item_id not in items:
        raise HTTPException(404)
    items[item_id].name = name
    return items[item_id]


@app.delete("/items/{item_id}", status_code=204, responses=E)
async def delete(item_id: uuid.UUID) -> None:
    if items.pop(item_id, None) is None:
        raise HTTPException(404)


@app.put("/items/{item_id}/photo", responses=E)
async def photo(
    item_id: uuid.UUID, file: UploadFile, note: Annotated[str | None, Form()] = None
) -> dict[str, int]:
    if item_id not in items:
        raise HTTPException(404)
    return {"size": len(await file.read())}


@app.post("/login", responses={401: {"description": "no"}})
async def login(
    username: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=10)],
    remember: Annotated[bool, Form()] = False,
    n: Annotated[int, Form(ge=1)] = 1,
) -> dict[str, str]:
    return {"token": username}


@app.get("/me", responses={401: {"description": "no"}, 403: {"description": "no"}})
async def me(who: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict[str, str]:
    return {"me": who.credentials}


@app.get("/by-name/{name}")
async def by_name(
    name: str,
    session: Annotated[str | None, Cookie()] = None,
    x_num: Annotated[int | None, Header()] = None,
) -> dict[str, str]:
    return {"name": name}


@app.get("/files/{path:path}")
async def files(path: str) -> str:
    return path


@app.get("/text", response_class=PlainTextResponse)
async def text() -> str:
    return "hi"


@app.get("/old", status_code=307, response_class=RedirectResponse)
async def old() -> str:
    return "/text"


@app.post("/sum")
async def total(numbers: Annotated[list[int], Body(max_length=20)]) -> int:
    return sum(numbers)


@app.post("/maybe")
async def maybe(item: Item | None = None) -> Item | None:
    return item


@app.post(
    "/raw",
    openapi_extra={
        "requestBody": {
            "content": {"text/plain": {"schema": {"type": "string"}}},
            "required": True,
        }
    },
)
async def raw(body: Annotated[str, Body(media_type="text/plain")] = "") -> str:
    return "ok"


@app.get("/when")
async def when(
    t: dt.datetime,
    d: dt.timedelta | None = None,
    u: Annotated[str, Query(pattern="^[a-z]+$")] = "a",
) -> AwareDatetime:
    return dt.datetime.now(dt.timezone.utc)
"""

CONTRACT = """
stagepact: 1
name: many
services:
  many: {app: "app_of_many_kinds:app", openapi: true}
"""


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_nothing_is_wrong_with_an_app_that_does_what_its_models_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    (tmp_path / "app_of_many_kinds.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "many.contract.yaml").write_text(CONTRACT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "app_of_many_kinds", raising=False)
    plan = make_plan(open_project([tmp_path / "many.contract.yaml"], tmp_path))
    assert plan.problems == ()
    options = Options(max_examples=20, seed=seed)
    found = [each for target in plan.targets for each in check(target, options)]
    assert [str(each.item) for each in found if each.state is State.BROKEN] == []
    kept = {each.item.name for each in found if each.state is State.KEPT}
    assert "valid-accepted[asgi]" in kept
    assert "invalid-refused[asgi]" in kept
