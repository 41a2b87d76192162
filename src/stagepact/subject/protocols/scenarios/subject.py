"""A channel as a subject: it is tried by one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagepact.contract.models import Channel
from stagepact.subject.model import Case, Output, Probe, SubjectId
from stagepact.subject.protocols.channels import (
    Channels,
    found_at,
    pages,
)
from stagepact.subject.protocols.scenarios.stage import Stage
from stagepact.subject.protocols.scenarios.streams import all_messages, stream
from stagepact.subject.protocols.scenarios.table import SCENARIOS, Scenario

# What is observed for the clauses over messages: of one subscriber, and of all that is said.
STREAM, MESSAGES = "stream", "messages"
_PLAYED: Mapping[str, Scenario] = {**SCENARIOS, STREAM: stream, MESSAGES: all_messages}


@dataclass(frozen=True, slots=True)
class ChannelSubject:
    """A channel, which is tried by the scenario that a case is named after."""

    id: SubjectId
    channel: Channel
    channels: Channels = field(repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Play the scenario; its messages are the events of the run, its transcript the output."""
        way = await self.channels.open()
        stage = Stage(self.channel, way)
        try:
            await _PLAYED[case.name](stage)
        finally:
            await way.close()
        transcript = stage.transcript()
        for client in transcript.clients:
            if case.name == MESSAGES or client.name == "subscriber":
                for message in client.messages:
                    probe.emit(str(found_at(self.channel.match.type, message)), message)
        return Output(data=dict(pages(transcript)), raw=transcript)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.channels.close()
