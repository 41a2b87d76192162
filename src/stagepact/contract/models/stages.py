"""What stages, functions and pipelines are given and promise."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints

from stagepact.contract.models.events import Events
from stagepact.contract.models.judged import Judged
from stagepact.contract.models.judged_parts import CallClause, short_calls
from stagepact.contract.models.model import Model, or_each
from stagepact.contract.models.texts import TIMES, Names, Pattern, Port, Reference, Schema

JudgedLawName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$"),
    Field(
        description="A law of stages or pipelines; a plugin's has a dot in its name.",
        examples=["deterministic", "nothing-leaked"],
    ),
]


class Given(Model):
    """What a stage is given: schemas of its inputs, and the things it may use."""

    input: Schema | None = Field(default=None, description="The schema of the stage's own input.")
    inputs: dict[str, Schema] = Field(
        default_factory=dict,
        description="By upstream name, the schema of that upstream's output data.",
    )
    ports: dict[str, Port] = Field(
        default_factory=dict,
        description="By name, what stands for each port; a class is made anew each run.",
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the constructor."
    )
    context: dict[str, Any] = Field(
        default_factory=dict, description="Values that the runtime carries."
    )


class GivenValues(Model):
    """What an example gives: values."""

    input: Any = Field(default=None, description="The stage's own input.")
    inputs: dict[str, Any] = Field(
        default_factory=dict, description="By upstream name, that upstream's output data."
    )
    ports: dict[str, Port] = Field(
        default_factory=dict, description="Ports of this example, over those of the block."
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the constructor, over those of the block."
    )
    context: dict[str, Any] = Field(
        default_factory=dict,
        description="Values that the runtime carries, over those of the block.",
    )


class OutputClauses(Model):
    """What a stage returns."""

    status: Names = Field(
        default_factory=list,
        description="The statuses it may end with; raising is the status `error`. "
        "Without it, any end but an error.",
    )
    raises: Names = Field(
        default_factory=list,
        description="Exceptions that it may raise, by name or `module:qualname`.",
    )
    type: Reference | None = Field(default=None, description="The class of what is returned.")
    json_: StrictBool = Field(
        default=False, alias="json", description="What is returned can be written as JSON."
    )
    data: Schema | None = Field(default=None, description="The schema of the data of an ok end.")
    declared: list[str] | None = Field(
        default=None, description="Exactly these keys are in the data of an ok end."
    )


class ExpectedOutput(Model):
    """What an example's run returns."""

    status: str | None = Field(
        default=None, description="The status; `ok` without it where data is expected."
    )
    data: Any = Field(default=None, description="Exactly this data.")
    matches: Schema | None = Field(default=None, description="A schema instead of the value.")

    @property
    def says_something(self) -> bool:
        """Whether any output could be another one; `{}` is kept by all of them."""
        written = self.status is not None or self.matches is not None
        return written or "data" in self.model_fields_set


class ExpectedEvent(Model):
    """One expected event of an example; data matches exactly, `matches` takes a schema."""

    type: str = Field(description="The event's type, as the block names it.")
    data: Any = Field(default=None, description="Exactly this payload; any without it.")
    matches: Schema | None = Field(default=None, description="A schema instead of the payload.")


class Example(Model):
    """One case, with what is known of its outcome."""

    name: str = Field(min_length=1, description="Its name in reports and in the clause's id.")
    given: GivenValues = Field(default_factory=GivenValues, description="What the run is given.")
    output: ExpectedOutput | None = Field(default=None, description="What the run returns.")
    error: Pattern | None = Field(default=None, description="Found in the error's message.")
    events: list[ExpectedEvent] | None = Field(
        default=None, description="The events of the declared types, in order."
    )

    @property
    def expects_something(self) -> bool:
        """Whether an outcome is written; without one the example is only run."""
        output = self.output is not None and self.output.says_something
        return output or self.error is not None or self.events is not None


class Stage(Judged):
    """A block that holds for every stage (or pipeline) that its selector matches."""

    subject: Reference | None = Field(default=None, description="Where the stage is in the code.")
    given: Given = Field(default_factory=Given, description="What it is given: what is assumed.")
    output: OutputClauses | None = Field(default=None, description="What it returns.")
    events: Events | None = Field(default=None, description="What it emits.")
    calls: Annotated[dict[str, CallClause], BeforeValidator(short_calls)] = Field(
        default_factory=dict,
        json_schema_extra=or_each(
            {"type": "string", "pattern": TIMES.pattern}, {"type": "integer"}
        ),
        description="By `port.method` (the method may be a glob), how often it is called and with "
        "what; `once` and the like for short.",
    )
    examples: list[Example] = Field(
        default_factory=list, description="Cases with what is known of them."
    )
    laws: list[JudgedLawName] = Field(
        default_factory=list, description="The laws that it is held to, by name."
    )
