"""Interactions of pacts under pytest and the commands: ids, selection, fixtures, bad input."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pact_documents import document, http, like, message, states
from tiny_project import Project

APP = """
import logging

from flask import Flask, abort, jsonify

app = Flask("orders")
ORDERS = {}


@app.get("/orders/<id>")
def read(id):
    if id == "crash":
        raise LookupError("the shelf fell over")
    if id not in ORDERS:
        abort(404)
    return jsonify(ORDERS[id])


def there(id="o-1"):
    ORDERS[id] = {"id": id, "total": 5}
    yield {"id": id}
    del ORDERS[id]


def paid(id):
    return {"type": "paid", "order": id}, {"topic": "orders"}
"""
CONTRACT = """
name: orders
services: {orders: {app: "orders:app"}}
pacts:
  provider: orders-api
  from: ../pacts
  states:
    an order is there: "orders:there"
  messages:
    an order was paid: {function: "orders:paid"}
"""
THERE = states(("an order is there", {"id": "o-7"}))
GOOD = (
    http("an order", "/orders/o-7", given=THERE, answer={"id": "o-7"}, rules=like(id="type")),
    http("no order", "/orders/nobody", status=404),
    message(
        "an order was paid",
        {"type": "paid", "order": "o-1"},
        given=THERE,
        metadata={"topic": "orders"},
        rules=like(order="type"),
    ),
)


def orders(project: Project, *interactions: dict[str, Any], contract: str = CONTRACT) -> None:
    project.file("orders.py", APP)
    project.file("contracts/orders.contract.yaml", contract)
    text = document(*(interactions or GOOD), provider="orders-api")
    project.file("pacts/ui-orders.json", text)


def ids(output: str) -> list[str]:
    return re.findall(r"^(\S+\.(?:json|yaml)::.+?) (?:PASSED|FAILED|SKIPPED)", output, re.MULTILINE)


# -- items ---------------------------------------------------------------------------------------


def test_a_contract_s_interactions_are_items_and_so_are_those_of_a_named_pact_file(
    project: Project,
) -> None:
    orders(project)
    found = project.pytest("-v", "contracts")
    assert found.returncode == 0, found.stdout
    assert ids(found.stdout) == [
        "contracts/orders.contract.yaml::pacts/ui-orders.json::an order[wsgi]",
        "contracts/orders.contract.yaml::pacts/ui-orders.json::no order[wsgi]",
        "contracts/orders.contract.yaml::pacts/ui-orders.json::an order was paid[function]",
    ]
    found = project.pytest("-v", "pacts/ui-orders.json")
    assert ids(found.stdout) == [
        "pacts/ui-orders.json::an order[wsgi]",
        "pacts/ui-orders.json::no order[wsgi]",
        "pacts/ui-orders.json::an order was paid[function]",
    ]
    one = project.pytest("-v", "pacts/ui-orders.json::no order[wsgi]")
    assert ids(one.stdout) == ["pacts/ui-orders.json::no order[wsgi]"]
    assert "1 passed" in one.stdout


def test_pact_files_of_a_folder_are_not_collected_twice(project: Project) -> None:
    orders(project)
    assert "3 passed" in project.pytest(".").stdout


@pytest.mark.slow
def test_workers_of_xdist_share_the_interactions(project: Project) -> None:
    orders(project)
    found = project.pytest_process("-n", "2", "pacts/ui-orders.json")
    assert "3 passed" in found.stdout, found.stdout


def test_a_mark_selects_interactions(project: Project) -> None:
    orders(project)
    assert len(ids(project.pytest("-m", "pact", "-v", "contracts").stdout)) == 3


def test_states_may_be_fixtures(project: Project) -> None:
    contract = CONTRACT.replace('"orders:there"', "{fixture: order_there}")
    orders(project, contract=contract)
    project.file(
        "conftest.py",
        """
        import pytest

        import orders


        @pytest.fixture
        def order_there():
            yield orders.there
            assert orders.ORDERS == {}, "the state was undone before the fixture's end"
        """,
    )
    found = project.pytest("contracts")
    assert found.returncode == 0, found.stdout
    assert "3 passed" in found.stdout
    run = project.run("check")
    assert "its ports are pytest fixtures (order_there): run it with pytest" in run.stdout


# -- failures ------------------------------------------------------------------------------------

BAD = (
    http(
        "an order",
        "/orders/o-7",
        given=THERE,
        answer={"id": "o-7", "lines": [{"n": 1}]},
        rules=like(id="type"),
    ),
    http("a crash", "/orders/crash"),
)


def test_a_failure_names_all_that_a_reader_needs(project: Project) -> None:
    orders(project, *BAD)
    line = next(
        number
        for number, text in enumerate(
            (project.root / "pacts/ui-orders.json").read_text().splitlines(), 1
        )
        if '"an order"' in text
    )
    for text in (project.run("check").stdout, project.pytest("contracts").stdout):
        told = " ".join(text.split())
        assert "an order[wsgi]" in told
        assert f"pacts/ui-orders.json:{line - 2}" in told
        assert "given `an order is there`, GET /orders/o-7 is answered as ui expects it" in told
        assert 'promised [{"n":1}]' in told
        assert "seen nothing: the key is missing at /body/lines" in told


def test_what_a_framework_logged_is_the_handler_s_traceback(project: Project) -> None:
    orders(project, *BAD)
    for told in (project.run("check").stdout, project.pytest("contracts").stdout):
        assert 'raise LookupError("the shelf fell over")' in told
        assert "LookupError: the shelf fell over" in told
    project.run("check", "--html", "report.html")
    page = (project.root / "report.html").read_text()
    assert "the shelf fell over" in page
    assert "nothing: the key is missing" in page


def test_kept_interactions_can_fail(project: Project) -> None:
    orders(project)
    run = project.run("check", "--prove")
    assert run.exit_code == 0, run.stdout


# -- bad input: each is told once, and nothing passes ----------------------------------------------

PACT = document(*GOOD, provider="orders-api")
WRONG: dict[str, tuple[str, str, str]] = {
    "truncated": (PACT[: len(PACT) // 2], CONTRACT, "pacts/ui-orders.json:"),
    "not JSON": ("consumer: ui", CONTRACT, "pacts/ui-orders.json:1: found"),
    "unknown version": (
        PACT.replace('"4.0"', '"9"'),
        CONTRACT,
        "found version `9` of the Pact specification",
    ),
    "unknown matcher": (
        PACT.replace('"match": "type"', '"match": "tipe"', 1),
        CONTRACT,
        "found the matcher `tipe`",
    ),
    "nobody's provider": (
        PACT,
        CONTRACT.replace("provider: orders-api", "provider: order-api"),
        "found the provider 'order-api', for which no pact is; expected one of those that the "
        "files name: orders-api; did you mean 'orders-api'?",
    ),
    "empty": (document(provider="orders-api"), CONTRACT, "found no interactions"),
    "a filter for nothing": (
        PACT,
        CONTRACT.replace("  from:", "  only: nothing like that\n  from:"),
        "found only: 'nothing like that', which is in no description of 3 interactions",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_one_clear_message_and_nothing_passes(project: Project, name: str) -> None:
    text, contract, message = WRONG[name]
    orders(project, contract=contract)
    project.file("pacts/ui-orders.json", text)
    run = project.run("check")
    told = " ".join(run.stdout.split())
    assert run.exit_code == 2
    assert "kept" not in told.replace("0 kept", "")
    assert message in " ".join(project.run("lint").stdout.split())
    under_pytest = project.pytest("contracts")
    assert under_pytest.returncode == 1, under_pytest.stdout
    assert message in under_pytest.stdout
    assert "passed" not in under_pytest.stdout
    assert "Traceback" not in under_pytest.stdout


def test_a_provider_that_is_down_breaks_each_interaction(project: Project) -> None:
    contract = CONTRACT.replace('{app: "orders:app"}', '{url: "http://127.0.0.1:9"}')
    orders(project, *GOOD[1:2], contract=contract)
    run = project.run("check")
    assert run.exit_code == 1
    assert "http://127.0.0.1:9: ConnectError" in " ".join(run.stdout.split())
    under_pytest = project.pytest("contracts")
    assert "1 failed" in under_pytest.stdout
    assert "ConnectError" in under_pytest.stdout


def test_an_unknown_state_and_an_unknown_message_are_broken(project: Project) -> None:
    orders(
        project,
        http("it", "/orders/nobody", given=states("a order is there"), status=404),
        message("an order was payed", {"type": "paid"}),
    )
    run = project.run("check")
    told = " ".join(run.stdout.split())
    assert run.exit_code == 1
    assert "0 kept, 2 broken" in told
    assert "nothing brings the state `a order is there` about" in told
    assert "did you mean `an order is there`?" in told
    assert "nothing produces the message `an order was payed`" in told
    assert "2 failed" in project.pytest("contracts").stdout


def test_a_pact_that_no_contract_keeps_is_not_green(project: Project) -> None:
    orders(project)
    project.file("other/x-y.json", document(*GOOD, provider="y"))
    found = project.pytest("other/x-y.json")
    assert found.returncode == 1
    assert "other/x-y.json:1: found a pact that no contract keeps" in found.stdout


# -- stagepact pact verify -------------------------------------------------------------------------


def test_verify_runs_what_is_asked_for(project: Project) -> None:
    orders(project)
    assert "3 kept, 0 broken" in project.run("pact", "verify").stdout
    assert "3 kept, 0 broken" in project.run("pact", "verify", "pacts/ui-orders.json").stdout
    assert "1 kept, 0 broken" in project.run("pact", "verify", "--only", "^no ").stdout
    told = project.json("pact", "verify", "--json", "--consumer", "ui")
    (record,) = told["verifications"]
    assert (record["provider"], record["engine"]) == ("orders-api", "native")
    assert [each["success"] for each in record["results"]] == [True] * 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pacts/ui-order.json",), "found the pact file 'pacts/ui-order.json', of which no"),
        (("--consumer", "uy"), "found the consumer 'uy', of which no contract speaks"),
        (("--only", "zzz"), "found no interaction of that kind"),
        (("--only", "("), "is no regular expression"),
        (("--record", "pacts", "--only", "no"), "--record is of all interactions"),
        (("--record", "pacts"), "found no commit"),
    ],
)
def test_verify_refuses_what_selects_nothing(
    project: Project, arguments: tuple[str, ...], message: str
) -> None:
    orders(project)
    run = project.run("pact", "verify", *arguments)
    assert run.exit_code == 2
    assert message in run.stderr


def test_verify_records_what_it_found_at_a_commit(project: Project) -> None:
    orders(project, *GOOD[:1], *BAD[1:])
    _git(project.root, "init", "--initial-branch", "main")
    _git(project.root, "add", ".")
    _git(project.root, "commit", "--message", "first")
    run = project.run("pact", "verify", "--record", "pacts")
    assert run.exit_code == 1
    text = (project.root / "pacts/verified/orders-api/main.native.json").read_text()
    record = json.loads(text)
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert (record["branch"], record["engine"]) == ("main", "native")
    found = {each["interaction"]["description"]: each for each in record["results"]}
    assert found["an order"]["success"] is True
    assert found["a crash"]["success"] is False
    assert found["a crash"]["mismatches"] == ["status: expected 200, got 500"]
    again = project.run("pact", "verify", "--record", "pacts")
    assert "no-pacts" not in again.stderr
    assert "1 kept, 1 broken" in again.stdout, "records beside pacts are no pacts"


def test_verify_takes_the_examples_of_its_help(project: Project) -> None:
    orders(project)
    examples = re.findall(
        r"^ *stagepact (pact verify .+)$", project.run("pact", "verify", "--help").stdout, re.M
    )
    assert len(examples) == 2
    for example in examples:
        assert "Usage:" not in project.run(*example.split()).stderr, example


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_explain_tells_what_one_interaction_expects_and_in_which_states(project: Project) -> None:
    orders(project)
    told = project.run("explain", "an order[wsgi]").stdout
    for part in (
        'expects    an order, when an order is there {"id":"o-7"}\n',
        "               path: /orders/o-7\n",
        '               body $.id: the type of the example, e.g. "o-7"\n',
        "owed by    the provider itself\n",
        "cases      'an order'\n",
    ):
        assert part in told
