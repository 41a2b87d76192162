"""The laws of stages and pipelines as clauses."""

from __future__ import annotations

from collections.abc import Iterator

from stagepact.contract.clauses.clause import Clause, Compiler
from stagepact.contract.laws import SECTIONS, On, StageLaw
from stagepact.contract.models import Stage

OWN = "law"
"""The kind of clause of a plugin's law."""


def law_clauses(compiler: Compiler, block: Stage) -> Iterator[Clause]:
    """A clause for each law that a block of stages or pipelines asks for.

    What a plugin's law promises is known when the plugins are; those that nobody has are told by
    the linter or the plan.
    """
    on: On = "pipelines" if compiler.path[0] == "pipelines" else "stages"
    for index, name in enumerate(block.laws):
        if name in block.laws[:index]:
            continue
        law = SECTIONS[on].get(name)
        kind = f"{on}.{name}" if law is not None else OWN
        promise = law.promise if law is not None else f"the law {name}"
        value = StageLaw(name, on)
        yield compiler.clause(f"laws.{name}", kind, ("laws", index), promise, value)
