"""The official engine in a process of its own: pact-python's Verifier, spoken to by pipes.

    python process.py FOLDER

It stands alone: nothing of stagepact is imported here, and nothing imports it. The engine is a
library of native code that prints what it likes to the standard output, and pact-python wraps
`__import__`; both stay in here. The folder is for the file that it reads, and is removed in the
end. Each line, in and out, is a JSON object:

- in, a task: `pact` (a file's document, one interaction), `given` (what its states gave)
- out, a question: `ask` (`request` or `message`), `method`, `target`, `headers`, `body` (base64)
- in, its answer: `status`, `headers`, `body` (base64)
- out, the task's `results`, as the Verifier has them
"""

import base64
import json
import os
import shutil
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

HOST = "127.0.0.1"
MESSAGES, STATES = "/-stagepact-message", "/-stagepact-state"
NEVER = 3_600_000  # milliseconds; whoever asks for a verification says when it took too long
NO_BODY = frozenset({204, 304})


class Pipes:
    """What is said to and by the process that started this one."""

    def __init__(self, heard: TextIO, said: TextIO) -> None:
        self._heard, self._said = heard, said
        self._lock = threading.Lock()
        self.given: dict[str, Any] = {}

    def task(self) -> Any:
        """The next task; None after the last."""
        with self._lock:
            line = self._heard.readline()
        return json.loads(line) if line else None

    def ask(self, question: dict[str, Any]) -> Any:
        """The answer to a question."""
        with self._lock:
            self.tell(question)
            line = self._heard.readline()
        if not line:
            os._exit(0)  # Nobody is there any more.
        return json.loads(line)

    def tell(self, value: dict[str, Any]) -> None:
        """Say one thing."""
        self._said.write(json.dumps(value) + "\n")
        self._said.flush()


class Handler(BaseHTTPRequestHandler):
    """One request of the engine, which opens a connection for each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pipes: Pipes

    def parse_request(self) -> bool:
        """Whether there is a request; it is answered here, whatever its method is called."""
        if super().parse_request():
            self._answer()
        return False

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.close_connection = True
        if self.path == STATES:
            headers = [["content-type", "application/json"]]
            told = self._written(200, headers, json.dumps(self.pipes.given).encode())
        else:
            told = self._asked(body)
        with suppress(OSError):
            self.wfile.write(told)

    def _asked(self, body: bytes) -> bytes:
        question = {
            "ask": "message" if self.path == MESSAGES else "request",
            "method": self.command,
            "target": self.path,
            "headers": list(self.headers.items()),
            "body": base64.b64encode(body).decode(),
        }
        answer = self.pipes.ask(question)
        return self._written(answer["status"], answer["headers"], base64.b64decode(answer["body"]))

    def _written(self, status: int, headers: list[list[str]], body: bytes) -> bytes:
        lines = [f"HTTP/1.1 {status} -", "connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        without = self.command == "HEAD" or status in NO_BODY
        if not without:
            lines.append(f"content-length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if without else body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the results say it."""


def verified(task: dict[str, Any], port: int, folder: Path) -> dict[str, Any]:
    """What the Verifier finds."""
    file = folder / "pact.json"
    file.write_text(json.dumps(task["pact"]), encoding="utf-8")
    verifier = Verifier(task["pact"]["provider"]["name"], host=HOST).set_request_timeout(NEVER)
    verifier.add_transport(protocol="http", port=port, scheme="http")
    verifier.add_transport(protocol="message", port=port, path=MESSAGES)
    if task["given"]:
        verifier.state_handler(f"http://{HOST}:{port}{STATES}", teardown=False, body=True)
    verifier.follow_redirects(False).add_source(file)
    try:
        with suppress(RuntimeError):  # It says no more than that something failed.
            verifier.verify()
        return dict(verifier.results)
    except RuntimeError as error:
        return {"errors": [{"mismatch": {"message": str(error)}}]}


def main(pipes: Pipes, folder: Path) -> None:
    """One task after the other, until nobody says any more."""
    Handler.pipes = pipes
    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while (task := pipes.task()) is not None:
            pipes.given = task["given"]
            pipes.tell({"results": verified(task, server.server_port, folder)})
        server.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    spoken = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from pact import Verifier

    main(Pipes(sys.stdin, spoken), Path(sys.argv[1]))
