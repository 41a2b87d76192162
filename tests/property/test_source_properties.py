"""Whatever the value, it reads back equal and placed; whatever the text, only ContractError."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.contract.python_marks import python_marks
from stagepact.contract.source import Json, Path, Source, read_json, read_yaml
from stagepact.errors import ContractError, Problem

Reader = Callable[[str | bytes, str], Source]

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(["no", "on", "~", "null", "1e3", "0x1", "2026-12-31", "12:30", "<<", "=", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=5)
NOISE = st.text(
    st.sampled_from("ab1 \n\t:-?[]{},#&*!|>'\"%@`<~.\\\ufeff\u2028\x00\ud800"), max_size=60
)


def paths(value: Json, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every part of a value."""
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from paths(part, (*path, index))


@given(DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_json_reads_back_equal_with_a_mark_for_every_path(document: dict[str, Json]) -> None:
    """In one line and in many, escaped or not."""
    for indent, ascii_only in [(None, True), (2, False)]:
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
        source = read_json(text, "a")
        assert source.value == json.loads(text) == document
        assert set(source.marks) == set(paths(document))


@given(DOCUMENTS, st.sampled_from(["'", '"', "|"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_yaml_reads_back_equal_with_a_mark_for_every_path(
    document: dict[str, Json], style: str, flow: bool
) -> None:
    """Whatever the style in which PyYAML writes it; texts are quoted, for it writes YAML 1.1."""
    text = yaml.dump(document, Dumper=_quoting(style), default_flow_style=flow, width=10_000)
    source = read_yaml(text, "a")
    assert source.value == document
    assert set(source.marks) == set(paths(document))
    assert all(place.line >= 1 and place.column >= 1 for place in source.marks.values())


def _quoting(style: str) -> type[yaml.SafeDumper]:
    class Dumper(yaml.SafeDumper):
        """Writes every text in one style, and no aliases for equal values."""

        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


@given(st.text(max_size=80) | st.binary(max_size=80) | NOISE)
@settings(max_examples=200, deadline=2000)
@pytest.mark.parametrize("reader", [read_yaml, read_json])
def test_any_text_is_read_or_refused(reader: Reader, text: str | bytes) -> None:
    """Nothing but ContractError, whose problems say where and what."""
    problems, source = _outcome(reader, text)
    assert all(str(problem).startswith("a") and problem.code for problem in problems)
    assert problems or source
    if source:
        json.dumps(source.value, allow_nan=False).encode()
        assert set(source.marks) == set(paths(source.value))


def _outcome(reader: Reader, text: str | bytes) -> tuple[tuple[Problem, ...], Source | None]:
    try:
        return (), reader(text, "a")
    except ContractError as error:
        return error.problems, None


@given(st.text(max_size=80) | NOISE)
@settings(max_examples=150, deadline=2000)
def test_any_python_is_read_or_refused(text: str) -> None:
    """The same for the Python form."""
    with suppress(ContractError):
        assert python_marks(text, "a") == {}
