"""Contracts and subjects → all there is to check, each with its id; both doors ask it."""

from stagepact.plan.build import build
from stagepact.plan.model import Plan

__all__ = ["Plan", "build"]
