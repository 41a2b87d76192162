"""Texts of formats, patterns and lengths, and intervals of numbers: what makers draw from."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import jsonschema_rs
import pytest

from stagepact.schema.formats import LIKE, PATTERNS, pattern, widest
from stagepact.schema.numbers import (
    Floats,
    Steps,
    floats,
    is_agreed,
    near,
    preferred,
    scaled,
    steps,
)
from stagepact.schema.regular import Language
from stagepact.schema.shape import Numbers, Texts
from stagepact.schema.texts import schema_of, written

STANDARD = (
    *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"),
    *("ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid"),
    *("json-pointer", "relative-json-pointer", "regex"),
)


def drawn(texts: Texts, count: int = 100) -> list[str]:
    found, random = written(texts), Random(1)
    assert found is not None
    return [
        found.language.text(random.randbytes(random.choice(found.lengths))) for _ in range(count)
    ]


# Formats.


@pytest.mark.parametrize("name", STANDARD)
def test_texts_of_a_standard_format_are_valid(name: str) -> None:
    judge = jsonschema_rs.validator_for({"format": name}, validate_formats=True)
    texts = drawn(Texts(formats=(name,)))
    assert [text for text in texts if not judge.is_valid(text)] == []
    assert len(set(texts)) > 20


@pytest.mark.parametrize("name", PATTERNS)
def test_every_format_has_texts_and_no_more_than_its_widest_pattern(name: str) -> None:
    found, wide = pattern(name), widest(name)
    assert found is not None
    assert Language((found,)).shortest() is not None
    if wide is not None:
        assert all(
            jsonschema_rs.is_valid({"pattern": wide}, t) for t in drawn(Texts(formats=(name,)))
        )


def test_a_format_of_ones_own_is_unknown_and_a_likeness_is_its_pattern() -> None:
    assert pattern("no-format") is None
    assert widest("no-format") is None
    assert pattern(f"{LIKE}^a$") == "^a$"


# Texts.


@pytest.mark.parametrize(
    ("texts", "exact"),
    [
        (Texts(patterns=("^a+$",)), True),
        (Texts(patterns=("^[a-f]+$",), excluded_patterns=("a",), min_length=2), True),
        (Texts(formats=("uuid",), patterns=("^0",)), True),
        (Texts(formats=("email",), max_length=8), True),
        (Texts(formats=("no-format",), patterns=("^a+$",)), False),
        (Texts(formats=("date", f"{LIKE}^2020-01-0[1-9]$")), True),
        (Texts(formats=("uuid", f"{LIKE}^x$"), patterns=("^x",)), False),
        (Texts(formats=("email",), patterns=("^ü",)), False),
    ],
)
def test_texts_are_written_out(texts: Texts, exact: bool) -> None:
    found = written(texts)
    assert found is not None
    assert found.exact is exact
    if exact:
        judge = jsonschema_rs.validator_for(schema_of(texts), validate_formats=True)
        assert all(map(judge.is_valid, drawn(texts)))


def test_texts_beyond_automata_and_those_that_there_are_none_of() -> None:
    assert written(Texts(patterns=(r"^(a)\1$",))) is None
    none = written(Texts(patterns=("^a$", "^b$")))
    assert none is not None
    assert none.lengths == ()


def test_the_schema_of_texts() -> None:
    assert schema_of(Texts(1)) == {"type": "string", "minLength": 1}
    assert schema_of(Texts(0, 3, ("a",), ("b",), ("uuid",))) == {
        "type": "string",
        "minLength": 0,
        "maxLength": 3,
        "allOf": [{"pattern": "a"}, {"not": {"pattern": "b"}}, {"format": "uuid"}],
    }


# Numbers.

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (Numbers(), Steps(None, None)),
        (Numbers(minimum=Fraction(1)), Steps(2, None)),
        (Numbers(minimum=Fraction(1), open_minimum=True), Steps(3, None)),
        (Numbers(minimum=Fraction(3, 4), open_minimum=True), Steps(2, None)),
        (Numbers(maximum=Fraction(1)), Steps(None, 2)),
        (Numbers(maximum=Fraction(1), open_maximum=True), Steps(None, 1)),
        (Numbers(minimum=Fraction(0), maximum=Fraction(2)), Steps(0, 4)),
    ],
)
def test_the_factors_of_a_step_inside(of: Numbers, found: Steps) -> None:
    assert steps(of, HALF) == found
    assert not found.is_empty


def test_there_may_be_none() -> None:
    assert steps(Numbers(minimum=Fraction(1, 8), maximum=Fraction(1, 4)), HALF).is_empty
    assert Floats(2.0, 1.0).is_empty
    assert not Floats(None, 1.0).is_empty


@pytest.mark.parametrize(
    ("given", "both"),
    [
        (Steps(None, None), Steps(-(10**6), 10**6)),
        (Steps(None, 5), Steps(5 - 10**6, 5)),
        (Steps(5, None), Steps(5, 5 + 10**6)),
        (Steps(5, 6), Steps(5, 6)),
    ],
)
def test_bounds_are_near_each_other(given: Steps, both: Steps) -> None:
    assert near(given) == both


def test_a_multiple_is_whole_where_it_can_be() -> None:
    assert (scaled(4, HALF), type(scaled(4, HALF))) == (2, int)
    assert scaled(3, HALF) == 1.5


@pytest.mark.parametrize(
    ("number", "step", "agreed"),
    [
        (0.29, Fraction("0.01"), False),
        (0.25, Fraction("0.01"), True),
        (7, Fraction(7), True),
        (1.0, Fraction(1, 10**400), True),
        (1e308, Fraction(1, 10**300), True),
        (10**400, Fraction("0.01"), True),
    ],
)
def test_validators_that_divide_floats_agree_on_a_multiple(
    number: float, step: Fraction, agreed: bool
) -> None:
    assert is_agreed(number, step) is agreed


def test_multiples_are_preferred_that_validators_agree_on() -> None:
    cent = Fraction("0.01")
    assert not preferred(Steps(0, 100), cent)(0.29)
    assert preferred(Steps(0, 100), cent)(0.25)
    assert preferred(Steps(29, 29), cent)(0.29), "where there is no other"


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (Numbers(), Floats(None, None)),
        (Numbers(minimum=Fraction(1), maximum=Fraction(2)), Floats(1.0, 2.0)),
        (
            Numbers(minimum=Fraction(1), open_minimum=True, maximum=Fraction(2), open_maximum=True),
            Floats(math.nextafter(1, 2), math.nextafter(2, 1)),
        ),
        (Numbers(minimum=Fraction("0.3")), Floats(math.nextafter(0.3, 1), None)),
        (Numbers(minimum=Fraction(10**400)), Floats(math.inf, None)),
        (Numbers(minimum=Fraction(-(10**400))), Floats(-math.nextafter(math.inf, 0), None)),
    ],
)
def test_the_floats_inside(of: Numbers, found: Floats) -> None:
    assert floats(of) == found
