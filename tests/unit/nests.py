"""Faults that are injected inside of one another, and end in several ways."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from stagepact.faults import Injection, inject_fault

Nest = Sequence[tuple[Any, str]]


def ended(blocks: Sequence[Injection], leaving: Sequence[Injection], raises: bool) -> None:
    """Enter blocks, then leave them in an order that may be another one; none hides an error."""
    ending = (ValueError, ValueError("of the block"), None) if raises else (None, None, None)
    for each in blocks:
        each.__enter__()
    for each in leaving:
        assert not each.__exit__(*ending)


def cancelled(nest: Nest) -> None:
    """Inject in a task, which is cancelled while it waits."""

    async def inside() -> None:
        with ExitStack() as stack:
            for target, kind in nest:
                stack.enter_context(inject_fault(target, kind))
            await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(inside())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
