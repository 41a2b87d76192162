"""Schemas and models of every kind become one self-contained JSON Schema 2020-12 value.

No I/O happens here: a scope is given all named schemas of a document, already read.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

JsonSchema = dict[str, Any] | bool
Pointer = tuple[str | int, ...]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMED = "#/schemas/"

# Keywords whose values are data, not schemas: a "$ref" in there is nobody's reference.
_DATA_KEYWORDS = frozenset({"const", "default", "enum", "examples"})
# Keywords whose keys are names chosen by the author: a property may well be called "$ref".
_NAMED_KEYWORDS = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)


class SchemaError(Exception):
    """A schema can't be used; `pointer` is the place in it, `advice` what to do."""

    def __init__(self, message: str, pointer: Pointer = (), advice: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Reference:
    """A `$ref` and the place where it stands."""

    target: str
    pointer: Pointer


def references(schema: object, pointer: Pointer = ()) -> Iterator[Reference]:
    """Every `$ref` in a schema, with its place; data keywords are passed over."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from references(part, (*pointer, index))
        return
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            yield Reference(value, (*pointer, key))
        elif key in _NAMED_KEYWORDS and isinstance(value, dict):
            for name, part in value.items():
                yield from references(part, (*pointer, key, name))
        elif key not in _DATA_KEYWORDS:
            yield from references(value, (*pointer, key))


@dataclass(frozen=True, slots=True)
class SchemaScope:
    """The named schemas of one document, against which `#/schemas/Name` is resolved."""

    schemas: Mapping[str, JsonSchema]

    def bundle(self, schema: JsonSchema) -> JsonSchema:
        """A schema that stands alone: what it names is carried in its own `$defs`.

        Raises:
            SchemaError: a reference names a schema that the scope doesn't hold.
        """
        if isinstance(schema, bool):
            return schema
        whole = _single_reference(schema)
        if whole is not None and whole in self.schemas:
            whole_schema = self.schemas[whole]
            if isinstance(whole_schema, bool) or not any(
                named(r.target) for r in references(whole_schema)
            ):
                return whole_schema
        wanted = self._closure(schema)
        if not wanted:
            return schema
        return _with_definitions(schema, {name: self.schemas[name] for name in wanted})

    def _closure(self, schema: JsonSchema) -> list[str]:
        """The names that a schema needs, directly or through another, sorted."""
        found: set[str] = set()
        open_ends: list[JsonSchema] = [schema]
        while open_ends:
            for reference in references(open_ends.pop()):
                name = named(reference.target)
                if name is None or name in found:
                    continue
                if name not in self.schemas:
                    raise SchemaError(f"{reference.target!r} names no schema", reference.pointer)
                found.add(name)
                open_ends.append(self.schemas[name])
        return sorted(found)


def named(target: str) -> str | None:
    """`Session` of `#/schemas/Session`; a deeper pointer belongs to its first name."""
    if not target.startswith(NAMED):
        return None
    name = target.removeprefix(NAMED).split("/", 1)[0]
    return unquote(name).replace("~1", "/").replace("~0", "~")


def _single_reference(schema: dict[str, Any]) -> str | None:
    target = schema.get("$ref")
    if len(schema) != 1 or not isinstance(target, str) or "/" in target.removeprefix(NAMED):
        return None
    return named(target)


def _with_definitions(schema: dict[str, Any], parts: Mapping[str, JsonSchema]) -> JsonSchema:
    own = schema.get("$defs", {})
    places = _places(parts, own)
    moved = {places[name]: _moved(part, places, places[name]) for name, part in parts.items()}
    renamed = _renamed(_without_identity(schema), places)
    return {**renamed, "$defs": {**renamed.get("$defs", {}), **moved}}


def _places(names: Iterable[str], taken: Container[str]) -> dict[str, str]:
    """The key in `$defs` for every name: its own, unless the schema has one like it already."""
    places = {}
    for name in names:
        place = name
        while place in taken:
            place += "_"
        places[name] = place
    return places


def _moved(schema: JsonSchema, places: Mapping[str, str], place: str) -> JsonSchema:
    """A schema moved into `$defs`: its own `#/…` references point to where it now stands."""
    if isinstance(schema, bool):
        return schema
    return dict(_renamed(_without_identity(schema), places, f"#/$defs/{_escaped(place)}"))


def _without_identity(schema: dict[str, Any]) -> dict[str, Any]:
    """Without its `$id`, by which `#/…` would mean a place inside of it and nowhere else."""
    return {key: value for key, value in schema.items() if key != "$id"}


def _escaped(name: str) -> str:
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


def _renamed(schema: Any, places: Mapping[str, str], base: str = "#", *, data: bool = False) -> Any:
    if isinstance(schema, list):
        return [_renamed(part, places, base, data=data) for part in schema]
    if not isinstance(schema, dict) or data:
        return schema
    return {key: _renamed_value(key, value, places, base) for key, value in schema.items()}


def _renamed_value(key: str, value: Any, places: Mapping[str, str], base: str) -> Any:
    if key == "$ref" and isinstance(value, str):
        name = named(value)
        if name is not None:
            _, slash, rest = value.removeprefix(NAMED).partition("/")
            return f"#/$defs/{_escaped(places[name])}{slash}{rest}"
        return f"{base}{value[1:]}" if value.startswith("#/") or value == "#" else value
    if key in _NAMED_KEYWORDS and isinstance(value, dict):
        return {name: _renamed(part, places, base) for name, part in value.items()}
    return _renamed(value, places, base, data=key in _DATA_KEYWORDS)


# Where an object is one of alternatives, or an item, or a property, it stands for itself; in the
# branches of an `allOf` it is a part of one that other branches may add properties to.
_WHOLE = frozenset({"anyOf", "items", "oneOf", "prefixItems"})
_WHOLE_BY_NAME = frozenset({"$defs", "patternProperties", "properties"})
_OPEN = frozenset(
    {"$ref", "additionalProperties", "allOf", "dependentSchemas", "if", "patternProperties"}
    | {"unevaluatedProperties"}
)


def closed(schema: Any) -> Any:
    """The schema of what a producer emits: objects have no properties but those declared.

    A producer emits what it declares, while a consumer stays open; so an object that lists
    its properties and doesn't say whether there may be more is closed. What it requires is
    declared, too: a member of which nothing else is said.
    """
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: _closed_part(key, value) for key, value in schema.items()}
    if "properties" in schema and not _OPEN & set(schema):
        parts |= {"properties": _with_required(schema, parts), "additionalProperties": False}
    return parts


def _with_required(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """The properties, and those that are required and not listed: of them nothing is said."""
    listed, required = parts["properties"], schema.get("required")
    if not isinstance(listed, dict) or not isinstance(required, list):
        return listed
    return {**listed, **{name: {} for name in required if name not in listed}}


def _closed_part(key: str, value: Any) -> Any:
    if key in _WHOLE:
        return closed(value)
    if key in _WHOLE_BY_NAME and isinstance(value, dict):
        return {name: closed(part) for name, part in value.items()}
    return value


def model_schema(
    model: Any, mode: Literal["validation", "serialization"] = "validation"
) -> JsonSchema:
    """The JSON Schema 2020-12 of a Pydantic model, dataclass, TypedDict or annotation.

    Raises:
        SchemaError: Pydantic has no JSON Schema for it.
    """
    try:
        return TypeAdapter(model).json_schema(mode=mode)
    except (
        PydanticUserError,
        PydanticSchemaGenerationError,
        PydanticInvalidForJsonSchema,
        NameError,
    ) as error:
        first, code = str(error).splitlines()[0], getattr(error, "code", None)
        raise SchemaError(
            f"{describe_type(model)} has no JSON Schema: {first}",
            advice=_TYPED_DICT if code == "typed-dict-version" else _MODEL,
        ) from error


_MODEL = "use a Pydantic model, a dataclass, a TypedDict or a JSON Schema"
_TYPED_DICT = "import TypedDict from typing_extensions, which Pydantic asks for before Python 3.12"


def describe_type(value: object) -> str:
    """A type's name as it is imported: `module:qualname`, builtins by their bare name."""
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}:{kind.__qualname__}"
