"""YAML that says everything where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class _Plain(yaml.SafeDumper):
    """Writes everything out: aliases would be bounded when the contract is read."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return True."""
        return True


def plain_yaml(value: Mapping[str, Any]) -> str:
    """A mapping as YAML without aliases, its keys in their order."""
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
