"""Where commands that serve something listen."""

from __future__ import annotations

import socket

from stagepact.errors import ConfigurationError, Place, Problem


def free_port(host: str, port: int) -> int:
    """The port, found to be free.

    Raises:
        ConfigurationError: it isn't.
    """
    try:
        with socket.create_server((host, port)) as listener:
            return int(listener.getsockname()[1])
    except (OSError, OverflowError) as error:
        told = getattr(error, "strerror", None) or str(error)
        found = f"{host}:{port}, where nothing can be served ({told})"
        problem = Problem(Place("--port"), found, "a free port", "`--port 0` takes any", "stub")
        raise ConfigurationError(problem) from None
