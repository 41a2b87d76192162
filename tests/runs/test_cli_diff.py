"""`stagepact diff`: two versions of contracts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tiny_project import KEPT, Project

OLD = """
    stagepact: 1
    name: shop
    schemas:
      Item: {type: object, properties: {id: {type: integer, minimum: 1}}, required: [id]}
    stages:
      price:
        given: {input: {$ref: "#/schemas/Item"}, inputs: {other: {type: integer}}}
        output: {data: {type: object, properties: {total: {type: integer}}, required: [total]}}
        events: {order: started done, types: {done: {required: [total]}}}
      gone: {given: {input: true}}
    services:
      shop:
        app: "shop:app"
        operations:
          POST /orders:
            request: {query: {page: {type: integer}}, body: {$ref: "#/schemas/Item"}}
            responses: {200: {$ref: "#/schemas/Item"}, 404: {}}
"""

CHANGES = {
    "what it takes becomes narrower": (
        "minimum: 1}}, required: [id]}",
        "minimum: 5}}, required: [id]}",
        {
            ("/stages/price/given/input", "minimum-narrowed", True),
            ("/services/shop/operations/POST ~1orders/request/body", "minimum-narrowed", True),
            (
                "/services/shop/operations/POST ~1orders/responses/200/body",
                "minimum-narrowed",
                False,
            ),
        },
    ),
    "what it gives becomes wider": (
        "{total: {type: integer}}",
        "{total: {type: number}}",
        {("/stages/price/output/data", "type-widened", True)},
    ),
    "what it gives becomes narrower": (
        "required: [total]}}\n",
        "required: [total, currency]}}\n",
        {("/stages/price/output/data", "required-added", False)},
    ),
    "an optional property of what it gives is new": (
        "{total: {type: integer}}",
        "{total: {type: integer}, note: {type: string}}",
        {("/stages/price/output/data", "property-added", False)},
    ),
    "a stage is gone": (
        "      gone: {given: {input: true}}\n",
        "",
        {("/stages/gone", "removed", True)},
    ),
    "a response is new": (
        "404: {}",
        "404: {}, 409: {}",
        {("/services/shop/operations/POST ~1orders/responses/409", "added", False)},
    ),
    "an order is another": (
        "started done",
        "started progress* done",
        {("/stages/price/events/order", "order-changed", False)},
    ),
    "a parameter is another": (
        "page: {type: integer}",
        "page: {type: string}",
        {("/services/shop/operations/POST ~1orders/request/query/page", "type-changed", True)},
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), CHANGES.values(), ids=CHANGES)
def test_a_change_breaks_whom_it_breaks(
    project: Project, before: str, after: str, told: set[tuple[str, str, bool]]
) -> None:
    assert before in OLD
    project.file("old/shop.contract.yaml", OLD)
    project.file("new/shop.contract.yaml", OLD.replace(before, after))
    found = project.json("diff", "old", "new", "--json")["differences"]
    assert {(each["pointer"], each["rule"], each["breaking"]) for each in found} == told
    breaking = any(is_breaking for _, _, is_breaking in told)
    assert project.run("diff", "old", "new").exit_code == int(breaking)


def test_nothing_changed_is_no_difference(project: Project) -> None:
    project.file("shop.contract.yaml", OLD)
    found = project.run("diff", "shop.contract.yaml", "shop.contract.yaml")
    assert (found.exit_code, found.stdout) == (0, "0 changes, 0 breaking (BACKWARD)\n")


def test_a_mode_says_who_has_to_understand_whom(project: Project) -> None:
    project.file("old.contract.yaml", OLD)
    project.file("new.contract.yaml", OLD.replace("{total: {type: integer}}", "{total: {}}"))
    codes = {
        mode: project.run("diff", "old.contract.yaml", "new.contract.yaml", "--mode", mode)
        for mode in ("backward", "FORWARD", "full")
    }
    assert {mode: each.exit_code for mode, each in codes.items()} == {
        "backward": 1,
        "FORWARD": 0,
        "full": 1,
    }
    assert "✗ new.contract.yaml:9  /stages/price/output/data  type-removed at /total, breaking" in (
        codes["backward"].stdout
    )


def test_files_that_are_gone_break_and_new_ones_do_not(project: Project) -> None:
    project.file("old/shop.contract.yaml", OLD)
    project.file("old/two.contract.yaml", "stagepact: 1\nname: two\n")
    project.file("new/two.contract.yaml", "stagepact: 1\nname: two\n")
    project.file("new/three.contract.yaml", "stagepact: 1\nname: three\n")
    found = project.json("diff", "old", "new", "--json")["differences"]
    assert [(each["file"], each["rule"], each["breaking"]) for each in found] == [
        ("shop.contract.yaml", "removed", True),
        ("three.contract.yaml", "added", False),
    ]


def _git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_revision_is_compared_with_the_files_of_today(shop: Project) -> None:
    _git(shop.root, "init", "-q")
    _git(shop.root, "add", ".")
    _git(shop.root, "commit", "-qm", "first")
    assert shop.run("diff", "HEAD", "--", "contracts/").exit_code == 0
    shop.file("contracts/shop.contract.yaml", KEPT.replace("price:", "cost:", 1))
    found = shop.run("diff", "HEAD")
    assert found.exit_code == 1
    assert "/stages/price  removed" in found.stdout
    shop.file("contracts/more.contract.yaml", "stagepact: 1\nname: more\n")
    assert "more.contract.yaml    added" in shop.run("diff", "HEAD").stdout.replace(":0", "")


WRONG = {
    "neither (fatal:": ["diff", "no-such-thing", "--", "contracts"],
    "one NEW, the file or folder": ["diff", "contracts"],
    "duplicate-key": ["diff", "twice.contract.yaml", "contracts"],
}


@pytest.mark.parametrize(("message", "arguments"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_told(shop: Project, message: str, arguments: list[str]) -> None:
    shop.file("twice.contract.yaml", "stagepact: 1\nname: a\nname: b\n")
    found = shop.run(*arguments)
    assert found.exit_code == 2
    assert message in found.stderr or "a second time" in found.stderr
