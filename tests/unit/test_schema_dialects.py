"""Older drafts and OpenAPI's dialects say the same in 2020-12."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from stagepact.schema.dialects import Dialect, dialect_of, modern
from stagepact.schema.normalise import DIALECT

D4, D6, D7, D19 = Dialect.DRAFT_4, Dialect.DRAFT_6, Dialect.DRAFT_7, Dialect.DRAFT_2019_09
OPEN = Dialect.OPENAPI_3_0


@pytest.mark.parametrize(
    ("said", "dialect"),
    [
        ("http://json-schema.org/draft-04/schema#", D4),
        ("http://json-schema.org/draft-06/schema", D6),
        ("http://json-schema.org/draft-07/schema#", D7),
        ("https://json-schema.org/draft/2019-09/schema", D19),
        ("https://json-schema.org/draft/2020-12/schema", Dialect.DRAFT_2020_12),
        ("https://spec.openapis.org/oas/3.1/dialect/base", Dialect.OPENAPI_3_1),
        ("https://example.com/mine", Dialect.DRAFT_2020_12),
        (7, Dialect.DRAFT_2020_12),
    ],
)
def test_a_schema_says_its_dialect(said: Any, dialect: Dialect) -> None:
    assert dialect_of({"$schema": said}) is dialect


def test_what_says_nothing_is_2020_12() -> None:
    assert dialect_of({}) is dialect_of(True) is Dialect.DRAFT_2020_12


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        (D4, {"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        (D4, {"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        (D4, {"exclusiveMaximum": True}, {}),
        (D4, {"id": "http://x/a"}, {"$id": "http://x/a"}),
        (D4, {"id": "#a"}, {"$anchor": "a"}),
        (D4, {"const": 1, "if": True, "$anchor": "a", "minContains": 1}, {}),
        (D6, {"$id": "b#a"}, {"$id": "b", "$anchor": "a"}),
        (D7, {"$id": "#/definitions/a"}, {}),
        (D7, {"$id": "http://x/a#"}, {"$id": "http://x/a#"}),
        (D7, {"items": [True], "additionalItems": False}, {"prefixItems": [True], "items": False}),
        (D19, {"items": [True]}, {"prefixItems": [True]}),
        (D19, {"items": {}, "additionalItems": False}, {"items": {}}),
        (D7, {"dependencies": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        (D7, {"dependencies": {"a": False}}, {"dependentSchemas": {"a": False}}),
        (D7, {"dependencies": 1}, {"dependencies": 1}),
        (D7, {"$ref": "#/definitions/a", "type": "null"}, {"$ref": "#/definitions/a"}),
        (D7, {"properties": {"$ref": {"type": "null"}}}, None),
        (D7, {"$ref": "#/items/0"}, {"$ref": "#/prefixItems/0"}),
        (D7, {"$ref": "#/additionalItems/not"}, {"$ref": "#/items/not"}),
        (D7, {"$ref": "x#/dependencies/a"}, {"$ref": "x#/dependentSchemas/a"}),
        (D7, {"$defs": {"a": True, "description": "x"}}, {"$defs": {"a": True}}),
        (D7, {"enum": [{"items": [1]}], "default": {"id": "a"}}, None),
        (
            D7,
            {"properties": {"dependencies": {"items": [{}]}}},
            {"properties": {"dependencies": {"prefixItems": [{}]}}},
        ),
        (D7, {"prefixItems": [False], "unevaluatedItems": False}, {}),
        (D19, {"$ref": "#", "type": "null"}, None),
        (D19, {"$recursiveRef": "#"}, {"$ref": "#"}),
        (
            D19,
            {"$recursiveAnchor": True, "items": {"$recursiveRef": "#"}},
            {"$dynamicAnchor": "recursive", "items": {"$dynamicRef": "#recursive"}},
        ),
        (
            D19,
            {"$recursiveAnchor": True, "items": {"$id": "b", "items": {"$recursiveRef": "#"}}},
            {"$dynamicAnchor": "recursive", "items": {"$id": "b", "items": {"$ref": "#"}}},
        ),
        (D19, {"$recursiveAnchor": False}, {}),
        (OPEN, {"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (OPEN, {"type": "string", "nullable": False}, {"type": "string"}),
        (OPEN, {"nullable": True}, {}),
        (
            OPEN,
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            OPEN,
            {"type": "string", "nullable": True, "enum": ["a", None]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (OPEN, {"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        (OPEN, {"example": {"nullable": True}}, None),
        (OPEN, {"properties": {"nullable": {"nullable": True}}}, {"properties": {"nullable": {}}}),
        (Dialect.OPENAPI_3_1, {"items": [1]}, None),
        (D7, True, None),
    ],
)
def test_a_keyword_as_it_is_said_now(dialect: Dialect, old: Any, new: Any) -> None:
    assert modern(old, dialect) == (old if new is None else new)


def test_the_schema_then_says_2020_12() -> None:
    old = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [True]}
    assert modern(old) == {"$schema": DIALECT, "prefixItems": [True]}


@pytest.mark.parametrize(
    ("dialect", "draft"),
    [
        (D4, jsonschema_rs.Draft4),
        (D19, jsonschema_rs.Draft201909),
        (Dialect.DRAFT_2020_12, jsonschema_rs.Draft202012),
        (OPEN, jsonschema_rs.Draft202012),
    ],
)
def test_a_dialect_has_a_draft(dialect: Dialect, draft: int) -> None:
    assert dialect.draft == draft
