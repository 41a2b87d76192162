"""What is tried for lifecycles: a resource is brought into a state, then a move is made."""

from __future__ import annotations

from typing import Any

from stagepact.contract.lifecycle import Lifecycle
from stagepact.contract.models import Move
from stagepact.contract.resources import Resource
from stagepact.subject.model import Case, Request, Unfit
from stagepact.subject.protocols.channels import filled
from stagepact.subject.protocols.walks import Halted, Step, Walker

_MOST = 120


async def moved(walker: Walker, lifecycle: Lifecycle, resource: Resource, case: Case) -> None:
    """Bring an item into the first state that the case names, then make the moves that it names."""
    given = case.given.input
    if not (isinstance(given, list) and given and all(isinstance(e, str) for e in given)):
        raise Unfit("the input is no list of a state and of moves, such as [queued, cancel]")
    wanted, *moves = given
    unknown = [name for name in moves if name not in lifecycle.said.moves]
    if unknown or wanted not in lifecycle.states:
        raise Unfit(f"the lifecycle has no {unknown[0] if unknown else wanted!r}")
    path = await walker.item(resource)
    read = await _reach(walker, lifecycle, resource, path, wanted)
    for name in moves:
        await _move(walker, "try", lifecycle.said.moves[name], path, read, note=name)
        read = await walker.ask("then", resource.roles["read"], path=path)


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
        if name is None:
            raise Halted(f"no moves lead from {state} to {wanted}")
        step = await _move(walker, "move", lifecycle.said.moves[name], path, read, note=name)
        if not step.succeeded:
            raise Halted(f"{name} of a {state} one is answered by {step.status}")
    raise Halted(f"{wanted} isn't reached by {_MOST} moves")


async def _move(
    walker: Walker, name: str, move: Move, path: dict[str, Any], read: Step, note: str
) -> Step:
    headers = {"if-match": read.headers["etag"]} if "etag" in read.headers else {}
    like: Request | None = None
    if move.body is not None:
        texts = {key: str(value) for key, value in path.items()}
        like = Request(body=filled(move.body, texts), has_body=True)
    return await walker.ask(name, move.call, like=like, path=path, headers=headers, note=note)
