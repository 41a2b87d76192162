"""A message of a pact as consumers' tests hold it: for the handler that is to read it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.mock.answered import generated_message
from stagepact.pact.mock.handlers import on_message
from stagepact.pact.model import Exchanged, Interaction, Message, Sent
from stagepact.pact.plain import plain_body


def message_of(interaction: Interaction) -> Message | None:
    """The message that the consumer gets, where it gets one; of an exchange the first answer."""
    exchange = interaction.exchange
    if isinstance(exchange, Sent):
        return exchange.message
    if isinstance(exchange, Exchanged) and exchange.responses:
        return exchange.responses[0]
    return None


@dataclass
class OfferedMessage:
    """A message for one test: what is in it, and a handler's way to it."""

    interaction: Interaction
    message: Message
    seed: int = 0
    used: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.message = generated_message(self.message, Random(self.seed))

    @property
    def contents(self) -> Json:
        """The contents: a JSON value, or else a text."""
        self.used = True
        return plain_body(self.message.contents)

    @property
    def data(self) -> bytes:
        """The contents as they are sent."""
        self.used = True
        return self.message.contents.data

    @property
    def metadata(self) -> Mapping[str, Json]:
        """What is known of the message beside its contents, such as its topic."""
        self.used = True
        return dict(self.message.metadata)

    def verify(self, handler: Callable[..., Any]) -> Any:
        """What a handler makes of the message; an `async` one is run on a loop of its own.

        It is called with the contents, or with contents and metadata. What it raises is raised.
        """
        made = on_message(handler, self.contents, self.metadata)
        return asyncio.run(_awaited(made)) if inspect.isawaitable(made) else made

    async def verify_async(self, handler: Callable[..., Any]) -> Any:
        """As `verify`, on the loop that runs."""
        made = on_message(handler, self.contents, self.metadata)
        return await made if inspect.isawaitable(made) else made


async def _awaited(made: Any) -> Any:
    return await made
