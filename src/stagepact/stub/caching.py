"""What `caching` of an operation declares: tags of answers, and who may keep them."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

from stagepact.cases.received import Asked
from stagepact.stub.answers import Answer
from stagepact.subject.protocols.routes import Route

_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')
_OK, _REDIRECTION = 200, 300
# What a 304 tells of the answer that it stands for (RFC 9110, 15.4.5).
_TOLD = frozenset({"cache-control", "content-location", "etag", "expires", "vary"})


def cached(route: Route, asked: Asked, made: Answer) -> Answer:
    """An answer as caches are to see it; 304 to who has it already."""
    said = route.operation.caching
    if said is None or not _OK <= made.status < _REDIRECTION:
        return made
    headers = dict(made.headers)
    if said.private:
        headers.setdefault("cache-control", "private")
    if not said.etag:
        return replace(made, headers=headers)
    tag = headers.get("etag", "")
    if not _TAG.fullmatch(tag):  # none is declared, or by a schema that admits what is no tag
        tag = headers["etag"] = f'"{sha256(made.content()).hexdigest()[:16]}"'
    if not _has(asked, tag):
        return replace(made, headers=headers)
    return Answer(304, {k: v for k, v in headers.items() if k in _TOLD}, origin=made.origin)


def _has(asked: Asked, tag: str) -> bool:
    """Whether the caller has the answer of a tag, weak or not (RFC 9110, 13.1.2)."""
    told = [each.strip() for each in asked.headers.get("if-none-match", "").split(",")]
    return "*" in told or tag.removeprefix("W/") in [each.removeprefix("W/") for each in told]
