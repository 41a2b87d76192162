"""`stagepact stub`: a process that serves until it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tiny_project import Project

SERVICE = """\
stagepact: 1
name: shop
services:
  shop:
    url: "http://shop.example"
    operations:
      GET /health: {responses: {200: {body: {const: {status: ok}}}}}
channels:
  news: {websocket: "ws://shop.example/news", subscribe: {op: subscribe, topic: "{topic}"}}
"""


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "stagepact", *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_it_serves_until_it_is_interrupted(project: Project) -> None:
    project.file("shop.contract.yaml", SERVICE)
    with started(Path.cwd(), "stub", "shop.contract.yaml", "--port", "0", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["operations"], told["channels"]) == (["GET /health"], ["/news"])
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport, base_url=told["url"]) as client:
            assert client.get("/health").json() == {"status": "ok"}
        request = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert request == {"method": "GET", "path": "/health", "status": 200, "origin": "generated"}
    assert process.returncode == 0
    assert said == "ended\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stagepact: 1\nname: a\n", "shop.contract.yaml: found no operation and no channel"),
        ("name: [", "shop.contract.yaml:"),
    ],
)
def test_what_cannot_be_served_is_told(text: str, told: str, project: Project) -> None:
    project.file("shop.contract.yaml", text)
    ran = project.run("stub", "shop.contract.yaml")
    assert ran.exit_code == 2
    assert told in ran.stderr


def test_a_port_that_is_taken_is_told(project: Project) -> None:
    project.file("shop.contract.yaml", SERVICE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ran = project.run("stub", "shop.contract.yaml", "--port", port)
    assert ran.exit_code == 2
    assert f"127.0.0.1:{port}, where nothing can be served" in ran.stderr
