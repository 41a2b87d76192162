"""What holds of a consumer's handler that was given what its pact permits."""

from __future__ import annotations

from collections.abc import Mapping

from stagepact.contract.clauses import Clause
from stagepact.observation import End, Observation
from stagepact.verdict.checks.model import KEPT, Breach, Check, Judgement

_TAKES = "takes what the pact permits"


def consumer(clause: Clause, observation: Observation) -> Judgement:
    """The handler takes all that the pact permits (or raises as said), and asks as it says."""
    if observation.end is End.UNFIT:
        return f"the handler can't be called: {observation.error or 'it was not given its input'}"
    taken = observation.end is End.RETURNED
    if taken is not (clause.value == REFUSED):
        return KEPT
    if taken:
        return (Breach("it raises", "it returned"),)
    told = f"it raised {observation.error}" if observation.error else f"it {observation.end}"
    return (Breach(_TAKES, told),)


REFUSED = "refused"
"""The value of a clause that is turned wrong: nothing may be taken."""

CHECKS: Mapping[str, Check] = {"pact.consumer": consumer}
