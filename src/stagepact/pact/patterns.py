"""Regular expressions of pact files, which are Oniguruma's, as Python's; they match whole texts."""

import re
from functools import lru_cache

_POSIX = {
    "alpha": r"^\W\d_",
    "digit": r"\d",
    "alnum": r"^\W_",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
    "blank": r" \t",
}
_TRANSLATED = re.compile(r"\\(.)|\(\?<(?![=!])|\[\[:(\w+):\]\]", re.DOTALL)
_ESCAPES = {"h": "[0-9A-Fa-f]", "H": "[^0-9A-Fa-f]", "z": r"\Z", "Z": r"(?=\n?\Z)"}
_UNKNOWN = frozenset("pPXRKGgk")


@lru_cache(maxsize=1024)
def compiled(regex: str) -> re.Pattern[str]:
    """The expression, compiled.

    Raises:
        ValueError: it isn't one, or uses what Python's expressions don't have.
    """
    try:
        return re.compile(_TRANSLATED.sub(_python, regex), re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def matches(regex: str, text: str) -> bool:
    """Whether an expression matches the whole of a text."""
    return compiled(regex).fullmatch(text) is not None


def _python(found: re.Match[str]) -> str:
    escaped, posix = found[1], found[2]
    if posix is not None:
        if posix not in _POSIX:
            raise ValueError(f"the class `[:{posix}:]`")
        return f"[{_POSIX[posix]}]"
    if escaped is None:
        return "(?P<"
    if escaped in _UNKNOWN:
        raise ValueError(f"`\\{escaped}`, which Python's regular expressions don't have")
    return _ESCAPES.get(escaped, found.group())
