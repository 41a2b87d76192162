"""The door to what makes values, loaded when cases are asked for (docs/decisions/0002)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stagepact.cases.written import Assumption
from stagepact.contract.models import Operation, RequestSchemas
from stagepact.schema.engines import Engine
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Request

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from stagepact.cases.refuted import Refutation
    from stagepact.subject.protocols.walks import Ask


def fuzz_cases(assumption: Assumption, engine: Engine = "stagepact") -> SearchStrategy[Case] | None:
    """A strategy of cases that the contracts permit; None when nothing varies.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    strategy: SearchStrategy[Case] | None = _drawn().fuzz_cases(assumption, engine)
    return strategy


def fuzz_requests(
    template: str,
    schemas: RequestSchemas,
    bundle: Any,
    states: Sequence[str | None],
    engine: Engine = "stagepact",
    *,
    found: bool = False,
) -> SearchStrategy[Case]:
    """A strategy of requests that an operation permits, from each of its states.

    If the path's values are `found` otherwise, half of the cases leave them to that.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    strategy: SearchStrategy[Case] = _drawn().fuzz_requests(
        template, schemas, bundle, states, engine, found=found
    )
    return strategy


def simplest_case(generate: Callable[[], SearchStrategy[Case] | None]) -> Case | None:
    """The simplest case of a strategy, the same each time; None where there is none."""
    strategy = generate()
    case: Case | None = None if strategy is None else _drawn().simplest(strategy)
    return case


def law_cases(law: str) -> SearchStrategy[Case]:
    """A strategy of what a law of pipelines is tried with."""
    strategy: SearchStrategy[Case] = import_module("stagepact.cases.drawn_laws").drawn(law)
    return strategy


def edge_cases(assumption: Assumption) -> tuple[Case, ...]:
    """The valid boundary cases of what a subject is given, one part at a time."""
    cases: tuple[Case, ...] = _edges().edge_cases(assumption)
    return cases


def edge_requests(
    schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> tuple[Case, ...]:
    """The valid boundary cases of an operation's requests, one part at a time, from each state."""
    cases: tuple[Case, ...] = _edges().edge_requests(schemas, bundle, states)
    return cases


def invalid_requests(refutation: Refutation, count: int) -> tuple[Case, ...]:
    """Nearly valid requests, each with one fault: every edge once, then as many as `count` more."""
    cases: tuple[Case, ...] = import_module("stagepact.cases.nearly").invalid_requests(
        refutation, count
    )
    return cases


def passed_on(given: JsonSchema, taken: JsonSchema) -> tuple[Case, ...]:
    """What one end of a flow may give: first a value that the other refuses, if there is one."""
    cases: tuple[Case, ...] = _edges().passed_on(given, taken)
    return cases


def asks(operations: Mapping[str, Operation], bundle: Any) -> Mapping[str, Ask]:
    """How each operation is asked: as its successful examples do, then with schemas' values."""
    found: Mapping[str, Ask] = import_module("stagepact.cases.asked").asks(operations, bundle)
    return found


def fuzz_sequences(
    operations: Mapping[str, Operation], first: str, bundle: Any, states: Sequence[str | None]
) -> SearchStrategy[Case]:
    """A strategy of sequences of these operations, from each state; `first` begins most of them.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    strategy: SearchStrategy[Case] = import_module("stagepact.cases.sequences").fuzz_sequences(
        operations, first, bundle, states
    )
    return strategy


def _edges() -> Any:
    return import_module("stagepact.cases.edges")


def _drawn() -> Any:
    return import_module("stagepact.cases.drawn")


def needed_request(schemas: RequestSchemas, bundle: Any) -> Request | None:
    """A request of the path, the body and what is required; None where one has no value."""
    request: Request | None = _edges().needed_request(schemas, bundle)
    return request


def plain_request(refutation: Refutation) -> Request | None:
    """A request that succeeds as far as is known, else a plain valid one; None for none."""
    request: Request | None = import_module("stagepact.cases.nearly").plain_request(refutation)
    return request


def other_body(refutation: Refutation, body: Any) -> Any:
    """A valid body that isn't this one; None for none."""
    return import_module("stagepact.cases.nearly").other_body(refutation, body)
