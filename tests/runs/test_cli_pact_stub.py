"""`stagepact pact stub`: a process that answers as pact files say."""

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
from pact_mocking import document, got, sent
from tiny_project import Project

INTERACTIONS = [
    got("runs", "/jobs/1", {"state": "running"}, states=("it runs",)),
    got("done", "/jobs/1", {"state": "done"}, states=("it is done",)),
    got(
        "found",
        "/jobs",
        {"items": [], "self": "http://localhost/jobs"},
        request={"query": {"q": ["tea"]}},
        generators={"body": {"$.self": {"type": "MockServerURL", "regex": ".*(/jobs)"}}},
    ),
]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "stagepact", "pact", "stub", *arguments],
        cwd=Path.cwd(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_it_answers_until_it_is_interrupted(project: Project) -> None:
    project.file("pacts/ui-api.json", document(*INTERACTIONS))
    project.file("pacts/cli-api.json", document(got("all", "/all", [1]), provider="other"))
    files = ("pacts/ui-api.json", "pacts/cli-api.json")
    with started(*files, "--port", "0", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport, base_url=told["url"]) as client:
            first = [client.get("/jobs/1").json()["state"] for _ in range(2)]
            done = client.get("/jobs/1", headers={"Pact-State": "it is done"}).json()
            found = client.get("/jobs?q=tea").json()
            every = client.get("/all").json()
            lost, wrong = client.get("/jbos"), client.get("/jobs?q=milk")
            refused = client.post("/all")
        lines = [json.loads(process.stdout.readline()) for _ in range(8)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert told["provider"] == "voice-api and other"
    assert told["interactions"][-2:] == ["GET /jobs: found", "GET /all: all"]
    assert (first, done) == (["running", "running"], {"state": "done"})
    assert (found["self"], every) == (f"{told['url']}/jobs", [1])
    assert [each.status_code for each in (lost, wrong, refused)] == [404, 400, 404]
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["nearest"] == "found"
    assert wrong.json()["mismatches"][0]["expected"] == '"tea"'
    assert lines[-1] == {"method": "POST", "path": "/all", "status": 404}
    assert (process.returncode, said) == (0, "ended\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (document(sent("done", 1)), "p.json: found no interaction over HTTP; expected at least"),
        ("{", "p.json:1"),
        ('{"consumer": {"name": "a"}, "provider": {"name": "b"}}', "p.json:1: found no interact"),
    ],
)
def test_what_cannot_be_served_is_told(text: str, told: str, project: Project) -> None:
    project.file("p.json", text)
    ran = project.run("pact", "stub", "p.json", "--port", "0")
    assert ran.exit_code == 2
    assert told in ran.stderr


def test_a_file_that_is_not_there_and_a_port_that_is_taken_are_told(project: Project) -> None:
    assert "none.json" in project.run("pact", "stub", "none.json").stderr
    project.file("p.json", document(*INTERACTIONS))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ran = project.run("pact", "stub", "p.json", "--port", port)
    assert ran.exit_code == 2
    assert f"127.0.0.1:{port}, where nothing can be served" in ran.stderr
