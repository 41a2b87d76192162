"""What a runtime of pipelines must be able to do, so that its laws can be tried.

A runtime builds pipelines of harmless stages that we hand it, runs them and composes two. An
adapter has one for its library; a plugin gives its own as `Found.runtime`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Emit = Callable[[str, Any], None]

# What a runtime may be able to do beside building and running.
FEATURES = ("compose", "sink", "numbers", "keys", "retries", "circuits", "context")


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage of a generated pipeline: its upstreams, what it does, and how long it waits.

    `does` is how it ends: `ok`, `emit` (an event, then ok), `skip`, `fail`, `cancel`, `raise`,
    `retry` (asks for it, `times` times, then ok) or `flaky` (raises so often, then ok). `turns`
    are turns of the event loop, for nothing sleeps.
    """

    name: str
    depends: tuple[str, ...] = ()
    does: str = "ok"
    turns: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """How a stage ended: `ok`, `skip`, `fail`, `cancel` or `retry`, with its data and its error."""

    status: str = "ok"
    data: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """What a stage is called with: the run's own value, its upstreams' data, and where to emit."""

    run: str
    upstreams: Mapping[str, Any]
    emit: Emit


Body = Callable[[Called], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Part:
    """A stage as it is handed to a runtime; what it raises is for the runtime to deal with."""

    name: str
    depends: tuple[str, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Setting:
    """How a run is set up: its sink (which may raise), a key of idempotency, runs of one stage."""

    sink: Emit = lambda type, data: None
    key: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: `ok`, `cancel` or `fail`, with the stages' answers and the error's text."""

    status: str
    results: Mapping[str, Answer] = field(default_factory=dict)
    error: str = ""


class Context(Protocol):
    """What stages of one run write to and read from."""

    async def write(self, key: str, value: Any, stage: str) -> None:
        """Write; raise where the key is taken."""

    def read(self, key: str) -> Any:
        """What was written; None for nothing."""


class Runtime(Protocol):
    """A library's way to run pipelines.

    `features` are the words of `FEATURES` that hold for it. What a method raises is the library's
    own error, and is looked at.
    """

    @property
    def name(self) -> str:
        """The library and its version."""

    @property
    def features(self) -> frozenset[str]:
        """What it can do beside building and running."""

    def build(self, name: str, parts: Sequence[Part]) -> Any:
        """A pipeline of these stages, in this order; it needn't be looked at yet."""

    def ready(self, pipeline: Any) -> Any:
        """The pipeline, validated, to be run any number of times, also at once."""

    async def run(self, ready: Any, run: str, setting: Setting) -> Ended:
        """Run it; only a cancellation from outside is raised."""

    def compose(self, one: Any, other: Any) -> Any:
        """Both in one."""

    def shape(self, pipeline: Any) -> Mapping[str, tuple[str, ...]]:
        """The stages of a pipeline by name, with their upstreams."""

    def kind(self, pipeline: Any) -> str:
        """The class of a pipeline."""

    def subclassed(self) -> Runtime:
        """The same, with pipelines of a subclass."""

    def told(self, type: str, data: Any) -> tuple[str, str, int | None]:
        """The stage and the kind of an event ("" for what is no stage's end), and its number."""

    def context(self) -> Context:
        """A new context, as the stages of one run share it."""
