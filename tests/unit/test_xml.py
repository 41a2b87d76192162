"""XML that is answered is well-formed; reading it is safe."""

from __future__ import annotations

import pytest
from observations import answers, observed

from stagepact.subject import Output, SubjectId
from stagepact.subject.protocols.http import WireResponse, read_response
from stagepact.subject.protocols.xml import Undecided, is_xml, xml_fault
from stagepact.verdict.judge import judge

LAUGHS = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
FILE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("media", "xml"),
    [
        ("application/xml", True),
        ("text/xml", True),
        ("image/svg+xml", True),
        ("application/json", False),
        ("application/xml-dtd", False),
    ],
)
def test_a_media_type_says_that_it_is_xml(media: str, xml: bool) -> None:
    assert is_xml(media) is xml


@pytest.mark.parametrize(
    ("body", "charset", "fault"),
    [
        (b"<a/>", None, ""),
        ("<a>ü</a>".encode(), None, ""),
        ("<a>ü</a>".encode("latin-1"), "iso-8859-1", ""),
        ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), None, ""),
        (b'<!DOCTYPE html SYSTEM "a.dtd"><html>&nbsp;</html>', None, ""),
        ("<a>ü</a>".encode("latin-1"), None, "not well-formed (invalid token): line 1, column 3"),
        (b"<a>", None, "no element found: line 1, column 3"),
        (b"", None, "no element found: line 1, column 0"),
        (b"<a>&b;</a>", None, "undefined entity: line 1, column 3"),
        (b"<a></b>", None, "mismatched tag: line 1, column 5"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: bytes, charset: str | None, fault: str) -> None:
    assert xml_fault(body, charset) == fault


@pytest.mark.parametrize(
    ("body", "charset", "why"),
    [
        (LAUGHS, None, "it declares entities"),
        (FILE, None, "it declares entities"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', None, "its encoding can't be read"),
        (b"<a/>", "no-such", "its encoding can't be read"),
        (b"<a/>", "a\0b", "charset"),
    ],
)
def test_what_cannot_be_read_safely_is_undecided(
    body: bytes, charset: str | None, why: str
) -> None:
    with pytest.raises(Undecided, match=why):
        xml_fault(body, charset)


DECLARED = answers("responses: {200: {content-type: application/xml}, 204: {}}")
CLAUSE = DECLARED["responses.200.content-type"]


def answered(body: bytes, media: str = "application/xml", method: str = "GET") -> object:
    wire = WireResponse(200, (("content-type", media),), body)
    output: Output = read_response(wire, method)
    seen = observed(output=output)
    operation = SubjectId(f"{method} /a", f"s:{method} /a", "operation")
    return judge(CLAUSE, type(seen)(operation, seen.case, seen.end, output))


def test_an_answer_of_xml_is_well_formed() -> None:
    assert answered(b"<a/>") == ()
    (breach,) = answered(b"<a>")  # type: ignore[misc]
    assert (breach.promised, breach.pointer) == ("well-formed XML", ("body",))
    assert answered(b"", method="HEAD") == ()
    assert "declares entities" in str(answered(LAUGHS))
    assert answered(b"<a/>", "application/xml; charset=utf-8") == ()


def test_a_schema_says_nothing_of_a_body_that_is_xml() -> None:
    clauses = answers("responses: {200: {body: {}}}")
    output = read_response(WireResponse(200, (("content-type", "text/xml"),), b"<a/>"), "GET")
    seen = observed(output=output)
    operation = SubjectId("GET /a", "s:GET /a", "operation")
    judged = judge(
        clauses["responses.200.body"], type(seen)(operation, seen.case, seen.end, output)
    )
    assert judged == "a JSON Schema says nothing of a body that is XML"
