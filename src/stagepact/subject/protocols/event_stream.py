"""Event streams as text, read and written as the HTML standard says (section 9.2).

An event is the message `{"type": …, "id": …, "data": …}`: the type is `message` without a field
`event`, the id stands there if the event has a field `id`, and the data is read as JSON if it is.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

from stagepact.subject.protocols.channels import read, written


class Lines:
    """Chunks of a stream become its events (HTML standard, section 9.2.6)."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._fields: dict[str, list[str]] = {}

    def events(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The events that are whole with this chunk."""
        text = self._rest + self._decode(chunk)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._rest = text.split("\n")
        for line in lines:
            if line:
                self._take(line)
            elif "data" in self._fields:
                yield self._event()
                self._fields = {}
            else:
                self._fields = {}

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        self._fields.setdefault(name, []).append(value.removeprefix(" "))

    def _event(self) -> dict[str, Any]:
        said = self._fields
        event: dict[str, Any] = {"type": said.get("event", ["message"])[-1] or "message"}
        if "id" in said:
            event["id"] = said["id"][-1]
        return {**event, "data": read("\n".join(said["data"]))}


def event_text(message: Any) -> str:
    """A message as an event: its type and id as fields, its data as JSON where it is no text."""
    parts = message if isinstance(message, dict) and "data" in message else {"data": message}
    head = [f"id: {parts['id']}"] if "id" in parts else []
    head += [f"event: {parts['type']}"] if parts.get("type", "message") != "message" else []
    return "\n".join([*head, *(f"data: {each}" for each in written(parts["data"]).split("\n"))]) + (
        "\n\n"
    )
