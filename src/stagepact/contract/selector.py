"""Which subjects are meant: `answer`, `voice-*`, `kind:guard !tag:slow, id:voice.*`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol, TypeVar

from stagepact.errors import nearest


class Selectable(Protocol):
    """What selectors look at."""

    @property
    def name(self) -> str:
        """The name that contracts use."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def identity(self) -> str:
        """`module:qualname`."""

    @property
    def tags(self) -> frozenset[str]:
        """Tags that the code gives it."""


S = TypeVar("S", bound=Selectable)

# What a term looks at, by its prefix; a term without one looks at the name.
_LOOKS: Mapping[str, Callable[[Selectable], Collection[str]]] = {
    "name": lambda subject: (subject.name,),
    "kind": lambda subject: (subject.kind,),
    "tag": lambda subject: subject.tags,
    "id": lambda subject: (subject.identity,),
}

_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Term:
    """One glob over one property of a subject, or the opposite."""

    prefix: str
    glob: str
    negated: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the glob means nothing but itself."""
        return _WILD.isdisjoint(self.glob)

    def holds(self, subject: Selectable) -> bool:
        """Whether the subject is as the term says."""
        values = _LOOKS[self.prefix](subject)
        if self.is_plain:  # a glob would be compiled, and there may be a thousand of them
            return (self.glob in values) != self.negated
        alike = any(fnmatchcase(value, self.glob) for value in values)
        return alike != self.negated


@dataclass(frozen=True, slots=True)
class Selector:
    """Alternatives, each of terms that must all hold."""

    alternatives: tuple[tuple[Term, ...], ...]

    @property
    def literal(self) -> str | None:
        """The one name that is meant, where the selector is a plain name."""
        if len(self.alternatives) != 1 or len(self.alternatives[0]) != 1:
            return None
        term = self.alternatives[0][0]
        plain = term.prefix == "name" and not term.negated and term.is_plain
        return term.glob if plain else None

    def matches(self, subject: Selectable) -> bool:
        """Whether the subject is meant."""
        return any(all(term.holds(subject) for term in terms) for terms in self.alternatives)


@lru_cache(maxsize=1024)  # a run asks the same few selectors of every subject and clause
def parse_selector(text: str) -> Selector:
    """Read a selector: spaces mean *and*, commas mean *or*, `!` means *not*.

    A subject's name may hold spaces and colons (`GET /sessions/{id}`): a text that is a method
    and a path is one glob on the name.

    Raises:
        ValueError: with what is wrong and what to write instead.
    """
    if not text.strip():
        raise ValueError("an empty selector; write a name, a glob such as `voice_*`, or `*`")
    return Selector(tuple(_terms(part, text) for part in text.split(",")))


def matches(selector: str, subject: Selectable) -> bool:
    """Whether a selector means a subject."""
    return parse_selector(selector).matches(subject)


def select(selector: str, ids: Iterable[S]) -> tuple[S, ...]:
    """The subjects that are meant, in the order given."""
    return tuple(each for each in ids if matches(selector, each))


def _terms(part: str, whole: str) -> tuple[Term, ...]:
    if not part.strip():
        raise ValueError(f"nothing beside a comma in {whole!r}; take the comma away")
    return tuple(_term(word) for word in _words(part.strip()))


def _words(part: str) -> list[str]:
    """The words of an alternative; a method stays with its path."""
    words: list[str] = []
    for word in part.split():
        if word.startswith("/") and words and words[-1].lstrip("!").isupper():
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _term(word: str) -> Term:
    bare = word.removeprefix("!")
    if not bare:
        raise ValueError("a lone `!`; write what is excluded right after it, such as `!kind:guard`")
    prefix, colon, glob = bare.partition(":")
    if not colon or not prefix.isidentifier():
        return Term("name", bare, word != bare)
    if prefix not in _LOOKS:
        raise ValueError(_unknown(prefix, bare))
    if not glob:
        raise ValueError(f"nothing after `{prefix}:`; write a glob, such as `{prefix}:*`")
    return Term(prefix, glob, word != bare)


def _unknown(prefix: str, word: str) -> str:
    guess = nearest(prefix, _LOOKS)
    advice = f"did you mean `{guess}:`?" if guess else f"write {', '.join(_LOOKS)}, or a name"
    return f"unknown prefix `{prefix}:` in `{word}`; {advice}"
