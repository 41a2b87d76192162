"""A stage as a subject."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from stagepact.adapters.stageflow.contexts import Sink, default_sink, own, stage_context
from stagepact.adapters.stageflow.library import StageOutput
from stagepact.adapters.stageflow.run import Runtime
from stagepact.adapters.stageflow.runtimes import PIPELINE, call_of
from stagepact.adapters.stageflow.watching import Watch, watched
from stagepact.errors import nearest
from stagepact.subject import Case, Given, Output, Probe, SubjectId, Unfit

STAGE_EVENT = "stage.{stage}.{type}"
Provide = Callable[[SubjectId, str, Any], Any]


@dataclass(frozen=True, slots=True)
class StageSubject:
    """A stage that is called directly: a class (made anew for each run), instance or function."""

    runner: Any
    id: SubjectId
    config: Mapping[str, Any] = field(default_factory=dict)
    depends: tuple[str, ...] = ()
    provide: Provide | None = field(default=None, compare=False)
    runtime: Runtime = field(default=PIPELINE, repr=False, compare=False)
    event_name: str = STAGE_EVENT
    watch: Watch | None = field(default=None, repr=False, compare=False)

    @property
    def sees_upstreams(self) -> bool:
        """Whether it is seen which upstreams it asks for."""
        return self.runtime.context is stage_context

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run the stage once; what it raises is raised, what it returns is read as by the runtime.

        Raises:
            Unfit: the case doesn't fit the stage's context, upstreams or constructor.
            TypeError: the stage returned what the runtime refuses.
        """
        sink = Sink(probe.emit)
        name = self.id.name
        context = self.runtime.context(case.given, probe, sink, name, self.depends)
        arguments = self._arguments(case.given.config)
        if self.watch is not None:
            context = watched(context, self.depends or tuple(case.given.inputs), self.watch)
        with default_sink(sink):
            stage = self.runner(**arguments) if isinstance(self.runner, type) else self.runner
            try:
                raw = await call_of(stage)(context)
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
        return self.runtime.context(given, probe, Sink(probe.emit), self.id.name, self.depends)

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
        arguments = {**self.config, **own(config)}
        for name, each in parameters.items():
            if name not in arguments and each.default is each.empty:
                arguments[name] = self._needed(each)
        return arguments

    def _needed(self, parameter: inspect.Parameter) -> Any:
        value = self._provided(parameter)
        if value is None:
            raise Unfit(needs((parameter.name,)))
        return value

    def _provided(self, parameter: inspect.Parameter) -> Any:
        if self.provide is None:
            return None
        return self.provide(self.id, parameter.name, _annotation(self.runner, parameter))


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


def needs(names: Sequence[str]) -> str:
    """That a constructor's arguments are missing, and how to give them."""
    listed = ", ".join(repr(name) for name in names)
    plural = "s" if len(names) > 1 else ""
    return f"needs argument{plural} {listed}: give it by `given.config` or a stagepact_provide hook"
