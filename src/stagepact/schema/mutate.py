"""Nearly valid, truly invalid instances, each with the constraint that it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from hypothesis import strategies as st

from stagepact.schema.boundaries import Aim, aims
from stagepact.schema.canonical import canonical
from stagepact.schema.dialects import Dialect
from stagepact.schema.generate import strategy_of
from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError
from stagepact.schema.prepared import Prepared, Unsatisfiable, prepare_if_any
from stagepact.schema.sampler import draw_of
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator

_TRIES = 100


@dataclass(frozen=True, slots=True)
class Mutation:
    """An invalid instance, and the constraint that it breaks.

    `instance_pointer` is the place in the value, `schema_pointer` that of the constraint.
    """

    value: Any
    name: str
    keyword: str
    instance_pointer: Pointer
    schema_pointer: Pointer


def mutation_strategy(schema: JsonSchema) -> st.SearchStrategy[Mutation]:
    """Mutations of a 2020-12 schema; `st.nothing()` where no instance is invalid."""
    found = tuple(aim for aim in aims(schema) if not aim.edge.valid)
    if not found:
        return st.nothing()
    validator = Validator(schema)
    made = _Made(found)
    chosen = st.sampled_from(range(len(found))).map(made.reached).flatmap(made.strategy)
    return chosen.filter(lambda mutation: not validator.accepts(mutation.value))


class _Made:
    """The strategy of each aim, made when it is first asked for."""

    def __init__(self, found: Sequence[Aim]) -> None:
        self._aims = found
        self._strategies: dict[int, st.SearchStrategy[Mutation] | None] = {}

    def reached(self, index: int) -> int:
        """The first aim from this one on that some instance hits.

        Raises:
            Unsatisfiable: there is none.
        """
        count = len(self._aims)
        for step in range(count):
            if self._found((index + step) % count) is not None:
                return (index + step) % count
        raise Unsatisfiable("no invalid value is found that is nearly valid")

    def strategy(self, index: int) -> st.SearchStrategy[Mutation]:
        """The mutations of one aim."""
        found = self._found(index)
        return st.nothing() if found is None else found

    def _found(self, index: int) -> st.SearchStrategy[Mutation] | None:
        if index not in self._strategies:
            aim = self._aims[index]
            whole = _prepared(aim)
            self._strategies[index] = (
                None if whole is None else strategy_of(whole).map(partial(_mutation, aim))
            )
        return self._strategies[index]


def _prepared(aim: Aim) -> Prepared | None:
    """The first of an aim's schemas that admits anything, made ready."""
    for schema in aim.schemas:
        try:
            ready = prepare_if_any(canonical(schema), _any)
        except SchemaError:
            continue
        if ready is not None:
            return ready
    return None


def _mutation(aim: Aim, value: Any) -> Mutation:
    return Mutation(value, aim.name, aim.edge.keyword, aim.place.instance, aim.schema_pointer)


def _any(value: object) -> bool:
    return True


def mutations(schema: Any, *, dialect: Dialect | str | None = None) -> st.SearchStrategy[Mutation]:
    """A strategy of nearly valid, truly invalid instances, each with the constraint it breaks.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. Empty where every instance is valid.

    Raises:
        SchemaError: it is no usable schema, or a reference leads outside of it.
    """
    return mutation_strategy(normal_form(schema, dialect=dialect))


def mutated(schema: Any, count: int, seed: int = 0, *, each: int | None = None) -> list[Mutation]:
    """So many mutations, the same for the same seed; fewer where there are no more.

    All edges are visited before one is visited again, and none is more often than `each`.

    Raises:
        SchemaError: it is no usable schema.
    """
    whole = normal_form(schema)
    random, validator = Random(seed), Validator(whole)
    found = [aim for aim in aims(whole) if not aim.edge.valid]
    random.shuffle(found)
    values = [islice(_values(aim, validator, random), each) for aim in found]
    return list(islice(_in_turn(values), count))


def _in_turn(sources: Sequence[Iterator[Mutation]]) -> Iterator[Mutation]:
    """A value of each source, then another of each, until none has any."""
    while sources:
        left = []
        for source in sources:
            for value in islice(source, 1):
                yield value
                left.append(source)
        sources = left


def _values(aim: Aim, validator: Validator, random: Random) -> Iterator[Mutation]:
    """Mutations of one aim; none when chance finds no more."""
    whole = _prepared(aim)
    if whole is None:
        return
    draw, tries = draw_of(whole), 0
    while tries < _TRIES:
        tries += 1
        try:
            value = draw(random)
        except SchemaError:  # so rare that trying takes long
            return
        if not validator.accepts(value):
            tries = 0
            yield _mutation(aim, value)
