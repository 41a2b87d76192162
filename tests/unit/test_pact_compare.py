"""A provider's contract against pacts, without running: what breaks them is shown, nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bank.pact_changes import CHANGES, EXAMPLE, RULES, RUN, PactChange
from stagepact.contract.asyncapi import messages_of
from stagepact.contract.document import Document
from stagepact.contract.models import Contract
from stagepact.contract.openapi.document import as_document
from stagepact.contract.source import OPENAPI, Source, read_json
from stagepact.pact import files
from stagepact.pact.compare.bodies import compare_json
from stagepact.pact.compare.interactions import compare
from stagepact.pact.compare.model import NOTHING, Verdict
from stagepact.pact.compare.provider import Declared, Provider, provider
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.model import Http, Pact, Sent
from stagepact.pact.rules import Category
from stagepact.schema.normalise import closed
from stagepact.schema.validate import Validator


def side(document: dict[str, Any]) -> Provider:
    """A provider by its OpenAPI or AsyncAPI document."""
    source = read_json(json.dumps(document, indent=1), "api.json", OPENAPI)
    if "asyncapi" in document:
        return of_messages(source)
    made, problems = as_document(source, Path("api.json"))
    assert not problems
    return provider([made])


def of_messages(source: Source) -> Provider:
    found = messages_of(source.value, source.place)
    assert not found.problems
    own = Document("api.json", Path("api.json"), Contract(name="api"), source, dict(found.schemas))
    declared = [Declared(own, key[1], at, schema) for key, (schema, at) in found.payloads.items()]
    return provider([], declared=declared)


def verdicts(document: dict[str, Any], pact: str) -> list[Verdict]:
    parsed = files.parse_pact(pact, "pact.json")
    known = side(document)
    return [compare(each, known) for each in parsed.interactions]


def body_rules(pact: Pact) -> Category:
    exchange = pact.interactions[0].exchange
    assert isinstance(exchange, Http | Sent)
    held = exchange.response if isinstance(exchange, Http) else exchange.message
    return held.rules.of("body")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.id)
def test_what_breaks_a_consumer_is_told_and_nothing_else(change: PactChange) -> None:
    assert {each.answer for each in verdicts(change.before, change.pact)} == {"compatible"}
    after = verdicts(change.after, change.pact)
    broken = [finding for each in after for finding in each.findings]
    assert bool(broken) == change.breaks, [str(each) for each in broken]
    assert change.breaks or all(each.answer == "compatible" for each in after), [
        each.reasons for each in after
    ]


OF_BODIES = [each for each in CHANGES if each.breaks and each.kind == "message"]


@pytest.mark.parametrize("change", OF_BODIES, ids=lambda change: change.id)
def test_a_counterexample_is_valid_and_refused(change: PactChange) -> None:
    after = change.after["components"]["schemas"]["Run"]
    found = [each for verdict in verdicts(change.after, change.pact) for each in verdict.findings]
    assert found
    for each in found:
        assert Validator(closed(after)).accepts(each.counterexample)
        rules = body_rules(files.parse_pact(change.pact, "pact.json"))
        assert json_mismatches(EXAMPLE, each.counterexample, rules)


def test_a_counterexample_is_as_small_as_can_be() -> None:
    change = next(each for each in CHANGES if each.id == "message: a field becomes nullable")
    (finding,) = [each for v in verdicts(change.after, change.pact) for each in v.findings]
    assert finding.path == "$.duration_ms"
    assert finding.counterexample == {
        "id": "",
        "status": "completed",
        "duration_ms": None,
        "ratio": 0,
        "items": [{"bytes": 0, "name": ""}],
        "owner": {"mail": ""},
    }


def test_of_what_was_drawn_only_what_breaks_the_pact_is_shown() -> None:
    change = next(each for each in CHANGES if each.id == "message: a list becomes an object")
    (finding,) = [each for v in verdicts(change.after, change.pact) for each in v.findings]
    assert finding.path == "$.items"
    assert finding.counterexample["items"] == {}


def test_what_is_required_and_not_listed_is_declared_too() -> None:
    schema = {**RUN, "required": [*RUN["required"], "region"]}
    found = compare_json(
        schema, EXAMPLE, body_rules(files.parse_pact(pact_of(EXAMPLE, RULES), "p"))
    )
    assert (found.shown, found.reasons) == ([], [])
    nullable = {**schema["properties"], "duration_ms": {"type": ["integer", "null"]}}
    schema = {**schema, "properties": nullable}
    found = compare_json(
        schema, EXAMPLE, body_rules(files.parse_pact(pact_of(EXAMPLE, RULES), "p"))
    )
    assert [each.mismatch.path for each in found.shown] == ["$.duration_ms"]


def test_requests_that_a_generator_makes_are_compared_too() -> None:
    """The example is within the bound of the provider; what the consumer really sends isn't."""
    page = {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 9}}
    answers = {"200": {"description": "it"}}
    api = {
        "openapi": "3.1.0",
        "info": {"title": "api", "version": "1"},
        "paths": {"/runs": {"get": {"parameters": [page], "responses": answers}}},
    }
    exchange = {"method": "GET", "path": "/runs", "query": {"page": ["3"]}}
    assert verdicts(api, json.dumps(_asking(exchange)))[0].answer == "compatible"
    generated = {"query": {"$.page[0]": {"type": "RandomInt", "min": 10, "max": 99}}}
    (found,) = verdicts(api, json.dumps(_asking({**exchange, "generators": generated})))
    assert found.answer == "incompatible"
    assert "/query/page" in str(found.findings[0])


def _asking(request: dict[str, Any]) -> dict[str, Any]:
    interaction = {
        "type": "Synchronous/HTTP",
        "description": "it",
        "request": request,
        "response": {"status": 200},
    }
    return {
        "consumer": {"name": "ui"},
        "provider": {"name": "api"},
        "interactions": [interaction],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def test_a_finding_says_where_the_provider_says_so() -> None:
    change = next(each for each in CHANGES if each.id == "http: a field becomes nullable")
    (finding,) = [each for v in verdicts(change.after, change.pact) for each in v.findings]
    lines = json.dumps(change.after, indent=1).splitlines()
    assert finding.place.file == "api.json"
    assert '"duration_ms"' in lines[finding.place.line - 1]


def test_what_is_proven_tried_no_values() -> None:
    (verdict,) = verdicts(*_same("message"))
    assert (verdict.answer, verdict.tried, verdict.basis) == ("compatible", 0, "proven")


def _same(kind: str) -> tuple[dict[str, Any], str]:
    found = next(each for each in CHANGES if each.kind == kind)
    return found.before, found.pact


def pact_of(body: Any, rules: dict[str, Any] | None = None, states: list[str] | None = None) -> str:
    return json.dumps(
        {
            "consumer": {"name": "ui"},
            "provider": {"name": "api"},
            "interactions": [
                {
                    "type": "Asynchronous/Messages",
                    "description": "m",
                    "providerStates": [{"name": name} for name in states or ()],
                    "contents": {"contentType": "application/json", "content": body},
                    "matchingRules": {"body": rules or {}},
                }
            ],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )


def message(schema: Any) -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "x-stagepact-language": 1,
        "info": {"title": "x", "version": "1"},
        "channels": {"c": {"address": "c", "messages": {"m": {"payload": schema}}}},
    }


def of(
    schema: Any, body: Any, rules: dict[str, Any] | None = None, states: list[str] | None = None
) -> Verdict:
    (verdict,) = verdicts(message(schema), pact_of(body, rules, states))
    return verdict


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def rule(*matchers: dict[str, Any], combine: str = "AND") -> dict[str, Any]:
    return {"matchers": [*matchers], "combine": combine}


ANY = {"match": "type"}
INTEGER = {"match": "integer"}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}

OK: list[tuple[Any, Any, dict[str, Any]]] = [
    ({"type": ["integer", "null"]}, 1, {"$": rule(INTEGER, {"match": "null"}, combine="OR")}),
    ({"enum": ["a", "b"]}, "a", {"$": rule({"match": "regex", "regex": "a|b"})}),
    ({"const": "a"}, "a", {}),
    (obj(a={"const": 1}), {"a": 1}, {}),
    ({"type": "array", "items": WHOLE}, [1], {"$": rule(ANY), "$[*]": rule(INTEGER)}),
    ({"type": "array", "items": WHOLE}, [], {"$": rule(ANY)}),
    ({"type": "array", "items": {"const": 1}, "minItems": 2, "maxItems": 2}, [1, 1], {}),
    ({"type": "object", "additionalProperties": WHOLE}, {"k": 1}, {
        "$": rule({"match": "values"}), "$.*": rule(INTEGER)}),
    ({"type": "object", "additionalProperties": WHOLE}, {"k": 1}, {
        "$": rule({"match": "eachValue", "rules": [INTEGER]})}),
    ({"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": WHOLE},
     {"k": 1}, {"$": rule({"match": "eachKey", "rules": [{"match": "regex", "regex": "[a-z]*"}]},
                          {"match": "eachValue", "rules": [INTEGER]})}),
    ({"type": "string", "format": "date"}, "2020-01-01", {
        "$": rule({"match": "date", "format": "yyyy-MM-dd"})}),
    ({"type": "string", "pattern": "^[0-9]{2,4}$"}, "11", {
        "$": rule({"match": "regex", "regex": r"\d+"})}),
    ({"type": "number", "minimum": 1}, 1, {"$": rule({"match": "number"}, {"match": "notEmpty"})}),
    ({"allOf": [obj(a=WHOLE), obj(b=TEXT)]}, {"a": 1, "b": ""}, {"$": rule(ANY)}),
    ({"anyOf": [obj(a=WHOLE), obj(a=WHOLE, b=TEXT)]}, {"a": 1}, {"$": rule(ANY)}),
    (obj(v=obj(w={"type": "boolean"})), {"v": {"w": True}}, {"$": rule(ANY)}),
]  # fmt: skip

NOT: list[tuple[Any, Any, dict[str, Any], str]] = [
    (TEXT, "a", {}, "$"),
    (obj(a=TEXT), {"a": "x"}, {}, "$.a"),
    ({"type": "number"}, 1, {"$": rule({"match": "decimal"})}, "$"),
    ({"type": "array", "items": WHOLE}, [1], {}, "$"),
    ({"type": "array", "items": WHOLE, "minItems": 1}, [1], {"$[0]": rule(INTEGER)}, "$"),
    ({"type": "array", "items": WHOLE}, ["a"], {
        "$": rule({"match": "arrayContains", "variants": [{"index": 0, "rules": {}}]})}, "$"),
    ({"type": "object", "additionalProperties": {"type": "number"}}, {"k": 1}, {
        "$": rule({"match": "eachValue", "rules": [INTEGER]})}, "$"),
    ({"type": "object", "additionalProperties": WHOLE}, {"k": 1}, {
        "$": rule({"match": "eachKey", "rules": [{"match": "regex", "regex": "[a-z]+"}]}),
        "$.*": rule(INTEGER)}, "$"),
    (obj(a=WHOLE, b=WHOLE), {"a": 1}, {"$": rule({"match": "type", "min": 3})}, "$"),
    ({"type": "array", "prefixItems": [TEXT], "items": WHOLE, "minItems": 1}, [1], {
        "$": rule(ANY), "$[*]": rule(INTEGER)}, "$[*]"),
    ({"type": "string", "format": "date-time"}, "2020-01-01T00:00:00Z", {
        "$": rule({"match": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ssX"})}, "$"),
    ({"type": "string", "pattern": "^v[0-9]+"}, "v1", {
        "$": rule({"match": "regex", "regex": "v[0-9]+"})}, "$"),
    ({"type": "string"}, "a", {"$": rule(ANY, {"match": "notEmpty"})}, "$"),
    ({"type": ["integer", "string"]}, 1, {"$": rule(INTEGER)}, "$"),
    ({"anyOf": [obj(a=WHOLE), obj(b=TEXT)]}, {"a": 1}, {"$": rule(ANY)}, "$.a"),
    ({"type": "boolean"}, True, {}, "$"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "body", "rules"), OK)
def test_a_provider_within_the_matchers_is_compatible(
    schema: Any, body: Any, rules: dict[str, Any]
) -> None:
    verdict = of(schema, body, rules)
    assert verdict.answer == "compatible", (verdict.findings, verdict.reasons)


@pytest.mark.parametrize(("schema", "body", "rules", "path"), NOT)
def test_a_provider_beyond_the_matchers_is_shown(
    schema: Any, body: Any, rules: dict[str, Any], path: str
) -> None:
    verdict = of(schema, body, rules)
    assert any(each.path.startswith(path) for each in verdict.findings), verdict.basis
    assert all(Validator(closed(schema)).accepts(e.counterexample) for e in verdict.findings)


def test_what_a_state_brings_about_is_compared_by_type() -> None:
    verdict = of(obj(id=TEXT), {"id": "o-7"}, states=["an order o-7"])
    assert (verdict.answer, verdict.notes) == (
        "compatible",
        ("by state, so compared by type only: $.id",),
    )
    verdict = of(obj(id={"type": ["string", "null"]}), {"id": "o-7"}, states=["an order o-7"])
    assert [each.path for each in verdict.findings] == ["$.id"]


def test_no_state_brings_about_what_the_schema_does_not_have() -> None:
    listed = obj(id={"enum": ["a", "b"]})
    assert of(listed, {"id": "a"}, states=["s"]).answer == "compatible"
    (finding,) = of(listed, {"id": "c"}, states=["s"]).findings
    assert finding.path == "$.id"


def test_a_message_that_is_not_declared_has_its_nearest_told() -> None:
    document = message(obj(id=TEXT))
    document["channels"]["c"]["messages"]["run.completed"] = {"payload": obj(id=TEXT)}
    pact = pact_of({"id": "a"}).replace('"description": "m"', '"description": "run.complete"')
    (verdict,) = verdicts(document, pact)
    assert verdict.undeclared == "run.complete"
    assert str(verdict.findings[0]).startswith(
        "message: the consumer reads run.complete, no such message is declared; the nearest is "
        "run.completed"
    )


def test_a_regular_expression_that_is_not_ours_is_unknown() -> None:
    verdict = of(TEXT, "a", {"$": rule({"match": "regex", "regex": r"\p{L}+"})})
    assert (verdict.answer, verdict.findings) == ("unknown", ())
    assert r"\p" in verdict.basis


def test_whole_numbers_are_those_that_all_readers_of_json_mean() -> None:
    assert of(WHOLE, 1, {"$": rule(INTEGER)}).basis == "proven"
    huge = {"type": "integer", "minimum": 2**70}
    assert of(huge, 1, {"$": rule(INTEGER)}).answer != "compatible"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (True, "the contract says nothing of the contents"),
        ({"type": "object"}, "the contract says nothing of $.a"),
        ({"type": "object", "required": ["b"]}, "the contract says nothing of $.a"),
        ({"type": "object", "required": ["a"]}, "the contract says nothing of $.a"),
        (obj(a=True), "the contract says nothing of $.a"),
    ],
)
def test_what_a_contract_says_nothing_of_is_unknown(schema: Any, told: str) -> None:
    verdict = of(schema, {"a": 1}, {"$": rule(ANY)})
    assert (verdict.answer, verdict.basis) == ("unknown", told)


def test_without_a_counterexample_it_is_told_how_many_values_there_were() -> None:
    schema = {"type": "string", "format": "email"}
    verdict = of(schema, "a@b.de", {"$": rule({"match": "include", "value": "@"})})
    assert verdict.answer == "compatible"
    assert verdict.basis.startswith("no counterexample in ")


def test_no_value_is_made_that_the_example_of_the_run_refuses() -> None:
    rules = files.parse_pact(pact_of(EXAMPLE, RULES), "p.json")
    found = compare_json(RUN, EXAMPLE, body_rules(rules))
    assert (found.shown, found.tried) == ([], 0)
    assert NOTHING.value == "nothing"
