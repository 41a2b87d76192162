"""docs/guides/authentication.md: a service that is as the guide says keeps the contract in it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from test_blocks import ROOT, blocks

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State, Verdict

GUIDE = blocks((ROOT / "docs" / "guides" / "authentication.md").read_text(encoding="utf-8"))
NOTES = dedent("""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    TOKENS = {}
    OWNERS = {}


    def seed(app):
        OWNERS.clear()
        OWNERS["n1"] = "ada"
        return {"id": "n1"}


    def user(request):
        return TOKENS.get(request.headers.get("authorization", "").removeprefix("Bearer "))


    async def login(request):
        sent = await request.json()
        if sent["password"] != f"{sent['name']}-password":
            return Response(status_code=401)
        token = f"token-{len(TOKENS):09}"
        TOKENS[token] = sent["name"]
        return JSONResponse({"token": token})


    async def logout(request):
        TOKENS.pop(request.headers["authorization"].removeprefix("Bearer "), None)
        return Response(status_code=204)


    async def note(request):
        if user(request) is None:
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        found = OWNERS.get(request.path_params["id"]) == user(request)
        return JSONResponse({}, 200 if found else 404)


    async def health(request):
        return JSONResponse({})


    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/login", login, methods=["POST"]),
            Route("/logout", logout, methods=["POST"]),
            Route("/notes/{id}", note),
        ]
    )
""")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    contract = next(block.body for block in GUIDE if block.info == "yaml")
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "notes.contract.yaml").write_text(contract)
    monkeypatch.setenv("ADA_PASSWORD", "ada-password")
    monkeypatch.setenv("BOB_PASSWORD", "bob-password")
    yield tmp_path
    sys.modules.pop("notes", None)


def verdicts(folder: Path, code: str) -> list[Verdict]:
    (folder / "notes.py").write_text(code)
    plan = make_plan(open_project([folder / "notes.contract.yaml"], folder))
    assert plan.problems == ()
    return [each for target in plan.targets for each in check(target, Options(5, seed=0))]


def test_the_service_keeps_its_contract(folder: Path) -> None:
    found = verdicts(folder, NOTES)
    kept = {each.item.clause for each in found if each.state is State.KEPT}
    assert {each.state for each in found} == {State.KEPT}
    assert {"auth-required", "challenge", "owned", "auth.login", "auth.logout"} <= kept


def test_a_service_that_asks_nobody_breaks_it(folder: Path) -> None:
    code = NOTES.replace("if user(request) is None:", "if False:").replace(
        "== user(request)", "is not None"
    )
    broken = {each.item.clause for each in verdicts(folder, code) if each.state is State.BROKEN}
    assert broken >= {"auth-required", "owned", "auth.logout", "examples.to nobody"}
