"""Who calls: every scheme and every source of credentials, on a service with and without bugs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import vault
from observations import document

from stagepact.contract.lint import lint
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

KEYS = "users: {ada: {token: ada-key-0123456789}, bob: {token: bob-key-0123456789}}"
LOGIN = vault.LOGIN + "\n        rotates: true"
CLIENTS = vault.USERS + "\n      client-credentials: {request: POST /token, scope: a b}"
# By name: how credentials are sent, the scheme of the vault, and the rest of `auth`.
WAYS = {
    "bearer": ("bearer", "bearer", KEYS),
    "basic": ("basic", "basic", vault.USERS),
    "header": ("{header: X-Api-Key}", "header", KEYS),
    "query": ("{query: key}", "query", KEYS),
    "cookie": ("{cookie: session}", "cookie", KEYS),
    "login": ("bearer", "bearer", LOGIN),
    "session": ("{cookie: session}", "cookie", LOGIN),
    "clients": ("bearer", "bearer", CLIENTS),
    "function": (
        "bearer",
        "bearer",
        'users: {ada: {token: {from: "vault:key_of_ada"}}, '
        'bob: {token: {from: "vault:key_of_bob"}}}',
    ),
}
OPERATIONS = """
    states: {both have one: "vault:seed"}
    operations:
      GET /open: {auth: none, responses: {200: {}}}
      GET /things: {state: both have one, responses: {200: {}}}
      GET /things/{id}:
        state: both have one
        owned: ada
        responses: {200: {}, 401: {}, 404: {}}
        examples:
          - {name: mine, response: {status: 200}}
          - {name: not bob's, as: bob, response: {status: 404}}
          - {name: nobody's, as: nobody, response: {status: 401}}
      DELETE /things/{id}: {state: both have one, owned: ada, responses: {204: {}, 404: {}}}
"""


def planned(folder: Path, way: str, *, more: str = "") -> Plan:
    scheme, _, rest = WAYS[way]
    text = f"""stagepact: 1
name: vault
services:
  vault:
    app: "vault:app"
    auth:
      scheme: {scheme}
      challenge: true
      {rest}
{more}{OPERATIONS}"""
    path = folder / "vault.contract.yaml"
    path.write_text(text, encoding="utf-8")
    return make_plan(open_project([path], folder))


def verdicts(plan: Plan, **how: Any) -> list[Verdict]:
    assert plan.problems == ()
    options = Options(max_examples=5, seed=1, **how)
    return [each for target in plan.targets for each in check(target, options)]


def broken(found: list[Verdict]) -> set[str]:
    return {e.item.clause for e in found if e.state is State.BROKEN}


@pytest.fixture(autouse=True)
def known_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOB_PASSWORD", vault.PASSWORDS["bob"])


def with_vault(monkeypatch: pytest.MonkeyPatch, way: str, *bugs: str, **how: Any) -> vault.Vault:
    made = vault.Vault(WAYS[way][1], frozenset(bugs), **how)
    monkeypatch.setattr(vault, "vault", made)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_service_without_bugs_keeps_all_and_all_can_fail(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_vault(monkeypatch, way)
    found = verdicts(planned(tmp_path, way), prove=True)
    assert [f"{e.item}: {e.reason}" for e in found if e.state is not State.KEPT] == []
    assert [f"{e.item}: {e.unfailing}" for e in found if e.unfailing] == []


BUGS = [
    *((way, "nobody-served", "auth-required") for way in WAYS),
    *((way, "anything-goes", "auth-required") for way in WAYS),
    *((way, "others-served", "owned") for way in WAYS),
    *((way, "credential-told", "no-secrets") for way in WAYS),
    ("bearer", "any-scheme", "auth-required"),
    ("basic", "any-scheme", "auth-required"),
    ("bearer", "deleted-and-refused", "owned"),
    ("login", "any-password", "auth.login"),
    ("login", "never-out", "auth.logout"),
    ("session", "never-out", "auth.logout"),
    ("login", "renewed-in-vain", "auth.refresh"),
    ("login", "renewed-again", "auth.refresh-once"),
    ("login", "kept-after-renewal", "auth.rotated"),
    ("session", "kept-after-renewal", "auth.rotated"),
]


@pytest.mark.parametrize(("way", "bug", "clause"), BUGS)
def test_a_bug_breaks_its_clause(
    way: str, bug: str, clause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_vault(monkeypatch, way, bug)
    assert clause in broken(verdicts(planned(tmp_path, way)))


@pytest.mark.parametrize("way", WAYS)
def test_no_verdict_tells_a_secret(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = with_vault(monkeypatch, way, "credential-told", "others-served", "nobody-served")
    found = verdicts(planned(tmp_path, way))
    assert broken(found)
    told = repr([replaced for each in found for replaced in (each.reason, each.violations)])
    secrets = {*vault.KEYS, *vault.PASSWORDS.values(), *made.tokens, *made.renewals}
    assert [secret for secret in secrets if secret in told] == []
    assert vault.credentials("ada") not in told


def test_a_token_that_is_refused_says_that_nothing_was_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_vault(monkeypatch, "bearer")
    monkeypatch.setattr(vault, "KEYS", {})
    found = {f"{e.item.subject} {e.item.clause}": e for e in verdicts(planned(tmp_path, "bearer"))}
    law = found["GET /things auth-required"]
    assert law.state is State.NOT_EXERCISED
    assert law.reason == "with valid credentials answered by 401: the success was never reached"


def test_a_login_that_gives_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_vault(monkeypatch, "login")
    monkeypatch.setenv("BOB_PASSWORD", "another")
    monkeypatch.setattr(vault, "PASSWORDS", {})
    found = {f"{e.item.subject} {e.item.clause}": e for e in verdicts(planned(tmp_path, "login"))}
    told = (
        "the case can't be given to the subject: ada can't log in: POST /login gave no token (401)"
    )
    assert found["GET /things auth-required"].state is State.NOT_EXERCISED
    assert found["GET /things auth-required"].reason == told
    assert found["vault auth.login"].state is State.NOT_EXERCISED
    assert found["GET /open no-server-error"].state is State.KEPT


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("vault:no_key", "ada's token is int; expected a text"),
        ("vault:broken_key", "ada's token can't be made: OSError: the safe is closed"),
    ],
)
def test_a_function_that_gives_no_secret_is_told(
    reference: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_vault(monkeypatch, "bearer")
    monkeypatch.setitem(
        WAYS,
        "wrong",
        (
            "bearer",
            "bearer",
            f'users: {{ada: {{token: {{from: "{reference}"}}}}, bob: {{token: x}}}}',
        ),
    )
    plan = planned(tmp_path, "wrong")
    text = {e.item.clause: e.reason for t in plan.targets for e in check(t, Options(fuzz=False))}
    assert text["auth-required"].endswith(told)


def test_what_can_t_be_had_is_a_problem_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOB_PASSWORD")
    (problem,) = planned(tmp_path, "basic").problems
    assert problem.place.line == 11
    assert problem.found == "the environment variable BOB_PASSWORD, which is not set"
    monkeypatch.setitem(
        WAYS,
        "lost",
        ("bearer", "bearer", 'users: {ada: {token: {from: "vault:nokey"}}, bob: {token: b}}'),
    )
    (problem,) = planned(tmp_path, "lost").problems
    assert "nokey" in problem.found
    assert problem.place.line == 9


SERVICE = "name: a\nservices:\n  s:\n    app: a:b\n    "
WRONG = [
    (
        "auth: {users: {ada: {token: x}}, default: adda}",
        5,
        "the user 'adda'",
        "did you mean 'ada'?",
    ),
    ("auth: {users: {nobody: {token: x}}}", 5, "a user called 'nobody'", "without any"),
    ("operations: {GET /a: {as: ada}}", 5, "the user 'ada'", "add it to `auth.users`"),
    ("operations: {GET /a: {auth: none}}", 5, "auth: none", "say who may call"),
    (
        "auth: {users: {ada: {token: x}}}\n    operations: {GET /a: {owned: ada}}",
        6,
        "owned: ada, and no other user",
        "add another one",
    ),
    (
        "auth: {users: {ada: {token: x}}}\n    operations:\n      GET /a:\n        examples:\n"
        "          - {name: n, as: bob}",
        9,
        "the user 'bob'",
        "one of 'ada'",
    ),
    ("auth: {users: {ada: {username: x, password: y}}}", 5, "ada without a token", "say `login:`"),
    ("auth: {scheme: basic, users: {ada: {token: x}}}", 5, "ada without username", "for `basic`"),
    ("auth: {users: {ada: {token: x}}, check: GET /b}", 5, "the operation 'GET /b'", "operations"),
    (
        "auth: {users: {ada: {token: x}}, refresh: {request: POST /r}}",
        5,
        "refresh without a login",
        "say what gives tokens",
    ),
    (
        "auth: {users: {ada: {token: x}}, logout: {request: 'POST /{id}'}}",
        5,
        "POST /{id}",
        "a path without parameters",
    ),
]


@pytest.mark.parametrize(("block", "line", "found", "advice"), WRONG)
def test_what_is_wrong_with_users_is_told(block: str, line: int, found: str, advice: str) -> None:
    (problem,) = lint(document(SERVICE + block))
    assert problem.place.line == line
    assert found in problem.found
    assert advice in str(problem)
