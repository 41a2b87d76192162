"""Patterns as nondeterministic automata (Thompson 1968), with what they assert of places."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from stagepact.schema.regular.characters import EVERY, Intervals, NotRegular
from stagepact.schema.regular.pattern import (
    Assertion,
    Char,
    Choice,
    Look,
    Pattern,
    Repeat,
    Sequence,
)

START, END, NOT_END, BORDER, INSIDE = "^", "$", "!$", "b", "B"

MOST_STATES = 20_000
_MOST_REPEATS = 2_000


@dataclass(slots=True)
class Automaton:
    """A nondeterministic automaton: state 0 begins, state 1 has matched."""

    steps: list[list[tuple[Intervals, int]]] = field(default_factory=lambda: [[], []])
    jumps: list[list[tuple[str, int]]] = field(default_factory=lambda: [[], []])
    borders: bool = False

    def state(self) -> int:
        """A new state."""
        if len(self.steps) > MOST_STATES:
            raise NotRegular("a pattern of too many states")
        self.steps.append([])
        self.jumps.append([])
        return len(self.steps) - 1

    def add(self, pattern: Pattern, start: int, end: int) -> None:
        """Lead from start to end by what a pattern matches."""
        match pattern:
            case Char(of):
                self.steps[start].append((of, end))
            case Sequence(parts):
                self._sequence(parts, start, end)
            case Choice(branches):
                for each in branches:
                    self.add(each, start, end)
            case Repeat(part, least, most):
                self._repeat(part, least, most, start, end)
            case Assertion(kind):
                self.borders = self.borders or kind in (BORDER, INSIDE)
                self.jumps[start].append((kind, end))
            case Look():
                raise NotRegular("look-ahead inside of a pattern")

    def _sequence(self, parts: tuple[Pattern, ...], start: int, end: int) -> None:
        if not parts:
            self.jumps[start].append(("", end))
        for index, part in enumerate(parts):
            target = end if index == len(parts) - 1 else self.state()
            self.add(part, start, target)
            start = target

    def _repeat(self, part: Pattern, least: int, most: int | None, start: int, end: int) -> None:
        if max(least, most or 0) > _MOST_REPEATS:
            raise NotRegular("a part repeated too often")
        for _ in range(least):
            target = self.state()
            self.add(part, start, target)
            start = target
        if most is None:
            loop = self.state()
            self.jumps[start].append(("", loop))
            self.add(part, loop, loop)
            self.jumps[loop].append(("", end))
            return
        for _ in range(most - least):
            self.jumps[start].append(("", end))
            target = self.state()
            self.add(part, start, target)
            start = target
        self.jumps[start].append(("", end))


@lru_cache(maxsize=512)
def automaton(pattern: Pattern) -> Automaton:
    """The automaton of all texts in which a pattern matches somewhere."""
    found = Automaton()
    start = found.state()
    found.jumps[0].append(("", start))
    found.steps[start].append((EVERY, start))
    found.steps[1].append((EVERY, 1))
    found.add(pattern, start, 1)
    return found
