"""A real Redis behind the TCP proxy, broken in each way that its client has to bear."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from databases_running import redis as running
from redis.backoff import NoBackoff
from redis.retry import Retry

from stagepact.faults import TcpProxy, tcp_proxy
from stagepact.faults.toxics import Latency, LimitData, ResetPeer, Slicer, Timeout

pytestmark = pytest.mark.slow
LARGE = bytes(range(256)) * 4000


def connected(port: int, tries: int = 0, **how: Any) -> Any:
    """A client that tries again so many times."""
    return redis.Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), tries), **how)


def answers(port: int) -> bool:
    try:
        with connected(port) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with running(answers) as port:
        yield port


@pytest.fixture
def proxy(server: int) -> Iterator[TcpProxy]:
    with tcp_proxy("127.0.0.1", server) as made:
        yield made


def told(proxy: TcpProxy) -> list[tuple[str, str]]:
    return [(each.kind, each.method) for each in proxy.journal.entries]


def test_all_goes_through_as_it_is(proxy: TcpProxy) -> None:
    with connected(proxy.port) as client:
        client.set("large", LARGE)
        assert client.get("large") == LARGE
    assert told(proxy) == []


@pytest.mark.parametrize(("toxic", "kind"), [(Latency(latency=60), "slow"), (Timeout(), "timeout")])
def test_a_late_server_meets_the_client_s_time_out(proxy: TcpProxy, toxic: Any, kind: str) -> None:
    with connected(proxy.port, socket_timeout=2) as client:
        assert client.ping()
        with proxy.toxic(toxic), pytest.raises(redis.TimeoutError):
            client.ping()
        assert [each for each, _ in told(proxy)] == [kind]
        assert client.ping()


def test_a_cut_line_is_refused_and_the_same_client_comes_back(proxy: TcpProxy) -> None:
    with connected(proxy.port) as client:
        client.set("kept", "1")
        proxy.cut()
        for _ in range(3):
            with pytest.raises(redis.ConnectionError):
                client.get("kept")
        proxy.restore()
        assert client.get("kept") == b"1"
    assert told(proxy) == [("connection-lost", "cut")]


def test_a_connection_is_lost_while_it_waits(server: int, proxy: TcpProxy) -> None:
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            with connected(proxy.port) as client:
                client.blpop(["nothing"], 60)
        except BaseException as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    with connected(server) as direct:
        while not direct.info("clients")["blocked_clients"]:
            time.sleep(0.01)
    proxy.cut()
    waiting.join()
    assert [type(each) for each in raised] == [redis.ConnectionError]


def test_a_client_that_tries_again_bears_one_reset(proxy: TcpProxy) -> None:
    with connected(proxy.port, tries=1) as client:
        assert client.ping()
        with proxy.toxic(ResetPeer()):
            while not told(proxy):
                time.sleep(0.01)
        assert client.ping()
    assert told(proxy) == [("connection-reset", "resetpeer downstream")]


def test_a_value_that_breaks_off_is_an_error_and_no_short_value(proxy: TcpProxy) -> None:
    with connected(proxy.port) as client:
        client.set("large", LARGE)
        proxy.add(LimitData(bytes=1000))
        with pytest.raises(redis.ConnectionError):
            client.get("large")
    assert told(proxy) == [("truncated", "limitdata downstream")]


def test_a_value_in_slices_is_the_same(proxy: TcpProxy) -> None:
    with connected(proxy.port) as client, proxy.toxic(Slicer(average_size=700, size_variation=500)):
        client.set("large", LARGE)
        assert client.get("large") == LARGE
    assert told(proxy) == [("slow", "slicer downstream")]
