"""What is tried for each law of services: walks whose answers are judged later.

A walk asks what a client would ask next, given the answers before. It never judges: where it
can't go on for a reason that blames nobody, it halts and says why.
"""

from stagepact.subject.protocols.laws.sequences import conserve
from stagepact.subject.protocols.laws.subject import WalkSubject
from stagepact.subject.protocols.laws.table import SCENARIOS

__all__ = ["SCENARIOS", "WalkSubject", "conserve"]
