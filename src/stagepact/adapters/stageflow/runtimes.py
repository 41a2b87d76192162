"""stageflow's ways to run stages, in a table."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stagepact.adapters.stageflow.contexts import legacy_context
from stagepact.adapters.stageflow.library import (
    DISTRIBUTION,
    VERSION,
    Pipeline,
    PipelineBuilder,
    PipelineContext,
    StageGraph,
    StageResult,
    UnifiedPipelineCancelled,
    UnifiedStageExecutionError,
    UnifiedStageGraph,
)
from stagepact.adapters.stageflow.outputs import legacy_output_of
from stagepact.adapters.stageflow.run import Run, Runner, Runtime, Spec
from stagepact.subject import Output


async def _pipeline_output(pipeline: Any, context: PipelineContext, run: Run) -> Output:
    try:
        results = await pipeline.run(context)
    except UnifiedPipelineCancelled as end:
        run.complete(end.results)
        data = {name: output.data for name, output in end.results.items()}
        return Output("cancel", data, end.results, end.reason, parts=run.parts)
    except UnifiedStageExecutionError as error:
        run.blame(error)
        raise
    run.complete(results)
    data = {name: output.data for name, output in results.items()}
    return Output("ok", data, results, parts=run.parts)


async def _graph_output(graph: Any, context: PipelineContext, run: Run) -> Output:
    """The StageGraph's results; it goes on after a failed stage, and says so only in them."""
    results: dict[str, StageResult] = await graph.run(context)
    data = {name: result.data for name, result in results.items()}
    errors = [str(result.error) for result in results.values() if result.status == "failed"]
    status, error = ("fail", errors[0]) if errors else ("ok", None)
    return Output(status, data, results, error, parts=run.parts)


def call_of(runner: Any) -> Runner:
    """The call that an instance, or else a bare function, is run by."""
    call: Runner = getattr(runner, "execute", runner)
    return call


def _call_in_pipeline(spec: Any) -> Runner:
    if not isinstance(spec.runner, type):
        return call_of(spec.runner)

    async def made(context: Any) -> Any:
        return await spec.runner(**spec.config).execute(context)

    return made


def _call_in_graph(spec: Spec) -> Runner:
    runner: Runner = spec.runner
    return runner


def _call_in_legacy_graph(spec: Spec) -> Runner:
    if not isinstance(spec.runner, type):
        return _call_in_graph(spec)

    async def made(context: Any) -> Any:
        return await spec.runner().execute(context)

    return made


def _pipeline_with(pipeline: Any, runners: Mapping[str, Runner]) -> Any:
    stages = {
        name: replace(spec, runner=runners[name], config={})
        for name, spec in pipeline.stages.items()
    }
    return replace(pipeline, stages=stages)


def _graph_with(graph: Any, runners: Mapping[str, Runner]) -> Any:
    """A copy of a built graph: it can't be built again, since it hides what it was built with."""
    other = copy.copy(graph)
    other._specs = {spec.name: replace(spec, runner=runners[spec.name]) for spec in _specs(graph)}
    return other


def _stages(pipeline: Any) -> Mapping[str, Spec]:
    specs: Mapping[str, Spec] = pipeline.stages
    return specs


def _specs(graph: Any) -> list[Any]:
    return list(graph.stage_specs)


def _specs_by_name(graph: Any) -> Mapping[str, Spec]:
    return {spec.name: spec for spec in _specs(graph)}


PIPELINE = Runtime(
    name=f"{DISTRIBUTION} {VERSION} Pipeline.run",
    path="pipeline",
    specs=_stages,
    with_runners=_pipeline_with,
    call=_call_in_pipeline,
    run=_pipeline_output,
)
_GRAPH = replace(
    PIPELINE,
    name=f"{DISTRIBUTION} {VERSION} UnifiedStageGraph.run",
    specs=_specs_by_name,
    with_runners=_graph_with,
    call=_call_in_graph,
)
LEGACY = replace(
    _GRAPH,
    name=f"{DISTRIBUTION} {VERSION} StageGraph.run",
    path="graph",
    call=_call_in_legacy_graph,
    run=_graph_output,
    output=legacy_output_of,
    context=legacy_context,
    ends=(),
)
_RUNTIMES = ((Pipeline, PIPELINE), (UnifiedStageGraph, _GRAPH), (StageGraph, LEGACY))


def runtime_of(pipeline: object) -> Runtime:
    """The runtime of a pipeline, by its type."""
    return next(runtime for cls, runtime in _RUNTIMES if issubclass(type(pipeline), cls))


def built(pipeline: Any) -> Any:
    """The pipeline itself, or the graph that a deprecated builder makes."""
    if not issubclass(type(pipeline), PipelineBuilder):
        return pipeline
    with warnings.catch_warnings():
        # Who uses the deprecated builder has been told so by the builder itself.
        warnings.filterwarnings("ignore", "StageGraph is deprecated", DeprecationWarning)
        return pipeline.build()
