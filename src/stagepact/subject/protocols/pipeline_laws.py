"""What is tried for each law of pipelines: generated pipelines, by the runtime that runs the real.

Stages are harmless: they wait some turns of the event loop and end as their spec says. What they
did and what the runtime made of it is a value (`Shown`), which is judged later. A case is plain
JSON, so that it is drawn, shrunk and kept as any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.subject.model import Case, Output, Probe, SubjectId, Unfit
from stagepact.subject.protocols.leavings import ended as end_tasks
from stagepact.subject.protocols.leavings import leavings
from stagepact.subject.protocols.runtimes import (
    Answer,
    Called,
    Ended,
    Part,
    Runtime,
    Setting,
    StageSpec,
)

GRACE = 2.0
LARGEST = 2_000
_MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of what stages did: the run, the stage, and `begins`, `ends` or `is cancelled`."""

    run: str
    stage: str
    what: str
    upstreams: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run: how it ended, what its stages did, and which ones still ran when it had ended."""

    name: str
    ended: Ended
    log: tuple[Entry, ...] = ()
    running: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    events: tuple[tuple[str, str, int | None], ...] = ()

    def stages(self, what: str) -> list[str]:
        """The stages of which the log says so, in order."""
        return [each.stage for each in self.log if each.what == what]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a law's scenario showed, or why it couldn't be played.

    `shapes` are pipelines by what they are called, each with stages, upstreams and class; `error`
    is what building raised, with its class.
    """

    specs: tuple[StageSpec, ...] = ()
    runs: tuple[RunSeen, ...] = ()
    shapes: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def specs_of(listed: Any) -> tuple[StageSpec, ...]:
    """The stages of a case's input.

    Raises:
        Unfit: it isn't a list of stages.
    """
    try:
        return tuple(
            StageSpec(**{**each, "depends": tuple(each.get("depends", ()))}) for each in listed
        )
    except (TypeError, AttributeError) as error:
        raise Unfit(f"no list of stages: {error}") from None


def downstream(specs: Sequence[StageSpec], name: str) -> set[str]:
    """The stages that depend on one, directly or not."""
    found: set[str] = set()
    for _ in specs:
        found |= {each.name for each in specs if {name, *found} & {*each.depends}}
    return found


# -- stages --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """A harmless stage; `odd` says of runs that it does something else in them."""

    spec: StageSpec
    log: list[Entry]
    odd: Mapping[str, str] = field(default_factory=dict)
    calls: int = 0

    async def __call__(self, called: Called) -> Answer:
        """Wait, then end as the spec says."""
        name = self.spec.name
        self.calls += 1
        self.log.append(Entry(called.run, name, "begins", dict(called.upstreams)))
        try:
            for _ in range(self.spec.turns):
                await asyncio.sleep(0)
            return self._answer(called)
        except asyncio.CancelledError:
            self.log.append(Entry(called.run, name, "is cancelled"))
            raise
        finally:
            self.log.append(Entry(called.run, name, "ends"))

    def _answer(self, called: Called) -> Answer:
        does = self.odd.get(called.run, self.spec.does)
        data = {"by": self.spec.name, "run": called.run, "of": sorted(called.upstreams)}
        if does == "emit":
            called.emit("progress", {"by": self.spec.name})
        if does == "raise" or (does == "flaky" and self.calls <= self.spec.times):
            raise ConnectionError(f"{self.spec.name} raises")
        asks = does == "retry" and self.calls <= self.spec.times
        status = does if does in ("skip", "fail", "cancel") else "retry" if asks else "ok"
        error = f"{self.spec.name} fails" if status in ("fail", "retry") else ""
        return Answer(status, data, error)


def _parts(
    specs: Sequence[StageSpec], log: list[Entry], odd: Mapping[str, Mapping[str, str]] | None = None
) -> list[Part]:
    return [
        Part(each.name, each.depends, Stage(each, log, (odd or {}).get(each.name, {})))
        for each in specs
    ]


async def _harmless(called: Called) -> Answer:
    return Answer()


@dataclass(slots=True)
class _Play:
    """A runtime, and what the stages that it is handed do."""

    runtime: Runtime
    log: list[Entry] = field(default_factory=list)

    def ready(self, specs: Sequence[StageSpec], odd: Any = None) -> Any:
        return self.runtime.ready(self.runtime.build("tried", _parts(specs, self.log, odd)))

    async def run(self, ready: Any, name: str = "1", setting: Setting | None = None) -> RunSeen:
        """A run; which of its stages still run is looked at as soon as it has ended."""
        events: list[tuple[str, str, int | None]] = []
        given = setting or Setting()

        def sink(type: str, data: Any) -> None:
            events.append(self.runtime.told(type, data))
            given.sink(type, data)

        before = leavings()
        try:
            ended = await self.runtime.run(ready, name, replace(given, sink=sink))
        except asyncio.CancelledError:
            ended = Ended("cancelled", error="from outside")
        return self.seen(name, ended, before, events)

    def seen(self, name: str, ended: Ended, before: Any, events: Any) -> RunSeen:
        log = tuple(each for each in self.log if each.run == name)
        begun = [each.stage for each in log if each.what == "begins"]
        over = [each.stage for each in log if each.what == "ends"]
        running = tuple(sorted({each for each in begun if begun.count(each) > over.count(each)}))
        left = leavings().since(before)
        return RunSeen(name, ended, log, running, left, tuple(events))

    async def alone(self, specs: Sequence[StageSpec], setting: Setting | None = None) -> RunSeen:
        """One run of a new pipeline, after which all is ended that it left."""
        before = leavings()
        seen = await self.run(self.ready(specs), "1", setting)
        await end_tasks(leavings().tasks - before.tasks)
        return seen


# -- scenarios -----------------------------------------------------------------------------------


def _built(runtime: Runtime, parts: Sequence[Part]) -> tuple[Any, tuple[str, str] | None]:
    try:
        pipeline = runtime.build("tried", parts)
        runtime.ready(pipeline)
    except Exception as error:
        return None, (type(error).__name__, str(error))
    return pipeline, None


async def _acyclic(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """A graph; and the same with a cycle beside it, which is to be refused."""
    specs, cycle = specs_of(given["stages"]), list(given.get("cycle", ()))
    looped = [StageSpec(n, (cycle[i - 1],)) for i, n in enumerate(cycle)]
    names = {each.name for each in specs} & {*cycle}
    if names:
        raise Unfit(f"two stages are called {names.pop()}")
    parts = [Part(each.name, each.depends, _harmless) for each in (*specs, *looped)]
    _, error = _built(runtime, parts)
    return Shown((*specs, *looped), error=error, facts={"cycle": cycle})


def shaped(shape: str, size: int) -> list[StageSpec]:
    """A graph of a form that is known by name, with so many stages."""
    form = FORMS.get(shape)
    if form is None:
        raise Unfit(f"no form {shape!r}")
    return form(size)


def _chain(size: int) -> list[StageSpec]:
    return [StageSpec(f"s{n}", (f"s{n - 1}",) if n else ()) for n in range(size)]


def _wide(size: int) -> list[StageSpec]:
    return [StageSpec(f"s{n}", ("s0",) if n else ()) for n in range(size)]


def _into_one(size: int) -> list[StageSpec]:
    wide = _wide(size)
    return [*wide, StageSpec("last", tuple(each.name for each in wide))]


def _layers(size: int) -> list[StageSpec]:
    """Layers of ten, each stage of which depends on all of the layer before."""
    befores = [range(max(0, n - n % 10 - 10), n - n % 10) for n in range(size)]
    return [StageSpec(f"s{n}", tuple(f"s{m}" for m in befores[n])) for n in range(size)]


def _and(*more: StageSpec) -> Callable[[int], list[StageSpec]]:
    return lambda size: [*_chain(size), *more]


FORMS: Mapping[str, Callable[[int], list[StageSpec]]] = {
    "chain": _chain,
    "chain, last stage first": lambda size: _chain(size)[::-1],
    "wide": _wide,
    "all into one": _into_one,
    "layers": _layers,
    "nothing": lambda size: [],
    "missing upstream": _and(StageSpec("lone", ("nobody",))),
    "waits for itself": _and(StageSpec("lone", ("lone",))),
    "name taken twice": _and(StageSpec("s0")),
}

# Forms that are to be refused, and what the error has to name.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "missing upstream": ("lone", "nobody"),
    "waits for itself": ("lone",),
    "name taken twice": ("s0",),
}
BUILT = tuple(shape for shape in FORMS if shape not in REFUSED)


async def _build(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    specs = shaped(given["shape"], given["size"])
    parts = [Part(each.name, each.depends, _harmless) for each in specs]
    pipeline, error = _built(runtime, parts)
    shapes = {} if pipeline is None else {"built": _shape(runtime, pipeline)}
    return Shown((), (), shapes, error, {"wanted": _wanted(specs), "shape": given["shape"]})


def _wanted(specs: Sequence[StageSpec]) -> dict[str, tuple[str, ...]]:
    return {each.name: each.depends for each in specs}


def _shape(runtime: Runtime, pipeline: Any) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    return runtime.kind(pipeline), {k: tuple(v) for k, v in runtime.shape(pipeline).items()}


async def _once(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    specs = specs_of(given["stages"])
    return Shown(specs, (await _Play(runtime).alone(specs),))


async def _compose(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """Three pipelines that share some stages, composed in both ways, and with themselves."""
    specs = specs_of(given["stages"])
    shapes: dict[str, Any] = {}
    for name, tried in (("", runtime), (" of a subclass", runtime.subclassed())):
        parts = {each.name: Part(each.name, each.depends, _harmless) for each in specs}
        masks = given["in"]
        one, two, three = (
            tried.build(which, [parts[s.name] for s, mask in zip(specs, masks, strict=True)
                                if which in mask])
            for which in "abc"
        )  # fmt: skip
        shapes |= {f"nothing{name}": _shape(tried, tried.build("nothing", ()))}
        before = {"a": _shape(tried, one), "b": _shape(tried, two), "c": _shape(tried, three)}
        made = {
            "a + b": tried.compose(one, two),
            "(a + b) + c": tried.compose(tried.compose(one, two), three),
            "a + (b + c)": tried.compose(one, tried.compose(two, three)),
            "a + a": tried.compose(one, one),
        }
        shapes |= {k + name: v for k, v in before.items()}
        shapes |= {k + name: _shape(tried, v) for k, v in made.items()}
        after = {"a": _shape(tried, one), "b": _shape(tried, two), "c": _shape(tried, three)}
        shapes |= {f"{k} afterwards{name}": v for k, v in after.items()}
    return Shown(specs, shapes=shapes)


async def _isolated(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """Runs of one pipeline, each alone, then all at the same time."""
    specs = specs_of(given["stages"])
    runs = {str(number): run for number, run in enumerate(given["runs"], 1)}
    odd: dict[str, dict[str, str]] = {}
    for name, (stage, does) in runs.items():
        odd.setdefault(stage, {})[name] = does
    alone = []
    for name, run in runs.items():
        play = _Play(runtime)
        alone.append(await _stoppable(play, play.ready(specs, odd), name, run))
    play = _Play(runtime)
    ready = play.ready(specs, odd)
    together = await asyncio.gather(
        *(_stoppable(play, ready, name, run) for name, run in runs.items())
    )
    return Shown(specs, (*alone, *together), facts={"runs": runs})


async def _stoppable(play: _Play, ready: Any, name: str, run: Sequence[str]) -> RunSeen:
    task = asyncio.get_running_loop().create_task(play.run(ready, name))
    if run[1] == "stopped":
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
    try:
        return await asyncio.wait_for(asyncio.shield(task), GRACE)
    except TimeoutError:
        task.cancel()
        return RunSeen(name, Ended("never ends"))
    except asyncio.CancelledError:
        return RunSeen(name, Ended("cancelled"))


async def _stopped(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """A run that is cancelled from outside after some turns of the loop."""
    specs = specs_of(given["stages"])
    play = _Play(runtime)
    ready, before = play.ready(specs), leavings()
    task = asyncio.get_running_loop().create_task(play.runtime.run(ready, "1", Setting()))
    for _ in range(given["turn"]):
        await asyncio.sleep(0)
    if task.done():
        task.exception()
        return Shown(specs, reason="it had ended before it could be cancelled")
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)
    ended = Ended("cancelled" if task.done() else "never ends")
    seen = play.seen("1", ended, before, ())
    await end_tasks(leavings().tasks - before.tasks)
    with suppress(BaseException):
        task.exception()
    return Shown(specs, (seen,))


async def _sinks(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """The same pipeline with a sink that is fine, and with one that raises."""
    specs, heard = specs_of(given["stages"]), []

    def raising(type: str, data: Any) -> None:
        heard.append(type)
        raise RuntimeError("the sink is broken")

    fine = await _Play(runtime).alone(specs)
    broken = await _Play(runtime).alone(specs, Setting(sink=raising))
    reason = "" if heard else "no event was emitted"
    return Shown(specs, (fine, broken), reason=reason)


async def _keyed(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """Two runs with one key."""
    specs = specs_of(given["stages"])
    play = _Play(runtime)
    ready = play.ready(specs)
    first = await play.run(ready, "1", Setting(key="one"))
    return Shown(specs, (first,))


async def _retried(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """Stages that ask for a retry, or fail for a while, in a run that allows enough of them."""
    specs = specs_of(given["stages"])
    most = max(each.times for each in specs) + 1
    return Shown(specs, (await _Play(runtime).alone(specs, Setting(attempts=most)),))


async def _circuit(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """A failing stage and one that depends on it, run until the failing one isn't called."""
    specs = (StageSpec("fails", (), given["does"]), StageSpec("follows", ("fails",)))
    play = _Play(runtime)
    ready = play.ready(specs)
    for number in range(_MOST_RUNS):
        seen = await play.run(ready, str(number))
        if "fails" not in seen.stages("begins"):
            return Shown(specs, (seen,))
    return Shown(specs, reason=f"no circuit opened in {_MOST_RUNS} runs that failed")


async def _context(runtime: Runtime, given: Mapping[str, Any]) -> Shown:
    """Writes, each of which is read at once; some keys are written to again."""
    context = runtime.context()
    facts = []
    for stage, key, value in given["writes"]:
        refused = ""
        try:
            await context.write(key, value, stage)
        except Exception as error:
            refused = f"{type(error).__name__}: {error}"
        facts.append((stage, key, value, refused, context.read(key)))
    return Shown(facts={"writes": facts})


Scenario = Callable[[Runtime, Mapping[str, Any]], Awaitable[Shown]]

# By law, what is played, and what the runtime must be able to do for it.
SCENARIOS: Mapping[str, tuple[Scenario, tuple[str, ...]]] = {
    "acyclic": (_acyclic, ()),
    "build-or-clear-error": (_build, ()),
    "order-respected": (_once, ()),
    "compose-associative": (_compose, ("compose",)),
    "compose-idempotent": (_compose, ("compose",)),
    "compose-preserves-stages": (_compose, ("compose",)),
    "runs-isolated": (_isolated, ()),
    "dependents-of-a-failure-do-not-run": (_once, ()),
    "cancellation-leaves-nothing-running": (_stopped, ()),
    "nothing-leaked": (_once, ()),
    "sink-failure-contained": (_sinks, ("sink",)),
    "every-stage-has-one-terminal-event": (_once, ("sink",)),
    "sequence-monotonic": (_once, ("sink", "numbers")),
    "idempotency-is-per-stage": (_keyed, ("keys",)),
    "retry-is-honoured": (_retried, ("retries",)),
    "open-circuit-is-not-success": (_circuit, ("circuits",)),
    "context-write-once": (_context, ("context",)),
}

_WORDS = {
    "compose": "it composes no pipelines",
    "sink": "it takes no event sink",
    "numbers": "its events have no numbers",
    "keys": "it has no keys of idempotency",
    "retries": "its stages can't ask for a retry",
    "circuits": "it has no circuit breakers",
    "context": "it has no context that stages write to",
}


def lacking(runtime: Runtime, law: str) -> str:
    """Why a law can't be tried with a runtime; "" where it can."""
    missing = [each for each in SCENARIOS[law][1] if each not in runtime.features]
    return f"{runtime.name}: {_WORDS[missing[0]]}" if missing else ""


@dataclass(frozen=True, slots=True)
class PipelineLawSubject:
    """The runtime of a pipeline, tried as a law wants it; its output is what that showed."""

    id: SubjectId
    runtime: Runtime = field(repr=False, compare=False)
    law: str
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Play the law's scenario.

        Raises:
            Unfit: the case isn't one for the law.
        """
        scenario, _ = SCENARIOS[self.law]
        if not isinstance(case.given.input, Mapping):
            raise Unfit("no description of a pipeline")
        try:
            shown = await scenario(self.runtime, case.given.input)
        except KeyError as error:
            if error.args and error.args[0] in ("stages", "runs", "turn", "shape", "writes", "in"):
                raise Unfit(f"no {error}") from None
            raise
        return Output(data={"runs": [each.ended.status for each in shown.runs]}, raw=shown)

    async def close(self) -> None:
        """Nothing was opened."""
