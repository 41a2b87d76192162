"""Clauses that stand in blocks and in what holds when something fails."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import Expression, Names, Pattern, Schema, Times


class LogClause(Model):
    """What is logged."""

    logger: str = Field(default="*", description="A logger's name or a glob of names.")
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None = Field(
        default=None, description="Records of this level or above."
    )
    message: Pattern | None = Field(default=None, description="Found in the formatted message.")
    fields: Schema | None = Field(default=None, description="The schema of the `extra` fields.")
    times: Times = Field(default="at least 1", description="How many such records a run logs.")
    on: Names = Field(
        default_factory=list, description="Only for runs that ended with these statuses."
    )


class Holds(Model):
    """A named expression over one run, or over two runs whose inputs differ in a known way."""

    expr: Expression | None = Field(default=None, description="It is true of each run.")
    vary: dict[str, Expression] = Field(
        default_factory=dict,
        description="By JSON Pointer, such as `/input/size`, the value in a second run.",
    )
    expect: Expression | None = Field(
        default=None,
        description="It is true of both runs, `before` and `after`, each with all names of a run.",
    )
    on: Names = Field(
        default_factory=list, description="Only for runs that ended so; successful ends without it."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.expr is None) == (self.expect is None):
            raise ValueError("say either expr, or vary with expect")
        if bool(self.vary) != (self.expect is not None):
            raise ValueError("vary and expect go together")
        return self


def short_holds(value: Any) -> Any:
    """A text alone means `expr`."""
    if isinstance(value, dict):
        return {k: {"expr": v} if isinstance(v, str) else v for k, v in value.items()}
    return value


class CallClause(Model):
    """How often a port's method is called, and with what."""

    times: Times | None = Field(default=None, description="How many such calls a run makes.")
    arguments: Schema | None = Field(
        default=None, description="The schema of the arguments by parameter name."
    )


def short_calls(value: Any) -> Any:
    """A count alone means `times`."""
    if isinstance(value, dict):
        return {
            k: {"times": v} if isinstance(v, str | int) and not isinstance(v, bool) else v
            for k, v in value.items()
        }
    return value
