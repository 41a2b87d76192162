"""What is recognised: stages, pipelines, and functions that make pipelines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeGuard

from stagepact.adapters.stageflow.library import (
    Pipeline,
    PipelineBuilder,
    StageGraph,
    UnifiedStageGraph,
)
from stagepact.subject.protocols.stages import is_function, is_stage, is_stage_function

_PIPELINES = (Pipeline, PipelineBuilder, UnifiedStageGraph, StageGraph)
_PIPELINE_NAMES = frozenset(each.__name__ for each in _PIPELINES)


def recognises(value: object) -> bool:
    """Whether a value is a stage, a pipeline, or a function that makes a pipeline from nothing.

    `Stage` can't be asked (it isn't runtime-checkable), so the shape is: concrete, with a
    coroutine function `execute` that takes a context, and a kind or a name.
    """
    return is_pipeline(value) or is_factory(value) or is_stage(value) or is_stage_function(value)


def is_pipeline(value: object) -> bool:
    """Whether a value is a pipeline, a builder of one, or a graph that was built."""
    return issubclass(type(value), _PIPELINES)


def is_factory(value: object) -> TypeGuard[Callable[[], Any]]:
    """Whether a value is a function that makes a pipeline of nothing, by its annotation."""
    if not is_function(value) or inspect.iscoroutinefunction(value):
        return False
    annotation = value.__annotations__.get("return")
    named = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if named.rpartition(".")[2].strip("\"' ") not in _PIPELINE_NAMES:
        return False
    parameters = inspect.signature(value).parameters.values()
    return all(each.default is not each.empty for each in parameters)
