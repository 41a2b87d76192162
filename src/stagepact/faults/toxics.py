"""What a TCP proxy does to the bytes of a connection: values, named as toxiproxy names them.

A toxic makes a *passage* for each connection and direction: pieces of data go in, and come out
later, cut, changed or not at all. Nothing here knows of sockets or clocks: a piece says when it may
go on, in seconds of any clock. Unlike toxiproxy's, all durations are seconds and rates are bytes a
second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from random import Random
from typing import ClassVar, Literal, NamedTuple

from stagepact.contract.models.fault_terms import FaultTermError, FaultType

Stream = Literal["downstream", "upstream"]
"""Where bytes go: down to the client, up to the server."""


class Piece(NamedTuple):
    """Data that may go on at a time; after the last one the connection is closed.

    `touched` is whether a toxic has done anything to it.
    """

    data: bytes
    at: float
    last: bool = False
    touched: bool = False


Passage = Callable[[Piece], Iterator[Piece]]


class Deadline(NamedTuple):
    """A connection ends so many seconds after it began, or after the toxic came."""

    seconds: float
    reset: bool


@dataclass(frozen=True, kw_only=True)
class Toxic:
    """What happens to a share (`toxicity`, 0 to 1) of the connections, in one direction."""

    kind: ClassVar[FaultType] = FaultType.SLOW
    keeps_open: ClassVar[bool] = False
    """Whether the end of one side is kept from the other."""
    stream: Stream = "downstream"
    toxicity: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.stream not in ("downstream", "upstream"):
            raise self._error("stream", "`downstream` or `upstream`")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "stream" and not (
                isinstance(value, int | float) and value >= 0 and math.isfinite(value)
            ):
                raise self._error(field.name, "a number, 0 or more")
        for name in ("toxicity", "share"):
            if getattr(self, name, 0) > 1:
                raise self._error(name, "a share, 0 to 1")

    def _error(self, name: str, expected: str) -> FaultTermError:
        found = getattr(self, name)
        return FaultTermError(f"{type(self).__name__}({name}={found!r}): expected {expected}")

    @property
    def name(self) -> str:
        """What stands in the journal."""
        return f"{type(self).__name__.lower()} {self.stream}"

    @property
    def deadline(self) -> Deadline | None:
        """When a connection ends by it, whatever goes through."""
        return None

    def passage(self, random: Random) -> Passage:
        """What it does to the pieces of one connection, one after the other."""
        return _unchanged


def _unchanged(piece: Piece) -> Iterator[Piece]:
    yield piece


@dataclass(frozen=True, kw_only=True)
class Latency(Toxic):
    """All comes so many seconds later, give or take up to `jitter`."""

    latency: float = 0.1
    jitter: float = 0.0

    def passage(self, random: Random) -> Passage:
        """Each piece later."""

        def later(piece: Piece) -> Iterator[Piece]:
            delay = max(0.0, self.latency + random.uniform(-self.jitter, self.jitter))
            yield piece._replace(at=piece.at + delay, touched=delay > 0)

        return later


@dataclass(frozen=True, kw_only=True)
class Bandwidth(Toxic):
    """No more than so many bytes a second."""

    rate: float = 100_000

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        super().__post_init__()
        if self.rate <= 0:
            raise self._error("rate", "bytes a second, more than 0")

    def passage(self, random: Random) -> Passage:
        """Pieces of a twentieth of a second, each when the one before has gone."""
        size, free = max(1, int(self.rate / 20)), 0.0

        def throttled(piece: Piece) -> Iterator[Piece]:
            nonlocal free
            for part in _parts(piece, lambda: size):
                free = max(free, piece.at) + len(part.data) / self.rate
                yield part._replace(at=free, touched=True)

        return throttled


@dataclass(frozen=True, kw_only=True)
class Slicer(Toxic):
    """Data comes in slices of about this size, `delay` seconds apart."""

    average_size: int = 64
    size_variation: int = 0
    delay: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        super().__post_init__()
        if self.average_size - self.size_variation < 1:
            raise self._error("average_size", "more than `size_variation`, and 1 or more")

    def passage(self, random: Random) -> Passage:
        """Slices, each after the one before."""
        free = 0.0

        def sliced(piece: Piece) -> Iterator[Piece]:
            nonlocal free
            low, high = -self.size_variation, self.size_variation
            for part in _parts(piece, lambda: self.average_size + random.randint(low, high)):
                free = max(free + self.delay, piece.at)
                yield part._replace(at=free, touched=True)

        return sliced


@dataclass(frozen=True, kw_only=True)
class LimitData(Toxic):
    """The connection is closed after so many bytes."""

    kind: ClassVar[FaultType] = FaultType.TRUNCATED
    bytes: int = 0

    def passage(self, random: Random) -> Passage:
        """The first bytes; the piece that reaches the limit is the last."""
        left = self.bytes

        def limited(piece: Piece) -> Iterator[Piece]:
            nonlocal left
            if len(piece.data) < left:
                left -= len(piece.data)
                yield piece
                return
            kept, left = piece.data[:left], 0
            yield piece._replace(data=kept, last=True, touched=True)

        return limited


@dataclass(frozen=True, kw_only=True)
class Corrupt(Toxic):
    """A share of the bytes has one bit turned."""

    kind: ClassVar[FaultType] = FaultType.MALFORMED
    share: float = 0.01

    def passage(self, random: Random) -> Passage:
        """The same data but for some bits."""

        def corrupted(piece: Piece) -> Iterator[Piece]:
            data = bytearray(piece.data)
            places = list(_chosen(len(data), self.share, random))
            for place in places:
                data[place] ^= 1 << random.randrange(8)
            yield piece._replace(data=bytes(data), touched=bool(places)) if places else piece

        return corrupted


@dataclass(frozen=True, kw_only=True)
class Timeout(Toxic):
    """Nothing gets through; after so many seconds the connection is closed, with 0 never."""

    kind: ClassVar[FaultType] = FaultType.TIMEOUT
    keeps_open: ClassVar[bool] = True
    timeout: float = 0.0

    @property
    def deadline(self) -> Deadline | None:
        """When it is closed."""
        return Deadline(self.timeout, reset=False) if self.timeout else None

    def passage(self, random: Random) -> Passage:
        """Nothing: what comes meanwhile is lost."""
        return lambda piece: iter((piece._replace(data=b"", touched=True),))


@dataclass(frozen=True, kw_only=True)
class ResetPeer(Toxic):
    """The connection is reset after so many seconds, with 0 at once."""

    kind: ClassVar[FaultType] = FaultType.CONNECTION_RESET
    timeout: float = 0.0

    @property
    def deadline(self) -> Deadline | None:
        """When it is reset."""
        return Deadline(self.timeout, reset=True)


def _parts(piece: Piece, size: Callable[[], int]) -> Iterator[Piece]:
    """A piece in parts; only the last part is the last of the connection."""
    start = 0
    while True:
        end = start + size()
        is_end = end >= len(piece.data)
        yield piece._replace(data=piece.data[start:end], last=piece.last and is_end)
        if is_end:
            return
        start = end


def _chosen(count: int, share: float, random: Random) -> Iterator[int]:
    """The places that are chosen of so many, each with the same chance; skips what isn't."""
    place = -1
    while share:
        skipped = 0 if share == 1 else int(math.log(1 - random.random()) / math.log(1 - share))
        place += 1 + skipped
        if place >= count:
            return
        yield place
