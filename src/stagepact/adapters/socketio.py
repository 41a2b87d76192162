"""Socket.IO (protocol 5) over a WebSocket as a channel, with the packets of python-socketio.

A message is `{"type": event, "data": argument}`; several arguments are a list. What is sent may
have an `id`: the server's acknowledgement is the message `{"type": "ack", "id": …, "data": […]}`.
A refused connection ends with the code 4, the type of the packet that refuses it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

try:
    from socketio import packet
except ImportError as error:  # pragma: no cover - tests run with python-socketio
    raise ImportError(
        "Socket.IO needs python-socketio: pip install 'stagepact[socketio]'", name="socketio"
    ) from error

from stagepact.contract.models import Channel, seconds
from stagepact.subject.protocols.channels import Call, Channels, Line, Way, happened, read

# Types of Engine.IO's packets (protocol 4).
_CLOSE, _PING, _PONG, _MESSAGE = "1", "2", "3", "4"
_EVENTS = (packet.EVENT, packet.BINARY_EVENT)
_ACKS = (packet.ACK, packet.BINARY_ACK)


@dataclass(frozen=True, slots=True)
class SocketIO:
    """A channel over Socket.IO; `sockets` are the WebSockets that it is spoken over."""

    channel: Channel
    sockets: Channels = field(repr=False)

    async def open(self) -> Way:
        """A way over the WebSocket's."""
        return _Way(self.channel, await self.sockets.open())

    async def close(self) -> None:
        """Let go of the WebSockets."""
        await self.sockets.close()


@dataclass(eq=False)
class _Way:
    channel: Channel
    over: Way

    async def connect(self, call: Call) -> Line:
        """A client whose connection to the namespace has been answered, or wasn't in time."""
        client = _Client(self.channel.namespace)
        line = await self.over.connect(replace(call, decode=client.decode))
        if line.closed is None and line.accepted:
            auth = self.channel.credentials if call.credentials else {}
            await client.join(line, auth, seconds(self.channel.patience))
        return line

    async def publish(self, topic: str, message: Any) -> None:
        """Publish by the declared request."""
        await self.over.publish(topic, message)

    async def finish(self, topic: str, message: Any) -> None:
        """End a topic by the declared request."""
        await self.over.finish(topic, message)

    async def count(self) -> Any:
        """How many subscriptions there are."""
        return await self.over.count()

    async def close(self) -> None:
        """Have all clients leave."""
        await self.over.close()


class _Client:
    """One client's packets: what is sent becomes packets, what arrives becomes messages."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._line: Line | None = None
        self._answered, self._joined = asyncio.Event(), False
        self._partial: Any = None
        self._numbers = itertools.count()
        self._asked: dict[int, Any] = {}
        self._send: Callable[[str | bytes], None] = lambda frame: None

    async def join(self, line: Line, auth: dict[str, str], seconds: float) -> None:
        """Ask for the namespace, and wait for the answer."""
        self._line, self._send = line, line.say
        line.say, line.accepted = self.say, False
        self._put(packet.Packet(packet.CONNECT, data=auth or None, namespace=self._namespace))
        await happened(self._answered, seconds)
        line.accepted = self._joined

    def say(self, message: str | bytes) -> None:
        """Send a message as an event; what names no event is sent as the event `message`."""
        said = message if isinstance(message, bytes) else read(message)
        name, arguments, id = "message", [said], None
        if isinstance(said, dict) and isinstance(said.get("type"), str):
            name, arguments = said["type"], [said["data"]] if "data" in said else []
            if "id" in said:
                id = next(self._numbers)
                self._asked[id] = said["id"]
        self._put(packet.Packet(data=[name, *arguments], namespace=self._namespace, id=id))

    def _put(self, made: packet.Packet) -> None:
        encoded = made.encode()
        first, *attachments = encoded if isinstance(encoded, list) else [encoded]
        self._send(_MESSAGE + first)
        for each in attachments:
            self._send(each)

    def decode(self, frame: Any) -> Iterator[Any]:
        """The messages that a frame of Engine.IO completes."""
        if isinstance(frame, bytes):
            if self._partial is not None and self._partial.add_attachment(frame):
                whole, self._partial = self._partial, None
                yield from self._messages(whole)
        elif frame[:1] == _PING:
            self._send(_PONG + frame[1:])
        elif frame[:1] == _CLOSE:
            self._end(None)
        elif frame[:1] == _MESSAGE:
            yield from self._packet(frame[1:])

    def _packet(self, text: str) -> Iterator[Any]:
        try:
            found = packet.Packet(encoded_packet=text)
        except (ValueError, IndexError):
            yield text
            return
        if found.attachment_count:
            self._partial = found
        else:
            yield from self._messages(found)

    def _messages(self, found: packet.Packet) -> Iterator[Any]:
        if found.packet_type == packet.CONNECT:
            self._joined = True
            self._answered.set()
        elif found.packet_type == packet.CONNECT_ERROR:
            self._end(packet.CONNECT_ERROR)
        elif found.packet_type == packet.DISCONNECT:
            self._end(None if self._joined else packet.CONNECT_ERROR)
        elif found.packet_type in _ACKS:
            yield {"type": "ack", "id": self._asked.pop(found.id, None), "data": _plain(found.data)}
        elif found.packet_type in _EVENTS and isinstance(found.data, list) and found.data:
            name, *arguments = _plain(found.data)
            yield {"type": name, "data": arguments[0] if len(arguments) == 1 else arguments}

    def _end(self, code: int | None) -> None:
        if self._line is not None:
            self._line.end(code)
        self._answered.set()


def _plain(data: Any) -> Any:
    """The data as JSON; binary parts as text."""
    return json.loads(json.dumps(data, default=lambda part: part.decode("latin-1")))
