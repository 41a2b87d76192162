"""What services say of those who call them, checked without reading any secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stagepact.contract.document import Document
from stagepact.contract.models import Auth, AuthStep, Operation, Service
from stagepact.contract.operation_laws import NOBODY
from stagepact.errors import Problem, nearest

Path = tuple[str | int, ...]
Found = Iterator[tuple[Path, str, str, str]]
"""Where (from the service on), what was found, what was expected, and what to do."""


def users(document: Document) -> Iterator[Problem]:
    """Users, operations and logins that a service names and doesn't define."""
    for name, service in document.contract.services.items():
        for path, found, expected, advice in _of_service(service):
            place = document.place("services", name, *path)
            yield Problem(place, found, expected, advice, "auth")


def _of_service(service: Service) -> Found:
    known = tuple(service.auth.users) if service.auth is not None else ()
    for path, user in _named(service):
        if user not in known:
            yield (path, *_unknown(f"the user {user!r}", user, known, "auth.users"))
    for key, operation in service.operations.items():
        if operation.auth is not None and service.auth is None:
            path = ("operations", key, "auth")
            yield path, f"auth: {operation.auth}", "the service's `auth:`", "say who may call"
        yield from _of_operation(("operations", key), operation, known)
    if service.auth is not None:
        yield from _of_auth(service.auth, service.operations)


def _named(service: Service) -> Iterator[tuple[Path, str]]:
    if service.auth is not None and service.auth.default is not None:
        yield ("auth", "default"), service.auth.default
    for key, operation in service.operations.items():
        path: Path = ("operations", key)
        for word, user in (("as", operation.as_), ("owned", operation.owned)):
            if user is not None and not (word == "as" and user == NOBODY):
                yield (*path, word), user
        for index, example in enumerate(operation.examples):
            if example.as_ not in (None, NOBODY):
                yield (*path, "examples", index, "as"), str(example.as_)


def _unknown(found: str, name: str, known: Iterable[str], where: str) -> tuple[str, str, str]:
    known = tuple(known)
    guess = nearest(name, known)
    expected = f"one of {', '.join(map(repr, known))}" if known else f"a key of `{where}`"
    return (
        f"{found}, which the service doesn't define",
        expected,
        (f"did you mean {guess!r}?" if guess else f"add it to `{where}`"),
    )


def _of_operation(path: Path, operation: Operation, known: tuple[str, ...]) -> Found:
    if operation.owned in known and len(known) < 2:
        found = f"owned: {operation.owned}, and no other user"
        yield (*path, "owned"), found, "two users or more", "add another one to `auth.users`"


def _of_auth(auth: Auth, operations: Iterable[str]) -> Found:
    operations = tuple(operations)
    if NOBODY in auth.users:
        found = f"a user called {NOBODY!r}"
        yield ("auth", "users", NOBODY), found, "another name", "it means a call without any"
    if auth.check is not None and auth.check not in operations:
        told = _unknown(f"the operation {auth.check!r}", auth.check, operations, "operations")
        yield (("auth", "check"), *told)
    if auth.login is not None and auth.client_credentials is not None:
        found = "login and client-credentials"
        yield ("auth", "client-credentials"), found, "one of them", "leave the other out"
    if auth.refresh is not None and not auth.gives_tokens:
        yield ("auth", "refresh"), "refresh without a login", "`login:`", "say what gives tokens"
    for key, user in auth.users.items():
        path: Path = ("auth", "users", key)
        if auth.scheme == "basic" and user.username is None:
            yield path, f"{key} without username and password", "both, for `basic`", "add them"
        elif auth.scheme != "basic" and user.token is None and not auth.gives_tokens:
            yield path, f"{key} without a token", "`token:`", "or say `login:`, which gives one"
    yield from _of_steps(auth)
    for key in ("login", "logout", "refresh"):
        if getattr(auth, key) is not None and auth.scheme == "basic":
            yield ("auth", key), f"{key} with `scheme: basic`", "no tokens", f"leave {key} out"


def _of_steps(auth: Auth) -> Found:
    steps = ("login", "client_credentials", "refresh", "logout")
    for key in steps:
        step: AuthStep | None = getattr(auth, key)
        if step is not None and "{" in step.request:
            path = ("auth", key.replace("_", "-"), "request")
            yield path, step.request, "a path without parameters", "write the path itself"
