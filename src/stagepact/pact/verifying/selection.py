"""Which consumers' pacts a provider asks a broker for, as the broker's selectors say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; where nothing is, what Pact recommends: main, matching, deployed."""

    main_branch: bool = False
    matching_branch: bool = False
    deployed_or_released: bool = False
    branches: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    provider_branch: str = ""
    pending: bool = False
    wip_since: str = ""

    def body(self) -> dict[str, Any]:
        """The request's body."""
        asked: dict[str, Any] = {"consumerVersionSelectors": self._selectors()}
        if self.provider_branch:
            asked["providerVersionBranch"] = self.provider_branch
        if self.pending or self.wip_since:
            asked["includePendingStatus"] = True
        if self.wip_since:
            asked["includeWipPactsSince"] = self.wip_since
        return asked

    def _selectors(self) -> list[dict[str, Any]]:
        flags = {
            "mainBranch": self.main_branch,
            "matchingBranch": self.matching_branch and bool(self.provider_branch),
            "deployedOrReleased": self.deployed_or_released,
        }
        plain: list[dict[str, Any]] = [{key: True} for key, asked in flags.items() if asked]
        plain += [{"branch": name} for name in self.branches]
        plain += [{"environment": name, "deployedOrReleased": True} for name in self.environments]
        plain += [{"tag": name, "latest": True} for name in self.tags]
        if not plain:
            return Selection(
                True, True, True, consumers=self.consumers, provider_branch=self.provider_branch
            )._selectors()
        if not self.consumers:
            return plain
        return [{"consumer": name, **each} for name in self.consumers for each in plain]
