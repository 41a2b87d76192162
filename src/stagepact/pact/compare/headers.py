"""Headers that a consumer expects of a response, against those that are declared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from stagepact.contract.models import ResponseClauses
from stagepact.pact.compare import surely
from stagepact.pact.compare.bodies import ready
from stagepact.pact.compare.making import Maker
from stagepact.pact.compare.model import Finding, Verdict, together
from stagepact.pact.matching.texts import header_mismatches
from stagepact.pact.model import Response
from stagepact.pact.rules import Category
from stagepact.pact.undecided import Undecided
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.shape import Texts, Values
from stagepact.schema.validate import json_text
from stagepact.subject.protocols.routes import Route

_PART = "response header"
# They say how a response is sent: servers write them, whatever a contract says.
_FRAMING = frozenset({"connection", "content-length", "content-type", "date", "server",
                      "transfer-encoding", "vary"})  # fmt: skip


def compare_headers(
    route: Route, at: tuple[str, ...], said: ResponseClauses, expected: Response
) -> Verdict:
    """Whether every response that is declared has the headers that a consumer expects."""
    declared = {name.lower(): name for name in said.headers}
    found = []
    for name, texts in expected.headers.items():
        if name.lower() in _FRAMING:
            continue
        own = declared.get(name.lower())
        if own is None:
            wanted, given = f"the consumer expects {', '.join(texts)}", "no such header is declared"
            found.append(Verdict((Finding(_PART, name, wanted, given, route.place(*at)),)))
            continue
        found.append(_compared(route, at, said, expected, (name, own)))
    return together(*found)


def _compared(
    route: Route,
    at: tuple[str, ...],
    said: ResponseClauses,
    expected: Response,
    names: tuple[str, str],
) -> Verdict:
    name, own = names
    place = route.place(*at, "headers", own)
    if own in said.optional:
        given = "the provider may leave it out"
        return Verdict((Finding(_PART, name, "the consumer expects it", given, place),))
    rules = expected.rules.of("header")
    wanted = {name: expected.headers[name]}
    tried = 0
    try:
        bundled = route.document.scope.bundle(said.headers[own])
        for value, tried in _values(bundled):  # noqa: B007 - how many there were is told
            refused = header_mismatches(wanted, {name: (_text(value),)}, rules)
            if refused:
                told = f"the consumer expects {refused[0].expected}"
                given = f"the provider may send {refused[0].actual}"
                return Verdict((Finding(_PART, name, told, given, place, value),))
    except (SchemaError, Undecided) as error:
        return Verdict(reasons=(f"the header {name} can't be compared: {error}",))
    return Verdict(tried=0 if _takes_all(rules, name, bundled) else tried)


def _takes_all(rules: Category, name: str, schema: JsonSchema) -> bool:
    """Whether it is proven that every text of a header is taken."""
    chosen = rules.best((name.lower(),))
    if chosen is None or chosen.rules.any_of:
        return False
    whole, _ = ready(json_text(schema))
    nodes = [*Maker(whole).nodes(whole.shapes.root)]
    return all(
        rule.kind == "type" or (isinstance(node, Texts) and surely.of_text(rule, node))
        for rule in chosen.rules.rules
        for node in nodes
    )


def _values(schema: JsonSchema) -> Iterator[tuple[Any, int]]:
    """Values of a header, each with how many it is; all of them, uncounted, where they are few."""
    whole, validator = ready(json_text(schema))
    maker = Maker(whole)
    nodes = [*maker.nodes(whole.shapes.root)]
    if all(isinstance(node, Values) for node in nodes):
        yield from ((value, 0) for node in nodes for value in getattr(node, "values", ()))
        return
    values = (each for node in nodes for each in (*maker.edges(node), *maker.drawn(node)))
    fitting = (each for each in values if validator.accepts(each) and _is_sendable(each))
    yield from ((value, count) for count, value in enumerate(islice(fitting, 400), 1))


def _is_sendable(value: Any) -> bool:
    return not isinstance(value, str) or (value.isprintable() and value.strip() == value != "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
