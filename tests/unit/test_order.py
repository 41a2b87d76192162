"""An order is a regular expression over event types, compiled to an automaton."""

from __future__ import annotations

from time import process_time

import pytest

from stagepact.contract.order import (
    OrderError,
    absence,
    compile_order,
    compose,
    exactly_once,
    intersects,
    precedence,
    response,
)

LIFECYCLE = "started progress* (completed | failed)"


@pytest.mark.parametrize(
    ("order", "permitted", "refused"),
    [
        ("", ["", "x"], []),
        ("()", ["", "x"], []),
        ("a", ["a", "x a x"], ["", "a a"]),
        ("a b", ["a b"], ["b a", "a", "b"]),
        ("a | b", ["a", "b"], ["", "a b"]),
        ("a*", ["", "a", "a a"], []),
        ("a+ b", ["a b", "a a b"], ["b", "a"]),
        ("a? b", ["b", "a b"], ["a a b"]),
        ("a{2} b", ["a a b"], ["a b", "a a a b"]),
        ("a{2,} b", ["a a b", "a a a b"], ["a b"]),
        ("a{1,2} b", ["a b", "a a b"], ["b", "a a a b"]),
        ("a{0} b", ["b"], ["a b"]),
        ("a{0,0} b", ["b"], ["a b"]),
        ("a b | c", ["a b", "c"], ["a c"]),
        ("(a | b) c", ["a c", "b c"], ["a", "c"]),
        ("a & b c", ["a b c", "b a c", "b c a"], ["a c b", "b c", "c b a"]),
        ("a & b | c", ["a b", "b a", "c"], ["a c"]),
        (". b & a?", ["a b", "b b", "a a b"], ["b", "a"]),
        ("'a b' c", [], ["c"]),
        ("job.done x-1", ["job.done x-1"], ["job done x-1"]),
        ("2fa.sent{2} 3* | 404", ["2fa.sent 2fa.sent 3 3", "404"], ["2fa.sent 3"]),
        ("a? (b? c)? (d* e?) f", ["f", "c f", "a b c d e f", "e f"], ["b f", "a b f", "e d f"]),
        ("(a*)* (b?)*", ["", "a b", "b"], ["b a"]),
        (LIFECYCLE, ["started completed", "started progress progress failed"], ["started"]),
    ],
)
def test_an_order_permits_what_its_expression_says(
    order: str, permitted: list[str], refused: list[str]
) -> None:
    """Types that the expression doesn't name are passed over."""
    automaton = compile_order(order)
    assert [each for each in permitted if not automaton.matches(each.split())] == []
    assert [each for each in refused if automaton.matches(each.split())] == []


def test_a_quoted_name_may_hold_anything() -> None:
    """Spaces and marks are part of the name."""
    assert compile_order("'a b' '|'").matches(["a b", "|"])


@pytest.mark.parametrize(
    ("order", "offset", "message"),
    [
        ("a (", 3, "expected an event type or ("),
        ("(a b", 0, "expected ) to close this"),
        ("a )", 2, "expected an event type or the end"),
        ("*", 0, "expected an event type or ("),
        ("a | ", 4, "expected an event type or ("),
        ("a  % b", 3, "expected an event type or one of | * + ? { ( ) . &"),
        ("a{2,1}", 1, "expected the smaller number first"),
        ("a{201}", 1, "too large: at most 200 repeats"),
        ("a{0,201}", 1, "too large: at most 200 repeats"),
        ("a{x}", 1, "expected an event type or one of | * + ? { ( ) . &"),
        ("a{" + "9" * 5000 + "}", 1, "expected an event type or one of | * + ? { ( ) . &"),
        ("(" * 101 + "a" + ")" * 101, 100, "nested too deep"),
        (". ", 0, "`.` is any of the types named here, and none is named"),
        (".*", 0, "`.` is any of the types named here, and none is named"),
    ],
)
def test_what_cannot_be_read_says_where(order: str, offset: int, message: str) -> None:
    """The text is repeated, with a mark below the place."""
    with pytest.raises(OrderError) as caught:
        compile_order(order)
    assert (caught.value.offset, caught.value.message) == (offset, message)
    assert str(caught.value) == f"{message}\n  {order}\n  {' ' * offset}^"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("a\n  % b\nc", "{} (line 2)\n    % b\n    ^"),
        ("a\r\n\t%", "{} (line 2)\n  \t%\n  \t^"),
        ("a\n(b\n", "expected ) to close this (line 2)\n  (b\n  ^"),
        ("a |\n", "expected an event type or (\n  a |\n     ^"),
    ],
)
def test_in_a_text_of_several_lines_the_mark_is_below_the_right_one(order: str, told: str) -> None:
    """Only that line is repeated, with its number."""
    with pytest.raises(OrderError) as caught:
        compile_order(order)
    assert str(caught.value) == told.format(caught.value.message)


@pytest.mark.parametrize(
    "order",
    [
        " & ".join("abcdefghijklmn"),
        "(a|b)* a (a|b){15}",
        "((a{200}){200}){200}",
        "((a?){200}){200}",
        "(a? b?){100}",
        "a{200} b{200} c{200} d{200} e{200}",
        "(a* b*){100}",
        "((a | b)? (c | d)*){60}",
        "(a? b? c? d? e? f?){60}",
        "((a? b?) & (c? d?)){20}",
        "(a{0,200} b{0,200})*",
        "a " * 200_000,
    ],
)
def test_what_would_be_too_large_is_refused_soon(order: str) -> None:
    """A document can't keep the checker busy."""
    began = process_time()
    with pytest.raises(OrderError, match="too large"):
        compile_order(order)
    assert process_time() - began < 30  # half a second; without the bounds, minutes


@pytest.mark.parametrize(
    "order",
    [
        "progress{0,200}",
        "(a? b?){20}",
        "a{100} b{100}",
        "a{200} b{200}",
        "a{30} & b{30}",
        "(a | b | c | d){200}",
        LIFECYCLE,
    ],
)
def test_what_people_write_is_not_too_large(order: str) -> None:
    """The bounds are far away from contracts."""
    assert compile_order(order).shortest() is not None


def test_an_order_tells_what_may_come_next() -> None:
    """Sorted, and only what can still end well."""
    order = compile_order(LIFECYCLE)
    started = order.step(order.start, "started")
    assert order.expected(order.start) == ("started",)
    assert started is not None
    assert order.expected(started) == ("completed", "failed", "progress")
    assert order.step(started, "started") is None
    assert order.step(started, "unheard of") is None
    assert not order.accepts(started)
    assert order.alphabet == {"started", "progress", "completed", "failed"}


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        ("a b*", "a", ("a",)),
        ("a b", "b a", None),
        ("a b", "c", ("a", "b", "c")),
        ("a a*", "a a", ("a", "a")),
        ("a?", "", ()),
    ],
)
def test_two_orders_have_a_shortest_sequence_in_common_or_none(
    left: str, right: str, common: tuple[str, ...] | None
) -> None:
    """Each ignores the types that it doesn't name."""
    assert intersects(compile_order(left), compile_order(right)) == common


def test_pieces_of_a_log_compose() -> None:
    """What both pieces do, one after the other, is what the whole does."""
    order = compile_order(LIFECYCLE)
    first, then = order.function(["started", "x"]), order.function(["completed"])
    whole = compose(first, then)
    assert whole == order.function(["started", "completed"])
    assert order.accepts(whole[order.start])
    assert compose(then, first)[order.start] == -1


@pytest.mark.parametrize(
    ("order", "permitted", "refused"),
    [
        (absence("a"), ["", "b"], ["a", "b a"]),
        (exactly_once("a"), ["a", "b a b"], ["", "a a"]),
        (response("a", "b"), ["", "b", "a b", "a a b", "a b a b", "b a b"], ["a", "a b a"]),
        (precedence("a", "b"), ["", "a", "a b", "a a b b"], ["b", "b a"]),
        (precedence("b", "a"), ["b a"], ["a b"]),
    ],
)
def test_the_templates_permit_what_their_names_say(
    order: object, permitted: list[str], refused: list[str]
) -> None:
    """The patterns of Dwyer, Avrunin and Corbett."""
    matches = order.matches  # type: ignore[attr-defined]
    assert [each for each in permitted if not matches(each.split())] == []
    assert [each for each in refused if matches(each.split())] == []


@pytest.mark.parametrize("name", ["it's", "a b", "|", "'"])
def test_a_template_takes_any_name(name: str) -> None:
    """A quote in a name is part of the name."""
    assert exactly_once(name).matches([name])
    assert response(name, "b").matches([name, "b"])
    assert not precedence(name, "b").matches(["b"])
    assert not absence(name).matches([name])
