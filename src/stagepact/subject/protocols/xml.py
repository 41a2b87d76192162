"""Whether bytes are well-formed XML; nothing is built, expanded or fetched.

Entities are what makes reading XML dangerous: they may grow without end, or lead to files. So
reading ends where one is declared, and such a document is neither well-formed nor not.
"""

from __future__ import annotations

from xml.parsers import expat

_NAMES = frozenset({"application/xml", "text/xml"})
_UNKNOWN_ENCODING = "unknown encoding"


class Undecided(Exception):  # noqa: N818 - it says what came of it
    """Nobody can say whether it is well-formed: the message says why."""


def is_xml(media: str) -> bool:
    """Whether a media type says XML, by name or by suffix (RFC 7303)."""
    return media in _NAMES or media.endswith("+xml")


def xml_fault(body: bytes, charset: str | None = None) -> str:
    """What is wrong with a document, with line and column; "" where it is well-formed.

    Raises:
        Undecided: it declares entities, or is in a charset that can't be read.
    """
    try:
        parser = expat.ParserCreate(charset)
    except ValueError as error:
        raise Undecided(f"the charset {charset!r} is not known") from error
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        if str(error).startswith(_UNKNOWN_ENCODING):
            raise Undecided(f"its encoding can't be read: {error}") from error
        return str(error)
    except (LookupError, ValueError) as error:
        raise Undecided(f"its encoding can't be read: {error}") from error
    return ""


def _refuse(*_: object) -> None:
    raise Undecided("it declares entities, which aren't read")
