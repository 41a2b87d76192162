"""A callable as a subject: what it is given, what is made of what it returns, who it is."""

from __future__ import annotations

import asyncio
import functools
import pickle
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Annotated, Any, NamedTuple, Protocol, TypedDict
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, PlainSerializer

from stagepact.adapters import function
from stagepact.adapters.function import Emit, describe, function_subject, schemas_of
from stagepact.observation import Observer
from stagepact.subject import Case, Given, Output, Part, SubjectId, Unfit
from stagepact.subject.json_form import json_form


class FakeProbe:
    """Writes down what it is told; ports come back in a wrapper that can be recognised."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def port(self, name: str, port: Any) -> Any:
        return ("seen", name, port)

    def emit(self, type: str, data: Any) -> None:
        self.events.append((type, data))

    def part(self, name: str, part: Part) -> None: ...

    def now(self) -> float:
        return 0.0


def run(call: Callable[..., Any], probe: FakeProbe | None = None, **given: Any) -> Output:
    subject = function_subject(call, describe(call))

    async def once() -> Output:
        output = await subject(Case("c", Given(**given)), probe or FakeProbe())
        await subject.close()
        return output

    return asyncio.run(once())


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Model(BaseModel):
    size: int
    at: datetime | None = None


@dataclass
class Record:
    name: str
    colour: Colour = Colour.RED


class Typed(TypedDict):
    name: str


class Point(NamedTuple):
    x: int


class Live:
    """Nothing that pydantic knows."""


class Speaks(Protocol):
    def speak(self) -> str: ...


def one(value):  # type: ignore[no-untyped-def]
    return value


def count(value: int) -> int:
    return value


def names(a: int, b: str = "b") -> tuple[int, str]:
    return a, b


def everything(*args: Any, **kwargs: Any) -> list[Any]:
    return [list(args), kwargs]


def named_and_open(name: str, **rest: Any) -> list[Any]:
    return [name, rest]


def front(a: int, /, b: int = 2) -> list[int]:
    return [a, b]


def front_default(a: int = 7, /, *, b: int) -> list[int]:
    return [a, b]


def before_star(a: Any, *rest: Any, **options: Any) -> list[Any]:
    return [a, list(rest), options]


def only_named(*, a: int) -> int:
    return a


def optional(value: int = 5) -> int:
    return value


def nothing() -> str:
    return "done"


@pytest.mark.parametrize(
    ("call", "value", "data"),
    [
        (one, {"any": "thing"}, {"any": "thing"}),
        (one, None, None),
        (count, 3, 3),
        (count, 3.0, 3),
        (optional, None, 5),
        (optional, 6, 6),
        (nothing, None, "done"),
        (nothing, {"unused": 1}, "done"),
        (only_named, 4, 4),
        (names, {"a": 1}, [1, "b"]),
        (names, {"a": 1, "b": "c", "more": 0}, [1, "c"]),
        (names, 1, [1, "b"]),
        (lambda a=1, b=2: [a, b], None, [1, 2]),
        (everything, None, [[], {}]),
        (everything, {"k": 1}, [[], {"k": 1}]),
        (everything, [1, 2], [[1, 2], {}]),
        (everything, 1, [[1], {}]),
        (named_and_open, {"name": "n", "x": 1}, ["n", {"x": 1}]),
        (named_and_open, "n", ["n", {}]),
        (front, {"a": 1, "b": 3}, [1, 3]),
        (front, 1, [1, 2]),
        (front_default, {"b": 1}, [7, 1]),
        (len, [1, 2, 3], 3),
        (functools.partial(names, 9), "z", [9, "z"]),
        (functools.partial(names, b="z"), 1, [1, "z"]),
    ],
)
def test_the_input_goes_to_the_parameters(call: Any, value: Any, data: Any) -> None:
    """A single parameter takes the whole input; several take an object by name."""
    assert run(call, input=value).data == data


def test_parameters_take_what_bears_their_name() -> None:
    """Ports are wrapped, upstreams, context and config are passed, the rest is the input."""

    def stage(store: Live, up: Model, user: str, rate: float, emit: Any, text: str) -> Any:
        emit("seen", {"rate": rate})
        return [store, up.size, user, text]

    probe = FakeProbe()
    output = run(
        stage,
        probe,
        input="hello",
        ports={"store": 1},
        inputs={"up": {"size": 2}},
        context={"user": "ann"},
        config={"rate": 1},
    )
    assert output.data == [["seen", "store", 1], 2, "ann", "hello"]
    assert probe.events == [("seen", {"rate": 1.0})]


def test_emit_is_known_by_its_annotation() -> None:
    """The parameter may have any name when it is annotated with Emit."""

    def stage(publish: Emit) -> None:
        publish("a", 1)

    probe = FakeProbe()
    assert run(stage, probe).data is None
    assert probe.events == [("a", 1)]


def test_what_is_known_by_name_leaves_the_input_to_the_star() -> None:
    """With every named parameter given, `*args` and `**kwargs` take the input."""
    known = {"config": {"a": 0}}
    assert run(before_star, input=[1, 2], **known).data == [0, [1, 2], {}]
    assert run(before_star, input={"k": 1}, **known).data == [0, [], {"k": 1}]


@pytest.mark.parametrize(
    ("annotation", "value", "made"),
    [
        (Model, {"size": 1}, Model(size=1)),
        (Record, {"name": "n", "colour": "red"}, Record("n")),
        (Typed, {"name": "n"}, {"name": "n"}),
        (Colour, "red", Colour.RED),
        (datetime, "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (float, 1, 1.0),
        (Annotated[int, Field(ge=1), []], 1, 1),
        (Model, Model(size=2), Model(size=2)),
        (dict[str, Any], {"a": [1]}, {"a": [1]}),
        (list[Any], [{}], [{}]),
        (Speaks, {"quacks": True}, {"quacks": True}),
        ("Unknown", 1, 1),  # a name that nobody defined asks for nothing
    ],
)
def test_json_becomes_what_the_annotation_asks_for(annotation: Any, value: Any, made: Any) -> None:
    """Models, dataclasses, enums and datetimes are made; live objects are passed as they are."""

    def stage(value):  # type: ignore[no-untyped-def]
        return value

    stage.__annotations__ = {"value": annotation}
    raw = run(stage, input=value).raw
    assert raw == made
    assert type(raw) is type(made)


@pytest.mark.parametrize("annotation", [dict, list, dict[str, Any], list[Any], Any, object])
def test_plain_json_is_passed_untouched(annotation: Any) -> None:
    """The very object is passed on, so that an observer sees it changed."""

    def stage(value):  # type: ignore[no-untyped-def]
        return value

    stage.__annotations__ = {"value": annotation}
    value: Any = [1] if annotation in (list, list[Any]) else {"a": 1}
    assert run(stage, input=value).raw is value


@pytest.mark.parametrize(
    ("call", "value", "words"),
    [
        (count, "many", "value: input should be a valid integer"),
        (count, None, "no value for value; value: input should be a valid integer"),
        (names, None, "no value for a; a: input should be a valid integer"),
        (names, {"b": "x"}, "a: input should be a valid integer"),
        (lambda a, b, c=0: a, {"a": 1}, "no value for b: the input is dict"),
        (lambda a, b: a, None, "no value for a, b: the input is nothing"),
        (lambda a, b: a, [1, 2], "no value for a, b: the input is list"),
        (lambda a=1, b=2: a, 5, "no value for a, b: the input is int"),
    ],
)
def test_what_the_callable_cannot_take_is_unfit(call: Any, value: Any, words: str) -> None:
    """The case is discarded, and the callable isn't blamed."""
    with pytest.raises(Unfit) as refused:
        run(call, input=value)
    assert words in str(refused.value)


def test_a_place_inside_the_value_is_told() -> None:
    """The message names the member that a model refuses, and types that only instances fit."""

    def stage(value: Model) -> None: ...

    def live(value: Live) -> None: ...

    with pytest.raises(Unfit, match=r"value/size: input should be a valid integer"):
        run(stage, input={"size": "big"})
    with pytest.raises(Unfit, match=r"instance of Live"):
        run(live, input={})


def test_the_only_parameter_takes_the_whole_input() -> None:
    """Who gave it by its name is told so."""

    def estimate(size: float) -> float:
        return size

    assert run(estimate, input=2.0) == Output(data=2.0, raw=2.0)
    with pytest.raises(Unfit, match=r"valid number; size is the only parameter, which takes"):
        run(estimate, input={"size": 2.0})
    with pytest.raises(Unfit, match=r"parse string as a number$"):
        run(estimate, input="x")


class Adder:
    def __call__(self, value: int) -> int:
        return value + 1

    async def method(self, value: int) -> int:
        return value + 2


async def later(value: int) -> int:
    await asyncio.sleep(0)
    return value


def items(value: int) -> Iterator[Colour]:
    yield from [Colour.RED] * value


async def items_later(value: int) -> AsyncIterator[int]:
    for item in range(value):
        yield item


def promise(value: int) -> Awaitable[int]:
    return later(value)


@pytest.mark.parametrize(
    ("call", "data", "raw"),
    [
        (Adder(), 3, 3),
        (Adder().method, 4, 4),
        (later, 2, 2),
        (promise, 2, 2),
        (items, ["red", "red"], [Colour.RED, Colour.RED]),
        (items_later, [0, 1], [0, 1]),
        (functools.partial(later), 2, 2),
    ],
)
def test_every_kind_of_callable_runs(call: Any, data: Any, raw: Any) -> None:
    """Coroutines are awaited, and what a generator yields becomes a list."""
    assert run(call, input=2) == Output("ok", data, raw)


def test_endless_generators_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator without an end is closed, and the output says so."""
    monkeypatch.setattr(function, "MOST_ITEMS", 3)

    def forever() -> Iterator[int]:
        while True:
            yield 1

    async def forever_later() -> AsyncIterator[int]:
        while True:
            yield 1

    expected = Output("ok", [1, 1, 1], [1, 1, 1], "stopped after 3 items")
    assert run(forever) == run(forever_later) == expected


def test_what_the_callable_raises_is_raised() -> None:
    """Nothing is caught: what a subject raises is for the observer."""

    def stage(value: int) -> None:
        raise SystemExit(value)

    with pytest.raises(SystemExit):
        run(stage, input=3)


def stops(value: Any) -> Any:
    return next(iter(()))


async def stops_later(value: Any) -> Any:
    return next(iter(()))


@pytest.mark.parametrize(
    ("call", "raised"),
    [(stops, "StopIteration"), (stops_later, "RuntimeError")],
)
def test_a_stop_iteration_is_told_as_python_would(call: Any, raised: str) -> None:
    """A coroutine's own becomes another error (PEP 479); a plain function's doesn't."""
    with Observer() as observer:
        seen = observer.observe(function_subject(call, describe(call)), Case("one"))
    assert seen.error is not None
    assert seen.error.type == raised


def test_a_subject_is_a_value_that_travels() -> None:
    """Equal by callable and id, also after it was pickled."""
    subject = function_subject(count, describe(count))
    assert pickle.loads(pickle.dumps(subject)) == subject
    assert subject.event_name == "{type}"


LOOP: list[Any] = []
LOOP.append(LOOP)
NESTED: Any = {"a": [1, {"b": None}]}


class Unserialisable(BaseModel):
    value: Annotated[int, PlainSerializer(lambda _: object())] = 1


@pytest.mark.parametrize("value", [NESTED, "x", 1, 1.5, True, None, b"raw", {1, 2}, LOOP, Live()])
def test_what_is_json_or_never_can_be_stays(value: Any) -> None:
    """The same object comes back, so the check on JSON can find what is none."""
    assert json_form(value) is value


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Model(size=1), {"size": 1, "at": None}),
        (Record("n"), {"name": "n", "colour": "red"}),
        ({"a": Colour.RED, "b": 1}, {"a": "red", "b": 1}),
        ({Colour.RED: Level.LOW}, {"red": 1}),
        (MappingProxyType({"a": (1,)}), {"a": [1]}),
        ([Point(1), "x"], [[1], "x"]),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (timedelta(seconds=1), "PT1S"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (Decimal("1.5"), "1.5"),
        (PurePosixPath("a/b"), "a/b"),
        (IPv4Address("127.0.0.1"), "127.0.0.1"),
    ],
)
def test_known_types_have_a_json_form(value: Any, form: Any) -> None:
    """It is the form that the type's JSON Schema describes."""
    assert json_form(value) == form


def test_a_model_that_does_not_serialise_stays() -> None:
    """Its serialiser's failure is left for the check to tell."""
    value = Unserialisable()
    assert json_form(value) is value


def test_structs_are_asked_of_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A msgspec Struct becomes builtins when msgspec is loaded; it is never imported for that."""

    class Struct:
        __struct_fields__ = ("a",)

    value = Struct()
    library = SimpleNamespace(to_builtins=lambda struct: {"a": 1})
    monkeypatch.setitem(sys.modules, "msgspec", library)
    assert json_form(value) == {"a": 1}


@pytest.mark.parametrize(
    ("call", "name", "qualname"),
    [
        (count, "count", "count"),
        (functools.partial(functools.partial(names, 1), "b"), "names", "names"),
        (Adder(), "Adder", "Adder"),
        (Adder().method, "method", "Adder.method"),
    ],
)
def test_a_callable_is_described_by_its_code(call: Any, name: str, qualname: str) -> None:
    """The identity is where the code stands; wrappers have none of their own."""
    assert describe(call) == SubjectId(name, f"{__name__}:{qualname}", "function")


def with_models(text: Model, live: Speaks, emit: Emit, more: list[Record] = []) -> Model: ...  # type: ignore[empty-body]  # noqa: B006


def test_schemas_come_from_annotations() -> None:
    """One parameter's schema is the input's; several make an object; ports are left out."""
    assert schemas_of(count) == ({"type": "integer"}, {"type": "integer"})
    given, output = schemas_of(with_models)
    assert given["required"] == ["text"]
    assert set(given["properties"]) == {"text", "more"}
    assert set(given["$defs"]) == {"Colour", "Record"}
    assert output["properties"]["size"]["type"] == "integer"


@pytest.mark.parametrize(
    ("call", "schemas"),
    [
        (one, (None, None)),
        (nothing, (None, {"type": "string"})),
        (names.__class__, (None, None)),
        (items_later, ({"type": "integer"}, {"items": {"type": "integer"}, "type": "array"})),
        (later, ({"type": "integer"}, {"type": "integer"})),
        (promise, ({"type": "integer"}, {"type": "integer"})),
        (Adder(), ({"type": "integer"}, {"type": "integer"})),
        (min, (None, None)),
        (only_named, ({"type": "integer"}, {"type": "integer"})),
    ],
)
def test_schemas_tell_what_comes_out_in_the_end(call: Any, schemas: Any) -> None:
    """Items of a generator are a list, a coroutine's result is the output; silence is None."""
    assert schemas_of(call) == schemas


def test_a_builtin_that_tells_nothing_takes_the_input() -> None:
    """`min` has no signature; it is called with the input alone."""
    assert run(min, input=[2, 1]).data == 1


def mappings(value: Mapping[str, int]) -> int:
    return sum(value.values())


def test_mappings_are_checked_by_member() -> None:
    """An annotation that says more than JSON does is enforced."""
    assert run(mappings, input={"a": 1}).data == 1
    with pytest.raises(Unfit, match="value/a"):
        run(mappings, input={"a": "x"})


def test_a_plain_function_may_run_a_loop_of_its_own() -> None:
    """It is called as outside of any loop; what is written with `async` has the running one."""

    async def inner(value: int) -> int:
        return value + 1

    def outer(value: int) -> int:
        return asyncio.run(inner(value))

    async def has_a_loop(value: int) -> bool:
        return asyncio.get_running_loop().is_running()

    assert run(outer, input=1).data == 2
    assert run(has_a_loop, input=1).data is True
    assert run(functools.partial(has_a_loop), input=1).data is True
