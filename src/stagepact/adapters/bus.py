"""Publish/subscribe objects in process as channels: `subscribe(topic, receiver)`, `publish(…)`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stagepact.contract.models import Channel
from stagepact.subject.model import Unfit
from stagepact.subject.protocols.channels import Call, Line, Way


def is_bus(value: Any) -> bool:
    """Whether a value can be subscribed to and published on."""
    return callable(getattr(value, "subscribe", None)) and callable(getattr(value, "publish", None))


@dataclass(frozen=True, slots=True)
class Buses:
    """A channel over an object, or over a new one for each case from what makes it."""

    channel: Channel
    target: Any = field(repr=False)

    async def open(self) -> Way:
        """A way to the bus.

        Raises:
            Unfit: what was made has no `subscribe` and `publish`.
        """
        made = isinstance(self.target, type) or not is_bus(self.target)
        bus = await _awaited(self.target()) if made else self.target
        if not is_bus(bus):
            raise Unfit(f"{type(bus).__qualname__} has no `subscribe` and `publish`")
        return _Way(self.channel, bus)

    async def close(self) -> None:
        """Do nothing: a bus isn't opened."""


@dataclass(eq=False)
class _Way:
    channel: Channel
    bus: Any
    lines: list[Line] = field(default_factory=list)

    async def connect(self, call: Call) -> Line:
        """A receiver that is subscribed to each of the topics."""
        ends: dict[str, Callable[[], Any]] = {}

        async def stop(topic: str) -> None:
            await _awaited(ends.pop(topic)())

        async def leave() -> None:
            for topic in [*ends]:
                await stop(topic)
            line.end(None)

        line = Line(accepted=True, leave=leave, stop=stop)
        self.lines.append(line)

        def receive(*said: Any) -> None:
            line.arrive(said[0] if len(said) == 1 else [*said])

        for topic in call.topics:
            end = await _awaited(self.bus.subscribe(topic, receive))
            if not callable(end):
                raise Unfit("what `subscribe` returns doesn't end the subscription")
            ends[topic] = end
        return line

    async def publish(self, topic: str, message: Any) -> None:
        """Publish; after a topic's end the bus may refuse."""
        await _refusable(self.bus.publish, topic, message)

    async def finish(self, topic: str, message: Any) -> None:
        """End a topic by the declared method; a second time the bus may refuse.

        Raises:
            Unfit: there is no such method.
        """
        await _refusable(self._method(message), topic)

    async def count(self) -> Any:
        """How many subscriptions the bus says that it has.

        Raises:
            Unfit: there is no such method.
        """
        return await _awaited(self._method(self.channel.subscriptions)())

    def _method(self, name: Any) -> Callable[..., Any]:
        found: Callable[..., Any] | None = getattr(self.bus, str(name), None)
        if not callable(found):
            raise Unfit(f"{type(self.bus).__qualname__} has no method {name!r}")
        return found

    async def close(self) -> None:
        """Have all receivers leave."""
        for line in self.lines:
            if line.closed is None:
                await line.leave()


async def _refusable(does: Callable[..., Any], *given: Any) -> None:
    """What a bus refuses isn't published; whoever should have heard it says what is missing."""
    try:
        await _awaited(does(*given))
    except Exception:
        return


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
