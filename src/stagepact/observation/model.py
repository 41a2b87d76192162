"""All that was seen of one run, and no opinion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from stagepact.subject import Case, Event, Given, Output, Part, SubjectId

if TYPE_CHECKING:
    from stagepact.faults import Fired


class End(StrEnum):
    """How a run ended."""

    RETURNED = "returned"
    RAISED = "raised"
    HUNG = "hung"
    DIED = "died"
    NOT_REACHED = "not reached"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Failure:
    """What was raised: `module:qualname`, the message, and the user's part of the traceback."""

    type: str
    message: str
    traceback: str = ""
    bases: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = self.type.rpartition(":")[2]
        return f"{name}: {self.message}" if self.message else name


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a port's method; `arguments` by parameter name where they can be bound."""

    port: str
    method: str
    arguments: Mapping[str, Any]
    result: Any = None
    error: str = ""
    at: float = 0.0
    duration: float = 0.0

    @property
    def name(self) -> str:
        """`port.method`."""
        return f"{self.port}.{self.method}" if self.method else self.port


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record of `logging`, with its `extra` fields and the traceback that it carries."""

    logger: str
    level: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
    level_number: int = 0
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Leaks:
    """What a run left behind, each by a readable name."""

    tasks: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One run of a subject with a case: events in order, output or error, timings, leavings.

    Times are seconds since the run began; `dropped` counts the events beyond the limit.
    `faults` are those that struck.
    """

    subject: SubjectId
    case: Case
    end: End
    output: Output | None = None
    error: Failure | None = None
    duration: float = 0.0
    events: tuple[Event, ...] = ()
    dropped: int = 0
    calls: tuple[Call, ...] = ()
    logs: tuple[LogRecord, ...] = ()
    printed: str = ""
    leaks: Leaks = field(default_factory=Leaks)
    parts: Mapping[str, Part] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    event_name: str = "{type}"
    part_given: Given | None = None
    faults: tuple[Fired, ...] = ()

    @property
    def status(self) -> str:
        """The output's status; `error` when it raised, else how the run ended."""
        if self.output is not None:
            return self.output.status
        return "error" if self.end is End.RAISED else str(self.end)

    @property
    def given(self) -> Given:
        """What the subject was given: by the case, or by the pipeline that it is a part of."""
        return self.case.given if self.part_given is None else self.part_given

    def of_stage(self, name: str, subject: SubjectId, event_name: str) -> Observation:
        """What a pipeline's run showed of one of its stages."""
        part = self.parts.get(name)
        seen = replace(self, subject=subject, event_name=event_name, parts={}, failures={})
        if part is None:
            return replace(seen, end=End.NOT_REACHED, output=None, error=None, duration=0.0)
        end, failure = End.RETURNED, self.failures.get(name)
        if failure is not None:
            hung = self.end is End.HUNG and failure.type in _BROKEN_INTO
            end, failure = (End.HUNG, self.error) if hung else (End.RAISED, failure)
        return replace(
            seen,
            part_given=part.input,
            end=end,
            output=part.output,
            error=failure,
            duration=part.duration,
        )


# How the time limit of a pipeline's run shows in the stages that haven't ended by then.
_BROKEN_INTO = frozenset({"asyncio.exceptions:CancelledError", "stagepact:TimeLimit"})
