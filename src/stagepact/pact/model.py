"""What a pact file says, as values: who, and what is expected of which interaction.

A file of any version becomes the same values; what a version can't say is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from stagepact.contract.source import Json
from stagepact.errors import Place
from stagepact.pact.generator import Generator
from stagepact.pact.rules import Rules

Values: TypeAlias = Mapping[str, tuple[str, ...]]
"""Headers or parameters, each with its values in order."""


class Version(Enum):
    """A version of the Pact specification."""

    V1 = "1"
    V1_1 = "1.1"
    V2 = "2"
    V3 = "3"
    V4 = "4"


class Presence(Enum):
    """Whether there is a body, and if not, in which way."""

    MISSING = "missing"
    NULL = "null"
    EMPTY = "empty"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Body:
    """A body or contents: the bytes, and the JSON value that they are where they are JSON."""

    presence: Presence = Presence.MISSING
    content_type: str = ""
    data: bytes = b""
    value: Json = None
    fault: str = ""
    """Why it isn't the JSON that its content type says."""


@dataclass(frozen=True, slots=True)
class State:
    """A state in which the provider is to be, with its parameters."""

    name: str
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, as expected or as it came."""

    method: str = "GET"
    path: str = "/"
    query: Values = field(default_factory=dict)
    query_text: str | None = None
    """The query as it was written, where it is compared as a text: in version 1."""
    headers: Values = field(default_factory=dict)
    body: Body = field(default_factory=Body)
    rules: Rules = field(default_factory=Rules)
    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response, as expected or as it came."""

    status: int = 200
    headers: Values = field(default_factory=dict)
    body: Body = field(default_factory=Body)
    rules: Rules = field(default_factory=Rules)
    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message, as expected or as it came: contents and metadata."""

    contents: Body = field(default_factory=Body)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class Http:
    """A request and the response that it is to get."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the provider sends by itself."""

    message: Message


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A message that the consumer sends, and those that it is to get for it."""

    request: Message
    responses: tuple[Message, ...]


Exchange: TypeAlias = Http | Sent | Exchanged


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that the consumer relies on, in the states that it needs."""

    description: str
    exchange: Exchange
    states: tuple[State, ...] = ()
    pending: bool = False
    key: str = ""
    place: Place = field(default_factory=lambda: Place(""))


@dataclass(frozen=True, slots=True)
class Pact:
    """What one consumer expects of one provider."""

    consumer: str
    provider: str
    version: Version
    interactions: tuple[Interaction, ...]
    file: str = ""
