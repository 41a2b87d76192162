"""How lists, objects and files of a request are written."""

from __future__ import annotations

from email import message_from_bytes
from typing import Any

import pytest

from stagepact.subject import Request, Unfit
from stagepact.subject.protocols.http import write_request
from stagepact.subject.protocols.shapes import multipart, shaped

THREE, OBJECT = [3, "a", True], {"R": 100, "G": 200}


@pytest.mark.parametrize(
    ("style", "value", "target"),
    [
        ("comma", THREE, "p=3%2Ca%2Ctrue"),
        ("space", THREE, "p=3%20a%20true"),
        ("pipe", THREE, "p=3%7Ca%7Ctrue"),
        ("tab", THREE, "p=3%09a%09true"),
        ("", THREE, "p=3&p=a&p=true"),
        ("deep", OBJECT, "p%5BR%5D=100&p%5BG%5D=200"),
        ("", OBJECT, "R=100&G=200"),
        ("comma", OBJECT, "p=R%2C100%2CG%2C200"),
        ("json", OBJECT, "p=%7B%22R%22%3A%20100%2C%20%22G%22%3A%20200%7D"),
    ],
)
def test_a_query_is_written_in_its_style(style: str, value: Any, target: str) -> None:
    made = shaped(Request(query={"p": value}), {"p": style})
    assert write_request("GET", "/", made).target == f"/?{target}"


@pytest.mark.parametrize(
    ("style", "value", "segment"),
    [
        ("label", THREE, ".3,a,true"),
        ("label-explode", THREE, ".3.a.true"),
        ("label-explode", OBJECT, ".R=100.G=200"),
        ("matrix", 5, ";p=5"),
        ("matrix", THREE, ";p=3,a,true"),
        ("matrix-explode", THREE, ";p=3;p=a;p=true"),
        ("matrix-explode", OBJECT, ";R=100;G=200"),
        ("matrix", OBJECT, ";p=R,100,G,200"),
        ("pairs", OBJECT, "R=100,G=200"),
    ],
)
def test_a_segment_is_written_in_its_style(style: str, value: Any, segment: str) -> None:
    assert shaped(Request(path={"p": value}), {"p": style}).path == {"p": segment}


def test_what_is_no_scalar_has_no_form_inside_of_a_list() -> None:
    with pytest.raises(Unfit, match="list has no form"):
        shaped(Request(query={"p": [[1]]}), {"p": "comma"})


def test_a_form_of_files_is_read_back() -> None:
    headers = {"content-type": "multipart/form-data"}
    body = {"name": "--", "number": 5, "file": "a\r\nb", "many": ["x", "y"]}
    made = shaped(Request(headers=headers, body=body, has_body=True), {}, ("file",))
    wire = write_request("POST", "/", made)
    told = dict(wire.headers)[b"content-type"]
    parts = message_from_bytes(b"content-type: " + told + b"\r\n\r\n" + wire.body).get_payload()
    read = [
        (p.get_param("name", header="content-disposition"), p.get_filename(), p.get_payload())  # type: ignore[union-attr]
        for p in parts
    ]
    assert read == [
        ("name", None, "--"),
        ("number", None, "5"),
        ("file", "file", "a\r\nb"),
        ("many", None, "x"),
        ("many", None, "y"),
    ]


def test_a_boundary_is_in_no_part() -> None:
    first, _ = multipart({"a": ""}, ())
    boundary, body = multipart({"a": f"\r\n--{first}--"}, ())
    assert body.count(b"\r\n--" + boundary.encode()) == 1
