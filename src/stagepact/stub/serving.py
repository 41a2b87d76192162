"""The stub behind a real port; needs the extra `stub`."""

from __future__ import annotations

from typing import Any

try:
    import uvicorn
    import websockets  # noqa: F401 - uvicorn speaks to WebSockets by it
except ImportError as error:  # pragma: no cover - tests run with both
    raise ImportError(
        "a stub is served by uvicorn and websockets: pip install 'stagepact[stub]'",
        name=error.name,
    ) from error

_GRACE = 1  # seconds that streams may take to end


def serve(app: Any, host: str, port: int) -> None:
    """Serve until Ctrl-C, or until the process is told to end."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        log_level="warning",
        timeout_graceful_shutdown=_GRACE,
    )
    uvicorn.Server(config).run()
