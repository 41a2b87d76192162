"""Blocks taken apart into clauses: ids, kinds, places, promises."""

from __future__ import annotations

import pytest
from observations import answers, clauses, document

from stagepact.contract.clauses import operation_clauses, stage_clauses
from stagepact.errors import ContractError

BLOCK = """\
output: {status: [ok], type: 'a:B', json: true, data: true, declared: [a]}
events:
  owner: runtime
  order: a b
  closed: true
  terminal: [b]
  types: {a: {required: [n]}}
  sequence: {field: n}
  rules:
    r1: {absence: x}
    r2: {exactly-once: x}
    r3: {precedence: {of: x, by: y}}
    r4: {response: {of: x, by: y}}
    r5: {response: {of: x, by: y, within: 1s}}
calls: {p.m: {times: once, arguments: true}}
logs: {l: {level: ERROR, message: m, fields: true}}
holds: {h: 1 == 1, m: {vary: {/input: '2'}, expect: before == after}}
within: {max: 1s, p99: 2s}
laws: [deterministic]
chaos: {}
examples: [{name: e, output: {matches: true}, events: [{type: a, matches: true}, {type: b}]}]
"""


def test_a_block_has_its_clauses_in_the_order_of_the_document() -> None:
    """Each with an id, a kind and a sentence."""
    assert [(each.id, each.kind) for each in clauses(BLOCK).values()] == [
        ("output.status", "output.status"),
        ("output.type", "output.type"),
        ("output.json", "output.json"),
        ("output.data", "output.data"),
        ("output.declared", "output.declared"),
        ("events.order", "events.order"),
        ("events.closed", "events.closed"),
        ("events.terminal", "events.terminal"),
        ("events.a", "events.payload"),
        ("events.sequence", "events.sequence"),
        ("events.rules.r1", "events.order"),
        ("events.rules.r2", "events.order"),
        ("events.rules.r3", "events.order"),
        ("events.rules.r4", "events.order"),
        ("events.rules.r5", "events.response"),
        ("calls.p.m", "calls"),
        ("logs.l", "logs"),
        ("holds.h", "holds"),
        ("holds.m", "metamorphic"),
        ("within.max", "within.max"),
        ("within.p99", "within.quantile"),
        ("laws.deterministic", "stages.deterministic"),
        ("examples.e", "example"),
    ]
    assert all(each.promise for each in clauses(BLOCK).values())


@pytest.mark.parametrize(
    ("id", "block"),
    [
        ("output.data", "output: {data: {required: [a]}}"),
        ("output.data", "output: {data: {properties: {a: {}}}}"),
    ],
)
def test_null_is_not_what_has_properties(id: str, block: str) -> None:
    assert not clauses(block)[id].value.accepts(None)


def test_an_example_that_expects_nothing_is_no_clause() -> None:
    """Whatever its run does would keep it."""
    written = "examples: [{name: e, output: {}}, {name: f, output: {data: null}}]"
    assert list(clauses(written)) == ["examples.f"]


@pytest.mark.parametrize(
    ("id", "word"),
    [
        ("output.status", "output:"),
        ("events.order", "order:"),
        ("events.a", "types:"),
        ("events.rules.r4", "r4:"),
        ("holds.m", "holds:"),
        ("examples.e", "examples:"),
    ],
)
def test_a_clause_knows_its_line(id: str, word: str) -> None:
    """Where it is written."""
    line = clauses(BLOCK)[id].place.line
    assert word in BLOCK.splitlines()[line - 4]


def test_events_are_owed_by_their_owner_and_all_else_by_the_stage() -> None:
    """What the runtime owes is never held against a stage."""
    owners = {id: each.owner for id, each in clauses(BLOCK).items()}
    assert {owner for id, owner in owners.items() if id.startswith("events.")} == {"runtime"}
    assert {owner for id, owner in owners.items() if not id.startswith("events.")} == {"stage"}


RESPONSES = """\
responses:
  200: {$ref: '#/schemas/A'}
  404:
    body: {type: integer}
  500: {content-type: text/plain, headers: {X-A: true}}
examples: [{name: e, response: {matches: true}}]
"""


def test_an_operation_has_its_clauses_with_their_lines() -> None:
    """The short form's body stands in the line of its status."""
    block = RESPONSES.replace("{$ref: '#/schemas/A'}", "true")
    assert [(each.id, each.place.line - 6) for each in answers(block).values()] == [
        ("no-server-error", 0),
        ("responses.status", 1),
        ("responses.200.body", 2),
        ("responses.404.body", 4),
        ("responses.500.content-type", 5),
        ("responses.500.headers.X-A", 5),
        ("examples.e", 6),
    ]


def test_all_schemas_that_cannot_be_used_are_told_at_once() -> None:
    """With their lines; of stages and of operations."""
    text = (
        "name: a\nschemas: {A: {model: 'm:M'}}\nstages:\n  s:\n"
        "    output: {data: {$ref: '#/schemas/A'}}\n"
        "    events: {types: {e: {properties: {x: {$ref: '#/schemas/A'}}}}}\n"
        "services:\n  v:\n    app: a:b\n    operations:\n"
        "      GET /a: {responses: {200: {$ref: '#/schemas/A'}}}\n"
    )
    with pytest.raises(ContractError) as caught:
        stage_clauses(document(text), "stages", "s")
    assert [problem.place.line for problem in caught.value.problems] == [5, 6]
    with pytest.raises(ContractError) as caught:
        operation_clauses(document(text), "v", "GET /a")
    assert [problem.place.line for problem in caught.value.problems] == [11]


def test_clauses_are_values() -> None:
    """Made twice, they are equal and hash alike."""
    one, other = clauses(BLOCK), clauses(BLOCK)
    assert one == other
    assert hash(one["holds.m"]) == hash(other["holds.m"])
