"""Recorded traffic → the text of a first contract, which the recorded service keeps.

What is written is what can be asked again: an example whose outcome depends on what was asked
before it, or on a secret that was masked, is left out and told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from stagepact.characters import printable
from stagepact.schema import source
from stagepact.traffic.model import Message, Recorded
from stagepact.traffic.secrets import has_secret, is_secret, masked
from stagepact.traffic.shapes import schema_of
from stagepact.traffic.templates import path_values, templates

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KNOWN = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
_FORM = "application/x-www-form-urlencoded"
_ASSETS = ("text/css", "image/", "font/", "text/javascript", "application/javascript")
# Of what clients send by themselves nothing is the service's business.
_MEANT = re.compile(r"accept|content-type|if-.*|range|prefer|idempotency-key|x-.*")
_NOISE = re.compile(r"x-(request|correlation|trace|amzn|b3|forwarded|real)-?.*|accept-encoding")
_BROWSER = "text/html,application/xhtml+xml"
_REFUSALS = frozenset({400, 415, 422})
# Outcomes that hang on what was asked before.
_OF_STATE = frozenset({409, 410, 412, 423, 428, 429})
_UNADMITTED = frozenset({401, 403})
_MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Wanted:
    """What the user says: where the service is, and what gives back the secrets."""

    name: str = "recorded"
    app: str = ""
    state: str = ""


STATE = "as recorded"


@dataclass
class Made:
    """A contract's document, and sentences about what isn't in it."""

    document: dict[str, Any]
    lost: list[str] = field(default_factory=list)


def first_contract(recorded: Iterable[Recorded], wanted: Wanted) -> Made:
    """The contract of what was recorded; of several hosts each is a service."""
    made = Made({"stagepact": 1, "name": wanted.name, "services": {}})
    by_origin: dict[str, list[Recorded]] = defaultdict(list)
    for each in recorded:
        if each.method not in KNOWN or each.response.media.startswith(_ASSETS):
            made.lost.append(f"{each.method} {each.path}: no operation ({each.response.media})")
        else:
            by_origin[each.origin].append(each)
    for number, (origin, exchanges) in enumerate(by_origin.items()):
        name = wanted.name if number == 0 else f"{wanted.name}-{number + 1}"
        there = {"app": wanted.app} if wanted.app else {"url": origin}
        made.document["services"][name] = {**there, **_service(exchanges, wanted, made.lost)}
    made.lost = [f"{told} ×{n}" if n > 1 else told for told, n in Counter(made.lost).items()]
    return made


def _service(recorded: list[Recorded], wanted: Wanted, lost: list[str]) -> dict[str, Any]:
    known = templates(each.path for each in recorded)
    operations: dict[str, list[Recorded]] = defaultdict(list)
    for each in recorded:
        operations[f"{each.method} {known[each.path]}"].append(each)
    states = {"states": {STATE: wanted.state}} if wanted.state else {}
    made = {
        name: _Operation(name, exchanges, recorded, bool(wanted.state), lost).block()
        for name, exchanges in operations.items()
    }
    return {**states, "operations": made}


@dataclass(frozen=True)
class _Operation:
    name: str
    exchanges: list[Recorded]
    all: list[Recorded]
    restored: bool
    lost: list[str]

    def block(self) -> dict[str, Any]:
        """The operation's block: what was asked, what was answered, and what can be asked again."""
        # What was seen of requests is too little to say what else is permitted.
        block: dict[str, Any] = {"fuzz": False, "invalid": False}
        if self.restored and any(map(_asks_secret, self.exchanges)):
            block["state"] = STATE
        if body := self._request():
            block["request"] = {"body": body}
        block["responses"] = self._responses()
        if examples := list(self._examples()):
            block["examples"] = examples
        return block

    def _request(self) -> dict[str, Any] | None:
        """The schema of the bodies that succeeded, unless it permits one that was refused."""
        good = [e.request.json for e in self.exchanges if e.status < 300 and e.request.is_json]
        bad = [e.request.json for e in self.exchanges if e.status in _REFUSALS]
        schema = schema_of(masked(good)) if good else None
        if schema is None or has_secret(good):
            return None
        validator = source.compile(schema)
        return None if any(validator.accepts(each) for each in bad) else schema

    def _responses(self) -> dict[int | str, Any]:
        statuses: dict[int, list[Message]] = defaultdict(list)
        for each in self.exchanges:
            if each.status >= 500:
                self.lost.append(f"{self.name}: {each.status}, which no contract should promise")
            elif each.status >= 200:
                statuses[each.status].append(each.response)
        said: dict[int | str, Any] = {
            status: _response(messages) for status, messages in sorted(statuses.items())
        }
        return {**said, "default": {}}

    def _examples(self) -> Iterator[dict[str, Any]]:
        names: Counter[str] = Counter()
        for request, each in self._repeatable():
            name = f"{each.method} {each.path} {each.status}"
            names[name] += 1
            if names.total() > _MOST_EXAMPLES:
                self.lost.append(f"{self.name}: more examples")
                continue
            told = f"{name} ({names[name]})" if names[name] > 1 else name
            yield {"name": told, **_filled("request", request), "response": _expected(each)}

    def _repeatable(self) -> Iterator[tuple[dict[str, Any], Recorded]]:
        """The requests that give the same again, each once, with the newest response."""
        found: dict[str, tuple[dict[str, Any], Recorded]] = {}
        for each in self.exchanges:
            request = self._asked(each)
            why = _unrepeatable(each, self.all) or self._unmasked(each)
            if request is None or why:
                self.lost.append(f"{self.name}: a {each.status}, {why or 'a body of parts'}")
                continue
            key = repr(request)
            known = found.get(key)
            if known is not None and known[1].status != each.status:
                self.lost.append(f"{self.name}: a {each.status}, once it was another")
                found.pop(key)
            found[key] = (request, each)
        yield from found.values()

    def _unmasked(self, each: Recorded) -> str:
        if has_secret(_body(each.request)) or has_secret(each.query):
            return "which was asked with a secret"
        if each.status in _UNADMITTED and (self.restored or _asks_secret(each)):
            return "which hangs on who asks"
        told = _asks_secret(each) and not self.restored
        return "which was asked with a secret: say --state" if told else ""

    def _asked(self, each: Recorded) -> dict[str, Any] | None:
        """The request's values; None where it can't be written."""
        template = self.name.split(" ", 1)[1]
        request: dict[str, Any] = {}
        request |= _filled("path", path_values(template, each.path))
        request |= _filled("query", each.query)
        headers = {k: v for k, v in each.request.headers.items() if _is_meant(k, v, each.request)}
        request |= _filled("headers", headers)
        if not each.request.body:
            return request
        body = _body(each.request)
        if body is not None:
            return {**request, "body": body}
        try:
            return {**request, "raw": each.request.body.decode()}
        except UnicodeDecodeError:
            return None


def _unrepeatable(each: Recorded, everything: list[Recorded]) -> str:
    """Why a request would be answered otherwise now; "" where it wouldn't."""
    if each.status >= 500 or each.status < 200:
        return "which is a failure"
    if each.status in _OF_STATE:
        return "which hangs on what was asked before"
    later = everything[everything.index(each) + 1 :]
    changes = [e for e in later if e.method not in SAFE and e.status < 400 and _touches(e, each)]
    if each.status < 400 and each.method == "DELETE":
        return "which can be asked once only"
    if each.status < 400 and each.method != "POST" and _hangs_on(each):
        return "which hangs on a version"
    if changes and each.status == 404:
        return "after which it was changed"
    gone = each.status < 400 and any(e.method == "DELETE" and _holds(e, each) for e in changes)
    return "after which it was deleted" if gone and each.method != "POST" else ""


def _hangs_on(each: Recorded) -> bool:
    return any(name.startswith("if-") for name in each.request.headers)


def _touches(change: Recorded, each: Recorded) -> bool:
    """Whether one path is the other, or begins with it."""
    one, other = change.path.rstrip("/"), each.path.rstrip("/")
    same = change.origin == each.origin
    return same and (f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"))


def _holds(one: Recorded, other: Recorded) -> bool:
    """Whether one path is the other's, or one above it."""
    return f"{other.path.rstrip('/')}/".startswith(f"{one.path.rstrip('/')}/")


def _asks_secret(each: Recorded) -> bool:
    return any(is_secret(name) for name in each.request.headers)


def _is_meant(name: str, value: str, request: Message) -> bool:
    if not _MEANT.fullmatch(name) or _NOISE.fullmatch(name):
        return False
    if has_secret({name: value}):
        return False
    if name == "content-type":
        return bool(request.body) and not request.is_json
    return name != "accept" or not (value == "*/*" or value.startswith(_BROWSER))


def _body(message: Message) -> Any:
    if message.is_json:
        return message.json
    if message.media == _FORM:
        fields = parse_qs(message.body.decode(errors="replace"), keep_blank_values=True)
        return {name: each if len(each) > 1 else each[0] for name, each in fields.items()}
    return None


def _expected(each: Recorded) -> dict[str, Any]:
    """The status; and the body as an annotation, for a stub and for readers: it may change."""
    if each.response.is_json and each.status < 300:
        return {"status": each.status, "matches": {"examples": [masked(each.response.json)]}}
    return {"status": each.status}


def _response(messages: list[Message]) -> dict[str, Any]:
    media = {each.media for each in messages if each.body}
    block: dict[str, Any] = {"content-type": media.pop()} if len(media) == 1 else {}
    bodies = [each.json for each in messages if each.is_json]
    if bodies and len(bodies) == len(messages):
        block["body"] = schema_of(bodies)
    return block


def _filled(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


# -- YAML --------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Texts are quoted unless nothing else can be meant, by any version of YAML."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write each value where it stands."""
        return True


_PLAIN = re.compile(r"(?!(true|false|null|yes|no|on|off|y|n)$)[A-Za-z_][\w-]*", re.IGNORECASE)
_KEY = re.compile(r"[A-Z]+ /[\w/{}.-]*", re.ASCII)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = value.isascii() and (_PLAIN.fullmatch(value) or _KEY.fullmatch(value))
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, None if plain else '"')


_Dumper.add_representer(str, _text)


def render(made: Made, schema: str) -> str:
    """The contract as text; `schema` is where editors find the language's JSON Schema."""
    head = [
        f"# yaml-language-server: $schema={schema}",
        "# A first contract, made of recorded traffic. Read it before you rely on it: what was",
        "# seen is promised, what may be asked besides is not known (`fuzz`, `request`).",
    ]
    body = yaml.dump(
        made.document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    lost = ["", "# Recorded, and not in this contract:"] if made.lost else []
    lost += [f"#   {printable(' '.join(each.split()))}" for each in made.lost]
    return "\n".join([*head, body.rstrip("\n"), *lost]) + "\n"


def only_host(recorded: Iterable[Recorded], host: str) -> tuple[Recorded, ...]:
    """What was recorded of one host (`shop.example`, or with its port)."""
    return tuple(
        each
        for each in recorded
        if host in (urlsplit(each.url).netloc, urlsplit(each.url).hostname)
    )


__all__ = ["STATE", "Made", "Wanted", "first_contract", "only_host", "render"]
