"""Pact files of every version become the same values; each fault of one is told with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagepact.errors import ContractError
from stagepact.pact import files
from stagepact.pact.model import Exchanged, Http, Pact, Presence, Sent, State, Version


def document(version: str = "3.0.0", **more: Any) -> dict[str, Any]:
    return {
        "consumer": {"name": "ui"},
        "provider": {"name": "api"},
        "interactions": [interaction()],
        "metadata": {"pactSpecification": {"version": version}},
        **more,
    }


def interaction(**more: Any) -> dict[str, Any]:
    request = {"method": "get", "path": "/orders"}
    return {"description": "orders", "request": request, "response": {"status": 200}, **more}


def parsed(value: dict[str, Any]) -> Pact:
    return files.parse_pact(json.dumps(value, indent=1), "p.json")


def fault(value: dict[str, Any]) -> str:
    with pytest.raises(ContractError) as caught:
        parsed(value)
    return str(caught.value)


def answering(**response: Any) -> dict[str, Any]:
    return document(interactions=[interaction(response={"status": 200, **response})])


def by_rules(rules: dict[str, Any]) -> dict[str, Any]:
    return answering(matchingRules={"body": {"$.a": rules}})


def by_rule(rule: Any) -> dict[str, Any]:
    return by_rules({"matchers": [rule]})


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("1.0.0", Version.V1),
        ("1.1.0", Version.V1_1),
        ("2.0.0", Version.V2),
        ("3.0", Version.V3),
        ("4", Version.V4),
    ],
)
def test_the_version_is_what_the_metadata_say(written: str, version: Version) -> None:
    assert parsed(document(written)).version is version


@pytest.mark.parametrize("metadata", [{}, {"pactSpecificationVersion": "1.0.0"}])
def test_a_file_without_a_version_is_of_version_1(metadata: dict[str, str]) -> None:
    assert parsed(document(metadata=metadata)).version is Version.V1


def test_an_interaction_has_its_states_and_its_place() -> None:
    states = [{"name": "there", "params": {"id": 7}}, {"name": "paid"}]
    (found,) = parsed(document(interactions=[interaction(providerStates=states)])).interactions
    assert found.states == (State("there", {"id": 7}), State("paid"))
    assert (found.description, found.place.line) == ("orders", 9)
    assert isinstance(found.exchange, Http)
    assert found.exchange.request.method == "GET"


def test_a_state_of_early_versions_is_a_text() -> None:
    (found,) = parsed(
        document("1.0.0", interactions=[interaction(providerState="there")])
    ).interactions
    assert found.states == (State("there"),)


@pytest.mark.parametrize("query", ["a=1&b=%20&a=2", {"a": ["1", "2"], "b": [" "]}])
def test_a_query_is_a_text_or_a_mapping(query: Any) -> None:
    request = {"method": "GET", "path": "/", "query": query}
    (found,) = parsed(document(interactions=[interaction(request=request)])).interactions
    assert isinstance(found.exchange, Http)
    assert found.exchange.request.query == {"a": ("1", "2"), "b": (" ",)}


def test_messages_of_version_3_stand_beside_interactions() -> None:
    message = {"description": "paid", "contents": {"id": 7}, "metaData": {"topic": "orders"}}
    (found,) = parsed(document(interactions=[], messages=[message])).interactions
    assert isinstance(found.exchange, Sent)
    assert found.exchange.message.contents.value == {"id": 7}
    assert found.exchange.message.metadata == {"topic": "orders"}


def test_version_4_has_messages_with_answers() -> None:
    told = {"contentType": "application/json", "encoded": False, "content": {"id": 7}}
    entry = {
        "type": "Synchronous/Messages",
        "description": "price",
        "request": {"contents": told},
        "response": [{"contents": told}, {"contents": told}],
    }
    (found,) = parsed(document("4.0", interactions=[entry])).interactions
    assert isinstance(found.exchange, Exchanged)
    assert [each.contents.value for each in found.exchange.responses] == [{"id": 7}, {"id": 7}]


@pytest.mark.parametrize(
    ("body", "presence", "data"),
    [
        ({"content": "aGk=", "encoded": "base64", "contentType": "image/png"}, "PRESENT", b"hi"),
        ({"content": "hi", "encoded": False, "contentType": "text/plain"}, "PRESENT", b"hi"),
        ({"content": "hi", "contentType": "application/json"}, "PRESENT", b'"hi"'),
        (
            {"content": '{"a":1}', "encoded": "JSON", "contentType": "application/json"},
            "PRESENT",
            b'{"a":1}',
        ),
        ({"content": {"a": 1}}, "PRESENT", b'{"a":1}'),
        ({"content": ""}, "EMPTY", b""),
        ({"content": None}, "NULL", b""),
        ({}, "MISSING", b""),
    ],
)
def test_bodies_of_version_4_say_how_they_are_encoded(
    body: Any, presence: str, data: bytes
) -> None:
    entry = interaction(type="Synchronous/HTTP", response={"status": 200, "body": body})
    (found,) = parsed(document("4.0", interactions=[entry])).interactions
    assert isinstance(found.exchange, Http)
    read = found.exchange.response.body
    assert (read.presence, read.data) == (Presence[presence], data)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (document("5.0"), "version `5.0` of the Pact specification; expected 1, 1.1, 2, 3 or 4"),
        (document("new"), "version `new` of the Pact specification"),
        (document(interactions=[]), "found no interactions"),
        (document(interactions={}), "expected a list as `interactions`"),
        (document(interactions=[7]), "found a whole number; expected an interaction"),
        (document(consumer={}), "found no name of the consumer"),
        (document(provider="api"), "found no name of the provider"),
        (document(interactions=[interaction(description="")]), "an interaction without a name"),
        (document(interactions=[{"description": "x"}]), "found `request` as null"),
        (document(interactions=[interaction(), interaction()]), "`orders` a second time (first on"),
        (document("4.0", interactions=[interaction(type="Sync")]), "the interaction type `Sync`"),
        (answering(status="200"), "found a text; expected a whole number as"),
        (answering(headers=[]), "found a list; expected a mapping as"),
        (by_rule({"match": "integr"}), "the matcher `integr`; expected one of equality, type"),
        (by_rule({"match": "integr"}), "did you mean `integer`?"),
        (by_rule({"match": "protobuf"}), "rules of plugins need the official engine"),
        (by_rule({}), "a rule that doesn't say `match`"),
        (by_rule("type"), "found a text; expected a rule"),
        (by_rule({"match": "regex"}), "`match: regex` alone; expected `regex` beside it"),
        (by_rule({"match": "regex", "regex": "("}), "the regular expression `(`"),
        (
            by_rule({"match": "date", "format": "yyyy-bb"}),
            "the letter `b`, which",
        ),
        (by_rule({"match": "statusCode", "status": "fine"}), "the status `fine`"),
        (by_rule({"match": "type", "min": "1"}), "expected a whole number as"),
        (answering(matchingRules={"bodi": {}}), "rules for `bodi`"),
        (answering(matchingRules={"body": {"$a": {"matchers": []}}}), "the path `$a`"),
        (answering(matchingRules={"body": {"$.a": {}}}), "found no rules; expected `matchers`"),
        (
            answering(
                matchingRules={"body": {"$.a": {"combine": "XOR", "matchers": [{"match": "type"}]}}}
            ),
            "found `combine: XOR`; expected AND or OR",
        ),
        (
            answering(generators={"body": {"$.a": {"type": "RandomInteger"}}}),
            "did you mean `RandomInt`?",
        ),
        (
            document(metadata={})
            | {"interactions": [interaction(response={"status": 200, "matchingRules": {}})]},
            "matching rules, and no version",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_do(value: dict[str, Any], told: str) -> None:
    message = fault(value)
    assert told in message
    assert message.startswith("p.json:")
    assert len(message.splitlines()) <= 2


def test_all_faults_are_told_at_once() -> None:
    rules = {"body": {"$.a": {"matchers": [{"match": "x"}, {"match": "y"}]}}}
    both = [interaction(response={"matchingRules": rules}), interaction(description="")]
    assert len(fault(document(interactions=both)).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "found nothing: the file is empty"),
        ("[]", "a list as the whole document; expected a pact"),
        ('{"consumer": {"na', "broken JSON (Unterminated string"),
        ("<pact/>", "p.json:1: found `<pact/>`"),
        (b"\xff", "the byte 0xFF, which is not UTF-8"),
    ],
)
def test_what_is_no_json_is_told(text: str | bytes, told: str) -> None:
    with pytest.raises(ContractError) as caught:
        files.parse_pact(text, "p.json")
    assert told in str(caught.value)


def test_a_file_is_read_wherever_it_lies_up_to_5_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(document()))
    assert files.read_pact(path).file == path.as_posix()
    path.write_text(json.dumps(document(padding="x" * 5_000_000)))
    with pytest.raises(ContractError, match=r"of 5\.0 MB; expected at most 5 MB"):
        files.read_pact(path)


@pytest.mark.parametrize("name", ["nope.json", "."])
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractError, match=r"no file|a folder"):
        files.read_pact(tmp_path / name)
