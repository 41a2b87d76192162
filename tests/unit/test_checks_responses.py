"""What a service answered: status, media type, headers, body."""

from __future__ import annotations

from typing import Any

import pytest
from observations import answers, observed

from stagepact.observation import End
from stagepact.subject import Output
from stagepact.subject.protocols.http import MOST_BYTES, WireResponse, read_response
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.checks.responses import declared_as


def judged(block: str, id: str, output: Output | None, **more: Any) -> Any:
    clause = answers(block)[id]
    more.setdefault("end", End.RETURNED if output else End.HUNG)
    found = CHECKS[clause.kind](clause, observed(output=output, **more))
    return found if isinstance(found, str) else [(b.promised, b.seen, b.pointer) for b in found]


def answered(status: str, data: Any = None, error: str | None = None, **headers: str) -> Output:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Output(status, data, error=error, headers=named)


@pytest.mark.parametrize(
    ("status", "declared", "covering"),
    [
        ("200", ("200", "2XX", "default"), "200"),
        ("201", ("200", "2XX", "default"), "2XX"),
        ("500", ("200", "2XX", "default"), "default"),
        ("500", ("200",), None),
    ],
)
def test_the_nearest_declaration_covers_a_status(
    status: str, declared: tuple[str, ...], covering: str | None
) -> None:
    """Itself, its class, or default."""
    assert declared_as(status, declared) == covering


def test_a_status_is_declared() -> None:
    """No response at all is broken, too."""
    block = "responses: {200: true, 4XX: true}"
    assert judged(block, "responses.status", answered("404")) == []
    promised = "a status of 200, 4XX"
    assert judged(block, "responses.status", answered("500")) == [(promised, "500", ("status",))]
    assert judged(block, "responses.status", None) == [(promised, "hung", ("status",))]
    assert judged(block, "responses.status", None, raised="a:B: no") == [
        (promised, "no response: B: no", ("status",))
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", [("a whole body", "cut", ("body",))]),
        (b" " * MOST_BYTES, "the body is longer than what is read: cut"),
    ],
    ids=["broken off", "too long to tell"],
)
def test_a_body_that_is_not_whole_keeps_no_schema(body: bytes, told: Any) -> None:
    raw = WireResponse(200, body=body, complete=False, problems=("cut",))
    output = read_response(raw)
    assert judged("responses: {200: {body: {}}}", "responses.200.body", output) == told


RESPONSES = """\
responses:
  200:
    body: {type: integer}
    content-type: application/json
    headers: {X-Count: {type: integer, maximum: 9}, X-Text: {type: string, maxLength: 2}}
"""


@pytest.mark.parametrize(
    ("part", "output", "told"),
    [
        ("body", answered("200", 1), []),
        ("body", answered("200", "x"), [("the type integer", '"x"', ("body",))]),
        (
            "body",
            answered("200", None, "broken JSON"),
            [
                ("a body that can be read", "broken JSON", ("body",)),
                ("the type integer", "null", ("body",)),
            ],
        ),
        ("content-type", answered("200", content_type="application/JSON; charset=utf-8"), []),
        (
            "content-type",
            answered("200", content_type="text/html"),
            [("application/json", "text/html", ("headers", "content-type"))],
        ),
        (
            "content-type",
            answered("200"),
            [("application/json", "no content type", ("headers", "content-type"))],
        ),
        ("headers.X-Count", answered("200", x_count="5"), []),
        (
            "headers.X-Count",
            answered("200", x_count="many"),
            [("the type integer", '"many"', ("headers", "x-count"))],
        ),
        (
            "headers.X-Count",
            answered("200", x_count="[1]"),
            [("the type integer", '"[1]"', ("headers", "x-count"))],
        ),
        (
            "headers.X-Count",
            answered("200", x_count="12"),
            [("at most 9", "12", ("headers", "x-count"))],
        ),
        ("headers.X-Text", answered("200", x_text="12"), []),
        (
            "headers.X-Text",
            answered("200", x_text="123"),
            [("at most 2 characters", '"123"', ("headers", "x-text"))],
        ),
        ("headers.X-Count", answered("200"), [("this header", "nothing", ("headers", "x-count"))]),
    ],
)
def test_a_response_is_as_declared_under_its_status(part: str, output: Output, told: Any) -> None:
    """A header's number is read as one."""
    assert judged(RESPONSES, f"responses.200.{part}", output) == told


@pytest.mark.parametrize("part", ["body", "content-type", "headers.X-Count"])
def test_another_status_exercises_nothing(part: str) -> None:
    """And neither does no response."""
    id = f"responses.200.{part}"
    assert judged(RESPONSES, id, answered("404")) == "no such response"
    assert judged(RESPONSES, id, None) == "no response (hung)"


EXAMPLE = """\
examples:
- name: n
  response: {status: 200, headers: {X-A: b}, body: {a: 1}, matches: {required: [a]}}
- name: nothing
"""


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (answered("200", {"a": 1.0}, x_a="b"), []),
        (
            answered("404", {"a": 2}),
            [
                ("200", "404", ("status",)),
                ("b", "nothing", ("headers", "x-a")),
                ("1", "2", ("body", "a")),
            ],
        ),
        (
            answered("200", {}, x_a="b"),
            [("1", "nothing", ("body", "a")), ('the property "a"', "{}", ("body",))],
        ),
        (None, [("a response", "hung", ("response",))]),
    ],
)
def test_an_example_is_answered_as_it_is_written(output: Output | None, told: Any) -> None:
    """Values exactly, `matches` by its schema."""
    assert judged(EXAMPLE, "examples.n", output, case="n") == told


def test_an_example_is_judged_on_its_own_case() -> None:
    """And one that expects nothing is no clause."""
    assert judged(EXAMPLE, "examples.n", answered("200")) == "another case"
    assert set(answers(EXAMPLE)) == {"examples.n", "no-server-error"}
