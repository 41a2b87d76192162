"""What a document means is checked without importing or running anything."""

from __future__ import annotations

import pytest
from observations import document

from stagepact.contract.lint import lint, pointer_steps

STAGE = "name: a\nstages:\n  s:\n    "
SERVICE = "name: a\nservices:\n  s:\n    app: a:b\n    "


def found(text: str) -> list[tuple[int, str, str]]:
    problems = sorted(lint(document(text)))
    return [(each.place.line, each.code, str(each).split(": found ")[1]) for each in problems]


@pytest.mark.parametrize(
    ("text", "line", "code", "sentence"),
    [
        (
            STAGE + "output: {data: {$ref: '#/schemas/Transcrpt'}}\nschemas: {Transcript: true}",
            4,
            "dangling-reference",
            "the reference '#/schemas/Transcrpt', which names no schema; expected one of "
            "Transcript; did you mean '#/schemas/Transcript'?",
        ),
        (
            STAGE + "output:\n      data:\n        items: {$ref: '#/schemas/A'}",
            6,
            "dangling-reference",
            "the reference '#/schemas/A', which names no schema; expected a name of `schemas:`; "
            "add it to `schemas:`",
        ),
        (
            STAGE + "output: {data: {$ref: '#/schemas/A/properties/b'}}\nschemas: {A: {}}",
            4,
            "dangling-reference",
            "the reference '#/schemas/A/properties/b': there is no 'properties'; expected a place "
            "in the schema; name that part in `schemas:`",
        ),
        (
            STAGE + "given: {input: {$ref: 'https://a.b/c'}}",
            4,
            "remote-reference",
            "the remote reference 'https://a.b/c'; expected a schema inside the project; keep a "
            "copy in the project and name it: schemas: {Name: {file: …}}",
        ),
        (
            "name: a\nschemas:\n  A: {$ref: '#/schemas/B'}\n  B: {$ref: '#/schemas/A'}",
            3,
            "reference-cycle",
            "the reference cycle A → B → A; expected a schema at its end; say in one of them what "
            "it is",
        ),
        (
            "name: a\nschemas:\n  A: {allOf: [{$ref: '#/schemas/B'}]}\n"
            "  B: {anyOf: [{type: 'null'}, {not: {$ref: '#/schemas/A'}}]}",
            3,
            "reference-cycle",
            "the reference cycle A → B → A; expected a schema at its end; say in one of them what "
            "it is",
        ),
        (
            STAGE + "given: {input: {type: strng}}",
            4,
            "invalid-schema",
            "the type 'strng', which JSON doesn't have; expected a JSON Schema (2020-12); "
            "did you mean 'string'?",
        ),
        (
            STAGE + "output:\n      data: {model: 'a:B'}",
            5,
            "misplaced-model",
            "`model:` outside of `schemas:`; expected a JSON Schema, or a reference such as "
            "{$ref: '#/schemas/Name'}; name it: schemas: {Name: {model: …}}",
        ),
        (
            STAGE + "holds:\n      x: outptu.a == 1",
            5,
            "unknown-name",
            "the name 'outptu' in 'outptu.a == 1'; expected one of input, inputs, context, state, "
            "request, output, status, headers, events, duration; did you mean 'output'?",
        ),
        (
            STAGE + "holds:\n      x: {vary: {/input: input * 2}, expect: output == 1}",
            5,
            "unknown-name",
            "the name 'output' in 'output == 1'; expected one of before, after",
        ),
        (
            STAGE + "holds:\n      x: {vary: {/input: zzz}, expect: before == after}",
            5,
            "unknown-name",
            "the name 'zzz' in 'zzz'; expected one of input, inputs, context, state, request, "
            "output, status, headers, events, duration",
        ),
        (
            "name: a\nstages: {'kin:x': {}}",
            2,
            "selector",
            "unknown prefix `kin:` in `kin:x`; did you mean `kind:`?; expected a selector",
        ),
        (
            STAGE
            + "except:\n    - {clause: a, stage: '!', reason: b, issue: c, until: 2026-01-01}",
            5,
            "selector",
            "a lone `!`; write what is excluded right after it, such as `!kind:guard`; expected a "
            "selector",
        ),
        (
            STAGE + "{}\nflows:\n  f: {from: /stages/s, to: /stages/t}",
            6,
            "dangling-pointer",
            "the end '/stages/t': there is no 't'; expected a JSON Pointer into this document",
        ),
        (
            STAGE + "output: {data: true}\nflows:\n  f:\n    chain:\n    - /stages/s/output/data\n"
            "    - '#/stages/s/outptu/data'",
            9,
            "dangling-pointer",
            "the end '#/stages/s/outptu/data': there is no 'outptu'; did you mean 'output'?; "
            "expected a JSON Pointer into this document",
        ),
        (
            STAGE + "examples:\n    - name: x\n    - name: x",
            6,
            "duplicate-name",
            "a second example named 'x' (the first: a.contract.yaml:5); expected a name of its own",
        ),
        (
            STAGE + "events:\n      types:\n        order: true",
            6,
            "reserved-name",
            "the event type 'order', which is a key of `events:`; expected another name; give it a "
            "longer name by `events.name`",
        ),
        (
            SERVICE
            + "states: {a session: 'a:b'}\n    operations:\n      GET /a: {state: a sesion}",
            7,
            "unknown-state",
            "the state 'a sesion', which the service doesn't define; expected one of 'a session'; "
            "did you mean 'a session'?",
        ),
        (
            SERVICE + "operations:\n      GET /a: {examples: [{name: x, state: b}]}",
            6,
            "unknown-state",
            "the state 'b', which the service doesn't define; expected a key of the service's "
            "`states:`; add it to `states:`",
        ),
    ],
)
def test_a_fault_of_meaning_is_one_problem_with_its_line_and_advice(
    text: str, line: int, code: str, sentence: str
) -> None:
    """Each told once."""
    assert found(text) == [(line, code, sentence)]


EVERYWHERE = """\
name: a
schemas: {N: {type: strng}, M: {model: "a:B"}, F: {file: f.json}}
stores: {st: {schema: {type: strng}}}
stages:
  s:
    given: {input: {type: strng}, inputs: {u: {type: strng}}}
    output: {data: {type: strng}}
    events: {types: {e: {type: strng}}}
    calls: {p.m: {arguments: {type: strng}}}
    logs: {l: {fields: {type: strng}}}
    examples:
    - {name: x, output: {matches: {type: strng}}, events: [{type: e, matches: {type: strng}}]}
pipelines: {p: {output: {data: {type: strng}}}}
services:
  s:
    url: http://a
    operations:
      GET /a/{id}:
        request: {path: {id: {type: strng}}, query: {q: {type: strng}}, body: {type: strng}}
        responses:
          200: {body: {type: strng}, headers: {h: {type: strng}}}
        examples:
        - {name: y, response: {matches: {type: strng}}}
        logs: {l: {fields: {type: strng}}}
"""


def test_every_schema_of_a_document_is_looked_at() -> None:
    """Wherever the language has one."""
    wanted = [
        number
        for number, line in enumerate(EVERYWHERE.splitlines(), 1)
        for _ in range(line.count("strng"))
    ]
    assert [(line, code) for line, code, _ in found(EVERYWHERE)] == [
        (line, "invalid-schema") for line in wanted
    ]


def test_exceptions_are_looked_at_wherever_they_stand() -> None:
    """Of services and flows, too."""
    bad = "except: [{clause: a, stage: '!', reason: b, issue: c, until: 2026-01-01}]"
    text = (
        f"name: a\nservices:\n  s:\n    app: a:b\n    {bad}\n"
        f"flows:\n  f:\n    from: /services/s\n    to: /services/s\n    {bad}\n"
    )
    assert [(line, code) for line, code, _ in found(text)] == [(5, "selector"), (10, "selector")]


@pytest.mark.parametrize(
    "text",
    [
        STAGE + "output: {data: {$ref: '#/schemas/A/properties/b'}}\n"
        "schemas: {A: {properties: {b: {}}}}",
        STAGE + "output: {data: {$ref: '#/schemas/a~1b%20c'}}\nschemas: {a/b c: true}",
        STAGE + "output: {data: {$defs: {x: true}, $ref: '#/$defs/x'}}",
        STAGE + "output: {data: {const: {$ref: '#/schemas/no'}}}",
        "name: a\nschemas: {A: {properties: {next: {$ref: '#/schemas/A'}}}}",
        "name: a\nschemas: {A: {$ref: '#/schemas/B'}, B: {$ref: '#/schemas/C'}, C: true}",
        "name: a\nschemas: {A: {anyOf: [{$ref: '#/schemas/A/$defs/b'}], $defs: {b: true}}}",
        STAGE + "examples: [{name: a}]\nflows: {f: {from: /stages/s/examples/0, to: '/stages/s'}}",
        "name: a\nstages: {a/b~c: {}}\nflows: {f: {from: /stages/a~1b~0c, to: /stages/a~1b~0c}}",
    ],
)
def test_what_is_right_is_no_problem(text: str) -> None:
    """No false alarm."""
    assert found(text) == []


def test_all_faults_are_told_at_once() -> None:
    """Of several kinds, in several places."""
    text = STAGE + "output: {data: {$ref: '#/schemas/A'}}\n    holds: {x: a == b}\n  'kin:x': {}"
    assert [(line, code) for line, code, _ in found(text)] == [
        (4, "dangling-reference"),
        (5, "unknown-name"),
        (5, "unknown-name"),
        (6, "selector"),
    ]


@pytest.mark.parametrize(
    ("pointer", "steps"),
    [("/a/b", ("a", "b")), ("#/a~1b/c~0d", ("a/b", "c~d")), ("/a/~01", ("a", "~1"))],
)
def test_a_pointer_has_steps(pointer: str, steps: tuple[str, ...]) -> None:
    """RFC 6901: `~1` is a slash, `~0` a tilde, in this order."""
    assert pointer_steps(pointer) == steps
