"""What a stage returned, read as the runtime reads it."""

from __future__ import annotations

from typing import Any

from stagepact.adapters.stageflow.library import StageOutput, StageResult
from stagepact.subject import Output


def output_of(name: str, raw: Any) -> Output:
    """What a stage returned, read as the runtime reads it.

    Raises:
        TypeError: neither a StageOutput nor a dict nor None, in the runtime's words.
    """
    if raw is None or isinstance(raw, dict):
        raw = StageOutput.ok(data=raw)
    if not isinstance(raw, StageOutput):
        raise TypeError(f"Stage {name} returned unsupported result type {type(raw)}")
    events = tuple((event.type, event.data) for event in raw.events)
    # A status should be a StageStatus, but nothing keeps a stage from writing a text.
    status = str(getattr(raw.status, "value", raw.status))
    return Output(status, raw.data, raw, raw.error, events=events)


_LEGACY_STATUS = {"completed": "ok", "failed": "fail"}


def legacy_output_of(name: str, raw: Any) -> Output:
    """What a stage of the deprecated StageGraph returned: empty things of any type are fine."""
    if isinstance(raw, StageResult):
        status = _LEGACY_STATUS.get(raw.status, raw.status)
        return Output(status, raw.data, raw, raw.error)
    return output_of(name, raw or {})
