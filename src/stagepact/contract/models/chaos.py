"""What must hold when the ground gives way: no network, no memory, a process that is killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import (
    Duration,
    Expression,
    Names,
    Reference,
    as_texts,
    seconds,
)

ChaosKind = Literal[
    "network", "no-memory", "too-many-files", "disk-full", "clock-jump", "lost", "killed"
]
KillUnit = Literal["", "event", "call"]

_DURATION = r"\d+(?:\.\d+)?(?:us|ms|s|m|h)"
_TEXT = re.compile(
    r"(?P<plain>network|no-memory|too-many-files|disk-full)"
    rf"|clock-jump(?:\s+(?P<back>-)?(?P<jump>{_DURATION}))?"
    r"|lost\s+(?P<port>[A-Za-z_]\w*)"
    rf"|killed\s+(?:after\s+(?P<after>{_DURATION})|at\s+(?P<unit>event|call)\s+(?P<number>[1-9]\d{{0,5}}))"
)
_EXPECTED = (
    "`network`, `no-memory`, `too-many-files`, `disk-full`, `clock-jump 2h`, `lost PORT`, "
    "`killed after 200ms`, `killed at event 2`, `killed at call 2`, or `all`"
)
_AN_HOUR = 3600.0


class ChaosTermError(ValueError):
    """A text that says no chaos; the message says what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class Chaos:
    """What happens to a run: `seconds` of a jump or until a kill, or the number of an event."""

    kind: ChaosKind
    port: str = ""
    seconds: float = 0.0
    unit: KillUnit = ""
    number: int = 0


def chaos_of(text: str) -> Chaos:
    """What a text says.

    Raises:
        ChaosTermError: it says something else.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise ChaosTermError(f"{text!r} says no chaos; expected {_EXPECTED}")
    if found["plain"]:
        kind: Any = found["plain"]
        return Chaos(kind)
    if found["port"]:
        return Chaos("lost", port=found["port"])
    if found["after"]:
        return Chaos("killed", seconds=seconds(found["after"]))
    if found["unit"]:
        unit: Any = found["unit"]
        return Chaos("killed", unit=unit, number=int(found["number"]))
    ahead = seconds(found["jump"]) if found["jump"] else _AN_HOUR
    return Chaos("clock-jump", seconds=-ahead if found["back"] else ahead)


def _chaos_text(text: str) -> str:
    if text != "all":
        chaos_of(text)
    return text


ChaosText = Annotated[
    str,
    AfterValidator(_chaos_text),
    Field(
        description="What happens: `network` (no connection is made), `no-memory`, "
        "`too-many-files`, `disk-full`, `clock-jump 2h`, `lost PORT` (each call of it fails), "
        "`killed after 200ms`, `killed at event 2`, `killed at call 2`; or `all`.",
        examples=["network", "killed at call 2"],
    ),
]


class ChaosPromise(Model):
    """What holds of a run to which it happens, and afterwards.

    Any such run ends in time, with a status that is declared.
    """

    status: Annotated[
        Names,
        BeforeValidator(as_texts, json_schema_input_type=list[str | int] | str | int),
    ] = Field(
        default_factory=list, description="The statuses it may end with, instead of the block's."
    )
    raises: Names = Field(
        default_factory=list, description="Exceptions that it may raise, by name or reference."
    )
    holds: dict[str, Expression] = Field(
        default_factory=dict,
        description="Named expressions over such a run, and over `before` and `after`, each with "
        "`status`, `output` and `error`.",
    )
    within: Duration | None = Field(default=None, description="Such a run takes no longer.")
    check: Reference | None = Field(
        default=None,
        description="A function that is called when it is over, before the next run: of nothing, "
        "or of the input. What it raises or tells as a text, or False, is wrong: a partial write.",
    )
    recovers: StrictBool = Field(
        default=True, description="Whether the next run is as well as the one before."
    )


def short_chaos(value: Any) -> Any:
    """`all`, or a list of texts, of which nothing more is said."""
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, list):
        return {str(each): {} for each in value}
    if isinstance(value, dict):
        return {str(k): {} if v is None else v for k, v in value.items()}
    return value
