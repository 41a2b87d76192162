"""A call to something outside: it has a deadline, is tried again a few times, and may fail.

A failure is told twice: as a warning in the log for each try, and as one `WorkError` for the stage,
which makes a declared failure of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

logger = logging.getLogger("voice.calls")

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Patience:
    """How long one try may take, and how many there are."""

    timeout_s: float = 2.0
    attempts: int = 2


class WorkError(Exception):
    """A stage can't do its work: a code for programs and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def call(name: str, start: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Call `start` until it gives a value, at most `patience.attempts` times.

    Raises:
        WorkError: TIMEOUT or PROVIDER_ERROR, whichever the last try ended with.
    """
    failure = WorkError("PROVIDER_ERROR", f"{name} was not tried")
    for attempt in range(1, patience.attempts + 1):
        try:
            return await asyncio.wait_for(start(), patience.timeout_s)
        except WorkError:
            raise
        except TimeoutError:
            failure = WorkError("TIMEOUT", f"{name} timed out after {patience.timeout_s:g} s")
        except Exception as error:
            failure = WorkError("PROVIDER_ERROR", f"{name} failed: {_told(error)}")
        logger.warning("%s (attempt %d of %d)", failure, attempt, patience.attempts)
    raise failure


def believed(name: str, model: type[M], reply: object) -> M:
    """A provider's reply as the model it should be.

    Raises:
        WorkError: BAD_REPLY, it isn't.
    """
    try:
        return model.model_validate(reply)
    except ValidationError as error:
        logger.warning("%s gave a reply that is no %s", name, model.__name__)
        raise WorkError("BAD_REPLY", f"{name} gave no {model.__name__}: {faults(error)}") from error


def faults(error: ValidationError) -> str:
    """Where a value isn't what it should be, in one line, without the value itself."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or '(all)'}: {each['msg']}" for each in found
    )


def _told(error: Exception) -> str:
    return str(error)[:500] or type(error).__name__
