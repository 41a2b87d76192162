"""What must hold when something that a stage or an operation depends on fails."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints

from stagepact.contract.models.fault_terms import FaultTermError, fault_steps
from stagepact.contract.models.judged_parts import (
    CallClause,
    LogClause,
    short_calls,
)
from stagepact.contract.models.model import Model, or_each, or_forms
from stagepact.contract.models.texts import (
    TIMES,
    Duration,
    Expression,
    Names,
    Pattern,
    Reference,
    Schema,
    Times,
    as_texts,
)


def _fault_text(text: str) -> str:
    if text != "all":
        try:
            fault_steps(text)
        except FaultTermError as error:
            raise ValueError(str(error)) from error
    return text


FaultText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    AfterValidator(_fault_text),
    Field(
        description="What fails, and when: `timeout`, `error x5 then ok`, `slow 200ms`; or `all`."
    ),
]
FaultTarget = Annotated[
    str,
    StringConstraints(pattern=r"^(\*|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_][\w.]*)?)$"),
    Field(
        description="A port (`*`: each), one of its methods (`port.method`), or `module:attribute`."
    ),
]


class Retries(Model):
    """How calls that failed are tried again."""

    times: Times | None = Field(default=None, description="How many calls follow the first.")
    backoff: list[Duration] = Field(
        default_factory=list,
        description="At least so long before the first retry, the second, …; the last for all "
        "that follow.",
    )
    retry_after: StrictBool = Field(
        default=False,
        alias="retry-after",
        description="No retry comes before the time that Retry-After says.",
    )


def _short_retries(value: Any) -> Any:
    return value if isinstance(value, dict) else {"times": value}


class Circuit(Model):
    """What comes after the fault's calls: a circuit that is open."""

    circuit: Literal["open"] = Field(description="The next run fails fast, without a call.")
    cooldown: Duration | None = Field(
        default=None,
        description="After this time one call is tried (half-open); it is well, so the circuit "
        "closes and calls are made again.",
    )


class FaultPromise(Model):
    """What holds of runs in which the fault struck, beside what is promised of any of them.

    Any such run ends in time, with a status that is declared, with exactly one terminal event
    where those are declared, and leaves nothing running.
    """

    exception: Reference | None = Field(
        default=None, description="The exception that is raised, instead of the fault's own."
    )
    message: str = Field(default="", description="The message of what is raised.")
    status: Annotated[Names, BeforeValidator(as_texts)] = Field(
        default_factory=list,
        json_schema_extra=or_forms(
            {"type": "integer"}, {"type": "array", "items": {"type": ["string", "integer"]}}
        ),
        description="The statuses it may end with, instead of the block's.",
    )
    raises: Names = Field(
        default_factory=list, description="Exceptions that it may raise, by name or reference."
    )
    error: Pattern | None = Field(default=None, description="Found in the error's message.")
    output: Schema | None = Field(
        default=None, description="The schema of the data, of a fallback for instance."
    )
    events: dict[str, Schema] = Field(
        default_factory=dict, description="Events that are emitted, with the payload's schema."
    )
    retries: Annotated[Retries | None, BeforeValidator(_short_retries)] = Field(
        default=None,
        json_schema_extra=or_forms(
            {"type": "string", "pattern": TIMES.pattern}, {"type": "integer"}
        ),
        description="How often it is tried again; a count for short.",
    )
    calls: Annotated[dict[str, CallClause], BeforeValidator(short_calls)] = Field(
        default_factory=dict,
        json_schema_extra=or_each(
            {"type": "string", "pattern": TIMES.pattern}, {"type": "integer"}
        ),
        description="How often other ports are called: a dead letter is put once, a store never.",
    )
    logs: dict[str, LogClause] = Field(
        default_factory=dict, description="What is logged, each with a name."
    )
    holds: dict[str, Expression] = Field(
        default_factory=dict, description="Named expressions that are true of each such run."
    )
    within: Duration | None = Field(default=None, description="Such a run takes no longer.")
    recovers: StrictBool = Field(
        default=False, description="Once the fault is lifted, the next run succeeds."
    )
    then: Circuit | None = Field(default=None, description="What holds after the fault's calls.")


def _short_promises(value: Any) -> Any:
    if isinstance(value, str) or type(value) is int:
        return {str(value): {}}
    if isinstance(value, list):
        return {str(each): {} for each in value}
    if isinstance(value, dict):
        return {str(k): {} if v is None else v for k, v in value.items()}
    return value


def _with_a_time_to_retry_after(promises: dict[str, FaultPromise]) -> dict[str, FaultPromise]:
    for text, promise in promises.items():
        said = promise.retries is not None and promise.retries.retry_after
        faults = [] if text == "all" else [each.fault for each in fault_steps(text)]
        if said and not any(each is not None and each.retry_after for each in faults):
            raise ValueError(f"`retry-after` of {text!r}, which tells no time; write `429 5s`")
    return promises


def _or_texts(schema: dict[str, Any]) -> None:
    """Let editors know a fault and a list of faults, and a fault of which nothing is said."""
    text = {"type": ["string", "integer"]}
    or_each({"type": "null"})(schema)
    if schema.pop("minLength", None):
        schema["minProperties"] = 1
    told = {"description": schema.pop("description")}
    mapping = dict(schema)
    schema.clear()
    schema.update(told, anyOf=[mapping, text, {"type": "array", "items": text}])


def _short_faults(value: Any) -> Any:
    return {EVERY_PORT: {"all": {}}} if value == "all" else value


EVERY_PORT = "*"
FaultPromises = Annotated[
    dict[FaultText, FaultPromise],
    BeforeValidator(_short_promises),
    AfterValidator(_with_a_time_to_retry_after),
    Field(
        min_length=1,
        description="By fault, what must hold; a fault or a list of faults for short.",
        json_schema_extra=_or_texts,
    ),
]
Faults = Annotated[dict[FaultTarget, FaultPromises], BeforeValidator(_short_faults)]
