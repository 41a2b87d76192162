"""Every fault of a document: its line, what was found, what was expected, what to do."""

from __future__ import annotations

import pytest
from observations import document

from stagepact.contract.complaints import keys_at, language_schema
from stagepact.errors import ContractError, Problem


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ContractError) as caught:
        document(text)
    return caught.value.problems


STAGE = "name: a\nstages:\n  s:\n    "
SERVICE = "name: a\nservices:\n  s:\n    app: a:b\n    "


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("satges: {}\nname: a", 1, "unknown key 'satges' in /; expected * did you mean 'stages'?"),
        (
            STAGE + "qqq: 1",
            4,
            "unknown key 'qqq' in /stages/s; expected * remove it, or see `stagepact language`",
        ),
        (
            STAGE + "output:\n      stats: ok",
            5,
            "unknown key 'stats' in /stages/s/output; expected data, declared, json, raises, "
            "status, type; did you mean 'status'?",
        ),
        (STAGE + "holds: {x: {exp: a}}", 4, "unknown key 'exp' in * did you mean 'expr'?"),
        (STAGE + "fuzz: {exmples: 3}", 4, "unknown key 'exmples' in * did you mean 'examples'?"),
        (
            SERVICE + "operations:\n      GET /a:\n        responses: {200: {bdy: true}}",
            7,
            "unknown key 'bdy' in /services/s/operations/GET ~1a/responses/200; expected * "
            "did you mean 'body'?",
        ),
        ("stagepact: 1", 1, "no key 'name' in /; add name: …"),
        ("stagepact: 2\nname: a", 1, "2 at /stagepact; expected 1"),
        ("name: 3", 1, "3 at /name; expected text"),
        ("name: ''", 1, '"" at /name; expected string should have at least 1 character'),
        ("name: a\nstages: []", 2, "[] at /stages; expected a mapping"),
        (STAGE + "timeout: 3", 4, "3 at /stages/s/timeout; expected text"),
        (STAGE + "timeout: 3d", 4, '"3d" at * expected a duration such as 200ms'),
        (STAGE + "within: fast", 4, '"fast" at * expected a duration such as 200ms'),
        (STAGE + "within: {p50: 3}", 4, "3 at /stages/s/within/p50; expected text"),
        (STAGE + "calls: {p.m: twice}", 4, '"twice" at * never, once, at most N, *'),
        (STAGE + "subject: a b", 4, '"a b" at * expected an import reference such as *'),
        (STAGE + "fuzz: {examples: 0}", 4, "0 at * expected greater than or equal to 1"),
        (STAGE + "fuzz: often", 4, '"often" at /stages/s/fuzz; expected a mapping'),
        (STAGE + "output: {json: yes}", 4, '"yes" at * expected true or false'),
        (STAGE + "output: {declared: a}", 4, '"a" at * expected a list'),
        (STAGE + "output: {data: 3}", 4, "3 at * expected a JSON Schema: a mapping, true or false"),
        (STAGE + "logs: {l: {level: WARN}}", 4, "\"WARN\" at * expected 'DEBUG', 'INFO', *"),
        (STAGE + "events: {order: 'a ('}", 4, '"a (" at /stages/s/events/order: expected an *^'),
        (STAGE + "holds: {x: 'a.+'}", 4, '"a.+" at /stages/s/holds/x: expected a key*^'),
        (
            STAGE + "examples: [{name: n, error: '('}]",
            4,
            '"(" at /stages/s/examples/0/error: invalid regular expression: *^',
        ),
        (
            STAGE + "except:\n      - {clause: a, reason: b, issue: c, until: soon}",
            5,
            '"soon" at /stages/s/except/0/until; expected a date such as 2026-12-31',
        ),
        (
            SERVICE + "operations: {FETCH /x: {}}",
            5,
            "'FETCH /x' in /services/s/operations; expected a method and a path, such as *",
        ),
        (
            SERVICE + "operations:\n      GET /a: {responses: {999: true}}",
            6,
            "'999' in * expected a status such as 200, 4XX or default",
        ),
        (SERVICE + "openapi: 3", 5, "3 at /services/s/openapi; expected text"),
        ("name: a\nflows:\n  f: {from: x, to: /stages/s}", 3, '"x" at * expected a JSON Pointer *'),
    ],
)
def test_a_fault_is_one_problem_with_its_line_and_advice(
    text: str, line: int, sentence: str
) -> None:
    """`*` stands for anything."""
    (problem,) = problems(text)
    assert problem.place.line == line
    said = str(problem).removeprefix(f"a.contract.yaml:{line}: found ")
    beginning, *rest = sentence.split("*")
    assert said.startswith(beginning)
    assert said.endswith(rest[-1] if rest else beginning)
    assert all(part in said for part in rest)
    assert problem.code


def test_all_faults_of_a_document_are_told_at_once_in_order() -> None:
    """Also several keys that are missing in one place."""
    found = problems(
        STAGE + "timeout: 3\n    output: {stats: ok}\n    except:\n      - {clause: a}\nsatges: {}"
    )
    assert [(each.place.line, each.code, each.found.split(" in ")[0]) for each in found] == [
        (4, "string-type", "3 at /stages/s/timeout"),
        (5, "unknown-key", "unknown key 'stats'"),
        (7, "missing", "no key 'issue'"),
        (7, "missing", "no key 'reason'"),
        (7, "missing", "no key 'until'"),
        (8, "unknown-key", "unknown key 'satges'"),
    ]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ((), "stages"),
        (("stages", "any"), "events"),
        (("stages", "any", "events", "rules", "r"), "exactly-once"),
        (("stages", "any", "examples", 0, "output"), "matches"),
        (("services", "s", "operations", "GET /a", "responses", "200"), "content-type"),
    ],
)
def test_the_keys_of_a_place_come_from_the_language_itself(
    path: tuple[str | int, ...], key: str
) -> None:
    """So that a new key needs nothing here."""
    assert key in keys_at(path)
    assert keys_at((*path, key, "nowhere", "at", "all")) == frozenset()


def test_the_language_has_a_schema_for_editors() -> None:
    """In the words of documents: `except`, not `except_`."""
    schema = language_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "except" in schema["$defs"]["Stage"]["properties"]
