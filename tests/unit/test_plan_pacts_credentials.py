"""`as:` of `pacts:`: requests of consumers are sent with credentials that the provider takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pact_documents import document, http
from plans import Make, all_verdicts, make
from servers import served

from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

__all__ = ["make"]

CODE = """
    import json

    WANTED = {}

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        asked = (await receive())["body"]
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        seen = {"query": scope["query_string"].decode(), "cookie": headers.get("cookie", "")}
        seen["key"] = headers.get("x-key", "")
        seen["authorization"] = headers.get("authorization", "")
        status, told = 200, {"seen": seen}
        if scope["path"] == "/login":
            told = {"access_token": "t-of-" + json.loads(asked)["name"]}
        elif scope["path"] == "/admin":
            status = 403
        elif any(seen[name] != value for name, value in WANTED.items()):
            status = 401
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    def wanted(**values):
        WANTED.update(values)
        yield
        WANTED.clear()
"""
BEARER = "{users: {ada: {token: right-token}, bob: {token: other-token}}}"

Signed = Callable[..., Plan]


@pytest.fixture
def signed(make: Make, tmp_path: Path) -> Signed:
    """The plan of a service with this `auth:`, asked as a user."""

    def plan(
        *interactions: dict[str, Any], auth: str = BEARER, user: str = "ada", engine: str = "native"
    ) -> Plan:
        (tmp_path / "pacts").mkdir()
        (tmp_path / "pacts/ui-api.json").write_text(document(*interactions))
        service = "app: 'code_of_plan:app'" + (f", auth: {auth}" if auth else "")
        pacts = f"provider: api, from: ../pacts, as: {user}, engine: {engine}"
        states = "states: {wanted: 'code_of_plan:wanted'}"
        text = f"services: {{api: {{{service}}}}}\npacts: {{{pacts}, {states}}}\n"
        return make(CODE, a=text)

    return plan


def of_pacts(plan: Plan) -> list[Verdict]:
    assert plan.problems == ()
    return [each for each in all_verdicts(plan) if each.item.subject == "pacts/ui-api.json"]


def asked(path: str = "/", status: int = 200, **more: Any) -> dict[str, Any]:
    """An interaction; `wanted` is what the provider has to see, else it answers 401."""
    wanted = more.pop("wanted", {})
    given = [{"name": "wanted", "params": wanted}]
    return http("it", path, status=status, given=given, request=more)


@pytest.mark.parametrize("engine", ["native", "official"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer example"}])
def test_the_user_s_token_stands_where_the_pact_has_an_example(
    signed: Signed, headers: dict[str, str], engine: str
) -> None:
    if engine == "official":
        pytest.importorskip("pact_ffi")
    wanted = {"authorization": "Bearer right-token"}
    (found,) = of_pacts(signed(asked(wanted=wanted, headers=headers), engine=engine))
    assert found.state is State.KEPT


def test_another_user_is_another_token(signed: Signed) -> None:
    (found,) = of_pacts(signed(asked(wanted={"authorization": "Bearer right-token"}), user="bob"))
    assert [(each.promised, each.seen) for each in found.violations] == [("200", "401")]


@pytest.mark.parametrize(
    ("auth", "request_", "wanted"),
    [
        (
            "{scheme: basic, users: {ada: {username: ada, password: pass-word}}}",
            {},
            {"authorization": "Basic YWRhOnBhc3Mtd29yZA=="},
        ),
        (
            "{scheme: {header: X-Key}, users: {ada: {token: the key/1}}}",
            {"headers": {"x-key": "example", "Authorization": "kept"}},
            {"key": "the key/1", "authorization": "kept"},
        ),
        (
            "{scheme: {query: key}, users: {ada: {token: the key/1}}}",
            {"query": {"a": ["1"], "key": ["example"], "b": ["2"]}},
            {"query": "a=1&b=2&key=the%20key%2F1"},
        ),
        ("{scheme: {query: key}, users: {ada: {token: k-1}}}", {}, {"query": "key=k-1"}),
        (
            "{scheme: {cookie: sid}, users: {ada: {token: s-1}}}",
            {"headers": {"Cookie": "a=1; sid=example; b=2"}},
            {"cookie": "a=1; b=2; sid=s-1"},
        ),
        ("{scheme: {cookie: sid}, users: {ada: {token: s-1}}}", {}, {"cookie": "sid=s-1"}),
        (
            "{users: {ada: {username: ada, password: pass-word}},"
            " login: {request: POST /login, body: {name: '{username}'}}}",
            {},
            {"authorization": "Bearer t-of-ada"},
        ),
    ],
    ids=["basic", "header", "query", "query alone", "cookie", "cookie alone", "login"],
)
def test_credentials_stand_where_the_scheme_has_them(
    signed: Signed, auth: str, request_: dict[str, Any], wanted: dict[str, str]
) -> None:
    (found,) = of_pacts(signed(asked(wanted=wanted, **request_), auth=auth))
    assert (found.state, found.violations) == (State.KEPT, ())


def test_a_kept_token_that_is_good_no_more_is_got_anew(make: Make, tmp_path: Path) -> None:
    """Over a URL, a login serves many interactions, until its token is refused."""
    logins: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        token = dict(scope["headers"]).get(b"authorization", b"").decode()
        status, told = 200, {}
        if scope["path"] == "/login":
            logins.append(f"Bearer t-{len(logins)}")
            told = {"access_token": f"t-{len(logins) - 1}"}
        elif token not in logins[-1:]:
            status = 401
        else:
            logins.append("used")
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    (tmp_path / "pacts").mkdir()
    interactions = [http(name, "/") for name in ("first", "second")]
    (tmp_path / "pacts/ui-api.json").write_text(document(*interactions))
    auth = "{users: {ada: {username: ada, password: pass-word}}, login: {request: POST /login}}"
    with served(app, lifespan="off") as host:
        service = f"services: {{api: {{url: 'http://{host}', auth: {auth}}}}}"
        pacts = "pacts: {provider: api, from: ../pacts, as: ada}"
        found = of_pacts(make("", a=f"{service}\n{pacts}\n"))
    assert [each.state for each in found] == [State.KEPT, State.KEPT]
    assert logins == ["Bearer t-0", "used", "Bearer t-2", "used"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_what_is_to_be_unauthorized_is_sent_as_it_is(
    signed: Signed, headers: dict[str, str]
) -> None:
    wanted = {"authorization": "Bearer right-token"}
    (found,) = of_pacts(signed(asked(status=401, wanted=wanted, headers=headers)))
    assert found.state is State.KEPT


@pytest.mark.parametrize(
    ("headers", "sent"),
    [({}, ""), ({"Authorization": "Bearer example"}, "Bearer right-token")],
    ids=["nobody", "a user without the right"],
)
@pytest.mark.parametrize("refused", ["", "refused: 4XX, "])
def test_what_is_to_be_forbidden_is_sent_as_nobody_or_as_the_user(
    signed: Signed, headers: dict[str, str], sent: str, refused: str
) -> None:
    interaction = asked("/admin", 403, headers=headers)
    interaction["response"]["body"] = {
        "contentType": "application/json",
        "encoded": False,
        "content": {"seen": {"authorization": sent}},
    }
    (found,) = of_pacts(signed(interaction, auth=BEARER.replace("{users", f"{{{refused}users")))
    assert (found.state, found.violations) == (State.KEPT, ())


@pytest.mark.parametrize(
    ("auth", "user", "told"),
    [
        (BEARER, "adda", "expected one of ada, bob; did you mean 'ada'?"),
        ("", "ada", "expected a key of the service's `auth.users`; add the user to `auth:`"),
    ],
)
def test_a_user_who_is_not_there_is_told(signed: Signed, auth: str, user: str, told: str) -> None:
    plan = signed(asked(), auth=auth, user=user)
    (problem,) = plan.problems
    assert problem.place.file == "contracts/a.contract.yaml"
    assert problem.place.line == 4
    assert told in str(problem)
    assert not [each for each in plan.items if each.clause.kind == "pact.interaction"]
