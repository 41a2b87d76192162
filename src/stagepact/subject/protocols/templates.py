"""Templates of channels read backwards: which placeholders a message fills."""

from __future__ import annotations

import re
from typing import Any

_NAMES = r"\{(topic|number|id|cursor)\}"
_WHOLE = re.compile(_NAMES)


def matched(template: Any, message: Any) -> dict[str, Any] | None:
    """What each placeholder of a template is in a message; None where it is no such one."""
    found: dict[str, Any] = {}
    return found if _match(template, message, found) else None


def _match(template: Any, message: Any, found: dict[str, Any]) -> bool:
    if isinstance(template, dict):
        if not isinstance(message, dict) or template.keys() - message.keys():
            return False
        return all(_match(each, message[key], found) for key, each in template.items())
    if isinstance(template, list):
        if not isinstance(message, list) or len(message) != len(template):
            return False
        return all(_match(*pair, found) for pair in zip(template, message, strict=True))
    if not isinstance(template, str) or not _WHOLE.search(template):
        return bool(template == message)
    if whole := _WHOLE.fullmatch(template):
        return _fill(whole[1], message, found)
    if not isinstance(message, str):
        return False
    pieces = re.split(_NAMES, template)
    pattern = "".join("(.*?)" if i % 2 else re.escape(each) for i, each in enumerate(pieces))
    if (read := re.fullmatch(pattern, message, re.DOTALL)) is None:
        return False
    return all(_fill(*pair, found) for pair in zip(pieces[1::2], read.groups(), strict=True))


def _fill(name: str, value: Any, found: dict[str, Any]) -> bool:
    return bool(found.setdefault(name, value) == value)
