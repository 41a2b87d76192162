"""A table of checks whose families are loaded when one of their kinds is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from stagepact.verdict.checks.model import Check


class Families(Mapping[str, Check]):
    """Checks by kind: some that are here, others in the `CHECKS` of modules of one package.

    A module is listed with its kinds; one that ends in "." is of all kinds that begin so. To
    iterate, and to count, loads all modules.
    """

    def __init__(
        self, here: Mapping[str, Check], late: Mapping[str, tuple[str, ...]], package: str
    ) -> None:
        self._found = dict(here)
        self._late = late
        self._package = package

    def __getitem__(self, kind: str) -> Check:
        if kind not in self._found:
            for module, kinds in self._late.items():
                if _has(kinds, kind):
                    self._load(module)
        return self._found[kind]

    def __iter__(self) -> Iterator[str]:
        for module in self._late:
            self._load(module)
        return iter(self._found)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _load(self, module: str) -> None:
        checks: Mapping[str, Check] = import_module(f"{self._package}.{module}").CHECKS
        self._found.update(checks)


def _has(kinds: tuple[str, ...], kind: str) -> bool:
    return any(kind.startswith(each) if each.endswith(".") else kind == each for each in kinds)
