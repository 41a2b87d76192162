"""The native matcher: a request, a response or a message against what a pact expects of it.

All is compared, and all that is not as expected is told. What it leaves to the official engine
(XML, multipart forms) is undecided, never a match: docs/decisions/0029 has the list.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from stagepact.contract.source import Json
from stagepact.pact import content, values
from stagepact.pact.content import ContentType
from stagepact.pact.matching.json import json_mismatches, value_mismatches
from stagepact.pact.matching.texts import (
    header_mismatches,
    query_mismatches,
    same_content_type,
    same_parameterised,
    text_mismatches,
)
from stagepact.pact.mismatch import Comparison, Mismatch, quoted, together
from stagepact.pact.model import Body, Message, Presence, Request, Response
from stagepact.pact.rules import Category, RuleList
from stagepact.pact.undecided import Undecided


def match_request(expected: Request, actual: Request) -> Comparison:
    """How a request compares with the expected one; a body may have nothing more than that."""
    rules = expected.rules
    return together(
        (
            _compared(lambda: _method(expected.method, actual.method)),
            _compared(lambda: _path(expected.path, actual.path, rules.of("path"))),
            _compared(lambda: _query(expected, actual)),
            _headers(expected, actual),
            match_body(expected.body, actual.body, rules.of("body"), closed=True),
        )
    )


def match_response(expected: Response, actual: Response) -> Comparison:
    """How a response compares with the expected one."""
    rules = expected.rules
    return together(
        (
            _compared(lambda: _status(expected.status, actual.status, rules.of("status"))),
            _headers(expected, actual),
            match_body(expected.body, actual.body, rules.of("body"), by_header=rules.of("header")),
        )
    )


def match_message(expected: Message, actual: Message) -> Comparison:
    """How a message compares with the expected one: its contents and its metadata."""
    rules, there = expected.rules.of("metadata"), actual.metadata
    return together(
        (
            match_body(expected.contents, actual.contents, expected.rules.of("body")),
            _compared(lambda: _metadata(expected.metadata, there, rules)),
        )
    )


def match_body(
    expected: Body,
    actual: Body,
    rules: Category,
    *,
    closed: bool = False,
    by_header: Category | None = None,
) -> Comparison:
    """How a body compares with the expected one; of a missing expectation anything is right."""
    if expected.presence is not Presence.PRESENT:
        empty = expected.presence is Presence.MISSING or actual.presence is not Presence.PRESENT
        return Comparison() if empty else _one("no body", _preview(actual))
    if not _same_type(expected, actual, by_header or Category()):
        return _one(f"a body of {expected.content_type}", f"one of {actual.content_type}")
    if actual.presence in {Presence.MISSING, Presence.EMPTY}:
        return _one(_preview(expected), "no body")
    return _compared(lambda: _bodies(expected, actual, rules, closed=closed))


def _compared(compare: Callable[[], list[Mismatch]]) -> Comparison:
    try:
        return Comparison(tuple(compare()))
    except Undecided as reason:
        return Comparison(undecided=(str(reason),))


def _headers(expected: Request | Response, actual: Request | Response) -> Comparison:
    rules = expected.rules.of("header")
    return _compared(lambda: header_mismatches(expected.headers, actual.headers, rules))


def _method(expected: str, actual: str) -> list[Mismatch]:
    same = expected.upper() == actual.upper()
    return [] if same else [Mismatch("method", "", expected.upper(), actual.upper())]


def _path(expected: str, actual: str, rules: Category) -> list[Mismatch]:
    return text_mismatches("path", "", expected, actual, _whole(rules))


def _query(expected: Request, actual: Request) -> list[Mismatch]:
    if expected.query_text is None or actual.query_text is None:
        return query_mismatches(expected.query, actual.query, expected.rules.of("query"))
    wanted, got = expected.query_text, actual.query_text
    return [] if wanted == got else [Mismatch("query", "", quoted(wanted), quoted(got))]


def _whole(rules: Category) -> RuleList | None:
    chosen = rules.best(())
    return chosen.rules if chosen else None


def _status(expected: int, actual: int, rules: Category) -> list[Mismatch]:
    chosen = _whole(rules)
    if chosen is None:
        broken = [] if expected == actual else [str(expected)]
    else:
        checks = values.STATUSES
        broken = [
            str(rule)
            for rule in chosen.rules
            if rule.kind not in checks or not checks[rule.kind](rule, expected, actual)
        ]
        if chosen.any_of and len(broken) < len(chosen.rules):
            broken = []
    return [Mismatch("status", "", " and ".join(broken), str(actual))] if broken else []


def _metadata(
    expected: Mapping[str, Json], actual: Mapping[str, Json], rules: Category
) -> list[Mismatch]:
    found: list[Mismatch] = []
    for key, value in expected.items():
        chosen = rules.best((key,))
        if key not in actual:
            missing = "nothing: it is missing"
            found.append(Mismatch("metadata", f"$.{key}", quoted(value), missing))
        elif chosen is None and key.lower() in {"contenttype", "content-type"}:
            if not same_parameterised(values.text_of(value), values.text_of(actual[key])):
                said, got = quoted(value), quoted(actual[key])
                found.append(Mismatch("metadata", f"$.{key}", said, got))
        else:
            found += value_mismatches((key,), value, actual[key], chosen, "metadata")
    return found


def _same_type(expected: Body, actual: Body, by_header: Category) -> bool:
    if same_content_type(expected.content_type, actual.content_type):
        return True
    chosen = by_header.best(("content-type",))
    wanted, got = expected.content_type, actual.content_type
    return chosen is not None and not text_mismatches("", "", wanted, got, chosen.rules)


def _bodies(expected: Body, actual: Body, rules: Category, *, closed: bool) -> list[Mismatch]:
    kind = content.parse(expected.content_type) or ContentType("text", "plain")
    if kind.is_json:
        return _json(expected, actual, rules, closed=closed)
    if kind.is_xml:
        raise Undecided("XML is compared by the official engine only")
    if kind.main == "multipart":
        raise Undecided("multipart forms are compared by the official engine only")
    if kind.is_form:
        return query_mismatches(_form(expected.data), _form(actual.data), rules, "body")
    return _plain(expected.data, actual.data, rules)


def _json(expected: Body, actual: Body, rules: Category, *, closed: bool) -> list[Mismatch]:
    if expected.fault:
        raise Undecided(f"the example of the pact is not JSON ({expected.fault})")
    if actual.fault:
        return [Mismatch("body", "$", "JSON", f"{_preview(actual)}, which is not ({actual.fault})")]
    return json_mismatches(expected.value, actual.value, rules, closed=closed)


def _form(data: bytes) -> Mapping[str, tuple[str, ...]]:
    parsed = parse_qs(data.decode(errors="replace"), keep_blank_values=True)
    return {name: tuple(texts) for name, texts in parsed.items()}


def _plain(expected: bytes, actual: bytes, rules: Category) -> list[Mismatch]:
    chosen = _whole(rules)
    if chosen is None:
        same = expected == actual
        return [] if same else [Mismatch("body", "$", _shown(expected), _shown(actual))]
    if _only_content_type(chosen):
        broken = [rule for rule in chosen.rules if not values.has_content_type(rule, actual)]
        return [Mismatch("body", "$", str(rule), content.of_bytes(actual)) for rule in broken]
    try:
        text = actual.decode()
    except UnicodeDecodeError:
        return [Mismatch("body", "$", "text in UTF-8", _shown(actual))]
    return text_mismatches("body", "$", expected.decode(errors="replace"), text, chosen)


def _only_content_type(rules: RuleList) -> bool:
    return all(rule.kind == "contentType" for rule in rules.rules)


def _shown(data: bytes) -> str:
    return quoted(data.decode(errors="backslashreplace"))


def _preview(body: Body) -> str:
    return _shown(body.data) if body.data else "null"


def _one(expected: str, actual: str) -> Comparison:
    return Comparison((Mismatch("body", "$", expected, actual),))
