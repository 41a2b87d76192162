"""A case from plain values, as reports print it: what is the same in all cases is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from stagepact.cases import operation_case
from stagepact.contract.models import Example, OperationExample
from stagepact.flow import Target
from stagepact.subject import Case, CaseKind


def case_of_values(
    values: Mapping[str, Any], target: Target, name: str, kind: CaseKind = "example"
) -> Case:
    """The case of `{"given": …}` of a stage, or of `{"state": …, "request": …}` of an operation.

    Raises:
        ValueError: they are no case; the message says why.
    """
    if not isinstance(values, Mapping):
        raise ValueError("no mapping")
    if "given" in values and isinstance(values.get("state"), str):  # a sequence of calls
        rest = {name: value for name, value in values.items() if name != "state"}
        made = case_of_values(rest, target, name, kind)
        return replace(made, given=replace(made.given, state=values["state"]))
    model = OperationExample if {"state", "request"} & set(values) else Example
    try:
        example = model.model_validate({"name": name, **values})
    except ValidationError as error:
        raise ValueError(_first(error)) from None
    if isinstance(example, OperationExample):
        made = operation_case(example, None, target.admits)
        return replace(made, kind="invalid" if target.refutes(made.given) else kind)
    given, base = example.given, target.base
    if given.ports:
        raise ValueError("`ports`: leave them out, they are what the contract says")
    whole = replace(
        base,
        input=given.input,
        inputs={**base.inputs, **given.inputs},
        config={**base.config, **given.config},
        context={**base.context, **given.context},
    )
    return Case(name, whole, kind, target.admits(whole))


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    return f"{'/'.join(map(str, detail['loc']))}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
