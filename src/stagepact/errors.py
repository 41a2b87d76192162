"""What is said when stagepact is used wrongly: values with a sentence, one family of exceptions.

A document that can't be read, a reference that can't be resolved, a setting that makes no sense:
each is a `Problem`, equal by content, and a `Misuse` carries all that were found at once.
What a *subject* does never comes here: a stage that raises is an observation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from stagepact.characters import printable

_NEXT_LINE = re.compile(r"\n(?! )")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file, sorted as a reader meets it.

    `line` and `column` count from 1; 0 says that the position is unknown.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line`, the form that editors and terminals turn into a link."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, what was found, what was expected, what to do.

    `code` is the kind in kebab-case (`duplicate-key`), stable for tools to match on.
    """

    place: Place
    found: str
    expected: str = ""
    advice: str = ""
    code: str = ""

    def __str__(self) -> str:
        """Return one sentence that starts with `file:line` and ends with what to do.

        It quotes contracts and what users' code raises, and may go to a terminal: control
        characters are escapes, and only the first line begins at the margin.
        """
        expected = f"expected {self.expected}" if self.expected else ""
        clauses = (f"found {self.found}", expected, self.advice)
        told = f"{self.place}: {'; '.join(filter(None, clauses))}"
        return printable(_NEXT_LINE.sub("\n    ", told))

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem as a flat JSON object."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "found": self.found,
            "expected": self.expected,
            "advice": self.advice,
            "code": self.code,
        }


class Misuse(Exception):  # noqa: N818 - it names the family; its children say Error
    """stagepact was used wrongly; carries every problem that was found, in the order given.

    The problems are the exception's arguments, so it pickles (a worker hands it to its parent).
    """

    def __init__(self, *problems: Problem) -> None:
        """Carry the problems, in the order given."""
        super().__init__(*problems)
        self.problems: tuple[Problem, ...] = problems

    def __str__(self) -> str:
        """Return one line a problem."""
        return "\n".join(map(str, self.problems))


class ContractError(Misuse):
    """A contract document is wrong."""


class ReferenceFault(Misuse):
    """An import reference (`voice.models:Transcript`) can't be resolved."""


class ConfigurationError(Misuse):
    """A setting or an option is wrong."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` most like `word`, or None when none is alike."""
    matches = get_close_matches(word, sorted(words), n=1)
    return matches[0] if matches else None
