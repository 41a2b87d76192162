"""`stagepact record-http`: from a recording, and through a proxy that is interrupted."""

from __future__ import annotations

import json
import signal
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from test_cli_stub import started
from tiny_project import Project

ENTRY = {
    "request": {
        "method": "GET",
        "url": "http://shop.example/orders/7",
        "headers": [{"name": "Accept", "value": "*/*"}],
    },
    "response": {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"text": '{"id": 7}'},
    },
}
HAR = json.dumps({"log": {"entries": [ENTRY]}})


def test_a_har_becomes_a_contract_that_lints_clean(project: Project) -> None:
    project.file("shop.har", HAR)
    ran = project.run("record-http", "--har", "shop.har", "--output", "shop.contract.yaml")
    assert ran.stdout.splitlines() == [
        "written: shop.contract.yaml (1 operations)",
        "next: stagepact check shop.contract.yaml",
    ]
    assert "GET /orders/{order_id}:" in Path("shop.contract.yaml").read_text(encoding="utf-8")
    assert project.run("lint", "shop.contract.yaml").exit_code == 0


def test_a_har_is_told_as_values_or_printed(project: Project) -> None:
    project.file("shop.har", HAR)
    told = json.loads(project.run("record-http", "--har", "shop.har", "--json").stdout)
    assert told == {"file": None, "operations": 1, "lost": []}
    assert "stagepact: 1" in project.run("record-http", "--har", "shop.har").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say either --har FILE or --proxy"),
        (["--har", "a", "--proxy"], "say either --har FILE or --proxy"),
        (["--proxy"], "--proxy needs --target"),
        (["--proxy", "--target", "ftp://a"], "--proxy needs --target"),
        (["--har", "none.har"], "none.har: found a file that can't be read"),
        (["--har", "shop.har", "--output", "shop.yaml"], "a name that ends in .contract.yaml"),
        (["--har", "shop.har", "--output", "old.contract.yaml"], "say --force to overwrite it"),
        (["--har", "shop.har", "--host", "other.example"], "nothing was recorded"),
        (["--har", "old.contract.yaml"], "found neither of both"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], told: str, project: Project) -> None:
    project.file("shop.har", HAR)
    project.file("old.contract.yaml", "name: old\n")
    ran = project.run("record-http", *arguments)
    assert ran.exit_code == 2
    assert told in ran.stderr


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "9")
        self.end_headers()
        self.wfile.write(b'{"id": 7}')

    def log_message(self, *args: object) -> None: ...


def test_a_proxy_records_until_it_is_interrupted(project: Project, free_port: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as shop:
        thread = Thread(target=shop.serve_forever)
        thread.start()
        target = f"http://127.0.0.1:{shop.server_port}"
        arguments = ["--target", target, "--port", str(free_port)]
        written = ["--output", "shop.contract.yaml"]
        with started(Path.cwd(), "record-http", "--proxy", *arguments, *written) as process:
            assert process.stderr is not None
            assert "recording http://127.0.0.1" in process.stderr.readline()
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(transport=transport) as client:
                assert client.get(f"http://127.0.0.1:{free_port}/orders/7").json() == {"id": 7}
            assert process.stderr.readline() == "200 GET /orders/7\n"
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate()
        assert process.returncode == 0
        assert said.startswith("written: shop.contract.yaml")
        assert project.run("check", "shop.contract.yaml").exit_code == 0
        shop.shutdown()
        thread.join()
