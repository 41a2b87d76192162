"""Values that a pact writes out for a state that it asks for: only a run can tell these.

Without a rule, a value is to be equal to the example. Where the interaction names states of the
provider, that value is what the state is to bring about, and no schema says it: it is compared by
its type here, and must be one that the schema has at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from stagepact.contract.source import Json
from stagepact.pact import values
from stagepact.pact.compare.making import Maker, item_of, value_of
from stagepact.pact.model import Interaction
from stagepact.pact.path import PathExpression, Place, shown
from stagepact.pact.rules import Category, Rule, RuleList
from stagepact.schema.shape import Arrays, Objects, Shape, Values

_BY_TYPE = RuleList(PathExpression("$"), (Rule("type"),))
_MOST_TOLD = 5


def by_state(
    expected: Json, rules: Category, interaction: Interaction
) -> tuple[Category, tuple[str, ...]]:
    """The rules with which values are compared, and a note of those that a state decides."""
    written = [shown(place) for place, _ in literals(expected, rules)]
    if not interaction.states or not written:
        return rules, ()
    listed = ", ".join(written[:_MOST_TOLD]) + ", …" * (len(written) > _MOST_TOLD)
    note = f"by state, so compared by type only: {listed}"
    return Category((*rules.lists, _BY_TYPE)), (note,)


def literals(expected: Json, rules: Category, at: Place = ()) -> Iterator[tuple[Place, Json]]:
    """The single values of an example for which there is no rule, each with its place."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from literals(value, rules, (*at, key))
    elif isinstance(expected, list):
        for index, value in enumerate(expected):
            yield from literals(value, rules, (*at, index))
    elif rules.best(at) is None:
        yield at, expected


def impossible(maker: Maker, shape: Shape, expected: Json, rules: Category) -> Iterator[Place]:
    """Where an example has a value that is none of those which the schema lists."""
    for place, value in literals(expected, rules):
        nodes = [node for each in _below(maker, [shape], place) for node in maker.nodes(each)]
        listed = [each for node in nodes if isinstance(node, Values) for each in node.values]
        is_listed = bool(nodes) and all(isinstance(node, Values) for node in nodes)
        if is_listed and not any(values.same(value, each) for each in listed):
            yield place


def _below(maker: Maker, shapes: list[Shape], place: Place) -> list[Shape]:
    for step in place:
        nodes = [node for each in shapes for node in maker.nodes(each)]
        shapes = [below for node in nodes for below in _step(node, step)]
    return shapes


def _step(node: Shape, step: str | int) -> Iterator[Shape]:
    if isinstance(node, Objects) and isinstance(step, str):
        yield value_of(node, step)
    elif isinstance(node, Arrays) and isinstance(step, int):
        yield item_of(node, step)
