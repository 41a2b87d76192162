"""Contracts → cases: the written examples, and a strategy of everything that is permitted."""

from stagepact.cases.door import fuzz_cases, fuzz_requests
from stagepact.cases.edges import edge_cases, edge_requests
from stagepact.cases.written import (
    Assumption,
    RequestAssumption,
    all_of,
    example_case,
    operation_case,
)

__all__ = [
    "Assumption",
    "RequestAssumption",
    "all_of",
    "edge_cases",
    "edge_requests",
    "example_case",
    "fuzz_cases",
    "fuzz_requests",
    "operation_case",
]
