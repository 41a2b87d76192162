"""Contracts → cases: what is assumed, and the examples that are written. Draws nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stagepact.contract.models import Example, OperationExample, RequestSchemas
from stagepact.contract.request_media import each_media, without_body
from stagepact.schema import Validator, compile_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given, Request


@dataclass(frozen=True)
class Assumption:
    """What a subject may be given, put together from all blocks that match it.

    Schemas are self-contained. `said` tells whether any contract says anything about it: a
    subject of which nothing is said is not run, for whatever it did would prove nothing.
    """

    said: bool = False
    input: JsonSchema | None = None
    inputs: Mapping[str, JsonSchema] = field(default_factory=dict)
    ports: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def base(self) -> Given:
        """What is the same in every case."""
        return Given(ports=self.ports, config=self.config, context=self.context)

    def admits(self, given: Given) -> bool:
        """Whether what is given is what is assumed."""
        own, inputs = self._validators
        return (own is None or own.accepts(given.input)) and all(
            name in given.inputs and validator.accepts(given.inputs[name])
            for name, validator in inputs.items()
        )

    @cached_property
    def _validators(self) -> tuple[Validator | None, dict[str, Validator]]:
        own = None if self.input is None else compile_schema(self.input)
        return own, {name: compile_schema(schema) for name, schema in self.inputs.items()}

    @property
    def varies(self) -> bool:
        """Whether there is anything to fuzz."""
        return self.input is not None or bool(self.inputs)


def all_of(schemas: Sequence[JsonSchema]) -> JsonSchema | None:
    """One schema that promises what all promise; None for none."""
    distinct = [schema for i, schema in enumerate(schemas) if schema not in schemas[:i]]
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else {"allOf": [_nested(s) for s in distinct]}


def _nested(schema: JsonSchema) -> JsonSchema:
    """A self-contained schema below another: with an `$id` its `#/…` references stay its own."""
    if isinstance(schema, dict) and "$defs" in schema and "$id" not in schema:
        digest = zlib.crc32(json.dumps(schema, sort_keys=True).encode())
        return {"$id": f"urn:stagepact:{digest:08x}", **schema}
    return schema


def example_case(example: Example, assumption: Assumption, ports: Mapping[str, Any]) -> Case:
    """An example as a case, over what is the same in every case; `ports` are its own."""
    values, base = example.given, assumption.base
    given = Given(
        input=values.input,
        inputs=_over(base.inputs, values.inputs),
        ports=_over(base.ports, ports),
        config=_over(base.config, values.config),
        context=_over(base.context, values.context),
    )
    return Case(example.name, given, assumed=assumption.admits(given))


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Both, one's own first; without a copy where only one says anything."""
    return {**base, **own} if base and own else own or base


def operation_case(
    example: OperationExample,
    state: str | None,
    admits: Callable[[Given], bool] = lambda given: True,
) -> Case:
    """An operation's example as a case; the operation's state where it names none.

    `admits` says whether what is given is what is assumed.
    """
    values = example.request
    request = Request(
        path=values.path,
        query=values.query,
        headers=values.headers,
        cookies=values.cookies,
        body=values.body,
        has_body="body" in values.model_fields_set,
        without=tuple(values.without),
        raw=values.raw,
    )
    given = Given(state=example.state or state, request=request, user=example.as_)
    return Case(example.name, given, assumed=admits(given))


@dataclass(frozen=True, slots=True)
class RequestAssumption:
    """What an operation may be asked: what its `request` says of the parts of a request.

    A parameter is text on its way, so a text is admitted for the JSON scalar that it reads as.
    """

    schemas: RequestSchemas
    bundle: Callable[[JsonSchema], JsonSchema]

    def admits(self, given: Given) -> bool:
        """Whether what is given is what is assumed."""
        if self.schemas.without_body == "accepted" and _is_bare(given.request):
            return self._admits(without_body(self.schemas), given.request)
        return any(self._admits(each, given.request) for each in each_media(self.schemas))

    def _admits(self, schemas: RequestSchemas, request: Request) -> bool:
        if schemas.body is not None and not (
            request.has_body and self._accepts(schemas.body, request.body)
        ):
            return False
        required = schemas.required
        headers = _lower(schemas.headers), _lower(request.headers), [*map(str.lower, required)]
        return (
            self._all(schemas.path, request.path, ())  # what isn't given is the state's value
            and self._all(schemas.query, request.query, required)
            and self._all(*headers)
            and self._all(schemas.cookies, request.cookies, required)
        )

    def _all(
        self, said: Mapping[str, JsonSchema], values: Mapping[str, Any], required: Sequence[str]
    ) -> bool:
        return all(
            any(self._accepts(schema, each) for each in _readings(values[name]))
            if name in values
            else name not in required
            for name, schema in said.items()
        )

    def _accepts(self, schema: JsonSchema, value: Any) -> bool:
        return compile_schema(self.bundle(schema)).accepts(value)


def _is_bare(request: Request) -> bool:
    return not request.has_body and request.raw is None


def _lower(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in named.items()}


def _readings(value: Any) -> tuple[Any, ...]:
    """A value; a text also as the JSON scalar that it may stand for."""
    if not isinstance(value, str):
        return (value,)
    try:
        scalar = json.loads(value)
    except ValueError:
        return (value,)
    return (value,) if isinstance(scalar, dict | list) else (value, scalar)
