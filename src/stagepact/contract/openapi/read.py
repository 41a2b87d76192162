"""An OpenAPI document as operations of the contract language; what can't be read stops no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

from stagepact.contract.openapi.bodies import (
    PROBLEM,
    Body,
    Responses,
    old_body,
    request_body,
    responses,
)
from stagepact.contract.openapi.parameters import Parts, parameters
from stagepact.contract.openapi.pointers import Broken, Pointer, Tree, mapping
from stagepact.contract.openapi.schemas import Schemas
from stagepact.errors import Place, Problem
from stagepact.schema.dialects import Dialect
from stagepact.schema.normalise import JsonSchema

VERSIONS = "swagger: '2.0', or openapi: 3.0.x, 3.1.x or 3.2.x"
_VERSION = re.compile(r"3\.[012](\.\d+.*)?")
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
_MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Server:
    """Where the document says that the service is: a path, and a host if it says one."""

    path: str
    host: str = ""
    scheme: str = "https"


@dataclass(frozen=True, slots=True)
class Described:
    """An operation as a document describes it.

    `block` is what a contract would say of it, `pointers` say for parts of it where they stand in
    the document. `security` are the alternatives of schemes (each a mapping of a scheme's name to
    scopes) without which it isn't served; `links` are its links, by status and name, as written;
    `unmade` are media types of bodies of which none can be made.
    """

    name: str
    block: Mapping[str, Any]
    pointer: Pointer
    pointers: Mapping[Pointer, Pointer] = field(default_factory=dict)
    security: tuple[Mapping[str, Any], ...] = ()
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    deprecated: bool = False
    unmade: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """What an OpenAPI document says: operations, the schemas that they name, and what is wrong."""

    operations: tuple[Described, ...] = ()
    schemas: Mapping[str, JsonSchema] = field(default_factory=dict)
    places: Mapping[str, Pointer] = field(default_factory=dict)
    servers: tuple[Server, ...] = ()
    schemes: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    title: str = ""


def describe(value: Any, place: Callable[[Pointer], Place]) -> Description:
    """What a document says; each operation that can't be read is a problem, at its `place`."""
    try:
        old, dialect = _version(value)
        tree = Tree(value)
        paths, at_paths = mapping(value, (), "paths")
    except Broken as error:
        return Description(problems=(_problem(error, place),))
    reader = _Reader(tree, Schemas(tree, dialect), old, place)
    operations = tuple(reader.operations(paths, at_paths))
    info = value.get("info")
    schemes = value.get("securityDefinitions") if old else _components(value, "securitySchemes")
    return Description(
        operations,
        reader.schemas.named,
        reader.schemas.places,
        tuple(_servers(value, old)),
        schemes if isinstance(schemes, dict) else {},
        tuple(dict.fromkeys(reader.problems)),
        str(info.get("title", "")) if isinstance(info, dict) else "",
    )


def _components(value: Mapping[str, Any], key: str) -> Any:
    components = value.get("components")
    return components.get(key) if isinstance(components, dict) else None


def _version(value: Any) -> tuple[bool, Dialect]:
    """Whether it is 2.0, and the dialect of its schemas."""
    if not isinstance(value, dict):
        raise Broken((), "no OpenAPI document", VERSIONS, "name an OpenAPI document")
    told = value.get("swagger", value.get("openapi"))
    if told is None:
        keys = ", ".join(sorted(map(str, value))[:5]) or "nothing"
        raise Broken((), f"a document with {keys}", VERSIONS, "name an OpenAPI document")
    key = "swagger" if "swagger" in value else "openapi"
    if key == "swagger" and str(told) == "2.0":
        return True, Dialect.OPENAPI_3_0
    if key == "openapi" and _VERSION.fullmatch(str(told)):
        is_3_0 = str(told).startswith("3.0")
        return False, Dialect.OPENAPI_3_0 if is_3_0 else Dialect.OPENAPI_3_1
    advice = "convert it to a version that is known"
    raise Broken((key,), f"the version {told!r}", VERSIONS, advice, "openapi-version")


def _problem(error: Broken, place: Callable[[Pointer], Place]) -> Problem:
    advice = error.advice or "correct the document"
    return Problem(place(error.pointer), error.found, error.expected, advice, error.code)


def _servers(value: Mapping[str, Any], old: bool) -> Iterator[Server]:
    if old:
        schemes = value.get("schemes")
        scheme = str(schemes[0]) if isinstance(schemes, list) and schemes else "https"
        path = str(value.get("basePath") or "").rstrip("/")
        yield Server(path, str(value.get("host") or ""), scheme)
        return
    servers = value.get("servers")
    for each in servers if isinstance(servers, list) else ():
        url = each.get("url") if isinstance(each, dict) else None
        if not isinstance(url, str):
            continue
        for name, variable in (each.get("variables") or {}).items():
            default = variable.get("default", "") if isinstance(variable, dict) else ""
            url = url.replace("{" + str(name) + "}", str(default))
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        yield Server(parts.path.rstrip("/"), parts.netloc, parts.scheme or "https")


@dataclass(slots=True)
class _Reader:
    tree: Tree
    schemas: Schemas
    old: bool
    place: Callable[[Pointer], Place]
    problems: list[Problem] = field(default_factory=list)

    def operations(self, paths: Mapping[str, Any], at: Pointer) -> Iterator[Described]:
        for template, value in paths.items():
            if str(template).startswith("x-"):
                continue
            try:
                if not str(template).startswith("/"):
                    raise Broken((*at, template), f"the path {template!r}", "one that begins by /")
                item, where = self.tree.followed(value, (*at, template))
            except Broken as error:
                self.problems.append(_problem(error, self.place))
                continue
            for method in _METHODS:
                if method in item:
                    yield from self._operation(str(template), method, item, where)

    def _operation(
        self, template: str, method: str, item: Mapping[str, Any], where: Pointer
    ) -> Iterator[Described]:
        try:
            yield self._described(template, method, item, where)
        except Broken as error:
            self.problems.append(_problem(error, self.place))
        except RecursionError:
            deep = Broken((*where, method), "schemas that are nested too deeply", "fewer levels")
            self.problems.append(_problem(deep, self.place))

    def _described(
        self, template: str, method: str, item: Mapping[str, Any], where: Pointer
    ) -> Described:
        operation, pointer = self.tree.followed(item[method], (*where, method))
        holders = iter([(item, where), (operation, pointer)])
        parts = parameters(self.tree, self.schemas, holders)
        body = self._body(operation, pointer, parts)
        produces = self._media(operation, "produces") if self.old else None
        found = responses(self.tree, self.schemas, operation, pointer, produces)
        made = body if body is not None and body.is_made else None
        block, pointers = _block(operation, parts, made, found)
        no_body = body is None and _takes_none(method, found)
        if no_body or (body is not None and not body.is_made and body.lacking == "accepted"):
            block.setdefault("request", {})["without-body"] = "accepted"
        root: Any = self.tree.root.get("security")
        security = operation.get("security", root)
        return Described(
            f"{method.upper()} {template}",
            block,
            pointer,
            {(): pointer, **pointers},
            tuple(each for each in security or () if isinstance(each, dict)),
            found.links,
            operation.get("deprecated") is True,
            () if body is None else body.unmade,
        )

    def _body(self, operation: Mapping[str, Any], pointer: Pointer, parts: Parts) -> Body | None:
        if self.old:
            consumes = self._media(operation, "consumes")
            return old_body(self.tree, self.schemas, parts.others, consumes)
        return request_body(self.tree, self.schemas, operation, pointer)

    def _media(self, operation: Mapping[str, Any], key: str) -> list[str]:
        found = operation.get(key, self.tree.root.get(key))
        return [str(each) for each in found] if isinstance(found, list) else []


def _block(
    operation: Mapping[str, Any],
    parts: Parts,
    body: Body | None,
    found: Responses,
) -> tuple[dict[str, Any], dict[Pointer, Pointer]]:
    pointers = {**parts.pointers, **found.pointers}
    request = _request(parts, body, pointers)
    block: dict[str, Any] = {"request": request} if request else {}
    summary = operation.get("summary") or operation.get("description")
    if isinstance(summary, str) and summary:
        block["description"] = summary
    if found.blocks:
        block["responses"] = found.blocks
    if _says_problem(found):
        block["problem"] = True
    examples = list(_examples(parts, body))
    if examples:
        block["examples"] = examples
    return block, pointers


def _request(parts: Parts, body: Body | None, pointers: dict[Pointer, Pointer]) -> dict[str, Any]:
    """The block of what is asked; `pointers` gains where its body stands in the document."""
    sections = {name: dict(each) for name, each in parts.sections.items()}
    required = [each for each in parts.required if each not in sections["path"]]
    request: dict[str, Any] = {}
    if body is not None:
        request |= _with_body(body, pointers)
        if body.media:
            sections["headers"]["content-type"] = {"const": body.media}
            required.append("content-type")
    request |= {name: each for name, each in sections.items() if each}
    if required:
        request["required"] = required
    if parts.styles:
        request["styles"] = parts.styles
    return request


def _with_body(body: Body, pointers: dict[Pointer, Pointer]) -> dict[str, Any]:
    """What a request's block says of its body, by each of its media types."""
    said: dict[str, Any] = {"body": body.schema}
    pointers["request", "body"] = body.pointer
    files = [name for each in (body, *body.others) for name in each.files]
    if files:
        said["files"] = files
    if body.lacking != "refused":
        said["without-body"] = body.lacking
    for each in body.others:
        media = each.media or "application/json"
        said.setdefault("content", {})[media] = each.schema
        pointers["request", "content", media] = each.pointer
    return said


def _takes_none(method: str, found: Responses) -> bool:
    """Whether a change that no body is declared for takes none.

    One that declares 400 or 415 may refuse for a body that its document forgets.
    """
    changes = method in ("post", "put", "patch", "delete")
    return changes and not {"400", "415", "4XX", "default"} & set(found.blocks)


def _says_problem(found: Responses) -> bool:
    """Whether every error that has a body is said to be problem details, and there is one."""
    errors = [
        media
        for status, block in found.blocks.items()
        if status[0] in "45d"
        for media in block.get("content", ())
    ]
    return bool(errors) and all(each.lower() == PROBLEM for each in errors)


def _examples(parts: Parts, body: Body | None) -> Iterator[dict[str, Any]]:
    """Requests of the document's examples: the first of each part, then the second, …"""
    named = {("body", ""): body.examples} if body is not None and body.examples else {}
    named |= parts.examples
    if not named:
        return
    columns = [[(key, *each) for each in found.items()] for key, found in named.items()]
    for index, row in enumerate(zip_longest(*columns)):
        if index >= _MOST_EXAMPLES:
            return
        request: dict[str, Any] = {}
        name = ""
        for column, cell in zip(columns, row, strict=True):
            (section, parameter), label, value = cell or column[0]
            name = name or (label if cell else "")
            if section == "body":
                request["body"] = value
                if body is not None and body.media:
                    request.setdefault("headers", {})["content-type"] = body.media
            elif value is not None:
                request.setdefault(section, {})[parameter] = value
        yield {"name": f"{name} ({index + 1})", "request": request}
