"""What the clause of a comparison demands: that a provider's contract keeps a consumer's pact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stagepact.observation import Observation
from stagepact.pact.compare.interactions import compare
from stagepact.pact.compare.messages import compare_message
from stagepact.pact.compare.model import Finding, Verdict
from stagepact.pact.compare.provider import Provider
from stagepact.pact.model import Interaction, Sent
from stagepact.pact.verifying.interaction import InteractionValue
from stagepact.subject import Case, Output, Probe, SubjectId
from stagepact.verdict.checks.model import Breach, Judgement

PATH = "contract"
"""How nothing is run: the contract answers for the provider."""


@dataclass(frozen=True)
class Declaration:
    """A subject that does nothing: what its provider declares is all that is looked at."""

    id: SubjectId
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Nothing happens."""
        return Output()

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class CompatibleValue:
    """One interaction of a consumer's pact, to be kept by all that a provider declares.

    `message` is the name of the declared message that is meant, where it isn't the description.
    """

    consumer: str
    file: str
    interaction: Interaction
    provider: Provider
    message: str = ""

    def judged(self, seen: Observation) -> Judgement:
        """Breaches by what the provider may do; a sentence where that isn't known."""
        found = self.compared()
        if found.undeclared:
            return f"the contract says nothing of {found.undeclared}"
        if found.reasons and not found.findings:
            return "; ".join(found.reasons)
        if found.findings and self.interaction.pending:
            return f"pending in the pact, and not compatible yet: {found.findings[0]}"
        return tuple(map(_breach, found.findings))

    def compared(self) -> Verdict:
        """The comparison itself."""
        exchange = self.interaction.exchange
        if isinstance(exchange, Sent):
            return compare_message(self.interaction, exchange.message, self.provider, self.message)
        return compare(self.interaction, self.provider)

    def turned_wrong(self) -> Iterator[CompatibleValue]:
        """The same, with a consumer that expects something else, in one way after the other."""
        value = InteractionValue(self.consumer, "", self.file, self.interaction)
        for wrong in value.turned_wrong():
            yield replace(self, interaction=replace(wrong.interaction, states=()))


def _breach(finding: Finding) -> Breach:
    pointer = (*finding.part.split(), *([finding.path] if finding.path else []))
    return Breach(finding.wanted, finding.shown, pointer)
