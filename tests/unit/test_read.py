"""Contract files become documents; what is wrong with one stops no other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from stagepact.contract.read import (
    Reading,
    add_to_import_path,
    import_models,
    plain,
    read_documents,
)
from stagepact.errors import ContractError, Place, Problem, ReferenceFault

YAML = """\
stagepact: 1
name: voice
schemas: {Count: {type: integer}}
stages:
  answer:
    subject: voice.stages:Answer
    timeout: 2s
    output: {status: [ok, fail], json: true, data: {$ref: '#/schemas/Count'}}
    events: {order: started completed, rules: {one: {exactly-once: started}}}
    holds: {small: {expr: output < 5}}
    except:
    - {clause: events.*, reason: none yet, issue: '#1', until: 2026-12-31}
services:
  s:
    app: voice.api:app
    operations:
      GET /a: {responses: {'200': {body: true, content-type: application/json}}}
stores: {st: {schema: {type: object}}}
flows: {f: {from: /stages/answer/output/data, to: /stages/answer/output/data}}
"""

PYTHON = """\
from datetime import date
from stagepact.contract.models import *

contract = Contract(
    stagepact=1,
    name="voice",
    schemas={"Count": {"type": "integer"}},
    stages={
        "answer": Stage(
            subject="voice.stages:Answer",
            timeout="2s",
            output=OutputClauses(
                status=["ok", "fail"], json_=True, data={"$ref": "#/schemas/Count"}
            ),
            events=Events(
                order="started completed", rules={"one": Rule(exactly_once="started")}
            ),
            holds={"small": Holds(expr="output < 5")},
            except_=[
                Except(
                    clause="events.*", reason="none yet", issue="#1", until=date(2026, 12, 31)
                )
            ],
        )
    },
    services={
        "s": Service(
            app="voice.api:app",
            operations={
                "GET /a": Operation(
                    responses={
                        "200": ResponseClauses(body=True, content_type="application/json")
                    }
                )
            },
        )
    },
    stores={"st": Store(schema_={"type": "object"})},
    flows={"f": Flow(from_="/stages/answer/output/data", to="/stages/answer/output/data")},
)
"""


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def reading(files: dict[str, str], **options: Any) -> Reading:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        paths = [tmp_path / name for name in files if "contract" in name]
        return read_documents(paths, tmp_path, **options)

    return reading


def sentences(reading: Reading) -> list[str]:
    return [str(problem) for problem in reading.problems]


def test_yaml_json_and_python_forms_of_one_contract_are_equal_values(read: Any) -> None:
    """And have the same plain form."""
    written = yaml.load(YAML, Loader=yaml.BaseLoader)
    written["stagepact"] = 1
    written["stages"]["answer"]["output"]["json"] = True
    written["services"]["s"]["operations"]["GET /a"]["responses"]["200"]["body"] = True
    reading = read(
        {
            "a.contract.yaml": YAML,
            "b.contract.json": json.dumps(written),
            "contract_c.py": PYTHON,
        }
    )
    assert reading.problems == ()
    first, second, third = reading.documents
    assert first.contract == second.contract == third.contract
    assert plain(first.contract) == plain(third.contract) == third.source.value


def test_every_part_of_a_contract_in_python_has_its_line(read: Any) -> None:
    """As if it were a document."""
    (document,) = read({"contract_c.py": PYTHON}).documents
    lines = PYTHON.splitlines()
    for path, word in [
        (("stages", "answer", "events", "order"), "order="),
        (("stages", "answer", "except", 0), "Except("),
        (("flows", "f", "from"), "from_="),
        (("stages", "answer", "holds", "small"), '"small"'),
    ]:
        assert word in lines[document.place(*path).line - 1]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("", 1, "no name `contract`; expected contract = stagepact.Contract(…)"),
        ("contract = 3", 1, "`contract` = 3; expected contract = stagepact.Contract(…)"),
        ("a = 1\n1 / 0", 2, "ZeroDivisionError: division by zero, raised as the file was imported"),
        ("raise SystemExit", 1, "SystemExit, raised as the file was imported"),
        ("import nowhere_to_be_found", 1, "ModuleNotFoundError: No module named"),
        ("contract = (", 1, "broken Python ("),
        (
            "from stagepact.contract.models import *\ncontract = Contract(\n  nam='a',\n)",
            2,
            "ValidationError: 2 validation errors for Contract, raised as",
        ),
    ],
)
def test_a_python_file_that_gives_no_contract_is_one_problem(
    read: Any, text: str, line: int, sentence: str
) -> None:
    """The others are read all the same."""
    reading = read({"contract_a.py": text, "b.contract.yaml": "name: b"})
    (problem,) = sentences(reading)
    assert problem.startswith(f"contract_a.py:{line}: found {sentence}")
    assert [each.file for each in reading.documents] == ["b.contract.yaml"]


def test_a_keyboard_interrupt_is_the_users(read: Any) -> None:
    """Whoever presses Ctrl-C means us."""
    with pytest.raises(KeyboardInterrupt):
        read({"contract_a.py": "raise KeyboardInterrupt"})


def test_lint_runs_no_python(read: Any) -> None:
    """Only its syntax is looked at."""
    reading = read({"contract_a.py": "1 / 0", "contract_b.py": "("}, run_python=False)
    assert reading.documents == ()
    assert [problem.code for problem in reading.problems] == ["python-syntax"]


def test_all_faults_of_all_files_are_told(read: Any) -> None:
    """Of files named by a document together with its own; in the order of the files."""
    reading = read(
        {
            "a.contract.yaml": "name: a\nschemas:\n  A: {file: no.json}\n  B: {file: bad.json}\n"
            "  C: {$ref: '#/schemas/Q'}\n",
            "b.contract.yaml": "name: [",
            "c.contract.yaml": "nam: c",
            "d.contract.yaml": "name: d",
            "bad.json": "{",
        }
    )
    assert [(each.place.file, each.place.line, each.code) for each in reading.problems] == [
        ("a.contract.yaml", 3, "missing-file"),
        ("a.contract.yaml", 5, "dangling-reference"),
        ("bad.json", 1, "json-syntax"),
        ("b.contract.yaml", 1, "yaml-syntax"),
        ("c.contract.yaml", 1, "missing"),
        ("c.contract.yaml", 1, "unknown-key"),
    ]
    assert [each.file for each in reading.documents] == ["d.contract.yaml"]


BOTH = """\
stagepct: 1
name: a
schemas:
  A: {file: no.json}
  B: 3
stages:
  s:
    outptu: {data: {$ref: '#/schemas/Q'}}
    given: {input: {$ref: '#/schemas/A'}, inputs: {b: {$ref: '#/schemas/B'}}}
    output: {data: {$ref: '#/schemas/C'}}
    events: {order: 'started (', types: {order: true}}
    examples:
    - {name: one, otput: 1}
    - {nam: two}
    - {name: three, output: {matches: {$ref: '#/schemas/D'}}}
  '!':
    fuzz: often
"""


def test_faults_of_form_and_of_meaning_are_told_in_one_go(read: Any) -> None:
    """In the order of lines; what is left after a faulty item of a list keeps its own line."""
    reading = read({"a.contract.yaml": BOTH})
    assert reading.documents == ()
    assert [(each.place.line, each.code) for each in reading.problems] == [
        (1, "unknown-key"),
        (4, "missing-file"),
        (5, "dict-type"),
        (8, "unknown-key"),
        (10, "dangling-reference"),
        (11, "invalid-value"),
        (11, "reserved-name"),
        (13, "unknown-key"),
        (14, "missing"),
        (14, "unknown-key"),
        (15, "dangling-reference"),
        (16, "selector"),
        (17, "model-type"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "schema: {A: true}\nstages: {s: {output: {data: {$ref: '#/schemas/A'}}}}",
        "schemas: {A: []}\nstages: {s: {output: {data: {$ref: '#/schemas/A'}}}}",
        "flows: {f: {from: /stages/s/otput/data, to: /stages/s/otput/data}}\n"
        "stages: {s: {otput: {data: true}}}",
        "services: {s: {app: a:b, states: {A: 3}, operations: {GET /a: {state: A}}}}",
        "services: {s: {app: a:b, stats: {A: a:b}, operations: {GET /a: {state: A}}}}",
    ],
)
def test_what_follows_from_a_faulty_part_is_no_fault_of_its_own(read: Any, text: str) -> None:
    """A name that stands in it isn't missing."""
    (problem,) = read({"a.contract.yaml": f"name: a\n{text}"}).problems
    assert problem.code != "dangling-reference"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("stages: {'!': {}}", ["missing", "selector"]),
        ("name: ''\nstages: {'!': {}}", ["string-too-short", "selector"]),
        ("name: a\nholds: 1\nflows: {f: {from: /stages/s}}", ["unknown-key", "invalid-value"]),
        ("name: a\nservices: {s: {url: 3}}\nstages: {'!': {}}", ["string-type", "selector"]),
    ],
)
def test_a_block_that_needs_what_is_faulty_is_left_out_with_it(
    read: Any, text: str, codes: list[str]
) -> None:
    """The rest is judged without it; a contract without a name is one still."""
    assert [each.code for each in read({"a.contract.yaml": text}).problems] == codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../outside.json", "outside-project"),
        ("https://a.b/c.json", "remote-reference"),
        ("a.txt", "unknown-suffix"),
    ],
)
def test_a_schema_file_is_inside_of_the_project(read: Any, name: str, code: str) -> None:
    """No network, no way out."""
    reading = read({"a.contract.yaml": f"name: a\nschemas:\n  A: {{file: '{name}'}}"})
    ((problem),) = reading.problems
    assert (problem.place.line, problem.code) == (3, code)


def test_a_schema_file_is_a_named_schema(read: Any) -> None:
    """Where it is named, it is known."""
    text = "name: a\nschemas: {A: {file: a.json}, B: {file: b.yaml}, C: {type: string}}"
    (document,) = read(
        {"a.contract.yaml": text, "a.json": '{"type": "integer"}', "b.yaml": "type: object"}
    ).documents
    assert document.schemas == {
        "A": {"type": "integer"},
        "B": {"type": "object"},
        "C": {"type": "string"},
    }
    assert document.scope.bundle({"$ref": "#/schemas/A"}) == {"type": "integer"}


class Transcript(BaseModel):
    text: str


MODELS = """\
name: a
schemas:
  T: {model: 'voice:Transcript'}
  U: {model: 'voice:Missing'}
  V: {model: 'voice:Odd'}
"""


def resolve(reference: str) -> object:
    found: dict[str, object] = {"voice:Transcript": Transcript, "voice:Odd": object()}
    if reference not in found:
        raise ReferenceFault(Problem(Place("?"), "no Missing", "a name", "look", "reference"))
    return found[reference]


def test_models_are_imported_by_whoever_is_handed_in(read: Any) -> None:
    """Reading imports none of them."""
    text = "\n".join(MODELS.splitlines()[:3])
    (document,) = read({"a.contract.yaml": text}).documents
    assert document.schemas == {}
    assert import_models(document, resolve).schemas["T"] == Transcript.model_json_schema()


def test_every_model_that_cannot_be_had_is_told_at_its_place(read: Any) -> None:
    """With the advice of whoever looked for it."""
    (document,) = read({"a.contract.yaml": MODELS}).documents
    with pytest.raises(ContractError) as caught:
        import_models(document, resolve)
    assert [(p.place.line, p.code, p.advice) for p in caught.value.problems] == [
        (4, "reference", "look"),
        (
            5,
            "model-without-schema",
            "use a Pydantic model, a dataclass, a TypedDict or a JSON Schema",
        ),
    ]


def test_folders_are_put_on_the_import_path_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order given, before all others."""
    monkeypatch.setattr(sys, "path", ["/c"])
    add_to_import_path([Path("/a"), Path("/b"), Path("/c")])
    add_to_import_path([Path("/a")])
    assert sys.path == ["/a", "/b", "/c"]
