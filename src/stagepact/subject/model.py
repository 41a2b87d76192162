"""The one call signature: a subject is called with a case and a probe, and does what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

CaseKind = Literal["example", "boundary", "fuzz", "invalid", "unsaid", "flow", "law", "fault"]


@dataclass(frozen=True, slots=True)
class SubjectId:
    """Who was tried, and by which path.

    `name` is what contracts select by; `identity` is `module:qualname` and can't collide;
    `path` tells how it was reached (`direct`, `pipeline`, `asgi`, …).
    """

    name: str
    identity: str
    kind: str
    path: str = "direct"
    tags: frozenset[str] = frozenset()
    runtime: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.path}]"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A port that is made anew for each run, so that runs don't see one another."""

    make: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request's parts as JSON values, before they are written on the wire.

    `without` names parameters (or `body`) that a state must not fill in; `raw` is the body as
    this text, whatever the media type says.
    """

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    without: tuple[str, ...] = ()
    raw: str | None = None
    method: str | None = None

    def with_section(self, section: str, values: Mapping[str, Any]) -> Request:
        """The request with other parameters in its path, query, headers or cookies."""
        changed: dict[str, Any] = {section: values}
        return replace(self, **changed)


_NO_REQUEST = Request()


@dataclass(frozen=True, slots=True)
class Given:
    """What a subject is given: values, not schemas.

    `input` is the subject's own input, `inputs` the upstreams' outputs by name, `ports` the
    live objects that it may call, `config` the arguments of its constructor, `context` what
    the runtime carries along, `state` the named state that must hold before, `user` who calls
    where it isn't the subject's usual caller.
    """

    input: Any = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    ports: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None
    request: Request = _NO_REQUEST
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One try: its name, where it comes from, and what is given.

    `assumed` tells whether what is given is what the contracts assume: what they guarantee is
    promised for that only, and an example outside of it is held to its own outcome.
    """

    name: str
    given: Given = field(default_factory=Given)
    kind: CaseKind = "example"
    assumed: bool = True

    @property
    def is_generated(self) -> bool:
        """Whether nobody wrote it: it has no name to be found by."""
        return self.kind in ("boundary", "fuzz", "invalid", "unsaid")


@dataclass(frozen=True, slots=True)
class Event:
    """Something emitted: its type, payload, seconds since the run began, and number in order."""

    type: str
    data: Any = None
    at: float = 0.0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """What came back: a status, JSON-like data, and the object as it was returned.

    For services `status` is the HTTP status code in decimal and `headers` are lower-case.
    `beside` are other answers of the same run by name, `held` says whose secrets are in it, and
    `secrets` are those that came up in the run; `waited` are seconds that weren't the subject's.
    """

    status: str = "ok"
    data: Any = None
    raw: Any = None
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    events: tuple[tuple[str, Any], ...] = ()
    beside: Mapping[str, Output] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One stage's share of a pipeline's run, as the adapter saw it from outside."""

    output: Output | None = None
    error: BaseException | None = None
    input: Given = field(default_factory=Given)
    started: float = 0.0
    duration: float = 0.0


class Stopped(Exception):  # noqa: N818 - it says what happened
    """Carries a `StopIteration` of the subject's: a coroutine can't raise one (PEP 479)."""

    def __init__(self, error: StopIteration) -> None:
        """Carry the error."""
        super().__init__(error)
        self.error = error


class Unfit(Exception):  # noqa: N818 - it says what the case is
    """The case can't be given to the subject; the subject itself has not run.

    Raised by an adapter before it calls, so that the case is discarded and nobody is blamed.
    """


class Recorder(Protocol):
    """Where a port's calls are written: the name, the method and what was passed."""

    def port(self, name: str, port: Any) -> Any:
        """The same port, whose calls are now seen."""


class Probe(Recorder, Protocol):
    """What a subject's adapter tells the observer while it runs."""

    def emit(self, type: str, data: Any) -> None:
        """An event was emitted now."""

    def part(self, name: str, part: Part) -> None:
        """A stage of a pipeline has ended, whatever becomes of the pipeline."""

    def fault(self, fired: Any) -> None:
        """An injected fault has struck."""

    def now(self) -> float:
        """Seconds since the run began."""


class Subject(Protocol):
    """Something of the user's that can be put to the test.

    Calling it returns, raises and emits as it naturally would. `event_name` is the wire
    form of its events, with `{stage}` and `{type}`.
    """

    @property
    def id(self) -> SubjectId:
        """Who it is."""

    @property
    def event_name(self) -> str:
        """The template of its event types on the wire."""

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run once."""

    async def close(self) -> None:
        """Let go of what was opened for the runs; called on their event loop, after the last."""


@dataclass(frozen=True, slots=True)
class Found:
    """A subject in the code, or the reason why there is none.

    `why` is "" for a subject that can be run, else `skipped`, `unmade` or `unimportable`.
    `stages` of a pipeline are the names under which its stages run, in order, with the
    names that each depends on; `identities` says what each of them is, and `runtime` (a `Runtime`
    of `subject.protocols.runtimes`) is what pipelines of its kind are built and run by.
    """

    id: SubjectId
    subject: Subject | None = None
    why: str = ""
    reason: str = ""
    source: str = ""
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    runtime: Any = field(default=None, compare=False, repr=False)
