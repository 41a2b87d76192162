"""What is tried for each law of channels: small scenarios, whose transcripts are judged later.

Clients are drained by a sentinel, or until what has to come has come; nothing sleeps.
"""

from stagepact.subject.protocols.scenarios.clients import malformed
from stagepact.subject.protocols.scenarios.subject import MESSAGES, STREAM, ChannelSubject
from stagepact.subject.protocols.scenarios.table import SCENARIOS

__all__ = ["MESSAGES", "SCENARIOS", "STREAM", "ChannelSubject", "malformed"]
