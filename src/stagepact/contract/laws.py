"""The laws of stages and pipelines by name: what each promises, why, and what it needs.

What is tried for a law stands in `subject/protocols/` (`stage_laws`, `pipeline_laws`), and the
checks of what was seen in `verdict/checks/`. A plugin's laws carry both with them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

On = Literal["stages", "pipelines"]

Play = Callable[[Any, Any, Any], Awaitable[Any]]
Judge = Callable[[Any], "Iterable[str] | str"]


@dataclass(frozen=True, slots=True)
class Law:
    """A named property: its sentence, where it comes from, and what must be there to try it."""

    promise: str
    source: str
    needs: str = "a case"


@dataclass(frozen=True, slots=True)
class OwnLaw:
    """A law that a plugin adds; its name has a dot, such as `acme.answers-in-english`.

    `play` is called with the subject, the case and a probe, and may run the subject as often as it
    likes; what it returns goes to `judge`, which says what is wrong with it: nothing where the law
    is kept, or one text for why it couldn't be tried. `wrong` makes of what `play` returned
    something that breaks the law, so that `--prove` can tell that it can be broken.
    """

    name: str
    promise: str
    play: Play
    judge: Judge
    wrong: Callable[[Any], Any]
    on: On = "stages"
    source: str = ""
    needs: str = "a case"


@dataclass(frozen=True, slots=True)
class StageLaw:
    """A law that a block of stages or pipelines asks for.

    `told` says that something was seen which wasn't: that is how the law is proved. `own` is the
    law itself where a plugin has it.
    """

    law: str
    on: On
    told: bool = False
    own: OwnLaw | None = None


_STRUCTURED = "structured concurrency: what a call starts has ended when it ends"
_README = "the README of stageflow-core"

STAGES: Mapping[str, Law] = {
    "deterministic": Law(
        "the same input gives the same output", "functional programming: referential transparency"
    ),
    "no-input-mutation": Law(
        "what a stage is given is as it was when it has ended",
        "immutable data flow between stages",
        "a case, and an adapter that shows what it hands over",
    ),
    "upstream-output-frozen": Law(
        "what an upstream returned is changed by no one, nor is what the stage returned",
        "immutable data flow between stages",
        "a case, and an adapter that shows what it hands over",
    ),
    "json-serialisable": Law(
        "output and payloads of events can be written as JSON", "RFC 8259: what crosses a process"
    ),
    "declared-dependencies-only": Law(
        "only outputs of declared upstreams are asked for",
        "explicit dependencies of a graph",
        "a stage whose adapter sees which upstreams it asks for",
    ),
    "cancellation-leaves-nothing-running": Law(
        "who is cancelled ends, and what it started has ended, too",
        _STRUCTURED,
        "a case in which it waits",
    ),
    "nothing-leaked": Law(
        "no task, thread or open file is left, run after run", _STRUCTURED
    ),
    "pure": Law(
        "the same output, and nothing else is changed or called",
        "functional programming: no side effects",
    ),
    "idempotent": Law(
        "a second run gives what the first one gave, and leaves its ports in the same state",
        "idempotent receivers (Hohpe, Woolf: Enterprise Integration Patterns)",
    ),
    "thread-safe": Law(
        "calls at the same time give what they give one after the other", "linearizability"
    ),
}  # fmt: skip

_RUNTIME = "a runtime that builds pipelines of its own"

PIPELINES: Mapping[str, Law] = {
    "acyclic": Law(
        "no stage waits for itself, and a graph with a cycle is refused",
        "directed acyclic graphs",
        _RUNTIME,
    ),
    "build-or-clear-error": Law(
        "any graph is built, or refused by an error that says what is wrong, up to 2,000 stages",
        "errors are for readers",
        _RUNTIME,
    ),
    "order-respected": Law(
        "a stage begins when all its upstreams have ended, with what they returned",
        "topological order",
        _RUNTIME,
    ),
    "compose-associative": Law(
        "(a + b) + c is a + (b + c)", "algebra: monoids", "a runtime that composes pipelines"
    ),
    "compose-idempotent": Law(
        "p + p is p", "algebra: idempotence", "a runtime that composes pipelines"
    ),
    "compose-preserves-stages": Law(
        "what is composed, or added to, has all stages of both and is of the same class, and "
        "neither is changed",
        "algebra: homomorphisms",
        "a runtime that composes pipelines",
    ),
    "runs-isolated": Law(
        "runs at the same time end as they do alone", "isolation of transactions (ACID)", _RUNTIME
    ),
    "dependents-of-a-failure-do-not-run": Law(
        "what depends on a stage that failed or was cancelled doesn't run",
        "railway-oriented programming",
        _RUNTIME,
    ),
    "cancellation-leaves-nothing-running": Law(
        "a run that is cancelled ends, and so do its stages", _STRUCTURED, _RUNTIME
    ),
    "nothing-leaked": Law(
        "when a run has ended, in whatever way, none of its stages runs", _STRUCTURED, _RUNTIME
    ),
    "sink-failure-contained": Law(
        "a sink that raises changes no result",
        "telemetry must not fail what it watches (OpenTelemetry: error handling)",
        "a runtime that takes an event sink",
    ),
    "every-stage-has-one-terminal-event": Law(
        "each stage that ran has one event of its end: completed, failed, skipped or cancelled",
        _README,
        "a runtime that takes an event sink",
    ),
    "sequence-monotonic": Law(
        "the numbers of a run's events rise by one",
        "total order of events (Lamport)",
        "a runtime that numbers its events",
    ),
    "idempotency-is-per-stage": Law(
        "a run's key is used up by each stage for itself: no stage gets another's result",
        "the Idempotency-Key header (IETF draft)",
        "a runtime with keys of idempotency",
    ),
    "retry-is-honoured": Law(
        "a stage that asks for a retry is run again, and is not done before",
        _README,
        "a runtime whose stages can ask for a retry",
    ),
    "open-circuit-is-not-success": Law(
        "a stage that isn't run, for its circuit is open, has not succeeded",
        "circuit breakers (Nygard: Release It!)",
        "a runtime with circuit breakers",
    ),
    "context-write-once": Law(
        "what was written to the context can be read, and a second write is refused",
        "single assignment",
        "a runtime with a context that stages write to",
    ),
}

SECTIONS: Mapping[On, Mapping[str, Law]] = {"stages": STAGES, "pipelines": PIPELINES}
