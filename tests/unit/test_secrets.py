"""Secrets are found in what a service says, and masked in what is told of it."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest

from stagepact.errors import Place
from stagepact.flow.masked import without_secrets
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.model import ItemId, State, Verdict, Violation

LONG = 'ada\'s "secret"/ü & 0123456789'
FORMS = [
    LONG,
    json.dumps(LONG),
    json.dumps(LONG, ensure_ascii=False),
    repr(LONG),
    quote(LONG),
    quote(LONG, safe=""),
    quote_plus(LONG),
    b64encode(LONG.encode()).decode(),
]


def known(*secrets: str) -> Secrets:
    made = Secrets()
    for secret in secrets:
        made.add(secret, f"the secret {secret[:2]}")
    return made


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_each_form(form: str) -> None:
    masked = known(LONG).masked(f"before {form} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    assert "0123456789" not in masked
    assert form.strip("\"'") not in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("for ada-key", "for ***"),
        ("Bearer ada-key, said", "Bearer ***, said"),
        ("ada-keys are words", "ada-keys are words"),
        ("canada-key", "canada-key"),
        ("ada-key_2", "ada-key_2"),
    ],
)
def test_a_short_secret_is_masked_where_it_stands_alone(text: str, masked: str) -> None:
    assert known("ada-key").masked(text) == masked


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_what_a_cut_leaves_of_a_secret_is_masked(place: int) -> None:
    """Values are cut in the middle before they are told."""
    secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ"
    text = shorten({"text": "x" * place + secret + "x" * (400 - place)}, 120)
    masked = known(secret).masked(text)
    assert not any(secret[at : at + 6] in masked for at in range(len(secret) - 6))


def test_nothing_is_masked_where_nothing_is_known() -> None:
    assert Secrets().masked("any … text") == "any … text"
    assert Secrets().since(0) == ()


def test_a_new_secret_is_masked_from_then_on() -> None:
    secrets = known("token-1")
    assert secrets.masked("token-1 token-2") == "*** token-2"
    secrets.add("token-2")
    secrets.add("")
    assert secrets.masked("token-1 token-2") == "*** ***"


def test_values_are_masked_with_their_keys() -> None:
    value = {"ada-key": ["ada-key", 1, None, ("ada-key",)]}
    assert known("ada-key").masked_in(value) == {"***": ["***", 1, None, ("***",)]}


def test_secrets_are_held_with_their_names() -> None:
    secrets = known("ada-key", "t-1", LONG)
    assert secrets.held_in("for Bearer ada-key") == ("the secret ad",)
    assert secrets.held_in("t-1 is too short to be known for sure") == ()
    assert secrets.held_in("for ada-key", besides='{"name": "ada-key"}') == ()
    assert secrets.held_in(quote_plus(LONG)) == ("the secret ad",)


@pytest.mark.parametrize("secret", ["password", "api-key", "my_test_token", "Admin Passwords"])
def test_words_that_anybody_says_are_no_leak(secret: str) -> None:
    secrets = known(secret)
    assert secrets.held_in(f"give the {secret}") == ()
    assert secrets.masked(f"give the {secret}") == "give the ***"


def test_what_is_known_since_is_told() -> None:
    secrets = known("token-1", "token-2")
    assert len(secrets) == 2
    assert secrets.since(1) == ("token-2",)


def test_a_verdict_keeps_its_names_and_its_state() -> None:
    violation = Violation("no ada-key", "ada-key", ("body", "ada-key"), command="run ada-key")
    verdict = Verdict(
        ItemId("ada-key", "s", "c"),
        Place("ada-key", 3),
        State.BROKEN,
        reason="ada-key",
        violations=(violation,),
        spots=("/ada-key",),
        promise="ada-key",
    )
    masked = without_secrets(verdict, known("ada-key"))
    assert masked.item == verdict.item
    assert masked.place == verdict.place
    assert masked.state is State.BROKEN
    assert (masked.reason, masked.promise, masked.spots) == ("***", "***", ("/***",))
    (told,) = masked.violations
    assert told == Violation("no ***", "***", ("body", "***"), command="run ***")
