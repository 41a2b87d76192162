"""What has changed between two versions of channels, and of orders of events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from stagepact.contract.difference_model import BOTH, NOBODY, OLD, Difference, Path, Sides
from stagepact.contract.difference_services import budgets
from stagepact.contract.models import Channel, seconds
from stagepact.contract.order import Order, compile_order
from stagepact.schema.changes import Breaks

# What a client says: another form of it is understood by neither side.
_SAID = ("subscribe", "resume", "unsubscribe", "publish", "finish", "via", "subprotocol")
_HEARD = ("sequence", "number", "match", "error", "ack", "close")


def of_channels(sides: Sides) -> Iterator[Difference]:
    """Changes of channels that both versions have."""
    before, after = sides.old.contract.channels, sides.new.contract.channels
    for name in before:
        if name in after:
            yield from _of_channel(sides, ("channels", name), before[name], after[name])


def _of_channel(sides: Sides, path: Path, old: Channel, new: Channel) -> Iterator[Difference]:
    places = (old.address.partition("#")[2], new.address.partition("#")[2])
    if old.protocol != new.protocol:
        yield _both(sides, (*path, new.protocol), "protocol-changed", old.protocol)
    elif places[0] != places[1]:
        yield _both(sides, (*path, new.protocol), "address-changed", places[0])
    for key in _SAID:
        if getattr(old, key) != getattr(new, key):
            yield _both(sides, (*path, key), f"{key}-changed", getattr(old, key))
    for key in _HEARD:
        if getattr(old, key) != getattr(new, key):
            witness = {"heard": _plain(getattr(new, key))}
            yield sides.changed((*path, key), f"{key}-changed", OLD, Breaks.CONSUMER, witness)
    lacking = sorted(set(new.credentials) - set(old.credentials))
    if lacking:
        witness = {"handshake": {"without": lacking}}
        at = (*path, "credentials")
        yield sides.changed(at, "credentials-required", OLD, Breaks.PRODUCER, witness)
    yield from _limits(sides, path, old, new)
    yield from _laws(sides, path, old, new)
    yield from orders(sides, (*path, "order"), old.order, new.order)
    yield from budgets(sides, (*path, "within"), old.within, new.within)


def _both(sides: Sides, path: Path, rule: str, sent: Any) -> Difference:
    return sides.changed(path, rule, BOTH, Breaks.PRODUCER, {"sent": _plain(sent)})


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else value


def _limits(sides: Sides, path: Path, old: Channel, new: Channel) -> Iterator[Difference]:
    if new.max_size is not None and (old.max_size is None or new.max_size < old.max_size):
        witness = {"sent": f"{new.max_size + 1} bytes"}
        at = (*path, "max-size")
        yield sides.changed(at, "max-size-narrowed", OLD, Breaks.PRODUCER, witness)
    if new.idle is not None and (old.idle is None or seconds(new.idle) < seconds(old.idle)):
        witness = {"silent for": new.idle}
        yield sides.changed((*path, "idle"), "idle-narrowed", OLD, Breaks.PRODUCER, witness)


def _laws(sides: Sides, path: Path, old: Channel, new: Channel) -> Iterator[Difference]:
    for law in (each for each in old.laws if each not in new.laws):
        at = (*path, "laws")
        yield sides.changed(at, f"law-removed: {law}", OLD, Breaks.CONSUMER, {"law": law})
    for law in (each for each in new.laws if each not in old.laws):
        yield sides.changed((*path, "laws"), f"law-added: {law}", NOBODY, Breaks.CONSUMER)
    if set(old.terminal) != set(new.terminal):
        witness = {"heard": sorted(set(new.terminal) - set(old.terminal)) or "no end"}
        at = (*path, "terminal")
        yield sides.changed(at, "terminal-changed", OLD, Breaks.CONSUMER, witness)


def orders(sides: Sides, path: Path, old: str | None, new: str | None) -> Iterator[Difference]:
    """An order that is another one; it breaks who hears a sequence that the old one forbids."""
    if old == new or old is None:
        return
    before = compile_order(old)
    heard = _surprise(before, compile_order(new)) if new is not None else _surprise(before, None)
    if heard is not None:
        witness = {"events": list(heard)}
        yield sides.changed(path, "order-widened", OLD, Breaks.CONSUMER, witness)
    else:
        yield sides.changed(path, "order-changed", NOBODY, Breaks.CONSUMER)


def _surprise(old: Order, new: Order | None) -> tuple[str, ...] | None:
    """A shortest sequence that the new order permits, and the old one doesn't.

    Either ignores the types that it doesn't name.
    """
    types = sorted(old.alphabet | (new.alphabet if new is not None else frozenset()))
    first: tuple[int | None, int | None] = (old.start, None if new is None else new.start)
    waiting: deque[tuple[tuple[int | None, int | None], tuple[str, ...]]] = deque([(first, ())])
    seen = {first}
    while waiting:
        (before, after), heard = waiting.popleft()
        may_end = new is None or (after is not None and new.accepts(after))
        if may_end and (before is None or not old.accepts(before)):
            return heard
        for each in types:
            following = _next(new, after, each)
            if new is not None and following is None:
                continue
            state = (_next(old, before, each), following)
            if state not in seen:
                seen.add(state)
                waiting.append((state, (*heard, each)))
    return None


def _next(order: Order | None, state: int | None, type: str) -> int | None:
    if order is None or state is None:
        return None
    return order.step(state, type) if type in order.alphabet else state
