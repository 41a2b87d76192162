"""What the stages need from outside: four ports, each a protocol.

What a provider replies is JSON and is believed only after it was checked; so a reply that isn't
what it should be is a failure of the provider, said as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Stt(Protocol):
    """Speech to text."""

    async def transcribe(self, audio: bytes, *, format: str, language: str) -> Mapping[str, Any]:
        """Say what was heard: `text`, `confidence` (0 to 1) and `duration_ms`."""
        ...


class Llm(Protocol):
    """A language model."""

    async def complete(self, prompt: str, *, history: Sequence[str]) -> Mapping[str, Any]:
        """Answer a prompt: `text`, `model` and `tokens`."""
        ...


class Tts(Protocol):
    """Text to speech."""

    async def synthesise(self, text: str, *, format: str) -> bytes:
        """Speak a text; at least one byte for at least one character."""
        ...


class Store(Protocol):
    """What is kept of conversations. Saving the same turn twice keeps it once."""

    async def history(self, session_id: str, *, limit: int) -> Sequence[str]:
        """The last turns of a session, oldest first."""
        ...

    async def save_turn(self, turn_id: str, session_id: str, heard: str, answered: str) -> None:
        """Keep what was said in one turn."""
        ...

    async def save_speech(self, turn_id: str, audio: bytes) -> None:
        """Keep what was spoken in a turn that is kept."""
        ...

    async def delete_turn(self, turn_id: str) -> None:
        """Forget a turn and its speech; one that isn't kept is forgotten already."""
        ...

    async def forget(self, session_id: str) -> None:
        """Forget all turns of a session."""
        ...


@dataclass(frozen=True)
class VoicePorts:
    """All ports of a run."""

    stt_provider: Stt
    llm_provider: Llm
    tts_provider: Tts
    store: Store
