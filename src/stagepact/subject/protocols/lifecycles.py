"""What is tried for lifecycles: a resource is brought into a state, then a move is made."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from stagepact.contract.lifecycle import Lifecycle
from stagepact.contract.models import Move, seconds
from stagepact.contract.resources import Resource
from stagepact.subject.model import Case, Request, Unfit
from stagepact.subject.protocols.channels import filled
from stagepact.subject.protocols.walks import Halted, Step, Walker

_MOST, _ITEMS = 120, 3
_SHORTEST, _LONGEST = 0.01, 0.5
LATE = "late"
"""The status of a move that was waited for in vain."""


async def moved(walker: Walker, lifecycle: Lifecycle, resource: Resource, case: Case) -> None:
    """Bring an item into the first state that the case names, then make the moves that it names."""
    given = case.given.input
    if not (isinstance(given, list) and given and all(isinstance(e, str) for e in given)):
        raise Unfit("the input is no list of a state and of moves, such as [queued, cancel]")
    wanted, *moves = given
    unknown = [name for name in moves if name not in lifecycle.said.moves]
    if unknown or wanted not in lifecycle.states:
        raise Unfit(f"the lifecycle has no {unknown[0] if unknown else wanted!r}")
    path, read = await _brought(walker, lifecycle, resource, wanted)
    for name in moves:
        move = lifecycle.said.moves[name]
        if move.call is None:
            await _by_itself(walker, lifecycle, resource, path, name)
        else:
            step = await _move(walker, "try", move, path, read, note=name)
            if step.succeeded and move.within is not None:
                await _shown(walker, lifecycle, resource, path, move)
        read = await walker.ask("then", resource.roles["read"], path=path)


class _Passed(Halted):
    """The item was in the state while nobody looked."""


async def _brought(
    walker: Walker, lifecycle: Lifecycle, resource: Resource, wanted: str
) -> tuple[dict[str, Any], Step]:
    """An item in a state, and the answer that shows it; another where one went by too fast.

    Raises:
        Halted: no moves lead there.
    """
    for _ in range(_ITEMS - 1):
        path = await walker.item(resource)
        with suppress(_Passed):
            return path, await _reach(walker, lifecycle, resource, path, wanted)
    path = await walker.item(resource)
    return path, await _reach(walker, lifecycle, resource, path, wanted)


async def _by_itself(
    walker: Walker, lifecycle: Lifecycle, resource: Resource, path: dict[str, Any], name: str
) -> None:
    """Wait for a move that nobody makes: a step says whether it showed in time."""
    read, shown = await _shown(walker, lifecycle, resource, path, lifecycle.said.moves[name])
    status = read.status if shown else LATE
    walker.steps.append(replace(read, name="try", note=name, status=status))


async def _shown(
    walker: Walker, lifecycle: Lifecycle, resource: Resource, path: dict[str, Any], move: Move
) -> tuple[Step, bool]:
    """The answer that shows a state which a move leads to, or the last one within its time.

    Whoever has waited longer looks less often; nothing is waited for once it shows. The last look
    begins when the time is over, however late a busy machine is.
    """
    loop, pause = asyncio.get_running_loop(), _SHORTEST
    until = loop.time() + seconds(str(move.within))
    while True:
        over = loop.time() >= until
        read = await walker.ask("wait", resource.roles["read"], path=path)
        if lifecycle.read(read.status, read.body, read.headers) in lifecycle.by_itself(*move.to):
            return read, True
        if over:
            return read, False
        await asyncio.sleep(min(pause, max(0.0, until - loop.time())))
        pause = min(1.5 * pause, _LONGEST)


async def _reach(
    walker: Walker, lifecycle: Lifecycle, resource: Resource, path: dict[str, Any], wanted: str
) -> Step:
    """The answer that shows the item in a state.

    Raises:
        Halted: no moves lead there.
    """
    for _ in range(_MOST):
        read = await walker.ask("state", resource.roles["read"], path=path)
        state = lifecycle.read(read.status, read.body, read.headers)
        if state is None:
            raise Halted(f"{read.call} tells no state: {read.status}")
        if state == wanted:
            return read
        name = lifecycle.next_move(state, wanted)
        if name is None and state in lifecycle.by_itself(wanted):
            raise _Passed(f"the state {wanted} was over before it was seen")
        if name is None:
            raise Halted(f"no moves lead from {state} to {wanted}")
        move = lifecycle.said.moves[name]
        if move.call is not None:
            step = await _move(walker, "move", move, path, read, note=name)
            if not step.succeeded:
                raise Halted(f"{name} of a {state} one is answered by {step.status}")
        if move.within is not None:
            _, shown = await _shown(walker, lifecycle, resource, path, move)
            if not shown:
                raise Halted(f"{name}: no {' or '.join(move.to)} showed within {move.within}")
    raise Halted(f"{wanted} isn't reached by {_MOST} moves")


async def _move(
    walker: Walker, name: str, move: Move, path: dict[str, Any], read: Step, note: str
) -> Step:
    headers = {"if-match": read.headers["etag"]} if "etag" in read.headers else {}
    like: Request | None = None
    if move.body is not None:
        texts = {key: str(value) for key, value in path.items()}
        like = Request(body=filled(move.body, texts), has_body=True)
    return await walker.ask(name, str(move.call), like=like, path=path, headers=headers, note=note)
