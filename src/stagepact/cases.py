"""Contracts → cases: the written examples, and a strategy of everything that is permitted."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from stagepact.contract.models import Example, OperationExample, RequestSchemas
from stagepact.schema import compile_schema, from_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given, Request

ANYTHING_IN_A_PATH: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 64}


@dataclass(frozen=True, slots=True)
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

    @property
    def base(self) -> Given:
        """What is the same in every case."""
        return Given(ports=self.ports, config=self.config, context=self.context)

    def admits(self, given: Given) -> bool:
        """Whether what is given is what is assumed."""
        if self.input is not None and not compile_schema(self.input).accepts(given.input):
            return False
        return all(
            name in given.inputs and compile_schema(schema).accepts(given.inputs[name])
            for name, schema in self.inputs.items()
        )

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
    given = replace(
        base,
        input=values.input,
        inputs={**base.inputs, **values.inputs},
        ports={**base.ports, **ports},
        config={**base.config, **values.config},
        context={**base.context, **values.context},
    )
    return Case(example.name, given, assumed=assumption.admits(given))


def operation_case(example: OperationExample, state: str | None) -> Case:
    """An operation's example as a case; the operation's state where it names none."""
    values = example.request
    request = Request(
        path=values.path,
        query=values.query,
        headers=values.headers,
        cookies=values.cookies,
        body=values.body,
        has_body="body" in values.model_fields_set,
    )
    return Case(example.name, Given(state=example.state or state, request=request))


def fuzz_cases(assumption: Assumption) -> st.SearchStrategy[Case] | None:
    """A strategy of cases that the contracts permit; None when nothing varies.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    if not assumption.varies:
        return None
    base = assumption.base
    if not assumption.inputs and assumption.input is not None:
        return from_schema(assumption.input).map(
            lambda value: Case("fuzz", replace(base, input=value), "fuzz")
        )
    inputs = st.fixed_dictionaries(
        {name: from_schema(schema) for name, schema in assumption.inputs.items()}
    )
    own = st.none() if assumption.input is None else from_schema(assumption.input)
    return st.tuples(own, inputs).map(
        lambda drawn: Case("fuzz", replace(base, input=drawn[0], inputs=drawn[1]), "fuzz")
    )


def fuzz_requests(
    template: str, schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> st.SearchStrategy[Case]:
    """A strategy of requests that an operation permits, from each of its states.

    A path parameter without a schema takes the state's value, or any text where no state
    gives one.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    parameters = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    required = frozenset(schemas.required)
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "query": _parameters(schemas.query, bundle, required),
        "headers": _parameters(schemas.headers, bundle, required),
        "cookies": _parameters(schemas.cookies, bundle, required),
    }
    body = st.none() if schemas.body is None else from_schema(bundle(schemas.body))
    has_body = schemas.body is not None

    def of_state(state: str | None) -> st.SearchStrategy[Case]:
        path = _path(parameters, schemas.path, bundle, state)
        return st.tuples(path, st.fixed_dictionaries(drawn), body).map(
            lambda parts: Case(
                "fuzz",
                Given(
                    state=state,
                    request=Request(path=parts[0], body=parts[2], has_body=has_body, **parts[1]),
                ),
                "fuzz",
            )
        )

    return st.one_of([of_state(state) for state in states])


def _path(
    names: Iterable[str], schemas: Mapping[str, JsonSchema], bundle: Any, state: str | None
) -> st.SearchStrategy[dict[str, Any]]:
    drawn = {name: from_schema(bundle(schemas[name])) for name in names if name in schemas}
    if state is not None:
        # with a state, half of the cases go where the state's things are
        return st.one_of(st.just({}), st.fixed_dictionaries(drawn)) if drawn else st.just({})
    drawn |= {name: from_schema(ANYTHING_IN_A_PATH) for name in names if name not in schemas}
    return st.fixed_dictionaries(drawn)


def _parameters(
    schemas: Mapping[str, JsonSchema], bundle: Any, required: frozenset[str]
) -> st.SearchStrategy[dict[str, Any]]:
    made = {name: from_schema(bundle(schema)) for name, schema in schemas.items()}
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in made.items() if name in required},
        optional={name: strategy for name, strategy in made.items() if name not in required},
    )
