"""What runs in this process at one moment: tasks, threads and open files, by readable names."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

# Threads of executors wait for more to do: they are kept, and reused.
_KEPT = ("asyncio_", "ThreadPoolExecutor-")


@dataclass(frozen=True, slots=True)
class Leavings:
    """The tasks of the running loop, the threads and the open files of one moment."""

    tasks: frozenset[asyncio.Task[Any]] = frozenset()
    threads: frozenset[threading.Thread] = frozenset()
    files: frozenset[str] = field(default_factory=frozenset)

    def since(self, before: Leavings) -> tuple[str, ...]:
        """What is there and wasn't before, by name."""
        tasks = (f"task {_name(each)}" for each in self.tasks - before.tasks)
        threads = (f"thread {each.name}" for each in self.threads - before.threads)
        files = (f"file {each}" for each in self.files - before.files)
        return (*sorted(tasks), *sorted(threads), *sorted(files))


def leavings(*, files: bool = False) -> Leavings:
    """What runs now; open files only if asked, for they cost a look at each."""
    tasks = frozenset(each for each in asyncio.all_tasks() if not each.done())
    threads = frozenset(each for each in threading.enumerate() if not each.name.startswith(_KEPT))
    return Leavings(tasks, threads, open_files() if files else frozenset())


async def settled(before: Leavings, grace: float, *, files: bool = False) -> Leavings:
    """What runs once all that is ending has ended, or the grace is over."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + grace, 0.0
    now = leavings(files=files)
    while now.since(before) and loop.time() < until:
        await asyncio.sleep(pause)
        pause = min(0.02, pause + 0.001)
        now = leavings(files=files)
    return now


async def ended(tasks: frozenset[asyncio.Task[Any]]) -> None:
    """Cancel tasks, so that what one try left behind isn't seen in the next."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=0.2)


def open_files() -> frozenset[str]:
    """The open descriptors with what they lead to; empty where the platform doesn't tell."""
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:
        return frozenset()
    found = set()
    for number in numbers:
        with suppress(OSError):  # the descriptor of the listing itself is gone
            found.add(f"{number} -> {os.readlink(f'/proc/self/fd/{number}')}")
    return frozenset(found)


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", None) or task.get_name()
