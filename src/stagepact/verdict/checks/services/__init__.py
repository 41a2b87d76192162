"""The laws of services: pure functions of the steps of a law's walk."""

from stagepact.verdict.checks.services.seen import as_told, server_errors, walked
from stagepact.verdict.checks.services.table import SERVICE_CHECKS

__all__ = ["SERVICE_CHECKS", "as_told", "server_errors", "walked"]
