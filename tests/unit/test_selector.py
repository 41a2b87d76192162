"""Selectors say which subjects are meant."""

import pytest

from stagepact.contract.selector import matches, parse_selector, select
from stagepact.subject import SubjectId

MODERATE = SubjectId("moderate", "voice.stages:Moderate", "guard", tags=frozenset({"slow", "pii"}))
ANSWER = SubjectId("answer", "voice.llm:Answer", "transform", tags=frozenset({"slow"}))
PERSIST = SubjectId("persist", "voice.stages:Persist", "work")
GET = SubjectId("GET /sessions/{id}", "voice.api:app", "operation")
ALL = (MODERATE, ANSWER, PERSIST, GET)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("*", ["moderate", "answer", "persist", "GET /sessions/{id}"]),
        ("answer", ["answer"]),
        ("Answer", []),
        ("*er*", ["moderate", "answer", "persist"]),
        ("name:p*", ["persist"]),
        ("kind:guard", ["moderate"]),
        ("tag:slow", ["moderate", "answer"]),
        ("tag:slow !tag:pii", ["answer"]),
        ("!tag:*", ["persist", "GET /sessions/{id}"]),
        ("id:voice.stages:*", ["moderate", "persist"]),
        ("id:voice.stages:* !kind:work, answer", ["moderate", "answer"]),
        ("answer,persist", ["answer", "persist"]),
        ("!answer !persist kind:*", ["moderate", "GET /sessions/{id}"]),
        ("GET /sessions/*", ["GET /sessions/{id}"]),
        ("!GET /sessions/* id:voice.api*", []),
        ("  answer  ", ["answer"]),
    ],
)
def test_a_selector_means_these_subjects(selector: str, names: list[str]) -> None:
    assert [each.name for each in select(selector, ALL)] == names
    assert [each.name for each in ALL if matches(selector, each)] == names


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("", "an empty selector; write a name"),
        ("  ", "an empty selector"),
        ("a,,b", "nothing beside a comma in 'a,,b'"),
        ("a,", "take the comma away"),
        ("a !", "a lone `!`"),
        ("kidn:guard", "unknown prefix `kidn:` in `kidn:guard`; did you mean `kind:`"),
        ("!zzz:guard", "unknown prefix `zzz:` in `zzz:guard`; write name, kind, tag, id"),
        ("kind:", r"nothing after `kind:`; write a glob, such as `kind:\*`"),
    ],
)
def test_a_selector_that_cant_be_read_says_what_to_write(selector: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_selector(selector)


def test_selectors_are_values() -> None:
    assert parse_selector("a, b") == parse_selector("a,b") != parse_selector("a b")


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("answer", "answer"),
        ("name:answer", "answer"),
        ("GET /a/{id}", "GET /a/{id}"),
        ("ans*", None),
        ("!answer", None),
        ("kind:guard", None),
        ("a b", None),
        ("a,b", None),
    ],
)
def test_a_plain_name_is_known_as_one(selector: str, name: str | None) -> None:
    assert parse_selector(selector).literal == name
