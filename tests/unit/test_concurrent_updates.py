"""Two changes at once under one ETag: who makes both is found, and nobody else is blamed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from threading import Lock
from time import sleep
from typing import Any

import pytest
from plans import Make, make

from stagepact.flow import Options, check
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

__all__ = ["make"]

CODE = """
from test_concurrent_updates import Notes

app = Notes({flavour!r})
"""
WSGI = """
def app(environ, start_response):
    raise AssertionError("nothing is asked")
"""
CONTRACT = """
services:
  notes:
    app: "code_of_plan:app"
    laws: [concurrent-updates]
    operations:
      POST /notes:
        request: {body: {$ref: "#/schemas/Note"}}
        responses: {201: {}}
      GET /notes/{id}: {responses: {200: {}, 404: {}}}
      PUT /notes/{id}:
        request: {headers: {if-match: {type: string}}, body: {$ref: "#/schemas/Note"}}
        responses: {200: {}, 404: {}, 412: {}}
        examples:
          - {name: one, request: {path: {id: "1"}, headers: {if-match: x}, body: {text: one}}}
          - {name: two, request: {path: {id: "1"}, headers: {if-match: x}, body: {text: two}}}
schemas:
  Note: {type: object, required: [text], properties: {text: {type: string, maxLength: 9}}}
"""
Change = Callable[["Notes", dict[str, Any], str, str], Awaitable[bool]]


async def at_once(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    return notes.changed(note, tag, text)


async def locked(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    async with notes.lock:
        await asyncio.sleep(0)
        return notes.changed(note, tag, text)


async def in_threads(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    def change() -> bool:
        with notes.thread_lock:
            return notes.changed(note, tag, text)

    return await asyncio.to_thread(change)


async def looks_before(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    fits = tag == notes.tag(note)
    await asyncio.sleep(0)
    return fits and notes.changed(note, notes.tag(note), text)


async def looks_in_threads(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    def change() -> bool:
        fits = tag == notes.tag(note)
        sleep(0.05)  # the other one looks meanwhile
        return fits and notes.changed(note, notes.tag(note), text)

    return await asyncio.to_thread(change)


async def takes_what_is_so(notes: Notes, note: dict[str, Any], tag: str, text: str) -> bool:
    return note["text"] == text or notes.changed(note, tag, text)


RIGHT = (at_once, locked, in_threads, takes_what_is_so)
WRONG = (looks_before, looks_in_threads)
FLAVOURS: dict[str, Change] = {each.__name__: each for each in (*RIGHT, *WRONG)}


class Notes:
    """Notes by id, over ASGI; the tag of a note is its content."""

    def __init__(self, flavour: str) -> None:
        self.change = FLAVOURS[flavour]
        self.notes: dict[str, dict[str, Any]] = {}
        self.lock = asyncio.Lock()
        self.thread_lock = Lock()

    def tag(self, note: dict[str, Any]) -> str:
        return json.dumps(note["text"])

    def changed(self, note: dict[str, Any], tag: str, text: str) -> bool:
        if tag != self.tag(note):
            return False
        note["text"] = text
        return True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, body, headers = await self.answer(scope, (await receive())["body"])
        told = [(b"content-type", b"application/json"), *headers]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def answer(self, scope: Any, body: bytes) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        id_ = scope["path"].rpartition("/")[2]
        if scope["method"] == "POST":
            made = {"id": str(len(self.notes) + 1), "text": json.loads(body)["text"]}
            self.notes[made["id"]] = made
            return 201, made, []
        note = self.notes.get(id_)
        if note is None:
            return 404, None, []
        if scope["method"] == "PUT":
            tag = dict(scope["headers"]).get(b"if-match", b"").decode()
            if not await self.change(self, note, tag, json.loads(body)["text"]):
                return 412, None, []
        return 200, note, [(b"etag", self.tag(note).encode())]


def verdict(make: Make, code: str) -> Verdict:
    plan = make(code, concurrent=CONTRACT)
    assert plan.problems == ()
    found = [e for target in plan.targets for e in check(target, Options(seed=1, prove=True))]
    (own,) = [each for each in found if each.item.clause == "laws.concurrent-updates"]
    return own


@pytest.mark.parametrize("flavour", [each.__name__ for each in RIGHT])
def test_who_makes_one_change_keeps_the_law_and_the_law_can_fail(flavour: str, make: Make) -> None:
    found = verdict(make, CODE.format(flavour=flavour))
    assert (found.state, found.reason, found.unfailing) == (State.KEPT, "", "")


@pytest.mark.parametrize("flavour", [each.__name__ for each in WRONG])
def test_who_makes_both_changes_breaks_it(flavour: str, make: Make) -> None:
    found = verdict(make, CODE.format(flavour=flavour))
    assert found.state is State.BROKEN
    assert "412" in str(found.violations[0])


def test_where_requests_cannot_meet_the_law_is_not_exercised(make: Make) -> None:
    found = verdict(make, WSGI)
    assert found.state is State.NOT_EXERCISED
    assert "one request at a time" in found.reason
