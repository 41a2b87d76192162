"""The JSON-Schema-Test-Suite's required cases of all drafts, judged by our compiled validators."""

from pathlib import Path

import pytest
from suite import DRAFTS, Suite

from stagepact.schema import Validator, compile


def validators(suite: Suite, draft: str) -> list[tuple[str, Validator, object, bool]]:
    """Each case by name, with the validator of its schema. Formats are annotations in the suite."""
    found = []
    for group in suite.groups(draft):
        validator = compile(
            group.schema, retrieve=suite.retrieve, dialect=group.dialect, assert_formats=False
        )
        found += [(group.name, validator, data, valid) for data, valid in group.tests]
    return found


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_required_case_is_judged_as_the_suite_says(conformance: Path, draft: str) -> None:
    """No case is left out; what is refused is explained, and what is accepted isn't."""
    found = validators(Suite(conformance / "json-schema-test-suite"), draft)
    wrong = [
        f"{name}: {data!r}"
        for name, validator, data, valid in found
        if validator.accepts(data) is not valid or bool(validator.violations(data)) is valid
    ]
    assert len(found) > 600
    assert wrong == []
