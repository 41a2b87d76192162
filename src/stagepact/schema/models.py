"""Models as JSON Schemas, with what Pydantic knows of its types and leaves out of them.

Two kinds of additions: constraints (patterns, closed keys, digits), which hold for every value that
the model accepts in its usual spelling; and likenesses (`like:` formats), which assert nothing and
only tell generators how texts look that are surely accepted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from stagepact.schema.candidates import candidates
from stagepact.schema.formats import LIKE, PATTERNS, widest
from stagepact.schema.normalise import JsonSchema, SchemaError, describe_type

Mode = Literal["validation", "serialization"]

_DATE_TIME = PATTERNS["naive-date-time"]
_PAST = r"(19\d\d|200\d)-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_FUTURE = r"[3-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_CLOCK = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_KEYS: Mapping[str, str] = {
    "int": r"^-?(0|[1-9]\d{0,17})$",
    "float": r"^-?(0|[1-9]\d{0,6})(\.\d{1,6})?$",
    "decimal": r"^-?(0|[1-9]\d{0,6})(\.\d{1,6})?$",
    "bool": "^(true|false)$",
    "date": f"^{PATTERNS['date']}$",
    "datetime": f"^{PATTERNS['date-time']}$",
    "uuid": f"^{PATTERNS['uuid']}$",
}
"""How the keys of a dict are spelt in JSON, by the type that they have in Python."""

_FORMATS = frozenset({f"uuid{version}" for version in range(1, 9)} | {"base64", "base64url"})
"""Formats that Pydantic writes and that no validator knows."""


class _Tight(GenerateJsonSchema):
    """Pydantic's generator of JSON Schemas, leaving out less."""

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        """Digits and places, for numbers and for texts; of those alone where it is written."""
        found = super().decimal_schema(schema)
        branches = found.get("anyOf")
        if branches is None:
            return _decimal(found, schema)
        return {**found, "anyOf": [_decimal(each, schema) for each in branches]}

    def datetime_schema(self, schema: Any) -> JsonSchemaValue:
        """Times with or without a zone, past and to come."""
        found = super().datetime_schema(schema)
        if schema.get("tz_constraint") == "naive":
            found = {**_without(found, "format"), "pattern": f"^{_DATE_TIME}$"}
        zone = "" if schema.get("tz_constraint") == "naive" else "Z"
        return _in_time(found, schema, f"{_CLOCK}{zone}")

    def date_schema(self, schema: Any) -> JsonSchemaValue:
        """Days past and to come."""
        return _in_time(super().date_schema(schema), schema, "")

    def str_schema(self, schema: Any) -> JsonSchemaValue:
        """Lengths after white space is cut off."""
        found = super().str_schema(schema)
        if schema.get("strip_whitespace") and schema.get("min_length"):
            found["allOf"] = [{"pattern": r"^\S"}, {"pattern": r"\S$"}]
        return found

    def url_schema(self, schema: Any) -> JsonSchemaValue:
        """The schemes that are allowed."""
        return _with_schemes(super().url_schema(schema), schema)

    def multi_host_url_schema(self, schema: Any) -> JsonSchemaValue:
        """The schemes that are allowed."""
        return _with_schemes(super().multi_host_url_schema(schema), schema)

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        """The spelling of keys that aren't texts; no other keys beside those of a pattern."""
        found = super().dict_schema(schema)
        if "patternProperties" in found:
            found.setdefault("additionalProperties", False)
        spelling = _KEYS.get(_keys_type(schema))
        if spelling is not None:
            names = found.get("propertyNames")
            found["propertyNames"] = {**(names or {}), "pattern": spelling}
        return found


def _keys_type(schema: Any) -> str:
    keys = schema.get("keys_schema", {})
    return str(keys.get("type", ""))


def _decimal(branch: JsonSchemaValue, schema: Any) -> JsonSchemaValue:
    """A branch of a decimal's schema, number or text, with its digits."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    whole = None if digits is None else digits - (places or 0)
    if branch.get("type") == "number":
        return {**branch, **_decimal_number(whole, places)}
    if branch.get("type") != "string":
        return branch
    before = r"\d*" if whole is None else rf"\d{{0,{whole}}}"
    after = r"\d*" if places is None else rf"\d{{0,{places}}}"
    spelt = rf"^[+-]?0*{before}(\.{after}0*)?([eE][+-]?\d+)?$"
    return {"pattern": spelt, **branch, "format": LIKE + _decimal_text(schema, whole, places)}


def _decimal_number(whole: int | None, places: int | None) -> JsonSchemaValue:
    found: JsonSchemaValue = {}
    if places is not None:
        found["multipleOf"] = 10.0**-places if places else 1
    if whole is not None:
        found |= {"exclusiveMaximum": 10**whole, "exclusiveMinimum": -(10**whole)}
    return found


def _decimal_text(schema: Any, whole: int | None, places: int | None) -> str:
    """How decimals look that are surely within the bounds: they are chosen by their digits."""
    low = max(float(schema.get(key, "-inf")) for key in ("ge", "gt"))
    high = min(float(schema.get(key, "inf")) for key in ("le", "lt"))
    most = min(whole if whole is not None else 6, 6)
    if high < 10 or low > 10**most:
        return f"^{_one_decimal(schema, low, high)}$"
    least = len(str(int(low))) + 1 if low >= 1 else 1
    if high < 10 ** (most + 1):
        most = max(min(most, len(str(int(high))) - 1), 1)
    if least > most:
        return f"^{_one_decimal(schema, low, high)}$"
    after = "" if places == 0 else rf"(\.\d{{1,{min(places or 2, 2)}}})?"
    sign = "-?" if low < -(10**most) else ""
    return rf"^{sign}[1-9]\d{{{least - 1},{most - 1}}}{after}$"


def _one_decimal(schema: Any, low: float, high: float) -> str:
    """A single decimal inside of narrow bounds."""
    for key in ("ge", "le"):
        if key in schema:
            return str(schema[key]).replace(".", r"\.").replace("+", r"\+")
    middle = (max(low, -1e9) + min(high, 1e9)) / 2
    return str(middle).replace(".", r"\.")


def _in_time(found: JsonSchemaValue, schema: Any, rest: str) -> JsonSchemaValue:
    side = schema.get("now_op")
    if side is None:
        return found
    day = _PAST if side == "past" else _FUTURE
    return {**found, "allOf": [{"format": f"{LIKE}^{day}{rest}$"}]}


def _with_schemes(found: JsonSchemaValue, schema: Any) -> JsonSchemaValue:
    schemes = schema.get("allowed_schemes")
    if not schemes:
        return found
    names = "|".join(each.replace("+", r"\+").replace(".", r"\.") for each in schemes)
    first = schemes[0].replace("+", r"\+").replace(".", r"\.")
    like = rf"{LIKE}^{first}://[a-z]{{1,8}}\.(com|org)(/[a-z0-9]{{1,8}}){{0,2}}$"
    return {**found, "pattern": rf"^\s*(?:{names}):", "allOf": [{"format": like}]}


def _without(schema: JsonSchemaValue, keyword: str) -> JsonSchemaValue:
    return {key: value for key, value in schema.items() if key != keyword}


def json_schema(source: Any, *, mode: Mode = "validation") -> JsonSchema:
    """The JSON Schema of a schema, a model or a `TypeAdapter`.

    A model is a Pydantic model, a dataclass, a TypedDict, a msgspec Struct or any annotation that
    Pydantic knows; `mode` says whether what it takes or what it writes is meant.

    Raises:
        SchemaError: it has no JSON Schema.
    """
    if isinstance(source, dict | bool):
        return source
    if hasattr(source, "__struct_fields__"):
        return _of_struct(source)
    found = _of_model(source, mode)
    tight: JsonSchema = _tightened(found, found)
    return tight


def _of_struct(struct: Any) -> JsonSchema:
    schema: JsonSchema = import_module("msgspec").json.schema(struct)  # an extra of the user's
    return schema


def _of_model(model: Any, mode: Mode) -> JsonSchema:
    try:
        adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
        schema: JsonSchema = adapter.json_schema(mode=mode, schema_generator=_Tight)
        return schema
    except (
        PydanticUserError,
        PydanticSchemaGenerationError,
        PydanticInvalidForJsonSchema,
        NameError,
    ) as error:
        first = str(error).splitlines()[0]
        raise SchemaError(
            f"{describe_type(model)} has no JSON Schema: {first}",
            advice="use a Pydantic model, a dataclass, a TypedDict or a JSON Schema",
        ) from error


_DATA = frozenset({"const", "default", "enum", "examples"})


def _tightened(schema: Any, whole: Any) -> Any:
    """The schema with the patterns of formats that no validator knows, and of JSON in texts."""
    if isinstance(schema, list):
        return [_tightened(each, whole) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: value if key in _DATA else _tightened(value, whole) for key, value in schema.items()
    }
    format_ = found.get("format")
    if format_ in _FORMATS and "pattern" not in found:
        found["pattern"] = widest(format_) or f"^{PATTERNS[format_]}$"
    if found.get("contentMediaType") == "application/json" and "format" not in found:
        found["format"] = LIKE + _json_texts(schema.get("contentSchema", True), whole)
    return found


def _json_texts(content: JsonSchema, whole: JsonSchema) -> str:
    """A pattern of a few texts that hold what a schema admits."""
    if not isinstance(content, dict) or not content:
        return f"^{PATTERNS['json-string']}$"
    definitions = whole.get("$defs", {}) if isinstance(whole, dict) else {}
    texts = [json.dumps(value) for value in candidates({**content, "$defs": definitions})]
    return f"^({'|'.join(map(_literally, dict.fromkeys(texts)))})$"


def _literally(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\^$.|?*+()[]{}" else each for each in text)
