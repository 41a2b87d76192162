"""The resources of a service, found by its paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import Operation, Service
from stagepact.contract.models import Resource as SaidResource
from stagepact.contract.resources.answers import answered_by
from stagepact.contract.resources.laws import IDEMPOTENCY_KEY, IF_MATCH
from stagepact.contract.resources.lists import (
    filters_of,
    guessed_of,
    pages_of,
    ranges_of,
    sizes_of,
    usual_size_of,
)
from stagepact.contract.resources.resource import Resource
from stagepact.contract.resources.schemas import bare, items_schema, plain, succeeded

_COLLECTION_ROLES = {"POST": "create", "GET": "list"}
_ROLES = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
_CONFLICT = "409"
_CREATED = "201"  # by which PUT says that it made something (RFC 9110, 9.3.4)


def resources(document: Document, service: Service) -> tuple[Resource, ...]:
    """The resources of a service, by the paths of their collections, in order."""
    by_path: dict[str, dict[str, str]] = {}
    for name in service.operations:
        method, template = name.split(" ", 1)
        by_path.setdefault(template.rstrip("/") or "/", {})[method] = name
    items = {_collection(path, service, by_path): path for path in by_path
             if _is_item(path, by_path)}  # fmt: skip
    items |= {path: said.item.rstrip("/") for path, said in service.resources.items() if said.item}
    collections = [path for path in by_path if path in items or "POST" in by_path[path]]
    collections += [path for path in items if path not in by_path]
    collections += [path for path in by_path if path in service.resources]
    collections += [path for path in by_path if "GET" in by_path[path]]
    found = (_resource(document, service, by_path, path, items.get(path, ""))
             for path in dict.fromkeys(collections) if not _is_item(path, by_path))  # fmt: skip
    return tuple(each for each in found if each.item or each.listed or each.said.unique)


def _is_item(path: str, by_path: Mapping[str, Mapping[str, str]]) -> bool:
    last = path.rpartition("/")[2]
    # The collection of an item need not have operations of its own: GET /tiles/{x}/{y} alone.
    methods = by_path.get(path, {}).keys()
    return bool(re.fullmatch(r"\{[^{}]+\}", last)) and bool(_ROLES.keys() & methods)


def _collection(item: str, service: Service, by_path: Mapping[str, Mapping[str, str]]) -> str:
    """The path of an item's collection: the one above it, or the one that is below another item.

    Of `/cards/{id}` it is `/cards`, or `/boards/{board_id}/cards` where there is no such path.
    """
    said = next((path for path, each in service.resources.items() if each.item == item), None)
    above = item.rpartition("/")[0]
    if said or above in by_path or "{" in above:
        return said or above or "/"
    below = [path for path, own in by_path.items()
             if path.endswith(f"}}{above}") and "POST" in own
             and not any(_is_item(each, by_path) for each in by_path
                         if each.rpartition("/")[0] == path)]  # fmt: skip
    return below[0] if len(below) == 1 and above else above or "/"


def _resource(
    document: Document,
    service: Service,
    by_path: Mapping[str, Mapping[str, str]],
    path: str,
    item: str,
) -> Resource:
    said = service.resources.get(path) or service.resources.get(item) or SaidResource()
    operations = service.operations
    roles = _roles(document, operations, by_path.get(path, {}), by_path.get(item, {}), item)
    listed = items_schema(document, operations, roles, said, path)
    query = operations[roles["list"]].request.query if "list" in roles else {}
    read = _read_schema(document, operations[roles["read"]]) if "read" in roles else None
    return Resource(
        path,
        item,
        roles,
        said,
        said.pages or pages_of(document, query, operations, roles),
        sizes_of(document, said, query),
        filters_of(document, said, query, listed),
        ranges_of(document, said, query, listed),
        same=listed is not None and bare(listed) == read,
        conditional=any(_is_conditional(operations, roles, role) for role in ("replace", "patch")),
        listed=listed is not None,
        accepted="create" in roles and _is_accepted(operations[roles["create"]]),
        usual=usual_size_of(document, said, query),
        answered=dict(answered_by(document, operations, roles)),
        guessed=guessed_of(document, said, query, listed),
    )


def _roles(
    document: Document,
    operations: Mapping[str, Operation],
    own: Mapping[str, str],
    of_item: Mapping[str, str],
    item: str,
) -> dict[str, str]:
    """The names of the operations by role: those of the collection first."""
    roles = {role: own[method] for method, role in _COLLECTION_ROLES.items() if method in own}
    roles |= {role: of_item[method] for method, role in _ROLES.items() if method in of_item}
    if "create" in roles:
        parameter = item.rpartition("{")[2].rstrip("}")
        ways = _ways_to_create(document, operations[roles["create"]], parameter)
        roles |= dict.fromkeys(ways, roles["create"])
    elif "replace" in roles and _CREATED in operations[roles["replace"]].responses:
        roles["create"] = roles["replace"]
    return roles


def _is_conditional(
    operations: Mapping[str, Operation], roles: Mapping[str, str], role: str
) -> bool:
    if role not in roles:
        return False
    return IF_MATCH in map(str.lower, operations[roles[role]].request.headers)


def _ways_to_create(document: Document, create: Operation, parameter: str) -> Iterator[str]:
    """`keyed` where POST takes an idempotency key, `own-id` where clients say the id."""
    if IDEMPOTENCY_KEY in map(str.lower, create.request.headers):
        yield "keyed"
    body = plain(document, create.request.body)
    needed = body.get("required") if isinstance(body, dict) else None
    if isinstance(needed, list) and parameter in needed and _CONFLICT in create.responses:
        yield "own-id"


def _is_accepted(operation: Operation) -> bool:
    return [status for status in operation.responses if status[0] == "2"] == ["202"]


def _read_schema(document: Document, operation: Operation) -> Any:
    return bare(plain(document, succeeded(operation)))
