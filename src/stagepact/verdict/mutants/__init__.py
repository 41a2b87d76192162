"""The mutants by kind of clause: each clause turned wrong on purpose, to see whether it breaks."""

from stagepact.verdict.mutants.model import Mutants, Seen
from stagepact.verdict.mutants.prove import MUTANTS, VACUOUS, unfailing

__all__ = ["MUTANTS", "VACUOUS", "Mutants", "Seen", "unfailing"]
