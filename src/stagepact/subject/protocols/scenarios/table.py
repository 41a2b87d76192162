"""What is observed for each law of channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from stagepact.subject.protocols.scenarios.clients import (
    dropped,
    erring,
    idle,
    leaving,
    ping,
    refused,
    strangers,
    survives,
)
from stagepact.subject.protocols.scenarios.stage import Stage
from stagepact.subject.protocols.scenarios.streams import (
    acknowledged,
    burst,
    crowd,
    isolated,
    latency,
    ordered,
    reconnect,
)

Scenario = Callable[[Stage], Awaitable[None]]

# What is observed for each law; the check of the law has the same name in the table of checks.
SCENARIOS: Mapping[str, Scenario] = {
    "ordered": ordered,
    "no-duplicates": reconnect,
    "no-gaps": reconnect,
    "isolated": isolated,
    "survives-malformed": survives,
    "resumes": reconnect,
    "burst": burst,
    "concurrent": crowd,
    "handshake": strangers,
    "close-code": strangers,
    "subprotocol": strangers,
    "ping": ping,
    "idle": idle,
    "acknowledgement": acknowledged,
    "latency": latency,
    "subscriptions-gone": leaving,
    "reconnects": dropped,
    "backs-off": refused,
    "resubscribes": dropped,
    "fetches-missed": dropped,
    "handles-errors": erring,
}
