"""Where an exception came from, as text: the user's own frames, and the error."""

from __future__ import annotations

import os
import traceback

LONGEST_MESSAGE = 10_000

_OWN = os.sep + "stagepact" + os.sep
_FRAMES = 8


def users_traceback(error: BaseException) -> str:
    """The traceback from the user's own code on; frames of stagepact's own are left out.

    An error of stagepact's own is told by what caused it; with neither a cause nor a frame of the
    user's it has no traceback.
    """
    error = _first_of_users(error)
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if _OWN not in frame.filename]
    if _is_own(error) and not users:
        return ""
    lines = traceback.format_list(users[-_FRAMES:])
    told = (line[:LONGEST_MESSAGE] for line in traceback.format_exception_only(error))
    return "".join([*lines, *told])


def _first_of_users(error: BaseException) -> BaseException:
    """The error, or the nearest cause of it that isn't stagepact's; causes can be a circle."""
    seen: list[BaseException] = []
    found = error
    while _is_own(found) and found.__cause__ is not None:
        seen.append(found)
        found = found.__cause__
        if any(found is each for each in seen):
            return error
    return found


def _is_own(error: BaseException) -> bool:
    return type(error).__module__.startswith("stagepact.")
