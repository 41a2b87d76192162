"""Services that answer badly, over real sockets: each is a clear finding, and the others go on."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_project import Project

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from servers import by_hand, closed_port

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"
BODY = b'Content-Length: 10\r\n\r\n{"ok":"y"}'
GOOD = JSON + BODY
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
UNREAD = "a body that can be read"


def of_length(body: bytes, head: bytes = JSON) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@dataclass(frozen=True)
class Bad:
    """What a server answers, the clause that it breaks, what was promised, and what was seen."""

    answer: bytes
    clause: str
    promised: str
    seen: str


def body(answer: bytes, seen: str, promised: str = UNREAD) -> Bad:
    return Bad(answer, "responses.200.body", promised, seen)


def none(answer: bytes, seen: str) -> Bad:
    return Bad(answer, "no-server-error", "no server error", f"no response: ServiceError: .*{seen}")


BAD = {
    "invalid-json": body(of_length(b"{'a':1"), "the body is not JSON: Expecting property name"),
    "not-utf-8": body(of_length(b'{"ok":"\xe9"}'), "the body is not utf-8"),
    "empty": body(of_length(b""), "the body is not JSON: Expecting value"),
    "no-number": body(of_length(b'{"ok":NaN}'), "NaN is no JSON number"),
    "deep": body(of_length(b"[" * 200_000), "the body can't be read: maximum recursion depth"),
    "long-number": body(of_length(b"9" * 50_000), "the body can't be read: Exceeds the limit"),
    "cut": body(JSON + b'Content-Length: 4\r\n\r\n{"ok":"y"}', "the body is not JSON"),
    "half": body(JSON + b"Content-Length: 99\r\n\r\n1", "the body broke off", "a whole body"),
    "chunks-end": body(CHUNKED + b"1\r\n1\r\n", "the body broke off", "a whole body"),
    "chunk-nonsense": body(CHUNKED + b"zz\r\n1\r\n", "illegal chunk header"),
    "hangs-up": none(b"", "Server disconnected without sending a response"),
    "status-line-only": none(OK, "Server disconnected without sending a response"),
    "no-status-line": none(b"<html>hello</html>\r\n\r\n", "illegal status line"),
    "status-nonsense": none(b"HTTP/1.1 99999 What\r\n\r\n", "illegal status line"),
    "header-nonsense": none(OK + b"no colon\r\n\r\n", "illegal header line"),
    "two-lengths": none(JSON + b"Content-Length: 11\r\n" + BODY, "conflicting Content-Length"),
    "large-header": none(JSON + b"X: " + b"x" * 300_000 + b"\r\n" + BODY, "too long"),
    "many-headers": none(JSON + b"X: x\r\n" * 50_000 + BODY, "too long"),
    "redirect-loop": Bad(
        b"HTTP/1.1 302 Found\r\nLocation: /redirect-loop\r\nContent-Length: 0\r\n\r\n",
        "responses.status",
        "a status of 200",
        "302",
    ),
}
HARMLESS = {
    # JSON is UTF-8 whatever is said (RFC 8259, 8.1 and 11), and may hold half a pair, escaped.
    "charset": of_length(BODY[-10:], OK + b"Content-Type: application/json; charset=utf-16\r\n"),
    "half-a-pair": of_length(b'{"ok":"\\ud800"}'),
    "good": GOOD,
}
MEGABYTE = b"F4240\r\n" + b" " * 1_000_000 + b"\r\n"
ENDLESS = "endless"  # more than is ever read


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As the path says; the socket is closed after what is bad."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        name = head.split(b" ")[1].decode().lstrip("/").partition("?")[0]
        if name == ENDLESS:
            writer.write(CHUNKED)
        while name == ENDLESS:
            writer.write(MEGABYTE)
            await writer.drain()
        writer.write(BAD[name].answer if name in BAD else HARMLESS.get(name, GOOD))
        await writer.drain()
        if name in BAD:
            return


OPERATION = """
      GET /{name}:
        fuzz: false
        responses:
          200:
            content-type: application/json
            body: {{type: [object, number], properties: {{ok: {{type: string}}}}}}
        examples: [{{name: it}}]
"""


def contract(project: Project, service: str, *names: str) -> None:
    operations = "".join(OPERATION.format(name=name) for name in names)
    text = f"stagepact: 1\nname: shop\nservices:\n  shop:\n    {service}\n    operations:"
    (project.root / "contracts").mkdir(exist_ok=True)
    (project.root / "contracts" / "shop.contract.yaml").write_text(text + operations)


def checked(project: Project, code: int = 1) -> tuple[Any, str]:
    """The run, as `--json` has it, and all that was told."""
    done = project.run("check", "--json", "found.json", "--seed", "1")
    assert "Traceback (most recent call last)" not in done.output
    assert done.exit_code == code, done.output
    run = json.loads((project.root / "found.json").read_text(encoding="utf-8"))
    return run, done.output


def by_name(run: Any) -> dict[str, dict[str, Any]]:
    """Each verdict by its subject and clause."""
    named = ((f"{v['item']['subject']}::{v['item']['clause']}", v) for v in run["verdicts"])
    return dict(named)


def states(found: dict[str, dict[str, Any]], name: str) -> dict[str, str]:
    own = f"GET /{name}::"
    return {key.removeprefix(own): v["state"] for key, v in found.items() if key.startswith(own)}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One run over all of them."""
    project = Project(tmp_path_factory.mktemp("hostile"))
    project.file("pyproject.toml", "[tool.stagepact]\n")
    with by_hand(answer) as host:
        contract(project, f"url: http://{host}", *BAD, ENDLESS, *HARMLESS)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project.root)
            return by_name(checked(project)[0])


@pytest.mark.parametrize("name", BAD)
def test_what_is_bad_is_told_in_its_own_words(found: dict[str, dict[str, Any]], name: str) -> None:
    """Only what can't be judged without an answer is broken or not exercised beside it."""
    bad = BAD[name]
    verdict = found[f"GET /{name}::{bad.clause}"]
    assert verdict["state"] == "broken"
    seen = [(each["promised"], each["seen"]) for each in verdict["violations"]]
    assert any(p == bad.promised and re.search(bad.seen, s) for p, s in seen), seen
    answered = bad.clause != "no-server-error"
    assert (states(found, name)["no-server-error"] == "kept") is answered


def test_a_body_that_never_ends_is_not_judged(found: dict[str, dict[str, Any]]) -> None:
    """It is cut at a limit of ours, so what came of it proves nothing."""
    verdict = found["GET /endless::responses.200.body"]
    assert verdict["state"] == "not exercised"
    assert "the body goes on after 10000000 bytes" in verdict["reason"]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_sound_beside_it_is_kept(found: dict[str, dict[str, Any]], name: str) -> None:
    """One operation's fault is no other one's; sockets that broke aren't used again."""
    assert set(states(found, name).values()) == {"kept"}


# -- services that aren't reached --------------------------------------------------------------


def test_a_closed_port_is_told_for_each_operation(project: Project) -> None:
    contract(project, f"url: http://{closed_port()}", "a", "b")
    run, told = checked(project)
    found = by_name(run)
    for name in ("a", "b"):
        assert states(found, name)["no-server-error"] == "broken"
        assert "kept" not in states(found, name).values()
    assert "ConnectError" in told


def test_a_certificate_that_nobody_knows_is_told(project: Project) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with by_hand(answer, ssl=context) as host:
        contract(project, f"url: https://{host}", "good")
        run, told = checked(project)
    assert states(by_name(run), "good")["no-server-error"] == "broken"
    assert "self-signed certificate" in told


CERTIFICATE = Path(__file__).parent / "self_signed.pem"


# -- apps that don't start ---------------------------------------------------------------------

APP = """
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    {before}
    yield
    {after}


app = FastAPI(lifespan=lifespan)


@app.get("/good")
async def good():
    return {{"ok": "y"}}
"""
BESIDE = """
stagepact: 1
name: beside
services:
  beside:
    app: "beside:app"
    operations:
"""


def beside(project: Project) -> None:
    """A service that is well, in a contract of its own."""
    project.file("beside.py", APP.format(before="pass", after="pass"))
    operation = OPERATION.format(name="well")
    (project.root / "contracts" / "beside.contract.yaml").write_text(
        BESIDE + operation.replace("/well", "/good")
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("app = (\n", "SyntaxError"),
        ("", "an attribute 'app' of lost"),
    ],
)
def test_an_app_that_cannot_be_imported_is_one_problem(
    project: Project, code: str, told: str
) -> None:
    """With the contract's line; the other services are checked."""
    project.file("lost.py", code)
    contract(project, 'app: "lost:app"', "a", "b")
    beside(project)
    run, _ = checked(project, code=2)
    (problem,) = run["problems"]
    assert told in json.dumps(problem)
    assert problem["place"]["line"] == 5
    assert {v["state"] for v in run["verdicts"]} == {"kept"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("raise RuntimeError('no database')", "pass", "startup failed: RuntimeError: no database"),
        ("pass", "raise RuntimeError('half written')", "shutdown failed: RuntimeError: half"),
        ("raise SystemExit(3)", "pass", "SystemExit: 3"),
    ],
)
def test_an_app_that_fails_in_its_lifespan_is_told(
    project: Project, before: str, after: str, told: str
) -> None:
    project.file("lost.py", APP.format(before=before, after=after))
    contract(project, 'app: "lost:app"', "good")
    beside(project)
    run, text = checked(project)
    verdicts = [v for v in run["verdicts"] if v["item"]["file"].endswith("shop.contract.yaml")]
    others = [v for v in run["verdicts"] if v not in verdicts]
    assert told in text
    (verdict,) = (v for v in verdicts if v["item"]["clause"] == "no-server-error")
    assert verdict["state"] == "broken"
    assert {v["state"] for v in others} == {"kept"}
