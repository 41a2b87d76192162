"""Documents become plain values with places, or one ContractError with all that is wrong."""

import json
import sys
from time import perf_counter
from typing import Any

import pytest
import yaml

from stagepact.contract import tree, yaml_text
from stagepact.contract.source import SCHEMA, Kind, Source, read_json, read_yaml
from stagepact.contract.tree import MAX_DEPTH
from stagepact.errors import ContractError, Place, Problem


def problems(text: str | bytes, reader: Any = read_yaml) -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(ContractError) as caught:
        reader(text, "a")
    return caught.value.problems


def codes(text: str | bytes, reader: Any = read_yaml) -> list[tuple[str, int]]:
    """Return the kind and line of everything that is wrong with a text."""
    return [(problem.code, problem.place.line) for problem in problems(text, reader)]


@pytest.fixture(params=["C", "Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use libyaml's parser, then PyYAML's own, which stands in where libyaml is absent."""
    name = "CSafeLoader" if request.param == "C" else "SafeLoader"
    if not hasattr(yaml, name):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yaml_text, "_Parser", getattr(yaml, name))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("Null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("+12", 12),
        ("-7", -7),
        ("007", 7),
        ("0o17", 15),
        ("0xfF", 255),
        ("9" * 400, int("9" * 400)),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-1e3", -1000.0),
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("off", "off"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2026-12-31", "2026-12-31"),
        ("200ms", "200ms"),
        ("0b11", "0b11"),
        ("1e", "1e"),
        ("-", None),
        ("...x", "...x"),
        ("<<", "<<"),
        ('"true"', "true"),
        ("'12'", "12"),
        ("! 12", "12"),
        ("!!str 12", "12"),
        ('!!int "12"', 12),
        ("!!float 1", 1.0),
        ("!!float 1.5", 1.5),
        ("!!bool true", True),
        ("!!null ~", None),
        ("!!map {}", {}),
        ("!!seq [1]", [1]),
        ("|\n  a\n  b", "a\nb"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_yaml_scalars_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    """Dates, times and `no` are texts; tags of the core schema are honoured."""
    expected = [value] if written == "-" else value
    read = read_yaml(f"a: {written}" if written != "-" else "a:\n- ", "a").value
    assert read == {"a": expected}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(expected)


@pytest.mark.parametrize(
    ("written", "key"),
    [("200", "200"), ("0x10", "16"), ('"200"', "200"), ("no", "no"), ('"<<"', "<<"), ("''", "")],
)
def test_keys_are_texts_as_in_json(written: str, key: str) -> None:
    """A response's status needs no quotes."""
    assert read_yaml(f"{written}: x", "a").value == {key: "x"}


ODD = [
    ("empty", "", [("empty-file", 1)]),
    ("only a comment", "# nothing yet\n", [("empty-file", 1)]),
    ("only a start", "---\n", [("empty-file", 1)]),
    ("null", "~", [("empty-file", 1)]),
    ("a list", "- a", [("wrong-root", 1)]),
    ("a text", "hello", [("wrong-root", 1)]),
    ("a number", "1.5", [("wrong-root", 1)]),
    ("true", "true", [("wrong-root", 1)]),
    ("two documents", "a: 1\n---\nb: 2", [("several-documents", 2)]),
    ("a key twice", "a: 1\nb: 2\na: 3", [("duplicate-key", 3)]),
    ("a key twice on a line", "{a: 1, a: 2}", [("duplicate-key", 1)]),
    ("a key thrice", "a: 1\na: 2\na: 3", [("duplicate-key", 2), ("duplicate-key", 3)]),
    ("a number and its text", "1: x\n'1': y", [("duplicate-key", 2)]),
    ("a null key", "~: 1", [("odd-key", 1)]),
    ("a true key", "true: 1", [("odd-key", 1)]),
    ("a float key", "1.5: 1", [("odd-key", 1)]),
    ("a list key", "a: 1\n? [x]\n: 1\nb: 2", [("odd-key", 2)]),
    ("a mapping key", "? {x: y}\n: 1", [("odd-key", 1)]),
    ("a merge key", "a: 1\n<<: {b: 2}", [("merge-key", 2)]),
    ("a python tag", "a: !!python/object:os.system {}", [("foreign-tag", 1)]),
    ("a local tag", "a: !foo 1", [("foreign-tag", 1)]),
    ("a set", "a: !!set {b}", [("foreign-tag", 1)]),
    ("a list tagged as mapping", "a: !!map [b]", [("foreign-tag", 1)]),
    ("a timestamp", "a: !!timestamp 2026-01-01", [("foreign-tag", 1)]),
    ("a wrong tag", "a: !!int x", [("wrong-tag", 1)]),
    ("a tag directive", "%TAG ! tag:x:\n---\na: 1", [("foreign-tag", 1)]),
    ("an undefined handle", "a: !x!y 1", [("yaml-syntax", 1)]),
    ("infinity", "a: -.inf", [("odd-value", 1)]),
    ("not a number", "a: .NaN", [("odd-value", 1)]),
    ("a float beyond floats", "a: 1e999", [("odd-value", 1)]),
    ("too many digits", f"a: {'1' * 501}", [("odd-value", 1)]),
    ("an alias of nothing", "a: *b", [("unknown-alias", 1)]),
    ("an alias in itself", "a: &a\n  - *a", [("recursive-alias", 2)]),
    ("an alias in a redefinition", "a: &a [&a x, *a]", [("recursive-alias", 1)]),
    ("control characters", "a: \x01\nb: \x7f", [("odd-character", 1), ("odd-character", 2)]),
    ("half a surrogate pair", "a: \ud800", [("odd-character", 1)]),
    ("bytes that are no text", b"a: 1\nb: \xff", [("not-utf-8", 2)]),
    ("UTF-16", "a: 1".encode("utf-16"), [("not-utf-8", 1)]),
    ("a tab", "a:\n\tb: 1", [("yaml-syntax", 2)]),
    ("an open bracket", "a: [1,\nb: 2", [("yaml-syntax", 2)]),
    ("an open quote", "a: 'x\n", [("yaml-syntax", 1)]),
    ("two colons", "a: b: c", [("yaml-syntax", 1)]),
    ("an at sign", "a: @x", [("yaml-syntax", 1)]),
    ("what came before", "a: 1\na: 2\nb: @", [("duplicate-key", 2), ("yaml-syntax", 3)]),
    (
        "all at once",
        "a: !x 1\na: .inf\n~: 3\nb: *c\n<<: 1",
        [
            ("foreign-tag", 1),
            ("duplicate-key", 2),
            ("odd-value", 2),
            ("odd-key", 3),
            ("unknown-alias", 4),
            ("merge-key", 5),
        ],
    ),
]


@pytest.mark.parametrize(("text", "found"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
@pytest.mark.usefixtures("parser")
def test_what_is_wrong_with_yaml_is_told_with_its_line(
    text: str | bytes, found: list[tuple[str, int]]
) -> None:
    """Each problem once, all together, in a stable kind; the parsers may differ in order only."""
    assert sorted(codes(text)) == sorted(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "a: 1\nb: 2\na: 3",
            "a:3: found the key `a` a second time (first on line 1); "
            "expected every key once in a mapping; remove one of the two or merge them",
        ),
        (
            "",
            "a:1: found nothing: the file is empty; "
            "expected a contract, e.g. `stagepact: 1`; write one, or remove the file",
        ),
        (
            "x: !!python/object:os.system {}",
            "a:1: found the tag `!!python/object:os.system`; "
            "expected a plain value; remove the tag; tags construct nothing here",
        ),
        (
            "a:\n\tb: 1",
            "a:2: found broken YAML (a tab where YAML allows only spaces while scanning for the "
            "next token); expected spaces; indent by spaces, never by tabs",
        ),
    ],
)
def test_a_problem_says_what_to_do(text: str, sentence: str) -> None:
    """One sentence: where, what, expected, advice."""
    assert [str(problem) for problem in problems(text)] == [sentence]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("a: " + "{b: " * 100_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("? " * 100_000, "too-deep"),
        (BOMB, "alias-bomb"),
        ("%TAG !a! tag:x\n" * 100_000, "foreign-tag"),
        ("a: 1\n" * 100_000, "more-problems"),
        ("a: \x01" * 100_000, "odd-character"),
    ],
    ids=["brackets", "braces", "dashes", "question marks", "bomb", "directives", "keys", "control"],
)
def test_a_hostile_text_is_refused_quickly(text: str, code: str) -> None:
    """A bounded number of problems, and no time that grows faster than the text."""
    start = perf_counter()
    found = problems(text)
    assert found[-1].code == code
    assert len(found) <= 101
    assert perf_counter() - start < 10  # seconds; the quadratic paths take minutes


@pytest.mark.parametrize("reader", [read_yaml, read_json])
def test_depth_is_allowed_up_to_its_limit(reader: Any) -> None:
    """One hundred levels are read, one more is refused."""
    text = '{"a":' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"
    assert reader(text, "a").value
    assert codes(text.replace("[]", "[[]]"), reader) == [("too-deep", 1)]


def test_values_are_allowed_up_to_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by a count, not only by the length of the text."""
    monkeypatch.setattr(tree, "MAX_VALUES", 4)
    assert read_yaml("a: [1, 2]", "a").value == {"a": [1, 2]}
    assert codes("a: [1,\n2,\n3, 4, 5]") == [("too-many-values", 3)]


def test_aliases_are_expanded_and_keep_the_places_where_parts_are_written() -> None:
    """The alias has its own place, its inner parts have that of the anchor's text."""
    source = read_yaml("a: &x {p: [1]}\nb: *x\n&k c: *k\nd: [*x]", "a")
    assert source.value == {"a": {"p": [1]}, "b": {"p": [1]}, "c": "c", "d": [{"p": [1]}]}
    lines = {path: place.line for path, place in source.marks.items()}
    assert lines["b",] == 2
    assert lines["d", 0] == 4
    assert lines["b", "p", 0] == lines["d", 0, "p"] == 1


YAML_TEXT = "stagepact: 1\nstages:\n  transcribe:\n    laws:\n      - one\n      - {two: 2}\n"
JSON_TEXT = (
    '{"stagepact": 1,\n "stages": {\n  "transcribe": {\n'
    '    "laws": [\n\t"one",\n\t{"two": 2}\n  ]}}\n}'
)
MARKS = {
    (): (1, 1),
    ("stagepact",): (1, 1),
    ("stages",): (2, 1),
    ("stages", "transcribe"): (3, 3),
    ("stages", "transcribe", "laws"): (4, 5),
    ("stages", "transcribe", "laws", 0): (5, 9),
    ("stages", "transcribe", "laws", 1): (6, 9),
    ("stages", "transcribe", "laws", 1, "two"): (6, 10),
}


@pytest.mark.usefixtures("parser")
def test_every_value_has_the_place_of_its_key_or_item() -> None:
    """Lines and columns count from 1."""
    source = read_yaml(YAML_TEXT, "a")
    assert source.marks == {path: Place("a", *at) for path, at in MARKS.items()}
    assert len(source.marks) == len(MARKS)


def test_json_has_the_same_value_and_places() -> None:
    """Raw tabs between tokens count as one column; escapes don't disturb the places after them."""
    source = read_json(JSON_TEXT, "a")
    assert source.value == read_yaml(YAML_TEXT, "a").value == json.loads(JSON_TEXT)
    lines = {path: place.line for path, place in source.marks.items()}
    assert lines == {path: line for path, (line, _) in MARKS.items()}
    assert source.marks["stages",] == Place("a", 2, 2)
    emoji = read_json('{"\\ud83d\\ude00\\"{":\n[{"\\n": "]"}]}', "a")
    assert emoji.marks['😀"{', 0, "\n"] == Place("a", 2, 3)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("stages", "transcribe", "laws", 1, "two"), 6),
        (("stages", "transcribe", "laws", 7), 4),
        (("stages", "transcribe", "output", "data"), 3),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_a_path_that_is_missing_has_the_place_of_its_nearest_ancestor(
    path: tuple[str | int, ...], line: int
) -> None:
    """So a missing key is reported where it should stand."""
    assert read_yaml(YAML_TEXT, "a").place(path).line == line


def test_without_any_marks_the_place_is_the_file() -> None:
    """A source made by hand may have none."""
    assert Source("a", {}, {}).place(("x",)) == Place("a")


JSON_ODD = [
    ("", [("empty-file", 1)]),
    (" \n", [("empty-file", 1)]),
    ("null", [("empty-file", 1)]),
    ("[1]", [("wrong-root", 1)]),
    ("{", [("json-syntax", 1)]),
    # From 3.13 on Python tells the comma's line, before that the brace's.
    ('{"a": 1,\n}', [("json-syntax", 1 if sys.version_info >= (3, 13) else 2)]),
    ('{"a": 1}\nx', [("json-syntax", 2)]),
    ('{"a": "\x01"}', [("json-syntax", 1)]),
    ('{"a": \n"x', [("json-syntax", 2)]),
    ('{"a": 1,\n"a": 2}', [("duplicate-key", 2)]),
    ('{"a": 1,\n"\\u0061": 2}', [("duplicate-key", 2)]),
    ('{"a": NaN,\n"b": -Infinity,\n"c": 1e999}', [("odd-value", n) for n in (1, 2, 3)]),
    (f'{{"a": {"1" * 5000}}}', [("odd-value", 1)]),
    ('{"a":\n"\\ud800"}', [("odd-value", 2)]),
    ("[" * 100_000, [("too-deep", 1)]),
    ('{"a":' * 100_000, [("too-deep", 1)]),
    (b'{"a":\n"\xff"}', [("not-utf-8", 2)]),
]


@pytest.mark.parametrize(("text", "found"), JSON_ODD, ids=[repr(text[:20]) for text, _ in JSON_ODD])
def test_what_is_wrong_with_json_is_told_with_its_line(
    text: str | bytes, found: list[tuple[str, int]]
) -> None:
    """The same kinds as in YAML."""
    assert codes(text, read_json) == found


def test_a_json_problem_says_what_was_expected() -> None:
    """The decoder's own words, with what usually helps."""
    (found,) = problems('{"a" 1}', read_json)
    assert str(found) == "a:1: found `1}`; expected ':' delimiter"
    (found,) = problems('{"a": 1', read_json)
    assert str(found).startswith("a:1: found the end of the file; expected ',' delimiter; write")


@pytest.mark.parametrize("text", ['\ufeff{"a": 1}', b'\xef\xbb\xbf{"a": 1}', b'{"a": 1}'])
@pytest.mark.parametrize("reader", [read_yaml, read_json])
def test_a_byte_order_mark_is_tolerated(reader: Any, text: str | bytes) -> None:
    """Editors on Windows write one."""
    assert reader(text, "a").value == {"a": 1}


def test_the_root_may_be_what_the_kind_of_document_allows() -> None:
    """`true` is a schema and no contract."""
    assert read_yaml("true", "a", SCHEMA).value is True
    assert read_json("[1]", "a", Kind("a list", (list,))).value == [1]
