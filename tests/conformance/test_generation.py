"""Values are made of every schema of the JSON-Schema-Test-Suite, and both validators accept them.

Its own verdicts say what may be called unsatisfiable: a schema that none of its valid instances
belongs to.
"""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from drawing import drawn
from suite import DRAFTS, Group, Suite

from stagepact.schema import SchemaError, compile, from_schema, sample
from stagepact.schema.prepared import Unsatisfiable

DRAWS = 20
AT_ONCE = 8
FEWER_AT_ONCE = {"unevaluatedItems.json": 2, "unevaluatedProperties.json": 2}
"""So many strategies are drawn from in one run of Hypothesis, as much of its time is a run's own;
fewer where strategies filter, which drops what was drawn of all."""


def files() -> Iterator[Any]:
    """Each file of each draft; of none where the data isn't there."""
    folder = Path(os.environ["STAGEPACT_CONFORMANCE"]) / "json-schema-test-suite/tests"
    for draft in DRAFTS:
        for path in sorted((folder / draft).glob("*.json")):
            yield pytest.param(draft, path.name, id=f"{draft}/{path.stem}")


@pytest.fixture(scope="module")
def suite(conformance: Path) -> Suite:
    return Suite(conformance / "json-schema-test-suite")


def made(
    groups: list[Group], make: Callable[..., Any]
) -> tuple[list[tuple[Group, Any]], list[str]]:
    """What is made of each group's schema, and what went wrong."""
    found, wrong = [], []
    for group in groups:
        try:
            values = make(group.schema, retrieve=group.suite.retrieve, dialect=group.dialect)
            found.append((group, values))
        except Unsatisfiable as error:
            if any(valid for _, valid in group.tests):
                wrong.append(f"{group.name}: {error}")
        except SchemaError as error:
            wrong.append(f"{group.name}: {error}")
    return found, wrong


def refused(group: Group, values: list[Any]) -> Iterator[str]:
    """The values that a validator refuses, or too few of them."""
    ours = compile(group.schema, retrieve=group.suite.retrieve, dialect=group.dialect)
    judge = group.judge()
    if not values:
        yield f"{group.name}: no values"
    for value in values:
        if not ours.accepts(value):
            yield f"{group.name}: jsonschema-rs refuses {value!r}"
        if judge is not None and not judge.is_valid(value):
            yield f"{group.name}: jsonschema refuses {value!r}"


@pytest.mark.parametrize(("draft", "file"), list(files()))
def test_what_is_drawn_of_each_schema_is_valid(suite: Suite, draft: str, file: str) -> None:
    """Or the schema is rightly said to admit nothing."""
    found, wrong = made(list(suite.groups(draft, file)), from_schema)
    count = FEWER_AT_ONCE.get(file, AT_ONCE)
    for at in range(0, len(found), count):
        part = found[at : at + count]
        columns = drawn([strategy for _, strategy in part], DRAWS)
        for (group, _), values in zip(part, columns, strict=True):
            wrong += refused(group, values)
    assert wrong == []


@pytest.mark.parametrize("draft", DRAFTS)
def test_what_is_sampled_of_each_schema_is_valid(suite: Suite, draft: str) -> None:
    """Or the schema is rightly said to admit nothing."""

    def values_of(schema: Any, **how: Any) -> list[Any]:
        return list(islice(sample(schema, 1, **how), DRAWS))

    found, wrong = made(list(suite.groups(draft)), values_of)
    wrong += [each for group, values in found for each in refused(group, values)]
    assert wrong == []
    assert len(found) > 100


@pytest.mark.parametrize("draft", DRAFTS)
def test_jsonschema_judges_most_groups(suite: Suite, draft: str) -> None:
    """It is a second opinion: groups that it judges otherwise than the suite are few."""
    groups = list(suite.groups(draft))
    assert sum(group.judge() is not None for group in groups) > 0.95 * len(groups)
