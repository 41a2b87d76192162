"""The reference of the contract language: prose by hand, tables of keys from the models.

    python tools/language_reference.py

docs/language.md holds a marker for each model and for the types. What stands between a marker and
its end is written anew from the models; all else is left as it is.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from stagepact.contract import models

PAGE = Path(__file__).resolve().parents[1] / "docs" / "language.md"

TYPES = (
    "Schema", "Reference", "Port", "Duration", "Order", "Expression", "Pattern", "Times", "Names",
    "Pointer", "OperationName", "Status", "Style", "Versions", "DataPointer",
    "Template", "LawName", "ServiceLawName", "JudgedLawName", "ChaosText", "SocketAddress",
    "StreamAddress", "PartyName", "ConsumedPath", "ConsumedValue", "Function",
    "Reserved",
)  # fmt: skip

_MARK = re.compile(r"(<!-- (model (\w+)|types) -->\n).*?(<!-- end -->)", re.DOTALL)
_WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "StrictBool": "true or false",
    "StrictInt": "whole number",
    "date": "date",
    "Any": "any value",
}


def refreshed(text: str) -> str:
    """The page with all its tables written anew.

    Raises:
        ValueError: a model has no marker, or a marker no model.
    """
    known = {model.__name__: model for model in language_models()}
    marked = {match[3] for match in _MARK.finditer(text) if match[3]}
    if missing := known.keys() - marked:
        raise ValueError(f"no marker for {', '.join(sorted(missing))}")
    if strangers := marked - known.keys():
        raise ValueError(f"no model for the markers {', '.join(sorted(strangers))}")

    def table(match: re.Match[str]) -> str:
        lines = keys_table(known[match[3]]) if match[3] else types_table()
        return f"{match[1]}\n" + "\n".join(lines) + f"\n\n{match[4]}"

    return _MARK.sub(table, text)


def language_models() -> Iterator[type[BaseModel]]:
    """All models of the language, in the order of their module."""
    for value in vars(models).values():
        if inspect.isclass(value) and issubclass(value, models.Model) and value is not models.Model:
            yield value


def keys_table(model: type[BaseModel]) -> Iterator[str]:
    """A row for each key that a model itself has; inherited ones are in their own table."""
    yield f'<a id="{model.__name__.lower()}"></a>'
    yield ""
    yield "| key | type | default | what it says |"
    yield "|---|---|---|---|"
    own = inspect.get_annotations(model)
    for name, field in model.model_fields.items():
        if name in own:
            yield (
                f"| `{field.alias or name}` | {type_words(own[name])} | {_default(field)} "
                f"| {field.description} |"
            )


def types_table() -> Iterator[str]:
    """A row for each kind of text that keys share."""
    yield "| type | what it is | example |"
    yield "|---|---|---|"
    for name in TYPES:
        said = next(each for each in get_args(getattr(models, name)) if isinstance(each, FieldInfo))
        shown = ", ".join(f"`{example}`" for example in said.examples or ())
        yield f'| <a id="{name.lower()}"></a>{name} | {said.description} | {shown} |'


def type_words(annotation: str) -> str:
    """An annotation as a reader of contracts would say it, with links."""
    return _words(ast.parse(annotation, mode="eval").body)


def _words(node: ast.expr) -> str:
    match node:
        case ast.BinOp(left=left, right=right):
            parts = [_words(each) for each in (left, right) if not _is_none(each)]
            return " or ".join(parts)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            return _words(first)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=said):
            values = said.elts if isinstance(said, ast.Tuple) else [said]
            return " or ".join(f"`{_literal(value)}`" for value in values)
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, value])):
            by = "" if isinstance(key, ast.Name) and key.id == "str" else f"by {_words(key)}, "
            return f"mapping: {by}{_words(value)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            return f"list of {_words(item)}"
        case ast.Name(id=name):
            return _WORDS.get(name) or f"[{name}](#{name.lower()})"
    raise ValueError(f"no words for {ast.unparse(node)}")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _literal(node: ast.expr) -> str:
    value = ast.literal_eval(node)
    return value if isinstance(value, str) else json.dumps(value)


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "**required**"
    if value in (None, ""):
        return ""
    plain = value.model_dump() if isinstance(value, BaseModel) else value
    if isinstance(plain, Mapping | list) and (isinstance(value, BaseModel) or not plain):
        return ""
    return f"`{plain if isinstance(plain, str) else json.dumps(plain)}`"


def main() -> int:
    """Write the page anew."""
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
