"""The subjects that a recognised value is or holds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from stagepact.adapters.stageflow.library import (
    Pipeline,
    StageKind,
    topologically_sorted_stage_names,
)
from stagepact.adapters.stageflow.pipeline import PipelineSubject
from stagepact.adapters.stageflow.recognised import is_factory, is_pipeline
from stagepact.adapters.stageflow.run import Spec
from stagepact.adapters.stageflow.runtimes import LEGACY, built, runtime_of
from stagepact.adapters.stageflow.stage import Provide, StageSubject, needs
from stagepact.adapters.stageflow.tried import tried_by
from stagepact.subject import Found, SubjectId
from stagepact.subject.marks import mark_of, tags_of
from stagepact.subject.protocols.stages import identity_of, implementation

_UNNAMED = Pipeline().name


def found(
    value: object, reference: str, name: str | None = None, provide: Provide | None = None
) -> tuple[Found, ...]:
    """The subjects that a recognised value is or holds: a stage; a pipeline with its stages.

    `reference` is where the value was found, `name` what a contract calls it. `provide` gives
    constructor's arguments, or None for those that it doesn't know. A factory is called once.
    A class that can't be made has `why="unmade"`; its subject runs when `given.config` has
    what is missing.
    """
    if not is_factory(value):
        return _found(value, reference, name, provide)
    mark = mark_of(value)
    if mark.skip:
        called = name or mark.name or reference.rpartition(":")[2]
        id_ = SubjectId(called, reference, "pipeline", "pipeline", tags_of(value))
        return (Found(id_, why="skipped", reason=mark.skip, source=reference),)
    try:
        made = value()
    except (Exception, SystemExit) as error:
        return (_unmade(reference, name, f"{type(error).__name__}: {error}"),)
    if not is_pipeline(made):
        return (_unmade(reference, name, f"made no pipeline but {type(made).__name__}"),)
    return _found(made, reference, name, provide, maker=value)


def _found(
    value: object,
    reference: str,
    name: str | None,
    provide: Provide | None,
    maker: object = None,
) -> tuple[Found, ...]:
    if not is_pipeline(value):
        stage = StageSubject(value, _stage_id(value, reference, name), provide=provide)
        return (_found_stage(stage, reference),)
    try:
        pipeline = built(value)
        specs = _ordered(pipeline)
    except Exception as error:  # no stages, a cycle, a dependency that isn't there
        return (_unmade(reference, name, f"{type(error).__name__}: {error}"),)
    called = name or mark_of(maker).name or _own_name(value, reference)
    runtime = runtime_of(pipeline)
    tags = tags_of(value) | tags_of(maker)
    id_ = SubjectId(called, reference, "pipeline", runtime.path, tags, runtime.name)
    stages = {each: tuple(spec.dependencies) for each, spec in specs.items()}
    parts = {each: _found_part(pipeline, spec, reference, provide) for each, spec in specs.items()}
    identities = {each: part.id.identity for each, part in parts.items()}
    subject = PipelineSubject(pipeline, id_)
    whole = Found(id_, subject, source=reference, stages=stages, identities=identities)
    whole = replace(whole, runtime=tried_by(pipeline))
    return (whole, *parts.values())


def _found_part(pipeline: Any, spec: Any, reference: str, provide: Provide | None) -> Found:
    runtime = runtime_of(pipeline)
    id_ = _stage_id(spec.runner, reference, spec.name, getattr(spec, "kind", None))
    config = dict(getattr(spec, "config", {}))
    depends = () if runtime is LEGACY else tuple(spec.dependencies)
    subject = StageSubject(spec.runner, id_, config, depends, provide, runtime)
    return _found_stage(subject, reference)


def _found_stage(subject: StageSubject, source: str) -> Found:
    skip = mark_of(implementation(subject.runner)).skip
    if skip:
        return Found(subject.id, None, "skipped", skip, source)
    try:
        missing = subject.missing()
    except Exception as error:  # a plugin's hook may raise anything
        return Found(subject.id, None, "unmade", f"{type(error).__name__}: {error}", source)
    if missing:
        return Found(subject.id, subject, "unmade", needs(missing), source)
    return Found(subject.id, subject, source=source)


def _unmade(reference: str, name: str | None, reason: str) -> Found:
    id_ = SubjectId(name or reference.rpartition(":")[2], reference, "pipeline", "pipeline")
    return Found(id_, why="unmade", reason=reason.partition("\n")[0][:300], source=reference)


def _ordered(pipeline: Any) -> Mapping[str, Spec]:
    """The stages in the order in which they can run; raises what the runtime raises for none."""
    specs = runtime_of(pipeline).specs(pipeline)
    if isinstance(pipeline, Pipeline):
        pipeline.build()
    order = topologically_sorted_stage_names(specs)
    return {name: specs[name] for name in order}


def _own_name(value: Any, reference: str) -> str:
    """A pipeline's name, or the name of the attribute that holds it when it wasn't given one."""
    named = getattr(value, "name", None) or getattr(value, "_pipeline_name", None)
    return str(named) if named and named != _UNNAMED else reference.rpartition(":")[2]


def _stage_id(runner: object, reference: str, name: str | None, kind: object = None) -> SubjectId:
    real = implementation(runner)
    return SubjectId(
        name=name or _called(real),
        identity=identity_of(real, f"{reference}#{name}" if name else reference),
        kind=_kind(kind) or _kind(getattr(real, "kind", None)) or "stage",
        tags=tags_of(runner) | tags_of(real),
    )


def _called(real: Any) -> str:
    named = mark_of(real).name or getattr(real, "name", None)
    if isinstance(named, str) and named:
        return named
    return str(getattr(real, "__name__", type(real).__name__))


def _kind(kind: object) -> str:
    if isinstance(kind, str):  # a StageKind is one
        with suppress(ValueError):
            return StageKind(kind).value
    return ""
