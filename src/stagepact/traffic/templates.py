"""Paths → templates: which segments are ids, and what they are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

_ID = re.compile(
    r"[0-9]+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?=.*[0-9])[0-9a-f]{8,}"
    r"|[0-7][0-9a-hjkmnp-tv-z]{25}"
    r"|[a-z]{1,10}[-_][0-9]+"
    r"|(?=.*[0-9])(?=.*[a-z])[a-z0-9_-]{16,}",
    re.IGNORECASE,
)
# A version is no id, though it has a digit.
_VERSION = re.compile(r"v[0-9]+(\.[0-9]+)*", re.IGNORECASE)
# So many different values in one place, all else equal, are names of things.
_MANY = 4


def is_id(segment: str) -> bool:
    """Whether a segment of a path looks like an id."""
    return bool(_ID.fullmatch(segment)) and not _VERSION.fullmatch(segment)


def templates(paths: Iterable[str]) -> Mapping[str, str]:
    """The template of each path."""
    split = {path: path.split("/") for path in dict.fromkeys(paths)}
    marked = {path: tuple(is_id(each) for each in parts) for path, parts in split.items()}
    many = set(_varying(split, marked))
    return {
        path: _template(
            parts, [i for i, yes in enumerate(marked[path]) if yes or (path, i) in many]
        )
        for path, parts in split.items()
    }


def _varying(
    split: Mapping[str, list[str]], marked: Mapping[str, tuple[bool, ...]]
) -> Iterator[tuple[str, int]]:
    """Places, but for the first, in which otherwise equal paths have many values."""
    alike: dict[tuple[object, ...], dict[str, str]] = defaultdict(dict)
    for path, parts in split.items():
        for place in range(2, len(parts)):
            rest = tuple(
                None if i == place or marked[path][i] else each for i, each in enumerate(parts)
            )
            alike[(place, *rest)][path] = parts[place]
    for key, values in alike.items():
        if len({value for value in values.values() if value}) >= _MANY:
            yield from ((path, int(str(key[0]))) for path in values)


def _template(parts: list[str], places: list[int]) -> str:
    named: list[str] = []
    for index, part in enumerate(parts):
        if index not in places:
            named.append(part)
            continue
        name = _named(parts[index - 1] if index and index - 1 not in places else "")
        taken = sum(each.startswith(f"{{{name}") for each in named)
        named.append(f"{{{name}{taken + 1 if taken else ''}}}")
    return "/".join(named)


def _named(before: str) -> str:
    """`order_id` for what comes after `orders`."""
    word = re.sub(r"\W+", "_", unquote(before)).strip("_").lower()
    if not word or word[0].isdigit():
        return "id"
    if word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return f"{word}_id"


def path_values(template: str, path: str) -> dict[str, str]:
    """The values of a template's names in a path, decoded."""
    pairs = zip(template.split("/"), path.split("/"), strict=True)
    return {name[1:-1]: unquote(value) for name, value in pairs if name.startswith("{")}
