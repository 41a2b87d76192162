"""A document as it was written: one plain value, and the place of each of its parts. No I/O.

The readers tell all problems of a text at once and raise nothing but `ContractError`, whatever
the text; time and memory are bounded by its length.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stagepact.contract.json_text import json_steps
from stagepact.contract.quick_json import LateMarks, quick_value
from stagepact.contract.tree import Json, Path, Step, Tree
from stagepact.contract.yaml_text import yaml_steps
from stagepact.errors import ContractError, Place, Problem

__all__ = [
    "CONTRACT",
    "OPENAPI",
    "SCHEMA",
    "Json",
    "Kind",
    "Path",
    "Source",
    "decode",
    "read_json",
    "read_large_json",
    "read_yaml",
]


@dataclass(frozen=True, slots=True)
class Source:
    """A document's value and where its parts stand.

    `marks` holds for every value's path the place of its key, or of the item in a list; the root
    is `()`. Parts that came by an alias have the places at which they are written.
    """

    file: str
    value: Json
    marks: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """Return the place of a path, or of its nearest ancestor that has one."""
        for length in range(len(path), -1, -1):
            try:
                return self.marks[path[:length]]
            except KeyError:
                continue
        return Place(self.file)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a document is expected to be: the words for it, and the types its root may have."""

    expected: str
    roots: tuple[type, ...] = (dict,)


CONTRACT = Kind("a contract, e.g. `stagepact: 1`")
OPENAPI = Kind("an OpenAPI document, e.g. `openapi: 3.1.0`")
SCHEMA = Kind("a JSON Schema, e.g. `type: object`", (dict, bool))

MAX_PROBLEMS = 100
"""A hostile document can hold a million; what comes after these is only counted."""

_Steps = Callable[[str, str, list[Problem]], Iterator[Step]]


def read_yaml(text: str | bytes, file: str, kind: Kind = CONTRACT) -> Source:
    """Read a YAML 1.2 text, or raise ContractError with all that is wrong with it."""
    return _read(yaml_steps, decode(text, file), file, kind)


def read_json(text: str | bytes, file: str, kind: Kind = CONTRACT) -> Source:
    """Read a JSON text, or raise ContractError with all that is wrong with it."""
    return _read(json_steps, decode(text, file), file, kind)


def read_large_json(text: str | bytes, file: str, kind: Kind) -> Source:
    """Read a JSON object as `read_json` does; its places cost nothing until they are asked for."""
    decoded = decode(text, file)
    value = quick_value(decoded) if dict in kind.roots else None
    if value is None:
        return read_json(decoded, file, kind)
    return Source(file, value, LateMarks(decoded, file))


def decode(data: str | bytes, file: str) -> str:
    """Return the text without a byte order mark, or raise ContractError where it is not UTF-8."""
    if isinstance(data, bytes):
        try:
            data = data.decode()
        except UnicodeDecodeError as error:
            raise ContractError(_not_utf8(error, file)) from None
    return data.removeprefix("\ufeff")


def _not_utf8(error: UnicodeDecodeError, file: str) -> Problem:
    before = error.object[: error.start]
    column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
    return Problem(
        Place(file, before.count(b"\n") + 1, column),
        found=f"the byte 0x{error.object[error.start]:02X}, which is not UTF-8",
        expected="UTF-8 text",
        advice="save the file as UTF-8",
        code="not-utf-8",
    )


def _read(steps: _Steps, text: str, file: str, kind: Kind) -> Source:
    problems: list[Problem] = []
    if not text.strip():  # json.loads would speak of a missing value
        raise ContractError(_empty(file, kind))
    tree = Tree(file, problems)
    tree.grow(steps(text, file, problems))
    if not problems:
        problems.extend(_root_problems(tree, file, kind))
    if problems:
        raise ContractError(*_first(problems))
    return Source(file, tree.root, tree.marks())


def _first(problems: list[Problem]) -> list[Problem]:
    """Return as many problems as a person reads, and how many more there are."""
    rest = len(problems) - MAX_PROBLEMS
    if rest <= 0:
        return problems
    place = problems[MAX_PROBLEMS].place
    more = Problem(place, f"{rest:,} more problems from here on", code="more-problems")
    return [*problems[:MAX_PROBLEMS], more]


def _root_problems(tree: Tree, file: str, kind: Kind) -> Iterator[Problem]:
    if tree.root is None:
        yield _empty(file, kind)
    elif not isinstance(tree.root, kind.roots):
        place = tree.marks()[()]
        found = f"{_NOUNS[type(tree.root)]} as the whole document"
        advice = "write `key: value` at the top level"
        yield Problem(place, found, kind.expected, advice, "wrong-root")


def _empty(file: str, kind: Kind) -> Problem:
    found, advice = "nothing: the file is empty", "write one, or remove the file"
    return Problem(Place(file, 1, 1), found, kind.expected, advice, "empty-file")


_NOUNS: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a mapping",
}
