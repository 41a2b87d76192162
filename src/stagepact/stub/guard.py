"""Who may call: credentials of the contract's users, and tokens that the stub gave out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagepact.cases.received import Asked
from stagepact.contract.document import Document
from stagepact.contract.models import Auth
from stagepact.contract.operation_laws import requires_credentials
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.routes import Route


@dataclass(eq=False)
class Guard:
    """Refuses callers who don't say who they are; `known` are the users' tokens."""

    known: set[str] = field(default_factory=set)

    def refusal(self, route: Route, asked: Asked) -> int | None:
        """The status for a caller that isn't known; None where anybody may call, or this one."""
        auth = _auth(route)
        if auth is None or not requires_credentials(auth, route.operation):
            return None
        credential = _credential(auth, asked)
        if credential and (auth.scheme == "basic" or credential in self.known):
            return None
        status = auth.refused[0]
        return int(status) if status.isdigit() else 401

    def learn(self, route: Route, status: int, body: Any) -> None:
        """Know the token that an answer gives."""
        auth = _auth(route)
        for each in () if auth is None else (auth.login, auth.refresh):
            if each is not None and each.request == route.name and status < 300:
                self.known.add(str(found_at(each.token, body)))


def tokens(
    documents: Iterable[Document], env: Mapping[str, str], resolve: Callable[[str], Any]
) -> set[str]:
    """The tokens of all users: as they are, of the environment, or of a function.

    Raises:
        Misuse: a function can't be imported.
    """
    found: set[str] = set()
    for document in documents:
        for service in document.contract.services.values():
            users = {} if service.auth is None else service.auth.users
            for secret in (each.token for each in users.values()):
                if secret is None:
                    continue
                found.add(secret.value or env.get(secret.env or "", ""))
                if secret.from_ is not None and not secret.from_.startswith("fixture:"):
                    found.add(str(resolve(secret.from_)()))
    return found - {""}


def challenge(route: Route) -> str:
    """The scheme that a 401 names (RFC 9110, 11.6.1)."""
    auth = _auth(route)
    said = auth.challenge if auth is not None else False
    return said if isinstance(said, str) else "Bearer"


def _auth(route: Route) -> Auth | None:
    return route.document.contract.services[route.service].auth


def _credential(auth: Auth, asked: Asked) -> str:
    if isinstance(auth.scheme, str):
        scheme, _, credential = asked.headers.get("authorization", "").partition(" ")
        return credential if scheme.lower() == auth.scheme else ""
    for section in ("header", "query", "cookie"):
        name = getattr(auth.scheme, section, None)
        there = {"header": asked.headers, "query": asked.query, "cookie": asked.cookies}[section]
        if name is not None:
            return str(there.get(name.lower() if section == "header" else name, ""))
    return ""
