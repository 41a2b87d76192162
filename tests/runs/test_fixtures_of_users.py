"""A pytest fixture that gives a user's token; the command line says that it can't."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tiny_project import Project

APP = """
    def app(environ, start_response):
        known = environ.get("HTTP_AUTHORIZATION") == "Bearer token-of-the-fixture"
        status = "200 OK" if known else "401 Unauthorized"
        start_response(status, [("content-type", "application/json")])
        return [b"{}"]
"""
CONFTEST = """
    import pytest


    @pytest.fixture(scope="session")
    def ada_token():
        return "token-of-the-fixture"
"""
CONTRACT = """
    stagepact: 1
    name: api
    services:
      api:
        app: "api:app"
        auth:
          users: {ada: {token: {from: "fixture:ada_token"}}}
        operations:
          GET /a: {responses: {200: {}}, examples: [{name: a, response: {status: 200}}]}
"""


@pytest.mark.slow
def test_a_fixture_gives_a_token(project: Project) -> None:
    project.file("api.py", APP)
    project.file("conftest.py", CONFTEST)
    project.file("contracts/api.contract.yaml", CONTRACT)
    command = [sys.executable, "-m", "pytest", "contracts", "-rA", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "auth-required[wsgi]" in done.stdout
    assert "skipped" not in done.stdout
    assert "token-of-the-fixture" not in done.stdout
    told = project.run("check").output
    assert "its ports are pytest fixtures (ada_token): run it with pytest" in told
