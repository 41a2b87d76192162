"""`stagepact pact read`: what pact files say, and every fault of them."""

from __future__ import annotations

import json
from typing import Any

from tiny_project import Project

TYPE = {"match": "type"}
WORD = {"match": "regex", "regex": "[a-z]"}
LINKS = [{"index": 0}, {"index": 1, "rules": {"$": {"matchers": [{"match": "number"}]}}}]
PACT: dict[str, Any] = {
    "consumer": {"name": "ui"},
    "provider": {"name": "api"},
    "interactions": [
        {
            "description": "an order",
            "pending": True,
            "providerStates": [{"name": "it is there", "params": {"id": 7}}],
            "request": {
                "method": "GET",
                "path": "/orders/7",
                "generators": {"path": {"type": "ProviderState", "expression": "/orders/${id}"}},
            },
            "response": {
                "status": 200,
                "body": {
                    "items": [{"n": 1}],
                    "state": "open",
                    "tags": [],
                    "by": {"a": {"n": 1}},
                    "keys": {"a": 1},
                    "links": [{"rel": "self"}, 7],
                },
                "matchingRules": {
                    "body": {
                        "$.items": {"matchers": [{"match": "type", "min": 1}]},
                        "$.by": {"matchers": [{"match": "eachValue", "rules": [TYPE]}]},
                        "$.keys": {"matchers": [{"match": "eachKey", "rules": [WORD]}]},
                        "$.links": {"matchers": [{"match": "arrayContains", "variants": LINKS}]},
                        "$.items[*].n": {
                            "combine": "OR",
                            "matchers": [{"match": "integer"}, {"match": "null"}],
                        },
                    }
                },
            },
        },
    ],
    "messages": [{"description": "paid", "contents": "done", "metaData": {"topic": "orders"}}],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}

TOLD = """\
ui-api.json: ui expects of api, by version 3, 2 interactions
  an order, when it is there {"id":7} (pending)
    request
      method: GET
      path: /orders/7
      path: made anew for each run: a value of the provider's state
    response
      status: 200
      body $.items: the type of the example with at least 1 item, e.g. [{"n":1}]
      body $.items[0].n: a whole number or null, e.g. 1
      body $.state: "open"
      body $.tags: []
      body $.by: values of which each is the type of the example, e.g. {"a":{"n":1}}
      body $.by.a: the type of the example, e.g. {"n":1}
      body $.by.a.n: the type of the example, e.g. 1
      body $.keys: keys of which each is a text that matches `[a-z]`, e.g. {"a":1}
      body $.keys.a: anything, e.g. 1
      body $.links: a list with an item for each variant, e.g. [{"rel":"self"},7]
      body $.links[0].rel: "self"
      body $.links[1]: a number, e.g. 7
  paid
    message
      metadata $.topic: "orders"
      body $: "done"
"""


def test_it_tells_what_each_matcher_demands(project: Project) -> None:
    project.file("ui-api.json", json.dumps(PACT))
    result = project.run("pact", "read", "ui-api.json")
    assert (result.stdout, result.stderr, result.exit_code) == (TOLD, "", 0)


def test_faults_are_told_and_sound_files_still_are(project: Project) -> None:
    project.file("ui-api.json", json.dumps(PACT))
    project.file("broken.json", '{"consumer": {"name": "ui"},\n "provider')
    result = project.run("pact", "read", "ui-api.json", "broken.json", "ui-ap.json")
    assert (result.stdout, result.exit_code) == (TOLD, 2)
    assert result.stderr.splitlines() == [
        'broken.json:2: found broken JSON (Unterminated string starting: `"provider`); '
        "close the quote",
        "ui-ap.json:1: found no file `ui-ap.json`; expected a file; did you mean `ui-api.json`?",
    ]


def test_json_has_pacts_and_problems(project: Project) -> None:
    project.file("ui-api.json", json.dumps(PACT))
    project.file("empty.json", "")
    result = project.run("pact", "read", "--json", "ui-api.json", "empty.json")
    told = json.loads(result.stdout)
    assert result.exit_code == 2
    (pact,), (problem,) = told["pacts"], told["problems"]
    assert [each["kind"] for each in pact["interactions"]] == ["http", "sent"]
    assert pact["interactions"][0]["parts"][1]["demands"][1] == {
        "part": "body",
        "path": "$.items",
        "demanded": "the type of the example with at least 1 item",
        "example": '[{"n":1}]',
    }
    assert (problem["file"], problem["code"]) == ("empty.json", "empty-file")


def test_a_folder_stands_for_its_pact_files(project: Project) -> None:
    for consumer in ("ui", "app"):
        pact = {**PACT, "consumer": {"name": consumer}}
        project.file(f"pacts/{consumer}-api.json", json.dumps(pact))
    project.file("pacts/notes.txt", "no pact")
    project.file("pacts/main.native.json", json.dumps({"engine": "native", "results": []}))
    result = project.run("pact", "read", "pacts", "pacts/ui-api.json", "--json")
    told = json.loads(result.stdout)
    assert [each["file"] for each in told["pacts"]] == ["pacts/app-api.json", "pacts/ui-api.json"]
    assert (told["problems"], result.exit_code) == ([], 0)
    project.file("pacts/broken.json", "")
    result = project.run("pact", "read", "pacts", "pacts/broken.json")
    assert result.stdout.count("expects of api") == 2
    assert result.stderr.count("pacts/broken.json") == 1
    assert result.exit_code == 2


def test_a_folder_without_pact_files_is_told(project: Project) -> None:
    project.file("pacts/verified/api/main.native.json", "{}")
    result = project.run("pact", "read", "pacts")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        "pacts: found a folder without pact files; expected `*.json` of pacts in it; "
        "name the folder in which they lie, or the files\n"
    )


def test_without_a_file_it_is_used_wrongly(project: Project) -> None:
    result = project.run("pact", "read")
    assert result.exit_code == 2
    assert "name at least one pact file" in result.stderr
