"""What is sent of what a document permits."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.contract.models import RequestSchemas
from stagepact.plan.sendable import in_a_path, sendable
from stagepact.schema import compile_schema
from stagepact.schema.normalise import JsonSchema


def same(schema: JsonSchema) -> JsonSchema:
    return schema


@pytest.mark.parametrize(
    ("value", "sent"), [(5, True), (0, False), ("", False), ("5", False), (0.001, False)]
)
def test_a_decimal_is_sent_as_a_number_of_few_digits(value: Any, sent: bool) -> None:
    decimal = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}]}
    made = sendable(same)({"type": "object", "properties": {"price": decimal}})
    assert compile_schema(made).accepts({"price": value}) is sent


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"anyOf": [{"type": "number"}, {"type": "string", "enum": ["auto"]}]},
        {"const": {"anyOf": [{"type": "number"}, {"type": "string"}]}},
        True,
    ],
)
def test_what_is_no_decimal_is_sent_as_it_is_said(schema: JsonSchema) -> None:
    assert sendable(same)(schema) == schema


def test_an_address_is_one_that_all_take() -> None:
    validator = compile_schema(sendable(same)({"type": "string", "format": "email"}))
    assert validator.accepts("ada@mail.com")
    assert not validator.accepts('"quoted one"@localhost')


@pytest.mark.parametrize("text", ["a/b", "", "\x00", "a b", "a\\b"])
def test_a_text_in_a_path_is_one_segment(text: str) -> None:
    made = in_a_path(RequestSchemas(path={"id": {"type": "string"}, "n": {"type": "integer"}}))
    assert not compile_schema(made.path["id"]).accepts(text)
    assert compile_schema(made.path["id"]).accepts("a-b_c.é")
    assert made.path["n"] == {"type": "integer"}
