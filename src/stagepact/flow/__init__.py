"""The five steps: a target's cases are run, observed and judged, and what broke is shrunk."""

from stagepact.flow.check import check, database_of_profile, observer_of
from stagepact.flow.model import Item, Options, Target, View

__all__ = ["Item", "Options", "Target", "View", "check", "database_of_profile", "observer_of"]
