"""The laws of operations made ready: who calls, and what is tried for each law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from stagepact.cases import other_body, plain_request
from stagepact.cases.refuted import Refutation
from stagepact.contract.models import Operation, Service, seconds
from stagepact.contract.operation_laws import requires_credentials
from stagepact.subject import Case, Given, Request
from stagepact.subject.protocols.callers import Authentication
from stagepact.subject.protocols.http import OperationSubject
from stagepact.subject.protocols.operation import CalledOperation, Script
from stagepact.subject.protocols.operation_scripts import (
    Limited,
    conflicting,
    logged_out,
    not_modified,
    of_request,
    others,
    refreshed,
    refreshed_twice,
    refused_credentials,
    replayed,
    rotated,
    wrong_password,
)
from stagepact.subject.protocols.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Lawful:
    """One operation with all that its laws need; `bodies` are those of examples that succeed."""

    service: Service
    name: str
    operation: Operation
    subject: OperationSubject
    refutation: Refutation
    bodies: tuple[object, ...]
    secrets: Secrets
    authentication: Authentication | None
    clocks: Mapping[str, Callable[..., object]]

    def called(self) -> CalledOperation:
        """The operation with its callers and its scripts."""
        return CalledOperation(
            self.subject, self.secrets, self.authentication, self.user, dict(self.scripts())
        )

    @property
    def user(self) -> str | None:
        """Who calls where a case says nobody."""
        if self.authentication is None or self.operation.auth == "none":
            return self.operation.as_
        return self.operation.as_ or self.authentication.caller

    def cases(self) -> tuple[Case, ...]:
        """A case for each script."""
        given = Given(state=self.operation.state)
        return tuple(Case(name, given, "law", assumed=False) for name, _ in self.scripts())

    def scripts(self) -> Iterator[tuple[str, Script]]:
        """By the case's name, what is tried."""
        for name, script in (*self._of_users(), *self._of_answers(), *self._of_limits()):
            yield name, of_request(script, self.request)

    def request(self) -> Request | None:
        """A request that succeeds, without credentials of its own."""
        made = plain_request(self.refutation)
        if made is None or self.authentication is None:
            return made
        scheme = self.authentication.scheme
        named = getattr(made, scheme.section)
        rest = {key: value for key, value in named.items() if key.lower() != scheme.name.lower()}
        return made.with_section(scheme.section, rest)

    def _of_users(self) -> Iterator[tuple[str, Script]]:
        if self.authentication is None:
            return
        if requires_credentials(self.service.auth, self.operation):
            for how, script in refused_credentials(self.authentication.scheme):
                yield f"auth-required: {how}", script
        owner = self.operation.owned
        if owner is not None:
            template = self.subject.template
            readable = f"GET {template}" in self.service.operations
            for other in self.authentication.accounts:
                if other != owner:
                    yield f"owned: as {other}", others(owner, other, readable=readable)

    def _of_answers(self) -> Iterator[tuple[str, Script]]:
        if self.operation.caching is not None and self.operation.caching.etag:
            yield "caching.not-modified", not_modified
        key = self.operation.idempotency
        if key is not None:
            yield "idempotency.replay", replayed(key.header)
            yield "idempotency.conflict", conflicting(key.header, self._other_body)

    def _other_body(self, request: Request) -> object:
        others = (body for body in self.bodies if body != request.body)
        found = next(others, None)
        return other_body(self.refutation, request.body) if found is None else found

    def _of_limits(self) -> Iterator[tuple[str, Script]]:
        limit = self.operation.rate_limit
        if limit is None:
            return
        clock = self.clocks.get(limit.clock or "")
        limited = Limited(limit.calls, limit.status, seconds(limit.per), clock)
        yield "rate-limit.refused", limited.beyond
        if limit.retry_after:
            yield "rate-limit.served-again", limited.again


_OF_LOGINS: Mapping[str, Script] = {
    "auth.login": wrong_password,
    "auth.refresh": refreshed,
    "auth.refresh-once": refreshed_twice,
    "auth.rotated": rotated,
    "auth.logout": logged_out,
}


def of_logins(shown: Lawful, user: str) -> tuple[CalledOperation, tuple[Case, ...]]:
    """What is tried for the laws of logins: by an operation that shows if a token is accepted."""
    made = {name: of_request(script, shown.request) for name, script in _OF_LOGINS.items()}
    subject = replace(shown.called(), scripts=made)
    given = Given(state=shown.operation.state, user=user)
    case = partial(Case, given=given, kind="law", assumed=False)
    return subject, tuple(case(name) for name in made)
