"""What a consumer sends is made anew by its generators; what can't be made is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from stagepact.contract.source import read_json
from stagepact.pact import files, generators, moments, patterns
from stagepact.pact.generators import Setting
from stagepact.pact.model import Message, Request, Version
from stagepact.pact.part import Part
from stagepact.pact.undecided import Undecided

NOW = datetime(2026, 1, 2, 15, 4, 5, 678000, UTC)


def part(value: dict[str, Any]) -> Part:
    return Part(read_json("{}", "p.json"), [], value)


def sent(setting: Setting | None = None, **value: Any) -> Request:
    read = part(value)
    request = files.request_of(read, Version.V3)
    assert read.problems == []
    return generators.generated_request(request, setting or Setting(Random(1), NOW))


def value_of(**generator: Any) -> Any:
    at = {"body": {"$.a": generator}}
    body: Any = sent(body={"a": 0, "b": 0}, generators=at).body.value
    assert body["b"] == 0
    return body["a"]


@pytest.mark.parametrize("seed", range(20))
def test_a_regex_generator_makes_what_its_expression_matches(seed: int) -> None:
    at = {"body": {"$.a": {"type": "Regex", "regex": r"^[a-c]{2}-\d+$"}}}
    body: Any = sent(Setting(Random(seed), NOW), body={"a": ""}, generators=at).body.value
    assert patterns.matches(r"[a-c]{2}-\d+", body["a"])


def test_numbers_texts_and_truths_are_drawn() -> None:
    assert 3 <= value_of(type="RandomInt", min=3, max=5) <= 5
    assert isinstance(value_of(type="RandomDecimal", digits=5), float)
    assert isinstance(value_of(type="RandomBoolean"), bool)
    assert patterns.matches("[0-9a-f]{6}", value_of(type="RandomHexadecimal", digits=6))
    assert patterns.matches("[0-9A-Za-z]{7}", value_of(type="RandomString", size=7))


@pytest.mark.parametrize(
    ("form", "regex"),
    [
        ("simple", "[0-9a-f]{32}"),
        ("lower-case-hyphenated", "[0-9a-f-]{36}"),
        ("upper-case-hyphenated", "[0-9A-F-]{36}"),
        ("URN", "urn:uuid:[0-9a-f-]{36}"),
    ],
)
def test_a_uuid_has_its_format(form: str, regex: str) -> None:
    assert patterns.matches(regex, value_of(type="Uuid", format=form))


@pytest.mark.parametrize(
    ("generator", "text"),
    [
        ({"type": "Date"}, "2026-01-02"),
        ({"type": "Date", "format": "EEEE d MMM yy"}, "Friday 2 Jan 26"),
        ({"type": "Time", "format": "hh:mm a"}, "03:04 PM"),
        ({"type": "DateTime"}, "2026-01-02T15:04:05Z"),
        ({"type": "DateTime", "format": "HH:mm:ss.SSSxxx"}, "15:04:05.678+00:00"),
        ({"type": "Date", "expression": "tomorrow + 1 week"}, "2026-01-10"),
        ({"type": "Time", "expression": "now - 4 minutes"}, "15:00:05"),
    ],
)
def test_a_time_is_now_or_reckoned_from_it(generator: dict[str, str], text: str) -> None:
    assert value_of(**generator) == text


@pytest.mark.parametrize(
    "pattern", ["yyyy-MM-dd'T'HH:mm:ssXXX", "dd/MM/yy hh:mm:ss a", "EEE, d MMMM yyyy HH:mm:ss Z"]
)
def test_what_is_written_in_a_form_fits_it(pattern: str) -> None:
    for zone in (UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))):
        assert moments.fits(moments.written(NOW.astimezone(zone), pattern), pattern)


def test_states_give_values_to_paths_parameters_headers_and_bodies() -> None:
    def of(expression: str, **more: str) -> dict[str, str]:
        return {"type": "ProviderState", "expression": expression, **more}

    got = sent(
        Setting(given={"id": 7, "name": "ada"}),
        path="/users/1",
        query={"q": ["x"]},
        headers={"X-User": "u"},
        body={"list": [{"id": 1}, {"id": 2}], "n": "1"},
        generators={
            "path": of("/users/${id}/${name}"),
            "query": {"q": of("name")},
            "header": {"X-User": of("${name}")},
            "body": {"$.list[*].id": of("${id}"), "$.n": of("id", dataType="STRING")},
        },
    )
    assert (got.path, got.query, got.headers) == (
        "/users/7/ada",
        {"q": ("ada",)},
        {"X-User": ("ada",)},
    )
    assert got.body.data == b'{"list":[{"id":7},{"id":7}],"n":"7"}'


def test_a_message_that_is_sent_has_them_too() -> None:
    generated = {"metadata": {"key": {"type": "Uuid"}}, "body": {"$.n": {"type": "RandomInt"}}}
    written = {"contents": {"n": -1}, "metadata": {"key": "k", "t": "x"}, "generators": generated}
    message: Message = files.message_of(part(written), Version.V3)
    got = generators.generated_message(message, Setting(Random(1), NOW))
    assert got.contents.value != {"n": -1}
    assert (len(str(got.metadata["key"])), got.metadata["t"]) == (36, "x")


def test_an_address_of_the_mock_server_is_for_consumers() -> None:
    assert value_of(type="MockServerURL", example="http://x/", regex=".*") == 0


@pytest.mark.parametrize(
    ("generator", "reason"),
    [
        ({"type": "ProviderState", "expression": "${id}"}, "the provider's states give no `id`"),
        ({"type": "Date", "expression": "next fortnight"}, "is for the official engine to reckon"),
        ({"type": "Regex", "regex": "(?=a)b"}, "no text"),
    ],
)
def test_what_cant_be_made_is_undecided_with_the_reason(
    generator: dict[str, str], reason: str
) -> None:
    with pytest.raises(Undecided, match=reason):
        value_of(**generator)
