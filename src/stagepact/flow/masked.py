"""Verdicts without secrets: all that is reported, recorded and kept is made of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.model import Verdict

# Names in contracts, by which verdicts are found again: nobody has put a secret into them.
_NAMES = frozenset({"item", "place", "excepted", "known", "owner", "identity"})


def without_secrets(verdict: Verdict, secrets: Secrets) -> Verdict:
    """The verdict, in whose texts each secret is masked."""
    if not len(secrets):
        return verdict
    told = {
        each.name: secrets.masked_in(getattr(verdict, each.name))
        for each in fields(verdict)
        if each.name not in {*_NAMES, "state", "violations"}
    }
    violations = tuple(_masked(each, secrets) for each in verdict.violations)
    return replace(verdict, **told, violations=violations)


def _masked(value: Any, secrets: Secrets) -> Any:
    told = {each.name: secrets.masked_in(getattr(value, each.name)) for each in fields(value)}
    return replace(value, **told)
