"""The laws of services: pure functions of the steps of a law's walk."""

from stagepact.verdict.checks.services.seen import as_told, server_errors, walked
from stagepact.verdict.checks.services.table import CHECKS

__all__ = ["CHECKS", "as_told", "server_errors", "walked"]
