"""The TCP proxy between real sockets: all goes through, until a toxic is in."""

from __future__ import annotations

import hashlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import closed_port

from stagepact.faults import Journal
from stagepact.faults.proxy import ProxyTargetError, TcpProxy, tcp_proxy
from stagepact.faults.toxics import (
    Bandwidth,
    Corrupt,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except OSError:
            return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True


@contextmanager
def echoing(handler: type[socketserver.BaseRequestHandler] = Echo) -> Iterator[int]:
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with echoing() as port:
        yield port


@contextmanager
def through(port: int, *toxics: Toxic, seed: int = 0) -> Iterator[TcpProxy]:
    before = threads()
    with tcp_proxy("127.0.0.1", port, seed=seed) as proxy:
        for each in toxics:
            proxy.add(each)
        yield proxy
    assert threads() == before


def threads() -> set[str]:
    return {each.name for each in threading.enumerate() if each.name.startswith("stagepact-proxy")}


def connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=60)


def asked(client: socket.socket, data: bytes) -> bytes:
    """What is echoed, as far as it comes."""
    client.sendall(data)
    return received(client, len(data))


def received(client: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count and (more := client.recv(65536)):
        got += more
    return bytes(got)


def told(proxy: TcpProxy) -> list[tuple[str, str, int]]:
    return [(each.kind, each.method, each.call) for each in proxy.journal.entries]


def test_without_toxics_all_goes_through(echo: int) -> None:
    with through(echo) as proxy, connect(proxy) as client, connect(proxy) as second:
        assert asked(client, b"hello") == b"hello"
        assert asked(second, b"you") == b"you"
        assert proxy.connections == 2
    assert told(proxy) == []


def test_much_data_goes_through_unchanged_in_both_directions(echo: int) -> None:
    sent = bytes(range(256)) * 40_000
    with through(echo) as proxy, connect(proxy) as client:
        writer = threading.Thread(target=client.sendall, args=(sent,))
        writer.start()
        got = received(client, len(sent))
        writer.join()
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()


def test_the_end_of_one_direction_is_passed_on_and_the_other_goes_on() -> None:
    class Late(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            got = b""
            while data := self.request.recv(100):
                got += data
            self.request.sendall(got[::-1])

    with echoing(Late) as port, through(port) as proxy, connect(proxy) as client:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
        assert received(client, 10) == b"cba"


def test_latency_lets_a_client_s_own_time_out_happen(echo: int) -> None:
    with through(echo) as proxy, connect(proxy) as client:
        client.settimeout(0.05)
        with proxy.toxic(Latency(latency=600)):
            with pytest.raises(TimeoutError):
                asked(client, b"late")
            while not told(proxy):
                pass  # the answer is still on its way to the proxy
        assert told(proxy) == [("slow", "latency downstream", 1)]


def test_what_is_late_comes_whole_and_in_order(echo: int) -> None:
    sent = bytes(range(256)) * 200
    with (
        through(echo, Latency(latency=0.002, jitter=0.002), Latency(stream="upstream")) as proxy,
        connect(proxy) as client,
    ):
        assert asked(client, sent) == sent
    assert ("slow", "latency upstream", 1) in told(proxy)


@pytest.mark.parametrize("toxic", [Bandwidth(rate=1_000_000), Slicer(average_size=500)])
def test_a_thin_line_brings_the_same(echo: int, toxic: Toxic) -> None:
    sent = bytes(range(256)) * 100
    with through(echo, toxic) as proxy, connect(proxy) as client:
        assert asked(client, sent) == sent
    assert [kind for kind, _, _ in told(proxy)] == ["slow"]


def test_a_limit_closes_the_connection_after_so_many_bytes(echo: int) -> None:
    with through(echo, LimitData(bytes=4)) as proxy, connect(proxy) as client:
        assert asked(client, b"abcdefgh") == b"abcd"
        with connect(proxy) as another:
            assert asked(another, b"xyz") == b"xyz"
    assert told(proxy) == [("truncated", "limitdata downstream", 1)]


def test_corrupt_data_differs_and_has_its_length(echo: int) -> None:
    sent = bytes(1000)
    with through(echo, Corrupt(share=0.05)) as proxy, connect(proxy) as client:
        got = asked(client, sent)
    assert len(got) == len(sent)
    assert got != sent
    assert told(proxy) == [("malformed", "corrupt downstream", 1)]


def test_a_time_out_lets_nothing_through_and_closes_in_the_end(echo: int) -> None:
    with through(echo, Timeout(timeout=0.05)) as proxy, connect(proxy) as client:
        assert client.recv(10) == b""
    assert told(proxy) == [("timeout", "timeout downstream", 1)]


def test_a_time_out_keeps_the_server_s_end_from_the_client() -> None:
    class Brief(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(100)
            self.request.sendall(b"bye")

    with echoing(Brief) as port, through(port, Timeout()) as proxy, connect(proxy) as client:
        client.sendall(b"hello")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(10)
        proxy.clear()
        client.settimeout(60)
        assert client.recv(10) == b""  # what came meanwhile is lost


def test_a_reset_strikes_open_connections(echo: int) -> None:
    """Once it has been added nothing gets through, however quick the client is."""
    for _ in range(50):
        with through(echo) as proxy, connect(proxy) as client:
            assert asked(client, b"x") == b"x"
            proxy.add(ResetPeer())
            with pytest.raises(ConnectionError):
                asked(client, b"y")
        assert told(proxy) == [("connection-reset", "resetpeer downstream", 1)]


def test_a_reset_strikes_new_connections_until_it_is_removed(echo: int) -> None:
    def asked_anew() -> bytes:
        with connect(proxy) as client:  # which may hear of the reset already
            return asked(client, b"x")

    with through(echo, ResetPeer()) as proxy:
        with pytest.raises(ConnectionError):
            asked_anew()
        proxy.remove(ResetPeer())
        assert asked_anew() == b"x"
    assert told(proxy) == [("connection-reset", "resetpeer downstream", 1)]


def test_what_is_cut_is_lost_and_refused_until_it_is_restored(echo: int) -> None:
    with through(echo) as proxy, connect(proxy) as client:
        assert asked(client, b"x") == b"x"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                connect(proxy)
        proxy.restore()
        with connect(proxy) as again:
            assert asked(again, b"back") == b"back"
        proxy.restore()
    assert told(proxy) == [("connection-lost", "cut", 1)]


def test_a_cut_loses_only_what_is_open(echo: int) -> None:
    with through(echo) as proxy:
        with connect(proxy) as client:
            assert asked(client, b"x") == b"x"
        while proxy.connections:
            pass
        proxy.cut()
    assert told(proxy) == []


def test_a_server_that_isn_t_there_resets() -> None:
    def asked_anew() -> None:
        with connect(proxy) as client:  # which may hear of the reset already
            client.recv(10)

    host, _, port = closed_port().partition(":")
    with tcp_proxy(host, int(port)) as proxy, pytest.raises(ConnectionResetError):
        asked_anew()
    assert told(proxy) == []


def test_a_server_s_reset_is_passed_on() -> None:
    class Closing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(10)
            linger = b"\1\0\0\0\0\0\0\0"
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.request.close()

    with echoing(Closing) as port, through(port) as proxy, connect(proxy) as client:
        client.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            client.recv(10)


def test_only_a_share_of_the_connections_is_struck_the_same_for_a_seed(echo: int) -> None:
    def struck(seed: int) -> list[bool]:
        with through(echo, LimitData(bytes=1, toxicity=0.5), seed=seed) as proxy:
            seen = []
            for _ in range(12):
                with connect(proxy) as client:
                    seen.append(asked(client, b"ab") == b"a")
            return seen

    first = struck(1)
    assert first == struck(1) != struck(2)
    assert 0 < sum(first) < 12


def test_clients_that_don_t_read_hold_the_server_up_and_nothing_else(echo: int) -> None:
    with through(echo) as proxy, connect(proxy) as idle, connect(proxy) as client:
        idle.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                idle.send(bytes(1_000_000))
        assert asked(client, b"on") == b"on"


@pytest.mark.parametrize("toxic", [Timeout(), Latency(latency=600), Bandwidth(rate=0.001)])
def test_all_ends_at_once_however_much_is_held_back(echo: int, toxic: Toxic) -> None:
    with through(echo, toxic) as proxy:
        clients = [connect(proxy) for _ in range(5)]
        for each in clients:
            each.sendall(bytes(1000))
        while not told(proxy):
            clients[0].sendall(b"more")
    for each in clients:
        with each, pytest.raises(ConnectionError):
            each.recv(10)


def test_what_isn_t_in_can_t_be_removed(echo: int) -> None:
    with through(echo) as proxy, pytest.raises(ValueError, match="is not in"):
        proxy.remove(Latency())


def test_a_host_without_an_address_is_told() -> None:
    with pytest.raises(ProxyTargetError, match="has no address"), tcp_proxy("no.invalid", 1):
        pass


def test_an_exception_in_the_block_leaves_nothing_behind(echo: int) -> None:
    def fails() -> None:
        client.sendall(b"x")
        raise KeyError

    with pytest.raises(KeyError), through(echo, Timeout()) as proxy, connect(proxy) as client:
        fails()
    assert threads() == set()
    with pytest.raises(RuntimeError, match="closed"):
        proxy.cut()


def test_several_proxies_share_a_journal(echo: int) -> None:
    journal = Journal()
    with (
        tcp_proxy("127.0.0.1", echo, journal=journal) as one,
        tcp_proxy("127.0.0.1", one.port, journal=journal) as two,
        connect(two) as client,
    ):
        one.add(LimitData(bytes=1))
        assert asked(client, b"ab") == b"a"
    assert [each.target for each in journal.entries] == [f"127.0.0.1:{echo}"]


ACTIONS = st.lists(
    st.sampled_from(["cut", "restore", "ask", "limit", "reset", "late", "clear"]), max_size=8
)


@settings(max_examples=25, deadline=None)
@given(ACTIONS)
def test_whatever_is_done_it_is_well_again_after_all_is_lifted(
    echo: int, actions: list[str]
) -> None:
    with through(echo) as proxy:
        for action in actions:
            match action:
                case "ask":
                    try:
                        with connect(proxy) as client:
                            asked(client, b"abc")
                    except OSError:
                        pass
                case "limit":
                    proxy.add(LimitData(bytes=2))
                case "reset":
                    proxy.add(ResetPeer())
                case "late":
                    proxy.add(Latency(latency=0.001))
                case _:
                    getattr(proxy, action)()
        proxy.clear()
        proxy.restore()
        with connect(proxy) as client:
            assert asked(client, b"well") == b"well"
