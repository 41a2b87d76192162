"""Any interaction of a pact against what a provider's contracts declare."""

from __future__ import annotations

from stagepact.pact.compare.http import compare_http
from stagepact.pact.compare.messages import compare_message
from stagepact.pact.compare.model import Verdict
from stagepact.pact.compare.provider import Provider
from stagepact.pact.model import Http, Interaction, Sent


def compare(interaction: Interaction, provider: Provider) -> Verdict:
    """Whether a provider that keeps its contracts keeps an interaction, without running it."""
    exchange = interaction.exchange
    if isinstance(exchange, Http):
        return compare_http(interaction, exchange, provider)
    if isinstance(exchange, Sent):
        return compare_message(interaction, exchange.message, provider)
    return Verdict(reasons=("a message with answers is compared by running only",))
