"""stagepact: contracts for pipeline stages, services and channels, held against the code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stagepact.contract.models import Contract as Contract
    from stagepact.subject.marks import contract_subject as contract_subject
    from stagepact.subject.marks import skip_contract_tests as skip_contract_tests

__version__ = "0.1.0"

# Names are looked up late (PEP 562), so that importing stagepact costs next to nothing.
_MODELS = [
    "Contract",
    "Stage",
    "Given",
    "OutputClauses",
    "Events",
    "EventSequence",
    "Rule",
    "Response",
    "Precedence",
    "LogClause",
    "CallClause",
    "Holds",
    "Within",
    "Example",
    "GivenValues",
    "ExpectedOutput",
    "ExpectedEvent",
    "Except",
    "When",
    "Fuzz",
    "Service",
    "Operation",
    "RequestSchemas",
    "RequestValues",
    "ResponseClauses",
    "ExpectedResponse",
    "OperationExample",
    "Store",
    "Flow",
]
_PLACES = {
    **dict.fromkeys(_MODELS, "stagepact.contract.models"),
    "contract_subject": "stagepact.subject.marks",
    "skip_contract_tests": "stagepact.subject.marks",
    "parametrize": "stagepact.testing",
    "StageContractTest": "stagepact.testing",
    "get_all_stages": "stagepact.testing",
}

__all__ = ["__version__", *_PLACES]


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'stagepact' has no attribute {name!r}")
    return getattr(import_module(place), name)


def __dir__() -> list[str]:
    return sorted(__all__)
