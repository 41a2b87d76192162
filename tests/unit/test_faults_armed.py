"""Armed things: each is such a thing, fails as it is told, and writes down what it did."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from stagepact.faults import (
    Arm,
    Clock,
    Course,
    FaultTermError,
    FaultType,
    HTTPFault,
    InjectedFault,
    Journal,
    RealClock,
    VirtualClock,
    armed,
    fault_steps,
)


class Port:
    """A dependency in all of its forms."""

    rate = 16_000

    def __init__(self) -> None:
        self.calls = 0

    def text(self) -> str:
        self.calls += 1
        return "abcd"

    async def listed(self) -> list[int]:
        self.calls += 1
        return [1, 2, 3]

    def words(self) -> Iterator[str]:
        yield from ("one", "two", "three")

    async def chunks(self) -> AsyncIterator[bytes]:
        for each in (b"ab", b"cd", b"ef"):
            yield each

    def __call__(self, value: int) -> int:
        return value + 1

    def __len__(self) -> int:
        return 3


def arm(text: str, **more: Any) -> Arm:
    return Arm("port", Course(fault_steps(text)), Journal(), **more)


def told(given: Arm) -> list[str]:
    return [str(each) for each in given.journal.entries]


def test_an_armed_object_is_such_an_object() -> None:
    port = armed(Port(), [arm("ok")])
    assert isinstance(port, Port)
    assert (port.rate, len(port), port(1), port.text()) == (16_000, 3, 2, "abcd")
    port.rate = 8
    assert port.rate == 8


def test_an_armed_function_is_of_the_same_kind() -> None:
    def plain(value: int) -> int:
        return value

    async def later(value: int) -> int:
        return value

    async def chunks() -> AsyncIterator[int]:
        yield 1

    def words() -> Iterator[int]:
        yield 1

    given = [arm("ok")]
    assert armed(plain, given)(3) == 3
    assert inspect.iscoroutinefunction(armed(later, given))
    assert inspect.isasyncgenfunction(armed(chunks, given))
    assert inspect.isgeneratorfunction(armed(words, given))
    assert inspect.signature(armed(plain, given)) == inspect.signature(plain)


def test_a_class_makes_armed_things() -> None:
    made = armed(Port, [arm("error")])()
    assert isinstance(made, Port)
    with pytest.raises(InjectedFault):
        made.text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeout", TimeoutError),
        ("error", InjectedFault),
        ("cancelled", asyncio.CancelledError),
        ("connection-refused", ConnectionRefusedError),
        ("connection-reset", ConnectionResetError),
        ("connection-lost", ConnectionAbortedError),
        ("no-such-file", FileNotFoundError),
        ("permission-denied", PermissionError),
        ("disk-full", OSError),
        ("too-many-files", OSError),
        ("no-memory", MemoryError),
        ("pool-exhausted", TimeoutError),
        ("429", HTTPFault),
        ("503", HTTPFault),
    ],
)
def test_a_fault_raises_what_the_thing_itself_would(text: str, expected: type) -> None:
    given, inner = arm(text), Port()
    with pytest.raises(expected):
        armed(inner, [given]).text()
    with pytest.raises(expected):
        asyncio.run(armed(inner, [given]).listed())
    assert told(given) == [f"{text} at call 1 of port.text", f"{text} at call 2 of port.listed"]
    assert inner.calls == 0


def test_an_http_fault_has_the_names_that_clients_use() -> None:
    fault = HTTPFault(429, "slow down", 3)
    assert (fault.status_code, fault.response.status_code, fault.headers) == (
        429,
        429,
        {"retry-after": "3"},
    )


Pair = namedtuple("Pair", "left right")


@dataclass
class Said:
    text: str
    confidence: float


class Model(BaseModel):
    text: str
    words: list[str]


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("null", "abcd", None),
        ("empty", "abcd", ""),
        ("empty", {"a": 1}, {}),
        ("empty", Said("abcd", 0.5), Said("", 0.5)),
        ("empty", Model(text="a", words=["b"]), Model(text="", words=[])),
        ("empty", Pair("ab", 1), Pair("", 1)),
        ("wrong-type", "abcd", 7),
        ("wrong-type", {"a": 1}, []),
        ("wrong-type", True, "text"),
        ("truncated", "abcd", "ab"),
        ("truncated", [1, 2, 3, 4], [1, 2]),
        ("truncated", {"a": 1, "b": 2}, {"a": 1}),
        ("half-a-body", b"abcd", b"ab"),
        ("malformed", "abcd", "ab\ufffd{\x00"),
        ("duplicated", [1, 2], [1, 1, 2, 2]),
        ("out-of-order", (1, 2), (2, 1)),
    ],
)
def test_a_value_is_spoiled(text: str, value: Any, expected: Any) -> None:
    given = arm(text)
    assert armed(lambda: value, [given])() == expected
    assert told(given) == [f"{text} at call 1 of port"]


@pytest.mark.parametrize(
    ("text", "value"), [("empty", ""), ("out-of-order", [1]), ("truncated", 7), ("empty", 7)]
)
def test_what_can_t_be_spoiled_so_fires_nothing(text: str, value: Any) -> None:
    given = arm(text)
    assert armed(lambda: value, [given])() == value
    assert told(given) == []


def test_what_has_no_items_is_delivered_twice() -> None:
    inner = Port()
    assert armed(inner, [arm("duplicated")]).text() == "abcd"
    assert inner.calls == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("empty", []),
        ("null", [None, None, None]),
        ("wrong-type", [7, 7, 7]),
        ("truncated", ["one", "two"]),
        ("duplicated", ["one", "one", "two", "two", "three", "three"]),
        ("out-of-order", ["two", "one", "three"]),
    ],
)
def test_a_stream_is_spoiled_item_by_item(text: str, expected: list[Any]) -> None:
    given = arm(text)
    assert list(armed(Port(), [given]).words()) == expected
    assert told(given) == [f"{text} at call 1 of port.words"]


def test_a_stream_has_begun_before_its_connection_breaks() -> None:
    got: list[bytes] = []

    async def hear() -> None:
        async for chunk in armed(Port(), [arm("connection-reset")]).chunks():
            got.append(chunk)

    with pytest.raises(ConnectionResetError):
        asyncio.run(hear())
    assert got == [b"ab"]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("error x2", "xx.."),
        ("error x1 then timeout", "xttt"),
        ("error x1 then ok", "x..."),
        ("ok x2 then error", "..xx"),
        ("error every 3", "..x..x"),
        ("intermittent", "x.x."),
        ("ok", "...."),
    ],
)
def test_a_text_says_at_which_calls(text: str, calls: str) -> None:
    course = Course(fault_steps(text))
    marks = {None: ".", FaultType.TIMEOUT: "t"}
    seen = [fault and fault.kind for _, fault in (course.next() for _ in calls)]
    assert "".join(marks.get(each, "x") for each in seen) == calls


def test_a_share_of_the_calls_is_the_same_for_a_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        course = Course(fault_steps("error 20%"), seed)
        return [course.next()[1] is not None for _ in range(1000)]

    assert strikes(3) == strikes(3) != strikes(4)
    assert 130 < sum(strikes(3)) < 270


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("timeot", "did you mean `timeout`?"),
        ("error then ok", "`error` without `x5` never ends"),
        ("error x0", "says no fault"),
        ("error 0%", "no share"),
        ("", "says no fault"),
        ("sloow 3", "says no fault"),
    ],
)
def test_a_text_that_says_no_fault_is_told(text: str, found: str) -> None:
    with pytest.raises(FaultTermError, match=found):
        fault_steps(text)


def test_slow_and_hang_wait_on_the_clock_they_are_given() -> None:
    clock = VirtualClock()
    given = arm("slow 20m", clock=clock)
    assert armed(Port(), [given]).text() == "abcd"
    assert asyncio.run(armed(Port(), [given]).listed()) == [1, 2, 3]
    assert clock.now == 2400
    assert len(told(given)) == 2


def test_a_time_out_comes_after_its_seconds() -> None:
    clock = VirtualClock()
    with pytest.raises(TimeoutError, match="timed out"):
        armed(Port(), [arm("timeout 5s", clock=clock)]).text()
    assert clock.now == 5


@pytest.mark.parametrize("clock", [VirtualClock(), RealClock()], ids=["virtual", "real"])
def test_what_hangs_goes_on_when_it_is_lifted(clock: Clock) -> None:
    given = arm("hang", clock=clock)

    async def run() -> list[int]:
        task = asyncio.create_task(armed(Port(), [given]).listed())
        await asyncio.sleep(0)
        assert not task.done()
        given.lifted.set()
        return await task

    assert asyncio.run(run()) == [1, 2, 3]


def test_only_the_methods_that_are_named_fail() -> None:
    port = armed(Port(), [arm("error", methods=frozenset({"listed"}))])
    assert port.text() == "abcd"
    with pytest.raises(InjectedFault):
        asyncio.run(port.listed())


def test_of_two_arms_the_last_that_has_a_fault_strikes_and_both_count() -> None:
    outer, inner = arm("error x1"), arm("ok x1 then timeout")
    port = armed(Port(), [outer, inner])
    with pytest.raises(InjectedFault):
        port.text()
    with pytest.raises(TimeoutError):
        port.text()
    assert told(outer) == ["error at call 1 of port.text"]
    assert told(inner) == ["timeout at call 2 of port.text"]


def test_a_method_that_is_replaced_later_is_the_one_that_is_called() -> None:
    inner = Port()
    port = armed(inner, [arm("ok")])
    assert port.text() == "abcd"
    inner.text = lambda: "of the object"
    assert port.text() == "of the object"
    port.text = lambda: "through the proxy"
    assert port.text() == "through the proxy"
    del inner.text
    assert port.text() == "abcd"


def test_each_call_in_threads_has_a_number_of_its_own() -> None:
    course = Course(fault_steps("ok x500 then error x500"))
    seen: list[tuple[int, bool]] = []

    def work() -> None:
        for _ in range(250):
            number, fault = course.next()
            seen.append((number, fault is not None))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(seen) == [(number, 500 < number <= 1000) for number in range(1, 1501)]
    assert course.is_over
