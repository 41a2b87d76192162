"""stageflow's stages and pipelines as subjects; the one place that imports stageflow.

The law of this file: only a runner is wrapped. It alone is met by every end of a stage: its
interceptors and hooks miss conditional skips and cancelled siblings, and passing `interceptors=`
would replace the runtime's own. What never reaches a runner (a conditional skip) is taken from
the event that the runtime emits for it, and from the results.
"""

from __future__ import annotations

import copy
import inspect
import types
import warnings
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, TypeGuard, get_type_hints
from uuid import UUID

from stagepact.errors import nearest
from stagepact.subject import Case, Found, Given, Output, Part, Probe, SubjectId, Unfit
from stagepact.subject.distribution import required_version
from stagepact.subject.marks import mark_of, tags_of
from stagepact.subject.protocols.stages import (
    identity_of,
    implementation,
    is_function,
    is_stage,
    is_stage_function,
)

_DISTRIBUTION = "stageflow-core"
_VERSION = required_version(_DISTRIBUTION, package="stageflow", extra="stageflow")

# Only now: another distribution's `stageflow` is refused before any of its code runs.
from stageflow.core import (  # noqa: E402
    PipelineTimer,
    StageCancellationRequested,
    StageContext,
    StageKind,
    StageOutput,
)
from stageflow.events import get_event_sink, set_event_sink  # noqa: E402
from stageflow.pipeline.builder import PipelineBuilder  # noqa: E402
from stageflow.pipeline.dag import (  # noqa: E402
    StageGraph,
    UnifiedPipelineCancelled,
    UnifiedStageExecutionError,
    UnifiedStageGraph,
)
from stageflow.pipeline.pipeline import Pipeline  # noqa: E402
from stageflow.pipeline.validation import topologically_sorted_stage_names  # noqa: E402
from stageflow.stages.context import PipelineContext  # noqa: E402
from stageflow.stages.inputs import create_stage_inputs  # noqa: E402
from stageflow.stages.ports import AudioPorts, CorePorts, LLMPorts  # noqa: E402
from stageflow.stages.result import StageResult  # noqa: E402

STAGE_EVENT = "stage.{stage}.{type}"
PIPELINE_EVENT = "pipeline.{type}"

Runner = Callable[[Any], Awaitable[Any]]
Provide = Callable[[SubjectId, str, Any], Any]

_PIPELINES = (Pipeline, PipelineBuilder, UnifiedStageGraph, StageGraph)
_PIPELINE_NAMES = frozenset(each.__name__ for each in _PIPELINES)
_UNNAMED = Pipeline().name


# -- what is recognised ------------------------------------------------------------------------


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


# -- what a run is given -----------------------------------------------------------------------


class _Sink:
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
def _default_sink(sink: _Sink) -> Iterator[None]:
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


def _pipeline_context(given: Given, probe: Probe, sink: _Sink, topology: str) -> PipelineContext:
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
        return _own(value)
    try:
        return UUID(value)
    except ValueError:
        raise Unfit(f"context {name}: {value!r} is no UUID") from None


def _metadata(value: Any) -> dict[str, Any]:
    return _own(value) if isinstance(value, dict) else {"input": _own(value)}


def _own(value: Any) -> Any:
    """The run's own lists and mappings: what a stage does to them doesn't reach the case."""
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _ports(ports: Mapping[str, Any]) -> Any:
    """The ports as the narrowest of stageflow's own types that knows all the names."""
    if not ports:
        return None
    for each in (AudioPorts, LLMPorts, CorePorts):
        if ports.keys() <= {known.name for known in fields(each)}:
            return each(**ports)
    return types.SimpleNamespace(**ports)


def _stage_context(
    given: Given, probe: Probe, sink: _Sink, name: str, depends: Sequence[str]
) -> StageContext:
    """A fresh context of one stage, as the runtime would make it after the upstreams' ends."""
    _refuse_strangers(given.inputs, depends)
    root = _pipeline_context(given, probe, sink, name)
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
    return StageOutput.ok(data=_own(data))


def _legacy_context(
    given: Given, probe: Probe, sink: _Sink, name: str, depends: Sequence[str]
) -> PipelineContext:
    """What the deprecated StageGraph hands to its runners: they all share the pipeline's."""
    if given.inputs:
        raise Unfit("a StageGraph's stages get no upstream outputs; they share the context's data")
    return _pipeline_context(given, probe, sink, name)


# -- what a run returns ------------------------------------------------------------------------


def _output(name: str, raw: Any) -> Output:
    """What a stage returned, read as the runtime reads it.

    Raises:
        TypeError: neither a StageOutput nor a dict nor None, in the runtime's words.
    """
    if raw is None or isinstance(raw, dict):
        raw = StageOutput.ok(data=raw)
    if not isinstance(raw, StageOutput):
        raise TypeError(f"Stage {name} returned unsupported result type {type(raw)}")
    events = tuple((event.type, event.data) for event in raw.events)
    # A status should be a StageStatus, but nothing keeps a stage from writing a text.
    status = str(getattr(raw.status, "value", raw.status))
    return Output(status, raw.data, raw, raw.error, events=events)


_LEGACY_STATUS = {"completed": "ok", "failed": "fail"}


def _legacy_output(name: str, raw: Any) -> Output:
    """What a stage of the deprecated StageGraph returned: empty things of any type are fine."""
    if isinstance(raw, StageResult):
        status = _LEGACY_STATUS.get(raw.status, raw.status)
        return Output(status, raw.data, raw, raw.error)
    return _output(name, raw or {})


async def _pipeline_output(pipeline: Any, context: PipelineContext, run: _Run) -> Output:
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


async def _graph_output(graph: Any, context: PipelineContext, run: _Run) -> Output:
    """The StageGraph's results; it goes on after a failed stage, and says so only in them."""
    results: dict[str, StageResult] = await graph.run(context)
    data = {name: result.data for name, result in results.items()}
    errors = [str(result.error) for result in results.values() if result.status == "failed"]
    status, error = ("fail", errors[0]) if errors else ("ok", None)
    return Output(status, data, results, error, parts=run.parts)


# -- the runtimes ------------------------------------------------------------------------------


class _Spec(Protocol):
    """What all of stageflow's specs of a stage have."""

    name: str
    runner: Any
    dependencies: tuple[str, ...]
    conditional: bool


@dataclass(frozen=True, slots=True)
class Runtime:
    """How one of stageflow's ways to run stages is used, without changing what it does.

    `settings` is what a spec calls its constructor's arguments, `ends` are the exceptions that
    it takes for a cancelled end, `call` is how it gets from a runner to a call.
    """

    name: str
    path: str
    specs: Callable[[Any], Mapping[str, _Spec]]
    with_runners: Callable[[Any, Mapping[str, Runner]], Any]
    call: Callable[[_Spec], Runner]
    run: Callable[[Any, PipelineContext, _Run], Awaitable[Output]]
    output: Callable[[str, Any], Output] = _output
    context: Callable[[Given, Probe, _Sink, str, Sequence[str]], Any] = _stage_context
    ends: tuple[type[Exception], ...] = (StageCancellationRequested,)


def _execute(runner: Any) -> Runner:
    """The call that an instance, or else a bare function, is run by."""
    return getattr(runner, "execute", runner)  # type: ignore[no-any-return]


def _call_in_pipeline(spec: Any) -> Runner:
    if not isinstance(spec.runner, type):
        return _execute(spec.runner)

    async def made(context: Any) -> Any:
        return await spec.runner(**spec.config).execute(context)

    return made


def _call_in_graph(spec: _Spec) -> Runner:
    return spec.runner  # type: ignore[no-any-return]


def _call_in_legacy_graph(spec: _Spec) -> Runner:
    if not isinstance(spec.runner, type):
        return spec.runner  # type: ignore[no-any-return]

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


def _stages(pipeline: Any) -> Mapping[str, _Spec]:
    return pipeline.stages  # type: ignore[no-any-return]


def _specs(graph: Any) -> list[Any]:
    return list(graph.stage_specs)


def _specs_by_name(graph: Any) -> Mapping[str, _Spec]:
    return {spec.name: spec for spec in _specs(graph)}


_PIPELINE = Runtime(
    name=f"{_DISTRIBUTION} {_VERSION} Pipeline.run",
    path="pipeline",
    specs=_stages,
    with_runners=_pipeline_with,
    call=_call_in_pipeline,
    run=_pipeline_output,
)
_GRAPH = replace(
    _PIPELINE,
    name=f"{_DISTRIBUTION} {_VERSION} UnifiedStageGraph.run",
    specs=_specs_by_name,
    with_runners=_graph_with,
    call=_call_in_graph,
)
_LEGACY = replace(
    _GRAPH,
    name=f"{_DISTRIBUTION} {_VERSION} StageGraph.run",
    path="graph",
    call=_call_in_legacy_graph,
    run=_graph_output,
    output=_legacy_output,
    context=_legacy_context,
    ends=(),
)
_RUNTIMES = ((Pipeline, _PIPELINE), (UnifiedStageGraph, _GRAPH), (StageGraph, _LEGACY))


def _runtime(pipeline: object) -> Runtime:
    return next(runtime for cls, runtime in _RUNTIMES if issubclass(type(pipeline), cls))


def _built(pipeline: Any) -> Any:
    """The pipeline itself, or the graph that a deprecated builder makes."""
    if not issubclass(type(pipeline), PipelineBuilder):
        return pipeline
    with warnings.catch_warnings():
        # Who uses the deprecated builder has been told so by the builder itself.
        warnings.filterwarnings("ignore", "StageGraph is deprecated", DeprecationWarning)
        return pipeline.build()


# -- one stage ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageSubject:
    """A stage that is called directly: a class (made anew for each run), instance or function."""

    runner: Any
    id: SubjectId
    config: Mapping[str, Any] = field(default_factory=dict)
    depends: tuple[str, ...] = ()
    provide: Provide | None = field(default=None, compare=False)
    runtime: Runtime = field(default=_PIPELINE, repr=False, compare=False)
    event_name: str = STAGE_EVENT
    watch: Callable[[Mapping[str, Any]], None] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def sees_upstreams(self) -> bool:
        """Whether it is seen which upstreams it asks for."""
        return self.runtime.context is _stage_context

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run the stage once; what it raises is raised, what it returns is read as by the runtime.

        Raises:
            Unfit: the case doesn't fit the stage's context, upstreams or constructor.
            TypeError: the stage returned what the runtime refuses.
        """
        sink = _Sink(probe.emit)
        name = self.id.name
        context = self.runtime.context(case.given, probe, sink, name, self.depends)
        arguments = self._arguments(case.given.config)
        if self.watch is not None:
            context = _watched(context, self.depends or tuple(case.given.inputs), self.watch)
        with _default_sink(sink):
            stage = self.runner(**arguments) if isinstance(self.runner, type) else self.runner
            try:
                raw = await _execute(stage)(context)
            except self.runtime.ends as end:
                raw = StageOutput.cancel(reason=str(end))
        return self.runtime.output(name, raw)

    async def close(self) -> None:
        """Do nothing: a stage holds nothing open."""

    def context(self, given: Given, probe: Probe) -> Any:
        """The context that a run with this would get: a StageContext of the library.

        Raises:
            Unfit: what is given doesn't fit the stage's context or its upstreams.
        """
        return self.runtime.context(given, probe, _Sink(probe.emit), self.id.name, self.depends)

    def missing(self, config: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """The constructor's arguments that nobody gives, beside those given here."""
        known = {**self.config, **(config or {})}
        return tuple(
            each.name
            for each in _parameters(self.runner)
            if each.name not in known
            and each.default is each.empty
            and self._provided(each) is None
        )

    def _arguments(self, config: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(self.runner, type):
            _refuse_config(self.id.name, config)
            return {}
        parameters = {each.name: each for each in _parameters(self.runner)}
        _refuse_unknown(config, parameters, self.runner)
        arguments = {**self.config, **_own(config)}
        for name, each in parameters.items():
            if name not in arguments and each.default is each.empty:
                arguments[name] = self._needed(each)
        return arguments

    def _needed(self, parameter: inspect.Parameter) -> Any:
        value = self._provided(parameter)
        if value is None:
            raise Unfit(_needs((parameter.name,)))
        return value

    def _provided(self, parameter: inspect.Parameter) -> Any:
        if self.provide is None:
            return None
        return self.provide(self.id, parameter.name, _annotation(self.runner, parameter))


def _watched(
    context: Any, declared: Sequence[str], watch: Callable[[Mapping[str, Any]], None]
) -> Any:
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

    class Inputs(type(inputs)):  # type: ignore[misc]
        __slots__ = ()

        def _validate_dependency(self, stage_name: str) -> None:
            asked.append(stage_name)
            super()._validate_dependency(stage_name)

    values = {each.name: getattr(inputs, each.name) for each in fields(inputs)}
    return Inputs(**{**values, "prior_outputs": Outputs(inputs.prior_outputs)})


def _signature(runner: Any) -> tuple[inspect.Parameter, ...]:
    """The parameters of a class's constructor; none for what is made already."""
    if not isinstance(runner, type):
        return ()
    try:
        return tuple(inspect.signature(runner).parameters.values())
    except (TypeError, ValueError):  # a builtin or a hostile metaclass tells nothing
        return ()


def _parameters(runner: Any) -> tuple[inspect.Parameter, ...]:
    """Those that have a name of their own."""
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(each for each in _signature(runner) if each.kind not in starred)


def _annotation(runner: Any, parameter: inspect.Parameter) -> Any:
    """A parameter's annotation, resolved if it can be."""
    with suppress(Exception):  # a text that names what isn't there is the user's affair
        return get_type_hints(runner.__init__).get(parameter.name, parameter.annotation)
    return parameter.annotation


def _refuse_config(name: str, config: Mapping[str, Any]) -> None:
    if config:
        raise Unfit(f"{name!r} is made already: config is for classes")


def _refuse_unknown(config: Mapping[str, Any], known: Mapping[str, Any], cls: type) -> None:
    strangers = sorted(set(config) - set(known))
    open_ended = any(each.kind is each.VAR_KEYWORD for each in _signature(cls))
    if strangers and not open_ended:
        guess = nearest(strangers[0], known)
        advice = f"; did you mean {guess!r}?" if guess else ""
        raise Unfit(f"{cls.__name__} takes no argument {strangers[0]!r}{advice}")


def _needs(names: Sequence[str]) -> str:
    listed = ", ".join(repr(name) for name in names)
    plural = "s" if len(names) > 1 else ""
    return f"needs argument{plural} {listed}: give it by `given.config` or a stagepact_provide hook"


# -- a pipeline --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """One run of a pipeline: the parts that its stages have shown so far."""

    probe: Probe
    given: Given
    runtime: Runtime
    specs: Mapping[str, _Spec]
    parts: dict[str, Part] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def emit(self, type: str, data: Any) -> None:
        """Tell of an event; the one for a conditional skip is all that is seen of that stage."""
        self.probe.emit(type, data)
        stage = type.removeprefix("stage.").removesuffix(".skipped")
        if type != f"stage.{stage}.skipped" or stage not in self.specs or stage in self.begun:
            return
        if self.specs[stage].conditional and isinstance(data, dict):
            self._unrun(stage, Output("skip", {"reason": data.get("reason")}))

    def watched(self, spec: _Spec) -> Runner:
        """The stage's runner, every end of which is told; to the runtime it is the same."""
        call = self.runtime.call(spec)

        async def runner(context: Any) -> Any:
            self.begun.add(spec.name)
            given = self._given(context)
            started = self.probe.now()
            try:
                raw = await call(context)
            except BaseException as error:
                self._ended(spec.name, self._raised(error, given, started))
                raise
            self._ended(spec.name, self._returned(spec.name, raw, given, started))
            return raw

        return runner

    def complete(self, results: Mapping[str, StageOutput]) -> None:
        """Add the stages that ended without their runner: skipped, or cancelled before it."""
        for name, result in results.items():
            if name not in self.parts:
                self._unrun(name, _output(name, result))

    def blame(self, error: UnifiedStageExecutionError) -> None:
        """Say of a stage that the runtime stopped for its time that it failed, as the runtime does.

        Its runner has seen only a cancellation, like the siblings of a stage that failed.
        """
        part = self.parts.get(error.stage)
        if part is not None and isinstance(part.error, CancelledError):
            failed = _output(error.stage, StageOutput.fail(error=str(error.original)))
            self._ended(error.stage, replace(part, output=failed, error=None))

    def _ended(self, name: str, part: Part) -> None:
        self.parts[name] = part
        self.probe.part(name, part)

    def _raised(self, error: BaseException, given: Given, started: float) -> Part:
        duration = self.probe.now() - started
        if isinstance(error, self.runtime.ends):
            cancelled = _output("", StageOutput.cancel(reason=str(error)))
            return Part(cancelled, None, given, started, duration)
        return Part(None, error, given, started, duration)

    def _returned(self, name: str, raw: Any, given: Given, started: float) -> Part:
        duration = self.probe.now() - started
        try:
            return Part(self.runtime.output(name, raw), None, given, started, duration)
        except TypeError as error:
            return Part(None, error, given, started, duration)

    def _unrun(self, name: str, output: Output) -> None:
        upstream = {
            each: self.parts[each].output
            for each in self.specs[name].dependencies
            if each in self.parts
        }
        data = {each: output.data for each, output in upstream.items() if output is not None}
        given = replace(self.given, inputs=data)
        self._ended(name, Part(output, None, given, self.probe.now(), 0.0))

    def _given(self, context: Any) -> Given:
        """What the stage was given: the pipeline's input, and its upstreams' outputs."""
        inputs = getattr(context, "inputs", None)
        prior = inputs.prior_outputs if inputs is not None else {}
        return replace(self.given, inputs={name: prior[name].data for name in prior})


@dataclass(frozen=True, slots=True)
class PipelineSubject:
    """A pipeline that is run as a whole, a copy of it for each run, by stageflow's own runtime."""

    pipeline: Any
    id: SubjectId
    event_name: str = PIPELINE_EVENT

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run the pipeline once and tell the probe of every stage's end.

        Stages that never ran have no part. What a failed run raises is raised.

        Raises:
            Unfit: the case gives what only a single stage can be given, or no context's field.
        """
        given = case.given
        if given.inputs or given.config:
            raise Unfit(
                "a pipeline takes input, ports and context; inputs and config are a stage's"
            )
        runtime = _runtime(self.pipeline)
        specs = runtime.specs(self.pipeline)
        run = _Run(probe, given, runtime, specs)
        sink = _Sink(run.emit)
        context = _pipeline_context(given, probe, sink, self.id.name)
        runners = {name: run.watched(spec) for name, spec in specs.items()}
        with _default_sink(sink):
            return await runtime.run(runtime.with_runners(self.pipeline, runners), context, run)

    async def close(self) -> None:
        """Do nothing: a pipeline holds nothing open between runs."""


# -- what is found -----------------------------------------------------------------------------


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
        pipeline = _built(value)
        specs = _ordered(pipeline)
    except Exception as error:  # no stages, a cycle, a dependency that isn't there
        return (_unmade(reference, name, f"{type(error).__name__}: {error}"),)
    called = name or mark_of(maker).name or _own_name(value, reference)
    runtime = _runtime(pipeline)
    tags = tags_of(value) | tags_of(maker)
    id_ = SubjectId(called, reference, "pipeline", runtime.path, tags, runtime.name)
    stages = {each: tuple(spec.dependencies) for each, spec in specs.items()}
    parts = {each: _found_part(pipeline, spec, reference, provide) for each, spec in specs.items()}
    identities = {each: part.id.identity for each, part in parts.items()}
    subject = PipelineSubject(pipeline, id_)
    whole = Found(id_, subject, source=reference, stages=stages, identities=identities)
    return (whole, *parts.values())


def _found_part(pipeline: Any, spec: Any, reference: str, provide: Provide | None) -> Found:
    runtime = _runtime(pipeline)
    id_ = _stage_id(spec.runner, reference, spec.name, getattr(spec, "kind", None))
    config = dict(getattr(spec, "config", {}))
    depends = () if runtime is _LEGACY else tuple(spec.dependencies)
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
        return Found(subject.id, subject, "unmade", _needs(missing), source)
    return Found(subject.id, subject, source=source)


def _unmade(reference: str, name: str | None, reason: str) -> Found:
    id_ = SubjectId(name or reference.rpartition(":")[2], reference, "pipeline", "pipeline")
    return Found(id_, why="unmade", reason=reason.partition("\n")[0][:300], source=reference)


def _ordered(pipeline: Any) -> Mapping[str, _Spec]:
    """The stages in the order in which they can run; raises what the runtime raises for none."""
    specs = _runtime(pipeline).specs(pipeline)
    if isinstance(pipeline, Pipeline):
        pipeline.build()
    order = topologically_sorted_stage_names(specs)
    return {name: specs[name] for name in order}


def _own_name(value: Any, reference: str) -> str:
    """A pipeline's name, or the name of the attribute that holds it when it wasn't given one."""
    named = getattr(value, "name", None) or getattr(value, "_pipeline_name", None)
    return str(named) if named and named != _UNNAMED else reference.rpartition(":")[2]


# -- who a stage is ----------------------------------------------------------------------------


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
