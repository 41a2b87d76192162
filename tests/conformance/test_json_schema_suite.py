"""The JSON-Schema-Test-Suite's required cases of 2020-12, judged by our compiled validators."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stagepact.schema import compile_schema

DRAFT = "draft2020-12"

# What our validators don't do, with the reason; everything else of the draft must agree.
LEFT_OUT = {
    "format.json": "formats are asserted here, the suite wants them as annotations only",
    "vocabulary.json": "its meta-schemas are remote, and nothing is retrieved",
}
REMOTE = "http://localhost:1234"


def cases(folder: Path) -> Iterator[tuple[str, Any, Any, bool]]:
    for path in sorted((folder / "json-schema-test-suite/tests" / DRAFT).glob("*.json")):
        if path.name in LEFT_OUT:
            continue
        for group in json.loads(path.read_text(encoding="utf-8")):
            if REMOTE in json.dumps(group["schema"]):
                continue
            for test in group["tests"]:
                name = f"{path.stem}: {group['description']}: {test['description']}"
                yield name, group["schema"], test["data"], test["valid"]


def test_every_required_case_is_judged_as_the_suite_says(conformance: Path) -> None:
    found = list(cases(conformance))
    wrong = [
        name
        for name, schema, data, valid in found
        if compile_schema(schema).accepts(data) is not valid
    ]
    assert len(found) > 1_000
    assert wrong == []


def test_what_is_refused_is_explained_and_what_is_accepted_is_not(conformance: Path) -> None:
    unexplained = [
        name
        for name, schema, data, valid in cases(conformance)
        if bool(compile_schema(schema).violations(data)) is valid
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out_is_still_in_the_suite(conformance: Path, name: str) -> None:
    assert (conformance / "json-schema-test-suite/tests" / DRAFT / name).is_file()
