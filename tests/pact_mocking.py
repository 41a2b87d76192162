"""Pact files for tests, as texts."""

from __future__ import annotations

import json
from typing import Any

from stagepact.pact.files import parse_pact
from stagepact.pact.model import Pact


def rules(**paths: dict[str, Any]) -> dict[str, Any]:
    """Rules of a body by the names below its root."""
    return {f"$.{path}": {"matchers": [rule]} for path, rule in paths.items()}


def got(
    description: str,
    path: str,
    body: Any = None,
    *,
    method: str = "GET",
    status: int = 200,
    states: tuple[str, ...] = (),
    request: dict[str, Any] | None = None,
    **response: Any,
) -> dict[str, Any]:
    """An interaction over HTTP, whose response has a JSON body."""
    content = {} if body is None else {"body": {"contentType": "application/json", "content": body}}
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "providerStates": [{"name": name} for name in states],
        "request": {"method": method, "path": path, **(request or {})},
        "response": {"status": status, **content, **response},
    }


def sent(description: str, contents: Any, **more: Any) -> dict[str, Any]:
    """A message of JSON."""
    content = {"contentType": "application/json", "content": contents}
    message = {"type": "Asynchronous/Messages", "description": description}
    return {**message, "contents": content, **more}


def document(*interactions: dict[str, Any], provider: str = "voice-api") -> str:
    """A pact file of version 4."""
    return json.dumps(
        {
            "consumer": {"name": "ui"},
            "provider": {"name": provider},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": "4.0"}},
        },
        indent=1,
    )


def pact_of(*interactions: dict[str, Any], provider: str = "voice-api") -> Pact:
    """The pact of these interactions."""
    return parse_pact(document(*interactions, provider=provider), "pacts/ui-voice-api.json")
