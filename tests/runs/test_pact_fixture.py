"""The fixture `pact`: providers and messages for consumers' tests, in users' projects."""

from __future__ import annotations

import pytest
from pact_mocking import document, got, sent
from tiny_project import Project, Ran

TESTS = """
import httpx
import pytest
import requests
from stagepact.errors import Misuse

def session(url):
    return httpx.get(f"{url}/sessions/s-1").json()

def test_block(pact):
    with pact("voice-api", "GET session") as provider:
        assert session(provider.url) == {"id": "s-1"}

def test_until_the_end(pact):
    provider = pact("voice-api")
    assert requests.get(f"{provider.url}/sessions/s-1", timeout=5).ok

def test_file(pact):
    with pact.file("pacts/ui-voice-api.json", "GET session") as provider:
        assert provider.client.get("/sessions/s-1").is_success

def test_served(pact):
    with pact("voice-api", served=True) as provider:
        assert session(provider.url) == {"id": "s-1"}

def test_message(pact):
    message = pact.messages("jobs", "done")
    assert message.contents == {"n": 1}
    assert message.verify(lambda contents: contents["n"]) == 1

def test_message_of_a_file(pact):
    assert pact.messages("pacts/ui-jobs.json", "done").metadata == {}

def test_never_asked_fails(pact):
    pact("voice-api", "GET session", "gone").client.get("/sessions/s-1")

def test_other_request_fails(pact):
    with pact("voice-api") as provider:
        session(provider.url)
        provider.client.get("/sessions/s-1?more=1")

def test_other_request_of_an_error_fails(pact):
    provider = pact("voice-api", "GET session")
    provider.client.get("/sessions/s-2").json()["id"]

def test_unread_fails(pact):
    pact.messages("jobs", "done")

def test_misspelt_provider_fails(pact):
    pact("voice-apy")

def test_misspelt_interaction_fails(pact):
    pact("voice-api", "GET sesion")

def test_misspelt_message_fails(pact):
    pact.messages("jobs", "doen")

def test_misspelt_consumer_fails(pact):
    pact("voice-api", consumer="uy")

def test_messages_only_fails(pact):
    pact("jobs")

def test_skips(pact):
    pact("voice-api", "GET session")
    pytest.skip("as planned")

def test_nothing_is_left(pact):
    with pytest.raises(httpx.ConnectError):
        session("http://voice-api.pact.test")
"""
SESSION = got("GET session", "/sessions/s-1", {"id": "s-1"})
GONE = got("gone", "/sessions/s-1", method="DELETE", status=204)


@pytest.fixture
def consumer(project: Project) -> Project:
    project.file("pacts/ui-voice-api.json", document(SESSION, GONE))
    project.file("pacts/ui-jobs.json", document(sent("done", {"n": 1}), provider="jobs"))
    project.file("test_them.py", TESTS)
    return project


def ran(done: Ran) -> pytest.RunResult:
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), 0)


TOLD = """\
*voice-api was never asked 'gone' (DELETE /sessions/s-1); *ui-voice-api.json:*
*voice-api was asked GET /sessions/s-1?more=1, which is no interaction of the pact
*query more: expected no such parameter, got "1"
*KeyError: 'id'
*voice-api was asked GET /sessions/s-2, which is no interaction of the pact
*path: expected "/sessions/s-1", got "/sessions/s-2"
*the message 'done' was never read; *ui-jobs.json:*
*found no pact with the provider 'voice-apy'; expected one of *'voice-api'; did you mean 'voice-api'?
*found no interaction 'GET sesion'; expected one of 'GET session', 'gone'; did you mean 'GET session'?
*found no message 'doen'; expected one of 'done'; did you mean 'done'?
*found no consumer 'uy'; expected one of 'ui'*
*found no interaction over HTTP; expected one; see `pact.messages`
"""  # noqa: E501 - lines of a report


def test_consumers_are_tested(consumer: Project) -> None:
    done = ran(consumer.pytest("-W", "error"))
    done.assert_outcomes(passed=7, failed=9, skipped=1)
    done.stdout.fnmatch_lines(TOLD.splitlines())


@pytest.mark.slow
def test_consumers_are_tested_by_workers_of_xdist(consumer: Project) -> None:
    done = ran(consumer.pytest_process("-n", "2", "-W", "error"))
    done.assert_outcomes(passed=7, failed=9, skipped=1)


def test_a_project_without_pacts_is_told(project: Project) -> None:
    project.file("test_it.py", "def test_it(pact):\n    pact('voice-api')\n")
    ran(project.pytest()).stdout.fnmatch_lines(
        ["*no pact with the provider 'voice-api'; *`pact.file(path)` takes *"]
    )


def test_a_pact_file_with_a_fault_is_told(project: Project) -> None:
    project.file("pacts/ui-api.json", '{"consumer": ')
    project.file("test_it.py", "def test_it(pact):\n    pact('voice-api')\n")
    ran(project.pytest()).stdout.fnmatch_lines(["*ui-api.json:1*"])


def test_a_fixture_of_the_users_own_stays_theirs(project: Project) -> None:
    project.file("conftest.py", "import pytest\n@pytest.fixture\ndef pact():\n    return 'mine'\n")
    project.file("test_it.py", "def test_it(pact):\n    assert pact == 'mine'\n")
    ran(project.pytest()).assert_outcomes(passed=1)


CONTRACT = """
stagepact: 1
name: ui
consumes:
  voice-api:
    interactions:
      GET session:
        request: {path: "/sessions/{id}", values: {id: s-1}}
        response: {body: {type: object, required: [id], properties: {id: {type: string}}}}
        example: {id: s-1}
"""


def test_what_contracts_consume_needs_no_file(project: Project) -> None:
    project.file("contracts/ui.contract.yaml", CONTRACT)
    project.file(
        "test_it.py",
        """
        def test_it(pact):
            with pact("voice-api", "GET session") as provider:
                assert provider.client.get("/sessions/s-1").json() == {"id": "s-1"}
        """,
    )
    ran(project.pytest("test_it.py")).assert_outcomes(passed=1)


def test_a_contract_with_a_fault_is_told(project: Project) -> None:
    text = CONTRACT.replace("example: {id: s-1}", "example: {id: 7}")
    project.file("contracts/ui.contract.yaml", text)
    project.file("test_it.py", "def test_it(pact):\n    pact('voice-api')\n")
    done = ran(project.pytest("test_it.py"))
    done.stdout.fnmatch_lines(["*contracts/ui.contract.yaml:10: found an example with*"])
