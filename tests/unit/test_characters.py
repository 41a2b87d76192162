"""Text that any output can hold."""

from __future__ import annotations

import pytest

from stagepact.characters import encodable, printable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31m\r\x00", r"\x1b[31m\x0d\x00"),
        ("\ud800 \u202e", r"\ud800 \u202e"),
        ("é 😀", "é 😀"),
    ],
)
def test_what_moves_a_cursor_or_reorders_a_line_is_an_escape(text: str, shown: str) -> None:
    """Tabs and newlines stay, and so does all that is only foreign."""
    assert printable(text) == shown


def test_what_an_encoding_lacks_is_written_in_what_it_has() -> None:
    """Our own signs as plain ones, all others as escapes."""
    assert encodable("✓ é → \x1b", "ascii") == r"+ \xe9 -> \x1b"
    assert encodable("✓ é", "utf-8") == "✓ é"


def test_a_text_that_is_cut_says_so() -> None:
    """With how much is missing."""
    assert shortened("abc", 3) == "abc"
    assert shortened("abcdef", 3) == "abc… (3 more characters)"
