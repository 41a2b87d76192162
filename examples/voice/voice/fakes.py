"""Providers that work without a network and give the same reply to the same question, always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SAMPLES_PER_BYTE_MS = 10
_SAID_AT_MOST = 1000


class Stt:
    """Hears the UTF-8 text that the sound consists of; what isn't text lowers its confidence."""

    async def transcribe(self, audio: bytes, *, format: str, language: str) -> Mapping[str, Any]:
        """Say what was heard."""
        heard = audio.decode("utf-8", errors="replace")
        clear = "".join(c for c in heard if c.isprintable() and c != "\N{REPLACEMENT CHARACTER}")
        return {
            "text": clear.strip(),
            "confidence": round(len(clear) / len(heard), 3) if heard else 0.0,
            "duration_ms": len(audio) * _SAMPLES_PER_BYTE_MS,
        }


class Llm:
    """Says back what it was told, and how many turns it remembers."""

    async def complete(self, prompt: str, *, history: Sequence[str]) -> Mapping[str, Any]:
        """Answer a prompt."""
        text = f"You said: {prompt[:_SAID_AT_MOST]} (turn {len(history) + 1})."
        return {"text": text, "model": "echo-1", "tokens": len(text.split())}


class Tts:
    """Speaks the text's UTF-8."""

    async def synthesise(self, text: str, *, format: str) -> bytes:
        """Speak a text."""
        return text.encode("utf-8")
