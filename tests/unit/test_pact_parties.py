"""Contracts → pact files: what is in them, what can't be meant, and what is written and removed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from stagepact.contract.read import read_documents
from stagepact.errors import ContractError, Problem
from stagepact.pact import files, generators
from stagepact.pact.making import disk
from stagepact.pact.making.parties import PactFile, folders, pact_files
from stagepact.pact.model import Http, Sent

UI = """\
    stagepact: 1
    name: ui
    schemas:
      Session: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
    consumes:
      api:
        interactions:
          GET session:
            state: a session exists
            request:
              path: "/sessions/{id}"
              values: {id: {schema: {type: string}, from-state: id}}
            response:
              headers: {ETag: {type: string, pattern: '^"'}}
              body: {$ref: "#/schemas/Session"}
"""


class Contracts:
    """A folder with contracts, and what they make."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, **contracts: str) -> None:
        for name, text in contracts.items():
            (self.root / f"{name}.contract.yaml").write_text(dedent(text), encoding="utf-8")

    def reading(self) -> Any:
        return read_documents(sorted(self.root.glob("*.contract.yaml")), self.root)

    def made(self) -> tuple[tuple[PactFile, ...], tuple[Problem, ...]]:
        return pact_files(self.reading().documents, self.root)

    def only(self, **contracts: str) -> PactFile:
        self.write(**contracts)
        (file,), problems = self.made()
        assert problems == ()
        return file

    def differences(self) -> tuple[disk.Difference, ...]:
        documents = self.reading().documents
        made, problems = pact_files(documents, self.root)
        assert problems == ()
        read = [each.file for each in documents]
        return disk.differences(made, folders(documents), self.root, read)

    def problems(self, **contracts: str) -> list[str]:
        self.write(**contracts)
        reading = self.reading()
        return [*map(str, reading.problems), *map(str, self.made()[1])]


@pytest.fixture
def contracts(tmp_path: Path) -> Contracts:
    return Contracts(tmp_path)


def in_api(block: str) -> str:
    lines = dedent(block).strip().splitlines()
    return "\n".join(
        ["stagepact: 1", "name: ui", "consumes:", "  api:", *(f"    {e}" for e in lines)]
    )


def test_a_file_is_named_by_its_parties_and_can_be_read_again(contracts: Contracts) -> None:
    file = contracts.only(ui=UI)
    assert file.name == "pacts/ui-api.json"
    pact = files.parse_pact(file.text, file.name)
    (interaction,) = pact.interactions
    assert (pact.consumer, pact.provider, interaction.description) == ("ui", "api", "GET session")
    assert [state.name for state in interaction.states] == ["a session exists"]


def test_a_value_of_the_state_is_sent_in_place_of_the_example(contracts: Contracts) -> None:
    file = contracts.only(ui=UI)
    exchange = files.parse_pact(file.text, file.name).interactions[0].exchange
    assert isinstance(exchange, Http)
    assert exchange.request.path == "/sessions/id"
    setting = generators.Setting(given={"id": "s-9"})
    assert generators.generated_request(exchange.request, setting).path == "/sessions/s-9"


def test_messages_have_contents_and_metadata(contracts: Contracts) -> None:
    file = contracts.only(
        ui="""\
        stagepact: 1
        name: ui
        consumes:
          pipeline:
            consumer: billing
            to: elsewhere
            messages:
              done:
                states: [{name: a run, parameters: {id: 7}}]
                contents: {type: object, required: [ms], properties: {ms: {type: number}}}
                metadata: {topic: events, part: {schema: {type: integer}, example: 3}}
                example: {ms: 2.5}
        """
    )
    assert file.name == "elsewhere/billing-pipeline.json"
    (interaction,) = files.parse_pact(file.text, file.name).interactions
    assert isinstance(interaction.exchange, Sent)
    message = interaction.exchange.message
    assert (message.contents.value, message.metadata) == (
        {"ms": 2.5},
        {"topic": "events", "part": 3},
    )
    assert interaction.states[0].parameters == {"id": 7}
    assert message.rules.of("metadata").best(("part",)) is not None


def test_query_headers_and_bodies_of_requests(contracts: Contracts) -> None:
    file = contracts.only(
        ui=in_api(
            """
            interactions:
              POST x:
                request:
                  method: POST
                  path: /x
                  query: {tag: [a, b], n: {schema: {type: integer}, example: 4}}
                  headers: {X-Key: secret}
                  body: {a: 1}
                  schema: {type: object, required: [a], properties: {a: {type: integer}}}
                response: {status: 204, empty: true}"""
        )
    )
    value = file.value["interactions"][0]["request"]
    assert value["query"] == {"tag": ["a", "b"], "n": ["4"]}
    assert value["headers"] == {"X-Key": ["secret"], "Content-Type": ["application/json"]}
    assert value["matchingRules"]["body"].keys() == {"$.a"}
    assert value["matchingRules"]["query"].keys() == {"n"}
    assert file.value["interactions"][0]["response"]["body"] == {"content": ""}
    files.parse_pact(file.text, file.name)


def test_contracts_add_up_and_the_order_of_files_and_keys_is_nothing(contracts: Contracts) -> None:
    other = UI.replace("GET session:", "GET another:")
    contracts.write(a=UI, b=other)
    (one,), _ = contracts.made()
    contracts.write(a=other, b=UI)
    (two,), _ = contracts.made()
    assert one.text == two.text
    assert [each["description"] for each in one.value["interactions"]] == [
        "GET another",
        "GET session",
    ]


def test_equal_declarations_are_one(contracts: Contracts) -> None:
    contracts.write(a=UI, b=UI)
    (file,), problems = contracts.made()
    assert (len(file.interactions), problems) == (1, ())


def test_a_conflict_names_both_places(contracts: Contracts) -> None:
    (problem,) = contracts.problems(a=UI, b=UI.replace("format: uuid", "minLength: 1"))
    assert problem.startswith("b.contract.yaml:8: found `GET session` with other contents than at ")
    assert "a.contract.yaml:8" in problem


def test_two_folders_for_one_pact_are_an_error(contracts: Contracts) -> None:
    (problem,) = contracts.problems(a=UI, b=UI.replace("  api:", "  api:\n        to: other"))
    assert "b.contract.yaml:6" in problem
    assert "in `pacts/ui-api.json` by a.contract.yaml:6" in problem


@pytest.mark.parametrize(
    ("block", "line", "told"),
    [
        ("interactions:\n  x: {request: {path: '/a/{id}'}}", 6, "`{id}` in the path"),
        ("interactions:\n  x: {request: {path: /a, values: {id: 1}}}", 6, "a value 'id' that"),
        ("interactions:\n  x: {request: {path: '/a/{id'}}", 6, "placeholders in whole braces"),
        ("interactions:\n  x: {request: {path: /a, body: 1}}", 6, "a body in a request by GET"),
        ("interactions:\n  x: {request: {path: /a, query: {q: {}}}}", 6, "a value with parts"),
        ("interactions:\n  x: {request: {path: /a, query: {q: {schema: 1}}}}", 6, "no JSON Schema"),
        ("interactions:\n  x: {request: {path: /a, headers: {'a b': x}}}", 6, "header name 'a b'"),
        ("interactions:\n  x: {request: {path: /a, headers: {A: x, a: y}}}", 6, "'a' beside 'A'"),
        ("interactions:\n  x: {request: {path: /a}, example: 1}", 6, "that has no schema"),
        ("interactions:\n  x: {request: {path: /a}, state: a, states: [b]}", 6, "either state"),
        ("interactions:\n  x: {request: {path: /a}, respons: {}}", 6, "respons"),
        ("interactions:\n  x: {request: {path: a}}", 6, "path"),
        ("interactions: {}", 4, "say interactions, or messages"),
        ("messages:\n  x: {contents: {$ref: '#/schemas/No'}}", 6, "names no schema"),
        ("messages:\n  x: {contents: {type: strin}}", 6, "strin"),
        ("messages:\n  x: {contents: {type: integer}, example: a}", 6, "an example with"),
        ("messages:\n  x: {contents: {type: integer, minimum: 2, maximum: 1}}", 6, "no value"),
        ("to: ../out\nmessages:\n  x: {contents: true}", 5, "outside the project"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(
    contracts: Contracts, block: str, line: int, told: str
) -> None:
    found = contracts.problems(ui=in_api(block))
    assert len(found) == 1, found
    assert found[0].startswith(f"ui.contract.yaml:{line}: ")
    assert told in found[0]


def test_a_contract_that_cannot_name_a_file_needs_a_consumer(contracts: Contracts) -> None:
    (problem,) = contracts.problems(ui=UI.replace("name: ui", "name: a web client"))
    assert "no `consumer:`" in problem


# -- files that are there -------------------------------------------------------------------------


def test_files_are_written_once_and_then_are_as_they_are(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    (found,) = contracts.differences()
    assert (found.name, found.word) == ("pacts/ui-api.json", "add")
    disk.write([found])
    assert contracts.differences() == ()
    assert [each.name for each in (contracts.root / "pacts").iterdir()] == ["ui-api.json"]


def test_who_reads_a_file_reads_it_whole_while_it_is_written_anew(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    (first,) = contracts.differences()
    disk.write([first])
    before = first.path.read_text()
    with first.path.open() as reader:
        contracts.write(ui=UI.replace("GET session:", "GET a session:"))
        disk.write(contracts.differences())
        assert reader.read() == before
    assert first.path.read_text() != before


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_one_and_nothing_beside(
    contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts.write(ui=UI)
    (first,) = contracts.differences()
    disk.write([first])
    before = first.path.read_text()
    contracts.write(ui=UI.replace("GET session:", "GET a session:"))

    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ContractError, match="No space left"):
        disk.write(contracts.differences())
    assert first.path.read_text() == before
    assert [each.name for each in first.path.parent.iterdir()] == ["ui-api.json"]


def test_what_differs_is_told_by_interaction(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    disk.write(contracts.differences())
    contracts.write(ui=UI.replace("GET session:", "GET a session:"))
    (found,) = contracts.differences()
    assert found.what == ("`GET a session` is new", "`GET session` is there no more")


def test_a_file_that_nothing_makes_any_more_is_removed(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    disk.write(contracts.differences())
    contracts.write(ui="stagepact: 1\nname: ui\n")
    (found,) = contracts.differences()
    assert (found.word, found.name) == ("remove", "pacts/ui-api.json")
    disk.write([found])
    assert not found.path.exists()


def test_what_a_contract_made_that_was_not_read_stays(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    disk.write(contracts.differences())
    (contracts.root / "other.contract.yaml").write_text("stagepact: 1\nname: other\n")
    reading = read_documents([contracts.root / "other.contract.yaml"], contracts.root)
    found = disk.differences(
        (), folders(reading.documents), contracts.root, ["other.contract.yaml"]
    )
    assert found == ()


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"metadata": {"pactRust": {"ffi": "0.5"}}}'])
def test_another_tools_file_is_never_written_over(contracts: Contracts, text: str) -> None:
    contracts.write(ui=UI)
    there = contracts.root / "pacts" / "ui-api.json"
    there.parent.mkdir()
    there.write_text(text)
    with pytest.raises(ContractError, match=r"ui.contract.yaml:6: found `pacts/ui-api.json`"):
        contracts.differences()
    assert there.read_text() == text


def test_another_tools_file_beside_ours_is_left_alone(contracts: Contracts) -> None:
    contracts.write(ui=UI)
    beside = contracts.root / "pacts" / "other-api.json"
    beside.parent.mkdir()
    beside.write_text(json.dumps({"consumer": {"name": "other"}}))
    disk.write(contracts.differences())
    assert beside.exists()
