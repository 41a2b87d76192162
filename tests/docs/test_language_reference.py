"""docs/language.md is current, complete, and shows one contract in three forms that are equal."""

import re
from pathlib import Path

import language_reference
import pytest
from test_blocks import Block, blocks

from stagepact.contract.expression import FUNCTIONS
from stagepact.contract.models import Contract
from stagepact.contract.read import read_documents
from stagepact.verdict.checks import CHECKS

PAGE = language_reference.PAGE
TEXT = PAGE.read_text(encoding="utf-8")
KINDS = (*CHECKS, "within.quantile", "metamorphic", "reserved")
FORMS = {"yaml": "form.contract.yaml", "json": "form.contract.json", "python": "contract_form.py"}


def keys() -> list[tuple[str, str]]:
    """Every key of the language, with the model that has it."""
    return [
        (model.__name__, field.alias or name)
        for model in language_reference.language_models()
        for name, field in model.model_fields.items()
    ]


def test_the_committed_page_is_what_the_models_make() -> None:
    assert language_reference.refreshed(TEXT) == TEXT, "run python tools/language_reference.py"


@pytest.mark.parametrize(("model", "key"), sorted(set(keys())))
def test_every_key_is_in_a_table(model: str, key: str) -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith(f"| `{key}` |")]
    assert rows, f"{model}.{key} is in no table"
    assert not any(row.endswith("| None |") for row in rows), f"{model}.{key} has no description"


def test_every_key_has_a_description() -> None:
    missing = [
        f"{model.__name__}.{name}"
        for model in language_reference.language_models()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert missing == []


def test_every_kind_of_clause_is_in_the_table_and_no_other_is() -> None:
    table = TEXT.partition("\n## Clauses\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == sorted(KINDS)


@pytest.mark.parametrize("name", sorted([*FUNCTIONS, "exists"]))
def test_every_function_of_expressions_is_told(name: str) -> None:
    listed = re.search(r"^Functions: `([^`]+)`", TEXT, re.MULTILINE)
    assert listed is not None
    assert name in listed[1].split()


def three_forms() -> dict[str, Block]:
    section = TEXT.partition("\n## One contract in three forms\n")[2].partition("\n## ")[0]
    return {block.info: block for block in blocks(section)}


def test_one_contract_in_three_forms_is_one_value(tmp_path: Path) -> None:
    forms = three_forms()
    assert forms.keys() == FORMS.keys()
    read: list[Contract] = []
    for info, block in forms.items():
        path = tmp_path / FORMS[info]
        path.write_text(block.body, encoding="utf-8")
        reading = read_documents([path], tmp_path)
        assert reading.problems == ()
        read.append(reading.documents[0].contract)
    assert read[0] == read[1] == read[2]


def test_a_model_without_a_marker_is_told() -> None:
    with pytest.raises(ValueError, match="no marker for Contract"):
        language_reference.refreshed(TEXT.replace("<!-- model Contract -->", ""))


def test_a_marker_without_a_model_is_told() -> None:
    with pytest.raises(ValueError, match="no model for the markers Contrakt"):
        language_reference.refreshed(f"{TEXT}\n<!-- model Contrakt -->\n<!-- end -->\n")
