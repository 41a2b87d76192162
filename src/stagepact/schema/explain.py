"""What is wrong with an instance, in sentences: all faults; of a union, those of one branch.

The branch is the one that was meant: whose tag the instance has (a discriminator needs no keyword:
it is a property with a constant), else the nearest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

from stagepact.schema.normalise import Pointer

_LONGEST_VALUE = 200
_UNIONS = frozenset({"anyOf", "oneOf"})


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One way in which an instance breaks a schema; pointers are tuples of keys and indices."""

    instance_pointer: Pointer
    schema_pointer: Pointer
    keyword: str
    promised: str
    seen: str


Branch = Sequence[jsonschema_rs.ValidationError]


def explained(error: jsonschema_rs.ValidationError, instance: Any) -> Iterator[SchemaViolation]:
    """What an error of an instance says; that of a union, what those of the branch meant say."""
    branches: list[Branch] = _branches(error)
    if error.kind.name not in _UNIONS or not branches:
        yield _closed(error, instance) or _of_name(error) or _violation(error)
        return
    if not all(branches):
        yield _of_several(error, branches)
        return
    best = _meant(error, branches)
    of_kind, tagged, *_ = _distance(best, len(error.instance_path))
    if of_kind:
        yield _of_any(error, branches)
    elif tagged and (tags := _tags(branches, len(error.instance_path))):
        yield _of_tags(error, tags)
    else:
        for inner in best:
            yield from explained(inner, instance)


def _meant(error: jsonschema_rs.ValidationError, branches: Sequence[Branch]) -> Branch:
    """The branch that an instance was meant for: what is there isn't meant to be null."""
    depth = len(error.instance_path)
    present = [branch for branch in branches if not _is_null(branch, depth)]
    if len(present) == 1:
        return present[0]
    return min(present or branches, key=lambda branch: _distance(branch, depth))


def _is_null(branch: Branch, depth: int) -> bool:
    """Whether a branch asks for null and nothing else."""
    return len(branch) == 1 and _is_whole(branch[0], depth) and _promise(branch[0]) in _NULLS


_NULLS = frozenset({"the type null", "null"})


def _distance(branch: Branch, depth: int) -> tuple[bool, bool, int, int]:
    """How far an instance is from a branch; for each of the two flags, False is near.

    Wrong as a whole, wrong in a tag, the number of faults, and how shallow they are.
    """
    of_kind = any(_is_of_other_kind(each, depth) for each in branch)
    tagged = any(_is_tag(each, depth) for each in branch)
    deepest = max((len(each.instance_path) for each in branch), default=0)
    return of_kind, tagged, len(branch), -deepest


def _is_of_other_kind(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    """Whether an instance is wrong as a whole: in itself, or by all branches of a union in it."""
    if _is_whole(error, depth):
        return True
    if error.kind.name not in _UNIONS or len(error.instance_path) != depth:
        return False
    branches: list[Branch] = _branches(error)
    return all(any(_is_of_other_kind(each, depth) for each in branch) for branch in branches)


def _branches(error: jsonschema_rs.ValidationError) -> list[Branch]:
    """What each branch of a union says against the instance; nothing where there is no union."""
    return list(getattr(error.kind, "context", ()) or ())


def _is_whole(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    return len(error.instance_path) == depth and error.kind.name in _WHOLE


_WHOLE = frozenset({"const", "enum", "falseSchema", "not", "type"})
_TAGS = frozenset({"const", "enum"})


def _is_tag(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    return len(error.instance_path) == depth + 1 and error.kind.name in _TAGS


def _tags(branches: Sequence[Branch], depth: int) -> list[jsonschema_rs.ValidationError]:
    """The wrong tags of all branches that have one, if they are one property; else none."""
    found = [next((each for each in b if _is_tag(each, depth)), None) for b in branches]
    tags = [each for each in found if each is not None]
    places = {tuple(each.instance_path) for each in tags}
    return tags if len(tags) > 1 and len(places) == 1 else []


def _of_tags(
    error: jsonschema_rs.ValidationError, tags: Sequence[jsonschema_rs.ValidationError]
) -> SchemaViolation:
    """A tag that no branch has: the union's fault, at the place of the tag."""
    known: list[Any] = []
    for each in tags:
        value = getattr(each.kind, "value", None)
        known += value if each.kind.name == "enum" and isinstance(value, list) else [value]
    promised = shorten_text(f"one of {_listed(known, 'or')}")
    told = replace(_violation(tags[0]), keyword=error.kind.name, promised=promised)
    return replace(told, schema_pointer=tuple(error.schema_path))


def _of_any(error: jsonschema_rs.ValidationError, branches: Sequence[Branch]) -> SchemaViolation:
    """A union none of whose branches was meant: what each of them asks for."""
    asked = dict.fromkeys(text for branch in branches for text in _asked(branch[0]))
    return replace(_violation(error), promised=shorten_text(" or ".join(asked)))


def _asked(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    """What a branch asks for; of a union in it, what each of its own does."""
    branches: list[Branch] = _branches(error)
    if not branches or not all(branches):
        yield _promise(error)
    else:
        for branch in branches:
            yield from _asked(branch[0])


def _of_several(
    error: jsonschema_rs.ValidationError, branches: Sequence[Branch]
) -> SchemaViolation:
    """A `oneOf` that more than one branch of fits (2020-12 core, section 10.2.1.3)."""
    fitting = [str(index) for index, branch in enumerate(branches) if not branch]
    listed = f"{', '.join(fitting[:-1])} and {fitting[-1]}"
    return replace(_violation(error), promised=f"one branch that fits, not {listed} at once")


def _closed(error: jsonschema_rs.ValidationError, instance: Any) -> SchemaViolation | None:
    """An object that may have no property at all, of which the engine tells one value only."""
    path = tuple(error.schema_path)
    if error.kind.name != "falseSchema" or path[-1:] not in _CLOSING or path[-2:-1] in _NAMING:
        return None
    for step in error.instance_path:
        instance = instance[step]
    promised = shorten_text(f"no property {_listed(list(instance), 'or')}")
    return replace(
        _violation(error), keyword=str(path[-1]), promised=promised, seen=shorten(instance)
    )


_NAMING = frozenset(
    {("$defs",), ("definitions",), ("dependentSchemas",), ("patternProperties",), ("properties",)}
)
"""What stands before a name that may be spelt like a keyword."""

_CLOSING = frozenset({("additionalProperties",), ("propertyNames",), ("unevaluatedProperties",)})


def _of_name(error: jsonschema_rs.ValidationError) -> SchemaViolation | None:
    """The name of a property that isn't allowed, as what was seen."""
    inner = getattr(error.kind, "error", None)
    if error.kind.name != "propertyNames" or inner is None:
        return None
    promised = f"as a name, {_promise(inner)}"
    return replace(_violation(error), promised=promised, seen=shorten(inner.instance))


def _violation(error: jsonschema_rs.ValidationError) -> SchemaViolation:
    return SchemaViolation(
        instance_pointer=tuple(error.instance_path),
        schema_pointer=tuple(error.schema_path),
        keyword=error.kind.name,
        promised=_promise(error),
        seen=shorten(error.instance),
    )


# What a keyword promises, by its value (JSON Schema 2020-12, validation, section 6).
_PROMISES: dict[str, Callable[[Any], str]] = {
    "additionalItems": lambda limit: f"at most {limit} items",
    "additionalProperties": lambda names: f"no property {_listed(names, 'or')}",
    "const": lambda value: shorten(value),
    "contentEncoding": lambda name: f"text encoded as {name}",
    "contentMediaType": lambda name: f"text of the media type {name}",
    "enum": lambda values: f"one of {_listed(values, 'or')}",
    "exclusiveMaximum": lambda limit: f"less than {limit}",
    "exclusiveMinimum": lambda limit: f"more than {limit}",
    "falseSchema": lambda _: "nothing here",
    "format": lambda name: f"text of the format {name}",
    "maxItems": lambda limit: f"at most {limit} items",
    "maxLength": lambda limit: f"at most {limit} characters",
    "maxProperties": lambda limit: f"at most {limit} properties",
    "maximum": lambda limit: f"at most {limit}",
    "minItems": lambda limit: f"at least {limit} items",
    "minLength": lambda limit: f"at least {limit} characters",
    "minProperties": lambda limit: f"at least {limit} properties",
    "minimum": lambda limit: f"at least {limit}",
    "multipleOf": lambda factor: f"a multiple of {factor}",
    "not": lambda schema: f"what isn't {shorten(schema)}",
    "pattern": lambda pattern: f"text that matches {pattern}",
    "required": lambda name: f"the property {shorten(name)}",
    "type": lambda types: f"the type {_listed(types, 'or')}".replace('"', ""),
    "unevaluatedItems": lambda texts: f"no unevaluated item {_joined(texts, 'or')}",
    "unevaluatedProperties": lambda names: f"no unevaluated property {_listed(names, 'or')}",
    "uniqueItems": lambda _: "no item twice",
}


_COUNTS = {
    "contains": "an item that fits `contains`",
    "maxContains": "fewer items that fit `contains`",
    "minContains": "more items that fit `contains`",
}


def _promise(error: jsonschema_rs.ValidationError) -> str:
    """What the schema asks for at a place; the engine's sentence for what isn't in the tables."""
    if error.kind.name == "contains":
        return _COUNTS.get(str(error.schema_path[-1]), error.message)
    told = _PROMISES.get(error.kind.name)
    if told is None:
        return shorten_text(error.message)
    return shorten_text(told(getattr(error.kind, "value", None)))


def _listed(values: Any, last: str) -> str:
    """`"a"`, `"a" or 2`, `"a", "b" or 2`: values as JSON."""
    several = values if isinstance(values, list | tuple) else [values]
    return _joined([shorten(each) for each in several], last)


def _joined(words: Sequence[str], last: str) -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:]))) or "(none)"


def shorten_text(text: str, longest: int = 500) -> str:
    """A sentence, cut when it is very long."""
    return text if len(text) <= longest else text[:longest] + "…"


def shorten(value: object, longest: int = _LONGEST_VALUE) -> str:
    """A value on one line, cut in the middle when it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=True)
    except (TypeError, ValueError, RecursionError):
        text = safe_repr(value)
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … {text[-half:]}"


def safe_repr(value: object) -> str:
    """A value as Python shows it, whatever its own code does then."""
    try:
        return repr(value)
    except Exception as error:  # a subject's __repr__ may raise anything
        return f"<{type(value).__qualname__}, whose repr raises {type(error).__name__}>"
