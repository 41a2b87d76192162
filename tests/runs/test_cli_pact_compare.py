"""`stagepact pact compare` and `gaps`: pacts against contracts and documents of providers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from tiny_project import Project

from bank.pact_changes import RUN, asyncapi, http_pact, message_pact, openapi

OPTIONAL = copy.deepcopy(RUN)
OPTIONAL["required"].remove("ratio")

CONTRACT = """\
stagepact: 1
name: runs
schemas:
  Note:
    type: object
    required: [text]
    properties:
      text: {type: string}
      by: {type: string}
services:
  api:
    url: http://localhost:1
    operations:
      GET /notes/{id}:
        request:
          path: {id: {type: string}}
        responses:
          200: {$ref: "#/schemas/Note"}
stages:
  transcribe:
    events:
      types:
        completed:
          type: object
          required: [ms]
          properties:
            ms: {type: number}
"""


@pytest.fixture
def pacts(project: Project) -> Project:
    project.file("pacts/http.json", http_pact())
    project.file("pacts/messages.json", message_pact())
    project.file("openapi.json", json.dumps(openapi(RUN), indent=1))
    project.file("asyncapi.json", json.dumps(asyncapi(RUN), indent=1))
    return project


def test_what_is_proven_is_told_and_ends_well(pacts: Project) -> None:
    paths = ("pacts/http.json", "pacts/messages.json")
    sides = ("--provider", "openapi.json", "--provider", "asyncapi.json")
    result = pacts.run("pact", "compare", *paths, *sides)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "pacts/http.json: ui expects of runs",
        "  ✓ a run: compatible, proven",
        "  ✓ no run: compatible, proven",
        "  ✓ a note: compatible, proven",
        "pacts/messages.json: ui expects of runs",
        "  ✓ run.completed: compatible, proven",
        "4 compatible, 0 incompatible, 0 unknown",
    ]


def test_a_counterexample_has_its_places_in_both_files(pacts: Project) -> None:
    text = json.dumps(asyncapi(OPTIONAL), indent=1)
    pacts.file("asyncapi.json", text)
    result = pacts.run("pact", "compare", "pacts/messages.json", "--provider", "asyncapi.json")
    line = 1 + next(i for i, each in enumerate(text.splitlines()) if '"ratio": {' in each)
    assert result.exit_code == 1
    assert "pacts/messages.json:9" in result.stdout
    told = "contents $.ratio: the consumer expects 0.5, the provider may send nothing"
    assert told in result.stdout
    assert f"(asyncapi.json:{line})" in result.stdout


def test_json_has_the_counterexample_as_a_value(pacts: Project) -> None:
    pacts.file("openapi.json", json.dumps(openapi(OPTIONAL)))
    result = pacts.run("pact", "compare", "pacts/http.json", "--provider", "openapi.json", "--json")
    run, *_ = json.loads(result.stdout)["pacts"][0]["interactions"]
    (finding,) = run["findings"]
    assert (run["answer"], finding["path"]) == ("incompatible", "$.ratio")
    assert "ratio" not in finding["counterexample"]


def message(description: str, content: Any, **rules: Any) -> str:
    return json.dumps(
        {
            "consumer": {"name": "billing"},
            "provider": {"name": "runs"},
            "interactions": [
                {
                    "type": "Asynchronous/Messages",
                    "description": description,
                    "contents": {"contentType": "application/json", "content": content},
                    "matchingRules": {"body": rules},
                }
            ],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )


def test_events_of_a_contract_s_stages_are_messages(project: Project) -> None:
    project.file("contracts/runs.contract.yaml", CONTRACT)
    whole = {"$.ms": {"matchers": [{"match": "integer"}]}}
    project.file("p.json", message("stage.transcribe.completed", {"ms": 1}, **whole))
    result = project.run("pact", "compare", "p.json", "--provider", "contracts")
    assert result.exit_code == 1
    assert 'the provider may send 0.5; e.g. {"ms":0.5} (contracts/' in result.stdout
    number = {"$.ms": {"matchers": [{"match": "number"}]}}
    project.file("p.json", message("completed", {"ms": 1}, **number))
    assert project.run("pact", "compare", "p.json", "--provider", "contracts").exit_code == 0


def test_a_message_is_the_event_that_the_provider_s_contract_names_for_it(
    project: Project,
) -> None:
    named = (
        "pacts:\n  provider: runs\n  from: p.json\n"
        "  messages: {the run is done: {stage: transcribe, event: completed}}\n"
    )
    number = {"$.ms": {"matchers": [{"match": "number"}]}}
    project.file("p.json", message("the run is done", {"ms": 1}, **number))
    project.file("contracts/runs.contract.yaml", CONTRACT)
    arguments = ("pact", "compare", "p.json", "--provider", "contracts")
    assert "no such message is declared" in project.run(*arguments).stdout
    project.file("contracts/runs.contract.yaml", CONTRACT + named)
    gaps = project.run("pact", "gaps", "p.json", "--provider", "contracts", "--tree").stdout
    assert "stage.transcribe.completed: billing\n└── ms: billing\n" in gaps
    told = project.run(*arguments)
    assert (told.exit_code, "compatible, proven" in told.stdout) == (0, True), told.stdout
    whole = {"$.ms": {"matchers": [{"match": "integer"}]}}
    project.file("p.json", message("the run is done", {"ms": 1}, **whole))
    assert project.run(*arguments).exit_code == 1


def test_a_service_that_is_not_there_is_told(project: Project) -> None:
    project.file(
        "contracts/runs.contract.yaml",
        CONTRACT.replace("stages:", "x-stages:").partition("x-stages:")[0],
    )
    project.file("p.json", message("m", {"ms": 1}))
    result = project.run("pact", "compare", "p.json", "--provider", "contracts", "--service", "apj")
    assert result.exit_code == 2
    assert result.stderr.strip() == (
        "--service: found the service apj; expected one of api; write `operations:` of a service, "
        "or name its document: `--provider openapi.json`"
    )


def test_a_document_that_declares_nothing_is_no_provider(project: Project) -> None:
    project.file("p.json", message("m", {"ms": 1}))
    project.file("openapi.yaml", "openapi: 3.1.0\npaths: {}\n")
    result = project.run("pact", "compare", "p.json", "--provider", "openapi.yaml")
    assert result.exit_code == 2
    assert "found nothing to compare with" in result.stderr
    assert "or name its document: `--provider openapi.json`" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_pact_that_breaks_off_is_told_with_its_line(pacts: Project) -> None:
    pacts.file("pacts/http.json", '{"consumer":')
    result = pacts.run("pact", "compare", "pacts/http.json", "--provider", "openapi.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("pacts/http.json:1: found the end of the file")


def test_without_a_pact_it_is_used_wrongly(pacts: Project) -> None:
    for name in ("compare", "gaps"):
        result = pacts.run("pact", name, "--provider", "openapi.json")
        assert result.exit_code == 2
        assert "name at least one pact file" in result.stderr


def test_gaps_are_what_no_pact_uses_and_what_may_be_left_out(pacts: Project) -> None:
    pacts.file("openapi.json", json.dumps(openapi(OPTIONAL)))
    result = pacts.run("pact", "gaps", "pacts/http.json", "--provider", "openapi.json")
    assert result.exit_code == 0
    assert [line.rpartition(" (")[0] or line for line in result.stdout.splitlines()] == [
        "no pact uses GET /runs/{id} → 200 $.owner.phone",
        "no pact uses GET /runs/{id} → 200 $.note",
        "GET /runs/{id} → 200 $.ratio may be left out, ui uses it",
        "9 of 11 fields are used",
    ]


def test_gaps_have_operations_that_no_pact_uses_and_what_is_not_declared(
    pacts: Project,
) -> None:
    document = openapi(RUN)
    document["paths"]["/more/{id}"] = {"get": document["paths"]["/runs/{id}"].pop("post")}
    pacts.file("openapi.json", json.dumps(document))
    result = pacts.run("pact", "gaps", "pacts/http.json", "--provider", "openapi.json")
    assert "no pact uses GET /more/{id} (openapi.json:1)" in result.stdout
    assert "nothing is declared for a note (pacts/http.json:" in result.stdout


def test_a_field_is_needed_where_any_part_of_its_schema_needs_it(project: Project) -> None:
    field = {"properties": {"ms": {"type": "integer"}}}
    needed = {**field, "required": ["ms"]}
    for parts in ([needed, field], [field, needed]):
        project.file("asyncapi.json", json.dumps(asyncapi({"type": "object", "allOf": parts})))
        project.file("p.json", message("run.completed", {"ms": 1}))
        result = project.run("pact", "gaps", "p.json", "--provider", "asyncapi.json")
        assert result.stdout.splitlines() == ["1 of 1 fields are used"]


def test_gaps_are_drawn_as_a_tree(project: Project) -> None:
    project.file("contracts/runs.contract.yaml", CONTRACT)
    project.file("p.json", message("completed", {"ms": 1}))
    result = project.run("pact", "gaps", "p.json", "--provider", "contracts", "--tree")
    assert result.stdout.splitlines() == [
        "GET /notes/{id} → 200: nobody",
        "├── text: nobody",
        "└── by (may be left out): nobody",
        "stage.transcribe.completed: billing",
        "└── ms: billing",
    ]


def test_gaps_as_json_have_pointers_and_places(pacts: Project) -> None:
    result = pacts.run("pact", "gaps", "pacts/messages.json", "--provider", "asyncapi.json",
                       "--json")  # fmt: skip
    (offer,) = json.loads(result.stdout)["offers"]
    fields = {each["pointer"]: each for each in offer["fields"]}
    assert fields["/items/*/bytes"]["users"] == ["ui"]
    assert fields["/items/*/bytes"]["path"] == "$.items[*].bytes"
    assert fields["/note"]["users"] == []
    assert fields["/note"]["place"].startswith("asyncapi.json:")
