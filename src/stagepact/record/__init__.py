"""What is kept of runs and their verdicts, with commit and time."""

from stagepact.record.store import Record, RunSummary

__all__ = ["Record", "RunSummary"]
