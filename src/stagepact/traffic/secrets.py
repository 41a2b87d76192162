"""What must not get into a contract: values by the names they have, and values by how they look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

_NAMES = re.compile(
    r"authorization|cookie|token|secret|passw|passphrase|credential|session|signature|private"
    r"|api[-_]?key|access[-_]?key|^(key|pin|otp|auth|jwt|sid|csrf|xsrf)$|csrf|x-amz-security",
    re.IGNORECASE,
)
_VALUES = re.compile(
    r"\b(Bearer|Basic)\s+[\w.~+/=-]{4,}"
    r"|\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"
    r"|\b(?:sk|pk|rk|ghp|gho|ghs|xox[abprs]|AKIA)[-_]?[A-Za-z0-9_-]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
# Of a token: its kind and its time are none.
_HARMLESS = re.compile(r"(token_type|expires_in|type)$", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether what has this name is a secret."""
    return bool(_NAMES.search(name)) and not _HARMLESS.search(name)


def masked(value: Any, name: str = "") -> Any:
    """A value of JSON with its secrets masked; what has a secret's name is masked as a whole."""
    if isinstance(value, Mapping):
        return {key: masked(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each, name) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if name and is_secret(name):
        return MASK
    return MASK if isinstance(value, str) and _VALUES.search(value) else value


def has_secret(value: Any) -> bool:
    """Whether something in a value would be masked."""
    return bool(masked(value) != value)
