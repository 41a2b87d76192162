"""Whether every value of a schema is one that an example and its rules take; JSON only.

Compatible is proven, or it is told in how many values no counterexample was found. A counterexample
is always checked: valid by the schema, refused by the native matcher, and as small as can be.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.compare.making import DRAWS, INTEROPERABLE, TIERS, Maker
from stagepact.pact.compare.stated import impossible
from stagepact.pact.compare.walk import Doubt, doubts
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.mismatch import Mismatch
from stagepact.pact.path import shown
from stagepact.pact.rules import Category
from stagepact.pact.undecided import Undecided
from stagepact.schema.normalise import JsonSchema, SchemaError, closed
from stagepact.schema.prepared import Prepared, prepared
from stagepact.schema.sampler import draw_of
from stagepact.schema.shrink import shrink
from stagepact.schema.validate import Validator, json_text

_MOST_SHOWN = 20
_MOST_TRIED = 8
_SHRINKING = 400
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A counterexample, and how the matcher refuses it."""

    mismatch: Mismatch
    value: Any

    @property
    def path(self) -> str:
        """Where, with any index as `[*]`."""
        return spread(self.mismatch.path)


@dataclass(slots=True)
class Compared:
    """What is known of a schema against an example: counterexamples, and what they rest on."""

    shown: list[Shown] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    tried: int = 0

    def unsaid(self, path: str) -> None:
        """Keep that the schema says nothing of a place."""
        reason = f"the contract says nothing of {path}"
        if reason not in self.reasons:
            self.reasons.append(reason)


def spread(path: str) -> str:
    """A path with `[*]` for any index."""
    return _INDEX.sub("[*]", path)


def compare_json(
    schema: JsonSchema, expected: Json, rules: Category, own: Category | None = None
) -> Compared:
    """Every value of a provider's schema, against what a consumer expects of it.

    A provider emits what its schema declares: objects that list their properties have no others.
    `own` are the rules as the pact has them, where `rules` are wider: an example must be possible.

    Raises:
        SchemaError: the schema can't be used, or admits no value.
    """
    whole, validator = ready(json_text(schema))
    return _Search(whole, validator, expected, rules).compared(own or rules)


@lru_cache(maxsize=512)
def ready(text: str) -> tuple[Prepared, Validator]:
    """The schema of a provider, as JSON, made ready; and what judges its values.

    Raises:
        SchemaError: it can't be used, or admits no value.
    """
    schema = closed(json.loads(text))
    return prepared(schema), Validator(schema)


class _Search:
    """One comparison: the walk's doubts, and what becomes of each."""

    def __init__(
        self, ready: Prepared, validator: Validator, expected: Json, rules: Category
    ) -> None:
        self._ready = ready
        self._validator = validator
        self._expected = expected
        self._rules = rules
        self._found = Compared()

    def compared(self, own: Category) -> Compared:
        """All that is found."""
        try:
            self._resolve()
            if own is not self._rules:
                self._refuse_impossible(own)
        except Undecided as reason:
            self._found.reasons.append(str(reason))
        except SchemaError as error:
            self._found.reasons.append(f"no values of the schema can be made: {error}")
        return self._found

    def _resolve(self) -> None:
        maker = Maker(self._ready)
        is_open = False
        for doubt in doubts(maker, self._ready.shapes.root, self._expected, self._rules):
            if len(self._found.shown) >= _MOST_SHOWN:
                return
            if doubt.unsaid:
                self._found.unsaid(shown(doubt.spot.place))
            else:
                is_open = not self._settle(doubt) or is_open
        if is_open and not self._found.reasons:
            self._sample()

    def _refuse_impossible(self, own: Category) -> None:
        """What the example has, and no value of the schema: then each value shows it."""
        maker, root = Maker(self._ready), self._ready.shapes.root
        for place in impossible(maker, root, self._expected, own):
            self._rules = own
            for value in islice(maker.drawn(root), _MOST_TRIED):
                if self._is_valid(value) and self._keep(value, spread(shown(place))):
                    break

    def _settle(self, doubt: Doubt) -> bool:
        """Whether values show that a doubt is one."""
        place = spread(shown(doubt.spot.place))
        count = 0
        for part in islice(doubt.parts(), _MOST_TRIED):
            for tier in range(TIERS):
                value = _made(doubt, part, tier)
                count += 1
                if value is not _UNMADE and self._is_valid(value) and self._keep(value, place):
                    return True
        self._found.tried += max(count, DRAWS)
        return False

    def _sample(self) -> None:
        """Whole values, where a place by itself didn't show it."""
        draw, random = draw_of(self._ready), Random(0)
        for _ in range(DRAWS):
            try:
                value = draw(random)
            except SchemaError:
                continue
            if self._is_valid(value):
                self._found.tried += 1
                self._keep(value, "")
            if len(self._found.shown) >= _MOST_SHOWN:
                return

    def _is_valid(self, value: Any) -> bool:
        return _is_interoperable(value) and self._validator.accepts(value)

    def _mismatches(self, value: Any) -> list[Mismatch]:
        return json_mismatches(self._expected, value, self._rules)

    def _keep(self, value: Any, place: str) -> bool:
        """Whether a valid value is refused at a place; then the smallest such value is kept."""
        refused = self._mismatches(value)
        chosen = next((each for each in refused if spread(each.path) == place), None)
        if chosen is None and place:
            chosen = next((each for each in refused if spread(each.path).startswith(place)), None)
        known = {each.path for each in self._found.shown}
        if chosen is None and not place:
            chosen = next((each for each in refused if spread(each.path) not in known), None)
        if chosen is None:
            return False
        self._add(self._smallest(value, spread(chosen.path), _kind(chosen)))
        return True

    def _smallest(self, value: Any, path: str, kind: str) -> Shown:
        def fails(each: Any) -> bool:
            return any(spread(m.path) == path and _kind(m) == kind for m in self._mismatches(each))

        small = shrink(value, fails, self._is_valid, calls=_SHRINKING)
        found = next(m for m in self._mismatches(small) if spread(m.path) == path)
        return Shown(found, small)

    def _add(self, found: Shown) -> None:
        if all(str(found.mismatch) != str(each.mismatch) for each in self._found.shown):
            self._found.shown.append(found)


_UNMADE = object()


def _made(doubt: Doubt, part: Any, tier: int) -> Any:
    """The whole value with a part in it, where one can be made."""
    try:
        return doubt.spot.whole(part, tier)
    except (SchemaError, TypeError):  # what holds it is no list or mapping in this tier
        return _UNMADE


def _kind(mismatch: Mismatch) -> str:
    """What is wrong, where shrinking mustn't change it: null, what is missing, anything else."""
    actual = mismatch.actual
    return actual if actual == "null" or actual.startswith("nothing:") else ""


def _is_interoperable(value: Any) -> bool:
    """Whether numbers are such as all writers and readers of JSON mean the same by: no 1.0."""
    open_ends: list[Any] = [value]
    while open_ends:
        each = open_ends.pop()
        if isinstance(each, dict):
            open_ends += each.values()
        elif isinstance(each, list):
            open_ends += each
        elif (isinstance(each, float) and each.is_integer()) or (
            isinstance(each, int) and not -INTEROPERABLE <= each <= INTEROPERABLE
        ):
            return False
    return True
