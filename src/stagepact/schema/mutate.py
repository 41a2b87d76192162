"""Nearly valid, truly invalid instances, each with the constraint that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as given_
from hypothesis import seed as seed_
from hypothesis import strategies as st

from stagepact.schema.boundaries import Aim, aims
from stagepact.schema.canonical import canonical
from stagepact.schema.dialects import Dialect
from stagepact.schema.generate import strategy_of
from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError
from stagepact.schema.prepared import prepare
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator


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
    made = _Made(found, schema)
    chosen = st.sampled_from(range(len(found))).filter(made.is_reached).flatmap(made.strategy)
    return chosen.filter(lambda mutation: not validator.accepts(mutation.value))


class _Made:
    """The strategy of each aim, made when it is first asked for."""

    def __init__(self, found: Sequence[Aim], schema: JsonSchema) -> None:
        self._aims = found
        self._schema = schema
        self._strategies: dict[int, st.SearchStrategy[Mutation] | None] = {}

    def is_reached(self, index: int) -> bool:
        """Whether any instance hits the aim."""
        return self._found(index) is not None

    def strategy(self, index: int) -> st.SearchStrategy[Mutation]:
        """The mutations of one aim."""
        found = self._found(index)
        return st.nothing() if found is None else found

    def _found(self, index: int) -> st.SearchStrategy[Mutation] | None:
        if index not in self._strategies:
            self._strategies[index] = self._of(self._aims[index])
        return self._strategies[index]

    def _of(self, aim: Aim) -> st.SearchStrategy[Mutation] | None:
        for schema in aim.schemas:
            try:
                values = strategy_of(prepare(canonical(schema), _any, schema))
            except SchemaError:
                continue
            return values.map(
                lambda value: Mutation(
                    value, aim.name, aim.edge.keyword, aim.place.instance, aim.schema_pointer
                )
            )
        return None


def _any(value: object) -> bool:
    return True


def mutations(schema: Any, *, dialect: Dialect | str | None = None) -> st.SearchStrategy[Mutation]:
    """A strategy of nearly valid, truly invalid instances, each with the constraint it breaks.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. Empty where every instance is valid.

    Raises:
        SchemaError: it is no usable schema, or a reference leads outside of it.
    """
    return mutation_strategy(normal_form(schema, dialect=dialect))


def mutated(schema: Any, count: int, seed: int = 0) -> list[Mutation]:
    """So many mutations, the same for the same seed; fewer where there are no more.

    Raises:
        SchemaError: it is no usable schema.
    """
    found: list[Mutation] = []
    made = mutations(schema)
    while len(found) < count and not made.is_empty:
        wanted = min(_BATCH, count - len(found))
        some = _drawn(made, wanted, f"{seed} {len(found)}")
        found += some
        if len(some) < wanted:
            break
    return found


_BATCH = 20
"""Hypothesis tries what it has drawn again, somewhat changed: of one long run, few are new."""


def _drawn(made: st.SearchStrategy[Mutation], count: int, seed: str) -> list[Mutation]:
    found: list[Mutation] = []

    @given_(made)
    def take(mutation: Mutation) -> None:
        found.append(mutation)

    settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(seed_(seed)(take))()
    return found[:count]
