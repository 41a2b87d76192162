"""Rules of Pact for an example and the schema that it is of, with all that they leave out.

The law: a value that the schema permits is never refused, but where a loss says that the pact is
`stricter`. What can't be said so is left out, and told. Rules cascade to what is below them, and
regular expressions match whole texts of any value: so each place has its own rule, and where the
type counts, `type` beside the expression (docs/decisions/0030).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.making import texts
from stagepact.pact.making.examples import is_map, kind_of
from stagepact.pact.making.nodes import Node, by_kind_of, only_value, unboxed
from stagepact.pact.making.ruled import Matcher, Ruled
from stagepact.pact.making.scalars import ANYTHING, EQUAL, MATCHERS, TYPE, lost_of_numbers
from stagepact.pact.making.spots import Spots
from stagepact.pact.path import shown
from stagepact.pact.values import text_of
from stagepact.schema.shape import (
    Anything,
    Arrays,
    Checked,
    Either,
    Named,
    Objects,
    Shape,
    Shapes,
    Texts,
    Values,
)

_ANY_KEY: Matcher = {"match": "eachKey", "rules": [ANYTHING]}
_BOXES: Mapping[str, str] = {"object": r"\{[\s\S]*\}", "array": r"\[[\s\S]*\]"}
_BEYOND_RULES = (
    *("not", "if", "oneOf", "dependentRequired", "dependentSchemas", "contains"),
    *("unevaluatedProperties", "unevaluatedItems", "propertyNames", "patternProperties"),
    *("multipleOf", "contentMediaType", "contentEncoding", "allOf"),
)


@dataclass
class Demands(Ruled):
    """The walk through what a part of an interaction may be, beside its example."""

    shapes: Shapes
    closed: bool = False
    """Whether what isn't expected is refused, as in bodies of requests."""

    def walk(self, at: str, shapes: Iterable[Shape], example: Json, spots: Spots) -> Json:
        """Make the rules for a place whose values are of any of these shapes, and all below it.

        Returns the example that they are for: of items and entries that share rules and aren't
        alike, each is as the first.
        """
        nodes = self._nodes(at, shapes, spots)
        if isinstance(example, dict):
            return self._mapping(at, nodes, example, spots)
        if isinstance(example, list):
            return self._list(at, nodes, example, spots)
        self._scalar(at, nodes, example, spots)
        return example

    def _nodes(self, at: str, shapes: Iterable[Shape], spots: Spots) -> tuple[Node, ...]:
        """The shapes without unions, names and checks; of those it is told that they are lost."""
        found: list[Node] = []
        waiting, seen = list(shapes), set[str]()
        while waiting:
            shape = waiting.pop(0)
            match shape:
                case Either():
                    waiting[:0] = shape.branches
                case Named(name):
                    if name not in seen:
                        seen.add(name)
                        waiting.insert(0, self.shapes.named[name])
                case Checked():
                    waiting.insert(0, shape.shape)
                    self.lose(at, spots, "beyond-rules", _BEYOND, *_BEYOND_RULES)
                case Values():
                    found += unboxed(shape)
                case _:
                    found.append(shape)
        return tuple(found)

    # -- mappings ------------------------------------------------------------------------------

    def _mapping(
        self, at: str, nodes: Sequence[Node], example: dict[str, Json], spots: Spots
    ) -> Json:
        objects = [each for each in nodes if isinstance(each, Objects)]
        if any(isinstance(each, Anything) for each in nodes):
            objects = [_OPEN]
        self._only(at, nodes, Objects, "an object", spots)
        for each in objects:
            self._lost_of_objects(at, each, example, spots)
        if len(objects) == 1 and is_map(objects[0]):
            return self._map(at, objects[0], example, spots)
        self._presence(at, objects, example, spots)
        return {
            key: self._entry(at, key, value, self._parts(at, objects, key, spots), spots)
            for key, value in example.items()
        }

    def _parts(self, at: str, objects: Sequence[Objects], key: str, spots: Spots) -> list[Shape]:
        """What a key may hold, by each of the objects that declare it; else anything."""
        found = [each.required.get(key, each.optional.get(key)) for each in objects]
        declared = [each for each in found if each is not None]
        beside = any(
            part is None and each.extra is not None
            for part, each in zip(found, objects, strict=True)
        )
        if declared and beside:
            text = f"a form without `{key}` may not have something else by this name"
            self.lose(at, spots.key(key), "union", text, stricter=True)
        return declared or [Anything()]

    def _entry(self, at: str, key: str, value: Json, parts: list[Shape], spots: Spots) -> Json:
        below = spots.key(key)
        if not key or "'" in key or "]" in key:
            text = f"no path of Pact leads to the key {key!r}: its value is that of the example"
            self.lose(at, below, "key", text, stricter=True)
            return value
        return self.walk(at + shown((key,))[1:], parts, value, below)

    def _presence(
        self, at: str, objects: Sequence[Objects], example: dict[str, Json], spots: Spots
    ) -> None:
        """Which keys have to be there: those of the example, unless there are several forms."""
        free = [key for key in example if any(key not in each.required for each in objects)]
        if len(objects) > 1:
            text = "which properties go together, and what the other forms have of their own"
            self.lose(at, spots, "union", text, "anyOf", "oneOf", "if")
        if free and (len(objects) > 1 or _OPEN in objects):
            self.rule(at, TYPE, _ANY_KEY)
            return
        for key in free:
            text = f"`{key}` has to be there, since the example has it"
            place = at + shown((key,))[1:]
            self.lose(place, spots.key(key), "optional", text, stricter=True)

    def _map(self, at: str, shape: Objects, example: dict[str, Json], spots: Spots) -> Json:
        """A mapping with any keys: each value as the example's."""
        keys = self._keys(at, shape, spots)
        if not example:
            self.rule(at, {"match": "values"}, *keys)
            self.lose(at, spots, "values", "what the values are", "additionalProperties")
            return example
        extra = shape.extra
        assert extra is not None, "a mapping with any keys has them"
        parts = [part for _, part in extra.patterns]
        parts += [extra.others] if extra.has_others else []
        self.rule(at, {"match": "values"}, *keys)
        first = self.walk(f"{at}.*", parts, example[min(example)], spots.extra())
        alike = all(_built(each) == _built(first) for each in example.values())
        return example if alike else dict.fromkeys(example, first)

    def _keys(self, at: str, shape: Objects, spots: Spots) -> list[Matcher]:
        extra = shape.extra
        if extra is None or (not extra.patterns and extra.names is None):
            return []
        allowed = extra.names if isinstance(extra.names, Texts) else None
        only = None if extra.has_others else [each for each, _ in extra.patterns]
        expression = None
        if allowed is not None:
            expression, _ = texts.expression(allowed)
        elif only:
            expression, lost = texts.expression(Texts(patterns=tuple(only[:1])))
            expression = None if lost or len(only) > 1 else expression
        if expression is None:
            text = "what the keys are"
            self.lose(at, spots, "keys", text, "propertyNames", "patternProperties")
            return []
        return [{"match": "eachKey", "rules": [{"match": "regex", "regex": expression}]}]

    def _lost_of_objects(
        self, at: str, shape: Objects, example: dict[str, Json], spots: Spots
    ) -> None:
        for key in shape.optional:
            if key not in example:
                text = f"`{key}` may be there, and isn't looked at then"
                if self.closed:
                    text = f"`{key}` may not be there, since the example hasn't it"
                place = at + (f"['{key}']" if not key else shown((key,))[1:])
                self.lose(place, spots.key(key), "optional", text, stricter=self.closed)
        if shape.extra is None and not self.closed:
            self.lose(at, spots, "closed", "that there are no other keys", "additionalProperties")
        elif shape.extra is not None and shape.extra.asked and not is_map(shape):
            text = "what further keys hold"
            self.lose(at, spots, "further-keys", text, "additionalProperties", "patternProperties")
        if self.closed and shape.extra is not None and not is_map(shape):
            text = "that there may be further keys"
            self.lose(at, spots, "open", text, "additionalProperties", stricter=True)
        if shape.min_properties > len(shape.required) or shape.max_properties is not None:
            text = "how many properties there are"
            self.lose(at, spots, "size", text, "minProperties", "maxProperties")

    def _only(self, at: str, nodes: Sequence[Node], kind: type, noun: str, spots: Spots) -> None:
        """What the example is, everything has to be: Pact compares boxes with boxes only."""
        if not all(isinstance(each, kind) for each in nodes):
            text = f"it has to be {noun}, since the example is one"
            self.lose(at, spots, "union", text, "anyOf", "oneOf", "type", stricter=True)

    # -- lists ---------------------------------------------------------------------------------

    def _list(self, at: str, nodes: Sequence[Node], example: list[Json], spots: Spots) -> Json:
        self._only(at, nodes, Arrays, "a list", spots)
        lists = [each for each in nodes if isinstance(each, Arrays)]
        free = any(isinstance(each, Anything) for each in nodes)
        if free:
            lists = [_ANY_LIST]
        for each in lists:
            self._lost_of_lists(at, each, spots)
        least = min((each.min_items for each in lists), default=0)
        ends = [each.max_items for each in lists]
        most = None if not ends or None in ends else max(end for end in ends if end is not None)
        sizes = {"min": least, "max": most}
        said = {name: size for name, size in sizes.items() if size is not None}
        if not example:
            self.rule(at, TYPE)
            if most != 0 or least:
                self.lose(at, spots, "items", "what its items are", "items", "prefixItems")
            return example
        self.rule(at, {**TYPE, **(said if most is not None or least else {})})
        if any(each.first for each in lists):
            return self._tuple(at, lists, example, most, spots)
        items = [each.rest for each in lists]
        first = self.walk(f"{at}[*]", items, example[0], spots.item(0))
        alike = all(_built(each) == _built(first) for each in example)
        plain = not any(isinstance(each, dict | list) for each in example)
        distinct = plain and any(each.distinct for each in lists)
        return example if free or alike or distinct else [first] * len(example)

    def _tuple(
        self,
        at: str,
        lists: Sequence[Arrays],
        example: list[Json],
        most: int | None,
        spots: Spots,
    ) -> Json:
        walked: list[Json] = []
        for index, value in enumerate(example):
            parts = [each.item(index) for each in lists]
            walked.append(self.walk(f"{at}[{index}]", parts, value, spots.item(index)))
        if most is None or most > len(example):
            self._further(at, example, spots)
        return walked

    def _further(self, at: str, example: list[Json], spots: Spots) -> None:
        """Items beyond those of the example, which Pact compares with its first."""
        rest, text = spots.item(len(example)), "what further items are"
        if isinstance(example[0], dict | list):
            text = "further items have to be as the first one"
            self.lose(at, rest, "items", text, "items", stricter=True)
            return
        self.rule(f"{at}[*]", ANYTHING)
        self.lose(at, rest, "items", text, "items")

    def _lost_of_lists(self, at: str, shape: Arrays, spots: Spots) -> None:
        if shape.distinct:
            self.lose(at, spots, "distinct", "that all items differ", "uniqueItems")
        if shape.repeated or shape.wanted:
            self.lose(at, spots, "contains", "which items there have to be", "contains")

    # -- texts, numbers, true and false, null --------------------------------------------------

    def _scalar(self, at: str, nodes: Sequence[Node], example: Json, spots: Spots) -> None:
        if any(isinstance(each, Anything) for each in nodes):
            self.rule(at, ANYTHING)
            return
        by_kind: dict[str, list[Node]] = {}
        for node in nodes:
            for kind, part in by_kind_of(node):
                by_kind.setdefault(kind, []).append(part)
        if "number" in by_kind:
            by_kind["number"] += by_kind.pop("integer", [])
        self._lost_of_kinds(at, by_kind, spots)
        if len(by_kind) == 1:
            ((kind, parts),) = by_kind.items()
            self.rule(at, *MATCHERS[kind](self, at, parts, spots))
            return
        single = [self._single(at, kind, parts, example, spots) for kind, parts in by_kind.items()]
        self.rule(at, *single, any_of=True)

    def _single(
        self, at: str, kind: str, parts: list[Node], example: Json, spots: Spots
    ) -> Matcher:
        """One rule for a kind where there are others: they are joined by OR."""
        if kind in _BOXES:
            return {"match": "regex", "regex": _BOXES[kind]}
        *before, matcher = MATCHERS[kind](self, at, parts, spots)
        if matcher == EQUAL:
            written = text_of(only_value(parts))
            return {"match": "regex", "regex": texts.literal(written)}
        if kind == "boolean" and matcher["match"] == "type":
            return {"match": "boolean"}
        if kind == "text" and matcher["match"] == "type" and not isinstance(example, str):
            return ANYTHING
        if before:
            text = "numbers and others pass as the text that they are written as"
            self.lose(at, spots, "type", text, "pattern", "format", "enum", "type")
        return matcher

    def _lost_of_kinds(self, at: str, by_kind: Mapping[str, list[Node]], spots: Spots) -> None:
        for kind, noun in (("object", "an object"), ("array", "a list")):
            if kind in by_kind:
                text = f"what is in it where it is {noun}"
                self.lose(at, spots, "union", text, "anyOf", "oneOf", "type")
        if "integer" in by_kind and not all(isinstance(e, Values) for e in by_kind["integer"]):
            self.lose(at, spots, "whole-number", _WHOLE, "type", stricter=True)
        for node in (*by_kind.get("integer", ()), *by_kind.get("number", ())):
            lost_of_numbers(self, at, node, spots)


_BEYOND = "what is said by more than types, texts, sizes and required properties"
_WHOLE = "a whole number that is written as 2.0, or has more than 64 bits, isn't one to Pact"
_OPEN = Objects({}, {}, None)
_ANY_LIST = Arrays((), Anything())


def _built(value: Json) -> Any:
    """How a value is built: its keys and the kinds of its parts."""
    if isinstance(value, dict):
        return {key: _built(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_built(each) for each in value]
    return kind_of(value)
