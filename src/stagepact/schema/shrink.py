"""A failing value made small by its structure alone, for values that Hypothesis didn't draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

Path = tuple[str | int, ...]

CALLS = 2_000
"""So often `fails` is called; `accepts`, which is cheap, ten times as often."""

_SIMPLE: tuple[Any, ...] = (None, False, True, 0, "", [], {})
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def shrink(
    value: Any,
    fails: Callable[[Any], bool],
    accepts: Callable[[Any], bool] = lambda value: True,
    *,
    calls: int = CALLS,
) -> Any:
    """The smallest value found that still fails and is accepted; the same one at every call.

    Keys and items are dropped, a part takes the place of what it is part of, texts get shorter,
    numbers come nearer to 0, and all get plainer. `value` itself is taken to fail, is returned
    where nothing smaller does, and is not changed. What `fails` raises is raised.
    """
    return _Search(value, fails, accepts, calls).smallest()


class _Search:
    """The smallest value so far; no value is tried twice."""

    def __init__(
        self,
        value: Any,
        fails: Callable[[Any], bool],
        accepts: Callable[[Any], bool],
        calls: int,
    ) -> None:
        self.best = value
        self._fails = fails
        self._accepts = accepts
        self._calls = calls
        self._looks = 10 * calls
        self._seen = {repr(value)}

    def smallest(self) -> Any:
        """Go through all places again and again, until nothing gets smaller or time is up."""
        before: Any = object()
        while before is not self.best and not self._is_over:
            before = self.best
            for path in _paths(before):
                self._at(path)
        return self.best

    @property
    def _is_over(self) -> bool:
        return self._calls <= 0 or self._looks <= 0

    def _at(self, path: Path) -> None:
        """Make one place smaller as often as that goes."""
        smaller = True
        while smaller and not self._is_over:
            try:
                here = _part(self.best, path)
            except LookupError:  # it went with what held it
                return
            smaller = any(self._takes(_with(self.best, path, each)) for each in _smaller(here))

    def _takes(self, value: Any) -> bool:
        """Whether a value is the smallest so far; then it is kept."""
        if self._is_over or _measure(value) >= _measure(self.best) or repr(value) in self._seen:
            return False
        self._seen.add(repr(value))
        self._looks -= 1
        if not self._accepts(value):
            return False
        self._calls -= 1
        if not self._fails(value):
            return False
        self.best = value
        return True


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """All places, what holds others before them."""
    yield path
    for step, part in _parts(value):
        yield from _paths(part, (*path, step))


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _part(value: Any, path: Path) -> Any:
    for step in path:
        kind: type[Any] = dict if isinstance(step, str) else list
        if not isinstance(value, kind):
            raise LookupError(step)
        value = value[step]
    return value


def _with(value: Any, path: Path, part: Any) -> Any:
    """The value with another part at a place; what is beside the place is shared."""
    if not path:
        return part
    copy: Any = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], part)
    return copy


# -- what is smaller ---------------------------------------------------------------------------


def _measure(value: Any) -> tuple[int, int, tuple[Any, ...]]:
    """How large a value is: its parts, its characters, then how plain each part is."""
    leaves: list[Any] = []
    characters = _collect(value, leaves)
    return len(leaves), characters, tuple(leaves)


def _collect(value: Any, leaves: list[Any]) -> int:
    """Write down how plain each part is; the number of characters."""
    if isinstance(value, list | dict):
        leaves.append((6 + isinstance(value, dict),))
        below = sum(_collect(part, leaves) for _, part in _parts(value))
        return below + (sum(map(len, value)) if isinstance(value, dict) else 0)
    leaves.append(_plainness(value))
    return len(value) if isinstance(value, str) else 0


def _plainness(value: Any) -> tuple[Any, ...]:
    if value is None or isinstance(value, bool):
        return (0,) if value is None else (1 + value,)
    if isinstance(value, str):
        return (5, *map(_strangeness, value))
    whole = isinstance(value, int) or value.is_integer()
    short = 0 if whole else len(repr(abs(value)))
    return (3, short, abs(value), value < 0, isinstance(value, float))


def _strangeness(character: str) -> int:
    found = _LETTERS.find(character)
    return found if found >= 0 else len(_LETTERS) + ord(character)


def _smaller(value: Any) -> Iterator[Any]:
    """What may stand in place of a value, the smallest first."""
    yield from _SIMPLE
    if isinstance(value, list | dict):
        yield from (part for _, part in _parts(value))
        yield from _fewer(value)
    elif isinstance(value, str):
        yield from _shorter(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _nearer(value)


def _fewer(value: list[Any] | dict[str, Any]) -> Iterator[Any]:
    """Without a half, a quarter, … and without each one."""
    parts = list(_parts(value))
    for gone in _windows(len(parts)):
        kept = parts[: gone.start] + parts[gone.stop :]
        yield dict(kept) if isinstance(value, dict) else [part for _, part in kept]


def _windows(size: int) -> Iterator[range]:
    """Ranges of half the size, of a quarter, … of 1, the last ones first."""
    width = size // 2
    while width:
        for end in range(size, width - 1, -width):
            yield range(end - width, end)
        width //= 2
    if size == 1:
        yield range(1)


def _shorter(text: str) -> Iterator[str]:
    for gone in _windows(len(text)):
        yield text[: gone.start] + text[gone.stop :]
    yield "a" * len(text)
    for plain in "a0":
        for at, each in enumerate(text):
            if each != plain:
                yield text[:at] + plain + text[at + 1 :]


def _nearer(number: float) -> Iterator[float]:
    """Half of the way to 0, a quarter, … and one step; first, a number that is written shorter."""
    if isinstance(number, float):
        if not isfinite(number):
            return
        yield from (int(number), round(number), *(round(number, places) for places in range(6)))
    if number < 0:
        yield -number
    whole = int(number)
    step = abs(whole) // 2
    while step:
        yield whole - step if whole > 0 else whole + step
        step //= 2
    if abs(whole) == 1 or number != whole:
        yield whole
