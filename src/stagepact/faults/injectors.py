"""Faults of the ports that voice and chat pipelines have, ready made, in stageflow's terms.

Each injector is made of the target that `inject_fault` takes; each of its methods is a context
manager over `inject_fault` and takes its options (`times`, `every`, `rate`, `journal`, …).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from stagepact.contract.models.fault_terms import FaultType
from stagepact.faults.inject import Injection, inject_fault

Block = AbstractContextManager[Injection]

# Where results have what is meant, in the terms of stageflow's providers and of the usual clients.
_ANSWER = ("content", "text", "message", "tool_calls")
_TRANSCRIPT = ("text", "transcript", "words")
_AUDIO = ("audio", "data")


class FaultInjector:
    """Faults that any port has; `target` is what `inject_fault` takes.

    `methods` are the only ones that fail; all public ones without.
    """

    def __init__(self, target: object, *methods: str) -> None:
        """Faults of this target."""
        self._target = target
        self._methods = methods

    def timeout(self, duration_ms: float | None = None, **options: Any) -> Block:
        """Each call times out, after its milliseconds where they are said."""
        return self._inject(FaultType.TIMEOUT, duration_ms=duration_ms, **options)

    def slow(self, duration_ms: float, **options: Any) -> Block:
        """Each call takes so many milliseconds longer."""
        return self._inject(FaultType.SLOW, duration_ms=duration_ms, **options)

    def hang(self, **options: Any) -> Block:
        """Calls don't come back until the block ends or they are cancelled."""
        return self._inject(FaultType.HANG, **options)

    def error(self, error: Any = None, **options: Any) -> Block:
        """Each call raises `error`, an exception or its class."""
        return self._inject(FaultType.ERROR, error=error, **options)

    def intermittent(self, every: int = 2, **options: Any) -> Block:
        """Each `every`th call fails."""
        return self._inject(FaultType.INTERMITTENT, every=every, **options)

    def connection_lost(self, **options: Any) -> Block:
        """The connection is lost at each call; a stream has begun by then."""
        return self._inject(FaultType.CONNECTION_LOST, **options)

    def connection_refused(self, **options: Any) -> Block:
        """Nobody is there."""
        return self._inject(FaultType.CONNECTION_REFUSED, **options)

    def null(self, **options: Any) -> Block:
        """Each call returns None."""
        return self._inject(FaultType.NULL, **options)

    def malformed(self, **options: Any) -> Block:
        """Each call returns something with junk in it."""
        return self._inject(FaultType.MALFORMED, **options)

    def _inject(self, kind: FaultType, **options: Any) -> Block:
        return inject_fault(self._target, kind, **{"methods": self._methods, **options})


class ProviderFaultInjector(FaultInjector):
    """Faults of a provider that is asked by HTTP."""

    def rate_limited(self, retry_after: float | None = None, **options: Any) -> Block:
        """429 to each call, with the seconds to wait where they are said."""
        return self._inject(FaultType.RATE_LIMITED, retry_after=retry_after, **options)

    def unavailable(self, retry_after: float | None = None, **options: Any) -> Block:
        """503 to each call."""
        return self._inject(FaultType.UNAVAILABLE, retry_after=retry_after, **options)

    def server_error(self, **options: Any) -> Block:
        """500 to each call."""
        return self._inject(FaultType.SERVER_ERROR, **options)

    def forbidden(self, **options: Any) -> Block:
        """403 to each call: the key is wrong, say."""
        return self._inject(FaultType.FORBIDDEN, **options)


class LlmFaultInjector(ProviderFaultInjector):
    """Faults of a language model: `complete` and `stream`, or whatever it offers."""

    def empty_answer(self, **options: Any) -> Block:
        """The answer has no text; a stream has no item."""
        return self._inject(FaultType.EMPTY, **{"members": _ANSWER, **options})

    def truncated_answer(self, **options: Any) -> Block:
        """The answer breaks off: half of the text, or a stream without its last item."""
        return self._inject(FaultType.TRUNCATED, **{"members": _ANSWER, **options})

    def duplicated_tokens(self, **options: Any) -> Block:
        """Each item of a stream comes twice."""
        return self._inject(FaultType.DUPLICATED, **options)


class SttFaultInjector(ProviderFaultInjector):
    """Faults of speech-to-text: `transcribe`, or whatever it offers."""

    def empty_transcript(self, **options: Any) -> Block:
        """Nothing was understood: the transcript has no text and no words."""
        return self._inject(FaultType.EMPTY, **{"members": _TRANSCRIPT, **options})

    def truncated_transcript(self, **options: Any) -> Block:
        """Half of the transcript is missing."""
        return self._inject(FaultType.TRUNCATED, **{"members": _TRANSCRIPT, **options})


class TtsFaultInjector(ProviderFaultInjector):
    """Faults of text-to-speech: `synthesize` and `stream`, or whatever it offers."""

    def invalid_audio(self, **options: Any) -> Block:
        """The audio is none: junk in its second half."""
        return self._inject(FaultType.MALFORMED, **{"members": _AUDIO, **options})

    def empty_audio(self, **options: Any) -> Block:
        """The audio has no bytes."""
        return self._inject(FaultType.EMPTY, **{"members": _AUDIO, **options})

    def truncated_audio(self, **options: Any) -> Block:
        """The audio breaks off."""
        return self._inject(FaultType.TRUNCATED, **{"members": _AUDIO, **options})


class DbFaultInjector(FaultInjector):
    """Faults of a database session or pool."""

    def pool_exhausted(self, duration_ms: float | None = None, **options: Any) -> Block:
        """No connection is free, after its milliseconds where they are said."""
        return self._inject(FaultType.POOL_EXHAUSTED, duration_ms=duration_ms, **options)

    def connection_lost_and_back(self, times: int = 1, **options: Any) -> Block:
        """The connection is lost at the first calls, and back afterwards."""
        return self._inject(FaultType.CONNECTION_LOST, times=times, **options)

    def disk_full(self, **options: Any) -> Block:
        """Nothing can be written: no space is left on the device."""
        return self._inject(FaultType.DISK_FULL, **options)

    def no_rows(self, **options: Any) -> Block:
        """Each query finds nothing."""
        return self._inject(FaultType.EMPTY, **options)
