"""Cases that are drawn: Hypothesis strategies of all that contracts permit.

Hypothesis takes a tenth of a second to load, and planning draws nothing, so this module is
loaded by `door.py` when the first strategy is made.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from stagepact.cases.written import Assumption
from stagepact.contract.models import RequestSchemas
from stagepact.contract.request_media import each_media, without_body
from stagepact.schema.engines import Engine
from stagepact.schema.generate import from_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given, Request

Make = Callable[[JsonSchema], st.SearchStrategy[Any]]

ANYTHING_IN_A_PATH: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 64}
_IN_A_FIELD = r"^([!-~]([ -~]*[!-~])?)?$"
_OWN = frozenset({"enum", "const", "format", "pattern"})


def fuzz_cases(
    assumption: Assumption, engine: Engine = "stagepact"
) -> st.SearchStrategy[Case] | None:
    """A strategy of cases that the contracts permit; None when nothing varies.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    if not assumption.varies:
        return None
    base = assumption.base
    made = partial(from_schema, engine=engine)
    if not assumption.inputs and assumption.input is not None:
        return _cases(made(assumption.input), lambda value: replace(base, input=value))
    inputs = st.fixed_dictionaries(
        {name: made(schema) for name, schema in assumption.inputs.items()}
    )
    own = st.none() if assumption.input is None else made(assumption.input)
    return _cases(
        st.tuples(own, inputs), lambda drawn: replace(base, input=drawn[0], inputs=drawn[1])
    )


@st.composite
def _cases(draw: st.DrawFn, values: st.SearchStrategy[Any], given: Callable[[Any], Given]) -> Case:
    """A case of each value. `map` would cost a tenth of a millisecond more."""
    return Case("fuzz", given(draw(values)), "fuzz")


def fuzz_requests(
    template: str,
    schemas: RequestSchemas,
    bundle: Any,
    states: Sequence[str | None],
    engine: Engine = "stagepact",
    *,
    found: bool = False,
) -> st.SearchStrategy[Case]:
    """A strategy of requests that an operation permits, from each of its states.

    Each media type of a body is drawn, and no body where a request may lack it.
    If the path's values are `found` otherwise, half of the cases leave them to that.

    A path parameter without a schema takes the state's value, or any text where no state
    gives one.

    Raises:
        SchemaError: no values can be made of one of the schemas.
    """
    each = [*each_media(schemas)]
    if schemas.without_body == "accepted" and schemas.body is not None:
        each.append(without_body(schemas))
    return st.one_of([_requests(template, one, bundle, states, engine, found) for one in each])


def _requests(
    template: str,
    schemas: RequestSchemas,
    bundle: Any,
    states: Sequence[str | None],
    engine: Engine,
    found: bool,
) -> st.SearchStrategy[Case]:
    parameters = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    required = frozenset(schemas.required)

    def made(schema: JsonSchema) -> st.SearchStrategy[Any]:
        return from_schema(bundle(schema), engine=engine)

    drawn: dict[str, st.SearchStrategy[Any]] = {
        "query": _parameters(schemas.query, made, required),
        "headers": _parameters(schemas.headers, lambda each: made(_in_a_field(each)), required),
        "cookies": _parameters(schemas.cookies, made, required),
    }
    body = st.none() if schemas.body is None else made(schemas.body)
    has_body = schemas.body is not None

    def of_state(state: str | None) -> st.SearchStrategy[Case]:
        path = _path(parameters, schemas.path, made, state is not None, found)
        return _cases(
            st.tuples(path, st.fixed_dictionaries(drawn), body),
            lambda parts: Given(
                state=state,
                request=Request(path=parts[0], body=parts[2], has_body=has_body, **parts[1]),
            ),
        )

    return st.one_of([of_state(state) for state in states])


def _in_a_field(schema: JsonSchema) -> JsonSchema:
    """The schema of a header, whose texts are such as can stand in one (RFC 9110, 5.5)."""
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("anyOf"), list):
        return {**schema, "anyOf": [_in_a_field(each) for each in schema["anyOf"]]}
    if schema.get("type") != "string" or _OWN & set(schema):
        return schema
    return {**schema, "pattern": _IN_A_FIELD}


def _path(
    names: Iterable[str], schemas: Mapping[str, JsonSchema], made: Make, by_state: bool, found: bool
) -> st.SearchStrategy[dict[str, Any]]:
    drawn = {name: made(schemas[name]) for name in names if name in schemas}
    if found:  # what is one of a few values is found anywhere
        few = {name: each for name, each in drawn.items() if is_listed(schemas[name])}
        return st.one_of(st.fixed_dictionaries(few), st.fixed_dictionaries(drawn))
    if by_state:
        # with a state, half of the cases go where the state's things are
        return st.one_of(st.just({}), st.fixed_dictionaries(drawn)) if drawn else st.just({})
    drawn |= {name: made(ANYTHING_IN_A_PATH) for name in names if name not in schemas}
    return st.fixed_dictionaries(drawn)


def is_listed(schema: JsonSchema) -> bool:
    """Whether a schema lists its values."""
    return isinstance(schema, dict) and bool({"enum", "const"} & set(schema))


def simplest(strategy: st.SearchStrategy[Case]) -> Case:
    """The case to which all others of a strategy shrink."""
    # Without a phase that explains: it takes most of the time, and nobody reads what it says.
    phases = (Phase.generate, Phase.shrink)
    few = settings(database=None, max_examples=10, deadline=None, phases=phases)
    return find(strategy, lambda case: True, settings=few, random=random.Random(0))


def _parameters(
    schemas: Mapping[str, JsonSchema], made: Make, required: frozenset[str]
) -> st.SearchStrategy[dict[str, Any]]:
    drawn = {name: made(schema) for name, schema in schemas.items()}
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in drawn.items() if name in required},
        optional={name: strategy for name, strategy in drawn.items() if name not in required},
    )
