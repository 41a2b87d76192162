"""What is tried for each law of stages: a stage is run several times, and nothing is judged.

A try is one run of the stage, with ports of its own. What it showed is a value, so that tries can
be compared. Where nothing can be tried for a reason that blames nobody, the reason is told.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from stagepact.contract.laws import OwnLaw
from stagepact.subject.model import (
    Case,
    Fresh,
    Given,
    Output,
    Probe,
    Stopped,
    Subject,
    SubjectId,
    Unfit,
)
from stagepact.subject.protocols.leavings import Leavings, ended, leavings, settled
from stagepact.subject.protocols.plain import plain

RUNS = 3
THREADS, ROUNDS = 6, 3
GRACE = 0.3
_TURNS = (1, 2, 3, 5, 8, 13)
_SHARES = (0.3, 0.7)


@dataclass(frozen=True, slots=True)
class Try:
    """One run: how it ended and with what, what it changed, called and left.

    `raw` is the output's data as it was returned, for those that ask for its form. `changed` are
    the places of what it was given that are other than before, `asked` the upstreams that it asked
    for, `beside` all that it did beside giving its output.
    """

    name: str
    status: str = "ok"
    data: Any = None
    error: str | None = None
    raw: Any = None
    events: tuple[tuple[str, Any], ...] = ()
    changed: tuple[tuple[str, Any, Any], ...] = ()
    asked: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    state: Any = None

    @property
    def outcome(self) -> dict[str, Any]:
        """What is compared of two tries."""
        told = {} if self.error is None else {"error": self.error}
        return {"status": self.status, "data": self.data, **told}


@dataclass(frozen=True, slots=True)
class Tries:
    """All tries of a law, or why there were none."""

    tries: tuple[Try, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class _Ears:
    """The probe of one try: events are kept; ports are told of where somebody listens."""

    probe: Probe | None
    events: list[tuple[str, Any]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    def emit(self, type: str, data: Any) -> None:
        """Keep it."""
        self.events.append((type, data))

    def part(self, name: str, part: Any) -> None:
        """Parts are of no concern."""

    def port(self, name: str, port: Any) -> Any:
        """The port, whose calls the run's own probe sees."""
        self.called.append(name)
        return port if self.probe is None else self.probe.port(name, port)

    def now(self) -> float:
        """Seconds since the run began."""
        return 0.0 if self.probe is None else self.probe.now()


Handed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage to try, and who listens to it; other cases of its contract stand in `beside`."""

    subject: Subject
    probe: Probe | None
    siblings: tuple[Case, ...] = ()

    @property
    def shows(self) -> bool:
        """Whether its adapter shows what it hands over."""
        return hasattr(self.subject, "watch")

    async def run(self, case: Case, name: str = "", ports: Mapping[str, Any] | None = None) -> Try:
        """One run, with new ports unless some are given; what it raises is kept, too.

        Raises:
            Unfit: the case isn't one for the stage.
        """
        ears = _Ears(self.probe)
        handed: list[Handed] = []
        subject: Any = self.subject
        if self.shows:
            subject = replace(subject, watch=lambda what: handed.append(_taken(what)))
        ports = made_ports(case) if ports is None else ports
        fresh = replace(case, given=replace(case.given, ports=ports))
        shown = await _ended(subject, fresh, ears)
        found = handed[0] if handed else {}
        return replace(
            shown,
            name=name,
            events=(*ears.events, *shown.events),
            changed=tuple(_changes(found)),
            asked=tuple(dict.fromkeys(found["asked"])) if "asked" in found else (),
            declared=tuple(found.get("declared", ())),
        )


async def _ended(subject: Subject, case: Case, probe: Any) -> Try:
    try:
        output = await subject(case, probe)
    except Unfit:
        raise
    except Stopped as carrier:
        return Try("", "error", error=type(carrier.error).__name__)
    except Exception as error:
        return Try("", "error", error=f"{type(error).__name__}: {error}")
    data = plain(output.data)
    return Try("", output.status, data, output.error, output.data, output.events)


def _taken(handed: Handed) -> dict[str, Any]:
    """What is handed over, each part with a picture of how it is now."""
    parts = {name: (what, plain(what)) for name, what in handed.items() if name in _PARTS}
    return {"parts": parts, **{k: v for k, v in handed.items() if k not in _PARTS}}


_PARTS = ("input", "inputs", "context")


def _changes(handed: Handed) -> Any:
    for name, (what, before) in handed.get("parts", {}).items():
        after = plain(what)
        if after != before:
            yield name, before, after


def made_ports(case: Case) -> dict[str, Any]:
    """The case's ports, those made anew that are to be."""
    ports = case.given.ports
    return {k: port.make() if isinstance(port, Fresh) else port for k, port in ports.items()}


def deferred(case: Case) -> Case:
    """The case, whose ports are made by each try of a law and not once for all of them."""
    return replace(case, given=deferred_given(case.given))


def deferred_given(given: Given) -> Given:
    """What is given, with ports that are made later."""
    ports = {
        name: Fresh(partial(_same, port)) if isinstance(port, Fresh) else port
        for name, port in given.ports.items()
    }
    return replace(given, ports=ports)


def _same(port: Fresh) -> Fresh:
    return port


# -- scenarios ---------------------------------------------------------------------------------


async def _again(stage: Stage, case: Case) -> Tries:
    """The same case several times."""
    return Tries(tuple([await stage.run(case, f"run {i}") for i in range(1, RUNS + 1)]))


async def _once(stage: Stage, case: Case) -> Tries:
    return Tries((await stage.run(case, "run"),))


async def _shown(stage: Stage, case: Case) -> Tries:
    if not stage.shows:
        return Tries(reason="its adapter doesn't show what it hands over")
    return await _once(stage, case)


async def _frozen(stage: Stage, case: Case) -> Tries:
    """A run, and one more, after which the first one's output is looked at again."""
    if not stage.shows:
        return Tries(reason="its adapter doesn't show what it hands over")
    first = await stage.run(case, "run 1")
    second = await stage.run(case, "run 2")
    after = plain(first.raw)
    if after != first.data:
        changed = (*first.changed, ("output", first.data, after))
        first = replace(first, changed=changed)
    return Tries((first, second))


async def _dependencies(stage: Stage, case: Case) -> Tries:
    if not getattr(stage.subject, "sees_upstreams", False):
        return Tries(reason="what it gets of upstreams are its arguments: it can ask for no others")
    return await _once(stage, case)


async def _cancelled(stage: Stage, case: Case) -> Tries:
    """The stage is cancelled after so many turns of the loop, and at shares of its own time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stage.run(case, "not cancelled")
    whole = loop.time() - began
    moments: list[tuple[str, int, float]] = [(f"at turn {n}", n, 0.0) for n in _TURNS]
    moments += [(f"at {share:.0%} of its time", 0, share * whole) for share in _SHARES]
    tries = []
    for name, turns, seconds in moments:
        seen = await _cancel(stage, case, name, turns, seconds)
        if seen is not None:
            tries.append(seen)
            if seen.left:  # one is enough, and each costs its grace
                break
    reason = "" if tries else "it never waits, so it can't be cancelled"
    return Tries(tuple(tries), reason)


async def _cancel(stage: Stage, case: Case, name: str, turns: int, seconds: float) -> Try | None:
    before = leavings()
    task = asyncio.get_running_loop().create_task(stage.run(case))
    await asyncio.sleep(0)  # now it has begun
    for _ in range(turns):
        await asyncio.sleep(0)
    if seconds:
        await asyncio.wait({task}, timeout=seconds)
    if task.done():
        task.exception()
        return None
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)
    after = await settled(before, GRACE)
    seen = Try(name, "cancelled" if task.done() else "running", left=after.since(before))
    await ended(after.tasks - before.tasks)
    if task.done() and not task.cancelled():
        task.exception()
    return seen


async def _leaked(stage: Stage, case: Case) -> Tries:
    """Runs one after the other: what the first one opens may be kept, what each one opens not."""
    tries = []
    with _only_new_garbage():
        for number in range(1, RUNS + 1):
            gc.collect()
            before = leavings(files=True)
            seen = await stage.run(case, f"run {number}")
            gc.collect()
            after = await settled(before, GRACE if number > 1 else 0.0, files=True)
            tries.append(replace(seen, left=after.since(before)))
            await ended(after.tasks - before.tasks)
    return Tries(tuple(tries))


@contextmanager
def _only_new_garbage() -> Iterator[None]:
    """Let the garbage collector look at what is made from now on: all else are a million objects.

    Where somebody else has frozen objects it looks at all that they left, for one can't unfreeze
    some of them.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _pure(stage: Stage, case: Case) -> Tries:
    tries = []
    for number in range(1, RUNS + 1):
        before = _surroundings()
        called: list[str] = []
        ports = {name: _Port(name, port, called) for name, port in made_ports(case).items()}
        seen = await stage.run(case, f"run {number}", ports)
        changed = [name for name, is_ in _surroundings().items() if before[name] != is_]
        beside = [f"changes {name}" for name in changed]
        beside += [f"calls {name}" for name in dict.fromkeys(called)]
        tries.append(replace(seen, beside=tuple(beside)))
    return Tries(tuple(tries))


def _surroundings() -> dict[str, Any]:
    return {
        "the environment": dict(os.environ),
        "the working directory": os.getcwd(),
        "the state of `random`": random.getstate(),
    }


class _Port:
    """A port that tells which of its methods were called."""

    def __init__(self, name: str, port: Any, called: list[str]) -> None:
        self._name, self._port, self._called = name, port, called

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if callable(found):
            self._called.append(f"{self._name}.{name}")
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._called.append(self._name)
        return self._port(*args, **kwargs)


async def _twice(stage: Stage, case: Case) -> Tries:
    """Two runs on the same ports, whose state is looked at after each where they tell it."""
    ports = made_ports(case)
    first = await stage.run(case, "first", ports)
    first = replace(first, state=_state(ports))
    second = await stage.run(case, "second", ports)
    return Tries((first, replace(second, state=_state(ports))))


def _state(ports: Mapping[str, Any]) -> dict[str, Any]:
    """What ports tell by a method `state`."""
    return {
        name: plain(port.state())
        for name, port in ports.items()
        if callable(getattr(type(port), "state", None))
    }


async def _at_once(stage: Stage, case: Case) -> Tries:
    """Cases one after the other, twice; then all of them at the same time, several times."""
    cases = _mixed(case, stage.siblings)
    alone = [await stage.run(each, f"alone {i}") for i, each in enumerate(cases)]
    again = [await stage.run(each, f"alone again {i}") for i, each in enumerate(cases)]
    tries = [*alone, *again]
    together = _tasks if getattr(stage.subject, "asynchronous", True) else _threads
    for _ in range(ROUNDS):
        tries += await together(stage, cases)
    return Tries(tuple(tries))


def _mixed(case: Case, siblings: Sequence[Case]) -> list[Case]:
    others = [each for each in siblings if each.given.input != case.given.input]
    kinds = [case, *others[: THREADS - 1]]
    return [kinds[index % len(kinds)] for index in range(THREADS)]


async def _tasks(stage: Stage, cases: Sequence[Case]) -> list[Try]:
    runs = (stage.run(each, f"together {i}") for i, each in enumerate(cases))
    return list(await asyncio.gather(*runs))


async def _threads(stage: Stage, cases: Sequence[Case]) -> list[Try]:
    """Each case in a thread of its own; what a thread raises is told as a try's error."""
    found: dict[int, Try] = {}
    gate = threading.Barrier(len(cases))
    quiet = replace(stage, probe=None)

    def run(index: int, case: Case) -> None:
        ports = made_ports(case)
        gate.wait(GRACE * 10)
        try:
            found[index] = asyncio.run(quiet.run(case, f"together {index}", ports))
        except BaseException as error:
            found[index] = Try(f"together {index}", "error", error=f"{type(error).__name__}")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=run, args=each, daemon=True) for each in enumerate(cases)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            await asyncio.sleep(0.001)
    finally:
        sys.setswitchinterval(interval)
    return [found[index] for index in range(len(cases))]


Scenario = Callable[[Stage, Case], Awaitable[Tries]]

SCENARIOS: Mapping[str, Scenario] = {
    "deterministic": _again,
    "no-input-mutation": _shown,
    "upstream-output-frozen": _frozen,
    "json-serialisable": _once,
    "declared-dependencies-only": _dependencies,
    "cancellation-leaves-nothing-running": _cancelled,
    "nothing-leaked": _leaked,
    "pure": _pure,
    "idempotent": _twice,
    "thread-safe": _at_once,
}

# How many runs of a stage's own length a law takes, at most, and seconds beside.
LENGTHS: Mapping[str, tuple[int, float]] = {
    "cancellation-leaves-nothing-running": (len(_TURNS) + len(_SHARES) + 1, 16 * GRACE),
    "nothing-leaked": (RUNS, RUNS * GRACE),
    "thread-safe": (2 * THREADS + ROUNDS * THREADS, 10 * GRACE),
}


@dataclass(frozen=True, slots=True)
class StageLawSubject:
    """A stage that is run as a law wants it; its output is what the tries showed."""

    subject: Subject
    law: str
    siblings: tuple[Case, ...] = ()
    own: OwnLaw | None = field(default=None, compare=False)

    @property
    def id(self) -> SubjectId:
        """The stage's own."""
        return self.subject.id

    @property
    def event_name(self) -> str:
        """The stage's own."""
        return self.subject.event_name

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Play the law's scenario.

        Raises:
            Unfit: the case isn't one for the stage.
        """
        if self.own is not None:
            return Output(raw=await self.own.play(self.subject, case, probe))
        tries = await SCENARIOS[self.law](Stage(self.subject, probe, self.siblings), case)
        return Output(data={each.name: each.outcome for each in tries.tries}, raw=tries)

    async def close(self) -> None:
        """Let go of what the stage opened."""
        await self.subject.close()


__all__ = [
    "LENGTHS",
    "SCENARIOS",
    "Leavings",
    "StageLawSubject",
    "Tries",
    "Try",
    "deferred",
    "deferred_given",
]
