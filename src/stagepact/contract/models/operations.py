"""What one operation of a service is asked and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, model_validator

from stagepact.contract.models.judged import Judged
from stagepact.contract.models.model import Model, or_each, or_forms
from stagepact.contract.models.texts import (
    STATUS,
    Duration,
    Reference,
    Schema,
    Status,
    as_text,
    as_texts,
)

Style = Annotated[
    Literal[
        "comma",
        "space",
        "tab",
        "pipe",
        "deep",
        "label",
        "label-explode",
        "matrix",
        "matrix-explode",
        "pairs",
        "json",
    ],
    Field(
        description="How a list or an object is written: between commas, spaces, tabs or pipes; "
        "`name[member]=…` (deep); as `.a,b` or `;name=a,b`, joined or exploded; `a=1,b=2` "
        "(pairs); as JSON.",
        examples=["comma", "deep"],
    ),
]


class RequestSchemas(Model):
    """The schemas of a request's parts."""

    path: dict[str, Schema] = Field(
        default_factory=dict, description="By name, the path's parameters."
    )
    query: dict[str, Schema] = Field(
        default_factory=dict, description="By name, the query's parameters."
    )
    headers: dict[str, Schema] = Field(default_factory=dict, description="By name, the headers.")
    cookies: dict[str, Schema] = Field(default_factory=dict, description="By name, the cookies.")
    body: Schema | None = Field(default=None, description="The body, as JSON.")
    content: dict[str, Schema] = Field(
        default_factory=dict,
        description="By media type, bodies that it may have instead; without `body` the first of "
        "them is it.",
    )
    without_body: Literal["refused", "accepted", "any"] = Field(
        default="refused",
        alias="without-body",
        description="What becomes of a request without its body: `accepted` where the body is "
        "optional; with `any` nobody says, and only a server error is a fault.",
    )
    required: list[str] = Field(
        default_factory=list,
        description="Parameters that a valid request has; path and body always.",
    )
    styles: dict[str, Style] = Field(
        default_factory=dict,
        description="By parameter, how a list or an object is written; a list is repeated without.",
    )
    files: list[str] = Field(
        default_factory=list,
        description="Members of a `multipart/form-data` body that are sent as files.",
    )

    @model_validator(mode="before")
    @classmethod
    def _first_body(cls, value: Any) -> Any:
        """The first of several media types is the body, where no other is."""
        content = value.get("content") if isinstance(value, dict) else None
        if not isinstance(content, dict) or not content or value.get("body") is not None:
            return value
        media, *_ = content
        headers = dict(value.get("headers") or {})
        required = [*(value.get("required") or [])]
        if media != "application/json":
            headers["content-type"] = {"const": media}
            required.append("content-type")
        others = {name: each for name, each in content.items() if name != media}
        first = {"body": content[media], "headers": headers, "required": required}
        return {**value, **first, "content": others}

    @property
    def says_something(self) -> bool:
        """Whether any part is described."""
        parts = (self.path, self.query, self.headers, self.cookies)
        return any(parts) or self.body is not None


class RequestValues(Model):
    """The values of a request's parts."""

    path: dict[str, Any] = Field(
        default_factory=dict, description="The path's parameters; without one, the state's value."
    )
    query: dict[str, Any] = Field(default_factory=dict, description="The query's parameters.")
    headers: dict[str, Any] = Field(default_factory=dict, description="The headers.")
    cookies: dict[str, Any] = Field(default_factory=dict, description="The cookies.")
    body: Any = Field(default=None, description="The body, as JSON; none without it.")
    without: list[str] = Field(
        default_factory=list,
        description="Parameters (or `body`) that it lacks, whatever the state gives.",
    )
    raw: str | None = Field(
        default=None, description="The body as this text: what is no JSON, say."
    )


class ResponseClauses(Model):
    """What a service answers under one status."""

    description: str = Field(default="", description="What it means, for readers.")
    headers: dict[str, Schema] = Field(
        default_factory=dict, description="By name, headers that it has, with their schemas."
    )
    content_type: str | None = Field(
        default=None, alias="content-type", description="The media type, without parameters."
    )
    body: Schema | None = Field(default=None, description="The body's schema.")
    content: dict[str, Schema] = Field(
        default_factory=dict,
        description="By media type (or a range, such as `text/*`), the body's schema: the response "
        "has one of them.",
    )
    optional: list[str] = Field(
        default_factory=list, description="Those of its headers that may be missing."
    )


class ExpectedResponse(Model):
    """What an example's request is answered with."""

    status: Annotated[
        str | None, BeforeValidator(as_text, json_schema_input_type=str | int | None)
    ] = Field(default=None, description="The status.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers with exactly these values."
    )
    body: Any = Field(default=None, description="Exactly this body; any without it.")
    matches: Schema | None = Field(default=None, description="A schema instead of the value.")


class OperationExample(Model):
    """One request, with what is known of the response."""

    name: str = Field(min_length=1, description="Its name in reports and in the clause's id.")
    state: str | None = Field(
        default=None, description="What must hold before; the operation's state without it."
    )
    as_: str | None = Field(
        default=None,
        alias="as",
        description="The user who calls, `nobody` for none; the operation's without it.",
    )
    request: RequestValues = Field(default_factory=RequestValues, description="What is asked.")
    response: ExpectedResponse | None = Field(default=None, description="What is answered.")


def _short_responses(value: Any) -> Any:
    """A response that is only a schema (the design's short form) is its body's schema."""
    if not isinstance(value, dict):
        return value
    return {
        as_text(status): {"body": response} if _is_schema(response) else response
        for status, response in value.items()
    }


def _is_schema(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, dict) and "$ref" in value)


class Caching(Model):
    """What caches are told by successful answers."""

    etag: StrictBool = Field(
        default=False,
        description="They have an `ETag`, and `If-None-Match` with it is answered by 304 without "
        "a body.",
    )
    private: StrictBool = Field(
        default=False,
        description="Their `Cache-Control` says `private` or `no-store`, never `public`.",
    )


class Idempotency(Model):
    """What a key of idempotency does: the same request with it is done once."""

    header: str = Field(default="Idempotency-Key", description="The header with the key.")
    conflict: Annotated[
        list[Status],
        BeforeValidator(as_texts, json_schema_input_type=list[str | int] | str | int),
    ] = Field(
        default_factory=lambda: ["4XX"],
        min_length=1,
        description="The statuses that refuse a used key with another body.",
    )


def _short_idempotency(value: Any) -> Any:
    if value is True:
        return {}
    return {"header": value} if isinstance(value, str) else value


class RateLimit(Model):
    """How often an operation may be called."""

    calls: StrictInt = Field(ge=1, description="So many calls are served, and the next isn't.")
    per: Duration = Field(default="1s", description="In so much time, after which all is served.")
    status: Annotated[str, BeforeValidator(as_text, json_schema_input_type=str | int), STATUS] = (
        Field(default="429", description="The status of a call beyond the limit.")
    )
    retry_after: StrictBool = Field(
        default=True,
        alias="retry-after",
        description="Whether it has `Retry-After`, and a call after that time is served.",
    )
    clock: Reference | None = Field(
        default=None,
        description="A function of the app and of seconds, which lets so much time pass for it "
        "and none besides; without it, time is waited for.",
    )


def _with_given(schema: dict[str, Any]) -> None:
    """Let editors know the sample's word for `state`."""
    schema["properties"]["given"] = {"type": "string", "description": "The same as `state`."}


class Operation(Judged):
    """What one operation of a service is asked and answers."""

    model_config = ConfigDict(json_schema_extra=_with_given)

    state: str | None = Field(
        default=None, description="What must hold before: one of the service's states."
    )
    request: RequestSchemas = Field(
        default_factory=RequestSchemas, description="What it may be asked: what is assumed."
    )
    responses: Annotated[dict[Status, ResponseClauses], BeforeValidator(_short_responses)] = Field(
        default_factory=dict,
        json_schema_extra=or_each({"type": "object", "required": ["$ref"]}, {"type": "boolean"}),
        description="By status (`404`, `4XX` or `default`), what it answers; `{$ref: …}` for short "
        "means the body's schema.",
    )
    examples: list[OperationExample] = Field(
        default_factory=list, description="Requests with what is known of their responses."
    )
    problem: StrictBool | None = Field(
        default=None,
        description="Whether its errors are problem details (RFC 9457); as the service says "
        "without it.",
    )
    invalid: StrictBool | Literal["strict"] | None = Field(
        default=None,
        description="Whether it is asked nearly valid requests, too, and has to refuse them; "
        "without it, where a refusal is declared. `strict`: a body's types are meant as JSON has "
        "them, formats and unique items as they are said.",
    )
    as_: str | None = Field(
        default=None, alias="as", description="The user who calls; the default one without it."
    )
    auth: Literal["required", "optional", "none"] | None = Field(
        default=None,
        description="Whether credentials are needed, where the service has `auth`: `required` "
        "without it; `none` sends none.",
    )
    owned: str | None = Field(
        default=None,
        description="The user whose resource the path leads to: another user's call is refused "
        "by 403 or 404, and changes nothing.",
    )
    max_size: StrictInt | None = Field(
        default=None, ge=0, alias="max-size", description="The most bytes of an answer's body."
    )
    caching: Caching | None = Field(
        default=None, description="What caches are told by successful answers."
    )
    idempotency: Annotated[Idempotency | None, BeforeValidator(_short_idempotency)] = Field(
        default=None,
        json_schema_extra=or_forms({"type": "string"}, {"const": True}),
        description="What a key of idempotency does; the header for short.",
    )
    rate_limit: RateLimit | None = Field(
        default=None, alias="rate-limit", description="How often it may be called."
    )

    @model_validator(mode="before")
    @classmethod
    def _given_is_state(cls, value: Any) -> Any:
        """`given: a session exists` is the sample's word for `state`."""
        if isinstance(value, dict) and isinstance(value.get("given"), str) and "state" not in value:
            return {("state" if k == "given" else k): v for k, v in value.items()}
        return value
