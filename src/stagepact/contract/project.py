"""The project's settings: `[tool.stagepact]` of the nearest pyproject.toml, as one frozen value.

Read once, at the door; nothing else looks for settings.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from stagepact.contract.settings import PACT_ENGINES, is_base_url
from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.schema.engines import ENGINES, Engine

FILE = "pyproject.toml"
TABLE = "tool.stagepact"

_MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Project:
    """What a project says of itself; all paths are relative to its root.

    `contracts` are files and folders of contracts, `packages` what is looked into for subjects,
    `apps` references of ASGI and WSGI applications, `plugins` modules with hooks, `pythonpath`
    folders to import from. `strict` makes *not exercised* fail, `max_examples` bounds fuzzing,
    `engine` draws the cases, `record` is where verdicts are kept, `baseline` names the file of the
    violations that are known, `substitute` puts one module in place of another,
    `base_urls` says where services answer, by name ("" for all that aren't named), `pact_engine`
    what verifies pacts, instead of what contracts say. `places` says where each of `packages`,
    `apps` and `plugins` is written.
    """

    root: Path
    contracts: tuple[str, ...] = ("contracts",)
    packages: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = (".",)
    strict: bool = False
    max_examples: int | None = None
    engine: Engine = "stagepact"
    record: str | None = None
    baseline: str | None = None
    substitute: Mapping[str, str] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    pact_engine: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


def is_configured(start: Path) -> bool:
    """Whether a pyproject.toml above a folder or file has settings for stagepact."""
    folder = Path(os.path.abspath(start))
    return any(_table(each / FILE)[0] is not None for each in (folder, *folder.parents))


def read_project(start: Path) -> Project:
    """The settings that hold in a folder, or for a file in it.

    They are those of the nearest pyproject.toml above with `[tool.stagepact]`; without one they
    are the defaults, and the root is the nearest folder above with `.git`, else the folder.

    Raises:
        ConfigurationError: with every setting that is unknown or of the wrong type.
    """
    folder = Path(os.path.abspath(start))
    if not folder.is_dir():
        folder = folder.parent
    for each in (folder, *folder.parents):
        table, text = _table(each / FILE)
        if table is not None:
            return _project(each, table, text)
    above = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    return Project(next(above, folder))


# -- what a setting may be ---------------------------------------------------------------------


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_table_of_texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_table_of_urls(value: object) -> bool:
    return isinstance(value, dict) and all(map(is_base_url, value.values()))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a setting must be, in words and as a test, and the value that is made of it."""

    words: str
    holds: Callable[[object], bool]
    value: Callable[[Any], Any] = lambda value: value


_TEXT = _Kind("a text", _is_text)
_TEXTS = _Kind('a list of texts, such as ["contracts"]', _is_texts, tuple)
_FLAG = _Kind("true or false", lambda value: isinstance(value, bool))
_COUNT = _Kind("a whole number above 0", _is_count)
_ENGINE = _Kind(" or ".join(ENGINES), lambda value: value in ENGINES)
_PACT_ENGINE = _Kind(" or ".join(PACT_ENGINES), lambda value: value in PACT_ENGINES)
_SUBSTITUTES = _Kind(
    'a table of texts, such as {"voice.stages" = "voice.mistakes"}', _is_table_of_texts, dict
)
_URLS = _Kind('a table of URLs, such as {shop = "http://127.0.0.1:8000"}', _is_table_of_urls, dict)

_KINDS: Mapping[str, _Kind] = {
    "contracts": _TEXTS,
    "packages": _TEXTS,
    "apps": _TEXTS,
    "plugins": _TEXTS,
    "pythonpath": _TEXTS,
    "strict": _FLAG,
    "max_examples": _COUNT,
    "engine": _ENGINE,
    "record": _TEXT,
    "baseline": _TEXT,
    "substitute": _SUBSTITUTES,
    "base_urls": _URLS,
    "pact_engine": _PACT_ENGINE,
}
assert set(_KINDS) | {"root", "places"} == {each.name for each in fields(Project)}


# -- reading -----------------------------------------------------------------------------------


def _table(path: Path) -> tuple[Any, str]:
    """The table of a pyproject.toml and the file's text; None where either isn't there."""
    try:
        if not path.is_file():
            return None, ""
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigurationError(_unreadable(path, 0, "it is larger than 5 MB"))
        text = path.read_bytes().decode("utf-8")
        table = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigurationError(
            _unreadable(path, int(line[1]) if line else 0, str(error))
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(_unreadable(path, 0, str(error))) from None
    return (table.get("stagepact") if isinstance(table, dict) else None), text


def _unreadable(path: Path, line: int, reason: str) -> Problem:
    found = f"a file that can't be read ({reason})"
    return Problem(Place(_shown(path), line), found, "TOML in UTF-8", code="unreadable")


def _project(root: Path, table: Any, text: str) -> Project:
    lines = _Lines(_shown(root / FILE), text)
    if not isinstance(table, dict):
        problem = Problem(lines.place(""), f"{TABLE} = {table!r}", "a table", code="type")
        raise ConfigurationError(problem)
    checked = (_problem(key, value, lines) for key, value in table.items())
    problems = [problem for problem in checked if problem is not None]
    if problems:
        raise ConfigurationError(*sorted(problems))
    known = {name: _KINDS[_name(name)].value(value) for name, value in table.items()}
    places = {
        reference: lines.place_of(name, reference)
        for name in ("plugins", "apps", "packages")
        for reference in known.get(name, ())
    }
    return Project(root, places=places, **{_name(name): value for name, value in known.items()})


def _name(key: str) -> str:
    """The setting that a key means: TOML's habit is a dash, Python's an underscore."""
    return key.replace("-", "_")


def _problem(key: str, value: object, lines: _Lines) -> Problem | None:
    kind = _KINDS.get(_name(key))
    if kind is None:
        guess = nearest(_name(key), _KINDS)
        advice = f"did you mean {guess!r}?" if guess else "remove it"
        found = f"unknown key {key!r} in [{TABLE}]"
        return Problem(lines.place(key), found, ", ".join(_KINDS), advice, "unknown-key")
    if not kind.holds(value):
        return Problem(lines.place(key), f"{key} = {value!r:.60}", kind.words, code="type")
    return None


def _shown(path: Path) -> str:
    """A path as it is called in messages: from here, where that is shorter."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the keys of the table stand in the text; tomllib tells values only."""

    file: str
    text: str

    def place(self, key: str) -> Place:
        """The line of a key of the table, else of what opens the table, else the file."""
        opened = 0
        inside = False
        written = rf"[\"']?{re.escape(key)}[\"']?\s*[=.]"
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*\[([^\[\]]+)\]", line):
                name = re.sub(r"[\s\"']", "", header[1])
                inside = name == TABLE
                if name == f"{TABLE}.{key}":
                    return Place(self.file, number)
            elif re.match(rf"\s*{'' if inside else _DOTTED}{written}", line):
                return Place(self.file, number)
            if inside or re.match(r"\s*(tool\.)?stagepact\s*=", line):
                opened = opened or number
        return Place(self.file, opened)

    def place_of(self, key: str, text: str) -> Place:
        """The line of a text in the value of a key, else the key's."""
        place = self.place(key)
        lines = self.text.splitlines()[max(0, place.line - 1) :]
        quoted = (f'"{text}"', f"'{text}'")
        found = (n for n, line in enumerate(lines) if any(each in line for each in quoted))
        return Place(self.file, place.line + next(found, 0))


# A key of the table, written outside of it.
_DOTTED = r"(tool\.)?stagepact\."
