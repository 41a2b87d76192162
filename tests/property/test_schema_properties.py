"""What the engine makes of varied models, judged by two validators and by the models themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import islice
from statistics import mean
from typing import Any

import pytest
from domain_models import DOMAINS, VALIDATED
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError
from schema_constraints import Location, broken_by, constraints, reference, standing
from schema_models import MODELS

from stagepact.schema import Validator, boundary, from_schema, json_schema, sample
from stagepact.schema.boundaries import BoundaryCase
from stagepact.schema.mutate import mutated

ALL: Mapping[str, Any] = {**MODELS, **DOMAINS}
SAMPLED = 50
QUICK = settings(
    max_examples=6,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@cache
def schema_of(name: str) -> Any:
    return json_schema(ALL[name])


@cache
def cases_of(name: str) -> tuple[BoundaryCase, ...]:
    return boundary(schema_of(name))


@cache
def samples_of(name: str) -> list[Any]:
    return list(islice(sample(schema_of(name), seed=5), SAMPLED))


def test_the_models_are_many() -> None:
    assert len(DOMAINS) >= 60
    assert not set(DOMAINS) & set(MODELS)


@pytest.mark.parametrize("name", ALL)
def test_what_is_sampled_is_valid_to_both(name: str) -> None:
    first, second = Validator(schema_of(name)), Draft202012Validator(schema_of(name))
    for value in samples_of(name):
        assert first.accepts(value)
        assert second.is_valid(value), value


@pytest.mark.parametrize("name", ALL)
def test_what_is_drawn_is_valid_to_both(name: str) -> None:
    first, second = Validator(schema_of(name)), Draft202012Validator(schema_of(name))

    @given(from_schema(schema_of(name)))
    @QUICK
    def is_valid(value: Any) -> None:
        assert first.accepts(value)
        assert second.is_valid(value)

    is_valid()


# Acceptance: what a schema admits, the model takes.


def accepted(name: str) -> float:
    """The share of samples that a model takes."""
    adapter = TypeAdapter(ALL[name])
    return mean(is_taken(adapter, value) for value in samples_of(name))


def is_taken(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def test_models_take_nearly_all_that_their_schemas_admit() -> None:
    shares = {name: accepted(name) for name in ALL if name not in VALIDATED}
    assert mean(shares.values()) >= 0.97
    assert sum(share == 1 for share in shares.values()) / len(shares) >= 0.9


@pytest.mark.parametrize("name", VALIDATED)
def test_what_a_validator_of_the_model_refuses_is_excepted_for_it(name: str) -> None:
    assert accepted(name) < 1


# Boundary cases and mutations.


@pytest.mark.parametrize("name", ALL)
def test_boundary_cases_are_to_both_what_they_say(name: str) -> None:
    first, second = Validator(schema_of(name)), reference(schema_of(name))
    for case in cases_of(name):
        assert first.accepts(case.value) is case.valid, case
        assert second.is_valid(case.value) is case.valid, case


@pytest.mark.parametrize("name", ALL)
def test_invalid_cases_break_the_constraint_that_they_name(name: str) -> None:
    for case, _, broken in invalid_of(name):
        assert case.schema_pointer in {each[: len(case.schema_pointer)] for each in broken}, case


@cache
def invalid_of(name: str) -> list[tuple[BoundaryCase, int, set[Location]]]:
    """The invalid cases of a model, with how many errors they have, and what they break."""
    schema = schema_of(name)
    judge = reference(schema)
    found = [(c, list(judge.iter_errors(c.value))) for c in cases_of(name) if not c.valid]
    return [(case, len(errors), set(broken_by(schema, errors))) for case, errors in found]


def test_nearly_all_invalid_cases_have_one_error() -> None:
    counts = [count for name in ALL for _, count, _ in invalid_of(name)]
    assert counts.count(1) / len(counts) >= 0.97


def test_nearly_all_constraints_are_broken_alone_by_some_case() -> None:
    shares = {}
    for name in ALL:
        schema = schema_of(name)
        asked = {c for c in constraints(schema, schema) if can_be_broken_alone(schema, c)}
        alone = {each for _, count, broken in invalid_of(name) if count == 1 for each in broken}
        if asked:
            shares[name] = len(asked & alone) / len(asked)
    assert mean(shares.values()) >= 0.97
    assert min(shares.values()) >= 0.8, min(shares, key=shares.__getitem__)


def can_be_broken_alone(schema: Any, constraint: Location) -> bool:
    """Whether what breaks a constraint needn't break those that stand beside it.

    No other type has a member of an `enum` or is a `const`; what is too short has no pattern that
    asks for more; and of few members, no more than there are can be distinct.
    """
    if constraint[-2:-1] == ("required",):
        return True
    beside = standing(schema, constraint[:-1])
    match constraint[-1]:
        case "type":
            return not {"const", "enum"} & set(beside)
        case "minLength":
            return beside.get("format") != "uri" or beside["minLength"] > 1
        case "maxItems":
            few = beside.get("items", {}).get("enum") if beside.get("uniqueItems") else None
            return few is None or len(few) > beside["maxItems"]
    return True


@pytest.mark.parametrize("name", ALL)
def test_mutations_are_invalid_to_both_and_name_what_they_break(name: str) -> None:
    schema = schema_of(name)
    first, second = Validator(schema), reference(schema)
    for mutation in mutated(schema, 5, seed=3):
        errors = list(second.iter_errors(mutation.value))
        pointer = mutation.schema_pointer
        assert errors
        assert not first.accepts(mutation.value)
        assert pointer in {each[: len(pointer)] for each in broken_by(schema, errors)}, mutation
