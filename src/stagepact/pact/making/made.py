"""A schema as Pact says it: an example, the rules for it, and what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.making.demands import Demands
from stagepact.pact.making.examples import example_of
from stagepact.pact.making.ruled import Lost
from stagepact.pact.making.spots import Spots
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.prepared import prepared


@dataclass(frozen=True, slots=True)
class Made:
    """An example, its matching rules by path as pact files have them, and what they don't say."""

    example: Json
    rules: dict[str, Any]
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """An example that a person wrote; it may be null."""

    value: Json


def made(
    schema: JsonSchema,
    spots: Spots,
    *,
    name: str = "text",
    written: Written | None = None,
    closed: bool = False,
) -> Made:
    """What a schema that stands alone becomes; by the written example where there is one.

    Raises:
        SchemaError: the schema admits no value, or can't be used.
    """
    shapes = prepared(schema).shapes
    example = example_of(schema, spots, name) if written is None else written.value
    demands = Demands(shapes, closed)
    example = demands.walk("$", [shapes.root], example, spots)
    return Made(example, demands.rules, tuple(demands.lost))
