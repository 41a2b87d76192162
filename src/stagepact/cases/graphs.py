"""Hypothesis strategies of stages, pipelines, events and contexts.

`stagepact.strategies` is their public name. All of them shrink to few stages with short names,
no dependencies, and nothing odd.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from stagepact.subject import Event
from stagepact.subject.protocols.runtimes import StageSpec

Names = Sequence[str]
Pipeline = tuple[StageSpec, ...]

_DOES = ("ok", "skip", "fail", "raise", "cancel")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def stage_names() -> st.SearchStrategy[str]:
    """Names of stages: lower-case words with digits, `_` and `-` inside; `a` is the smallest."""
    inside = st.text(_LETTERS + "0123456789_-", max_size=11)
    return st.builds(lambda first, rest: first + rest, st.sampled_from(_LETTERS), inside)


def dependencies(names: Names) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """For each of these names the ones that it depends on: earlier ones only, so without cycle."""
    each = [_some(names[:number]) for number in range(len(names))]
    return st.tuples(*each).map(lambda found: dict(zip(names, found, strict=True)))


def _some(names: Names) -> st.SearchStrategy[tuple[str, ...]]:
    if not names:
        return st.just(())
    chosen = st.lists(st.sampled_from(list(names)), unique=True, max_size=3)
    return chosen.map(tuple)


def pipelines(
    *, min_stages: int = 1, max_stages: int = 8, does: Sequence[str] = ("ok",)
) -> st.SearchStrategy[Pipeline]:
    """Acyclic graphs of stages in an order in which they could run; `does` is how they may end."""
    row = st.tuples(
        st.sampled_from(list(does)),
        st.integers(0, 6),
        st.sets(st.integers(1, 4), max_size=3),
    )
    return st.lists(row, min_size=min_stages, max_size=max_stages).map(_graph)


def _graph(rows: Sequence[tuple[str, int, set[int]]]) -> Pipeline:
    """Stages by the letters; what each depends on is told by how far before it that stands."""
    names = [_name(number) for number in range(len(rows))]
    return tuple(
        StageSpec(
            names[at], tuple(names[at - back] for back in sorted(far) if back <= at), does, turns
        )
        for at, (does, turns, far) in enumerate(rows)
    )


def _name(number: int) -> str:
    times, letter = divmod(number, len(_LETTERS))
    return _LETTERS[letter] + (str(times) if times else "")


def stage_specs(*, does: Sequence[str] = _DOES) -> st.SearchStrategy[StageSpec]:
    """One stage with the names that it depends on, of which it is none itself."""
    return st.lists(stage_names(), min_size=1, max_size=4, unique=True).flatmap(
        lambda names: st.builds(
            StageSpec,
            st.just(names[0]),
            _some(names[1:]),
            st.sampled_from(list(does)),
            st.integers(0, 6),
        )
    )


def pipeline_pairs(*, max_stages: int = 6) -> st.SearchStrategy[tuple[Pipeline, Pipeline]]:
    """Two pipelines that can be composed: what they share is the same in both."""
    return pipelines(max_stages=max_stages).flatmap(
        lambda whole: st.tuples(_closed_part(whole), _closed_part(whole))
    )


def _closed_part(whole: Pipeline) -> st.SearchStrategy[Pipeline]:
    """Some of a pipeline's stages, with all that they depend on."""
    wanted = st.sets(st.sampled_from([each.name for each in whole]), min_size=1)
    return wanted.map(lambda names: _with_upstreams(whole, names))


def _with_upstreams(whole: Pipeline, names: set[str]) -> Pipeline:
    needed = set(names)
    for each in reversed(whole):
        if each.name in needed:
            needed |= {*each.depends}
    return tuple(each for each in whole if each.name in needed)


def events(names: Names = ("a",)) -> st.SearchStrategy[Event]:
    """One event of a stage's life, with the payload that such an event has."""
    kinds = st.sampled_from(["started", "progress", "completed", "failed", "skipped", "cancelled"])
    return st.builds(_event, st.sampled_from(list(names)), kinds, context_bags(max_size=2))


def _event(name: str, kind: str, more: Mapping[str, Any]) -> Event:
    return Event(f"stage.{name}.{kind}", {**more, "stage": name})


def event_sequences(names: Names = ("a", "b")) -> st.SearchStrategy[tuple[Event, ...]]:
    """The events of a run: each stage begins, may go on, and ends once; numbers rise by one."""
    lives = st.tuples(*(st.tuples(st.integers(0, 2), st.sampled_from(_ENDS)) for _ in names))
    return lives.flatmap(lambda drawn: _interleaved(names, drawn))


_ENDS = ("completed", "failed", "skipped", "cancelled")


def _interleaved(
    names: Names, lives: Sequence[tuple[int, str]]
) -> st.SearchStrategy[tuple[Event, ...]]:
    rows = {
        name: ["started", *["progress"] * steps, end]
        for name, (steps, end) in zip(names, lives, strict=True)
    }
    turns = st.permutations([name for name, row in rows.items() for _ in row])
    return turns.map(lambda order: _numbered(rows, order))


def _numbered(rows: Mapping[str, list[str]], order: Sequence[str]) -> tuple[Event, ...]:
    left = {name: iter(row) for name, row in rows.items()}
    return tuple(
        Event(f"stage.{name}.{next(left[name])}", {"stage": name, "sequence": number}, 0.0, number)
        for number, name in enumerate(order, 1)
    )


def context_keys() -> st.SearchStrategy[str]:
    """Keys of a run's context: dotted names of lower-case words."""
    return st.lists(stage_names(), min_size=1, max_size=2).map(".".join)


def context_values() -> st.SearchStrategy[Any]:
    """Values that a context may carry: JSON, falsy ones among the first."""
    leaves = st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=8)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(stage_names(), inner, max_size=3)
        ),
        max_leaves=6,
    )


def context_bags(*, max_size: int = 5) -> st.SearchStrategy[dict[str, Any]]:
    """A context's values by key."""
    return st.dictionaries(context_keys(), context_values(), max_size=max_size)
