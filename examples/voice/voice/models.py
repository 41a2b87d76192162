"""What the stages and the service take and give, with every limit that JSON Schema can say.

Two limits hold everywhere: a text has at most 4,096 characters, and what is heard at most 3,072
bytes (4,096 characters of base64). An identifier is a UUID.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MAX_TEXT = 4096
MAX_TURNS = 5
BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Base64 = Annotated[str, Field(min_length=4, max_length=MAX_TEXT, pattern=BASE64)]
# To many tools a format is only a note, and Pydantic takes other spellings, too; the pattern says
# which one is meant.
Id = Annotated[
    UUID,
    Field(
        json_schema_extra={
            "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        }
    ),
]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Format(StrEnum):
    """How sound is encoded."""

    WAV = "wav"
    OGG = "ogg"
    MP3 = "mp3"


class Language(StrEnum):
    """What is spoken."""

    EN = "en"
    DE = "de"
    FR = "fr"


class Category(StrEnum):
    """Why a text is refused."""

    VIOLENCE = "violence"
    FRAUD = "fraud"


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


# -- what the stages take and give -------------------------------------------------------------


class Audio(BaseModel):
    """The pipeline's input: what was heard, and in which session."""

    audio: Base64 = Field(examples=["aGVsbG8gdGhlcmU="])
    format: Format = Format.WAV
    language: Language = Language.EN
    session_id: Id


class Transcript(BaseModel):
    """Output of `transcribe`; no text means that nothing was understood."""

    text: Text
    language: Language
    confidence: Ratio
    duration_ms: Milliseconds
    session_id: Id


class Moderation(BaseModel):
    """Output of `moderate`."""

    allowed: bool
    categories: list[Category] = Field(max_length=len(Category))
    score: Ratio


class Memory(BaseModel):
    """Output of `remember`: the last turns of the session, oldest first."""

    turns: list[Text] = Field(max_length=MAX_TURNS)
    count: int = Field(ge=0, le=MAX_TURNS)


class Answer(BaseModel):
    """Output of `answer`; no text means that there is nothing to say."""

    text: Text
    model: str = Field(min_length=1, max_length=64)
    tokens: int = Field(ge=0, le=MAX_TEXT)


class Speech(BaseModel):
    """Output of `speak`."""

    audio: str = Field(min_length=4, pattern=BASE64)
    format: Literal["wav"]
    duration_ms: Milliseconds
    characters: int = Field(ge=1, le=MAX_TEXT)


class Saved(BaseModel):
    """Output of `persist`."""

    turn_id: Id
    session_id: Id
    spoken: bool


# -- what the service takes and gives ----------------------------------------------------------


class NewSession(BaseModel):
    """What a session is made from."""

    model_config = ConfigDict(extra="forbid")

    language: Language = Language.EN
    title: str | None = Field(default=None, min_length=1, max_length=80)


class Session(BaseModel):
    """A conversation."""

    id: Id
    language: Language
    title: str | None = Field(min_length=1, max_length=80)
    created_at: AwareDatetime
    jobs: int = Field(ge=0)


class Sessions(BaseModel):
    """A page of conversations, oldest first."""

    items: list[Session] = Field(max_length=100)
    total: int = Field(ge=0)


class NewJob(BaseModel):
    """What a job is made from."""

    model_config = ConfigDict(extra="forbid")

    audio: Base64 = Field(examples=["aGVsbG8gdGhlcmU="])
    format: Format = Format.WAV


class Job(BaseModel):
    """One run of the pipeline for a session."""

    id: Id
    session_id: Id
    status: State
    created_at: AwareDatetime
    error: Text | None = None


class Result(BaseModel):
    """What a job that is done has given."""

    job_id: Id
    transcript: Transcript
    answer: Answer
    speech: Speech | None
    saved: Saved


class Health(BaseModel):
    """Whether the service can work."""

    status: Literal["ok", "degraded"]
    sessions: int = Field(ge=0)
    version: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")


class Fault(BaseModel):
    """One thing that is wrong with a request, and where (a JSON Pointer into it)."""

    pointer: str = Field(max_length=MAX_TEXT)
    detail: str = Field(max_length=MAX_TEXT)


class Problem(BaseModel):
    """Why a request wasn't done (RFC 9457)."""

    type: str = Field(default="about:blank", json_schema_extra={"format": "uri-reference"})
    title: str = Field(min_length=1)
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(json_schema_extra={"format": "uri-reference"})
    errors: list[Fault] | None = Field(default=None, max_length=20)
