"""A small runtime of pipelines that is right, and has planted bugs that can be switched on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.subject.protocols.runtimes import (
    FEATURES,
    Answer,
    Called,
    Ended,
    Part,
    Setting,
)

# By bug, the law that finds it.
BUGS: Mapping[str, str] = {
    "cycles are built": "acyclic",
    "recursion": "build-or-clear-error",
    "missing upstreams are ignored": "build-or-clear-error",
    "a name taken twice replaces": "build-or-clear-error",
    "begins before its last upstream": "order-respected",
    "hands over one upstream only": "order-respected",
    "composing depends on brackets": "compose-associative",
    "composing twice doubles": "compose-idempotent",
    "composing loses upstreams": "compose-preserves-stages",
    "composing loses the class": "compose-preserves-stages",
    "composing changes the first": "compose-preserves-stages",
    "runs share their results": "runs-isolated",
    "runs share their cancellation": "runs-isolated",
    "dependents of a failure run": "dependents-of-a-failure-do-not-run",
    "cancelling leaves stages": "cancellation-leaves-nothing-running",
    "failing leaves stages": "nothing-leaked",
    "the sink can fail": "sink-failure-contained",
    "skipping tells nothing": "every-stage-has-one-terminal-event",
    "failing tells twice": "every-stage-has-one-terminal-event",
    "numbers begin anew": "sequence-monotonic",
    "one key for all stages": "idempotency-is-per-stage",
    "a retry counts as done": "retry-is-honoured",
    "one retry at most": "retry-is-honoured",
    "an open circuit is a success": "open-circuit-is-not-success",
    "the context is written over": "context-write-once",
    "the context loses falsy values": "context-write-once",
}

_THRESHOLD = 3


@dataclass(frozen=True)
class Pipeline:
    """Stages in order; nothing is looked at before it is made ready."""

    parts: tuple[Part, ...] = ()


class GraphError(Exception):
    """A graph that can't be run."""


@dataclass
class Context:
    """Values that are written once."""

    bugs: frozenset[str]
    values: dict[str, Any] = field(default_factory=dict)

    async def write(self, key: str, value: Any, stage: str) -> None:
        if key in self.values and "the context is written over" not in self.bugs:
            raise ValueError(f"{key!r} is written already")
        self.values[key] = value

    def read(self, key: str) -> Any:
        found = self.values.get(key)
        return (found or None) if "the context loses falsy values" in self.bugs else found


@dataclass
class Ready:
    """A graph that was looked at, with what its runs share."""

    parts: Mapping[str, Part]
    failures: dict[str, int] = field(default_factory=dict)
    results: dict[str, Answer] = field(default_factory=dict)
    kept: dict[Any, Answer] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True)
class Toy:
    """Each stage is a task that waits for its upstreams."""

    bugs: frozenset[str] = frozenset()
    pipeline: type[Pipeline] = Pipeline
    features: frozenset[str] = frozenset(FEATURES)
    name: str = "toy"

    def has(self, bug: str) -> bool:
        assert bug in BUGS
        return bug in self.bugs

    def build(self, name: str, parts: Sequence[Part]) -> Pipeline:
        return self.pipeline(tuple(parts))

    def ready(self, pipeline: Pipeline) -> Ready:
        parts = {part.name: part for part in pipeline.parts}
        if not parts:
            raise GraphError("a pipeline without stages")
        if len(parts) < len(pipeline.parts) and not self.has("a name taken twice replaces"):
            names = [part.name for part in pipeline.parts]
            twice = next(each for each in names if names.count(each) > 1)
            raise GraphError(f"two stages are called {twice}")
        for part in parts.values():
            for name in part.depends:
                if name not in parts and not self.has("missing upstreams are ignored"):
                    raise GraphError(f"{part.name} depends on {name}, which isn't there")
        if self.has("recursion"):
            _depth(parts, next(iter(parts)))
        if not self.has("cycles are built"):
            _refuse_cycles(parts)
        return Ready(parts)

    def compose(self, one: Pipeline, other: Pipeline) -> Pipeline:
        names = {part.name for part in one.parts}
        added = tuple(part for part in other.parts if part.name not in names)
        if self.has("composing loses upstreams"):
            added = tuple(replace(part, depends=()) for part in added)
        if self.has("composing depends on brackets") and len(one.parts) < len(other.parts):
            added = added[:-1]
        if self.has("composing twice doubles") and one == other:
            added = tuple(replace(part, name=f"{part.name}2") for part in other.parts)
        if self.has("composing changes the first"):
            object.__setattr__(one, "parts", (*one.parts, *added))
        made = Pipeline if self.has("composing loses the class") else type(one)
        return made((*(p for p in one.parts if p not in added), *added))

    def shape(self, pipeline: Pipeline) -> Mapping[str, tuple[str, ...]]:
        return {part.name: part.depends for part in pipeline.parts}

    def kind(self, pipeline: Pipeline) -> str:
        return type(pipeline).__name__

    def subclassed(self) -> Toy:
        return replace(self, pipeline=type("Special", (self.pipeline,), {}))

    def told(self, type: str, data: Any) -> tuple[str, str, int | None]:
        name, _, kind = type.partition(".")
        return name, kind, data["number"]

    def context(self) -> Context:
        return Context(self.bugs)

    async def run(self, ready: Ready, run: str, setting: Setting) -> Ended:
        if self.has("runs share their cancellation"):
            ready.stopped = False
        return await Run(self, ready, run, setting).ended()


def _depth(parts: Mapping[str, Part], name: str) -> int:
    return 1 + max(
        (_depth(parts, each) for each in parts[name].depends if each in parts), default=0
    )


def _refuse_cycles(parts: Mapping[str, Part]) -> None:
    waits = {name: {each for each in part.depends if each in parts} for name, part in parts.items()}
    follow: dict[str, list[str]] = {}
    for name, upstreams in waits.items():
        for each in upstreams:
            follow.setdefault(each, []).append(name)
    free = [name for name, upstreams in waits.items() if not upstreams]
    while free:
        name = free.pop()
        del waits[name]
        for each in follow.get(name, ()):
            waits[each].discard(name)
            if not waits[each]:
                free.append(each)
    if waits:
        raise GraphError(f"stages wait for one another: {', '.join(sorted(waits))}")


@dataclass
class Run:
    """One run."""

    toy: Toy
    ready: Ready
    name: str
    setting: Setting
    results: dict[str, Answer] = field(default_factory=dict)
    number: int = 0

    def tell(self, stage: str, kind: str) -> None:
        self.number += 1
        number = 1 if self.toy.has("numbers begin anew") else self.number
        try:
            self.setting.sink(f"{stage}.{kind}", {"number": number})
        except Exception:
            if self.toy.has("the sink can fail"):
                raise

    async def ended(self) -> Ended:
        if self.toy.has("runs share their results"):
            self.results = self.ready.results
        tasks: dict[str, asyncio.Task[Answer]] = {}
        for name in _ordered(self.ready.parts):
            part = self.ready.parts[name]
            upstreams = [tasks[each] for each in part.depends if each in tasks]
            tasks[name] = asyncio.ensure_future(self.stage(part, upstreams))
        try:
            return await self.all_of(tasks)
        except asyncio.CancelledError:
            if not self.toy.has("cancelling leaves stages"):
                await _stop(tasks)
            raise

    async def all_of(self, tasks: Mapping[str, asyncio.Task[Answer]]) -> Ended:
        waiting = set(tasks.values())
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self.ready.stopped and self.toy.has("runs share their cancellation"):
                await _stop(tasks)
                return Ended("cancel", error="another run was cancelled")
            for name, task in tasks.items():
                if task in done and self.is_over(task):
                    self.ready.stopped = True
                    if not self.toy.has("failing leaves stages"):
                        await _stop(tasks)
                    return self.end_of(name, task)
        return Ended("ok", dict(self.results))

    def is_over(self, task: asyncio.Task[Answer]) -> bool:
        if task.cancelled():
            return False
        if task.exception() is not None:
            return True
        fails = task.result().status in ("fail", "cancel")
        return fails and not self.toy.has("dependents of a failure run")

    def end_of(self, name: str, task: asyncio.Task[Answer]) -> Ended:
        error = task.exception()
        if error is not None:
            return Ended("fail", {}, f"{name}: {error}")
        answer = task.result()
        return Ended(answer.status, {}, answer.error or f"{name} cancels")

    async def stage(self, part: Part, upstreams: Sequence[asyncio.Task[Answer]]) -> Answer:
        early = self.toy.has("begins before its last upstream") and len(upstreams) > 1
        for task in upstreams[: -1 if early else None]:
            await asyncio.wait({task})
        if any(task.done() and self.is_over(task) for task in upstreams):
            await asyncio.Event().wait()  # the run is about to be stopped
        self.tell(part.name, "started")
        try:
            answer = await self.answer(part)
        except asyncio.CancelledError:
            self.tell(part.name, "cancelled")
            raise
        except Exception:
            self.tell(part.name, "failed")
            raise
        self.results[part.name] = answer
        kinds = {"fail": "failed", "cancel": "cancelled", "skip": "skipped"}
        kind = kinds.get(answer.status, "completed")
        if not (kind == "skipped" and self.toy.has("skipping tells nothing")):
            self.tell(part.name, kind)
        if kind == "failed" and self.toy.has("failing tells twice"):
            self.tell(part.name, kind)
        return answer

    async def answer(self, part: Part) -> Answer:
        shared = self.toy.has("one key for all stages")
        key = (self.setting.key, "" if shared else part.name)
        if self.setting.key and key in self.ready.kept:
            return self.ready.kept[key]
        if self.ready.failures.get(part.name, 0) >= _THRESHOLD:
            if self.toy.has("an open circuit is a success"):
                return Answer("ok")
            return Answer("fail", error=f"the circuit of {part.name} is open")
        try:
            answer = await self.attempts(part)
        except Exception:
            self.ready.failures[part.name] = self.ready.failures.get(part.name, 0) + 1
            raise
        if answer.status == "fail":
            self.ready.failures[part.name] = self.ready.failures.get(part.name, 0) + 1
        if self.setting.key:
            self.ready.kept[key] = answer
        return answer

    async def attempts(self, part: Part) -> Answer:
        most = (
            min(2, self.setting.attempts)
            if self.toy.has("one retry at most")
            else (self.setting.attempts)
        )
        for attempt in range(1, most + 1):
            try:
                answer = await part.body(self.called(part))
            except ConnectionError:
                if attempt == most:
                    raise
                continue
            if answer.status != "retry" or self.toy.has("a retry counts as done"):
                return answer
        return Answer("fail", error=f"{part.name} asked for a retry too often")

    def called(self, part: Part) -> Called:
        names = part.depends[:1] if self.toy.has("hands over one upstream only") else part.depends
        given = {each: self.results[each].data for each in names if each in self.results}
        return Called(self.name, given, lambda type, data: self.tell(part.name, type))


def _ordered(parts: Mapping[str, Part]) -> list[str]:
    """Names, upstreams first."""
    order: list[str] = []
    left = dict(parts)
    while left:
        free = [n for n, p in left.items() if not {e for e in p.depends if e in left}]
        for name in free:
            order.append(name)
            del left[name]
    return order


async def _stop(tasks: Mapping[str, asyncio.Task[Answer]]) -> None:
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
