"""Pact files of contracts against those that are there: what to write, and what is left over.

Only files whose metadata say that they were made here are ever written over or removed. Nothing is
written when anything is wrong, and each file is replaced whole.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagepact.contract.files import label
from stagepact.errors import ContractError, Place, Problem
from stagepact.pact.making.parties import MARK, PactFile


@dataclass(frozen=True, slots=True)
class Difference:
    """A pact file that isn't what contracts make; without `made` nothing makes it any more."""

    path: Path
    name: str
    what: tuple[str, ...]
    made: PactFile | None = None

    @property
    def word(self) -> str:
        """What is to be done with it."""
        if self.made is None:
            return "remove"
        return "write" if self.path.exists() else "add"


def difference(made: PactFile) -> Difference | None:
    """How the file that is there differs from what contracts make; None where it doesn't.

    Raises:
        ContractError: it is another tool's.
    """
    try:
        text = made.path.read_bytes()
    except FileNotFoundError:
        return Difference(made.path, made.name, ("there is no such file",), made)
    except OSError as error:
        raise ContractError(_unreadable(made.name, error)) from None
    if text == made.text.encode():
        return None
    value = parsed(text)
    if contracts_of(value) is None:
        raise ContractError(_foreign(made))
    return Difference(made.path, made.name, changes(value, made.value), made)


def differences(
    files: Iterable[PactFile], folders: Iterable[Path], root: Path, read: Sequence[str]
) -> tuple[Difference, ...]:
    """All that is to be written or removed, in order of names.

    `read` are the contracts that were read: what another contract made is left alone.

    Raises:
        ContractError: another tool's files are in the way; all of them are told.
    """
    found: list[Difference] = []
    problems: list[Problem] = []
    files = tuple(files)
    for made in files:
        try:
            differs = difference(made)
        except ContractError as error:
            problems += error.problems
            continue
        if differs is not None:
            found.append(differs)
    if problems:
        raise ContractError(*problems)
    found += left(folders, files, root, read)
    return tuple(sorted(found, key=lambda each: each.name))


def write(found: Iterable[Difference]) -> None:
    """Write and remove files, each whole.

    Raises:
        ContractError: a folder or file can't be written.
    """
    for each in found:
        try:
            if each.made is None:
                each.path.unlink(missing_ok=True)
            else:
                _replace(each.path, each.made.text.encode())
        except OSError as error:
            raise ContractError(_unwritable(each.name, error)) from None


def contracts_of(value: Any) -> tuple[str, ...] | None:
    """The contracts that a pact file was made of; None where it wasn't made here."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    mark = metadata.get(MARK) if isinstance(metadata, dict) else None
    if not isinstance(mark, dict) or not isinstance(mark.get("contracts"), list):
        return None
    return tuple(map(str, mark["contracts"]))


def left(
    folders: Iterable[Path], files: Iterable[PactFile], root: Path, read: Sequence[str]
) -> Iterator[Difference]:
    """Files made here that nothing makes any more: their contracts were read, or are gone."""
    kept = {os.path.realpath(each.path) for each in files}
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            real = os.path.realpath(path)
            made_of = None if real in kept | seen else contracts_of(value_of(path))
            seen.add(real)
            if made_of is not None and all(
                each in read or not (root / each).exists() for each in made_of
            ):
                why = f"no contract makes it any more ({', '.join(made_of)} did)"
                yield Difference(path, label(path, root), (why,))


def value_of(path: Path) -> Any:
    """What a file holds; None where there is none, or it is no JSON."""
    try:
        return parsed(path.read_bytes())
    except OSError:
        return None


def parsed(text: bytes) -> Any:
    """What a text is as JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def changes(there: Any, made: Mapping[str, Any]) -> tuple[str, ...]:
    """Which interactions of a file differ from what is made, in words."""
    old, new = _by_name(there.get("interactions")), _by_name(made["interactions"])
    found = [f"`{name[1]}` is new" for name in new if name not in old]
    found += [f"`{name[1]}` differs" for name in new if name in old and new[name] != old[name]]
    found += [f"`{name[1]}` is there no more" for name in old if name not in new]
    return tuple(found) or ("it is written in another way",)


def _by_name(interactions: Any) -> dict[tuple[str, str, str], Any]:
    listed = interactions if isinstance(interactions, list) else []
    return {_name(each): each for each in listed if isinstance(each, dict)}


def _name(value: dict[str, Any]) -> tuple[str, str, str]:
    states = json.dumps(value.get("providerStates", []), sort_keys=True)
    return str(value.get("type")), str(value.get("description")), states


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside and put it in place, so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _foreign(made: PactFile) -> Problem:
    found = f"`{made.name}`, which another tool has written, or a hand has"
    expected = "no such file, or one that `stagepact pact write` has made"
    advice = "give this one another folder by `to:`, or remove the file"
    return Problem(made.place, found, expected, advice, "pact-foreign")


def _unreadable(name: str, error: OSError) -> Problem:
    found = f"a pact file that can't be read ({error.strerror})"
    return Problem(Place(name), found, "a readable file", "check its permissions", "unreadable")


def _unwritable(name: str, error: OSError) -> Problem:
    found = f"a pact file that can't be written ({error.strerror})"
    return Problem(Place(name), found, "a writable folder", "check its permissions", "unwritable")
