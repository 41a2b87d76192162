"""Tasks that refuse to end are never taken apart: that would run their code again, for ever.

Python closes a coroutine that it takes apart, by raising in it. One that swallows what is raised
goes on, now with no loop to wait on, and so never lets go of the interpreter, not even at exit.
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any


def never_taken_apart(tasks: Iterable[Task[Any]]) -> None:
    """Count one reference more to each task than there is, so that it outlives the interpreter."""
    with suppress(ImportError, AttributeError):  # only CPython counts, and not all have ctypes
        ctypes = import_module("ctypes")
        for task in tasks:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(task))
