"""What clients say of an item and are told again: by the schemas of requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import Operation
from stagepact.contract.resources.schemas import followed, members_of, plain, succeeded


def answered_by(
    document: Document, operations: Mapping[str, Operation], roles: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, tuple[Any, ...]]]]:
    """Of operations that create or change, what clients say and are told again, with its defaults.

    A schema for both says nothing: a part of it may be the service's own business.
    """
    if "read" not in roles:
        return
    item = _members(plain(document, succeeded(operations[roles["read"]])))
    for call in {roles[role]: 0 for role in ("create", "replace", "patch") if role in roles}:
        sent = _members(plain(document, operations[call].request.body))
        answer = _members(plain(document, succeeded(operations[call])))
        told = {name for name in sent.keys() & answer.keys() & item.keys()
                if not any(_is_secret(each[name]) for each in (sent, answer, item))}  # fmt: skip
        if answer.keys() - sent.keys():
            yield call, {name: _defaults(sent[name], answer[name], item[name]) for name in told}


def _is_secret(schema: Any) -> bool:
    said = schema if isinstance(schema, dict) else {}
    return said.get("writeOnly") is True or said.get("format") == "password"


def _defaults(*schemas: Any) -> tuple[Any, ...]:
    return tuple(e["default"] for e in schemas if isinstance(e, dict) and "default" in e)


def _members(schema: Any, depth: int = 0) -> dict[str, Any]:
    """The members of an object, those of all parts of `allOf` too."""
    found = {name: followed(each, schema) for name, each in members_of(schema).items()}
    parts = schema.get("allOf") if isinstance(schema, dict) and depth < 8 else None
    for part in parts if isinstance(parts, list) else ():
        found = {**_members(followed(part, schema), depth + 1), **found}
    return found
