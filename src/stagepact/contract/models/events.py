"""What is emitted: the order of types, their payloads, and templates over them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import Duration, Order, Schema


class EventSequence(Model):
    """A counter in the payload of each event."""

    field: str = Field(description="The payload's field that holds it.")
    first: StrictInt = Field(default=1, description="Its value in the first event.")
    step: StrictInt = Field(default=1, description="What each event adds.")


def _two_types(of: str, by: str) -> None:
    if of == by:
        raise ValueError("of and by are two types, not one")


class Response(Model):
    """Each event of one type is followed by one of another, in time if a time is given."""

    of: str = Field(description="The type that asks.")
    by: str = Field(description="The type that answers.")
    within: Duration | None = Field(default=None, description="The longest time between the two.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        _two_types(self.of, self.by)
        return self


class Precedence(Model):
    """No event of one type before one of another."""

    of: str = Field(description="The type that comes first.")
    by: str = Field(description="The type that may only come after it.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        _two_types(self.of, self.by)
        return self


class Rule(Model):
    """A well-known template over event types; exactly one of its keys."""

    absence: str | None = Field(default=None, description="No event of this type.")
    exactly_once: str | None = Field(
        default=None, alias="exactly-once", description="One event of this type, and no second."
    )
    response: Response | None = Field(
        default=None, description="Each event of one type is followed by one of another."
    )
    precedence: Precedence | None = Field(
        default=None, description="No event of one type before one of another."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("say exactly one of absence, exactly-once, response, precedence")
        return self


class Events(Model):
    """What a stage emits."""

    order: Order | None = Field(
        default=None, description="The order of the types that it names; others are ignored."
    )
    owner: Literal["stage", "runtime"] = Field(
        default="stage", description="Who owes the events: the stage, or the runtime around it."
    )
    closed: StrictBool = Field(default=False, description="No event but of the types named here.")
    name: str | None = Field(
        default=None, description="The types on the wire, such as `stage.{stage}.{type}`."
    )
    terminal: list[str] = Field(
        default_factory=list, description="Exactly one event of these types, and none after it."
    )
    types: dict[str, Schema] = Field(
        default_factory=dict,
        description="The payload's schema by type. It promises no event; `order` and `rules` do.",
    )
    sequence: EventSequence | None = Field(
        default=None, description="A counter in the payloads, without gaps."
    )
    rules: dict[str, Rule] = Field(default_factory=dict, description="Templates, each with a name.")
