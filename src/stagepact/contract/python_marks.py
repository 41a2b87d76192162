"""Where the parts of a contract written in Python stand, by its text alone; imports nothing."""

import ast
import keyword
import re
import warnings
from collections.abc import Iterator, Mapping

from stagepact.contract.tree import Path
from stagepact.errors import ContractError, Place, Problem

CONTRACT_NAME = "contract"

_LINE_END = re.compile("\r\n|\r|\n")  # Python's; splitlines() has more


def python_marks(text: str, file: str) -> Mapping[Path, Place]:
    """Return the place of every part of the call assigned to `contract` at module level.

    Parts are keyword arguments, entries of dict literals and items of list literals, nested as
    they are; anything else (a name, a comprehension, `**more`) has the place of its parent.
    A text that is not Python raises ContractError.
    """
    tree = _parse(text, file)
    lines = _LINE_END.split(text)
    marks: dict[Path, Place] = {}
    waiting: list[tuple[Path, ast.expr]] = []
    for value in _assigned(tree):
        marks = {(): _place(value, lines, file)}
        waiting = [((), value)]
    while waiting:
        path, value = waiting.pop()
        for key, where, child in _parts(value):
            marks[(*path, key)] = _place(where, lines, file)
            waiting.append(((*path, key), child))
    return marks


def _parse(text: str, file: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # The import, which comes next, gives the module's own warnings.
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        place = Place(file, error.lineno or 0, error.offset or 0)
        raise ContractError(_not_python(place, error.msg)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or "nested too deep"
        raise ContractError(_not_python(Place(file), reason)) from None


def _not_python(place: Place, reason: str) -> Problem:
    found = f"broken Python ({reason})"
    advice = f"check it with `python -m py_compile {place.file}`"
    return Problem(place, found, "a Python module", advice, "python-syntax")


def _assigned(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is assigned to `contract`, in order; the last one counts, as it does in Python."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if any(map(_is_contract, targets)):
                yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_contract(target):
                yield value


def _is_contract(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == CONTRACT_NAME


def _parts(value: ast.expr) -> Iterator[tuple[str | int, ast.expr | ast.keyword, ast.expr]]:
    """Yield the key, the node whose place it has, and the value of every part."""
    match value:
        case ast.Call(keywords=keywords):
            for argument in keywords:
                if argument.arg is not None:
                    yield _plain_name(argument.arg), argument, argument.value
        case ast.Dict(keys=keys, values=values):
            for key, child in zip(keys, values, strict=True):
                if key is not None and (name := _literal_key(key)) is not None:
                    yield name, key, child
        case ast.List(elts=items) | ast.Tuple(elts=items):
            yield from _items(items)


def _items(items: list[ast.expr]) -> Iterator[tuple[int, ast.expr, ast.expr]]:
    for index, item in enumerate(items):
        if isinstance(item, ast.Starred):
            return  # what stands after it has an index that only running tells
        yield index, item, item


def _literal_key(key: ast.expr) -> str | None:
    """Return a literal key as the documents have it: a text, or a whole number as one."""
    if isinstance(key, ast.Constant) and type(key.value) in (str, int):
        return str(key.value)
    return None


def _plain_name(name: str) -> str:
    """Return the clause that an argument names: `from_` and `except_` stand for keywords."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name


def _place(node: ast.expr | ast.keyword, lines: list[str], file: str) -> Place:
    """Return a node's place; `ast` counts columns in bytes, an editor in characters."""
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    return Place(file, node.lineno, len(before.decode(errors="replace")) + 1)
