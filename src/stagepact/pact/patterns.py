"""Regular expressions of pact files, which are Oniguruma's, as Python's; they match whole texts."""

import re
import warnings
from functools import lru_cache

from stagepact.pact.undecided import Undecided

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
_TRANSLATED = re.compile(
    r"\\(.)|\(\?<(?![=!])|\[\[:(\w+):\]\]|\(\?(?P<flags>[imx-]+)(?=[:)])", re.DOTALL
)
_ESCAPES = {"h": "[0-9A-Fa-f]", "H": "[^0-9A-Fa-f]", "z": r"\Z", "Z": r"(?=\n?\Z)"}
_UNKNOWN = frozenset("pPXRKGgkeMC")


@lru_cache(maxsize=1024)
def compiled(regex: str) -> re.Pattern[str]:
    """The expression, compiled.

    Raises:
        ValueError: it isn't one.
        Undecided: it uses what Python's expressions don't have.
    """
    translated = _TRANSLATED.sub(lambda found: _python(found, regex), regex)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            return re.compile(translated, re.MULTILINE)
    except FutureWarning:
        raise _lacking("sets within sets", regex) from None
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def matches(regex: str, text: str) -> bool:
    """Whether an expression matches the whole of a text."""
    return compiled(regex).fullmatch(text) is not None


def _python(found: re.Match[str], regex: str) -> str:
    escaped, posix, flags = found[1], found[2], found["flags"]
    if flags:
        return "(?" + flags.replace("m", "s")  # its name in Ruby
    if posix is not None:
        if posix not in _POSIX:
            raise _lacking(f"the class `[:{posix}:]`", regex)
        return f"[{_POSIX[posix]}]"
    if escaped is None:
        return "(?P<"
    if escaped in _UNKNOWN:
        raise _lacking(f"`\\{escaped}`", regex)
    return _ESCAPES.get(escaped, found.group())


def _lacking(what: str, regex: str) -> Undecided:
    return Undecided(f"`{regex}` has {what}, which is for the official engine to match")
