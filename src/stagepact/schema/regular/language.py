"""Languages: the texts of some lengths that match some patterns and don't match others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from stagepact.schema.regular.automaton import automaton
from stagepact.schema.regular.characters import NotRegular, palette, plainness
from stagepact.schema.regular.pattern import conjuncts
from stagepact.schema.regular.product import Graph, graph

_MOST_LENGTH = 100_000
_MOST_WAYS = 256


@dataclass(frozen=True)
class Language:
    """The texts, in code points, that match all of some patterns and none of others.

    Whatever asks for its texts raises NotRegular where no automaton of a bearable size knows it.
    """

    patterns: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    min_length: int = 0
    max_length: int | None = None

    @cached_property
    def graph(self) -> Graph:
        """The deterministic automaton of the patterns, lengths aside."""
        return _graph(self.patterns, self.excluded)

    def lengths(self, most: int) -> tuple[int, ...]:
        """The lengths that texts have, shortest first, at most so many; () of no texts at all."""
        return tuple(length for _, length in zip(range(most), self._lengths(), strict=False))

    def _lengths(self) -> Iterator[int]:
        if self.min_length > _MOST_LENGTH:
            raise NotRegular(f"texts of {self.min_length:,} characters")
        seen: set[frozenset[int]] = set()
        length = self.min_length
        while self.max_length is None or length <= self.max_length:
            states = self._before(length)
            if 0 in states:
                seen.clear()
                yield length
            elif states in seen:  # from here on, it all comes again
                return
            seen.add(states)
            length += 1

    def _before(self, left: int) -> frozenset[int]:
        """The states from which exactly so many characters lead to an end."""
        table = self._table
        while len(table) <= left:
            last = table[-1]
            arrows = enumerate(self.graph.arrows)
            table.append(frozenset(s for s, targets in arrows if not last.isdisjoint(targets)))
        return table[left]

    @cached_property
    def _table(self) -> list[frozenset[int]]:
        return [self.graph.accepting]

    def text(self, choices: bytes) -> str:
        """A text of as many characters as bytes, each chosen by its byte; 0: the plainest.

        The length has to be one of `lengths`.
        """
        state, found = 0, []
        ways_of = self._ways
        for left, choice in zip(range(len(choices) - 1, -1, -1), choices, strict=True):
            ways = ways_of.get((state, left)) or self._found_ways(state, left)
            character, state = ways[choice % len(ways)]
            found.append(character)
        return "".join(found)

    @cached_property
    def _ways(self) -> dict[tuple[int, int], list[tuple[str, int]]]:
        return {}

    def _found_ways(self, state: int, left: int) -> list[tuple[str, int]]:
        """What may come next where so many characters follow, and the state after it."""
        goal = self._before(left)
        ways = [
            (character, target)
            for target, classes in self.graph.arrows[state].items()
            if target in goal
            for index in classes
            for character in palette(self.graph.classes[index])
        ]
        ways.sort(key=lambda way: plainness(ord(way[0])))
        self._ways[state, left] = ways = ways[:_MOST_WAYS]
        return ways

    def shortest(self) -> str | None:
        """The shortest and plainest text; None where there is none."""
        lengths = self.lengths(1)
        return self.text(bytes(lengths[0])) if lengths else None


@lru_cache(maxsize=256)
def _graph(patterns: tuple[str, ...], excluded: tuple[str, ...]) -> Graph:
    """The automaton of some patterns, made once: the same ones are met in many schemas."""
    groups = [(conjuncts(text), True) for text in patterns]
    groups += [(conjuncts(text), False) for text in excluded]
    return graph(
        tuple((automaton(pattern), holds) for group, _ in groups for pattern, holds in group),
        tuple((len(group), is_wanted) for group, is_wanted in groups),
    )


def missing_from(outer: Language, inner: Language) -> str | None:
    """A text of `inner` that isn't one of `outer`; None where every one is.

    Raises:
        NotRegular: it can't be decided.
    """
    return missing_from_all((outer,), inner)


def missing_from_all(outers: tuple[Language, ...], inner: Language) -> str | None:
    """A text of `inner` that is in no language of several; None where every one is in some.

    Raises:
        NotRegular: it can't be decided.
    """
    text = inner.shortest()
    if text is None or not outers:
        return text
    texts = (missing_from_all(outers[1:], part) for part in _outside(outers[0], inner))
    return next((text for text in texts if text is not None), None)


def _outside(outer: Language, inner: Language) -> list[Language]:
    """The languages of which all texts of `inner` are that `outer` hasn't."""
    parts = [replace(inner, excluded=(*inner.excluded, text)) for text in outer.patterns]
    parts += [replace(inner, patterns=(*inner.patterns, text)) for text in outer.excluded]
    if outer.min_length > inner.min_length:
        most = outer.min_length - 1
        shorter = most if inner.max_length is None else min(most, inner.max_length)
        parts.append(replace(inner, max_length=shorter))
    if outer.max_length is not None:
        least = max(outer.max_length + 1, inner.min_length)
        parts.append(replace(inner, min_length=least))
    return parts
