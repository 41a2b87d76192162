"""What a stage is handed, shown to who asks: its input, its upstreams, and which it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from stagepact.adapters.stageflow.library import PipelineContext, StageOutput

Watch = Callable[[Mapping[str, Any]], None]


def watched(context: Any, declared: Sequence[str], watch: Watch) -> Any:
    """A context that shows what it hands over, and which upstreams are asked for."""
    if isinstance(context, PipelineContext):
        watch({"input": [context.input_text, context.metadata]})
        return context
    asked: list[str] = []
    inputs = _asking(context.inputs, asked)
    given = {name: output.data for name, output in inputs.prior_outputs.items()}
    handed = {"input": [context.snapshot.input_text, context.snapshot.metadata], "inputs": given}
    watch({**handed, "asked": asked, "declared": declared})
    return replace(context, inputs=inputs)


def _asking(inputs: Any, asked: list[str]) -> Any:
    """The same inputs, which write down each upstream that is asked for by name."""

    class Outputs(dict[str, StageOutput]):
        def __getitem__(self, name: str) -> StageOutput:
            asked.append(name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            asked.append(name)
            return super().get(name, default)

        def __contains__(self, name: object) -> bool:
            asked.append(str(name))
            return super().__contains__(name)

    class Inputs(type(inputs)):  # type: ignore[misc]  # the class that this version has
        __slots__ = ()

        def _validate_dependency(self, stage_name: str) -> None:
            asked.append(stage_name)
            super()._validate_dependency(stage_name)

    values = {each.name: getattr(inputs, each.name) for each in fields(inputs)}
    return Inputs(**{**values, "prior_outputs": Outputs(inputs.prior_outputs)})
