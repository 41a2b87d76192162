"""Models as JSON Schemas, with what Pydantic knows of its types and leaves out of them.

Two kinds of additions: constraints (patterns, closed keys, digits), which hold for every value that
the model accepts in its usual spelling; and likenesses (`like:` formats), which assert nothing and
only tell generators how texts look that are surely accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal

from pydantic import ByteSize, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from stagepact.schema.candidates import candidates
from stagepact.schema.decimals import decimals_like, tight_decimal
from stagepact.schema.formats import LIKE, PATTERNS, widest
from stagepact.schema.moments import tight_moment
from stagepact.schema.normalise import JsonSchema, SchemaError, describe_type

Mode = Literal["validation", "serialization"]

_KEYS: Mapping[str, str] = {
    "int": r"^-?(0|[1-9]\d{0,17})$",
    "float": r"^-?(0|[1-9]\d{0,6})(\.\d{1,6})?$",
    "decimal": r"^-?(0|[1-9]\d{0,6})(\.\d{1,6})?$",
    "bool": "^(true|false)$",
}
"""How the keys of a dict are spelt in JSON, by the type that they have in Python."""

_BYTE_SIZE = ByteSize.byte_string_re.pattern
_LIKE_BYTE_SIZE = f"{LIKE}^[1-9]\\d{{0,3}}(\\.\\d)?( ?[KMG]i?B)?$"
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TRIMMED = [{"pattern": rf"^([^{_SPACE}]|$)"}, {"pattern": rf"(^|[^{_SPACE}])$"}]
"""Texts from which no white space of Unicode is cut off; `\\s` means other characters in ECMA."""

_LIMITS = frozenset({"ge", "gt", "le", "lt", "multiple_of", "max_digits", "decimal_places"})

_FORMATS = frozenset({f"uuid{version}" for version in range(1, 9)} | {"base64", "base64url"})
"""Formats that Pydantic writes and that no validator knows."""


class _Tight(GenerateJsonSchema):
    """Pydantic's generator of JSON Schemas, leaving out less."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._trims = [False]

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        """Digits and places, for numbers and for texts; of those alone where it is written."""
        found = super().decimal_schema(schema)
        branches = found.get("anyOf")
        if branches is None:
            return tight_decimal(found, schema)
        return {**found, "anyOf": [tight_decimal(each, schema) for each in branches]}

    def datetime_schema(self, schema: Any) -> JsonSchemaValue:
        """Times with or without a zone, past and to come, within bounds."""
        return tight_moment(super().datetime_schema(schema), schema)

    def date_schema(self, schema: Any) -> JsonSchemaValue:
        """Days past and to come, within bounds."""
        return tight_moment(super().date_schema(schema), schema)

    def time_schema(self, schema: Any) -> JsonSchemaValue:
        """Times of a day within bounds."""
        return tight_moment(super().time_schema(schema), schema)

    def timedelta_schema(self, schema: Any) -> JsonSchemaValue:
        """Durations within bounds."""
        return tight_moment(super().timedelta_schema(schema), schema)

    def str_schema(self, schema: Any) -> JsonSchemaValue:
        """Lengths after white space is cut off; sizes in bytes."""
        found = super().str_schema(schema)
        if schema.get("strip_whitespace", self._trims[-1]) and found.get("minLength"):
            found["allOf"] = _TRIMMED
        if schema.get("ascii_only"):
            found["allOf"] = [*found.get("allOf", ()), {"pattern": r"^[\x00-\x7f]*$"}]
        if found.get("pattern") == _BYTE_SIZE:
            found["format"] = _LIKE_BYTE_SIZE
        return found

    def complex_schema(self, schema: Any) -> JsonSchemaValue:
        """Complex numbers, as Python writes them."""
        return {**super().complex_schema(schema), "format": LIKE + r"^-?\d{1,3}([+-]\d{1,3}j)?$"}

    def url_schema(self, schema: Any) -> JsonSchemaValue:
        """The schemes that are allowed."""
        return _with_schemes(super().url_schema(schema), schema)

    def multi_host_url_schema(self, schema: Any) -> JsonSchemaValue:
        """The schemes that are allowed."""
        return _with_schemes(super().multi_host_url_schema(schema), schema)

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        """The spelling of keys that aren't texts; no other keys beside those of a pattern."""
        return _with_keys(super().dict_schema(schema), schema.get("keys_schema", {}))

    def ordered_dict_schema(self, schema: Any) -> JsonSchemaValue:
        """As of a dict."""
        return _with_keys(super().ordered_dict_schema(schema), schema.get("keys_schema", {}))

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """A model, with what it says of all its texts."""
        with self._inside(schema):
            return super().model_schema(schema)

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        """A dataclass, with what it says of all its texts."""
        with self._inside(schema):
            return super().dataclass_schema(schema)

    def typed_dict_schema(self, schema: Any) -> JsonSchemaValue:
        """A TypedDict, with what it says of all its texts."""
        with self._inside(schema):
            return super().typed_dict_schema(schema)

    @contextmanager
    def _inside(self, schema: Any) -> Iterator[None]:
        self._trims.append(schema.get("config", {}).get("str_strip_whitespace", False))
        yield
        self._trims.pop()


def _with_keys(found: JsonSchemaValue, keys: Any) -> JsonSchemaValue:
    """The schema of a dict with all that its keys have to be."""
    while "schema" in keys:  # a validator round them, or that they may be null
        keys = keys["schema"]
    kind = keys.get("type")
    if "patternProperties" in found:
        found.setdefault("additionalProperties", False)
    elif kind in _KEYS:
        names = {**found.get("propertyNames", {}), "pattern": _KEYS[kind]}
        if _LIMITS & set(keys):
            names["format"] = LIKE + decimals_like(keys)
        found["propertyNames"] = names
    elif kind in ("enum", "literal"):
        members = keys.get("members", keys.get("expected"))
        found["propertyNames"] = {"enum": _spelt(members, keys.get("sub_type"))}
    return found


def _spelt(members: Iterable[Any], of: str | None) -> list[str]:
    """How members are written as keys; other numbers than those of an `IntEnum` never are."""
    values = [getattr(each, "value", each) for each in members]
    return [str(each) for each in values if isinstance(each, str) or of in ("int", "float")]


def _with_schemes(found: JsonSchemaValue, schema: Any) -> JsonSchemaValue:
    schemes = schema.get("allowed_schemes")
    if not schemes:
        return found
    names = "|".join(each.replace("+", r"\+").replace(".", r"\.") for each in schemes)
    first = schemes[0].replace("+", r"\+").replace(".", r"\.")
    like = rf"{LIKE}^{first}://[a-z]{{1,8}}\.(com|org)(/[a-z0-9]{{1,8}}){{0,2}}$"
    return {**found, "pattern": rf"^\s*(?:{names}):", "allOf": [{"format": like}]}


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
    tag = found.get("discriminator", {}).get("propertyName")
    if tag is not None and isinstance(found.get("oneOf"), list):
        found["oneOf"] = [_tagged(each, tag, whole) for each in found["oneOf"]]
    format_ = found.get("format")
    if format_ in _FORMATS and "pattern" not in found:
        found["pattern"] = widest(format_) or f"^{PATTERNS[format_]}$"
    if found.get("contentMediaType") == "application/json" and "format" not in found:
        found["format"] = LIKE + _json_texts(schema.get("contentSchema", True), whole)
    return found


def _tagged(branch: Any, tag: str, whole: Any) -> Any:
    """A branch of a union that asks for its tag, even where the model has a default for it."""
    return branch if _asks_for(branch, tag, whole) else {**branch, "required": [tag]}


def _asks_for(branch: Any, tag: str, whole: Any) -> bool:
    meant = branch
    if "$ref" in branch:
        meant = whole["$defs"].get(branch["$ref"].removeprefix("#/$defs/"), {})
    inner = meant.get("oneOf", ())
    asks = tag in meant.get("required", ()) or tag in branch.get("required", ())
    return asks or (bool(inner) and all(_asks_for(each, tag, whole) for each in inner))


def _json_texts(content: JsonSchema, whole: JsonSchema) -> str:
    """A pattern of a few texts that hold what a schema admits."""
    if not isinstance(content, dict) or not content:
        return f"^{PATTERNS['json-string']}$"
    definitions = whole.get("$defs", {}) if isinstance(whole, dict) else {}
    texts = [json.dumps(value) for value in candidates({**content, "$defs": definitions})]
    return f"^({'|'.join(map(_literally, dict.fromkeys(texts)))})$"


def _literally(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\^$.|?*+()[]{}" else each for each in text)
