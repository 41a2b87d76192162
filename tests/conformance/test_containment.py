"""What `contains` says of a schema and an `enum` of one agrees with the JSON-Schema-Test-Suite."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from suite import DRAFTS, Suite

from stagepact.schema import compile, contains

# What is judged otherwise, with the reason; everything else of all drafts must agree.
LEFT_OUT = {
    "format": "formats are asserted here, the suite wants them as annotations only",
}
MOST_UNKNOWN = 0


def is_const(value: Any, data: Any) -> bool:
    return compile({"const": data}).accepts(value)


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_schema_contains_exactly_its_valid_instances(conformance: Path, draft: str) -> None:
    """No answer is wrong, and none is unknown."""
    suite = Suite(conformance / "json-schema-test-suite")
    answers: Counter[str] = Counter()
    wrong = []
    for group in suite.groups(draft):
        for data, valid in group.tests if group.file not in LEFT_OUT else ():
            found = contains(
                group.schema, {"enum": [data]}, retrieve=suite.retrieve, dialect=group.dialect
            )
            answers[found.answer] += 1
            if found.answer == ("no" if valid else "yes"):
                wrong.append(f"{group.name}: {data!r}")
            if found.answer == "no" and not is_const(found.witness, data):
                wrong.append(f"{group.name}: {data!r}: {found.witness!r} is no witness")
    assert wrong == []
    assert answers["unknown"] <= MOST_UNKNOWN
    assert answers.total() > 500
