"""Pacts that a provider keeps: where they lie, and what they need to be run."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stagepact.contract.models.exceptions import Except
from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import Function, Names, Pattern


class Producer(Model):
    """What produces a message: a function, a stage's or pipeline's run, or a channel."""

    function: Function | None = Field(
        default=None,
        description="A function that returns the contents, or contents and metadata; given what "
        "the states gave, by name.",
    )
    stage: str | None = Field(default=None, description="The stage whose run emits it.")
    pipeline: str | None = Field(default=None, description="The pipeline whose run emits it.")
    channel: str | None = Field(
        default=None, description="The channel of this contract that delivers it."
    )
    event: str | None = Field(
        default=None, description="The type of the event that is the message; by `channel`, too."
    )
    given: dict[str, Any] | None = Field(
        default=None,
        description="What the stage or pipeline is given, as its examples say it; the first of "
        "them without it.",
    )
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="The metadata that the message is sent with."
    )
    which: Literal["each", "any", "first", "last"] | None = Field(
        default=None,
        description="Which of several such events in one run are the message; each without it, "
        "or any where no `event` is said.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"function": self.function, "stage": self.stage, "pipeline": self.pipeline}
        said = [key for key, value in {**sources, "channel": self.channel}.items() if value]
        if len(said) != 1:
            raise ValueError("say one of function, stage, pipeline and channel")
        if said[0] in ("stage", "pipeline") and self.event is None:
            raise ValueError("say event, the type of what the run emits")
        if said[0] == "function" and (self.event or self.given is not None):
            raise ValueError("event and given are for stages and pipelines")
        return self


class FromFixture(Model):
    """What a pytest fixture gives."""

    fixture: str = Field(
        pattern=r"^\w+$",
        description="The fixture's name; a function that it gives is called as one of `states:`.",
    )


class Pacts(Model):
    """The pacts of one provider, and what their interactions are run with."""

    provider: str = Field(min_length=1, description="The provider's name in pact files.")
    from_: Names = Field(
        alias="from",
        min_length=1,
        description="Pact files, folders of them or globs, relative to this contract's file.",
    )
    service: str | None = Field(
        default=None,
        description="The service of this contract that answers; needless where there is one.",
    )
    as_: str | None = Field(
        default=None,
        alias="as",
        description="The user of the service's `auth:` whose credentials requests are sent with, "
        "instead of those in the pact.",
    )
    messages: dict[str, Producer] = Field(
        default_factory=dict,
        description="By the description of an interaction, or a glob of them, what produces its "
        "message.",
    )
    states: dict[str, Function | FromFixture | None] = Field(
        default_factory=dict,
        description="By a state's name, or a glob of names, the function that brings it about, "
        "given the state's parameters by name; `{fixture: name}`; or null where nothing is to be "
        "done.",
    )
    consumers: Names = Field(
        default_factory=list, description="The consumers whose pacts are kept; all without it."
    )
    only: Pattern | None = Field(
        default=None,
        description="Only interactions in whose description this regular expression is found.",
    )
    engine: Literal["native", "official"] = Field(
        default="native",
        description="What compares: stagepact's own matcher in process, or pact's over HTTP.",
    )
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of interactions."
    )


def listed(value: Any) -> Any:
    """One mapping stands for a list of it."""
    return [value] if isinstance(value, dict) else value
