"""A service's `auth`, made ready: its secrets are read and its references imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stagepact.contract.document import Document
from stagepact.contract.models import ApiKey, Auth, AuthStep, Login, Secret
from stagepact.errors import ContractError, Misuse, Problem
from stagepact.plan.stages import Resolve
from stagepact.subject.protocols.callers import (
    Account,
    Authentication,
    Fixture,
    Scheme,
    Source,
    Step,
    client_credentials,
)
from stagepact.subject.protocols.secrets import Secrets

_FIXTURE = "fixture:"


def authentication(
    document: Document,
    service: str,
    env: Mapping[str, str],
    resolve: Resolve,
    secrets: Secrets,
    *,
    keeps: bool,
) -> Authentication | None:
    """How a service's callers say who they are; None where it has no `auth`.

    Raises:
        ContractError: with every variable that isn't set and every reference that leads nowhere.
    """
    auth = document.contract.services[service].auth
    if auth is None:
        return None
    accounts: dict[str, Account] = {}
    problems: list[Problem] = []
    for name, user in auth.users.items():
        sources: dict[str, Source | None] = {}
        for which in ("token", "password"):
            place = ("services", service, "auth", "users", name, which)
            try:
                secret = getattr(user, which)
                sources[which] = _source(document, place, secret, env, resolve)
            except ContractError as error:
                problems += error.problems
        for which, source in sources.items():
            if isinstance(source, str):
                secrets.add(source, f"{name}'s {which}")
        accounts[name] = Account(name, username=user.username or "", **sources)
    if problems:
        raise ContractError(*problems)
    return Authentication(
        scheme_of(auth),
        accounts,
        auth.caller,
        secrets,
        _login(auth),
        None if auth.refresh is None else _step(auth.refresh),
        None if auth.logout is None else _step(auth.logout),
        keeps=keeps,
    )


def fixtures_of(auth: Auth | None) -> Iterator[tuple[str, str]]:
    """The pytest fixtures that give secrets, by the port that they stand for."""
    for name, user in auth.users.items() if auth is not None else ():
        for which in ("token", "password"):
            secret: Secret | None = getattr(user, which)
            if secret is not None and (secret.from_ or "").startswith(_FIXTURE):
                fixture = str(secret.from_).removeprefix(_FIXTURE)
                yield f"auth.users.{name}.{which}", fixture


def _source(
    document: Document,
    place: tuple[str, ...],
    secret: Secret | None,
    env: Mapping[str, str],
    resolve: Resolve,
) -> Source | None:
    if secret is None or secret.value is not None:
        return None if secret is None else secret.value
    if secret.env is not None:
        if env.get(secret.env):
            return env[secret.env]
        found = f"the environment variable {secret.env}, which is not set"
        advice = f"set {secret.env} where the contract is checked"
        at = document.place(*place, "env")
        raise ContractError(Problem(at, found, "a variable with the secret", advice, "no-secret"))
    reference = str(secret.from_)
    if reference.startswith(_FIXTURE):
        return Fixture(".".join(place[2:]))
    return _resolved(document, place, reference, resolve)


def _resolved(
    document: Document, place: tuple[str, ...], reference: str, resolve: Resolve
) -> Source:
    at = document.place(*place, "from")
    try:
        found = resolve(reference)
    except Misuse as error:
        told = (Problem(at, e.found, e.expected, e.advice, e.code) for e in error.problems)
        raise ContractError(*told) from error
    if isinstance(found, str) or callable(found):
        return found
    told_type = f"{reference}: {type(found).__qualname__} is neither"
    raise ContractError(
        Problem(at, told_type, "a text or a function that gives one", "", "no-secret")
    )


def scheme_of(auth: Auth) -> Scheme:
    """How credentials are sent."""
    if not isinstance(auth.scheme, ApiKey):
        return Scheme(auth.scheme)
    if auth.scheme.header is not None:
        return Scheme("headers", auth.scheme.header)
    if auth.scheme.query is not None:
        return Scheme("query", auth.scheme.query)
    return Scheme("cookies", str(auth.scheme.cookie))


def _login(auth: Auth) -> Step | None:
    if auth.client_credentials is not None:
        method, path = auth.client_credentials.request.split(" ", 1)
        return client_credentials(method, path, auth.client_credentials.scope)
    return None if auth.login is None else _step(auth.login)


def _step(step: AuthStep) -> Step:
    method, path = step.request.split(" ", 1)
    made = Step(method, path, step.headers, step.body)
    if not isinstance(step, Login):
        return made
    return Step(method, path, step.headers, step.body, step.token, step.refresh_token)
