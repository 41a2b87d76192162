"""The secrets that a run knows: found in what a service says, and masked in what we say.

A secret is known in each form in which it may come back: in JSON, in a URL, as Base64. A short one
counts only where it stands by itself, for it may be a part of other words.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
# Below, a secret may well be a part of another word; shorter still, a word that anybody writes.
_LONG, _LEAST_HELD = 12, 6
# So much of a secret is told to be one where a text was cut.
_CUT = 6
_ELLIPSES = ("…", " …", "...")


@dataclass(eq=False)
class Secrets:
    """Secrets by a readable name, such as `ada's token`; more come up while a service is called."""

    _named: dict[str, str] = field(default_factory=dict, repr=False)

    def add(self, secret: str, name: str = "a token") -> None:
        """Know one more; the first name stays."""
        if secret and secret not in self._named:
            self._named[secret] = name
            self.__dict__.pop("_pattern", None)

    @property
    def all(self) -> tuple[str, ...]:
        """All that are known."""
        return tuple(self._named)

    def held_in(self, text: str, besides: str = "") -> tuple[str, ...]:
        """The names of those that a text tells, but those that `besides` has."""
        return tuple(
            name
            for secret, name in self._named.items()
            if len(secret) >= _LEAST_HELD
            and (found := re.compile("|".join(map(_alone, _forms(secret)))).search(text))
            and found[0] not in besides
            and secret not in besides
        )

    def masked(self, text: str) -> str:
        """The text with each secret masked, and what is left of one where it was cut."""
        if not self._named:
            return text
        return self._without_cut(self._pattern.sub(MASK, text))

    def masked_in(self, value: Any) -> Any:
        """A JSON-like value with all its texts masked."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Mapping):
            return {self.masked_in(key): self.masked_in(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.masked_in(part) for part in value)
        return value

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        forms = {form for secret in self._named for form in _forms(secret)}
        return re.compile("|".join(map(_alone, sorted(forms, key=len, reverse=True))))

    def _without_cut(self, text: str) -> str:
        if not any(each in text for each in _ELLIPSES):
            return text
        for form in (form for secret in self._named for form in _forms(secret)):
            for size in range(len(form) - 1, _CUT - 1, -1):
                for ellipsis in _ELLIPSES:
                    text = text.replace(form[:size] + ellipsis, MASK + ellipsis)
                text = text.replace("… " + form[-size:], "… " + MASK)
        return text


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as it stands in JSON, in Python, in a URL and in Base64."""
    encoded = secret.encode("utf-8", "surrogatepass")
    forms = (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(encoded, safe=""),
        quote(encoded),
        quote_plus(encoded),
        b64encode(encoded).decode("ascii"),
    )
    yield from dict.fromkeys(forms)


def _alone(form: str) -> str:
    """The pattern of a form: anywhere if it is long, else not inside of a word."""
    pattern = re.escape(form)
    return pattern if len(form) >= _LONG else rf"(?<![0-9A-Za-z_]){pattern}(?![0-9A-Za-z_])"
