"""Is every instance of one schema an instance of another? Yes, no with a witness, or unknown.

First the algebra of canonical forms; where it doesn't know, a proof by structure, and a search for
a witness. What can't be decided in time is unknown, never a guess.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from time import thread_time
from typing import Any, Literal

from jsonschema_rs import CanonicalSchema
from jsonschema_rs import canonical as rs
from jsonschema_rs.canonical import CanonicalizationError
from jsonschema_rs.canonical import Containment as Covers

from stagepact.schema.boundaries import Aim, aims, boundary_cases
from stagepact.schema.candidates import candidates
from stagepact.schema.canonical import Retrieve, canonical
from stagepact.schema.dialects import Dialect
from stagepact.schema.near import neighbours
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.prepared import prepare
from stagepact.schema.proof import Side, Unproven, proven
from stagepact.schema.sampler import draw_of
from stagepact.schema.source import given
from stagepact.schema.validate import Validator

Answer = Literal["yes", "no", "unknown"]

_SECONDS = 4.0
_SAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Containment:
    """Whether every instance of one schema is one of another.

    A `no` carries a `witness`: an instance of the inner schema that the outer one refuses, checked.
    """

    answer: Answer
    witness: Any = None


def containment(
    outer: JsonSchema,
    inner: JsonSchema,
    *,
    retrieve: Retrieve | None = None,
    draft: int | None = None,
    seconds: float = _SECONDS,
) -> Containment:
    """Whether every instance of `inner` is one of `outer`, found within so many seconds.

    Those are of processor time: what else the machine does changes no answer.

    Both are read by their own `$schema` unless a draft is given.

    Raises:
        SchemaError: one of them is no usable schema.
    """
    until = thread_time() + seconds
    pair = _Pair(
        canonical(outer, draft=draft, retrieve=retrieve),
        canonical(inner, draft=draft, retrieve=retrieve),
        Validator(outer, draft=draft, retrieve=retrieve),
        Validator(inner, draft=draft, retrieve=retrieve),
    )
    covers = _covers(pair.outer, pair.inner)
    if covers == Covers.YES:
        return Containment("yes")
    values = _all_values(pair.inner)
    if values is not None and all(map(pair.takes.accepts, values)):
        return Containment("yes")
    if covers == Covers.UNKNOWN and _is_proven(pair, thread_time() + seconds / 2):
        return Containment("yes")
    for value in _candidates(pair, outer, inner):
        if thread_time() > until:
            break
        if pair.emits.accepts(value) and not pair.takes.accepts(value):
            return Containment("no", value)
    return Containment("unknown")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two schemas, as forms and as validators."""

    outer: CanonicalSchema
    inner: CanonicalSchema
    takes: Validator
    emits: Validator


def _covers(outer: CanonicalSchema, inner: CanonicalSchema) -> Covers:
    try:
        return outer.covers(inner)
    except CanonicalizationError:
        return Covers.UNKNOWN


def _all_values(form: CanonicalSchema) -> list[Any] | None:
    """The values of a form that lists them; none where it doesn't."""
    view = form.view()
    if isinstance(view, rs.ConstView):
        return [view.value]
    return list(view.values) if isinstance(view, rs.EnumView) else None


def _is_proven(pair: _Pair, until: float) -> bool:
    try:
        return proven(Side.of_root(pair.outer), Side.of_root(pair.inner), until)
    except (Unproven, RecursionError):
        return False


def _candidates(pair: _Pair, outer: JsonSchema, inner: JsonSchema) -> Iterator[Any]:
    """Values that may be witnesses: the difference of both, their edges, then anything of inner."""
    with contextlib.suppress(CanonicalizationError):
        yield from _instances(pair.inner.subtract(pair.outer))
    for value in candidates(inner):
        yield value
        yield from neighbours(value)
    yield from _broken(pair, outer)
    for schema, valid in ((outer, False), (inner, True)):
        with contextlib.suppress(SchemaError):
            yield from (case.value for case in boundary_cases(schema) if case.valid is valid)
    try:
        draw = draw_of(prepare(pair.inner, bool, inner))
        random = Random(0)
        yield from islice(iter(lambda: draw(random), _NEVER), _SAMPLES)
    except SchemaError:
        return


def _broken(pair: _Pair, outer: JsonSchema) -> Iterator[Any]:
    """Instances of inner that break one constraint of outer, wherever it stands."""
    with contextlib.suppress(SchemaError):
        for aim in aims(outer):
            yield from outside(aim, pair.inner)


def outside(aim: Aim, form: CanonicalSchema) -> Iterator[Any]:
    """Instances of a form that may be on the wrong side of an edge; none for the right side."""
    for schema in () if aim.edge.valid else aim.schemas:
        with contextlib.suppress(SchemaError, CanonicalizationError):
            yield from _instances(canonical(schema).intersect(form))


def _instances(form: CanonicalSchema) -> Iterator[Any]:
    """A few instances of what was computed of two forms.

    It is read anew, as it is written: in it, `#` still means one of the two.
    """
    schema: Any = form.to_json_schema()
    return candidates(schema)


_NEVER = object()


def contains(
    outer: Any,
    inner: Any,
    *,
    retrieve: Retrieve | None = None,
    dialect: Dialect | str | None = None,
    seconds: float = _SECONDS,
) -> Containment:
    """Whether every instance of `inner` is one of `outer`: yes, no with a witness, or unknown.

    Both are a JSON Schema, a model or a `TypeAdapter`, each read by its `$schema` unless a dialect
    is given. Open objects are open here: close those of a producer (`normalise.closed`) or ask
    `compare`, which does. `seconds` is looked at between the steps of the search.

    Raises:
        SchemaError: one of them is no usable schema.
    """
    one, other = given(outer, dialect), given(inner, dialect)
    return containment(
        one.schema, other.schema, retrieve=retrieve, draft=one.draft, seconds=seconds
    )
