"""Patterns as languages: what they hold is what the validator's pattern check takes."""

from __future__ import annotations

from itertools import product
from random import Random

import jsonschema_rs
import pytest

from stagepact.schema.regular import Language, NotRegular, missing_from
from stagepact.schema.regular.automaton import MOST_STATES, automaton
from stagepact.schema.regular.characters import (
    CLASSES,
    EVERY,
    category,
    complement,
    intersection,
    of_text,
    palette,
    plainest,
    union,
    words,
)
from stagepact.schema.regular.pattern import Assertion, Char, Look, Sequence, conjuncts, parse

ALPHABET = "ab1 _-é٣\n\r\u2028\ufeff\x85"


def takes(pattern: str, text: str) -> bool:
    return jsonschema_rs.is_valid({"pattern": pattern}, text)


def holds(pattern: str, text: str) -> bool:
    """Whether a text is of a pattern's language."""
    alone = "".join(f"\\u{ord(character):04x}" for character in text)
    return Language((pattern, f"^{alone}$")).shortest() is not None


# What a pattern holds.

READ = [
    *("a", "^a", "a$", "^a$", "^$", "", "a|b", "^(a|)$", "(?:a)", "(?<name>a)", "(?P<name>a)"),
    *("a*", "^a+$", "^a?b$", "^a{2}$", "^a{2,}$", "^a{1,2}$", "^a{0}$", "^a+?$", "^a{1,2}?$"),
    *(".", "^.$", "[ab]", "[^ab]", "[a-]", "[-a]", "[a-c1]", r"[\]a]", r"[\w-]", "[[a]", "[a&&b]"),
    *(r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"[\d]", r"[^\D]", r"[^\S]", r"^\S$", r"^\W$"),
    *(r"\p{L}", r"\P{L}", r"\pL", r"\p{Letter}", r"\p{Lu}", r"\p{gc=Nd}", r"\p{ASCII}"),
    *(r"\p{Any}", r"\p{LC}", r"\p{punct}", r"\p{General_Category=Number}", r"[\p{L}1]"),
    *(r"\bé", r"a\b", r"\Ba", r"a\b.", r"\B", r"^\b$", r"^\B$", r"\b*", r"\b+a", r"$?a"),
    *(r"\t|\n|\v|\f|\r", r"\x61", r"\u0061", r"\u{61}", r"\cj", r"\.|\$", r"\-", r"\/", r"\_"),
    *("^(?=a)ab", "^(?!a)", "^(?=a)(?!ab)", "a(?!$)", "a(?=$)", r"\Aa", r"a\z", "a$b", "a^b"),
    *("(^|b)a", "(a*)*", "(a|b)*1", "]", "}"),
]


@pytest.mark.parametrize("pattern", READ)
def test_a_pattern_holds_what_the_validator_takes(pattern: str) -> None:
    texts = ["", *ALPHABET, *map("".join, product("ab1 -é\n", repeat=2)), "aab", "bab1"]
    assert [holds(pattern, text) for text in texts] == [takes(pattern, text) for text in texts]


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a)\1", r"(?<x>a)\k<x>", "(?<=a)b", "(?<!a)b", "a(?=b)", "(?=a)b|c", "(?i)a", "(?#a)"),
        *(r"\p{Greek}", r"\p{Foo}", "[]a]", r"\<", r"\q", r"\Z", r"\0", "\\", "[a", "(a", "a)"),
        *(
            "*",
            "a**",
            "+a",
            "{",
            "a{",
            "a{x}",
            "a{2,1}",
            "a{,2}",
            "[b-a]",
            r"\p{L",
            r"\xg",
            r"\u00",
        ),
        *(r"\u{}", "(?<n", "a{2001}", "(a{2000}){11}", "(" * 101 + ")" * 101),
        "(a|b)*a(a|b){20}",
    ],
)
def test_what_is_no_regular_language_is_refused(pattern: str) -> None:
    with pytest.raises(NotRegular):
        _ = Language((pattern,)).graph


def test_look_ahead_at_the_start_is_taken_apart() -> None:
    begins = Assertion("^")
    a = Char(of_text("a"))
    assert conjuncts("^(?=a)(?!a)a") == (
        (Sequence((begins, a)), True),
        (Sequence((begins, a)), True),
        (Sequence((begins, a)), False),
    )
    assert conjuncts("a") == ((a, True),)
    assert parse("(?=a)") == Look(a, True)


def test_look_ahead_in_what_is_excluded_is_decided() -> None:
    excluding = Language(patterns=("^[ab]$",), excluded=("^(?=a)",))
    assert missing_from(Language(patterns=("^b$",)), excluding) is None


def test_an_automaton_has_so_many_states_at_most() -> None:
    assert len(automaton(parse("a{2000}")).steps) < MOST_STATES


# Texts and lengths.


@pytest.mark.parametrize(
    "pattern",
    [r"^[A-Z]{2}-\d{3}$", r"^\w+@\w+\.(com|org)$", "^(?!ab)[ab]{3}$", r"\bé\b", r"^\p{Lu}\P{L}*$"],
)
def test_texts_that_are_written_match(pattern: str) -> None:
    language, random = Language((pattern,), min_length=1, max_length=12), Random(1)
    lengths = language.lengths(10)
    texts = [language.text(random.randbytes(random.choice(lengths))) for _ in range(50)]
    assert len(set(texts)) > 4
    assert all(takes(pattern, text) and 1 <= len(text) <= 12 for text in texts)


@pytest.mark.parametrize(
    ("language", "shortest", "lengths"),
    [
        (Language(("^a*$",)), "", (0, 1, 2)),
        (Language(("^(aa)+$",)), "aa", (2, 4, 6)),
        (Language(("a", "b")), "ab", (2, 3, 4)),
        (Language(("^a{1,3}$",), ("^aa$",)), "a", (1, 3)),
        (Language(("^[a-c]{2}$",), ("a",)), "bb", (2,)),
        (Language(("^a$",), ("^a$",)), None, ()),
        (Language(("^a+$",), min_length=2, max_length=3), "aa", (2, 3)),
        (Language(("a^",)), None, ()),
        (Language(min_length=2), "00", (2, 3, 4)),
    ],
)
def test_the_shortest_text_and_the_lengths_there_are(
    language: Language, shortest: str | None, lengths: tuple[int, ...]
) -> None:
    assert language.shortest() == shortest
    assert language.lengths(3) == lengths


def test_texts_of_too_many_characters_are_refused() -> None:
    with pytest.raises(NotRegular, match="1,000,000"):
        Language(("a",), min_length=10**6).lengths(1)


# Inclusion.


@pytest.mark.parametrize(
    ("outer", "inner", "missing"),
    [
        (Language(("a",)), Language(("^ab$",)), None),
        (Language(("^ab$",)), Language(("a",)), "a"),
        (Language((r"^\w+$",)), Language((r"^\d{2}$",)), None),
        (Language((r"^[^\n]$",)), Language(("^.$",)), None),
        (Language(excluded=("b",)), Language(("^[ab]$",)), "b"),
        (Language(excluded=("b",)), Language(("^a$",)), None),
        (Language(min_length=2), Language(("^a+$",)), "a"),
        (Language(min_length=2), Language(("^a+$",), max_length=9), "a"),
        (Language(min_length=2), Language(("^a+$",), min_length=2), None),
        (Language(max_length=2), Language(("^a+$",)), "aaa"),
        (Language(max_length=2), Language(("^a+$",), max_length=2), None),
        (Language(), Language(("a",)), None),
    ],
)
def test_inclusion(outer: Language, inner: Language, missing: str | None) -> None:
    assert missing_from(outer, inner) == missing


# Characters.


def test_sets_of_characters() -> None:
    assert union([(3, 5)], [(1, 2), (9, 9)]) == ((1, 5), (9, 9))
    assert intersection(((1, 5), (9, 12)), ((4, 10),)) == ((4, 5), (9, 10))
    assert complement(()) == EVERY
    assert complement(EVERY) == ()
    assert complement(((0, 0x10FFFF),)) == ()
    assert complement(CLASSES["d"]) == CLASSES["D"]


def test_categories() -> None:
    assert category("Any") == EVERY
    assert category("ASCII") == ((0, 127),)
    assert intersection(category("Lu"), ((0, 127),)) == ((65, 90),)
    assert category("LC") == union(category("Lu"), category("Ll"), category("Lt"))


def test_the_border_of_a_word_is_that_of_the_validator() -> None:
    for character in "a_é٣中\u0301\u200dⒶ -²½\u2028🙂":
        code = ord(character)
        is_word = any(first <= code <= last for first, last in words())
        assert is_word is takes(r"^a\B", f"a{character}"), hex(code)


def test_plain_characters_come_first() -> None:
    assert plainest(EVERY) == ord("0")
    assert plainest(of_text("é!")) == ord("!")
    assert plainest(of_text("é")) == ord("é")
    assert palette(of_text("zb1é")) == "1bzé"
    assert len(palette(EVERY)) < 256
