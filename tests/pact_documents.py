"""Pact files that a test writes: interactions in short, and the document around them."""

from __future__ import annotations

import json
from typing import Any


def document(*interactions: dict[str, Any], consumer: str = "ui", provider: str = "api") -> str:
    """A pact of version 4."""
    value = {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    return json.dumps(value, indent=1)


def states(*names: str | tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Provider states, by name or by name and parameters."""
    pairs = [(each, {}) if isinstance(each, str) else each for each in names]
    return [{"name": name, "params": params} for name, params in pairs]


def body(value: Any) -> dict[str, Any]:
    """A body or contents of version 4."""
    return {"contentType": "application/json", "encoded": False, "content": value}


def http(
    description: str,
    path: str,
    *,
    method: str = "GET",
    given: list[dict[str, Any]] | None = None,
    status: int = 200,
    answer: Any = None,
    rules: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An HTTP interaction; `rules` are those of the response's body."""
    response: dict[str, Any] = {"status": status}
    if answer is not None:
        response["body"] = body(answer)
    if rules is not None:
        response["matchingRules"] = {"body": rules}
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "providerStates": given or [],
        "request": {"method": method, "path": path, **(request or {})},
        "response": response,
        **more,
    }


def message(
    description: str,
    contents: Any,
    *,
    given: list[dict[str, Any]] | None = None,
    metadata: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A message that the provider sends."""
    return {
        "type": "Asynchronous/Messages",
        "description": description,
        "providerStates": given or [],
        "contents": body(contents),
        "metadata": metadata or {},
        "matchingRules": {"body": rules or {}},
    }


def like(**matchers: str) -> dict[str, Any]:
    """Matching rules by path: `like(id="type")`."""
    return {f"$.{path}": {"matchers": [{"match": kind}]} for path, kind in matchers.items()}
