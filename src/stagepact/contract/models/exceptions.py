"""Ways out of clauses: written down, with a reason and an end."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stagepact.contract.models.model import Model
from stagepact.contract.models.texts import Names, Versions


def _no_number(value: Any) -> Any:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("no date; write one such as 2026-12-31")
    return value


class When(Model):
    """Where an exception applies; all that is said must hold."""

    platform: Names = Field(
        default_factory=list, description="linux, darwin or win32 (sys.platform)."
    )
    python: Versions | None = Field(default=None, description="A version range, such as `<3.13`.")
    env: dict[str, str] = Field(
        default_factory=dict, description="Environment variables and their values."
    )
    version: dict[str, Versions] = Field(
        default_factory=dict,
        description="Distributions and version ranges, such as `{httpx: '<1'}`.",
    )


class Except(Model):
    """A way out of a clause: written down, with a reason, an issue and an end."""

    clause: str = Field(description="A clause's id or a glob of ids, such as `events.*`.")
    stage: str | None = Field(
        default=None,
        description="A selector; what its block is for without it.",
    )
    reason: str = Field(min_length=1, description="Why, in words; every report shows it.")
    issue: str = Field(min_length=1, description="Where it is followed up, such as `#165`.")
    until: Annotated[date, BeforeValidator(_no_number)] = Field(
        description="The last day on which it holds, in UTC."
    )
    when: When | None = Field(default=None, description="Where it applies; everywhere without it.")
