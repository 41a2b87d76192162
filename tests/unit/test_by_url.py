"""Services that really listen: by `url`, by `--base-url` of both doors, and no host but theirs."""

from __future__ import annotations

import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import vault
from click.testing import CliRunner, Result

from stagepact.cli import main
from stagepact.record import Record
from stagepact.verdict.model import State

CONTRACT = (
    """stagepact: 1
name: vault
services:
  vault:
    app: "vault:app"
    auth:
      challenge: Bearer
      """
    + vault.LOGIN
    + """
    operations:
      GET /things:
        fuzz: false
        responses: {200: {body: {type: array}}}
        examples: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]
      GET /things/{id}:
        owned: ada
        fuzz: false
        responses: {200: {}, 404: {body: {properties: {error: {const: there is nothing}}}}}
        examples:
          - {name: mine, request: {path: {id: "1"}}, response: {status: 200}}
          - {name: nothing, request: {path: {id: "9"}}, response: {status: 404}}
"""
)
PAST = "ada's secret: ü/&", "bob-password"


class Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@contextmanager
def listening(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, Threaded, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOB_PASSWORD", vault.PASSWORDS["bob"])
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "vault.contract.yaml").write_text(CONTRACT, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="stagepact", catch_exceptions=False)


def test_a_base_url_is_called_instead_of_the_app(folder: Path) -> None:
    made = vault.Vault()
    with listening(made) as url:
        done = run("check", "--base-url", url, "--prove")
    assert done.exit_code == 0, done.output
    assert "GET /things" in made.calls
    with Record.open(folder / ".stagepact" / "record.db") as record:
        last = record.last()
    assert last is not None
    assert {each.item.path for each in last.verdicts} == {"http"}
    assert {each.state for each in last.verdicts} == {State.KEPT}


DOWN = """
stagepact: 1
name: down
services:
  down:
    url: "http://127.0.0.1:9"
    openapi: OPENAPI
    operations: {GET /written: {responses: {200: {}}}}
"""


@pytest.mark.parametrize("openapi", ["true", "/openapi.json", "http://127.0.0.1:9/openapi.json"])
@pytest.mark.slow
def test_a_service_that_is_not_there_is_one_problem_and_others_go_on(
    folder: Path, openapi: str
) -> None:
    (folder / "contracts" / "down.contract.yaml").write_text(DOWN.replace("OPENAPI", openapi))
    with listening(vault.Vault()) as url:
        asked = ["check", "--base-url", f"vault={url}", "--no-fuzz"]
        done = run(*asked)
        door = pytest_process(folder, "--stagepact-base-url", f"vault={url}", "-rA")
    assert done.exit_code == 2
    told = done.output.partition("contracts/vault.contract.yaml")[0]
    assert told.count("found  ") == 1
    assert "contracts/down.contract.yaml:7" in told
    assert "a service that gives no answer (ServiceError: http://127.0.0.1:9" in told
    assert "to do     start it, or say where it answers by --base-url" in told
    shown = door.stdout.replace(": ", "::")
    for clause in ("GET /written::responses.status[http]", "document"):
        assert f"FAILED contracts/down.contract.yaml::{clause}" in shown
    assert "PASSED contracts/vault.contract.yaml::" in shown
    assert "FAILED contracts/vault.contract.yaml::" not in shown
    assert "Traceback" not in done.output + shown


def test_a_refused_token_is_renewed_and_the_request_sent_again(folder: Path) -> None:
    """A token holds for two calls only, so it is refused again and again."""
    made = vault.Vault(lasts=2)
    with listening(made) as url:
        done = run(
            "check", "--base-url", f"vault={url}", "-k", "GET /things::responses", "--seed", "1"
        )
    assert done.exit_code == 0, done.output
    assert made.calls.count("POST /renew") >= 2
    assert made.calls.count("POST /login") == 1


def test_a_command_that_shows_a_violation_says_where_it_was(folder: Path) -> None:
    made = vault.Vault(bugs=frozenset({"others-served"}))
    with listening(made) as url:
        done = run("check", "--base-url", url, "--no-fuzz")
        assert done.exit_code == 1
        assert f"stagepact run --base-url {url}" in done.output
        again = run("run", "--base-url", url, "GET /things/{id}::owned", "--case", "owned: as bob")
    assert again.exit_code == 1
    assert "promised  refused by 403 or 404" in again.output


def test_what_is_known_of_a_url_is_known_by_its_own_clauses(folder: Path) -> None:
    """The ids say how a service was spoken to, so a baseline of the app is none of the URL."""
    who = ("--owner", "ada", "--issue", "#1", "--reason", "later", "--until", "2999-01-01")
    with listening(vault.Vault(bugs=frozenset({"others-served"}))) as url:
        done = run("baseline", "update", "--base-url", url, *who)
        assert done.exit_code == 0, done.output
        assert "GET /things/{id}::owned[http]" in done.output
        assert run("check", "--base-url", url).exit_code == 0
        told = run("explain", "--base-url", url, "GET /things/{id}::owned")
        assert "owned[http]" in told.output
        assert "known      until 2999-01-01: later (#1, ada)" in told.output
    with listening(vault.Vault()) as url:
        done = run("baseline", "prune", "--base-url", url)
    assert "GET /things/{id}::owned[http]" in done.output
    assert "2 removed, 0 kept" in done.output


def test_no_other_host_is_called(folder: Path) -> None:
    """Neither where a redirect leads, nor where a proxy of the environment would be."""
    other = vault.Vault()
    with listening(other) as elsewhere:

        def redirecting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response("302 Found", [("Location", f"{elsewhere}/things")])
            return [b""]

        with pytest.MonkeyPatch.context() as patch, listening(redirecting) as url:
            patch.setenv("http_proxy", elsewhere)
            patch.setenv("HTTP_PROXY", elsewhere)
            done = run("check", "--base-url", url)
    assert done.exit_code == 1
    assert other.calls == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("nonsense", "'nonsense' is no [NAME=]URL"),
        ("vault=ftp://a.b", "is no [NAME=]URL"),
        ("=http://127.0.0.1", "is no [NAME=]URL"),
        ("valt=http://127.0.0.1:1", "did you mean 'vault'?"),
    ],
)
def test_a_base_url_that_is_none_is_told(folder: Path, value: str, told: str) -> None:
    done = run("check", "--base-url", value)
    assert done.exit_code == 2
    assert told in done.output + done.stderr


def test_a_port_where_nobody_listens_is_told(folder: Path) -> None:
    with listening(vault.Vault()) as url:
        pass
    done = run("check", "--base-url", url, "--no-fuzz")
    assert done.exit_code == 1
    assert "ConnectError" in done.output


def pytest_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "contracts", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_pytest_calls_a_base_url_too(folder: Path) -> None:
    made = vault.Vault(bugs=frozenset({"nobody-served"}))
    with listening(made) as url:
        done = pytest_process(folder, "--stagepact-base-url", url)
    assert "GET /things" in made.calls
    assert "auth-required[http]" in done.stdout
    wrong = pytest_process(folder, "--stagepact-base-url", "nonsense")
    assert wrong.returncode == 2
    assert "'nonsense' is no [NAME=]URL" in wrong.stderr + wrong.stdout


def test_no_output_tells_a_secret(folder: Path) -> None:
    """A service that tells all it knows: nothing of that is in what both doors write."""
    bugs = frozenset({"credential-told", "never-out", "renewed-again"})
    made = vault.Vault(bugs=bugs)
    outputs = ["--html", "out.html", "--json", "out.json", "--junit", "out.xml", "--verbose"]
    with listening(made) as url:
        told = [run("check", "--base-url", url, *outputs).output]
        item = ("GET /things/{id}::no-secrets", "--case", "nothing")
        told += [run("run", "--base-url", url, *item, *how).output for how in ([], ["--json"])]
        told += [run("run", "--base-url", url, "vault::auth.login", "--case", "auth.login").output]
        door = ("--stagepact-json", "door.json", "--stagepact-html", "door.html", "-rA", "-vv")
        process = pytest_process(
            folder, "--stagepact-base-url", url, *door, "--junitxml", "door.xml"
        )
    told += [process.stdout, process.stderr]
    told += [run(*command).output for command in (["last"], ["explain", "vault::auth.login[wsgi]"])]
    files = [each for each in folder.rglob("*") if each.is_file()]
    written = {
        each: each.read_bytes().decode(errors="replace")
        for each in files
        if each.name != "vault.contract.yaml" and "__pycache__" not in each.parts
    }
    assert {"out.html", "out.json", "out.xml", "record.db", "door.json", "door.html"} <= {
        each.name for each in written
    }
    assert "***" in written[folder / "out.json"]
    secrets = {*PAST, *made.tokens, *made.renewals}
    assert len(secrets) > 5
    for text in (*told, *written.values()):
        assert [secret for secret in secrets if secret in text] == []
