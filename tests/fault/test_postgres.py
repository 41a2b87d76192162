"""A real PostgreSQL behind the TCP proxy, broken in each way that its client has to bear."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from databases_running import postgres

from stagepact.faults import Journal, TcpProxy, tcp_proxy
from stagepact.faults.toxics import Bandwidth, Latency, LimitData, ResetPeer, Slicer, Timeout

pytestmark = pytest.mark.slow
LARGE = "select string_agg(n::text, ',') from generate_series(1, 100000) n"


def connected(port: int, **how: Any) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=port, user="proof", dbname="postgres", autocommit=True, **how
    )


def answers(port: int) -> bool:
    try:
        connected(port).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with postgres(answers) as port:
        yield port


@pytest.fixture
def proxy(server: int) -> Iterator[TcpProxy]:
    with tcp_proxy("127.0.0.1", server) as made:
        yield made


def one(connection: psycopg.Connection, query: str = "select 1") -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def told(journal: Journal) -> list[tuple[str, str]]:
    return [(each.kind, each.method) for each in journal.entries]


def test_all_goes_through_as_it_is(server: int, proxy: TcpProxy) -> None:
    with connected(proxy.port) as through, connected(server) as direct:
        assert one(through, LARGE) == one(direct, LARGE)
    assert told(proxy.journal) == []


def test_a_connection_is_lost_in_the_middle_of_a_query(server: int, proxy: TcpProxy) -> None:
    raised: list[BaseException] = []

    def query() -> None:
        try:
            with connected(proxy.port) as connection:
                one(connection, "select pg_sleep(60)")
        except BaseException as error:
            raised.append(error)

    asking = threading.Thread(target=query)
    asking.start()
    with connected(server) as direct:
        sleeping = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)'"
        while not one(direct, sleeping):
            time.sleep(0.01)
    proxy.cut()
    asking.join()
    assert [type(each) for each in raised] == [psycopg.OperationalError]
    assert told(proxy.journal) == [("connection-lost", "cut")]
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connected(proxy.port)
    proxy.restore()
    with connected(proxy.port) as again:
        assert one(again) == 1


def test_a_late_server_meets_the_client_s_time_out(proxy: TcpProxy) -> None:
    with proxy.toxic(Latency(latency=60)), pytest.raises(psycopg.OperationalError, match="timeout"):
        connected(proxy.port, connect_timeout=2)
    assert told(proxy.journal) == [("slow", "latency downstream")]
    with connected(proxy.port) as again:
        assert one(again) == 1


def test_a_silent_server_meets_the_client_s_time_out(proxy: TcpProxy) -> None:
    proxy.add(Timeout())
    with pytest.raises(psycopg.OperationalError, match="timeout"):
        connected(proxy.port, connect_timeout=2)
    assert told(proxy.journal) == [("timeout", "timeout downstream")]


def test_an_open_connection_is_reset_and_a_new_one_is_well(proxy: TcpProxy) -> None:
    with connected(proxy.port) as connection:
        assert one(connection) == 1
        with proxy.toxic(ResetPeer()), pytest.raises(psycopg.OperationalError):
            one(connection, LARGE)
        assert connection.closed
    assert told(proxy.journal) == [("connection-reset", "resetpeer downstream")]
    with connected(proxy.port) as again:
        assert one(again) == 1


def test_a_result_that_breaks_off_is_an_error_and_no_short_result(proxy: TcpProxy) -> None:
    with connected(proxy.port) as connection:
        proxy.add(LimitData(bytes=10_000))
        with pytest.raises(psycopg.OperationalError):
            one(connection, LARGE)
    assert told(proxy.journal) == [("truncated", "limitdata downstream")]


@pytest.mark.parametrize(
    "toxic", [Slicer(average_size=100, size_variation=50), Bandwidth(rate=5_000_000)]
)
def test_a_result_in_pieces_is_the_same(server: int, proxy: TcpProxy, toxic: Any) -> None:
    with connected(proxy.port) as through, connected(server) as direct:
        with proxy.toxic(toxic):
            assert one(through, LARGE) == one(direct, LARGE)
        assert len(told(proxy.journal)) == 1
