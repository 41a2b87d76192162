"""Channels: where they are, how they are spoken to, their messages and their laws."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints, model_validator

from stagepact.contract.models.events import EventSequence
from stagepact.contract.models.exceptions import Except
from stagepact.contract.models.judged import Within, short_within
from stagepact.contract.models.model import Model, or_forms
from stagepact.contract.models.texts import (
    DURATION,
    DataPointer,
    Duration,
    Names,
    OperationName,
    Order,
    Reference,
    Schema,
    Status,
)

LawName = Annotated[
    Literal[
        "ordered",
        "no-duplicates",
        "no-gaps",
        "isolated",
        "survives-malformed",
        "resumes",
        "burst",
        "concurrent",
        "handshake",
        "close-code",
        "subprotocol",
        "ping",
        "idle",
        "acknowledgement",
        "latency",
        "subscriptions-gone",
        "reconnects",
        "backs-off",
        "resubscribes",
        "fetches-missed",
        "handles-errors",
    ],
    Field(description="A law of channels.", examples=["ordered", "no-gaps"]),
]
_IN_APP = r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*#/\S*"
_AT_HOST = r"://[^\s/?#{}@]+(/\S*)?"
SocketAddress = Annotated[
    str,
    StringConstraints(pattern=rf"^({_IN_APP}|wss?{_AT_HOST})$"),
    Field(
        description="An ASGI application or a factory of one, and the path of the channel in it; "
        "or a URL.",
        examples=["voice.api:app#/ws/{topic}", "wss://voice.example/ws"],
    ),
]
StreamAddress = Annotated[
    str,
    StringConstraints(pattern=rf"^({_IN_APP}|https?{_AT_HOST})$"),
    Field(
        description="An ASGI application or a factory of one, and the path of the stream in it; "
        "or a URL.",
        examples=["voice.api:app#/events/{topic}", "https://voice.example/events"],
    ),
]
Template = Annotated[
    Any,
    Field(
        description="A message, as JSON, with the placeholders `{topic}`, `{cursor}`, `{id}` and "
        "`{number}`; a text that is only one of them becomes its value."
    ),
]


class Match(Model):
    """Where a message says what it is."""

    type: DataPointer = Field(default="/type", description="Where a message's type stands.")
    topic: DataPointer | None = Field(
        default=None, description="Where the topic of an event stands."
    )


class Exchanged(Model):
    """A message and its answer."""

    send: Template = Field(description="What is sent.")
    answer: dict[str, Any] = Field(description="What the answer has, besides anything else.")


class Close(Model):
    """The codes by which connections are closed: WebSocket's (RFC 6455), or an HTTP status."""

    unauthorised: StrictInt | None = Field(
        default=None, description="Of a client without the credentials."
    )
    subprotocol: StrictInt | None = Field(
        default=None, description="Of a client that doesn't offer the subprotocol."
    )
    idle: StrictInt | None = Field(default=None, description="Of a client that says nothing.")


PROTOCOLS = ("websocket", "sse", "socketio", "bus", "client")


class Channel(Model):
    """A channel: where it is, how it is spoken to, its messages and its laws."""

    description: str = Field(default="", description="What it is, for readers.")
    websocket: SocketAddress | None = Field(
        default=None,
        description="A WebSocket, in process or by URL; its path may hold `{topic}`.",
    )
    sse: StreamAddress | None = Field(
        default=None,
        description="Server-Sent Events, in process or by URL; its path may hold `{topic}`.",
    )
    socketio: SocketAddress | None = Field(
        default=None,
        description="Socket.IO over a WebSocket, in process or by URL; its path is mostly "
        "`/socket.io/`.",
    )
    namespace: str = Field(
        default="/", pattern=r"^/[^\s,?]*$", description="The namespace of Socket.IO."
    )
    bus: Reference | None = Field(
        default=None,
        description="An object with `subscribe(topic, receiver)`, whose result ends it, and "
        "`publish(topic, message)`; or a function without arguments that makes one.",
    )
    client: Reference | None = Field(
        default=None,
        description="A client under test: `run(url, heard)`, which connects to the URL and calls "
        "`heard` with each message, or `run(url)`, which yields them. It may take `sleep`.",
    )
    over: Literal["websocket", "sse"] = Field(
        default="websocket", description="What a client under test speaks."
    )
    errors: dict[Status, Literal["retry", "give-up"]] = Field(
        default_factory=dict,
        description="By the status that refuses it, what a client under test does.",
    )
    topics: str = Field(
        default="stagepact-{n}",
        pattern=r"^[^{}]*\{n\}$",
        description="The names of topics that may be made; `{n}` is six digits or seven, by URL "
        "sixteen.",
    )
    subprotocol: str | None = Field(
        default=None, description="The WebSocket subprotocol that clients offer."
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers of every client's request."
    )
    credentials: dict[str, str] = Field(
        default_factory=dict, description="Headers without which a client is refused."
    )
    subscribe: Template = Field(default=None, description="What a client sends to hear a topic.")
    resume: Template = Field(
        default=None,
        description="What it sends to hear a topic from `{cursor}` on: the `number` of the last "
        "event that it heard. A stream resumes by `Last-Event-ID`.",
    )
    subscribed: dict[str, Any] | None = Field(
        default=None,
        description="What the answer to a subscription has, such as `{type: subscribed}`: then it "
        "stands.",
    )
    unsubscribe: Template = Field(
        default=None, description="What it sends to hear a topic no more."
    )
    publish: Template = Field(
        default=None, description="What is sent to publish: a message, or the body of `via`."
    )
    finish: Template = Field(
        default=None, description="What is sent to end a topic; a method's name for a bus."
    )
    via: OperationName | None = Field(
        default=None, description="Publish and finish by this request of the application."
    )
    sentinel: Exchanged | None = Field(
        default=None,
        description="A message whose answer comes after all that is on its way to a client.",
    )
    ping: Exchanged | None = Field(default=None, description="What a living server answers.")
    ack: dict[str, Any] | None = Field(
        default=None, description="What the answer to `publish` has, such as `{id: '{id}'}`."
    )
    error: dict[str, Any] | None = Field(
        default=None, description="What the answer to a malformed message has."
    )
    max_size: StrictInt | None = Field(
        default=None, ge=1, alias="max-size", description="The most bytes of a message."
    )
    match: Match = Field(default_factory=Match, description="Where a message says what it is.")
    events: Names = Field(
        default_factory=list,
        description="The types of what is published; without it, all that isn't an answer.",
    )
    messages: dict[str, Schema] = Field(
        default_factory=dict,
        description="By type, the schema of a message. It promises no message; `order` does.",
    )
    order: Order | None = Field(
        default=None, description="The order of the types that it names, as a subscriber hears."
    )
    terminal: list[str] = Field(
        default_factory=list, description="Exactly one message of these types ends a topic."
    )
    sequence: EventSequence | None = Field(
        default=None, description="A counter in the events of a new topic, without gaps."
    )
    number: DataPointer | None = Field(
        default=None, description="Where an event's number stands; numbers go up by one."
    )
    within: Annotated[Within | None, BeforeValidator(short_within)] = Field(
        default=None,
        json_schema_extra=or_forms({"type": "string", "pattern": DURATION.pattern}),
        description="How long an event may take from being published to being heard.",
    )
    idle: Duration | None = Field(
        default=None, description="A client that is silent for so long is closed."
    )
    close: Close = Field(default_factory=Close, description="The codes of closed connections.")
    subscriptions: str | None = Field(
        default=None,
        description="Where the number of subscriptions is told: a path and a JSON Pointer, such as "
        "`/health#/subscriptions`; of a bus, a method.",
    )
    clients: StrictInt = Field(
        default=100, ge=2, description="How many clients `concurrent` opens at once."
    )
    patience: Duration = Field(default="2s", description="How long is waited for what has to come.")
    timeout: Duration = Field(default="30s", description="A law that takes longer hangs.")
    laws: list[LawName] = Field(
        default_factory=list, description="The laws that it is held to, by name."
    )
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of the channel's clauses."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(getattr(self, each) is not None for each in PROTOCOLS) != 1:
            raise ValueError(f"say exactly one of {', '.join(PROTOCOLS)}")
        return self

    @property
    def protocol(self) -> str:
        """How it is spoken to: one of `PROTOCOLS`."""
        return next(each for each in PROTOCOLS if getattr(self, each) is not None)

    @property
    def address(self) -> str:
        """Where it is: an import reference and a path after `#`, or a URL."""
        return str(getattr(self, self.protocol))

    @property
    def by_url(self) -> bool:
        """Whether it is spoken to over a network."""
        return "://" in self.address

    @property
    def reference(self) -> str:
        """What is imported for it; "" where it is spoken to by URL."""
        return "" if self.by_url else self.address.partition("#")[0]

    @property
    def path(self) -> str:
        """The path in its application or at its host, with placeholders."""
        if not self.by_url:
            return self.address.partition("#")[2]
        _, slash, path = self.address.partition("://")[2].partition("/")
        return slash + path or "/"

    @property
    def speaks(self) -> bool:
        """Whether its clients send messages."""
        return self.protocol in ("websocket", "socketio")
