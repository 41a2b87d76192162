"""The secrets that a run knows: found in what a service says, and masked in what we say.

A secret is known in each form in which it may come back: in JSON, in a URL, as Base64. A short one
counts only where it stands by itself, for it may be a part of other words.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, zip_longest
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
# Below, a secret may well be a part of another word; shorter still, a word that anybody writes.
_LONG, _LEAST_HELD = 12, 6
# So much of a secret is told to be one where a text was cut.
_CUT = 6
_ELLIPSIS = re.compile(r" ?…|\.\.\.")
# What anybody says of credentials: a test's password of such words is no sign of a leak.
_WORDS = frozenset({
    "a", "access", "admin", "api", "auth", "basic", "bearer", "client", "credential", "demo",
    "id", "key", "login", "my", "name", "pass", "passwd", "password", "private", "public",
    "refresh", "secret", "session", "test", "the", "token", "user", "username",
})  # fmt: skip


@dataclass(eq=False)
class Secrets:
    """Secrets by a readable name, such as `ada's token`; more come up while a service is called."""

    _named: dict[str, str] = field(default_factory=dict, repr=False)
    _forms: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def add(self, secret: str, name: str = "a token") -> None:
        """Know one more; the first name stays."""
        if secret and secret not in self._named:
            self._named[secret] = name
            self._forms[secret] = _forms(secret)
            for made in ("_pattern", "_beginnings", "_ends"):
                self.__dict__.pop(made, None)

    def __len__(self) -> int:
        return len(self._named)

    def since(self, count: int) -> tuple[str, ...]:
        """Those that are known beyond the first so many."""
        return tuple(islice(self._named, count, None))

    def held_in(self, text: str, besides: str = "") -> tuple[str, ...]:
        """The names of those that a text tells, but those that `besides` has.

        A short one, and one of words that anybody says of credentials, may be there by chance.
        """
        return tuple(
            name
            for secret, name in self._named.items()
            if len(secret) >= _LEAST_HELD
            and not _is_of_words(secret)
            and secret not in besides
            and any(_tells(text, form) and form not in besides for form in self._forms[secret])
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
        forms = {form for forms in self._forms.values() for form in forms}
        return re.compile("|".join(map(_alone, sorted(forms, key=len, reverse=True))))

    @cached_property
    def _beginnings(self) -> Mapping[str, list[str]]:
        return self._by(lambda form: form[:_CUT])

    @cached_property
    def _ends(self) -> Mapping[str, list[str]]:
        return self._by(lambda form: form[-_CUT:])

    def _by(self, part: Callable[[str], str]) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for forms in self._forms.values():
            for form in forms:
                if len(form) > _CUT:
                    found.setdefault(part(form), []).append(form)
        return found

    def _without_cut(self, text: str) -> str:
        """The text without the beginnings and the ends of secrets beside an ellipsis."""
        pieces, ellipses = _ELLIPSIS.split(text), _ELLIPSIS.findall(text)
        if not ellipses:
            return text
        masked = [
            self._without_end(self._without_beginning(piece) if index < len(ellipses) else piece)
            if index
            else self._without_beginning(piece)
            for index, piece in enumerate(pieces)
        ]
        return "".join(chain.from_iterable(zip_longest(masked, ellipses, fillvalue="")))

    def _without_beginning(self, piece: str) -> str:
        """A piece whose end is the beginning of a secret, without that."""
        for at in range(len(piece) - _CUT + 1):
            begun = self._beginnings.get(piece[at : at + _CUT], ())
            if any(form.startswith(piece[at:]) for form in begun):
                return piece[:at] + MASK
        return piece

    def _without_end(self, piece: str) -> str:
        """A piece whose beginning is the end of a secret, without that."""
        rest = piece.lstrip(" ")
        for at in range(len(rest), _CUT - 1, -1):
            ended = self._ends.get(rest[at - _CUT : at], ())
            if any(form.endswith(rest[:at]) for form in ended):
                return piece[: len(piece) - len(rest)] + MASK + rest[at:]
        return piece


def _forms(secret: str) -> tuple[str, ...]:
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
    return tuple(dict.fromkeys(forms))


def _alone(form: str) -> str:
    """The pattern of a form: anywhere if it is long, else not inside of a word."""
    pattern = re.escape(form)
    return pattern if len(form) >= _LONG else rf"(?<![0-9A-Za-z_]){pattern}(?![0-9A-Za-z_])"


def _tells(text: str, form: str) -> bool:
    return form in text and re.search(_alone(form), text) is not None


def _is_of_words(secret: str) -> bool:
    words = re.findall(r"[^\W_]+", secret.lower())
    return all(word in _WORDS or word.rstrip("s") in _WORDS for word in words)
