"""`inject_fault`: places in the code fail while a block runs, and are as before afterwards."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nests import cancelled, ended

from stagepact.faults import (
    FaultTargetError,
    FaultTermError,
    FaultType,
    InjectedFault,
    Journal,
    VirtualClock,
    inject_fault,
)


class Base:
    def inherited(self) -> str:
        return "inherited"

    @staticmethod
    def static() -> str:
        return "static"

    @classmethod
    def of_class(cls) -> str:
        return cls.__name__


class Client(Base):
    def __init__(self) -> None:
        self.port = Base()

    def ask(self) -> str:
        return "asked"

    async def ask_later(self) -> str:
        return "asked"


class Slotted:
    __slots__ = ()

    def ask(self) -> str:
        return "asked"


client = Client()
HERE = __name__


def state() -> tuple[Any, ...]:
    owners = (client, Client, Base)
    return (id(globals()["client"]), *(dict(vars(each)) for each in owners))


@pytest.mark.parametrize(
    "target",
    [f"{HERE}:client", f"{HERE}:client.ask", f"{HERE}:Client.ask", (Client, "ask"), client],
)
def test_a_place_fails_while_the_block_runs(target: Any) -> None:
    before = state()
    with inject_fault(target, FaultType.TIMEOUT) as injected:
        with pytest.raises(TimeoutError):
            client.ask()
        assert [each.call for each in injected.fired] == [1]
    assert client.ask() == "asked"
    assert state() == before


@pytest.mark.parametrize("name", ["static", "of_class", "inherited"])
def test_all_sorts_of_methods_fail_and_come_back(name: str) -> None:
    before = state()
    with inject_fault((Client, name), "error"), pytest.raises(InjectedFault):
        getattr(Client(), name)()
    assert state() == before
    assert Client.static() == "static"
    assert Client.of_class() == "Client"


def test_what_was_asked_of_the_fault_is_so() -> None:
    clock = VirtualClock()
    with inject_fault(
        client, FaultType.TIMEOUT, duration_ms=5000, message="no answer", clock=clock, times=1
    ):
        with pytest.raises(TimeoutError, match="no answer"):
            client.ask()
        assert client.ask() == "asked"
    assert clock.now == 5


def test_an_exception_of_the_provider_s_own_is_raised() -> None:
    with inject_fault(client, "error x1", error=KeyError("quota")), pytest.raises(KeyError):
        client.ask()


def test_an_asynchronous_method_fails_when_it_is_awaited() -> None:
    async def run() -> str:
        with inject_fault(client, "error"):
            later = client.ask_later()
        return await later  # it was lifted before

    assert asyncio.run(run()) == "asked"


def test_until_ends_it() -> None:
    over: list[int] = []
    with inject_fault(client, "error", until=lambda: bool(over)):
        with pytest.raises(InjectedFault):
            client.ask()
        over.append(1)
        assert client.ask() == "asked"


def test_lifting_ends_it_inside_of_the_block() -> None:
    with inject_fault(client, "error") as injected:
        injected.lift()
        assert client.ask() == "asked"
    assert injected.fired == ()


def test_nested_faults_share_a_journal() -> None:
    journal = Journal()
    with (
        inject_fault((client, "ask"), "error x1", journal=journal),
        inject_fault((client, "ask"), "ok x1 then timeout", journal=journal),
    ):
        for expected in (InjectedFault, TimeoutError):
            with pytest.raises(expected):
                client.ask()
    assert [each.kind for each in journal.entries] == ["error", "timeout"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("nowhere:client", "can't be imported"),
        (f"{HERE}:clint", "did you mean `client`"),
        (f"{HERE}:client.aks", "did you mean `ask`"),
        ("client", "is no place in the code"),
        ((client, "aks"), "did you mean `ask`"),
        (Slotted(), "can't be replaced"),
        (7, "can't be replaced|no public methods"),
    ],
)
def test_a_target_that_doesn_t_resolve_is_an_error(target: Any, found: str) -> None:
    before = state()
    with pytest.raises(FaultTargetError, match=found), inject_fault(target, "error"):
        pass
    assert state() == before


def test_a_text_that_says_no_fault_is_an_error() -> None:
    with pytest.raises(FaultTermError), inject_fault(client, "eror"):
        pass


TARGETS: tuple[Any, ...] = (
    f"{HERE}:client", f"{HERE}:client.ask", (client, "ask"), (Client, "ask"), (Client, "static"),
    client,
)  # fmt: skip
NESTS = st.lists(
    st.tuples(st.sampled_from(TARGETS), st.sampled_from(["error", "timeout", "hang", "null"])),
    max_size=5,
)


@given(NESTS, st.booleans(), st.data())
def test_all_is_as_before_however_blocks_end(
    nest: list[tuple[Any, str]], raises: bool, data: st.DataObject
) -> None:
    before = state()
    blocks = [inject_fault(target, kind) for target, kind in nest]
    ended(blocks, data.draw(st.permutations(blocks)), raises)
    assert state() == before
    assert client.ask() == "asked"


@given(NESTS)
def test_all_is_as_before_when_a_task_is_cancelled(nest: list[tuple[Any, str]]) -> None:
    before = state()

    cancelled(nest)
    assert state() == before


def test_all_is_as_before_when_threads_inject_at_once() -> None:
    before = state()
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(50):
                with inject_fault(TARGETS[(number + step) % len(TARGETS)], "ok"):
                    assert client.ask() == "asked"
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert faults == []
    assert state() == before
