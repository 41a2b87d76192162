"""What the language accepts: short forms, units, and the values that they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from stagepact.contract import models
from stagepact.contract.models import (
    CallClause,
    Contract,
    Except,
    Flow,
    Fuzz,
    Holds,
    Operation,
    Stage,
    Within,
    seconds,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5us", 5e-6), ("200ms", 0.2), ("1.5s", 1.5), ("2m", 120.0), ("1h", 3600.0)],
)
def test_a_duration_has_its_unit(text: str, value: float) -> None:
    """Microseconds to hours."""
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "5", "ms", "5 ms", "-5ms", "5d", "1.ms"])
def test_a_duration_without_its_unit_is_none(text: str) -> None:
    """No guess is made."""
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"holds": {"a": "1 == 1"}}, {"holds": {"a": {"expr": "1 == 1"}}}),
        ({"calls": {"p.m": "never"}}, {"calls": {"p.m": {"times": "never"}}}),
        ({"calls": {"p.m": 2}}, {"calls": {"p.m": {"times": "exactly 2"}}}),
        ({"within": "2s"}, {"within": {"max": "2s"}}),
        ({"fuzz": 7}, {"fuzz": {"examples": 7}}),
        ({"fuzz": True}, {"fuzz": {}}),
        ({"output": {"status": "ok"}}, {"output": {"status": ["ok"]}}),
        ({"logs": {"a": {"times": 1}}}, {"logs": {"a": {"times": "exactly 1"}}}),
    ],
)
def test_a_short_form_stands_for_a_long_one(short: Any, long: Any) -> None:
    """They are equal values."""
    assert Stage.model_validate(short) == Stage.model_validate(long)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"given": "a session exists"}, {"state": "a session exists"}),
        (
            {"responses": {200: {"$ref": "#/schemas/A"}}},
            {"responses": {"200": {"body": {"$ref": "#/schemas/A"}}}},
        ),
        ({"responses": {"4XX": True}}, {"responses": {"4XX": {"body": True}}}),
        (
            {"examples": [{"name": "a", "response": {"status": 200}}]},
            {"examples": [{"name": "a", "response": {"status": "200"}}]},
        ),
    ],
)
def test_an_operation_has_short_forms_too(short: Any, long: Any) -> None:
    """Those of the design's sample."""
    assert Operation.model_validate(short) == Operation.model_validate(long)


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (Holds, {}, "say either expr, or vary with expect"),
        (Holds, {"expr": "1 == 1", "expect": "1 == 1"}, "say either expr, or vary with expect"),
        (Holds, {"expect": "1 == 1"}, "vary and expect go together"),
        (Holds, {"expr": "1 == 1", "vary": {"/input": "1"}}, "vary and expect go together"),
        (models.Rule, {}, "say exactly one of"),
        (models.Rule, {"absence": "a", "exactly-once": "a"}, "say exactly one of"),
        (models.Response, {"of": "a", "by": "a"}, "two types, not one"),
        (models.Precedence, {"of": "a", "by": "a"}, "two types, not one"),
        (models.Service, {}, "say either app or url"),
        (models.Service, {"app": "a:b", "url": "http://a"}, "say either app or url"),
        (Flow, {}, "say either from and to, or chain"),
        (Flow, {"from": "/stages/a"}, "from and to go together"),
        (Flow, {"chain": ["/stages/a"]}, "a chain has two ends or more"),
        (Flow, {"chain": ["/stages/a", "/stages/b"], "to": "/stages/c"}, "say either from and to"),
        (models.LogClause, {"message": "("}, "invalid regular expression: "),
        (models.Events, {"order": "a ("}, r"expected an event type or \("),
        (Holds, {"expr": "1 +"}, "expected a value"),
        (models.When, {"python": "<<3"}, "no range of versions"),
        (models.When, {"version": {"httpx": "one"}}, "no range of versions"),
        (models.OutputClauses, {"json": "yes"}, "valid boolean"),
        (models.OutputClauses, {"json": 1}, "valid boolean"),
        (models.Events, {"closed": "no"}, "valid boolean"),
        (models.EventSequence, {"field": "n", "first": "1"}, "valid integer"),
        (Fuzz, {"examples": 0}, "greater than or equal to 1"),
        (CallClause, {"times": "twice"}, "match pattern"),
        (Within, {"max": "5"}, "match pattern"),
        (Contract, {"name": ""}, "at least 1 character"),
        (Contract, {"name": "a", "stagepact": 2}, "should be 1"),
    ],
)
def test_what_makes_no_sense_is_refused(model: type[BaseModel], value: Any, message: str) -> None:
    """By the model itself, so in every form of the document."""
    with pytest.raises(ValidationError, match=message):
        model.model_validate(value)


@pytest.mark.parametrize("until", [20261231, 0, True, 1.5])
def test_the_end_of_an_exception_is_a_date_and_no_number(until: Any) -> None:
    """Pydantic would take it for seconds since 1970: an exception that has expired."""
    with pytest.raises(ValidationError, match="no date"):
        Except(clause="a", reason="b", issue="c", until=until)


def test_a_flow_has_its_ends_in_order() -> None:
    """From and to, or the chain."""
    assert Flow.model_validate({"from": "/stages/a", "to": "/stages/b"}).ends == (
        "/stages/a",
        "/stages/b",
    )
    chain = ["/stages/a", "/stages/b", "/stages/c"]
    assert Flow(chain=chain).ends == tuple(chain)


def test_a_contract_is_a_frozen_value() -> None:
    """Equal by content."""
    one = Contract(name="a", stages={"s": Stage(timeout="1s")})
    assert one == Contract.model_validate({"name": "a", "stages": {"s": {"timeout": "1s"}}})
    with pytest.raises(ValidationError, match="frozen"):
        one.name = "b"


def test_reserved_keys_are_read() -> None:
    """They belong to later versions; whoever judges says so."""
    assert Stage.model_validate({"laws": ["deterministic"]}).laws == ["deterministic"]
