"""What an answer tells that it must not, how large it is, and what it tells caches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stagepact.contract.clauses import Clause
from stagepact.contract.operation_laws import CachingValue, SecretsValue
from stagepact.observation import Observation
from stagepact.subject import Output
from stagepact.subject.protocols.http import WireResponse
from stagepact.verdict.checks.model import KEPT, Breach, Judgement, successful

_BODY = ("body",)
# RFC 9110, 8.8.3: a tag stands in quotes, and may be weak.
_TAG = re.compile(r'(?:W/)?"[!#-~\x80-\xff]*"')
_SHARED = ("public", "s-maxage")


def no_secrets(clause: Clause, observation: Observation) -> Judgement:
    """No error answer has a credential that is known, a stack trace or a database's own words."""
    value: SecretsValue = clause.value
    output = observation.output
    if output is None:
        return f"no response ({observation.status})"
    if output.status[:1] not in value.classes:
        return KEPT
    traces = map(repr, _traces(value, output, observation))
    found = tuple(
        Breach("an error without secrets", f"it tells {each}", _BODY)
        for each in (*output.held, *traces)
    )
    if bool(found) is value.negated:
        return KEPT
    return found or (Breach("a secret", "none", _BODY),)


def _traces(value: SecretsValue, output: Output, observation: Observation) -> Iterator[str]:
    """The first trace that an answer has and its request hadn't."""
    text = "\n".join((*output.headers.values(), *_texts(output)))
    asked = _asked(observation)
    for pattern in value.traces:
        found = pattern.search(text)
        if found and found[0] not in asked:
            yield found[0]
            return


def _asked(observation: Observation) -> str:
    request = observation.given.request
    parts = (request.path, request.query, request.headers, request.cookies, request.body)
    return "\n".join((*(text for part in parts for text in _within(part)), request.raw or ""))


def _texts(output: Output) -> Iterator[str]:
    yield from _within(output.data)
    if isinstance(output.raw, WireResponse) and not isinstance(output.data, str):
        yield output.raw.body.decode(errors="replace")


def _within(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting += (*each.keys(), *each.values())
        elif isinstance(each, list | tuple):
            waiting += each


def max_size(clause: Clause, observation: Observation) -> Judgement:
    """The body of an answer has at most so many bytes, as they came."""
    most: int = clause.value
    output = observation.output
    if output is None:
        return f"no response ({observation.status})"
    if isinstance(output.raw, WireResponse):
        size = len(output.raw.body)
    else:
        size = len(json.dumps(output.data, default=str).encode())
    if size <= most:
        return KEPT
    return (Breach(f"at most {most:,} bytes", f"{size:,} bytes", _BODY),)


def etag(clause: Clause, observation: Observation) -> Judgement:
    """A successful answer has a tag of its entity, in quotes."""
    value: CachingValue = clause.value
    output = _success(observation)
    if isinstance(output, str):
        return output
    told = output.headers.get(value.header)
    if told is not None and _TAG.fullmatch(told):
        return KEPT
    seen = "nothing" if told is None else told
    return (Breach('a tag such as "v1"', seen, ("headers", value.header)),)


def private(clause: Clause, observation: Observation) -> Judgement:
    """A successful answer may be kept by its caller only: `private` or `no-store`, not `public`."""
    value: CachingValue = clause.value
    output = _success(observation)
    if isinstance(output, str):
        return output
    told = output.headers.get(value.header, "")
    said = {each.partition("=")[0].strip().lower() for each in told.split(",")}
    if said & set(value.directives) and not said & set(_SHARED):
        return KEPT
    promised = " or ".join(value.directives) + f", and no {' or '.join(_SHARED)}"
    return (Breach(promised, told or "nothing", ("headers", value.header)),)


def _success(observation: Observation) -> Output | str:
    output = observation.output
    if output is None:
        return f"no response ({observation.status})"
    if not successful(output.status):
        return f"answered by {output.status}: the success was never reached"
    return output
