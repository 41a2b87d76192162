"""Where an exception came from, as text: the user's own frames, and the error."""

from __future__ import annotations

import os
import traceback

LONGEST_MESSAGE = 10_000

_OWN = os.sep + "stagepact" + os.sep
_FRAMES = 8


def users_traceback(error: BaseException) -> str:
    """The traceback from the user's own code on; frames of stagepact's own are left out."""
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if _OWN not in frame.filename]
    lines = traceback.format_list(users[-_FRAMES:])
    told = (line[:LONGEST_MESSAGE] for line in traceback.format_exception_only(error))
    return "".join([*lines, *told])
