"""A WSGI service that asks who calls, in any scheme, with bugs that can be switched on."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Answer = tuple[int, Any, dict[str, str]]

PASSWORDS = {"ada": "ada's secret: ü/&", "bob": "bob-password"}
KEYS = {"ada-key-0123456789": "ada", "bob-key-0123456789": "bob"}

# Of a contract's `auth`: who may call, and how the vault gives tokens and takes them back.
USERS = """users:
        ada: {username: ada, password: "ada's secret: ü/&"}
        bob: {username: bob, password: {env: BOB_PASSWORD}}"""
LOGIN = (
    USERS
    + """
      login:
        request: POST /login
        body: {name: "{username}", password: "{password}"}
        token: /data/token
        refresh-token: /data/renewal
      logout: {request: POST /logout}
      refresh:
        request: POST /renew
        body: {renewal: "{refresh-token}"}
        token: /data/token
        refresh-token: /data/renewal
        once: true"""
)


@dataclass
class Vault:
    """Things of users; a token holds for `lasts` calls."""

    scheme: str = "bearer"
    bugs: frozenset[str] = frozenset()
    lasts: int = 1_000_000
    calls: list[str] = field(default_factory=list)
    tokens: dict[str, list[Any]] = field(default_factory=dict)
    renewals: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=lambda: {"1": "ada", "2": "bob"})
    made: int = 0

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as JSON."""
        status, data, headers = self._answer(environ)
        body = b"" if data is None else json.dumps(data).encode()
        told = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        start_response(f"{status} {status}", list(told.items()))
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.calls.append(f"{method} {path}")
        if path == "/open":
            return 200, {"open": True}, {}
        steps = {"/login": self._login, "/token": self._token, "/renew": self._renew}
        if path in steps:
            return steps[path](environ)
        user = self._user(environ)
        if user is None and "nobody-served" not in self.bugs:
            return 401, {"error": "who?"}, {"www-authenticate": "Bearer, Basic"}
        if path == "/logout":
            return self._logout(environ)
        return self._things(method, path.rpartition("/")[2], user or "ada", environ)

    def _things(self, method: str, id: str, user: str, environ: dict[str, Any]) -> Answer:
        if id == "things":
            return 200, [key for key, owner in self.things.items() if owner == user], {}
        owner = self.things.get(id)
        if owner != user:
            if method == "DELETE" and "deleted-and-refused" in self.bugs:
                self.things.pop(id, None)
            if "others-served" not in self.bugs:
                return 404, {"error": self._told(environ)}, {}
        if method == "DELETE":
            self.things.pop(id, None)
            return 204, None, {}
        return 200, {"id": id, "owner": owner}, {}

    def _told(self, environ: dict[str, Any]) -> str:
        if "credential-told" in self.bugs:
            return f"for {self._credential(environ)}"
        return "there is nothing"

    # -- who calls ---------------------------------------------------------------------------

    def _user(self, environ: dict[str, Any]) -> str | None:
        credential = self._credential(environ)
        if credential and "anything-goes" in self.bugs:
            return "ada"
        if self.scheme == "basic":
            name, _, password = _decoded(credential).partition(":")
            return name if PASSWORDS.get(name) == password else None
        if credential in KEYS:
            return KEYS[credential]
        there = self.tokens.get(credential)
        if there is None or there[1] <= 0:
            return None
        there[1] -= 1
        return str(there[0])

    def _credential(self, environ: dict[str, Any]) -> str:
        if self.scheme == "header":
            return str(environ.get("HTTP_X_API_KEY", ""))
        if self.scheme == "query":
            return parse_qs(environ.get("QUERY_STRING", "")).get("key", [""])[0]
        if self.scheme == "cookie":
            found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("session")
            return found.value if found else ""
        kind, _, credential = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        meant = kind.lower() == self.scheme or "any-scheme" in self.bugs
        return str(credential) if meant else ""

    def _given(self, user: str) -> Answer:
        self.made += 1
        token, renewal = f"token-{self.made:012d}", f"renewal-{self.made:012d}"
        self.tokens[token] = [user, self.lasts]
        self.renewals[renewal] = user
        return 200, {"data": {"token": token, "renewal": renewal}, "access_token": token}, {}

    def _login(self, environ: dict[str, Any]) -> Answer:
        sent = _body(environ)
        name, password = sent.get("name", ""), sent.get("password", "")
        wrong = PASSWORDS.get(name) != password and "any-password" not in self.bugs
        return (401, {"error": "no"}, {}) if wrong or name not in PASSWORDS else self._given(name)

    def _token(self, environ: dict[str, Any]) -> Answer:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        form = parse_qs(environ["wsgi.input"].read(length).decode())
        kind, _, client = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        name, _, secret = _decoded(client).partition(":")
        asked = form.get("grant_type") == ["client_credentials"] and form.get("scope") == ["a b"]
        right = kind == "Basic" and asked and PASSWORDS.get(name) == secret
        return self._given(name) if right else (400, {"error": "invalid_client"}, {})

    def _renew(self, environ: dict[str, Any]) -> Answer:
        renewal = _body(environ).get("renewal", "")
        user = self.renewals.get(renewal)
        if "renewed-again" not in self.bugs:
            self.renewals.pop(renewal, None)
        if user is None:
            return 400, {"error": "invalid_grant"}, {}
        if "kept-after-renewal" not in self.bugs:
            self.tokens.pop(renewal.replace("renewal", "token"), None)
        answer = self._given(user)
        if "renewed-in-vain" in self.bugs:
            self.tokens.pop(answer[1]["data"]["token"])
        return answer

    def _logout(self, environ: dict[str, Any]) -> Answer:
        if "never-out" not in self.bugs:
            self.tokens.pop(self._credential(environ), None)
        return 204, None, {}


def _decoded(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _body(environ: dict[str, Any]) -> dict[str, str]:
    sent = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or "{}")
    return sent if isinstance(sent, dict) else {}


def credentials(user: str) -> str:
    """A user's name and password in Base64."""
    return b64encode(f"{user}:{PASSWORDS[user]}".encode()).decode()


vault = Vault()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The vault of the moment."""
    return vault(environ, start_response)


def seed(app: Any) -> dict[str, Any]:
    """Both users have a thing; the path leads to ada's."""
    vault.things = {"1": "ada", "2": "bob"}
    return {"path": {"id": "1"}}


def key_of_ada() -> str:
    """A key that a function gives."""
    return "ada-key-0123456789"


async def key_of_bob() -> str:
    """A key that a coroutine gives."""
    return "bob-key-0123456789"


def no_key() -> int:
    """What is no key."""
    return 7


def broken_key() -> str:
    """A key that can't be had."""
    raise OSError("the safe is closed")
