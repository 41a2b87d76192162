"""Parameters of a list that have the name of a text, an id or a truth value of its items."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

CODE = """
from fastapi import FastAPI
from pydantic import BaseModel

class Item(BaseModel):
    id: int
    owner: str | None
    team_id: int
    archived: bool
    size: int

ITEMS = [Item(id=n, owner=owner, team_id=n % 2, archived=n == 3, size=n)
         for n, owner in enumerate(["ada", "Ada-Lou", "bob", None, "dé"], 1)]


def create() -> FastAPI:
    app = FastAPI()

    @app.get("/items")
    async def items(
        owner: str | None = None,
        team_id: int | None = None,
        archived: bool | None = None,
        size: int | None = None,
        sort: str | None = None,
    ) -> list[Item]:
        found = list(ITEMS)
        if owner is not None:
            found = [each for each in found if OWNER]
        if team_id is not None:
            found = [each for each in found if TEAM]
        if archived is not None:
            found = [each for each in found if ARCHIVED]
        if size is not None:  # at least so large
            found = [each for each in found if each.size >= size]
        return found

    return app
"""
OWNER, TEAM, ARCHIVED = (
    "each.owner == owner",
    "each.team_id == team_id",
    "each.archived == archived",
)


def filtered(folder: Path, **said: str) -> Verdict:
    code = CODE
    for name, default in (("OWNER", OWNER), ("TEAM", TEAM), ("ARCHIVED", ARCHIVED)):
        code = code.replace(name, said.get(name.lower(), default))
    name = f"selected_{abs(hash(str(folder)))}"
    (folder / f"{name}.py").write_text(code)
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    path = folder / "items.contract.yaml"
    path.write_text(
        f"stagepact: 1\nname: i\nservices:\n  i:\n    app: '{name}:create'\n    openapi: true\n"
    )
    plan = make_plan(open_project([path], folder))
    targets = [t for t in plan.targets if t.items[0].clause.kind == "service.filter"]
    options = Options(max_examples=5, seed=1, prove=True)
    (found,) = (verdict for target in targets for verdict in check(target, options))
    sys.modules.pop(name, None)
    return found


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"owner": "owner.lower() in (each.owner or '').lower()"},  # a search in the name
        {"owner": "(each.owner or '').startswith(owner)"},
        {"archived": "archived or not each.archived"},  # those as well
        {"archived": "each.archived or not archived"},  # false asks for all
    ],
)
def test_nobody_is_blamed_for_what_is_right(tmp_path: Path, said: dict[str, str]) -> None:
    found = filtered(tmp_path, **said)
    assert (found.state, found.violations, found.unfailing) == (State.KEPT, (), "")


@pytest.mark.parametrize(
    "said",
    [
        {"owner": "True"},
        {"team": "True"},
        {"team": "each.team_id == team_id and each.id != 3"},
        {"archived": "True"},
        {"archived": "each.archived != archived"},
    ],
)
def test_a_filter_that_is_not_applied_is_found(tmp_path: Path, said: dict[str, str]) -> None:
    assert filtered(tmp_path, **said).state is State.BROKEN
