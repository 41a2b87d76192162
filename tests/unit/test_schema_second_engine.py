"""hypothesis-jsonschema as an engine, and each engine as a second opinion of the other."""

from types import SimpleNamespace
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from drawing import drawn
from hypothesis import strategies as st

from stagepact.schema import SchemaError
from stagepact.schema.engines import ENGINES
from stagepact.schema.generate import from_schema
from stagepact.schema.second_engine import Elements, _adapt

pytestmark = pytest.mark.untraced

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
SUPPORTED: tuple[Any, ...] = (
    True,
    {"type": "null"},
    {"type": "boolean"},
    INTEGER,
    {"type": "integer", "minimum": 3, "maximum": 9},
    {"type": "integer", "exclusiveMinimum": 3},
    {"type": "integer", "multipleOf": 7},
    {"type": "number"},
    {"type": "number", "minimum": 0.5, "exclusiveMaximum": 2},
    TEXT,
    {"type": "string", "minLength": 2, "maxLength": 4},
    {"type": "string", "pattern": "^[a-z]{3}$"},
    {"type": "string", "pattern": "b"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "duration"},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "byte"},
    {"type": "string", "format": "binary"},
    {"enum": [1, "x", None, [2]]},
    {"const": {"a": 1}},
    {"type": ["integer", "null"]},
    {"type": "array", "items": INTEGER, "maxItems": 3},
    {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 4, "uniqueItems": True},
    {"type": "array", "items": {"enum": [1, 2]}, "contains": {"const": 2}, "maxItems": 4},
    {"type": "object", "properties": {"a": INTEGER}, "required": ["a"]},
    {"type": "object", "properties": {"a": INTEGER, "b": TEXT}, "additionalProperties": False},
    {"type": "object", "additionalProperties": INTEGER, "maxProperties": 3},
    {"type": "object", "additionalProperties": INTEGER, "minProperties": 2, "maxProperties": 3},
    {"type": "object", "patternProperties": {"^x": INTEGER}, "additionalProperties": False},
    {"type": "object", "propertyNames": {"pattern": "^[a-c]{1,2}$"}, "maxProperties": 2},
    {"type": "object", "properties": {"a": {"type": "object", "required": ["b"]}}},
    {"anyOf": [INTEGER, {"type": "string", "maxLength": 3}]},
    {"oneOf": [INTEGER, {"type": "null"}]},
    {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 5}]},
    {"not": {"type": "object"}},
    {"type": "integer", "not": {"const": 0}},
    {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x"]},
    },
    {"$defs": {"N": {"type": "integer"}}, "$ref": "#/$defs/N"},
    {
        "$defs": {"Pet": {"type": "object", "properties": {"n": TEXT}, "required": ["n"]}},
        "type": "array",
        "items": {"$ref": "#/$defs/Pet"},
        "maxItems": 2,
    },
)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_engine_draws_is_valid_by_two_validators(engine: Any) -> None:
    strategies = [from_schema(schema, engine=engine) for schema in SUPPORTED]
    for start in range(0, len(strategies), 8):
        columns = drawn(strategies[start : start + 8], 12)
        for schema, values in zip(SUPPORTED[start : start + 8], columns, strict=True):
            for value in values:
                assert jsonschema_rs.is_valid(schema, value, validate_formats=True), schema
                jsonschema.validate(value, schema)


def test_strategies_are_kept_by_engine() -> None:
    """The one isn't handed out for the other."""
    second = from_schema(INTEGER, engine="hypothesis-jsonschema")
    assert second is from_schema(INTEGER, engine="hypothesis-jsonschema")
    assert second is not from_schema(INTEGER)


def test_formats_of_the_caller_come_first() -> None:
    """Those that are known too, without a warning."""
    schema = {"type": "string", "format": "date"}
    found = from_schema(
        schema, formats={"date": st.just("2020-01-01")}, engine="hypothesis-jsonschema"
    )
    assert set(drawn([found], 2)[0]) == {"2020-01-01"}


def test_a_dialect_that_is_said_outside_of_the_schema_holds() -> None:
    """In draft 4, `exclusiveMinimum` is a flag of `minimum`."""
    schema = {"type": "integer", "minimum": 3, "maximum": 4, "exclusiveMinimum": True}
    found = from_schema(
        schema, dialect="http://json-schema.org/draft-04/schema", engine="hypothesis-jsonschema"
    )
    assert set(drawn([found], 5)[0]) == {4}


def test_values_against_the_schemas_word_are_filtered_out() -> None:
    """It doesn't know `maxContains`."""
    schema = {
        "type": "array",
        "items": {"enum": [1, 2]},
        "contains": {"const": 1},
        "maxContains": 1,
        "maxItems": 3,
    }
    values = drawn([from_schema(schema, engine="hypothesis-jsonschema")], 10)[0]
    assert values
    assert all(value.count(1) == 1 for value in values)


def test_what_it_cannot_read_is_an_error_of_ours() -> None:
    """At the first draw, which is when it says so; with the engine that can."""
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["x"]}
    found = from_schema(tree, engine="hypothesis-jsonschema")
    with pytest.raises(SchemaError, match="HypothesisRefResolutionError") as raised:
        drawn([found], 1)
    assert raised.value.advice == "choose the engine `stagepact`"


def test_an_engine_that_is_unknown_is_refused() -> None:
    with pytest.raises(SchemaError, match="'other' is none of stagepact, hypothesis-jsonschema"):
        from_schema(INTEGER, engine="other")  # type: ignore[arg-type]


# -- what is adapted ---------------------------------------------------------------------------


class Many:
    """`many` as it is from Hypothesis 6.170.10 on; it tells what is done with it."""

    def __init__(self, done: list[str], size: int) -> None:
        self.done = done
        self.size = size

    def __enter__(self) -> "Many":
        self.done.append("enter")
        return self

    def __exit__(self, *raised: object) -> None:
        self.done.append("exit")

    def __iter__(self) -> Any:
        for turn in range(self.size):
            self.done.append(f"turn {turn}")
            yield

    def reject(self, why: str | None = None) -> None:
        self.done.append(f"reject {why}")


def test_many_of_newer_hypothesis_gets_the_calls_of_older() -> None:
    """It is entered at the first call and left at the last."""
    module = SimpleNamespace(cu=SimpleNamespace(many=Many))
    _adapt(module)
    done: list[str] = []
    elements = module.cu.many(done, size=2)
    assert done == []
    assert elements.more()
    elements.reject("twice")
    assert elements.more()
    assert not elements.more()
    assert done == ["enter", "turn 0", "reject twice", "turn 1", "exit"]


def test_many_of_older_hypothesis_is_left_alone() -> None:
    older = SimpleNamespace(cu=SimpleNamespace(many=Elements))
    _adapt(older)
    assert older.cu.many is Elements
