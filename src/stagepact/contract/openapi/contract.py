"""An OpenAPI document as the value of a contract that says the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagepact.contract.openapi.read import Description
from stagepact.contract.openapi.write import PREFIX

_OF_SERVICE = ("app", "url", "states", "methods", "problem", "rate", "auth")


def contract_of(
    value: Mapping[str, Any], description: Description, name: str, place: Mapping[str, str]
) -> dict[str, Any]:
    """A contract with the operations written out; `place` is its `app` or its `url`."""
    own = {each: value[PREFIX + each] for each in _OF_SERVICE if PREFIX + each in value}
    if place:
        own = {key: each for key, each in own.items() if key not in ("app", "url")}
    service: dict[str, Any] = {**place, **own}
    if not {"app", "url"} & set(service):
        service["url"] = _address(description)
    operations = {}
    for each in description.operations:
        operation = _at(value, each.pointer)
        written = {
            key.removeprefix(PREFIX): said
            for key, said in operation.items()
            if isinstance(key, str) and key.startswith(PREFIX)
        }
        operations[each.name] = {**each.block, **written}
    return {
        "stagepact": 1,
        "name": name,
        **({"schemas": dict(description.schemas)} if description.schemas else {}),
        "services": {name: {**service, "operations": operations}},
    }


def _address(description: Description) -> str:
    """Where the document says that the service is."""
    for server in description.servers:
        if server.host:
            return f"{server.scheme}://{server.host}{server.path}"
    return "http://localhost:8000"


def _at(value: Any, pointer: tuple[str | int, ...]) -> Mapping[str, Any]:
    for step in pointer:
        value = value[step]
    return value if isinstance(value, dict) else {}
