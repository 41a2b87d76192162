"""Schemas of an OpenAPI document as named schemas of a contract, by direction.

What is `readOnly` has no place in a request; what is `writeOnly` needn't be in a response
(OpenAPI 3.0.4, Schema Object). So a schema that holds either has a name for each direction.
"""

from __future__ import annotations

from typing import Any, Literal

from stagepact.contract.openapi.pointers import Broken, Pointer, Tree, escaped, steps
from stagepact.schema.dialects import Dialect, modern
from stagepact.schema.normalise import JsonSchema, references

Direction = Literal["request", "response"]

_ONE_WAY = {"request": "readOnly", "response": "writeOnly"}
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
_BY_NAME = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
# Words of OpenAPI that say nothing of values.
_WORDS = frozenset({"discriminator", "xml", "externalDocs", "example", "collectionFormat"})
_HOMES = (("components", "schemas"), ("definitions",))


class Schemas:
    """Translates schemas; `named` are those that were referred to, by their names."""

    def __init__(self, tree: Tree, dialect: Dialect) -> None:
        self.named: dict[str, JsonSchema] = {}
        self.places: dict[str, Pointer] = {}
        self._tree = tree
        self._dialect = dialect
        self._broken: dict[str, Broken] = {}
        self._one_way: dict[tuple[str, str], bool] = {}
        self._said = {way: _has_word(tree.root, word) for way, word in _ONE_WAY.items()}

    def of(self, schema: Any, pointer: Pointer, direction: Direction) -> JsonSchema:
        """A schema in 2020-12, whose references are to named schemas.

        Raises:
            Broken: it is no schema, or a reference in it leads nowhere.
        """
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            raise Broken(pointer, f"{schema!r:.60}", "a schema: an object")
        self._name_all(schema, pointer, direction)
        plain = modern(schema, self._dialect)
        moved: JsonSchema = self._moved(plain, direction)
        return moved

    def _name_all(self, schema: Any, pointer: Pointer, direction: Direction) -> None:
        for reference in references(schema):
            target, where = reference.target, (*pointer, *reference.pointer)
            name = self._name(target, direction)
            if name in self._broken:
                raise self._broken[name]
            if name in self.named:
                continue
            found, at = self._tree.at(_whole(target), where)
            self._tree.at(target, where)
            self.named[name] = True  # it may refer to itself
            try:
                self.named[name] = self.of(found, at, direction)
            except Broken as error:
                self._broken[name] = error
                del self.named[name]
                raise
            self.places[name] = at

    def _name(self, target: str, direction: Direction) -> str:
        whole = _whole(target)
        path = steps(whole)
        home = next((each for each in _HOMES if path[: len(each)] == each), None)
        name = str(path[len(home)]) if home else whole.removeprefix("#/")
        return f"{name} ({direction})" if self._is_one_way(whole, direction) else name

    def _is_one_way(self, reference: str, direction: Direction) -> bool:
        """Whether a schema, or one that it leads to, says something of one direction only."""
        if not self._said[direction]:
            return False
        key = (reference, direction)
        if key not in self._one_way:
            seen, open_ends = {reference}, [reference]
            self._one_way[key] = False
            while open_ends and not self._one_way[key]:
                try:
                    schema, _ = self._tree.at(open_ends.pop(), ())
                except Broken:
                    continue
                self._one_way[key] = _has_word(schema, _ONE_WAY[direction])
                further = {_whole(each.target) for each in references(schema)} - seen
                seen |= further
                open_ends += sorted(further)
        return self._one_way[key]

    def _moved(self, schema: Any, direction: Direction) -> Any:
        if isinstance(schema, list):
            return [self._moved(each, direction) for each in schema]
        if not isinstance(schema, dict):
            return schema
        found = {
            key: self._member(key, value, direction)
            for key, value in schema.items()
            if key not in _WORDS and not str(key).startswith("x-")
        }
        return _one_way(found, schema, direction)

    def _member(self, key: str, value: Any, direction: Direction) -> Any:
        if key in _DATA:
            return value
        if key in _BY_NAME and isinstance(value, dict):
            return {name: self._moved(each, direction) for name, each in value.items()}
        if key == "$ref" and isinstance(value, str):
            rest = value[len(_whole(value)) :]
            return f"#/schemas/{escaped(self._name(value, direction))}{rest}"
        return self._moved(value, direction)


def _whole(target: str) -> str:
    """The named schema that a reference goes into, without the way inside of it."""
    parts = target.split("/")
    for home in _HOMES:
        if tuple(parts[1 : 1 + len(home)]) == home and parts[0] == "#":
            return "/".join(parts[: 2 + len(home)])
    return target


def _has_word(schema: Any, word: str) -> bool:
    if isinstance(schema, list):
        return any(_has_word(each, word) for each in schema)
    if not isinstance(schema, dict):
        return False
    return schema.get(word) is True or any(
        _has_word(value, word) for key, value in schema.items() if key not in _DATA
    )


def _one_way(found: dict[str, Any], schema: dict[str, Any], direction: Direction) -> dict[str, Any]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return found
    word = _ONE_WAY[direction]
    other = {n for n, each in properties.items() if isinstance(each, dict) and each.get(word)}
    if not other:
        return found
    if "required" in found:
        found["required"] = [name for name in found["required"] if name not in other]
    if direction == "request":
        kept = {name: each for name, each in found["properties"].items() if name not in other}
        found["properties"] = kept
    return found
