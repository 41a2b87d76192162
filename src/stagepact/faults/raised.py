"""The exception of each kind of fault that raises."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping

from stagepact.contract.models.fault_terms import Fault, FaultType


class InjectedFault(Exception):  # noqa: N818 - "injected fault" is what the field calls it
    """What `error` raises unless another exception is said."""


class HTTPFault(InjectedFault):
    """An HTTP error by a port that is no HTTP client; its names are those that clients use.

    `status`, `status_code` and `code` are the status, `headers` have Retry-After where it is
    said, and `response` is the exception itself.
    """

    def __init__(self, status: int, message: str, retry_after: float | None = None) -> None:
        """An error with a status, and the seconds to wait."""
        super().__init__(message)
        self.status = self.status_code = self.code = status
        self.retry_after = retry_after
        self.headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}

    @property
    def response(self) -> HTTPFault:
        """Itself, for code that asks `error.response.status_code`."""
        return self


def _os_error(number: int) -> Callable[[str], BaseException]:
    return lambda message: OSError(number, message)


_REASONS = {
    FaultType.RATE_LIMITED: "Too Many Requests",
    FaultType.FORBIDDEN: "Forbidden",
    FaultType.SERVER_ERROR: "Internal Server Error",
    FaultType.UNAVAILABLE: "Service Unavailable",
}
# By kind, how the exception is made of a message, and the message where none is said.
_RAISED: Mapping[FaultType, tuple[Callable[[str], BaseException], str]] = {
    FaultType.TIMEOUT: (TimeoutError, "timed out"),
    FaultType.ERROR: (InjectedFault, "an error"),
    FaultType.INTERMITTENT: (InjectedFault, "an error now and then"),
    FaultType.CANCELLED: (asyncio.CancelledError, "cancelled"),
    FaultType.CONNECTION_REFUSED: (_os_error(errno.ECONNREFUSED), "connection refused"),
    FaultType.CONNECTION_RESET: (_os_error(errno.ECONNRESET), "connection reset by peer"),
    FaultType.CONNECTION_LOST: (_os_error(errno.ECONNABORTED), "connection lost"),
    FaultType.POOL_EXHAUSTED: (TimeoutError, "no connection of the pool is free"),
    FaultType.DISK_FULL: (_os_error(errno.ENOSPC), "no space left on device"),
    FaultType.NO_SUCH_FILE: (_os_error(errno.ENOENT), "no such file or directory"),
    FaultType.PERMISSION_DENIED: (_os_error(errno.EACCES), "permission denied"),
    FaultType.TOO_MANY_FILES: (_os_error(errno.EMFILE), "too many open files"),
    FaultType.NO_MEMORY: (MemoryError, "no memory left"),
}


def raised(fault: Fault) -> BaseException | None:
    """What a fault raises; None for a kind that raises nothing."""
    if fault.error is not None:
        return _said(fault)
    if fault.kind in _REASONS:
        message = fault.message or f"{fault.kind} {_REASONS[fault.kind]}"
        return HTTPFault(int(fault.kind), message, fault.retry_after)
    if fault.kind not in _RAISED:
        return None
    make, message = _RAISED[fault.kind]
    return make(fault.message or message)


def _said(fault: Fault) -> BaseException:
    """The exception that was said; a class that wants more than a message is made without one."""
    if isinstance(fault.error, BaseException):
        return fault.error
    made = fault.error(fault.message) if fault.message else fault.error()
    if not isinstance(made, BaseException):
        raise TypeError(f"{fault.error!r} makes no exception")
    return made
