"""Pacts of a broker as files: written, told apart from others, and replaced by the next fetch."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagepact.pact.broker.client import Offered
from stagepact.pact.deploying.digest import pact_digest
from stagepact.pact.files import parse_pact

RESULTS = "pb:publish-verification-results"
"""The link that a pact has which came from a broker."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files of pacts, in the order of these, and those of an earlier fetch that are gone."""

    files: tuple[Path, ...]
    removed: tuple[Path, ...]


_UNSAFE = re.compile(r"[^\w.-]+")


def write_fetched(folder: Path, provider: str, offered: Iterable[Offered]) -> Written:
    """Write pacts as files of a folder; those of earlier fetches for the provider go.

    Raises:
        ContractError: one of them is no pact.
        OSError: they can't be written.
    """
    texts = dict(_named(list(offered)))
    folder.mkdir(parents=True, exist_ok=True)
    earlier = tuple(fetched_files(folder, provider))
    removed = tuple(path for path in earlier if path.name not in texts)
    for path in removed:
        path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Written(tuple(folder / name for name in texts), removed)


def fetched_files(folder: Path, provider: str) -> Iterator[Path]:
    """The files of a folder that came from a broker, for a provider."""
    for path in sorted(folder.glob("*.json")):
        content = content_of(path)
        named = content.get("provider")
        if RESULTS in (content.get("_links") or {}) and named == {"name": provider}:
            yield path


def content_of(path: Path) -> Mapping[str, Any]:
    """A file's JSON; nothing where it isn't a mapping."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _named(offered: list[Offered]) -> Iterator[tuple[str, str]]:
    """Each with its file's name: with a sum where several would have it, and a number then."""
    several = Counter(map(_stem, offered))
    used: Counter[str] = Counter()
    for each in offered:
        text = json.dumps(_as_file(each), indent=2, ensure_ascii=False) + "\n"
        name = _stem(each)
        pact = parse_pact(text, f"{name}.json")
        if several[name] > 1:
            name = f"{name}.{pact_digest(pact)[:7]}"
        used[name] += 1
        yield f"{name}{f'-{used[name]}' if used[name] > 1 else ''}.json", text


def _stem(offered: Offered) -> str:
    return f"{_plain(offered.consumer)}-{_plain(str(offered.content['provider']['name']))}"


def _as_file(offered: Offered) -> dict[str, Any]:
    """The pact as it came; one that is pending says so of each interaction."""
    content = dict(offered.content)
    if offered.pending:
        for key in ("interactions", "messages"):
            if isinstance(content.get(key), list):
                content[key] = [{**each, "pending": True} for each in content[key]]
    return content


def _plain(name: str) -> str:
    return _UNSAFE.sub("-", name).lstrip(".-") or "-"
