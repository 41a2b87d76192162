"""The contract package's only I/O: finding documents and reading them, inside the project only.

What can't be read is one clear problem; nothing is opened that lies outside the project, is larger
than 5 MB or is not a regular file (a pipe would hang, a device never ends).
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from stagepact.contract.source import (
    OPENAPI,
    SCHEMA,
    Json,
    Kind,
    Source,
    decode,
    read_json,
    read_large_json,
    read_yaml,
)
from stagepact.errors import ContractError, Place, Problem, nearest

MAX_BYTES = 5_000_000
MAX_OPENAPI_BYTES = 20_000_000

_CONTRACT_FILE = re.compile(r"[^.].*\.contract\.(yaml|yml|json)|contract_.*\.py")
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})
_REMOTE = re.compile(r"(https?|file|ftp|data|urn):|[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_CONTRACT_READERS = {
    ".contract.yaml": read_yaml,
    ".contract.yml": read_yaml,
    ".contract.json": read_json,
}
_SCHEMA_READERS = {".yaml": read_yaml, ".yml": read_yaml, ".json": read_json}


def read_source(path: Path, root: Path) -> Source:
    """Read a contract written in YAML or JSON, or raise ContractError with all its problems."""
    place = Place(label(path, root), 1)
    suffix = next((end for end in _CONTRACT_READERS if path.name.endswith(end)), None)
    if suffix is None:
        raise ContractError(_unknown_suffix(place, path.name, _CONTRACT_READERS))
    return _CONTRACT_READERS[suffix](_read_inside(path, root, place), place.file)


def read_text(path: Path, root: Path) -> str:
    """Read any document of the project as text (a contract in Python), or raise ContractError."""
    place = Place(label(path, root), 1)
    return decode(_read_inside(path, root, place), place.file)


def read_schema_file(name: str, beside: Path, root: Path, place: Place) -> tuple[Path, Json]:
    """Read the schema that a document names by `{file: name}`: its path, and its value.

    `name` is relative to the document `beside` which it lies; problems with the name are at
    `place`, where the document says it, and problems of the schema in its own file.
    """
    if _REMOTE.match(name):
        raise ContractError(_remote(place, name))
    path = beside.parent / name
    _refuse_outside(path, root, place)  # first: another suffix wouldn't help
    suffix = path.suffix.lower()
    if suffix not in _SCHEMA_READERS:
        raise ContractError(_unknown_suffix(place, name, _SCHEMA_READERS))
    data = _read_inside(path, root, place)
    path = Path(os.path.realpath(path))
    return path, _SCHEMA_READERS[suffix](data, label(path, root), SCHEMA).value


def read_openapi_file(name: str, beside: Path, root: Path, place: Place) -> Source:
    """Read the OpenAPI document that a contract `beside` it names, or raise ContractError."""
    path = beside.parent / name
    _refuse_outside(path, root, place)
    suffix = path.suffix.lower()
    if suffix not in _SCHEMA_READERS:
        raise ContractError(_unknown_suffix(place, name, _SCHEMA_READERS))
    data = _read_inside(path, root, place, MAX_OPENAPI_BYTES)
    return _SCHEMA_READERS[suffix](data, label(Path(os.path.realpath(path)), root), OPENAPI)


def read_named_json(path: Path, kind: Kind) -> Source:
    """Read a JSON file that a person names, wherever it lies, or raise ContractError."""
    place = Place(path.as_posix(), 1)
    anywhere = Path(Path(os.path.abspath(path)).anchor)
    return read_large_json(_read_inside(path, anywhere, place), place.file, kind)


def read_json_beside(path: Path, root: Path, kind: Kind) -> Source:
    """Read a JSON file of the project, or raise ContractError."""
    place = Place(label(path, root), 1)
    return read_large_json(_read_inside(path, root, place), place.file, kind)


def find_named(name: str, beside: Path, place: Place) -> tuple[Path, ...]:
    """The files that a document `beside` them names: one, the `*.json` of a folder, or a glob.

    They are sorted. Raises ContractError at `place` where there are none.
    """
    if _REMOTE.match(name):
        raise ContractError(_remote(place, name))
    path = Path(os.path.abspath(beside.parent / name))
    try:
        if path.is_dir():
            found = sorted(path.glob("*.json"))
        elif any(mark in name for mark in "*?["):
            found = sorted(each for each in beside.parent.glob(name) if each.is_file())
        else:
            found = [path] if path.is_file() else []
    except (OSError, ValueError, NotImplementedError) as error:  # the last two: what isn't a path
        reason = error if isinstance(error, OSError) else ValueError(str(error))
        raise ContractError(_unreadable(place, reason)) from None
    if not found:
        raise ContractError(_nothing_named(place, name, path))
    return tuple(Path(os.path.abspath(each)) for each in found)


def _nothing_named(place: Place, name: str, path: Path) -> Problem:
    if path.is_dir():
        found = f"the folder `{name}`, in which there is no `*.json`"
        advice = "put the pact files there, or name where they lie"
        return Problem(place, found, "pact files", advice, "no-pacts")
    if any(mark in name for mark in "*?["):
        advice = "check the glob: it is relative to the contract's file"
        found = f"the glob `{name}`, which no file matches"
        return Problem(place, found, "a glob of pact files", advice, "no-pacts")
    siblings: list[str] = []
    with suppress(OSError):
        siblings = os.listdir(path.parent)
    close = nearest(path.name, siblings)
    told = "check the name: it is relative to the contract's file"
    advice = f"did you mean `{close}`?" if close else told
    return Problem(place, f"no file or folder `{name}`", "pact files", advice, "missing-file")


def find_contracts(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the contract files in the folders given, sorted, each once, whatever the order given.

    Hidden files and folders, caches and installed packages below a folder are skipped. A path that
    is not a folder is taken as it is, so that reading it tells what is wrong with it. A folder that
    can't be listed raises ContractError: skipping it would be a silent pass.
    """
    found = {os.path.abspath(file): file for path in sorted(paths) for file in _contracts_at(path)}
    return tuple(sorted(found.values()))


def is_contract(path: Path) -> bool:
    """Return whether a file's name says that it is a contract."""
    return _CONTRACT_FILE.fullmatch(path.name) is not None


def label(path: Path, root: Path) -> str:
    """Return the name by which problems call a file: relative to the project, with `/`."""
    absolute = Path(os.path.abspath(path))
    base = Path(os.path.abspath(root))
    return (absolute.relative_to(base) if absolute.is_relative_to(base) else path).as_posix()


def _contracts_at(path: Path) -> Iterator[Path]:
    if not os.path.isdir(path):  # Path.is_dir raises where a parent is closed to us
        yield path
        return
    for folder, folders, files in os.walk(path, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not _is_skipped(name)]
        yield from (Path(folder, name) for name in files if is_contract(Path(name)))


def _is_skipped(folder: str) -> bool:
    return folder.startswith(".") or folder in _SKIPPED_FOLDERS


def _refuse_folder(error: OSError) -> None:
    place = Place(Path(error.filename).as_posix())
    raise ContractError(_unreadable(place, error)) from None


def _read_inside(path: Path, root: Path, place: Place, most: int = MAX_BYTES) -> bytes:
    """Read a file's bytes once it is known to be in the project, regular and small."""
    try:
        resolved = _refuse_outside(path, root, place)
        size = resolved.stat().st_size
        if not resolved.is_file():
            raise ContractError(_not_a_file(place, path))
        if size > most:
            raise ContractError(_too_large(place, path, size, most))
        return resolved.read_bytes()
    except FileNotFoundError:
        raise ContractError(_missing(place, path)) from None
    except (OSError, ValueError) as error:
        raise ContractError(_unreadable(place, error)) from None


def _refuse_outside(path: Path, root: Path, place: Place) -> Path:
    """The path with its links followed, which lies in the project."""
    try:
        resolved = Path(os.path.realpath(path))
        if resolved.is_relative_to(os.path.realpath(root)):
            return resolved
    except (OSError, ValueError) as error:
        raise ContractError(_unreadable(place, error)) from None
    raise ContractError(_outside(place, path))


def _missing(place: Place, path: Path) -> Problem:
    siblings: list[str] = []
    with suppress(OSError):
        siblings = os.listdir(path.parent)
    close = nearest(path.name, siblings)
    advice = f"did you mean `{close}`?" if close else "check the name"
    return Problem(place, f"no file `{path.as_posix()}`", "a file", advice, "missing-file")


def _outside(place: Place, path: Path) -> Problem:
    found = f"`{path.as_posix()}`, which lies outside the project"
    advice = "copy it into the project, or set the project's root"
    return Problem(place, found, "a path inside the project", advice, "outside-project")


def _not_a_file(place: Place, path: Path) -> Problem:
    kind = "a folder" if os.path.isdir(path) else "neither a file nor a folder"
    found = f"`{path.as_posix()}`, which is {kind}"
    return Problem(place, found, "a regular file", "name the file itself", "not-a-file")


def _too_large(place: Place, path: Path, size: int, most: int) -> Problem:
    found = f"`{path.as_posix()}` of {size / 1e6:.1f} MB"
    expected = f"at most {most / 1e6:g} MB"
    return Problem(place, found, expected, "split it into several files", "file-too-large")


def _unreadable(place: Place, error: OSError | ValueError) -> Problem:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    found = f"a path that can't be read ({reason})"
    return Problem(place, found, "a readable file", "check its name and permissions", "unreadable")


def _remote(place: Place, name: str) -> Problem:
    found = f"the address `{name}`"
    advice = "keep a copy in the project and name that; nothing is fetched"
    return Problem(place, found, "a file in the project", advice, "remote-reference")


def _unknown_suffix(place: Place, name: str, suffixes: Iterable[str]) -> Problem:
    expected = f"a name that ends in {', '.join(suffixes)}"
    return Problem(place, f"the file name `{name}`", expected, "rename the file", "unknown-suffix")
