"""What a consumer expects of providers: requests with their responses, and messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictInt, StringConstraints, model_validator

from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import Reference, Schema

PACT_FOLDER = "pacts"
"""Where pact files are made, where a contract says nothing else."""

PARTY = r"[A-Za-z0-9_][\w.@+-]*"
PartyName = Annotated[
    str,
    StringConstraints(pattern=rf"^{PARTY}$"),
    Field(
        description="The name of a consumer or provider, as pact files and their names have it.",
        examples=["voice-api"],
    ),
]
ConsumedPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[^\s?#]*$"),
    Field(description="A path, with `{name}` for each of `values`.", examples=["/sessions/{id}"]),
]
ConsumedValue = Annotated[
    Any,
    Field(
        description="The value itself; or `{schema: …, example: …, from-state: …}`: what else may "
        "stand there, and the name of the value that the provider's state gives for it."
    ),
]


class ConsumedState(Model):
    """A state in which the provider has to be."""

    name: str = Field(min_length=1, description="Its name, as the provider knows it.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="By name, what the provider is told with it."
    )


class ConsumedRequest(Model):
    """What the consumer sends."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] = Field(
        default="GET", description="The method."
    )
    path: ConsumedPath = Field(description="The path, with placeholders.")
    values: dict[str, ConsumedValue] = Field(
        default_factory=dict, description="By name, what stands for the path's placeholders."
    )
    query: dict[str, ConsumedValue] = Field(
        default_factory=dict,
        description="By name, the query's parameters; a list is sent as one that is repeated.",
    )
    headers: dict[str, ConsumedValue] = Field(default_factory=dict, description="By name, headers.")
    body: Any = Field(default=None, description="The body, as JSON; a text where it is no JSON.")
    schema_: Schema | None = Field(
        default=None,
        alias="schema",
        description="What else the body may be; without it, it is sent as `body` has it.",
    )
    content_type: str = Field(
        default="application/json", alias="content-type", description="The body's media type."
    )

    @property
    def has_body(self) -> bool:
        """Whether anything is sent."""
        return "body" in self.model_fields_set or self.schema_ is not None


class ConsumedResponse(Model):
    """What the consumer can use as the answer."""

    status: StrictInt = Field(default=200, ge=100, le=599, description="The status.")
    headers: dict[str, Schema | str] = Field(
        default_factory=dict,
        description="By name, the schema of a header's text, or the very text.",
    )
    body: Schema | None = Field(
        default=None, description="The schema of the body; without it, it isn't looked at."
    )
    content_type: str = Field(
        default="application/json", alias="content-type", description="The body's media type."
    )
    empty: bool = Field(default=False, description="Whether there has to be no body.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.empty and self.body is not None:
            raise ValueError("say either body, or empty")
        return self


class Expectation(Model):
    """What interactions and messages have in common."""

    state: str | None = Field(
        default=None, min_length=1, description="The state in which the provider has to be."
    )
    states: list[str | ConsumedState] = Field(
        default_factory=list, description="Several states, or one with parameters."
    )
    example: Any = Field(
        default=None,
        description="An example of the response's body, or of the message; else one is made.",
    )
    handler: Reference | None = Field(
        default=None, description="The consumer's code that takes it, a function."
    )
    raises: list[Reference] = Field(
        default_factory=list,
        description="Exceptions, of which the handler has to raise one.",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.state is not None and self.states:
            raise ValueError("say either state, or states")
        return self

    @property
    def needed(self) -> tuple[ConsumedState, ...]:
        """All states in which the provider has to be."""
        said = self.states or ([self.state] if self.state is not None else [])
        return tuple(ConsumedState(name=each) if isinstance(each, str) else each for each in said)

    @property
    def has_example(self) -> bool:
        """Whether an example is written, which may be null."""
        return "example" in self.model_fields_set


class ConsumedInteraction(Expectation):
    """A request, and the answer that the consumer can use."""

    request: ConsumedRequest = Field(description="What the consumer sends.")
    response: ConsumedResponse = Field(
        default_factory=ConsumedResponse, description="What it can use as the answer."
    )


class ConsumedMessage(Expectation):
    """A message that the consumer can read."""

    contents: Schema = Field(description="The schema of what is in it.")
    metadata: dict[str, ConsumedValue] = Field(
        default_factory=dict, description="By name, what is known of it besides, such as a topic."
    )
    content_type: str = Field(
        default="application/json", alias="content-type", description="Its media type."
    )


class Consumed(Model):
    """What is used of one provider; the pact file `<to>/<consumer>-<provider>.json` says it."""

    consumer: PartyName | None = Field(
        default=None, description="The consumer's name; without it the contract's name is it."
    )
    to: str = Field(
        default=PACT_FOLDER,
        min_length=1,
        description="The folder of the pact file, relative to the contract's file.",
    )
    interactions: dict[str, ConsumedInteraction] = Field(
        default_factory=dict, description="By description, requests and what is expected."
    )
    messages: dict[str, ConsumedMessage] = Field(
        default_factory=dict, description="By description, messages that it can read."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.interactions or self.messages):
            raise ValueError("say interactions, or messages")
        return self
