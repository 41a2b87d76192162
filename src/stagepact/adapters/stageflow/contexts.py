"""What a run is given: fresh contexts, as the runtime would make them."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any
from uuid import UUID

from stagepact.adapters.stageflow.library import (
    AudioPorts,
    CorePorts,
    LLMPorts,
    PipelineContext,
    PipelineTimer,
    StageContext,
    StageOutput,
    create_stage_inputs,
    get_event_sink,
    set_event_sink,
)
from stagepact.errors import nearest
from stagepact.subject import Given, Probe, Unfit


class Sink:
    """An event sink that tells each event at once."""

    def __init__(self, tell: Callable[[str, Any], None]) -> None:
        self._tell = tell

    async def emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        """Tell it."""
        self._tell(type, data)

    def try_emit(self, *, type: str, data: dict[str, Any] | None) -> None:
        """Tell it."""
        self._tell(type, data)


@contextmanager
def default_sink(sink: Sink) -> Iterator[None]:
    """The sink that stageflow's tools and subpipelines ask for, which have no context's."""
    before = get_event_sink()
    set_event_sink(sink)
    try:
        yield
    finally:
        set_event_sink(before)


_IDS = frozenset(
    {"pipeline_run_id", "request_id", "session_id", "user_id", "org_id", "interaction_id"}
)
# Of the context's fields, the ones that a case gives otherwise or that nobody gives.
_OURS = frozenset({"event_sink", "ports"})
_CONTEXT_FIELDS = frozenset(inspect.signature(PipelineContext.create).parameters) - _OURS


def pipeline_context(given: Given, probe: Probe, sink: Sink, topology: str) -> PipelineContext:
    """A fresh context of a pipeline.

    Raises:
        Unfit: the case gives a field that the context doesn't have, or no identifier for one.
    """
    values = {name: _context_value(name, value) for name, value in given.context.items()}
    values = {"topology": topology, **values}
    if isinstance(given.input, str):
        values["input_text"] = given.input
    elif given.input is not None:
        values["metadata"] = {**values.get("metadata", {}), **_metadata(given.input)}
    ports = _ports({name: probe.port(name, port) for name, port in given.ports.items()})
    return PipelineContext.create(event_sink=sink, ports=ports, **values)


def _context_value(name: str, value: Any) -> Any:
    if name not in _CONTEXT_FIELDS:
        guess = nearest(name, _CONTEXT_FIELDS)
        advice = f"did you mean {guess!r}?" if guess else f"it has {', '.join(_CONTEXT_FIELDS)}"
        raise Unfit(f"PipelineContext has no field {name!r}; {advice}")
    if name not in _IDS or not isinstance(value, str):
        return own(value)
    try:
        return UUID(value)
    except ValueError:
        raise Unfit(f"context {name}: {value!r} is no UUID") from None


def _metadata(value: Any) -> dict[str, Any]:
    return own(value) if isinstance(value, dict) else {"input": own(value)}


def own(value: Any) -> Any:
    """The run's own lists and mappings: what a stage does to them doesn't reach the case."""
    if isinstance(value, Mapping):
        return {key: own(item) for key, item in value.items()}
    return [own(item) for item in value] if isinstance(value, list) else value


def _ports(ports: Mapping[str, Any]) -> Any:
    """The ports as the narrowest of stageflow's own types that knows all the names."""
    if not ports:
        return None
    for each in (AudioPorts, LLMPorts, CorePorts):
        if ports.keys() <= {known.name for known in fields(each)}:
            return each(**ports)
    return types.SimpleNamespace(**ports)


def stage_context(
    given: Given, probe: Probe, sink: Sink, name: str, depends: Sequence[str]
) -> StageContext:
    """A fresh context of one stage, as the runtime would make it after the upstreams' ends."""
    _refuse_strangers(given.inputs, depends)
    root = pipeline_context(given, probe, sink, name)
    snapshot = root.to_snapshot()
    inputs = create_stage_inputs(
        snapshot=snapshot,
        prior_outputs={each: _upstream(each, data) for each, data in given.inputs.items()},
        ports=root.ports,
        declared_deps=frozenset(depends or given.inputs),
        stage_name=name,
        strict=True,
    )
    return StageContext(snapshot, inputs, name, PipelineTimer(), sink)


def _refuse_strangers(inputs: Mapping[str, Any], depends: Sequence[str]) -> None:
    strangers = sorted(set(inputs) - set(depends)) if depends else []
    if strangers:
        raise Unfit(f"no upstream {strangers[0]!r}; the stage depends on {', '.join(depends)}")


def _upstream(name: str, data: Any) -> StageOutput:
    if not isinstance(data, Mapping):
        raise Unfit(f"inputs of {name!r}: a stage's output is an object, this is {data!r:.60}")
    return StageOutput.ok(data=own(data))


def legacy_context(
    given: Given, probe: Probe, sink: Sink, name: str, depends: Sequence[str]
) -> PipelineContext:
    """What the deprecated StageGraph hands to its runners: they all share the pipeline's."""
    if given.inputs:
        raise Unfit("a StageGraph's stages get no upstream outputs; they share the context's data")
    return pipeline_context(given, probe, sink, name)
