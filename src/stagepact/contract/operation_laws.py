"""Promises of operations that one request can't show: authentication, caching, keys, limits.

Each law is tried by cases of its own, whose names begin with the law's; its clause judges those
and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stagepact.contract.clauses import Clause, Compiler, operation_clauses
from stagepact.contract.document import Document
from stagepact.contract.models import Auth, Operation, Service

NOBODY = "nobody"
"""Who calls without credentials: no user may be called so."""


@dataclass(frozen=True, slots=True)
class OperationLaw:
    """A law: the statuses that it wants, the header or pointer that it reads, or its opposite."""

    law: str
    statuses: tuple[str, ...] = ()
    reads: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class SecretsValue:
    """What must not be told, in answers whose statuses are of these classes, or the opposite."""

    classes: str = "45"
    traces: tuple[re.Pattern[str], ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class CachingValue:
    """What a successful answer tells caches: a header, and directives of which it has one."""

    header: str
    directives: tuple[str, ...] = ()


# What nobody writes who isn't a runtime or a driver in trouble.
TRACES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"Traceback \(most recent call last\):",
        r'File "[^"\n]+\.py", line \d+, in ',
        r"\bat [\w$.<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)",
        r"\bat (?:[\w$.<>\[\] ]+ \()?(?:file://|node:|/|[A-Z]:\\)[^\s()]+\.[cm]?[jt]s:\d+:\d+\)?",
        r"\bat [\w.<>`]+\([^)\n]*\) in [^\n]+\.(?:cs|vb|fs):line \d+",
        r"goroutine \d+ \[running\]:",
        r"(?m)^#\d+ [^\n]+\.php\(\d+\): ",
        r"[\w/.-]+\.rb:\d+:in [`']",
        r"SQLSTATE\[\w{5}\]",
        r"\b(?:psycopg2?|sqlite3|pymysql|MySQLdb|asyncpg|sqlalchemy)\.(?:\w+\.)*\w*Error\b",
        r"You have an error in your SQL syntax",
        r"\bORA-\d{5}: ",
    )
)


def requires_credentials(auth: Auth | None, operation: Operation) -> bool:
    """Whether an operation refuses who doesn't say who they are."""
    return auth is not None and operation.auth in (None, "required")


def whole_operation_clauses(document: Document, service: str, name: str) -> tuple[Clause, ...]:
    """All clauses of one operation: over its answers, and its laws.

    Raises:
        ContractError: schemas of the operation can't be used; all of them are told.
    """
    laws = _operation_laws(document, service, name)
    return (*operation_clauses(document, service, name), *laws)


def _operation_laws(document: Document, service: str, name: str) -> Iterator[Clause]:
    """The clauses of one operation's laws, and what it owes unasked of secrets."""
    whole = document.contract.services[service]
    operation = whole.operations[name]
    compiler = Compiler(document, ("services", service, "operations", name))
    yield compiler.clause(
        "no-secrets",
        "no-secrets",
        (),
        "no error tells a credential, a stack trace or a database's own words",
        SecretsValue(traces=TRACES),
    )
    yield from _authentication(compiler, whole.auth, operation)
    yield from _answers(compiler, operation)
    yield from _repeated(compiler, operation)


def _law(compiler: Compiler, law: str, key: str, promise: str, value: OperationLaw) -> Clause:
    return compiler.clause(law, law, (key,) if key else (), promise, value)


def _authentication(
    compiler: Compiler, auth: Auth | None, operation: Operation
) -> Iterator[Clause]:
    if auth is None:
        return
    if requires_credentials(auth, operation):
        promise = f"without valid credentials a call is answered by {', '.join(auth.refused)}"
        value = OperationLaw("auth-required", tuple(auth.refused))
        key = "auth" if operation.auth else ""
        yield _law(compiler, "auth-required", key, promise, value)
    refuses = requires_credentials(auth, operation) or "401" in operation.responses
    if auth.challenge and refuses:
        scheme = auth.challenge if isinstance(auth.challenge, str) else ""
        promise = f"a 401 has WWW-Authenticate{f' of {scheme}' if scheme else ''}"
        value = OperationLaw("challenge", ("401",), scheme)
        yield _law(compiler, "challenge", "", promise, value)
    if operation.owned is not None:
        promise = f"what is {operation.owned}'s is refused to others by 403 or 404, and stays"
        value = OperationLaw("owned", ("403", "404"))
        yield _law(compiler, "owned", "owned", promise, value)


def _answers(compiler: Compiler, operation: Operation) -> Iterator[Clause]:
    if operation.max_size is not None:
        promise = f"an answer has at most {operation.max_size:,} bytes"
        yield compiler.clause("max-size", "max-size", ("max-size",), promise, operation.max_size)
    if operation.caching is None:
        return
    if operation.caching.etag:
        value = CachingValue("etag")
        promise = "a successful answer has an ETag"
        path = ("caching", "etag")
        yield compiler.clause("caching.etag", "caching.etag", path, promise, value)
        promise = "If-None-Match with the current tag is answered by 304 without a body"
        law = OperationLaw("caching.not-modified", ("304",))
        yield compiler.clause("caching.not-modified", "caching.not-modified", path, promise, law)
    if operation.caching.private:
        value = CachingValue("cache-control", ("private", "no-store"))
        promise = "a successful answer is for its caller's cache only"
        path = ("caching", "private")
        yield compiler.clause("caching.private", "caching.private", path, promise, value)


def _repeated(compiler: Compiler, operation: Operation) -> Iterator[Clause]:
    key = operation.idempotency
    if key is not None:
        promise = f"the same request with the same {key.header} is answered as before"
        value = OperationLaw("idempotency.replay", reads=key.header)
        yield _law(compiler, "idempotency.replay", "idempotency", promise, value)
        promise = f"a used {key.header} with another body is refused"
        value = OperationLaw("idempotency.conflict", tuple(key.conflict), key.header)
        yield _law(compiler, "idempotency.conflict", "idempotency", promise, value)
    limit = operation.rate_limit
    if limit is None:
        return
    promise = f"after {limit.calls} calls the next is answered by {limit.status}"
    value = OperationLaw("rate-limit.refused", (limit.status,))
    yield _law(compiler, "rate-limit.refused", "rate-limit", promise, value)
    if limit.retry_after:
        promise = f"a {limit.status} has Retry-After"
        value = OperationLaw("rate-limit.retry-after", (limit.status,), "retry-after")
        yield _law(compiler, "rate-limit.retry-after", "rate-limit", promise, value)
        promise = "a call after Retry-After is served"
        value = OperationLaw("rate-limit.served-again", (limit.status,))
        yield _law(compiler, "rate-limit.served-again", "rate-limit", promise, value)


def service_law_clauses(document: Document, service: str) -> tuple[Clause, ...]:
    """The clauses over a service's logins; none where it has none."""
    return tuple(_service_laws(document, service))


def _service_laws(document: Document, service: str) -> Iterator[Clause]:
    whole: Service = document.contract.services[service]
    auth = whole.auth
    if auth is None:
        return
    compiler = Compiler(document, ("services", service, "auth"))

    def law(law: str, key: str, promise: str, *statuses: str, reads: str = "") -> Clause:
        return _law(compiler, law, key, promise, OperationLaw(law, statuses, reads))

    if auth.gives_tokens:
        key = "login" if auth.login is not None else "client-credentials"
        pointer = auth.login.token if auth.login is not None else "/access_token"
        yield law("auth.login", key, "a wrong password gives no token", "4XX", reads=pointer)
    if auth.refresh is not None:
        pointer = auth.refresh.token
        promise = "the token that a refresh gives is accepted"
        yield law("auth.refresh", "refresh", promise, *auth.refused, reads=pointer)
        if auth.refresh.once:
            promise = "a used refresh token gives no token"
            yield law("auth.refresh-once", "refresh", promise, "4XX", reads=pointer)
        if auth.refresh.rotates:
            promise = "the token before a refresh is refused after it"
            yield law("auth.rotated", "refresh", promise, *auth.refused, reads=pointer)
    if auth.logout is not None:
        yield law("auth.logout", "logout", "after the logout its token is refused", *auth.refused)
