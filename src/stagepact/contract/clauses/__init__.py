"""Blocks of a contract, taken apart into clauses: the single promises that are judged.

A clause has an id (`events.started`), a kind that names its check, a place in its file, a
sentence, and a value with all that the check needs. Clauses are made once a block; what
depends on the subject (its name on the wire) is left to the check.
"""

from stagepact.contract.clauses.chaos import ChaosValue, chaos_clauses
from stagepact.contract.clauses.clause import Clause, Compiler, object_if_said
from stagepact.contract.clauses.conduct import (
    ConductValue,
    ImplementedValue,
    MethodsValue,
    asks_invalid,
    implemented_clause,
    method_clauses,
    unmade_clause,
)
from stagepact.contract.clauses.events import (
    EventsValue,
    OrderValue,
    PayloadValue,
    ResponseValue,
    SequenceValue,
    TypesValue,
)
from stagepact.contract.clauses.faults import (
    FaultKey,
    FaultValue,
    HappensValue,
    RetriesValue,
    fault_clauses,
    tried_text,
)
from stagepact.contract.clauses.judged import (
    QUANTILES,
    HoldsValue,
    LogValue,
    MetamorphicValue,
    WithinValue,
    times_text,
)
from stagepact.contract.clauses.laws import OWN as OWN_LAW
from stagepact.contract.clauses.operations import (
    OperationExampleValue,
    ResponseBodyValue,
    operation_clauses,
)
from stagepact.contract.clauses.stages import (
    CallValue,
    EmittedValue,
    ExampleValue,
    StatusValue,
    stage_clauses,
)

__all__ = [
    "OWN_LAW",
    "QUANTILES",
    "CallValue",
    "ChaosValue",
    "Clause",
    "Compiler",
    "ConductValue",
    "EmittedValue",
    "EventsValue",
    "ExampleValue",
    "FaultKey",
    "FaultValue",
    "HappensValue",
    "HoldsValue",
    "ImplementedValue",
    "LogValue",
    "MetamorphicValue",
    "MethodsValue",
    "OperationExampleValue",
    "OrderValue",
    "PayloadValue",
    "ResponseBodyValue",
    "ResponseValue",
    "RetriesValue",
    "SequenceValue",
    "StatusValue",
    "TypesValue",
    "WithinValue",
    "asks_invalid",
    "chaos_clauses",
    "fault_clauses",
    "implemented_clause",
    "method_clauses",
    "object_if_said",
    "operation_clauses",
    "stage_clauses",
    "times_text",
    "tried_text",
    "unmade_clause",
]
