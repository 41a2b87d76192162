"""JSON text to steps: json.loads judges the syntax, the tokens of a valid text give the places.

Positions come from tokens and not from a YAML parser, which refuses much valid JSON (escaped
surrogate pairs, so every escaped emoji; keys over 1,024 characters).
"""

import json
import re
from collections.abc import Iterator

from stagepact.contract.scalars import finite, odd_value, place_at, whole
from stagepact.contract.tree import Scalar, Sign, Step, place_of, shorten, spot_of
from stagepact.errors import Problem

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}\n]|[^][{},:\s"]+')
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIGNS = {"{": Sign.MAPPING, "[": Sign.SEQUENCE, "}": Sign.END, "]": Sign.END}
_WORDS: dict[str, Scalar] = {"null": None, "true": True, "false": False}
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_ADVICE = {
    "Expecting property name": "put keys in double quotes, and no comma after the last entry",
    "Expecting value": "write a value; texts stand in double quotes",
    "Expecting ',' delimiter": "write a comma between entries, or close the bracket",
    "Illegal trailing comma": "remove the comma after the last entry",
    "Unterminated string": "close the quote",
    "Invalid control character": "write it as an escape, such as \\n or \\t",
    "Invalid \\": "write \\\\ for a backslash",
    "Extra data": "keep one value a file",
}


def json_steps(text: str, file: str, problems: list[Problem]) -> Iterator[Step]:
    """Yield the steps of a JSON text; what is wrong with it goes to `problems`."""
    try:
        json.loads(text, parse_int=len)  # of any length here; the tokens judge it, with its place
    except json.JSONDecodeError as error:
        problems.append(_syntax_problem(error, file))
        return iter(())
    except RecursionError:
        pass  # valid down to a depth at which the tree has long refused it, with its place
    return _steps(text, file, problems)


def _steps(text: str, file: str, problems: list[Problem]) -> Iterator[Step]:
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line, line_start = line + 1, match.end()
            continue
        spot = spot_of(line, match.start() - line_start + 1)
        if token in _SIGNS:
            yield _SIGNS[token], spot
            continue
        try:
            value = _scalar(token)
        except ValueError as error:
            problems.append(odd_value(place_of(spot, file), str(error)))
            value = token
        yield value, spot


def _scalar(token: str) -> Scalar:
    """Return what a token means, or raise ValueError with what was found."""
    if token[0] == '"':
        return _string(token)
    if token in _WORDS:
        return _WORDS[token]
    if token in _NOT_FINITE:
        raise ValueError(f"`{token}`, which JSON does not have")
    if token.lstrip("-").isdigit():
        return whole(token)
    return finite(token)


def _string(token: str) -> str:
    value = str(json.loads(token)) if "\\" in token else token[1:-1]
    if not value.isascii() and _SURROGATE.search(value):
        raise ValueError("half of a surrogate pair, which is no character")
    return value


def _syntax_problem(error: json.JSONDecodeError, file: str) -> Problem:
    rest = error.doc[error.pos :].lstrip()
    found = f"`{shorten(rest[:100], 20)}`" if rest else "the end of the file"
    advice = next((advice for start, advice in _ADVICE.items() if error.msg.startswith(start)), "")
    if error.msg.startswith("Expecting "):
        expected = error.msg.removeprefix("Expecting ")
    else:
        found, expected = f"broken JSON ({error.msg.removesuffix(' at')}: {found})", ""
    return Problem(place_at(error.doc, error.pos, file), found, expected, advice, "json-syntax")
