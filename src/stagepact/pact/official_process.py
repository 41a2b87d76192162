"""The official engine in a process of its own: reads a task, writes what its Verifier found.

    python official_process.py TASK RESULTS

It stands alone: nothing of stagepact is imported here, and nothing imports it. The engine is a
library of native code, which prints to the standard output whatever it is told, and pact-python
wraps `__import__`; both stay in here.
"""

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pact import Verifier


def main(task: Path, results: Path) -> None:
    """Verify as the task says; all that was found, and the seconds that it took, as JSON."""
    told = json.loads(task.read_text(encoding="utf-8"))
    verifier = _verifier(told)
    began = time.perf_counter()
    with suppress(RuntimeError):  # It says no more than that something failed.
        verifier.verify()
    found: dict[str, Any] = {"seconds": time.perf_counter() - began, **_found(verifier)}
    results.write_text(json.dumps(found), encoding="utf-8")


def _verifier(task: dict[str, Any]) -> Verifier:
    host, port = task["host"], task["port"]
    verifier = Verifier(task["provider"], host=host)
    verifier.set_request_timeout(task["milliseconds"])
    verifier.add_transport(protocol="http", port=port, scheme="http")
    verifier.add_transport(protocol="message", port=port, path=task["messages"])
    verifier.state_handler(f"http://{host}:{port}{task['states']}", teardown=True, body=True)
    return verifier.follow_redirects(False).add_source(Path(task["file"]))


def _found(verifier: Verifier) -> dict[str, Any]:
    try:
        return dict(verifier.results)
    except RuntimeError as error:
        return {"errors": [{"mismatch": {"message": str(error)}}]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
