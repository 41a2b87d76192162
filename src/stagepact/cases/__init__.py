"""Contracts → cases: the written examples, and a strategy of everything that is permitted."""

from stagepact.cases.door import (
    asks,
    edge_cases,
    edge_requests,
    fuzz_cases,
    fuzz_requests,
    fuzz_sequences,
    invalid_requests,
    law_cases,
    needed_request,
    other_body,
    passed_on,
    plain_request,
    simplest_case,
)
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
    "asks",
    "edge_cases",
    "edge_requests",
    "example_case",
    "fuzz_cases",
    "fuzz_requests",
    "fuzz_sequences",
    "invalid_requests",
    "law_cases",
    "needed_request",
    "operation_case",
    "other_body",
    "passed_on",
    "plain_request",
    "simplest_case",
]
