"""No network: every connection is refused, and no name is resolved.

The law of this file: Python's own sockets ask here, by an audit hook (PEP 578), before they
connect. A hook can't be taken away again; while nothing fails it only looks. Sockets of the
machine's own (AF_UNIX), connections that are there already, and what C libraries connect
themselves pass by.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stagepact.contract.models.fault_terms import Fault
from stagepact.faults.course import Arm

_refusing: list[tuple[Arm, Fault]] = []
_hooked: list[bool] = []
_lock = threading.Lock()


@contextmanager
def network_fault(name: str, fault: Fault, arm: Arm) -> Iterator[None]:
    """Nobody is reached while the block runs."""
    entry = (arm, fault)
    with _lock:
        if not _hooked:
            sys.addaudithook(_asked)
            _hooked.append(True)
        _refusing.append(entry)
    try:
        yield
    finally:
        with _lock:
            _refusing[:] = [each for each in _refusing if each is not entry]


def _asked(event: str, arguments: tuple[Any, ...]) -> None:
    if not _refusing:
        return
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        _fire()
        raise OSError(errno.ECONNREFUSED, "connection refused")
    if event == "socket.getaddrinfo" and _needs_network(arguments[0]):
        _fire()
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure in name resolution")


def _fire() -> None:
    for arm, fault in list(_refusing):
        call, strikes = arm.next("")
        if strikes is not None:
            arm.fired("", fault, call)


def _needs_network(host: object) -> bool:
    """Whether a name has to be asked for: an address or `localhost` hasn't."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(text, str) or text in ("", "localhost"):
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    return False
