"""What is the same in two pact files however they are written: sums of what interactions say.

A sum is of the values that were read, so that spaces, the order of keys, `key`s and whether an
interaction is pending don't count; whatever could change what is demanded does.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import combinations
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.model import Body, Interaction, Pact
from stagepact.pact.path import PathExpression, Token
from stagepact.pact.rules import Category

_NOT_DEMANDED = frozenset({"key", "pending", "place"})


def interaction_digest(interaction: Interaction) -> str:
    """SHA-256 of what an interaction demands and in which states, in hexadecimal digits."""
    return _sum(interaction)


def pact_digest(pact: Pact) -> str:
    """SHA-256 of who expects what of whom, in hexadecimal digits."""
    parts = sorted(interaction_digest(each) for each in pact.interactions)
    return _sum([pact.consumer, pact.provider, parts])


def _sum(value: Any) -> str:
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Json:
    """A value as JSON, each kind in one way."""
    if isinstance(value, Body):
        return _body(value)
    if isinstance(value, Category):
        return _category(value)
    if isinstance(value, Enum):
        return str(value.value)
    if is_dataclass(value):
        named = (each.name for each in fields(value) if each.name not in _NOT_DEMANDED)
        return {"": type(value).__name__, **{name: _plain(getattr(value, name)) for name in named}}
    if isinstance(value, Mapping):
        return {str(key): _plain(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(below) for below in value]
    plain: Json = value
    return plain


def _body(body: Body) -> Json:
    """JSON by its value, anything else by its bytes."""
    written = body.value is not None and not body.fault
    content = body.value if written else base64.b64encode(body.data).decode()
    return [body.presence.value, body.content_type, written, content]


def _category(category: Category) -> Json:
    """The lists of rules in any order, and which of two comes first where that decides."""
    by_path = sorted(category.lists, key=lambda each: each.path.text)
    ties: list[Json] = list(_ties([each.path for each in category.lists]))
    return [_plain(by_path), ties]


def _ties(paths: Iterable[PathExpression]) -> Iterator[Json]:
    """Pairs of paths that can weigh the same for a place: the first one counts there."""
    for first, second in combinations(paths, 2):
        both = zip(first.tokens, second.tokens, strict=False)
        if _weight(first) == _weight(second) and all(_meet(one, other) for one, other in both):
            yield [first.text, second.text]


def _weight(path: PathExpression) -> int:
    return sum(not token.wildcard for token in path.tokens)


def _meet(one: Token, other: Token) -> bool:
    return one.wildcard or other.wildcard or one.name == other.name
