"""Bad input: one clear message with file and line, no traceback, 2, and the rest is checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from tiny_project import Project

HEAD = "stagepact: 1\nname: bad\n"
BOMB = "".join(
    f"  {name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@dataclass(frozen=True)
class Bad:
    """A contract file, what is said of it and where; `code` only: documents are all right."""

    text: str
    line: int
    told: str
    imported: bool = False
    name: str = "contracts/bad.contract.yaml"
    beside: dict[str, str] = field(default_factory=dict)


BAD = {
    "broken YAML": Bad(HEAD + "stages: {a: [}\n", 3, "expected"),
    "broken JSON": Bad('{"stagepact": 1,\n "name": }', 2, "", name="contracts/bad.contract.json"),
    "broken Python": Bad("x = = 1\n", 1, "", name="contracts/contract_bad.py"),
    "unknown key": Bad(HEAD + "stagse: {}\n", 3, "did you mean 'stages'?"),
    "unknown key below": Bad(
        HEAD + "stages:\n  price:\n    output:\n      stauts: [ok]\n", 6, "did you mean 'status'?"
    ),
    "wrong type": Bad(HEAD + "stages: [price]\n", 3, "a mapping"),
    "dangling $ref": Bad(
        HEAD + "schemas: {Order: true}\nstages:\n"
        "  price:\n    given: {input: {$ref: '#/schemas/Oder'}}\n",
        6,
        "did you mean '#/schemas/Order'?",
    ),
    "reference cycle": Bad(
        HEAD + 'schemas:\n  A: {$ref: "#/schemas/B"}\n  B: {$ref: "#/schemas/A"}\n', 4, "A → B → A"
    ),
    "duplicate key": Bad(
        HEAD + "stages: {}\nname: again\n", 4, "the key `name` a second time (first on line 2)"
    ),
    "empty file": Bad("", 1, "the file is empty"),
    "10 MB": Bad(HEAD + "#" * 10_000_000, 0, "at most 5 MB"),
    "alias bomb": Bad(HEAD + "schemas:\n  a: &a [x]\n" + BOMB, 0, "alias"),
    "!!python/object": Bad(
        HEAD + "schemas: {A: !!python/object/apply:os.system [id]}\n", 3, "!!python/object"
    ),
    "outside of the project": Bad(
        HEAD + "schemas: {A: {file: ../../secret.json}}\n", 3, "outside the project"
    ),
    "http reference": Bad(
        HEAD + "schemas: {A: {file: 'http://x.test/a.json'}}\n", 3, "nothing is fetched"
    ),
    "http $ref": Bad(
        HEAD + "schemas: {A: {$ref: 'http://x.test/a.json'}}\n", 3, "the remote reference"
    ),
    "missing model": Bad(
        HEAD + "schemas:\n  Order: {model: 'shop:Oder'}\n",
        4,
        "did you mean 'Order'?",
        imported=True,
    ),
    "missing module": Bad(
        HEAD + "schemas: {Order: {model: 'shpo:Order'}}\n", 3, "no module `shpo`", imported=True
    ),
    "model that raises on import": Bad(
        HEAD + "schemas: {A: {model: 'boom:A'}}\n",
        3,
        "ZeroDivisionError",
        imported=True,
        beside={"boom.py": "1 / 0\n"},
    ),
    "invalid regular expression": Bad(
        HEAD + "stages:\n  price:\n    logs: {a: {message: '(x'}}\n", 5, "^"
    ),
    "invalid order": Bad(
        HEAD + "stages:\n  price:\n    events: {order: 'started (done'}\n", 5, "^"
    ),
    "import reference to nothing": Bad(
        HEAD + "stages:\n  price:\n    subject: shop:cost\n    within: 1s\n",
        5,
        "`shop:cost`",
        imported=True,
    ),
    "contradiction": Bad(
        HEAD + "stages:\n  price:\n    output: {data: {type: string}}\n",
        5,
        "contradicts contracts/shop.contract.yaml:12",
        imported=True,
        name="contracts/worse.contract.yaml",
    ),
}


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, shop: Project) -> Bad:
    case = BAD[request.param]
    shop.root.joinpath(case.name).write_text(case.text, encoding="utf-8")
    for name, text in case.beside.items():
        shop.file(name, text)
    return case


def is_told(bad: Bad, problem: dict[str, object]) -> bool:
    said = f"{problem['found']} {problem['expected']} {problem['advice']}"
    return (
        problem["file"] == bad.name
        and (not bad.line or problem["line"] == bad.line)
        and bad.told in said
    )


def test_check_tells_it_and_checks_the_other_files(shop: Project, bad: Bad) -> None:
    result = shop.run("check", "--json", "--no-fuzz")
    assert result.exit_code == 2
    assert "Traceback" not in result.stdout + result.stderr
    report = json.loads(result.stdout)
    problems = [{**each, **each.pop("place")} for each in report["problems"]]
    assert len(problems) == 1, problems
    assert is_told(bad, problems[0]), problems
    kept = {each["item"]["clause"] for each in report["verdicts"] if each["state"] == "kept"}
    assert {"output.data", "examples.two"} <= kept


def test_lint_tells_it_without_running_anything(shop: Project, bad: Bad) -> None:
    shop.file("shop.py", "raise SystemExit('imported')\n")
    told = shop.run("lint", "--json")
    problems = json.loads(told.stdout)["problems"]
    if bad.imported:
        assert told.exit_code == 0
        assert problems == []
    else:
        assert told.exit_code == 2
        assert len(problems) == 1
        assert is_told(bad, problems[0]), problems


def test_the_text_of_both_starts_with_file_and_line(shop: Project) -> None:
    shop.file("contracts/bad.contract.yaml", HEAD + "stagse: {}\n")
    linted = shop.run("lint")
    assert linted.stdout.startswith(
        "contracts/bad.contract.yaml:3: found unknown key 'stagse' in /; expected "
    )
    assert linted.stdout.endswith("2 documents, 1 with problems\n")
    assert "  contracts/bad.contract.yaml:3\n" in shop.run("check", "--no-fuzz").stdout


def test_sound_documents_are_counted(shop: Project) -> None:
    assert shop.run("lint").stdout == "1 document, no problem\n"
    assert shop.json("lint", "--json") == {"documents": 1, "problems": []}


def test_a_selector_for_nothing_is_no_misuse_but_not_exercised(shop: Project) -> None:
    shop.file("contracts/no.contract.yaml", HEAD + "stages: {cost: {within: 1s}}\n")
    result = shop.run("check", "--no-fuzz")
    assert result.exit_code == 0
    assert "the selector 'cost' matches no stage" in result.stdout


def test_a_path_that_is_not_there_is_told(shop: Project) -> None:
    for command in ("check", "lint"):
        result = shop.run(command, "contract")
        assert result.exit_code == 2
        assert result.stderr.startswith("contract: found no such file or folder")


def test_a_file_outside_of_the_project_is_told(shop: Project) -> None:
    other = shop.root.parent / f"{shop.root.name}-other.contract.yaml"
    other.write_text(HEAD)
    for command in ("check", "lint"):
        result = shop.run(command, str(other))
        assert result.exit_code == 2
        assert "outside the project" in result.stdout


def test_a_file_that_is_no_contract_by_its_name_is_told(shop: Project) -> None:
    shop.file("shop.yaml", HEAD)
    result = shop.run("lint", "shop.yaml")
    assert result.exit_code == 2
    assert "a name that ends in .contract.yaml" in result.stdout
