"""YAML text to steps, by libyaml's events: lazily, so a hostile text is left where it is refused.

Tags construct nothing, and aliases add a bounded number of values. PyYAML's own composer is not
used: it recurses and resolves by YAML 1.1.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from stagepact.contract.scalars import odd_value, place_at, resolve
from stagepact.contract.tree import (
    END,
    MAPPING,
    MERGE,
    SEQUENCE,
    SPOT_BITS,
    Scalar,
    Sign,
    Step,
    place_of,
    shorten,
    spot_of,
)
from stagepact.errors import Place, Problem

MAX_ALIASED = 100_000
"""Steps that aliases may add to a document: an alias bomb is small until it is expanded."""

_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE = "tag:yaml.org,2002:"
_OWN_TAGS = {MAPPING: _CORE + "map", SEQUENCE: _CORE + "seq"}
_TEXT_TAGS = frozenset({"!", _CORE + "str"})
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    _CORE + "null": (type(None),),
    _CORE + "bool": (bool,),
    _CORE + "int": (int,),
    _CORE + "float": (float, int),
}
_SPECIAL = frozenset({"", *"-+.0123456789tTfFnN~<"})
"""How plain scalars begin that may be anything but a text; a short cut for all others."""

_FIRST = spot_of(1, 1)
"""The parser counts lines and columns from 0."""

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
_ADVICE = (
    ("tab", "spaces", "indent by spaces, never by tabs"),
    (
        "mapping values are not allowed",
        "one `key: value` a line",
        "put a value that holds `: ` in quotes, and align the keys of a mapping",
    ),
    ("cannot start any token", "a value", "put a value that starts with @, ` or % in quotes"),
    ("unexpected end of stream", "a closing quote", "close the quote"),
    ("expected ':'", "`key: value`", "write a `:` and a space after the key"),
    ("expected key", "a key in the column of its neighbours", "align the keys of a mapping"),
    ("'-' indicator", "`- ` before every item", "don't mix the items of a list with keys"),
    ("',' or ']'", "`,` or `]`", "close the `[`"),
    ("',' or '}'", "`,` or `}`", "close the `{`"),
    ("undefined tag handle", "no tag", "remove the tag"),
)
"""Part of the parser's complaint, what was expected, what usually helps."""


@dataclass(slots=True)
class _Log:
    """The steps so far, and which of them each anchor stands for."""

    steps: list[Step] = field(default_factory=list)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    open: list[tuple[str | None, int]] = field(default_factory=list)
    replayed: int = 0

    def note(self, step: Step, anchor: str | None) -> None:
        """Note a step: a node begins with it (by this anchor), ends with it, or both."""
        what, _ = step
        if what is not END:
            self.open.append((anchor, len(self.steps)))
        self.steps.append(step)
        if what is not MAPPING and what is not SEQUENCE:
            anchor, start = self.open.pop()
            if anchor is not None:
                self.spans[anchor] = (start, len(self.steps))

    def is_open(self, anchor: str) -> bool:
        """Tell whether the node that has this anchor is not yet complete."""
        return any(name == anchor for name, _ in self.open)

    def replay(self, anchor: str, spot: int) -> list[Step]:
        """Note an anchored node once more; its parts keep the places where they are written."""
        start, stop = self.spans[anchor]
        again = [(self.steps[start][0], spot), *self.steps[start + 1 : stop]]
        self.steps += again
        return again


class _Reader:
    """One pass over the events of one text."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._log = _Log()
        self._meant: dict[str, Scalar | Sign] = {}
        self._documents = 0

    def steps(self, text: str) -> Iterator[Step]:
        """Yield steps until the text ends or it makes no sense to read on."""
        try:
            yield from self._steps(text)
        except yaml.MarkedYAMLError as error:
            self._problems.append(_syntax_problem(error, self._file, text))

    def _steps(self, text: str) -> Iterator[Step]:
        """The loop over all events, of which a megabyte has 170,000: the common ones come first."""
        has_anchors = "&" in text
        event: Any
        for event in yaml.parse(text, Loader=_Parser):
            kind, mark = type(event), event.start_mark
            spot = (mark.line << SPOT_BITS) + mark.column + _FIRST
            what: Any
            if kind is ScalarEvent:
                what = event.value
                if event.tag is not None:
                    what = self._tagged(event.tag, what, spot)
                elif event.implicit[0] and what[:1] in _SPECIAL:
                    what = self._plain(what, spot)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                what = END
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                what = MAPPING if kind is MappingStartEvent else SEQUENCE
                if event.tag is not None:
                    self._collection_tag(event.tag, what, spot)
            elif kind is AliasEvent:
                again = self._alias(event.anchor, spot)
                if not again:
                    return
                yield from again
                continue
            elif kind is DocumentStartEvent and self._is_second(spot):
                return
            else:
                continue
            if has_anchors:
                self._log.note((what, spot), None if what is END else event.anchor)
            yield what, spot

    def _collection_tag(self, tag: str, sign: Sign, spot: int) -> None:
        if tag not in ("!", _OWN_TAGS[sign]):
            self._foreign_tag(tag, spot)

    def _plain(self, text: str, spot: int) -> Scalar | Sign:
        """Return what a word means; one that is refused is reported and stands for its text."""
        if text in self._meant:
            return self._meant[text]
        try:
            self._meant[text] = meant = MERGE if text == MERGE.value else resolve(text)
        except ValueError as error:
            self._problems.append(odd_value(place_of(spot, self._file), str(error)))
            return text
        return meant

    def _tagged(self, tag: str, text: str, spot: int) -> Scalar | Sign:
        if tag in _TEXT_TAGS:
            return text
        if tag not in _SCALAR_TAGS:
            self._foreign_tag(tag, spot)
            return text
        value = self._plain(text, spot)
        if not isinstance(value, Sign) and type(value) in _SCALAR_TAGS[tag]:
            return float(value or 0) if tag == _CORE + "float" else value
        found = f"`{shorten(text)}` with the tag `{_shown(tag)}`"
        self._report(spot, found, "a value of that type", "remove the tag", "wrong-tag")
        return text

    def _alias(self, anchor: str, spot: int) -> list[Step]:
        """Return an anchored node's steps; none where it makes no sense to read on.

        An alias of what can't be replayed is reported and stands for a text.
        """
        span = self._log.spans.get(anchor)
        if self._log.is_open(anchor) or span is None:
            self._unusable_alias(anchor, spot)
            self._log.steps.append((anchor, spot))
            return [(anchor, spot)]
        self._log.replayed += span[1] - span[0]
        if self._log.replayed > MAX_ALIASED:
            found = f"aliases that expand to more than {MAX_ALIASED:,} values"
            advice = "write the parts out, or give them names under `schemas:`"
            self._report(spot, found, "a document of bounded size", advice, "alias-bomb")
            return []
        return self._log.replay(anchor, spot)

    def _unusable_alias(self, anchor: str, spot: int) -> None:
        expected = f"`&{shorten(anchor)}` on an earlier, complete value"
        if self._log.is_open(anchor):
            found, code = f"the alias `*{shorten(anchor)}` inside what it names", "recursive-alias"
        else:
            found, code = f"the alias `*{shorten(anchor)}` of nothing", "unknown-alias"
        advice = "write the value out, or quote it if the `*` is part of a text"
        self._report(spot, found, expected, advice, code)

    def _is_second(self, spot: int) -> bool:
        """Count a document, and report the second."""
        self._documents += 1
        if self._documents == 1:
            return False
        found, advice = "a second document after `---`", "put each document into its own file"
        self._report(spot, found, "one document a file", advice, "several-documents")
        return True

    def _foreign_tag(self, tag: str, spot: int) -> None:
        advice = "remove the tag; tags construct nothing here"
        self._report(spot, f"the tag `{_shown(tag)}`", "a plain value", advice, "foreign-tag")

    def _report(self, spot: int, found: str, expected: str, advice: str, code: str) -> None:
        self._problems.append(Problem(place_of(spot, self._file), found, expected, advice, code))


def _shown(tag: str) -> str:
    return shorten(tag.replace(_CORE, "!!", 1))


def yaml_steps(text: str, file: str, problems: list[Problem]) -> Iterator[Step]:
    """Yield the steps of a YAML text; what is wrong with it goes to `problems`."""
    problems.extend(_forbidden_characters(text, file))
    if directive := _TAG_DIRECTIVE.search(text):
        # libyaml compares each directive with all before it: 5 MB of them take minutes.
        found = "a `%TAG` directive"
        place = place_at(text, directive.start(), file)
        problems.append(Problem(place, found, "no tags", "remove it", "foreign-tag"))
    return iter(()) if problems else _Reader(file, problems).steps(text)


def _forbidden_characters(text: str, file: str, most: int = 10) -> list[Problem]:
    """Report the first few characters that YAML forbids; libyaml stops at one and gives no line."""
    found = zip(range(most), _FORBIDDEN.finditer(text), strict=False)
    return [
        Problem(
            place_at(text, match.start(), file),
            found=f"the character U+{ord(match.group()):04X}",
            expected="printable text",
            advice='remove it, or write it as an escape ("\\u0007") in double quotes',
            code="odd-character",
        )
        for _, match in found
    ]


def _character(text: str, line: int, column: int) -> str:
    """Return the character at a parser's mark (from 0), or nothing past the end."""
    lines = text.split("\n", line + 1)
    return lines[line][column : column + 1] if line < len(lines) else ""


def _syntax_problem(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    """Put the parser's complaint into our words, with what usually helps."""
    mark = error.problem_mark or error.context_mark
    complaint = error.problem or "something that is not YAML"
    if mark and _character(text, mark.line, mark.column) == "\t":
        complaint = "a tab where YAML allows only spaces"
    expected, advice = next(
        ((expected, advice) for part, expected, advice in _ADVICE if part in complaint), ("", "")
    )
    since = f" {error.context}" if error.context else ""
    if error.context_mark and mark and error.context_mark.line != mark.line:
        since += f" that starts on line {error.context_mark.line + 1}"
    # At the end of the text the parser points to the line after the last, which no editor shows.
    line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 0
    column = mark.column + 1 if mark else 0
    found = f"broken YAML ({complaint.removeprefix('found ')}{since})"
    return Problem(Place(file, line, column), found, expected, advice, "yaml-syntax")
