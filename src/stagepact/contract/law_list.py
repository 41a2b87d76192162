"""All laws that there are, of all sections, as one list: what each promises, why, and its needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stagepact.contract.channels import CLIENT_LAWS
from stagepact.contract.channels import LAWS as CHANNELS
from stagepact.contract.channels import lacking as channel_lacks
from stagepact.contract.laws import SECTIONS, OwnLaw
from stagepact.contract.models import Channel
from stagepact.contract.resources import LAWS as SERVICES
from stagepact.contract.resources import Resource


@dataclass(frozen=True, slots=True)
class ListedLaw:
    """A law: the section of contracts that has it, its name, its promise, source and needs."""

    section: str
    name: str
    promise: str
    source: str
    needs: str


_KEY = "the Idempotency-Key header (IETF draft)"
_LIMIT = "RFC 6585, section 4: 429 Too Many Requests"
_TOKENS = "RFC 6749 and RFC 9700: OAuth 2.0 and its security"

# Promises of operations that one request can't show: what each says, why, and its key.
OPERATIONS: Mapping[str, tuple[str, str, str]] = {
    "auth-required": (
        "without valid credentials a call is refused",
        "RFC 9110, section 15.5.2: 401 Unauthorized",
        "`auth` of the service",
    ),
    "challenge": (
        "a 401 has WWW-Authenticate",
        "RFC 9110, section 11.6.1",
        "`auth` with `challenge`",
    ),
    "owned": (
        "what is another user's is refused, and stays as it is",
        "OWASP API1:2023: broken object level authorization",
        "`owned`, and two users",
    ),
    "caching.not-modified": (
        "If-None-Match with the current tag is answered by 304 without a body",
        "RFC 9110, section 13.1.2",
        "`caching: {etag: true}`",
    ),
    "idempotency.replay": (
        "the same request with the same key is answered as before", _KEY, "`idempotency`"
    ),
    "idempotency.conflict": ("a used key with another body is refused", _KEY, "`idempotency`"),
    "rate-limit.refused": ("after so many calls the next is refused", _LIMIT, "`rate-limit`"),
    "rate-limit.retry-after": ("a refused call is told when to come again", _LIMIT, "`rate-limit`"),
    "rate-limit.served-again": ("a call after that time is served", _LIMIT, "`rate-limit`"),
    "auth.login": ("a wrong password gives no token", _TOKENS, "`auth` with a login"),
    "auth.refresh": ("the token that a refresh gives is accepted", _TOKENS, "`refresh` of `auth`"),
    "auth.refresh-once": (
        "a used refresh token gives no token", _TOKENS, "`refresh: {once: true}`"
    ),
    "auth.rotated": (
        "the token before a refresh is refused after it", _TOKENS, "`refresh: {rotates: true}`"
    ),
    "auth.logout": ("after the logout its token is refused", _TOKENS, "`logout` of `auth`"),
}  # fmt: skip

_RESOURCES = "RFC 9110: what methods, entity tags and preconditions mean"
# What laws of resources need beside operations.
_OF_RESOURCES: Mapping[str, str] = {
    "create-twice": "POST of the collection; `unique`, or an id that the client chooses",
    "idempotency-key": "POST of the collection that declares `idempotency-key`",
    "pagination": "GET of the collection, with parameters of pages",
    "filter": "GET of the collection, with a parameter that is a member of its items",
    "lost-update": "GET, and PUT or PATCH of an item with `if-match`",
    "concurrent-updates": "POST, GET, and PUT or PATCH of an item with `if-match`",
}
_CHANNELS = "publish and subscribe; RFC 6455 (WebSocket); HTML, section 9.2 (event streams)"


def all_laws(own: Iterable[OwnLaw] = ()) -> Iterator[ListedLaw]:
    """Every law, by section, those of plugins at the end of theirs."""
    plugins = tuple(own)
    for section, laws in SECTIONS.items():
        for name, law in laws.items():
            yield ListedLaw(section, name, law.promise, law.source, law.needs)
        for each in plugins:
            if each.on == section:
                yield ListedLaw(section, each.name, each.promise, each.source, each.needs)
    blank = Resource("")
    for name, of_service in SERVICES.items():
        needs = _OF_RESOURCES.get(name) or _said(of_service.lacking(blank))
        yield ListedLaw("services", name, of_service.promise, _RESOURCES, needs)
    for name, (promise, source, needs) in OPERATIONS.items():
        yield ListedLaw("operations", name, promise, source, needs)
    for name, of_channel in CHANNELS.items():
        yield ListedLaw("channels", name, of_channel.promise, _CHANNELS, _of_channel(name))


def _of_channel(name: str) -> str:
    if name in CLIENT_LAWS:
        return "a client under test (`client`)"
    bare = Channel.model_validate({"websocket": "a.module:app#/ws"})
    return _said(channel_lacks(bare, name))


def _said(lacking: str) -> str:
    """What is lacking where nothing is said, turned into what is needed."""
    for before, after in _TURNED.items():
        lacking = lacking.replace(before, after)
    return lacking or "nothing more"


_TURNED = {
    "there is no ": "",
    " and no ": " and ",
    "the channel doesn't say ": "",
    "the channel says neither ": "one of ",
    " nor ": ", ",
    "the channel says no ": "",
}
