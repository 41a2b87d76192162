"""Parameters of an OpenAPI operation as the parts of a request, and how each is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagepact.contract.openapi.pointers import Broken, Pointer, Tree, listed
from stagepact.contract.openapi.schemas import Schemas
from stagepact.schema.normalise import JsonSchema

_SECTIONS = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
# Headers that a parameter can't describe (OpenAPI 3.0.4, Parameter Object).
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_DEFAULT_STYLES = {"path": "simple", "query": "form", "headers": "simple", "cookies": "form"}
_COLLECTIONS = {"csv": "comma", "ssv": "space", "tsv": "tab", "pipes": "pipe", "multi": ""}
_STYLES = {
    ("form", False): "comma",
    ("spaceDelimited", False): "space",
    ("pipeDelimited", False): "pipe",
    ("deepObject", True): "deep",
    ("deepObject", False): "deep",
    ("label", False): "label",
    ("label", True): "label-explode",
    ("matrix", False): "matrix",
    ("matrix", True): "matrix-explode",
    ("simple", True): "pairs",
}


@dataclass(slots=True)
class Parts:
    """A request as the contract language says it; `pointers` are where its parts stand."""

    sections: dict[str, dict[str, JsonSchema]] = field(
        default_factory=lambda: {each: {} for each in _SECTIONS.values()}
    )
    required: list[str] = field(default_factory=list)
    styles: dict[str, str] = field(default_factory=dict)
    examples: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    pointers: dict[Pointer, Pointer] = field(default_factory=dict)
    others: list[tuple[Mapping[str, Any], Pointer]] = field(default_factory=list)


def parameters(
    tree: Tree, schemas: Schemas, holders: Iterator[tuple[Mapping[str, Any], Pointer]]
) -> Parts:
    """All parameters of an operation; `holders` are the path's item, then the operation.

    Raises:
        Broken: one of them can't be read.
    """
    parts = Parts()
    found: dict[tuple[str, str], tuple[Mapping[str, Any], Pointer]] = {}
    for holder, pointer in holders:
        for value, at in listed(holder, pointer, "parameters"):
            parameter, where = tree.followed(value, at)
            found[_key(parameter, where)] = parameter, where
    for (name, place), (parameter, where) in found.items():
        if place in ("body", "formData"):
            parts.others.append((parameter, where))
        elif place in _SECTIONS and not (place == "header" and name.lower() in _IGNORED):
            _add(parts, schemas, _SECTIONS[place], parameter, where)
    return parts


def _key(parameter: Mapping[str, Any], where: Pointer) -> tuple[str, str]:
    name, place = parameter.get("name"), parameter.get("in")
    known = (*_SECTIONS, "body", "formData", "querystring")
    if not isinstance(name, str) or not name:
        raise Broken(where, "a parameter without a name", "name: a text")
    if place not in known:
        raise Broken((*where, "in"), f"{place!r}", f"one of {', '.join(known)}")
    return name, str(place)


def _add(
    parts: Parts, schemas: Schemas, section: str, parameter: Mapping[str, Any], where: Pointer
) -> None:
    name = str(parameter["name"])
    schema, at, style = _schema(schemas, section, parameter, where)
    parts.sections[section][name] = _textual(schema)
    parts.pointers["request", section, name] = at
    if parameter.get("required") is True or section == "path":
        parts.required.append(name)
    if style:
        parts.styles[name] = style
    examples = dict(examples_of(parameter, schema))
    if examples:
        parts.examples[section, name] = examples


def _schema(
    schemas: Schemas, section: str, parameter: Mapping[str, Any], where: Pointer
) -> tuple[JsonSchema, Pointer, str]:
    """A parameter's schema, where it stands, and how lists and objects are written."""
    content = parameter.get("content")
    if isinstance(content, dict) and content:
        media = next(iter(content))
        at = (*where, "content", media, "schema")
        inner = content[media].get("schema", True) if isinstance(content[media], dict) else True
        return schemas.of(inner, at, "request"), at, "json" if "json" in str(media) else ""
    if "schema" in parameter:
        at = (*where, "schema")
        style = parameter.get("style", _DEFAULT_STYLES[section])
        explode = parameter.get("explode", style in ("form", "cookie"))
        told = _STYLES.get((str(style), bool(explode)), "")
        return schemas.of(parameter["schema"], at, "request"), at, told
    own = {key: each for key, each in parameter.items() if key not in _OF_PARAMETERS}
    collection = _COLLECTIONS.get(str(parameter.get("collectionFormat", "csv")), "comma")
    is_list = parameter.get("type") == "array"
    return schemas.of(own, where, "request"), where, collection if is_list else ""


_OF_PARAMETERS = frozenset(
    {"name", "in", "required", "description", "allowEmptyValue", "collectionFormat", "deprecated"}
    | {"style", "explode", "allowReserved", "content"}
)


def _textual(schema: JsonSchema) -> JsonSchema:
    """A parameter's schema without null, which has no form as text."""
    if not isinstance(schema, dict):
        return schema
    return _without_null(schema)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    found = dict(schema)
    if isinstance(found.get("type"), list):
        left = [each for each in found["type"] if each != "null"]
        found["type"] = left[0] if len(left) == 1 else left
    for key in ("anyOf", "oneOf"):
        if isinstance(found.get(key), list):
            found[key] = [each for each in found[key] if each != {"type": "null"}]
    only = found.get("anyOf")
    if isinstance(only, list) and len(only) == 1 and isinstance(only[0], dict):
        rest = {key: value for key, value in found.items() if key != "anyOf"}
        if not set(rest) - {"title", "description", "default"}:
            return {**rest, **only[0]}
    if isinstance(found.get("enum"), list):
        found["enum"] = [each for each in found["enum"] if each is not None]
    return found


def examples_of(holder: Mapping[str, Any], schema: Any = None) -> Iterator[tuple[str, Any]]:
    """The examples that a parameter or a media type has, or else its schema, by name."""
    many = holder.get("examples")
    if isinstance(many, dict):
        for name, each in many.items():
            if isinstance(each, dict) and ("value" in each or "dataValue" in each):
                yield str(name), each.get("value", each.get("dataValue"))
    if "example" in holder:
        yield "example", holder["example"]
    inner = holder.get("schema", schema)
    if isinstance(inner, dict):
        if "example" in inner:
            yield "example of the schema", inner["example"]
        if isinstance(inner.get("examples"), list):
            for index, each in enumerate(inner["examples"], 1):
                yield f"example {index} of the schema", each
