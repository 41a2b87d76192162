"""The baseline as text: violations that are known, each with an owner, an issue, a reason, an end.

No I/O; who reads the file hands its text in. All faults of a text are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from stagepact.contract.source import Kind, Source, read_yaml
from stagepact.errors import ContractError, Place, Problem, nearest

FILE = "stagepact.baseline.yaml"

_HEAD = """\
# Violations that are known. `stagepact baseline update` adds what is new, and
# `stagepact baseline prune` removes what has vanished; both write this file anew.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known violation: the clause's id, and where it is broken (see `Violation.spot`).

    `case` shows it, where no written example does: it is run in each check, so that whether the
    violation has vanished is no matter of chance.
    """

    clause: str
    at: str
    owner: str
    issue: str
    reason: str
    until: date
    case: Mapping[str, Any] | None = field(default=None, hash=False)
    place: Place = field(default_factory=lambda: Place(""), compare=False)


def read_baseline(text: str, file: str) -> tuple[Entry, ...]:
    """The entries of a baseline, in order.

    Raises:
        ContractError: with all that is wrong with it.
    """
    source = read_yaml(text, file, _KIND)
    problems = [*_root_problems(source)]
    written = source.value.get("known") if isinstance(source.value, dict) else None
    entries = written if isinstance(written, list) else []
    for index, entry in enumerate(entries):
        problems += _entry_problems(source, index, entry)
    if problems:
        raise ContractError(*sorted(problems))
    made = tuple(_entry(source, index, entry) for index, entry in enumerate(entries))
    twice = tuple(_twice(made))
    if twice:
        raise ContractError(*twice)
    return made


def write_baseline(entries: Iterable[Entry]) -> str:
    """The text of a baseline, equal for the same entries in any order."""
    ordered = sorted(entries, key=lambda each: (each.clause, each.at))
    known = [_written(each) for each in ordered]
    body = {"known": known}
    return _HEAD + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=10_000)


def _written(entry: Entry) -> dict[str, Any]:
    values = {key: getattr(entry, key) for key in _KEYS}
    return values if entry.case is None else {**values, _CASE: entry.case}


_KIND = Kind("a baseline, such as `known: []`", (dict,))


# -- what an entry must be ---------------------------------------------------------------------


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_pointer(value: object) -> bool:
    return isinstance(value, str) and (not value or value.startswith("/"))


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_TEXT = (_is_text, "a text; put one that starts with # in quotes")
_KEYS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "clause": (_is_text, "the id of a clause, as reports show it"),
    "at": (_is_pointer, "a JSON Pointer such as /data/total, or '' for the whole"),
    "owner": _TEXT,
    "issue": _TEXT,
    "reason": _TEXT,
    "until": (_is_date, "the last day on which it holds, such as 2026-12-31"),
}
_CASE = "case"


def _root_problems(source: Source) -> Iterator[Problem]:
    value: Any = source.value
    for key in value:
        if key != "known":
            yield _unknown(source.place((key,)), key, "the baseline", ("known",))
    if not isinstance(value.get("known"), list):
        place = source.place(("known",))
        yield Problem(place, "no list `known`", "a list of entries", "write `known: []`", "type")


def _entry_problems(source: Source, index: int, entry: object) -> Iterator[Problem]:
    place = source.place(("known", index))
    if not isinstance(entry, dict):
        yield Problem(place, f"{entry!r:.60}", "an entry with " + ", ".join(_KEYS), code="type")
        return
    for key in entry:
        if key not in _KEYS and key != _CASE:
            known = (*_KEYS, _CASE)
            yield _unknown(source.place(("known", index, key)), key, "an entry", known)
    if not isinstance(entry.get(_CASE, {}), dict):
        found = f"case: {entry[_CASE]!r:.60}"
        words = "what is given, as an example writes it: `given: …`, or `request: …`"
        yield Problem(source.place(("known", index, _CASE)), found, words, code="type")
    for key, (holds, words) in _KEYS.items():
        if key not in entry:
            yield Problem(place, f"an entry without `{key}`", words, f"add {key}: …", "missing")
        elif not holds(entry[key]):
            found = f"{key}: {entry[key]!r:.60}"
            yield Problem(source.place(("known", index, key)), found, words, code="type")


def _unknown(place: Place, key: str, where: str, known: Iterable[str]) -> Problem:
    known = tuple(known)
    guess = nearest(key, known)
    advice = f"did you mean {guess!r}?" if guess else "remove it"
    found = f"unknown key {key!r:.60} in {where}"
    return Problem(place, found, ", ".join(known), advice, "unknown-key")


def _entry(source: Source, index: int, entry: Any) -> Entry:
    values = {**entry, "until": date.fromisoformat(entry["until"])}
    return Entry(**values, place=source.place(("known", index)))


def _twice(entries: Iterable[Entry]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Place] = {}
    for each in entries:
        place = first.setdefault((each.clause, each.at), each.place)
        if place is not each.place:
            found = f"{each.clause} at {each.at or 'the whole'} a second time"
            advice = f"remove it; the first is on line {place.line}"
            yield Problem(each.place, found, "an entry a violation", advice, "duplicate-entry")
