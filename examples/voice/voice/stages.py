"""The six stages. Each takes from its upstreams only what it uses, and returns a declared end.

What can fail outside fails here as `StageOutput.fail` with a text, and with `error_code` in its
data: INVALID_INPUT, TIMEOUT, PROVIDER_ERROR, BAD_REPLY. What a stage raises is a mistake in it.
"""

from __future__ import annotations

import base64
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID, uuid5

from pydantic import ValidationError
from stageflow import StageContext, StageKind, StageOutput, stage_metadata

from voice.calls import Patience, WorkError, believed, call, faults
from voice.lifecycle import progress
from voice.models import (
    MAX_TEXT,
    MAX_TURNS,
    Answer,
    Audio,
    Category,
    Memory,
    Moderation,
    Saved,
    Speech,
    Transcript,
)

logger = logging.getLogger("voice.stages")

T = TypeVar("T")

_BANNED = {
    "bomb": Category.VIOLENCE,
    "murder": Category.VIOLENCE,
    "phishing": Category.FRAUD,
}
_CHUNK = 500
_MS_PER_CHARACTER = 60
_TURNS = UUID("5d1f7a4e-0b53-4d8e-9a53-7c9f0c6f9b11")


class _Stage(ABC):
    """A stage whose work may fail: what `work` raises as `WorkError` is returned as a failure."""

    def __init__(self, timeout_s: float = 2.0, attempts: int = 2) -> None:
        self.patience = Patience(timeout_s, attempts)

    async def execute(self, ctx: StageContext) -> StageOutput:
        """Do the stage's work and return how it ended."""
        try:
            return await self.work(ctx)
        except WorkError as failure:
            logger.error("%s failed: %s", ctx.stage_name, failure)
            return StageOutput.fail(str(failure), data={"error_code": failure.code})

    @abstractmethod
    async def work(self, ctx: StageContext) -> StageOutput:
        """Do the stage's work; raise `WorkError` when it can't be done."""


@stage_metadata(name="transcribe", kind=StageKind.TRANSFORM)
class Transcribe(_Stage):
    """Gives the text of what was heard."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Ask the STT provider once the input is known to be sound."""
        heard = _audio(ctx)
        sound = base64.b64decode(heard.audio)
        reply = await call(
            "stt_provider",
            lambda: _port(ctx, "stt_provider").transcribe(
                sound, format=heard.format.value, language=heard.language.value
            ),
            self.patience,
        )
        said = _mapping("stt_provider", reply)
        known = {"language": heard.language, "session_id": heard.session_id}
        return _ok(believed("stt_provider", Transcript, {**said, **known}))


@stage_metadata(name="moderate", kind=StageKind.GUARD)
class Moderate(_Stage):
    """Cancels the run when the text has a banned word: that is an answer, not an error."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Look for banned words."""
        words = re.findall(r"\w+", _upstream(ctx, "transcribe", "text", str).casefold())
        banned = [word for word in words if word in _BANNED]
        found = Moderation(
            allowed=not banned,
            categories=sorted({_BANNED[word] for word in banned}),
            score=round(len(banned) / len(words), 3) if words else 0.0,
        )
        if found.allowed:
            return _ok(found)
        return StageOutput.cancel("the text has a banned word", data=found.model_dump(mode="json"))


@stage_metadata(name="remember", kind=StageKind.ENRICH)
class Remember(_Stage):
    """Gives the last turns of the session."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Ask the store."""
        session_id = _upstream(ctx, "transcribe", "session_id", str)
        turns = await call(
            "store",
            lambda: _port(ctx, "store").history(session_id, limit=MAX_TURNS),
            self.patience,
        )
        count = len(turns) if isinstance(turns, Sequence) else 0
        return _ok(believed("store", Memory, {"turns": turns, "count": count}))


@stage_metadata(name="answer", kind=StageKind.AGENT)
class Respond(_Stage):
    """Answers what was said; nothing is answered to nothing."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Ask the language model."""
        text = _upstream(ctx, "transcribe", "text", str)
        if not _upstream(ctx, "moderate", "allowed", bool):
            return StageOutput.cancel("moderation doesn't allow an answer")
        if not text:
            return _ok(Answer(text="", model="none", tokens=0))
        turns = _upstream(ctx, "remember", "turns", list)
        reply = await call(
            "llm_provider",
            lambda: _port(ctx, "llm_provider").complete(text, history=turns),
            self.patience,
        )
        return _ok(believed("llm_provider", Answer, reply))


@stage_metadata(name="speak", kind=StageKind.TRANSFORM)
class Speak(_Stage):
    """Speaks the answer, a piece at a time; skipped when there is nothing to say."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Ask the TTS provider for each piece."""
        text = _upstream(ctx, "answer", "text", str)[:MAX_TEXT]
        if not text:
            return StageOutput.skip("there is nothing to say")
        pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
        spoken = bytearray()
        for done, piece in enumerate(pieces, start=1):
            spoken += await self._piece(ctx, piece)
            progress(ctx, done=done, total=len(pieces))
        return _ok(
            Speech(
                audio=base64.b64encode(spoken).decode("ascii"),
                format="wav",
                duration_ms=len(text) * _MS_PER_CHARACTER,
                characters=len(text),
            )
        )

    async def _piece(self, ctx: StageContext, piece: str) -> bytes:
        spoken = await call(
            "tts_provider",
            lambda: _port(ctx, "tts_provider").synthesise(piece, format="wav"),
            self.patience,
        )
        if not isinstance(spoken, bytes) or not spoken:
            raise WorkError("BAD_REPLY", "tts_provider gave no sound")
        return spoken


@stage_metadata(name="persist", kind=StageKind.WORK)
class Persist(_Stage):
    """Keeps the turn with its speech, or keeps nothing of it."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Save the turn, then the speech; take the turn back when that can't be saved."""
        session_id = _upstream(ctx, "transcribe", "session_id", str)
        heard = _upstream(ctx, "transcribe", "text", str)
        answered = _upstream(ctx, "answer", "text", str)
        speech = ctx.inputs.get_from("speak", "audio")
        # The same run saves the same turn, so that a second try can't keep it twice.
        turn_id = uuid5(_TURNS, f"{ctx.pipeline_run_id}/{session_id}/{heard}/{answered}")
        saved = Saved(turn_id=turn_id, session_id=_uuid(session_id), spoken=speech is not None)
        store = _port(ctx, "store")
        try:
            await self._save(store, saved, heard, answered)
            if speech is not None:
                await self._save_speech(store, saved, speech)
        except BaseException:
            await self._roll_back(store, saved)
            raise
        return _ok(saved)

    async def _save(self, store: Any, saved: Saved, heard: str, answered: str) -> None:
        await call(
            "store",
            lambda: store.save_turn(str(saved.turn_id), str(saved.session_id), heard, answered),
            self.patience,
        )

    async def _save_speech(self, store: Any, saved: Saved, speech: object) -> None:
        sound = _decoded(speech)
        await call("store", lambda: store.save_speech(str(saved.turn_id), sound), self.patience)

    async def _roll_back(self, store: Any, saved: Saved) -> None:
        """Take the turn back, even if it may not be there: a save that timed out can have saved."""
        try:
            await call("store", lambda: store.delete_turn(str(saved.turn_id)), self.patience)
        except WorkError as failure:
            logger.error("turn %s may be kept in part: %s", saved.turn_id, failure)


# -- what the stages are given -----------------------------------------------------------------


def _audio(ctx: StageContext) -> Audio:
    try:
        return Audio.model_validate(ctx.snapshot.metadata)
    except ValidationError as error:
        raise WorkError("INVALID_INPUT", f"the input is no Audio: {faults(error)}") from error


def _upstream(ctx: StageContext, stage: str, key: str, kind: type[T]) -> T:
    value = ctx.inputs.get_from(stage, key)
    if not isinstance(value, kind):
        raise WorkError("INVALID_INPUT", f"{stage} gave no {kind.__name__} as {key!r}")
    return value


def _port(ctx: StageContext, name: str) -> Any:
    found = getattr(ctx.inputs.ports, name, None)
    if found is None:
        raise WorkError("PROVIDER_ERROR", f"the run was given no port {name!r}")
    return found


def _mapping(name: str, reply: object) -> Mapping[str, Any]:
    if not isinstance(reply, Mapping):
        raise WorkError("BAD_REPLY", f"{name} gave no object but a {type(reply).__name__}")
    return reply


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WorkError("INVALID_INPUT", "transcribe gave no UUID as 'session_id'") from None


def _decoded(speech: object) -> bytes:
    try:
        return base64.b64decode(str(speech), validate=True)
    except ValueError:
        raise WorkError("INVALID_INPUT", "speak gave no base64 as 'audio'") from None


def _ok(value: Transcript | Moderation | Memory | Answer | Speech | Saved) -> StageOutput:
    return StageOutput.ok(value.model_dump(mode="json"))
