"""How callers of a service say who they are, and where their credentials come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from stagepact.contract.models.model import Model, or_forms
from stagepact.contract.models.texts import DataPointer, OperationName, Port, Status, as_texts


class Secret(Model):
    """A secret: as it is, of the environment, or of a function or fixture."""

    value: str | None = Field(default=None, min_length=1, repr=False, description="Itself.")
    env: str | None = Field(
        default=None, min_length=1, description="The environment variable that holds it."
    )
    from_: Port | None = Field(
        default=None,
        alias="from",
        description="A function without arguments that gives it, or a pytest fixture.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(each is not None for each in (self.value, self.env, self.from_)) != 1:
            raise ValueError("say exactly one of value, env, from")
        return self


def _short_secret(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


_SHORT_SECRET = or_forms({"type": "string"})


class User(Model):
    """Who calls: by a credential that is there, or by one that a login gives."""

    token: Annotated[Secret | None, BeforeValidator(_short_secret)] = Field(
        default=None,
        json_schema_extra=_SHORT_SECRET,
        description="The bearer token or API key; a text for short.",
    )
    username: str | None = Field(
        default=None, min_length=1, description="The name, or a client's id."
    )
    password: Annotated[Secret | None, BeforeValidator(_short_secret)] = Field(
        default=None,
        json_schema_extra=_SHORT_SECRET,
        description="The password, or a client's secret; a text for short.",
    )

    @model_validator(mode="after")
    def _can_call(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.token is None and self.username is None:
            raise ValueError("say token, or username and password")
        return self


class ApiKey(Model):
    """Where an API key stands."""

    header: str | None = Field(default=None, description="In this header.")
    query: str | None = Field(default=None, description="In this parameter of the query.")
    cookie: str | None = Field(default=None, description="In this cookie.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(each is not None for each in (self.header, self.query, self.cookie)) != 1:
            raise ValueError("say exactly one of header, query, cookie")
        return self


class AuthStep(Model):
    """A request of the service by which credentials come or go."""

    request: OperationName = Field(description="The method and the path.")
    headers: dict[str, str] = Field(default_factory=dict, description="Its headers.")
    body: Any = Field(
        default=None,
        description="Its body, with the placeholders `{username}`, `{password}`, `{token}` and "
        "`{refresh-token}`; a form where the headers say so.",
    )


class Login(AuthStep):
    """The request that gives a token."""

    token: DataPointer = Field(
        default="/access_token", description="Where the answer has the token."
    )
    refresh_token: DataPointer = Field(
        default="/refresh_token",
        alias="refresh-token",
        description="Where the answer has the token for `refresh`.",
    )


class ClientCredentials(Model):
    """OAuth 2.0's grant for clients (RFC 6749, 4.4): username and password are id and secret."""

    request: OperationName = Field(description="The token endpoint.")
    scope: str | None = Field(default=None, description="The scopes, separated by spaces.")


class Refresh(Login):
    """The request that exchanges a refresh token for a new token."""

    once: StrictBool = Field(default=False, description="Whether a refresh token is used up by it.")
    rotates: StrictBool = Field(
        default=False, description="Whether the access token before it is refused from then on."
    )


class Auth(Model):
    """How callers say who they are, and the users there are."""

    scheme: Literal["bearer", "basic"] | ApiKey = Field(
        default="bearer", description="How credentials are sent."
    )
    users: dict[str, User] = Field(min_length=1, description="By name, those who may call.")
    default: str | None = Field(
        default=None, description="Who calls where nobody is named; the first without it."
    )
    refused: Annotated[
        list[Status],
        BeforeValidator(as_texts, json_schema_input_type=list[str | int] | str | int),
    ] = Field(
        default_factory=lambda: ["401", "403"],
        min_length=1,
        description="The statuses by which a call without credentials is refused.",
    )
    challenge: StrictBool | str = Field(
        default=False,
        description="Whether a 401 has `WWW-Authenticate`, as RFC 9110 wants it; a text is the "
        "scheme that it names.",
    )
    login: Login | None = Field(default=None, description="The request that gives a token.")
    client_credentials: ClientCredentials | None = Field(
        default=None, alias="client-credentials", description="OAuth 2.0's grant instead of it."
    )
    refresh: Refresh | None = Field(
        default=None, description="The request that gives a new token for a refresh token."
    )
    logout: AuthStep | None = Field(
        default=None, description="The request, with a token, after which it is refused."
    )
    check: OperationName | None = Field(
        default=None,
        description="The operation that shows whether a token is accepted; the first GET without "
        "it.",
    )

    @property
    def caller(self) -> str:
        """Who calls where nobody is named."""
        return self.default if self.default is not None else next(iter(self.users))

    @property
    def gives_tokens(self) -> bool:
        """Whether a name and a password are exchanged for a token."""
        return self.login is not None or self.client_credentials is not None
