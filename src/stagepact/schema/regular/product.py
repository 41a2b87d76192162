"""Several automata run side by side, made deterministic: one graph of numbered states."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from stagepact.schema.regular.automaton import (
    BORDER,
    END,
    INSIDE,
    MOST_STATES,
    NOT_END,
    START,
    Automaton,
)
from stagepact.schema.regular.characters import (
    LAST,
    Intervals,
    NotRegular,
    plainest,
    plainness,
    union,
    words,
)

Side = tuple[Automaton, bool]
"""An automaton, and whether it has to match."""

Group = tuple[int, bool]
"""How many sides belong together, and whether all of them have to hold or not all of them may."""

# A state of one automaton's run: the states that it may be in, not yet followed along their jumps,
# since what an assertion says depends on the next character. -1 in it: the text begins here;
# -2: the last character was one of a word.
_Run = frozenset[int]
_BEGINS, _AFTER_WORD = -1, -2
_MATCHED = frozenset((1,))


@dataclass(frozen=True, slots=True)
class Graph:
    """A deterministic automaton: state 0 begins; `arrows` lead by class of characters."""

    classes: tuple[Intervals, ...]
    arrows: tuple[dict[int, list[int]], ...]
    accepting: frozenset[int]


def graph(sides: tuple[Side, ...], groups: tuple[Group, ...]) -> Graph:
    """All states that texts lead to, with what texts may end there.

    Raises:
        NotRegular: there are too many.
    """
    bordered = words() if any(each.borders for each, _ in sides) else ()
    classes = _classes(sides, bordered)
    leads = [(each[0][0], _is_in(bordered, each[0][0])) for each in classes]
    start = tuple(frozenset((0, _BEGINS)) for _ in sides)
    numbers = {start: 0}
    states = [start]
    arrows: list[dict[int, list[int]]] = []
    for state in states:  # it grows as states are found
        targets: dict[int, list[int]] = {}
        for index, (code, is_word) in enumerate(leads):
            after = _after_all(sides, state, code, is_word)
            number = numbers.setdefault(after, len(states))
            if number == len(states):
                states.append(after)
            targets.setdefault(number, []).append(index)
        arrows.append(targets)
        if len(states) > MOST_STATES or len(states) * len(leads) > 20 * MOST_STATES:
            raise NotRegular("an automaton of too many states")
    accepting = frozenset(
        number for number, each in enumerate(states) if _accepts(sides, groups, each)
    )
    return Graph(classes, tuple(arrows), accepting)


def _is_in(of: Intervals, code: int) -> bool:
    return any(first <= code <= last for first, last in of)


def _classes(sides: tuple[Side, ...], bordered: Intervals) -> tuple[Intervals, ...]:
    """The characters by what they do: those of one class lead to the same states."""
    sets = list(dict.fromkeys(of for each, _ in sides for steps in each.steps for of, _ in steps))
    sets.append(bordered)
    edges = {0, 0xD800, 0xE000} | {
        e for of in sets for first, last in of for e in (first, last + 1)
    }
    starts = sorted(edge for edge in edges if edge <= LAST)
    marks = dict.fromkeys(starts, 0)
    for bit, of in enumerate(sets):
        for start in _within(starts, of):
            marks[start] |= 1 << bit
    alike: dict[int, list[tuple[int, int]]] = {}
    for start, following in zip(starts, [*starts[1:], LAST + 1], strict=True):
        if not 0xD800 <= start < 0xE000:
            alike.setdefault(marks[start], []).append((start, following - 1))
    classes = map(union, alike.values())
    return tuple(sorted(classes, key=lambda each: plainness(plainest(each))))


def _within(starts: list[int], of: Intervals) -> Iterator[int]:
    for first, last in of:
        at = bisect_left(starts, first)
        while at < len(starts) and starts[at] <= last:
            yield starts[at]
            at += 1


def _accepts(sides: tuple[Side, ...], groups: tuple[Group, ...], state: tuple[_Run, ...]) -> bool:
    hold = iter(
        (1 in _closure(each, run, next_word=False, end=True)) == wanted
        for (each, wanted), run in zip(sides, state, strict=True)
    )
    return all(all([*islice(hold, count)]) == wanted for count, wanted in groups)


def _after_all(
    sides: tuple[Side, ...], state: tuple[_Run, ...], code: int, is_word: bool
) -> tuple[_Run, ...]:
    return tuple(
        _after(each, run, code, is_word) for (each, _), run in zip(sides, state, strict=True)
    )


def _after(automaton: Automaton, run: _Run, code: int, is_word: bool) -> _Run:
    closed = _closure(automaton, run, next_word=is_word)
    if 1 in closed:  # it has matched, and nothing that follows changes that
        return _MATCHED
    found = {
        target for state in closed for of, target in automaton.steps[state] if _is_in(of, code)
    }
    if automaton.borders and is_word:
        found.add(_AFTER_WORD)
    return frozenset(found)


def _closure(automaton: Automaton, run: _Run, *, next_word: bool, end: bool = False) -> set[int]:
    """The states that are reached without a character, at this place of the text."""
    border = (_AFTER_WORD in run) != next_word
    holds = {
        "": True,
        START: _BEGINS in run,
        END: end,
        NOT_END: not end,
        BORDER: border,
        INSIDE: not border,
    }
    found = {state for state in run if state >= 0}
    open_ends = list(found)
    while open_ends:
        for kind, target in automaton.jumps[open_ends.pop()]:
            if holds[kind] and target not in found:
                found.add(target)
                open_ends.append(target)
    return found
