"""Where a clause is broken, told so that it is the same in each run.

A pointer leads to the smallest case's data: its indexes, and names that nobody wrote, are others
when another case is found. What remains are the steps that stagepact's own observations have and
the names that the clause itself speaks of; every other step is `*`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from stagepact.contract.clauses import Clause
from stagepact.observation import Observation
from stagepact.schema import Validator
from stagepact.schema.normalise import Pointer
from stagepact.subject import Given

_OBSERVED = frozenset({
    "arguments", "body", "calls", "data", "duration", "error", "events", "headers", "holds",
    "logs", "output", "response", "status",
})  # fmt: skip

_ANY = "*"


def spot(clause: Clause, pointer: Pointer, seen: Observation | None = None) -> str:
    """The pointer (RFC 6901) with `*` for indexes and for names that generated data brings.

    A schema names what it speaks of. Without one, a name is the subject's own unless it was given.
    """
    asked = {step for step in pointer if isinstance(step, str) and step not in _OBSERVED}
    own = set() if _has_schema(clause.value) else asked - _said(asked, seen and seen.given)
    named = own | _said(asked - own, clause.value)
    return "".join(f"/{_step(step, named)}" for step in pointer)


def _said(asked: set[str], value: Any) -> set[str]:
    """Those of the steps that are among the names; a pact's file has many, and nobody asks."""
    return asked.intersection(_names(value)) if asked else asked


def _step(step: str | int, named: Set[str]) -> str:
    if isinstance(step, int) or not (step in _OBSERVED or step in named):
        return _ANY
    return step.replace("~", "~0").replace("/", "~1")


def _has_schema(value: Any) -> bool:
    parts = (getattr(value, each.name) for each in fields(value)) if is_dataclass(value) else ()
    return isinstance(value, Validator) or any(isinstance(part, Validator) for part in parts)


def _names(value: Any) -> Iterator[str]:
    """All names and texts in a clause's value, or in what was given."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Validator):
            waiting.append(each.schema)
        elif isinstance(each, Given):
            waiting += (each.input, each.inputs, each.context, each.request)
        elif isinstance(each, BaseModel):
            waiting.append(each.model_dump())
        elif is_dataclass(each):
            waiting += (getattr(each, name.name) for name in fields(each))
        elif isinstance(each, Mapping):
            waiting += (*each.keys(), *each.values())
        elif isinstance(each, list | tuple | frozenset):
            waiting += each
