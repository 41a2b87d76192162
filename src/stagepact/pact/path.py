"""Path expressions of matching rules (`$.items[*]['a b'].*`), and how well one fits a place.

The grammar and the weights are those of the Pact specification, version 2, "Matcher expressions".
"""

import re
from dataclasses import dataclass
from functools import lru_cache

Place = tuple[str | int, ...]
"""Where a value stands in a document, the root being `()`."""

_STEP = re.compile(
    r"\.(?P<any>\*)"
    r"|\.?(?P<name>[\w:#@-]+)"
    r"|\[(?P<each>\*)\]"
    r"|\[(?P<index>[0-9]+)\]"
    r"|\['(?P<quoted>[^']+)'\]"
    r'|\["(?P<doubled>[^"]+)"\]'
)
_PLAIN = re.compile(r"[\w:#@-]+")
_NAMES = ("name", "index", "quoted", "doubled")


@dataclass(frozen=True, slots=True)
class Token:
    """One step of an expression: a name or index, or a wildcard for all or for indexes only."""

    name: str = ""
    wildcard: bool = False
    indexes_only: bool = False

    def __str__(self) -> str:
        """The step as it is written."""
        if self.wildcard:
            return "[*]" if self.indexes_only else ".*"
        return shown((self.name,))[1:]

    def fits(self, step: str) -> int:
        """2 for the very step, 1 for a wildcard that takes it, 0 for neither."""
        if not self.wildcard:
            return 2 if step == self.name else 0
        return 1 if not self.indexes_only or step.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class PathExpression:
    """Which places of a document rules are for; without a root (no text), all of it."""

    text: str
    tokens: tuple[Token, ...] = ()

    def weight(self, place: Place) -> int | None:
        """How well it fits a place or what is above it; None where it doesn't."""
        if not self.text:
            return 0
        if len(place) < len(self.tokens):
            return None
        weight = 2
        for token, step in zip(self.tokens, place, strict=False):
            fit = token.fits(str(step))
            if not fit:
                return None
            weight *= fit
        return weight * (len(self.tokens) + 1)

    def is_exact(self, place: Place) -> bool:
        """Whether it speaks of the place itself, not of what is above it."""
        return bool(self.text) and len(place) == len(self.tokens)


WHOLE = PathExpression("")
"""Of the whole part, whatever it is: a path, a status."""


@lru_cache(maxsize=4096)
def parse_path(text: str) -> PathExpression:
    """An expression as it is written; without `$`, its first word is a name below the root.

    Raises:
        ValueError: it isn't one; the text says what is expected where.
    """
    if not text:
        return WHOLE
    at, tokens = (1 if text.startswith("$") else 0), []
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (at == 1 and text[0] == "$" and text[at] not in ".["):
            raise ValueError(f"`.name`, `.*`, `[0]`, `[*]` or `['name']` at character {at + 1}")
        tokens.append(_token(step))
        at = step.end()
    return PathExpression(text, tuple(tokens))


def field_path(name: str) -> PathExpression:
    """The expression for one name, whatever its characters: a header, a parameter."""
    return PathExpression(shown((name,)), (Token(name),))


def shown(place: Place) -> str:
    """A place as an expression that means it: `$.items[0]['a b']`."""
    return "$" + "".join(map(_shown_step, place))


def _token(step: re.Match[str]) -> Token:
    if step["any"]:
        return Token(wildcard=True)
    if step["each"]:
        return Token(wildcard=True, indexes_only=True)
    return Token(next(step[name] for name in _NAMES if step[name] is not None))


def _shown_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"['{step}']"
