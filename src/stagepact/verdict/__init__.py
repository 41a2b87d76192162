"""Observations in, verdicts out; nothing here runs a subject."""

from stagepact.verdict.model import Excepted, ItemId, Known, Listed, Run, State, Verdict, Violation

__all__ = ["Excepted", "ItemId", "Known", "Listed", "Run", "State", "Verdict", "Violation"]
