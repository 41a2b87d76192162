"""Resources below others: what a path speaks of is made first where no state gives it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plans import Make, make

from stagepact.flow import Options, check
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

__all__ = ["make"]

CODE = """
from test_nested_resources import Projects

app = Projects({flavour!r})
"""
CONTRACT = """
services:
  projects:
    app: "code_of_plan:app"
    operations:
      POST /projects:
        request: {body: {$ref: "#/schemas/New"}}
        responses: {201: {}}
      POST /projects/{project_id}/tasks:
        request: {body: {$ref: "#/schemas/New"}}
        responses: {201: {}, 404: {}}
      GET /projects/{project_id}/tasks: {responses: {200: {}, 404: {}}}
      GET /projects/{project_id}/tasks/{id}: {responses: {200: {}, 404: {}}}
      PUT /projects/{project_id}/tasks/{id}:
        request: {body: {$ref: "#/schemas/New"}}
        responses: {200: {}, 404: {}}
      DELETE /projects/{project_id}/tasks/{id}: {responses: {204: {}, 404: {}}}
schemas:
  New:
    type: object
    required: [name]
    additionalProperties: false
    properties: {name: {type: string, minLength: 1, maxLength: 9}}
"""
LAWS = {
    "laws.create-read",
    "laws.update-read",
    "laws.delete",
    "laws.delete-siblings",
    "laws.sequences",
}


class Projects:
    """Tasks of projects, over ASGI; each flavour does one thing otherwise."""

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour
        self.projects: dict[str, dict[str, dict[str, Any]]] = {}
        self.number = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        _, _, *rest = scope["path"].split("/")
        status, made, headers = self.answer(scope["method"], rest, json.loads(body or b"null"))
        told = [(b"content-type", b"application/json"), *headers]
        await send({"type": "http.response.start", "status": status, "headers": told})
        content = b"" if made is None else json.dumps(made).encode()
        await send({"type": "http.response.body", "body": content})

    def answer(
        self, method: str, rest: list[str], body: Any
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if not rest:
            return self.project()
        if self.flavour == "makes no projects":
            return 404, None, []
        tasks = self.projects.get(rest[0])
        if tasks is None:
            return 404, None, []
        if len(rest) == 2:
            return self.all(method, tasks, body)
        if rest[2] not in tasks:
            return 404, None, []
        return self.one(method, tasks, rest[2], body)

    def project(self) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if self.flavour == "makes no projects":
            return 403, None, []
        self.number += 1
        id_ = f"p{self.number}"
        self.projects[id_] = {}
        if self.flavour == "tells by location":
            return 201, None, [(b"location", f"/projects/{id_}".encode())]
        name = "project_id" if self.flavour == "tells the whole name" else "id"
        return 201, {name: id_}, []

    def all(
        self, method: str, tasks: dict[str, dict[str, Any]], body: Any
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if method == "GET":
            return 200, list(tasks.values()), []
        self.number += 1
        made = {"id": f"t{self.number}", **body}
        if self.flavour != "forgets":
            tasks[made["id"]] = made
        return 201, made, []

    def one(
        self, method: str, tasks: dict[str, dict[str, Any]], id_: str, body: Any
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if method == "DELETE":
            if self.flavour == "deletes all":
                tasks.clear()
            tasks.pop(id_, None)
            return 204, None, []
        if method == "PUT":
            tasks[id_] = {"id": id_, **body}
        return 200, tasks[id_], []


def laws(make: Make, flavour: str) -> dict[str, Verdict]:
    plan = make(CODE.format(flavour=flavour), projects=CONTRACT)
    assert plan.problems == ()
    targets = [each for each in plan.targets if "/tasks" in str(each.items[0].id)]
    found = [each for target in targets for each in check(target, Options(seed=1))]
    return {each.item.clause: each for each in found if each.item.clause.startswith("laws.")}


@pytest.mark.parametrize("flavour", ["plain", "tells by location", "tells the whole name"])
def test_the_project_of_a_task_is_made_first(flavour: str, make: Make) -> None:
    found = laws(make, flavour)
    assert {name: e.reason for name, e in found.items() if e.state is not State.KEPT} == {}
    assert found.keys() >= LAWS


WRONG = {"forgets": "laws.create-read", "deletes all": "laws.delete-siblings"}


@pytest.mark.parametrize("flavour", WRONG)
def test_what_is_wrong_below_a_project_is_found(flavour: str, make: Make) -> None:
    assert laws(make, flavour)[WRONG[flavour]].state is State.BROKEN


def test_without_a_project_nothing_is_shown_and_nobody_blamed(make: Make) -> None:
    found = laws(make, "makes no projects")
    assert {each.state for each in found.values()} == {State.NOT_EXERCISED}
    assert "POST /projects: 403" in found["laws.create-read"].reason
