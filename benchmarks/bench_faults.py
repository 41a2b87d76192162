"""What faults cost while they don't strike: a port's wrapper, and the TCP proxy.

    python benchmarks/bench_faults.py            writes to docs/benchmarks.md
    python benchmarks/bench_faults.py --quick    one round, writes nothing
    python benchmarks/bench_faults.py --json     prints the figures as JSON

Each figure is the difference to, or stands beside, the same thing without stagepact, measured in
the same round: the bare call, and a connection without the proxy. The proxy, its client and its
server are three processes, as they are for those who test a service of their own.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from page import machine, options, tell

from stagepact.faults import Arm, Course, Journal, armed, fault_steps, tcp_proxy

NAME = Path(__file__).stem
CALLS = 10_000  # in all rounds fewer than the fault that must not strike waits for
TRIPS = 3_000
BYTES = 1 << 29
SERVER = """
import socket, threading

def serve(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = bytearray(1 << 18)
    if client.recv(1) == b"e":
        while count := client.recv_into(buffer):
            client.sendall(memoryview(buffer)[:count])
    else:
        for _ in range(int.from_bytes(client.recv(8), "big") >> 18):
            client.sendall(buffer)
    client.close()

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
CLIENT = f"""
import socket, statistics, sys, time

def connected(first):
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(first)
    return client

client = connected(b"e")
trips = []
for _ in range({TRIPS} + 300):
    began = time.perf_counter()
    client.sendall(bytes(64))
    client.recv(64)
    trips.append(time.perf_counter() - began)
client = connected(b"t" + ({BYTES}).to_bytes(8, "big"))
buffer, got, began = bytearray(1 << 18), 0, time.perf_counter()
while count := client.recv_into(buffer):
    got += count
assert got == {BYTES}
print(statistics.median(trips[300:]) * 1e6, got / (time.perf_counter() - began) / 1e6)
"""


class Port:
    def ask(self, value: int) -> int:
        return value

    async def ask_later(self, value: int) -> int:
        return value


@dataclass(frozen=True)
class Row:
    """A figure of each round, beside its reference's."""

    what: str
    unit: str
    seen: tuple[float, ...]
    reference: tuple[float, ...]
    asked: float
    is_most: bool
    is_difference: bool

    @property
    def figures(self) -> tuple[float, ...]:
        """What is held against what was asked."""
        pairs = zip(self.seen, self.reference, strict=True)
        return tuple(a - b for a, b in pairs) if self.is_difference else self.seen

    @property
    def is_reached(self) -> bool:
        """Whether the median is what was asked."""
        median = statistics.median(self.figures)
        return median <= self.asked if self.is_most else median >= self.asked

    def __str__(self) -> str:
        difference = _spread(self.figures, self.unit, "+") if self.is_difference else ""
        return (
            f"| {self.what} | {_spread(self.seen, self.unit)} | "
            f"{_spread(self.reference, self.unit)} | {difference} | "
            f"{'≤' if self.is_most else '≥'} {self.asked:g} {self.unit} | "
            f"{'reached' if self.is_reached else 'missed'} |"
        )


def _spread(values: Sequence[float], unit: str, sign: str = "") -> str:
    digits = 2 if max(values) < 10 else 0
    low, middle, high = min(values), statistics.median(values), max(values)
    form = f"{sign}.{digits}f"
    return f"{middle:{form}} {unit} ({low:{form}}–{high:{form}})"


# -- calls -----------------------------------------------------------------------------------------


def a_call(port: Port) -> float:
    """Microseconds of a call."""
    began = time.perf_counter()
    for _ in range(CALLS):
        port.ask(1)
    return (time.perf_counter() - began) / CALLS * 1e6


def an_awaited_call(port: Port) -> float:
    """Microseconds of an awaited call."""

    async def run() -> float:
        began = time.perf_counter()
        for _ in range(CALLS):
            await port.ask_later(1)
        return (time.perf_counter() - began) / CALLS * 1e6

    return asyncio.run(run())


def unfired(text: str) -> Any:
    """A port whose faults don't strike yet."""
    return armed(Port(), [Arm("port", Course(fault_steps(text)), Journal())])


def calls(rounds: int) -> Iterator[Row]:
    """What the wrapper adds, where a course has one step and where it has more."""
    measures: list[tuple[str, Callable[[Any], float]]] = [
        ("a call", a_call),
        ("an awaited call", an_awaited_call),
    ]
    for text in ("ok", "ok x900000 then error"):
        port, failing = Port(), unfired(text)
        for name, measure in measures:
            pairs = [(measure(failing), measure(port)) for _ in range(rounds * 5)]
            seen, bare = zip(*pairs, strict=True)
            what = f"{name} of an armed port, `{text}`, against the bare port"
            yield Row(what, "µs", seen, bare, 2, is_most=True, is_difference=True)


# -- connections -----------------------------------------------------------------------------------


@contextmanager
def echoing() -> Iterator[int]:
    """A server in a process of its own; its port."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.kill()


def asked(port: int) -> tuple[float, float]:
    """Microseconds of a round trip, and megabytes a second."""
    command = [sys.executable, "-c", CLIENT, str(port)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    trip, rate = map(float, done.stdout.split())
    return trip, rate


def connections(rounds: int) -> Iterator[Row]:
    """What the proxy adds to a round trip, and what it moves."""
    with echoing() as port, tcp_proxy("127.0.0.1", port) as proxy:
        pairs = [(asked(proxy.port), asked(port)) for _ in range(rounds)]
    through, direct = zip(*pairs, strict=True)
    trips, bare = [each[0] for each in through], [each[0] for each in direct]
    what = "a round trip of 64 bytes through the proxy, against none"
    yield Row(what, "µs", tuple(trips), tuple(bare), 100, is_most=True, is_difference=True)
    rates, plain = [each[1] for each in through], [each[1] for each in direct]
    what = "moved through the proxy, beside what moves without"
    yield Row(what, "MB/s", tuple(rates), tuple(plain), 200, is_most=False, is_difference=False)


def section(rows: Sequence[Row], rounds: int) -> str:
    """The section of the page."""
    lines = [
        f"## {NAME}",
        "",
        f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds (of calls, "
        f"{rounds * 5} of {CALLS:,} each), in brackets the least and the most. Client, proxy and "
        f"server are processes of their own; {BYTES >> 20} MiB are moved.",
        "",
        machine(),
        "",
        "| what | with | without | difference | asked | |",
        "|---|---|---|---|---|---|",
        *map(str, rows),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write what was asked for."""
    told = options(__doc__, quick="one round, nothing is written").parse_args()
    rounds = 1 if told.quick else 7
    rows = [*calls(rounds), *connections(rounds)]
    tell(told, NAME, section(rows, rounds), [asdict(each) for each in rows])


if __name__ == "__main__":
    main()
