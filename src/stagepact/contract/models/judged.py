"""What stages, pipelines and operations have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt

from stagepact.contract.models.chaos import ChaosPromise, ChaosText, short_chaos
from stagepact.contract.models.exceptions import Except
from stagepact.contract.models.faults import Faults
from stagepact.contract.models.judged_parts import Holds, LogClause, short_holds
from stagepact.contract.models.model import Model, or_each, or_forms, or_word
from stagepact.contract.models.texts import (
    DURATION,
    Duration,
    Reserved,
)


class Within(Model):
    """How long a run may take. Quantiles need enough runs, else they are not exercised."""

    max: Duration | None = Field(default=None, description="No run takes longer.")
    p50: Duration | None = Field(default=None, description="Half of the runs take no longer.")
    p90: Duration | None = Field(default=None, description="90% of the runs take no longer.")
    p95: Duration | None = Field(default=None, description="95% of the runs take no longer.")
    p99: Duration | None = Field(default=None, description="99% of the runs take no longer.")
    needs: Literal["benchmark"] | None = Field(
        default=None, description="The quantiles are for a benchmark, not for this run."
    )


class Fuzz(Model):
    """How a subject is fuzzed."""

    examples: StrictInt | None = Field(
        default=None, ge=1, description="Runs; the profile's otherwise."
    )
    engine: Literal["stagepact", "hypothesis-jsonschema"] | None = Field(
        default=None, description="What draws the cases; the project's `engine` otherwise."
    )


def _short_fuzz(value: Any) -> Any:
    if value is True:
        return {}
    if type(value) is int:
        return {"examples": value}
    return value


def short_within(value: Any) -> Any:
    """A duration alone means the longest time."""
    return {"max": value} if isinstance(value, str) else value


class Judged(Model):
    """What stages, pipelines and operations have in common."""

    description: str = Field(default="", description="What it is, for readers.")
    timeout: Duration = Field(default="10s", description="A run that takes longer hangs.")
    isolate: Literal["process"] | None = Field(
        default=None, description="Run in a child process, whose death is an observation."
    )
    fuzz: Annotated[Fuzz | Literal[False], BeforeValidator(_short_fuzz)] = Field(
        default_factory=Fuzz,
        json_schema_extra=or_forms({"type": "boolean"}, {"type": "integer"}),
        description="How it is fuzzed; a number of runs for short, `false` for not.",
    )
    holds: Annotated[dict[str, Holds], BeforeValidator(short_holds)] = Field(
        default_factory=dict,
        json_schema_extra=or_each({"type": "string"}),
        description="Named expressions; a text for short where only `expr` is said.",
    )
    within: Annotated[Within | None, BeforeValidator(short_within)] = Field(
        default=None,
        json_schema_extra=or_forms({"type": "string", "pattern": DURATION.pattern}),
        description="How long a run may take; a duration for short means `max`.",
    )
    logs: dict[str, LogClause] = Field(
        default_factory=dict, description="What is logged, each with a name."
    )
    except_: list[Except] = Field(
        default_factory=list,
        alias="except",
        description="Ways out of clauses, of any block of any contract.",
    )
    laws: Reserved = None
    faults: Faults = Field(
        default_factory=dict,
        json_schema_extra=or_word("all"),
        description="By port, what must hold when it fails; `all` for each port and each fault.",
    )
    chaos: Annotated[dict[ChaosText, ChaosPromise], BeforeValidator(short_chaos)] = Field(
        default_factory=dict,
        json_schema_extra=or_word("all", {"type": "array", "items": {"type": "string"}}),
        description="What must hold when the ground gives way: by what happens, or a list of that.",
    )
