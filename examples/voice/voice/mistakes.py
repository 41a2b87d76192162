"""The example with mistakes in it, to show what a broken clause looks like; the rest is right.

| no. | where              | what                                      | the clause that sees it |
|-----|--------------------|-------------------------------------------|-------------------------|
| 1   | transcribe         | confidence in percent: above 1            | output.data             |
| 2   | persist            | `completed` without `duration_ms`         | events.completed        |
| 3   | moderate           | `completed` is told twice                 | events.order            |
| 4   | remember           | `sequence` leaves numbers out             | events.sequence         |
| 5   | speak              | `raw` in the output is bytes              | output.json             |
| 6   | answer             | the language model is asked twice         | calls                   |
| 7   | moderate           | KeyError if a text isn't ASCII; fuzz only | output.status           |
| 8   | GET /sessions/{id} | 200 and null, not 404, for an unknown id  | responses.200 and .404  |
| 9   | POST /sessions     | 200, not 201                              | responses               |
| 10  | GET /health        | the number of sessions is a text          | responses.200           |
| 11  | remember           | a store that failed isn't asked again     | faults.store            |

No. 2, 3 and 4 are seen on the pipeline's path, which owes the events; 1, 5, 6 and 7 on each path.
No. 11 is seen while the store fails.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

from fastapi import FastAPI
from stageflow import Pipeline, StageContext, StageOutput
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voice import api, stages
from voice.lifecycle import Narrator, Observed
from voice.pipeline import assemble


class Transcribe(stages.Transcribe):
    """No. 1: confidence in percent."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Transcribe, and say the confidence wrongly."""
        output = await super().work(ctx)
        return _with(output, confidence=output.data["confidence"] * 100)


class Moderate(stages.Moderate):
    """No. 7: a table of the characters that are known has only ASCII."""

    _known: ClassVar = {chr(code): True for code in range(128)}

    async def work(self, ctx: StageContext) -> StageOutput:
        """Look each character up, then moderate."""
        for character in ctx.inputs.get_from("transcribe", "text", ""):
            self._known[character]
        return await super().work(ctx)


class Remember(stages.Remember):
    """No. 4, by its narrator. No. 11: it tries once."""

    def __init__(self, timeout_s: float = 2.0) -> None:
        super().__init__(timeout_s, attempts=1)


class Respond(stages.Respond):
    """No. 6: asks twice, and takes the second answer."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Answer, and answer again."""
        await super().work(ctx)
        return await super().work(ctx)


class Speak(stages.Speak):
    """No. 5: gives the sound as bytes, too."""

    async def work(self, ctx: StageContext) -> StageOutput:
        """Speak, and add what JSON can't say."""
        output = await super().work(ctx)
        return _with(output, raw=b"RIFF") if "audio" in output.data else output


class Persist(stages.Persist):
    """No. 2, by its narrator."""


class Untimed(Narrator):
    """No. 2: doesn't say how long it took."""

    def completed(self) -> None:
        """Tell that the stage did its work, and no more."""
        self._tell("completed")


class Echo(Narrator):
    """No. 3: says the end twice."""

    def completed(self) -> None:
        """Tell that the stage did its work, and tell it again."""
        super().completed()
        super().completed()


class Leap(Narrator):
    """No. 4: counts 1, 3, 5."""

    def next(self) -> int:
        """A number that is too high, but for the first."""
        return 2 * super().next() - 1


def _with(output: StageOutput, **data: Any) -> StageOutput:
    return replace(output, data={**output.data, **data})


def build() -> Pipeline:
    """The pipeline with its mistakes."""
    return assemble(
        Observed(Transcribe),
        Observed(Moderate, Echo),
        Observed(Remember, Leap),
        Observed(Respond),
        Observed(Speak),
        Observed(Persist, Untimed),
    )


class WrongAnswers:
    """No. 8, 9 and 10: a middleware that turns right answers into wrong ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, wrongly where there is a mistake."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        status, body = _wrong(scope, held[0]["status"], b"".join(map(_body, held)))
        headers = [each for each in held[0]["headers"] if each[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await send({**held[0], "status": status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})


def _body(message: Message) -> bytes:
    return bytes(message.get("body", b""))


def _wrong(scope: Scope, status: int, body: bytes) -> tuple[int, bytes]:
    method, path = scope["method"], scope["path"]
    if method == "GET" and path.startswith("/sessions/") and status == 404:
        return 200, b"null"
    if method == "POST" and path == "/sessions" and status == 201:
        return 200, body
    if method == "GET" and path == "/health":
        told = json.loads(body)
        return status, json.dumps({**told, "sessions": str(told["sessions"])}).encode()
    return status, body


def create_app() -> FastAPI:
    """The service with its mistakes; its jobs are run by the right pipeline."""
    wrong = api.create_app()
    wrong.add_middleware(WrongAnswers)
    return wrong


pipeline = build()
app = create_app()
