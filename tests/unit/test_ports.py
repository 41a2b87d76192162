"""A port whose calls are seen behaves as the port does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from time import perf_counter
from typing import Any

import pytest

from stagepact.observation import Call
from stagepact.observation.ports import seen_port


class Store:
    """A port of every kind of method."""

    kind = "memory"

    def __init__(self) -> None:
        self.items: list[str] = []

    def save(self, key: str, value: str = "", *, twice: bool = False) -> int:
        self.items += [key] * (2 if twice else 1)
        return len(self.items)

    async def load(self, key: str) -> str:
        await asyncio.sleep(0)
        if key not in self.items:
            raise KeyError(key)
        return key

    async def stream(self, count: int) -> AsyncIterator[int]:
        for number in range(count):
            if number == 3:
                raise RuntimeError("torn")
            yield number

    def fail(self) -> None:
        raise ValueError("full")

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Any:
        return iter(self.items)

    def __contains__(self, key: object) -> bool:
        return key in self.items

    def __getitem__(self, key: int) -> str:
        return self.items[key]

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> bool:
        return exc[0] is not None

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.items.clear()

    def __call__(self, word: str) -> str:
        return word.upper()

    def __repr__(self) -> str:
        return "a store"


class Seen:
    """A port with what was written down of it."""

    def __init__(self, port: Any) -> None:
        self.calls: list[Call] = []
        self.port = seen_port("store", port, self.calls.append, perf_counter())

    @property
    def told(self) -> list[tuple[str, dict[str, Any], Any, str]]:
        return [(c.name, dict(c.arguments), c.result, c.error) for c in self.calls]


def test_calls_are_told_with_arguments_by_name_and_results() -> None:
    seen = Seen(Store())
    assert seen.port.save("a", twice=True) == 2
    assert seen.told == [("store.save", {"key": "a", "twice": True}, 2, "")]
    assert seen.calls[0].at >= 0
    assert seen.calls[0].duration >= 0


def test_what_is_awaited_is_told_when_it_has_ended() -> None:
    seen = Seen(Store())
    seen.port.save("a")
    assert asyncio.run(seen.port.load("a")) == "a"
    with pytest.raises(KeyError):
        asyncio.run(seen.port.load("b"))
    assert seen.told[1:] == [
        ("store.load", {"key": "a"}, "a", ""),
        ("store.load", {"key": "b"}, None, "KeyError: 'b'"),
    ]


@pytest.mark.parametrize(("count", "items", "error"), [(2, [0, 1], ""), (5, [0, 1, 2], "torn")])
def test_what_is_streamed_is_told_with_all_items(count: int, items: list[int], error: str) -> None:
    seen = Seen(Store())
    got: list[int] = []

    async def read() -> None:
        async for item in seen.port.stream(count):
            got.append(item)

    if error:
        with pytest.raises(RuntimeError, match=error):
            asyncio.run(read())
    else:
        asyncio.run(read())
    assert got == items
    ((name, arguments, result, told),) = seen.told
    assert (name, arguments, result) == ("store.stream", {"count": count}, items)
    assert error in told


def test_what_is_raised_is_told_and_raised() -> None:
    seen = Seen(Store())
    with pytest.raises(ValueError, match="full"):
        seen.port.fail()
    assert seen.told == [("store.fail", {}, None, "ValueError: full")]


def test_a_wrong_call_is_refused_by_the_port_itself() -> None:
    seen = Seen(Store())
    with pytest.raises(TypeError, match="missing"):
        seen.port.save()
    ((name, arguments, _, error),) = seen.told
    assert (name, arguments) == ("store.save", {})
    assert error.startswith("TypeError")


def test_it_is_what_the_port_is() -> None:
    store = Store()
    seen = Seen(store)
    seen.port.items = ["a", "b"]
    assert store.items == ["a", "b"]
    assert isinstance(seen.port, Store)
    assert (len(seen.port), list(seen.port), "a" in seen.port) == (2, ["a", "b"], True)
    assert (seen.port[1], repr(seen.port), seen.port.kind, bool(seen.port)) == (
        "b",
        "a store",
        "memory",
        True,
    )
    assert seen.calls == []


def test_a_context_is_the_ports_own() -> None:
    store = Store()
    seen = Seen(store)
    with seen.port as inside:
        inside.save("a")
        raise RuntimeError("swallowed by the store")
    assert store.items == ["a"]

    async def inside_async() -> None:
        async with seen.port as other:
            assert other is store

    asyncio.run(inside_async())
    assert store.items == []


@pytest.mark.parametrize(
    ("port", "arguments"),
    [
        (Store(), {"0": "a"}),
        (lambda word: word.upper(), {"word": "a"}),
        (partial(str.upper), {"0": "a"}),
        (str.upper, {"self": "a"}),
    ],
    ids=["object", "function", "partial", "builtin"],
)
def test_a_port_may_be_called_itself(port: Any, arguments: dict[str, str]) -> None:
    seen = Seen(port)
    assert seen.port("a") == "A"
    ((name, told, result, _),) = seen.told
    assert name == "store"
    assert result == "A"
    assert list(told.values()) == list(arguments.values())


@pytest.mark.parametrize("value", [None, 1, "text", [1], {"a": 1}, b"x", 1.5, True, (1,)])
def test_plain_data_stays_as_it_is(value: Any) -> None:
    assert Seen(value).port is value


def test_classes_and_private_names_of_a_port_are_its_own() -> None:
    class Errors:
        Full = ValueError

        @staticmethod
        def shout(word: str) -> str:
            return word.upper()

    seen = Seen(Errors())
    assert seen.port.Full is ValueError
    assert seen.port.shout("a") == "A"
    assert seen.told == [("store.shout", {"word": "a"}, "A", "")]
