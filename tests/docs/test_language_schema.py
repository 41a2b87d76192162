"""The shipped JSON Schema of the language is current, and what it says of contracts is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stagepact.cli.language import schema_text

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "src/stagepact/contract/stagepact.schema.json"
CONTRACTS = sorted(
    path
    for folder in ("contracts", "examples", "tests")
    for suffix in ("yaml", "json")
    for path in (ROOT / folder).rglob(f"*.contract.{suffix}")
)


def test_it_is_current() -> None:
    made, shipped = json.loads(schema_text()), json.loads(SHIPPED.read_text(encoding="utf-8"))
    command = f"stagepact language --output {SHIPPED.relative_to(ROOT).as_posix()}"
    assert made == shipped, f"write it anew: {command}"


def test_it_is_a_schema_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_contract_of_the_repository_is_valid_for_an_editor(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SHIPPED.read_text(encoding="utf-8")))
    value = as_json(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)] == []


@pytest.mark.parametrize(
    "block",
    [
        {"within": 5},
        {"holds": {"a": ["x"]}},
        {"calls": {"a.b": "sometimes"}},
        {"output": {"stauts": ["ok"]}},
    ],
)
def test_a_mistake_is_seen_by_an_editor(block: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert not validator.is_valid({"stagepact": 1, "name": "x", "stages": {"a": block}})


def as_json(value: Any) -> Any:
    """YAML's numbers and dates as keys and texts, as editors take them."""
    if isinstance(value, dict):
        return {str(key): as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    is_json = isinstance(value, str | int | float | None)
    return value if is_json else str(value)
