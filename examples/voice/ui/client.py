"""What the web client asks of the service, and what it shows of the answers.

It reads only what it shows; `contracts/ui.contract.yaml` says that, and nothing more, of the
service.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

import httpx

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}


class RefusedError(Exception):
    """The service has refused a request; the text is for people."""


@dataclass(frozen=True)
class SessionView:
    """A session as it is shown."""

    id: UUID
    language: str
    jobs: int


@dataclass(frozen=True)
class ResultView:
    """What a job gave, as it is shown; without sound where there was nothing to say."""

    heard: str
    said: str
    sound: bytes | None


def sessions(client: httpx.Client, limit: int = 20) -> list[SessionView]:
    """The first sessions."""
    answer = _good(client.get("/sessions", params={"limit": limit})).json()
    return [_session(each) for each in answer["items"]]


def session(client: httpx.Client, id: str) -> SessionView:
    """One session."""
    return _session(_good(client.get(f"/sessions/{id}")).json())


def begin(client: httpx.Client, language: str = "en") -> SessionView:
    """Begin a session."""
    return _session(_good(client.post("/sessions", json={"language": language})).json())


def end(client: httpx.Client, id: str) -> None:
    """Forget a session."""
    _good(client.delete(f"/sessions/{id}"))


def ask(client: httpx.Client, id: str, sound: bytes = b"hello there") -> tuple[UUID, bool]:
    """Say something in a session: the job's id, and whether it is done."""
    said = {"audio": base64.b64encode(sound).decode()}
    job = _good(client.post(f"/sessions/{id}/jobs", json=said)).json()
    return UUID(job["id"]), job["status"] == "done"


def result(client: httpx.Client, id: str) -> ResultView:
    """What a job gave."""
    given = _good(client.get(f"/jobs/{id}/result")).json()
    speech = given["speech"]
    sound = None if speech is None else base64.b64decode(speech["audio"])
    return ResultView(given["transcript"]["text"], given["answer"]["text"], sound)


def _session(given: dict[str, object]) -> SessionView:
    return SessionView(
        UUID(str(given["id"])), LANGUAGES[str(given["language"])], int(str(given["jobs"]))
    )


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    raise RefusedError(answer.json()["title"])
