"""Who calls: credentials as values, and the requests by which they come, are renewed and go.

A credential is never a part of a case. It is put on a request when it is sent, so what is
generated, kept and shown has none.
"""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stagepact.subject.model import Output, Request, Unfit
from stagepact.subject.protocols.channels import filled, found_at
from stagepact.subject.protocols.http import (
    FORM,
    Connection,
    describe_error,
    read_response,
    write_request,
)
from stagepact.subject.protocols.secrets import Secrets

NOBODY = "nobody"
UNKNOWN = "stagepact-unknown-credential"


@dataclass(frozen=True, slots=True)
class Fixture:
    """A secret that a pytest fixture gives, under the name of a port."""

    port: str


Source = str | Callable[[], Any] | Fixture


@dataclass(frozen=True, slots=True)
class Account:
    """A user: the token or key that is there, or the name and password that give one."""

    name: str
    token: Source | None = field(default=None, repr=False)
    username: str = ""
    password: Source | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A request by which credentials come or go, and where its answer has them.

    `client` says that the name and the password stand in a header (RFC 6749, 2.3.1).
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    token: str = "/access_token"
    refresh_token: str = "/refresh_token"
    client: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """How credentials are sent: `bearer`, `basic`, or a key in a header, query or cookie."""

    kind: Literal["bearer", "basic", "headers", "query", "cookies"]
    name: str = "authorization"

    @property
    def section(self) -> str:
        """The part of the request in which they stand."""
        return "headers" if self.kind in ("bearer", "basic") else self.kind

    def text(self, credential: str) -> str:
        """A credential as it is sent."""
        prefix = {"bearer": "Bearer ", "basic": "Basic "}.get(self.kind, "")
        return f"{prefix}{credential}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gave."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Authentication:
    """How the callers of one service say who they are.

    With `keeps`, tokens are kept from case to case, until one is refused by 401.
    """

    scheme: Scheme
    accounts: Mapping[str, Account]
    caller: str
    secrets: Secrets
    login: Step | None = None
    refresh: Step | None = None
    logout: Step | None = None
    keeps: bool = False
    kept: dict[str, Tokens] = field(default_factory=dict, repr=False, compare=False)


@dataclass(eq=False, slots=True)
class Caller:
    """The users' way over one connection; `ports` has what fixtures give."""

    authentication: Authentication
    connection: Connection
    ports: Mapping[str, Any]
    tokens: dict[str, Tokens] = field(default_factory=dict)

    async def signed(self, request: Request, user: str) -> Request:
        """The request with the user's credentials, where it has none of its own.

        Raises:
            Unfit: there are none to be had.
        """
        scheme = self.authentication.scheme
        if user == NOBODY:
            return replace(request, without=(*request.without, scheme.name))
        own = {name.lower() for name in getattr(request, scheme.section)}
        if scheme.name.lower() in {*own, *(name.lower() for name in request.without)}:
            return request
        return self.with_credential(request, scheme.text(await self.credential(user)))

    def with_credential(self, request: Request, text: str) -> Request:
        """The request with this text where credentials stand."""
        scheme = self.authentication.scheme
        named = getattr(request, scheme.section)
        there = {name: v for name, v in named.items() if name.lower() != scheme.name.lower()}
        there[scheme.name] = text
        return request.with_section(scheme.section, there)

    async def credential(self, user: str) -> str:
        """What the scheme sends for a user: a token, a key, or name and password in Base64.

        Raises:
            Unfit: it can't be had.
        """
        account = self.account(user)
        if self.authentication.scheme.kind == "basic":
            password = await self.secret(account, "password")
            return self._known(basic(account.username, password), f"{user}'s credentials")
        if account.token is not None:
            return await self.secret(account, "token")
        return (await self.tokens_of(user)).access

    def account(self, user: str) -> Account:
        """The user of that name."""
        if user not in self.authentication.accounts:
            raise Unfit(f"nobody is called {user!r}")
        return self.authentication.accounts[user]

    async def secret(self, account: Account, which: Literal["token", "password"]) -> str:
        """A user's token or password, from where it is.

        Raises:
            Unfit: what should give it doesn't.
        """
        source = getattr(account, which)
        made = self.ports.get(source.port) if isinstance(source, Fixture) else source
        try:
            made = made() if callable(made) else made
            made = await made if inspect.isawaitable(made) else made
        except Exception as error:
            told = describe_error(error)
            raise Unfit(f"{account.name}'s {which} can't be made: {told}") from error
        if not isinstance(made, str) or not made:
            raise Unfit(f"{account.name}'s {which} is {type(made).__name__}; expected a text")
        return self._known(made, f"{account.name}'s {which}")

    async def tokens_of(self, user: str) -> Tokens:
        """The user's tokens, of a login unless there are some.

        Raises:
            Unfit: the login gives none.
        """
        there = self._there
        if user not in there:
            output, tokens = await self.logged_in(self.account(user))
            if tokens is None:
                step = self.authentication.login
                where = f"{step.method} {step.path}" if step else "the login"
                raise Unfit(f"{user} can't log in: {where} gave no token ({output.status})")
            there[user] = tokens
        return there[user]

    @property
    def _there(self) -> dict[str, Tokens]:
        return self.authentication.kept if self.authentication.keeps else self.tokens

    async def renewed(self, user: str | None) -> bool:
        """Whether a user whose kept token was refused has a new one now."""
        if user is None or user not in self._there or not self.authentication.keeps:
            return False
        old = self._there.pop(user)
        if self.authentication.refresh is not None and old.refresh:
            _, tokens = await self.refreshed(old)
            if tokens is not None:
                self._there[user] = tokens
                return True
        await self.tokens_of(user)
        return True

    # -- the requests by which credentials come and go -------------------------------------------

    async def logged_in(
        self, account: Account, password: str | None = None
    ) -> tuple[Output, Tokens | None]:
        """The login's answer and the tokens in it; with another password than the user's."""
        step = self.authentication.login
        if step is None or account.password is None:
            raise Unfit(f"{account.name} has no token, and no login that gives one")
        right = await self.secret(account, "password")
        values = {"username": account.username, "password": right if password is None else password}
        request = self._request(step, values)
        if step.client:
            client = basic(values["username"], values["password"])
            self._known(client, f"{account.name}'s credentials")
            headers = {**request.headers, "authorization": f"Basic {client}"}
            request = replace(request, headers=headers)
        output = await self._sent(step, request)
        return output, self._tokens(step, output, account.name)

    async def refreshed(self, tokens: Tokens) -> tuple[Output, Tokens | None]:
        """The answer to a refresh token, and the tokens in it."""
        step = self.authentication.refresh
        assert step is not None
        values = {"refresh-token": tokens.refresh, "token": tokens.access}
        output = await self._sent(step, self._request(step, values))
        return output, self._tokens(step, output, "a user")

    async def logged_out(self, tokens: Tokens) -> Output:
        """The answer to a logout by a token."""
        step = self.authentication.logout
        assert step is not None
        values = {"refresh-token": tokens.refresh, "token": tokens.access}
        text = self.authentication.scheme.text(tokens.access)
        return await self._sent(step, self.with_credential(self._request(step, values), text))

    def _request(self, step: Step, values: Mapping[str, str]) -> Request:
        body = filled(step.body, values)
        return Request(headers=step.headers, body=body, has_body=step.body is not None)

    async def _sent(self, step: Step, request: Request) -> Output:
        wire = write_request(step.method, step.path, request)
        return read_response(await self.connection.send(wire), step.method)

    def _tokens(self, step: Step, output: Output, name: str) -> Tokens | None:
        access = found_at(step.token, output.data)
        if output.status[:1] != "2" or not isinstance(access, str) or not access:
            return None
        refresh = found_at(step.refresh_token, output.data)
        refresh = refresh if isinstance(refresh, str) else ""
        self._known(access, f"{name}'s token")
        self._known(refresh, f"{name}'s refresh token")
        return Tokens(access, refresh)

    def _known(self, secret: str, name: str) -> str:
        self.authentication.secrets.add(secret, name)
        return secret


def basic(username: str, password: str) -> str:
    """A name and a password as the scheme Basic has them (RFC 7617)."""
    return b64encode(f"{username}:{password}".encode()).decode("ascii")


def client_credentials(method: str, path: str, scope: str | None) -> Step:
    """The request of OAuth 2.0's grant for clients (RFC 6749, 4.4.2)."""
    body = {"grant_type": "client_credentials", **({} if scope is None else {"scope": scope})}
    return Step(method, path, {"content-type": FORM}, body, client=True)
