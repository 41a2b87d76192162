"""Schemas of older drafts, said in 2020-12, judge the suite's instances as the suite does."""

from pathlib import Path

import jsonschema_rs
import pytest
from suite import DRAFTS, Group, Suite

from stagepact.schema import Dialect
from stagepact.schema.dialects import modern

# What is judged otherwise, with the reason; everything else must agree.
LEFT_OUT = {
    "refRemote": "the schemas that it refers to are of the older draft and not rewritten",
    "vocabulary": "its meta-schemas are remote",
}
META_SCHEMAS = ("validate definition against metaschema", "remote ref, containing refs itself")
"""They refer to the draft's own schema, which is remote too."""

OLDER = [each for each, dialect in DRAFTS.items() if dialect is not Dialect.DRAFT_2020_12]


def wrong(group: Group) -> list[str]:
    schema = modern(group.schema, group.dialect)
    validator = jsonschema_rs.Draft202012Validator(schema, retriever=group.suite.retrieve)
    return [
        f"{group.name}: {data!r}"
        for data, valid in group.tests
        if validator.is_valid(data) is not valid
    ]


@pytest.mark.parametrize("draft", OLDER)
def test_a_schema_in_2020_12_admits_what_it_admitted(conformance: Path, draft: str) -> None:
    groups = [
        group
        for group in Suite(conformance / "json-schema-test-suite").groups(draft)
        if group.file not in LEFT_OUT and not group.name.endswith(META_SCHEMAS)
    ]
    assert len(groups) > 140
    assert [each for group in groups for each in wrong(group)] == []
