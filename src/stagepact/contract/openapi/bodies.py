"""Bodies of an OpenAPI operation: what is sent, and what is answered under each status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.contract.openapi.parameters import examples_of
from stagepact.contract.openapi.pointers import Broken, Pointer, Tree, mapping
from stagepact.contract.openapi.schemas import Schemas
from stagepact.schema.normalise import JsonSchema

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
PROBLEM = "application/problem+json"
_STATUS = re.compile(r"([1-5]\d\d|[1-5]XX|default)")


def is_json(media: str) -> bool:
    """Whether a media type, or a range of them, is JSON's."""
    name = media.partition(";")[0].strip().lower()
    return name in ("application/json", "*/*", "application/*") or name.endswith("+json")


@dataclass(slots=True)
class Body:
    """What is sent: its schema, its media type (JSON without one), and what of it are files.

    `lacking` says what becomes of a request without it; `others` are bodies of other media types
    that may stand instead, `unmade` the media types of which none can be written; where that is
    all, it isn't made.
    """

    schema: JsonSchema
    pointer: Pointer
    media: str = ""
    files: tuple[str, ...] = ()
    lacking: str = "refused"
    examples: dict[str, Any] = field(default_factory=dict)
    others: tuple[Body, ...] = ()
    unmade: tuple[str, ...] = ()
    is_made: bool = True


def request_body(
    tree: Tree, schemas: Schemas, operation: Mapping[str, Any], pointer: Pointer
) -> Body | None:
    """The body of OpenAPI 3; None where there is none, or none that can be written.

    Raises:
        Broken: it can't be read.
    """
    if "requestBody" not in operation:
        return None
    body, at = tree.followed(operation["requestBody"], (*pointer, "requestBody"))
    content, at_content = mapping(body, at, "content")
    if not content:
        return None
    said = body.get("required")
    made: list[Body] = []
    unmade: list[str] = []
    for media in sorted(content, key=_rank):
        holder, where = tree.followed(content[media], (*at_content, media))
        one = _body(tree, schemas, media, holder.get("schema", True), (*where, "schema"))
        if one is None:
            unmade.append(str(media))
        elif one.media not in {each.media for each in made}:
            one.examples = dict(examples_of(holder))
            made.append(one)
    if not made:
        lacking = _lacking(said, False)
        return Body(True, at, "", (), lacking, unmade=(*unmade,), is_made=False)
    first, *others = made
    return replace(
        first,
        lacking=_lacking(said, first.schema),
        others=tuple(others),
        unmade=tuple(unmade),
    )


def _lacking(required: Any, schema: JsonSchema) -> str:
    """What becomes of a request without a body.

    Documents that say nothing mean "optional" by the standard, and mostly forget to say: only
    where null or a default is permitted has its author thought of it.
    """
    if required is True:
        return "refused"
    if required is False or (isinstance(schema, dict) and "default" in schema):
        return "accepted"
    nothing = isinstance(schema, dict) and any(
        each == {"type": "null"} for each in (schema, *schema.get("anyOf", ()))
    )
    return "accepted" if nothing else "any"


def _rank(media: str) -> int:
    """JSON, then forms, then files, then text."""
    name = media.partition(";")[0].strip().lower()
    order = (is_json(name) and name != "application/*", name == FORM, name == MULTIPART)
    return next((index for index, each in enumerate(order) if each), len(order))


def _body(tree: Tree, schemas: Schemas, media: str, schema: Any, where: Pointer) -> Body | None:
    name = media.partition(";")[0].strip().lower()
    if is_json(name):
        told = "" if name in ("application/json", "*/*", "application/*") else name
        return Body(schemas.of(schema, where, "request"), where, told)
    plain, at = tree.followed(schema, where) if isinstance(schema, dict) else ({}, where)
    if name in (FORM, MULTIPART):
        files = tuple(_files(plain)) if name == MULTIPART else ()
        return Body(_as_form(schemas.of(plain, at, "request"), files), at, name, files)
    if plain.get("type", "string") != "string" or "*" in name:
        return None
    return Body({"type": "string", **_texts(schemas.of(plain, at, "request"))}, at, name)


def _texts(schema: JsonSchema) -> dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    return {key: each for key, each in schema.items() if key not in ("format", "contentMediaType")}


def _files(schema: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties")
    return [
        str(name)
        for name, each in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(each, dict) and _is_file(each)
    ]


def _is_file(schema: Mapping[str, Any]) -> bool:
    inner = schema.get("items") if schema.get("type") == "array" else schema
    if not isinstance(inner, dict):
        return False
    binary = inner.get("format") in ("binary", "byte") or inner.get("type") == "file"
    return binary or inner.get("contentMediaType") == "application/octet-stream"


def _as_form(schema: JsonSchema, files: tuple[str, ...]) -> JsonSchema:
    """An object of texts: what is a file is a text, and an empty text is for servers nothing."""
    if not isinstance(schema, dict):
        return {"type": "object"}
    properties = {
        name: _field(each, name in files) for name, each in schema.get("properties", {}).items()
    }
    return {"type": "object", **schema, "properties": properties}


def _field(schema: JsonSchema, is_file: bool) -> JsonSchema:
    if is_file:
        one: JsonSchema = {"type": "string"}
        is_list = isinstance(schema, dict) and schema.get("type") == "array"
        return {"type": "array", "items": one, "minItems": 1} if is_list else one
    if isinstance(schema, dict) and schema.get("type") == "string":
        return {**schema, "minLength": max(1, schema.get("minLength", 1))}
    return schema


def old_body(
    tree: Tree,
    schemas: Schemas,
    others: list[tuple[Mapping[str, Any], Pointer]],
    consumes: list[str],
) -> Body | None:
    """The body of OpenAPI 2.0: a parameter in `body`, or those in `formData`."""
    for parameter, where in others:
        if parameter.get("in") == "body":
            media = next((each for each in consumes if is_json(each)), "application/json")
            schema = parameter.get("schema", True)
            made = _body(tree, schemas, media, schema, (*where, "schema"))
            if made is not None:
                made.lacking = _lacking(parameter.get("required"), made.schema)
                made.unmade = tuple(each for each in consumes if not is_json(each))
            return made
    if not others:
        return None
    properties = {str(each["name"]): each for each, _ in others}
    files = tuple(name for name, each in properties.items() if each.get("type") == "file")
    required = [name for name, each in properties.items() if each.get("required") is True]
    plain = {name: _plain(each) for name, each in properties.items()}
    media = MULTIPART if files or (MULTIPART in consumes and FORM not in consumes) else FORM
    schema = {"type": "object", "properties": plain, "required": required}
    where = others[0][1]
    form = _as_form(schemas.of(schema, where, "request"), files)
    both = {FORM, MULTIPART} <= set(consumes) and not files
    return Body(form, where, media, files, others=(Body(form, where, MULTIPART),) if both else ())


def _plain(parameter: Mapping[str, Any]) -> dict[str, Any]:
    skipped = ("name", "in", "required", "description", "collectionFormat", "allowEmptyValue")
    found = {key: each for key, each in parameter.items() if key not in skipped}
    return {"type": "string"} if found.get("type") == "file" else found


@dataclass(slots=True)
class Responses:
    """By status, what is answered; `pointers` are where its parts stand."""

    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    pointers: dict[Pointer, Pointer] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)


def responses(
    tree: Tree,
    schemas: Schemas,
    operation: Mapping[str, Any],
    pointer: Pointer,
    produces: list[str] | None,
) -> Responses:
    """All responses of an operation; `produces` are the media types of OpenAPI 2.0.

    Raises:
        Broken: one of them can't be read.
    """
    found = Responses()
    declared, at = mapping(operation, pointer, "responses")
    found.pointers["responses",] = at
    for status, value in declared.items():
        if str(status).startswith("x-"):
            continue
        name = str(status).upper() if str(status) != "default" else "default"
        if not _STATUS.fullmatch(name):
            expected = "a status such as 200, a class such as 4XX, or default"
            raise Broken((*at, status), f"the status {status!r}", expected)
        response, where = tree.followed(value, (*at, status))
        _add(found, tree, schemas, name, response, where, produces)
    return found


def _add(
    found: Responses,
    tree: Tree,
    schemas: Schemas,
    status: str,
    response: Mapping[str, Any],
    where: Pointer,
    produces: list[str] | None,
) -> None:
    block: dict[str, Any] = {}
    path = ("responses", status)
    found.pointers[path] = where
    if isinstance(response.get("description"), str):
        block["description"] = response["description"]
    content = _content(tree, schemas, response, where, produces)
    if content:
        block["content"] = {media: schema for media, (schema, _) in content.items()}
        for media, (_, at) in content.items():
            found.pointers[(*path, "content", media)] = at
    headers, optional = _headers(found, tree, schemas, path, response, where)
    if headers:
        block["headers"] = headers
    if optional:
        block["optional"] = optional
    links, _ = mapping(response, where, "links")
    if links:
        found.links[status] = dict(links)
    found.blocks[status] = block


def _content(
    tree: Tree,
    schemas: Schemas,
    response: Mapping[str, Any],
    where: Pointer,
    produces: list[str] | None,
) -> dict[str, tuple[JsonSchema, Pointer]]:
    if produces is not None:
        if "schema" not in response:
            return {}
        at = (*where, "schema")
        schema = schemas.of(response["schema"], at, "response")
        told = produces or ["application/json"]
        return {media: (schema if is_json(media) else _as_text(schema), at) for media in told}
    content, at_content = mapping(response, where, "content")
    found = {}
    for media, value in content.items():
        holder, at = tree.followed(value, (*at_content, media))
        schema = schemas.of(holder.get("schema", True), (*at, "schema"), "response")
        found[str(media)] = (schema if is_json(str(media)) else _as_text(schema)), (*at, "schema")
    return found


def _as_text(schema: JsonSchema) -> JsonSchema:
    """What is no JSON arrives as text: of what else is said of it, nothing can be judged."""
    if isinstance(schema, dict) and schema.get("type") == "string":
        return _texts(schema)
    return True


def _headers(
    found: Responses,
    tree: Tree,
    schemas: Schemas,
    path: Pointer,
    response: Mapping[str, Any],
    where: Pointer,
) -> tuple[dict[str, JsonSchema], list[str]]:
    headers: dict[str, JsonSchema] = {}
    optional: list[str] = []
    declared, at_headers = mapping(response, where, "headers")
    for name, value in declared.items():
        if str(name).lower() == "content-type":
            continue  # OpenAPI 3.0.4, Response Object: it is ignored
        header, at = tree.followed(value, (*at_headers, name))
        if "schema" in header:
            schema = schemas.of(header["schema"], (*at, "schema"), "response")
        elif "type" in header:
            own = {key: each for key, each in header.items() if key != "description"}
            schema = schemas.of(own, at, "response")
        else:
            schema = True
        is_scalar = not isinstance(schema, dict) or schema.get("type") not in ("array", "object")
        headers[str(name)] = schema if is_scalar else True
        found.pointers[(*path, "headers", str(name))] = at
        if header.get("required") is not True:
            optional.append(str(name))
    return headers, optional
