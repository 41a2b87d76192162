"""JSON equality (2020-12 core, section 4.2.2): 1 and 1.0 are one number, true is none."""

from __future__ import annotations

import json
from typing import Any


def key(value: Any) -> object:
    """A hashable key, the same for equal JSON values and no others."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return (value,)
    if isinstance(value, int | float):
        return (0, value)  # 1 == 1.0 and their hashes agree
    return (1, json.dumps(_plain(value), sort_keys=True))


def _plain(value: Any) -> Any:
    """The value with whole floats as integers."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value
