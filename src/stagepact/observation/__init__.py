"""Subjects in, observations out; only this package makes an observation."""

from stagepact.observation.isolated import IsolatedObserver
from stagepact.observation.model import (
    Call,
    End,
    Failure,
    Leaks,
    LogRecord,
    Observation,
)
from stagepact.observation.observe import Limits, Observer, is_late

__all__ = [
    "Call",
    "End",
    "Failure",
    "IsolatedObserver",
    "Leaks",
    "Limits",
    "LogRecord",
    "Observation",
    "Observer",
    "is_late",
]
