"""Sequences of calls, drawn: each call with the item that it is for and the body that it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from stagepact.contract.models import Operation
from stagepact.schema.generate import from_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given

_LONGEST, _ITEMS, _EXAMPLES = 10, 3, 4


def fuzz_sequences(
    operations: Mapping[str, Operation],
    first: str,
    bundle: Callable[[JsonSchema], JsonSchema],
    states: Sequence[str | None],
) -> st.SearchStrategy[Case]:
    """A strategy of sequences of these operations, from each state; `first` begins most of them.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    calls = {name: _call(name, each, bundle) for name, each in operations.items()}
    any_call = st.one_of([calls[first], *calls.values()]) if first else st.one_of([*calls.values()])
    return st.builds(
        lambda state, steps: Case("fuzz", Given(state=state, input=steps), "fuzz"),
        st.sampled_from(list(states)),
        st.lists(any_call, min_size=1, max_size=_LONGEST),
    )


def _call(
    name: str, operation: Operation, bundle: Callable[[JsonSchema], JsonSchema]
) -> st.SearchStrategy[dict[str, Any]]:
    told: dict[str, st.SearchStrategy[Any]] = {"call": st.just(name)}
    if "{" in name:
        told["item"] = st.integers(0, _ITEMS)
    like = st.fixed_dictionaries({**told, "like": st.integers(0, _EXAMPLES)})
    if operation.request.body is None or operation.fuzz is False:
        return st.fixed_dictionaries(told) if not operation.examples else like
    body = from_schema(bundle(operation.request.body))
    return st.one_of(like, st.fixed_dictionaries({**told, "body": body}))
