"""Services: where they are, their operations, their resources and the laws of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from stagepact.contract.models.authentication import Auth
from stagepact.contract.models.exceptions import Except
from stagepact.contract.models.model import Model, or_each
from stagepact.contract.models.operations import Operation
from stagepact.contract.models.texts import (
    OPERATION,
    DataPointer,
    Duration,
    Names,
    OperationName,
    Order,
    Port,
    Reference,
    Status,
    readable_expression,
)

ServiceLawName = Annotated[
    Literal[
        "create-read",
        "update-read",
        "delete",
        "create-twice",
        "idempotency-key",
        "list-get",
        "pagination",
        "filter",
        "delete-siblings",
        "lost-update",
        "concurrent-updates",
        "sequences",
    ],
    Field(description="A law of services.", examples=["create-read", "pagination"]),
]


class Pages(Model):
    """How a list is paged: the names of its parameters, and where it tells of the next page."""

    limit: str | None = Field(default=None, description="The parameter with the size of a page.")
    offset: str | None = Field(default=None, description="The parameter with what to leave out.")
    page: str | None = Field(default=None, description="The parameter with the page's number.")
    cursor: str | None = Field(
        default=None, description="The parameter with the cursor of the page before."
    )
    next: DataPointer | None = Field(
        default=None, description="Where the next cursor, or the next page's URL, stands in a body."
    )


class Resource(Model):
    """What can't be seen from paths and schemas of a collection and its items."""

    item: str | None = Field(
        default=None,
        pattern=r"^/\S*\}$",
        description="The path of an item, such as `/orders/{id}`.",
    )
    id: DataPointer | None = Field(
        default=None, description="Where an item's id stands in its body."
    )
    items: DataPointer | None = Field(
        default=None, description="Where the items stand in the body of the list."
    )
    unique: list[DataPointer] = Field(
        default_factory=list,
        description="Members that no two items share: creating the same twice is refused.",
    )
    conflict: Status = Field(
        default="409", description="The status by which a second one is refused."
    )
    filters: dict[str, DataPointer] = Field(
        default_factory=dict,
        description="By query parameter, the member of an item that it is for.",
    )
    pages: Pages | None = Field(default=None, description="How its list is paged.")
    without: dict[ServiceLawName, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="The laws that aren't meant for it, each with the reason.",
    )


class Conservation(Model):
    """What stays true of several responses, whatever was created, changed or deleted."""

    over: dict[str, OperationName] = Field(
        min_length=1, description="By name, the GET operations whose bodies are looked at."
    )
    expr: Annotated[
        str,
        AfterValidator(readable_expression),
        Field(
            description="An expression over these names, and over `before.NAME` as it was one "
            "call earlier."
        ),
    ] = Field(description="What holds after each call.")
    after: list[OperationName] = Field(
        default_factory=list,
        description="The calls after which it holds; without it, all that change something.",
    )


def _short_moves(value: Any) -> Any:
    """A move that is only its operation."""
    if not isinstance(value, dict):
        return value
    return {name: {"call": move} if isinstance(move, str) else move for name, move in value.items()}


class Move(Model):
    """What moves a resource from one state to another: a call, or time alone."""

    call: OperationName | None = Field(
        default=None, description="The operation; without one it moves by itself, `within` a time."
    )
    within: Duration | None = Field(
        default=None,
        description="The longest until one of `to` shows: the resource is read until then.",
    )
    from_: Names = Field(
        default_factory=list,
        alias="from",
        description="The states in which it is allowed; without it, those whose order permits one "
        "of `to` next.",
    )
    to: Names = Field(default_factory=list, description="The states that it may lead to.")
    body: Any = Field(
        default=None,
        description="Its body, with the placeholders of the path, such as `{id}`; the operation's "
        "example's without it.",
    )

    @model_validator(mode="after")
    def _can_be_waited_for(self) -> Self:
        if self.call is None and self.within is None:
            raise ValueError("say call, or within for what moves by itself")
        if self.call is None and not self.from_:
            raise ValueError("what moves by itself says from which state: add from")
        if self.within is not None and not self.to:
            raise ValueError("what is waited for is a state: add to")
        return self


class Lifecycle(Model):
    """The states of a resource, and the calls that move it."""

    resource: str = Field(pattern=r"^/\S*$", description="The path by which it is read.")
    states: Order = Field(description="In what order the states follow one another.")
    state: str = Field(
        default="/status",
        description="Where its state is read: a JSON Pointer into the body, or an expression over "
        "`output`.",
    )
    gone: str | None = Field(
        default=None,
        description="The name of the state in which reading is answered by 404 or 410.",
    )
    progress: DataPointer | None = Field(
        default=None, description="Where its progress stands, from 0 to 100."
    )
    refused: Status = Field(
        default="409", description="The status by which a forbidden move is refused."
    )
    moves: Annotated[dict[str, Move], BeforeValidator(_short_moves)] = Field(
        default_factory=dict,
        json_schema_extra=or_each({"type": "string", "pattern": OPERATION.pattern}),
        description="By name, the calls that move it; `POST /jobs/{id}/cancel` for short.",
    )


def _listed(value: Any) -> Any:
    """One mapping stands for a list of it."""
    return [value] if isinstance(value, dict) else value


class Service(Model):
    """A service: where it is, how its states are reached, and its operations."""

    description: str = Field(default="", description="What it is, for readers.")
    app: Reference | None = Field(
        default=None, description="An ASGI or WSGI application, or a factory of one."
    )
    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Where it answers, if not in process.",
    )
    openapi: StrictBool | str = Field(
        default=False,
        description="Take the operations of an OpenAPI document (2.0 to 3.2), too: `true` for the "
        "app's own, a file of the project, or a path or URL of the service itself.",
    )
    states: dict[str, Port] = Field(
        default_factory=dict,
        description="By name, a function of the app that brings the state about.",
    )
    operations: dict[OperationName, Operation] = Field(
        default_factory=dict, description="By method and path, such as `GET /sessions/{id}`."
    )
    methods: StrictBool = Field(
        default=False,
        description="Whether the operations are all there are: any other method of their paths is "
        "answered by 405, with an `Allow` that lists those there are.",
    )
    problem: StrictBool = Field(
        default=False, description="Whether its errors are problem details (RFC 9457)."
    )
    auth: Auth | None = Field(
        default=None, description="How its callers say who they are, and the users there are."
    )
    rate: Annotated[float | None, Field(gt=0, strict=False)] = Field(
        default=None, description="By `url`: the most requests a second; as many as go without it."
    )
    lifecycle: Annotated[
        list[Lifecycle],
        BeforeValidator(_listed, json_schema_input_type=list[Lifecycle] | Lifecycle),
    ] = Field(
        default_factory=list,
        description="The states of its resources, and the calls that move them: one, or a list.",
    )
    resources: dict[str, Resource] = Field(
        default_factory=dict,
        description="By the path of a collection, what paths and schemas don't tell of it.",
    )
    laws: list[ServiceLawName] | None = Field(
        default=None,
        description="The laws that its resources are held to; without it, those that nobody's "
        "service may break; `[]` for none.",
    )
    conservation: dict[str, Conservation] = Field(
        default_factory=dict, description="By name, what no sequence of calls changes."
    )
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of clauses of its operations."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.app is None) == (self.url is None):
            raise ValueError("say either app or url")
        return self
