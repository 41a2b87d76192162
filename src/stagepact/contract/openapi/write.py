"""A service of a contract as an OpenAPI 3.1 document.

What OpenAPI has no word for stands in `x-stagepact-…`, one for each key of the language, so that
it comes back when the document is imported. Secrets are never written: those of the contract
itself are of the environment in the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import Auth, Operation, ResponseClauses, Service
from stagepact.contract.openapi.components import Components
from stagepact.contract.request_media import each_media, media_of

PREFIX = "x-stagepact-"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_PLACES = {"path": "path", "query": "query", "headers": "header", "cookies": "cookie"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "comma": {"style": "form", "explode": False},
    "space": {"style": "spaceDelimited", "explode": False},
    "pipe": {"style": "pipeDelimited", "explode": False},
    "deep": {"style": "deepObject", "explode": True},
    "label": {"style": "label", "explode": False},
    "label-explode": {"style": "label", "explode": True},
    "matrix": {"style": "matrix", "explode": False},
    "matrix-explode": {"style": "matrix", "explode": True},
    "pairs": {"style": "simple", "explode": True},
}
_CONVERTER, _NAME = re.compile(r"\{([^{}:]+):[^{}]*\}"), re.compile(r"\{([^{}]+)\}")
_UNNAMED = re.compile(r"\W+")
_SAID = frozenset({"request", "responses", "description", "auth"})
_OF_SERVICE = ("app", "url", "states", "methods", "problem", "rate")


def openapi(document: Document, name: str) -> dict[str, Any]:
    """One service of a contract as an OpenAPI 3.1 document."""
    service = document.contract.services[name]
    components = Components(document.schemas)
    components.all()
    paths: dict[str, Any] = {}
    for key, operation in service.operations.items():
        method, template = key.split(" ", 1)
        item = paths.setdefault(_plain(template), {})
        item[method.lower()] = _operation(key, operation, service, components)
    dumped = service.model_dump(mode="json", by_alias=True, exclude_unset=True)
    extra = {PREFIX + each: dumped[each] for each in _OF_SERVICE if each in dumped}
    if service.auth is not None:
        extra[f"{PREFIX}auth"] = _without_secrets(dumped["auth"])
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "0"},
        **({"servers": [{"url": service.url}]} if service.url else {}),
        "paths": paths,
    }
    if service.description:
        found["info"]["description"] = service.description
    whole: dict[str, Any] = {"schemas": components.schemas} if components.schemas else {}
    if service.auth is not None:
        whole["securitySchemes"] = {"auth": _scheme(service.auth)}
    return {**found, **({"components": whole} if whole else {}), **extra}


def _plain(template: str) -> str:
    """A path without frameworks' converters."""
    return _CONVERTER.sub(r"{\1}", template)


def _without_secrets(auth: dict[str, Any]) -> dict[str, Any]:
    """What is said of credentials; a secret that is written out is of the environment here."""
    users = {}
    for name, user in auth["users"].items():
        kept = dict(user)
        for key in ("token", "password"):
            if key in kept and not {"env", "from"} & set(kept[key]):
                kept[key] = {"env": _UNNAMED.sub("_", f"{name}_{key}").upper()}
        users[name] = kept
    return {**auth, "users": users}


def _scheme(auth: Auth) -> dict[str, Any]:
    if isinstance(auth.scheme, str):
        return {"type": "http", "scheme": auth.scheme}
    said = auth.scheme.model_dump(mode="json", by_alias=True, exclude_none=True)
    place = next((each for each in ("header", "query", "cookie") if said.get(each)), "header")
    return {"type": "apiKey", "in": place, "name": str(said.get(place, "authorization"))}


def _operation(
    key: str, operation: Operation, service: Service, components: Components
) -> dict[str, Any]:
    request = operation.request
    media = _media(operation)
    found: dict[str, Any] = {}
    if operation.description:
        found["summary"] = operation.description
    parameters = [
        _parameter(section, name, schema, operation, components)
        for section in _PLACES
        for name, schema in getattr(request, section).items()
        if not (section == "headers" and name.lower() == "content-type" and media)
    ]
    described = set(request.path)
    for name in _NAME.findall(_plain(key.split(" ", 1)[1])):
        if name not in described:
            parameters.append({"name": name, "in": "path", "required": True, "schema": True})
    if parameters:
        found["parameters"] = parameters
    if request.body is not None:
        found["requestBody"] = _body(key, operation, components)
    found["responses"] = {
        status: _response(f"{key} {status}", each, components)
        for status, each in operation.responses.items()
    }
    if service.auth is not None and operation.auth != "none":
        found["security"] = [{"auth": []}, *([{}] if operation.auth == "optional" else [])]
    dumped = operation.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return found | {PREFIX + each: v for each, v in dumped.items() if each not in _SAID}


def _media(operation: Operation) -> str | None:
    """The one media type that a body is sent as, if the headers say one."""
    for name, schema in operation.request.headers.items():
        const = schema.get("const") if isinstance(schema, dict) else None
        if name.lower() == "content-type" and isinstance(const, str):
            return const if operation.request.body is not None else None
    return None


def _parameter(
    section: str, name: str, schema: Any, operation: Operation, components: Components
) -> dict[str, Any]:
    request = operation.request
    required = section == "path" or name in request.required
    found: dict[str, Any] = {"name": name, "in": _PLACES[section]}
    if required:
        found["required"] = True
    made = components.of(schema, name)
    style = request.styles.get(name)
    if style == "json":
        return {**found, "content": {"application/json": {"schema": made}}}
    told = _STYLES.get(style or "", {})
    return {**found, **told, "schema": made}


def _body(key: str, operation: Operation, components: Components) -> dict[str, Any]:
    content = {}
    for each in each_media(operation.request):
        media = media_of(each)
        files = operation.request.files if media == "multipart/form-data" else []
        made = components.of(_with_files(each.body, files), f"{key} body")
        content[media] = {"schema": made}
    lacking = operation.request.without_body
    required = {} if lacking == "any" else {"required": lacking == "refused"}
    return {**required, "content": content}


def _with_files(schema: Any, files: list[str]) -> Any:
    if not files or not isinstance(schema, dict):
        return schema
    properties = dict(schema.get("properties", {}))
    for name in files:
        properties[name] = _file(properties.get(name))
    return {**schema, "properties": properties}


def _file(schema: Any) -> dict[str, Any]:
    one = {"type": "string", "contentMediaType": "application/octet-stream"}
    is_list = isinstance(schema, dict) and schema.get("type") == "array"
    return {"type": "array", "items": one} if is_list else one


def _response(hint: str, response: ResponseClauses, components: Components) -> dict[str, Any]:
    found: dict[str, Any] = {"description": response.description}
    content = {media: components.of(each, hint) for media, each in response.content.items()}
    if response.body is not None or response.content_type is not None:
        body = True if response.body is None else components.of(response.body, hint)
        content[response.content_type or "application/json"] = body
    if content:
        found["content"] = {media: {"schema": each} for media, each in content.items()}
    if response.headers:
        found["headers"] = {
            name: _header(name, schema, response, components)
            for name, schema in response.headers.items()
        }
    return found


def _header(
    name: str, schema: Any, response: ResponseClauses, components: Components
) -> dict[str, Any]:
    required = {} if name in response.optional else {"required": True}
    return {**required, "schema": components.of(schema, name)}
