"""Subject, Case, Event: what can be put to the test, and with what."""

from stagepact.subject.model import (
    Case,
    CaseKind,
    Event,
    Found,
    Fresh,
    Given,
    Output,
    Part,
    Probe,
    Recorder,
    Request,
    Stopped,
    Subject,
    SubjectId,
    Unfit,
)

__all__ = [
    "Case",
    "CaseKind",
    "Event",
    "Found",
    "Fresh",
    "Given",
    "Output",
    "Part",
    "Probe",
    "Recorder",
    "Request",
    "Stopped",
    "Subject",
    "SubjectId",
    "Unfit",
]
