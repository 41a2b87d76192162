"""The text of a pattern to a tree of frozen nodes; nothing here knows an automaton.

Everything with a regular language is read, `\\b` and look-ahead included; back-references and
look-behind are not regular, or not yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from stagepact.schema.regular.characters import (
    CLASSES,
    CONTROLS,
    EVERY,
    LINE_END,
    Intervals,
    NotRegular,
    category,
    complement,
    intersection,
    union,
)


@dataclass(frozen=True, slots=True)
class Char:
    """One character of a set."""

    of: Intervals


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts, one after the other."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of the branches."""

    branches: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, so often at least and at most."""

    part: Pattern
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """`^`, `$`, `b` or `B`: true of a place between characters."""

    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """What must, or must not, match from here on; only understood at the start of a pattern."""

    part: Pattern
    wanted: bool


Pattern = Char | Sequence | Choice | Repeat | Assertion | Look


class _Parser:
    """One pass over the text of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        return self.text[self.at + ahead : self.at + ahead + 1]

    def take(self, expected: str) -> bool:
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def fail(self, why: str) -> NotRegular:
        return NotRegular(f"{why} at {self.at} in {self.text!r}")

    def choice(self) -> Pattern:
        self.depth += 1
        if self.depth > 100:
            raise self.fail("nested too deep")
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Pattern:
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, part: Pattern) -> Pattern:
        bounds = self.bounds()
        if bounds is None:
            return part
        self.take("?")  # lazy or not, the language is the same
        least, most = bounds
        if most is not None and most < least:
            raise self.fail("a repetition from more to less")
        if isinstance(part, Assertion | Look):
            return part if least else Sequence(())
        return Repeat(part, least, most)

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, found in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return found
        if self.peek() != "{":
            return None
        close = self.text.find("}", self.at)
        inside = self.text[self.at + 1 : close] if close > 0 else ""
        least, comma, most = inside.partition(",")
        if not least.isascii() or not least.isdigit() or (most and not most.isdigit()):
            raise self.fail("a brace that starts no repetition")
        self.at = close + 1
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else None

    def atom(self) -> Pattern:
        char = self.peek()
        self.at += 1
        match char:
            case "(":
                return self.group()
            case "[":
                return Char(self.bracket())
            case ".":
                return Char(complement(LINE_END))
            case "^" | "$":
                return Assertion(char)
            case "\\":
                return self.escape()
            case "*" | "+" | "?" | "{":
                raise self.fail("nothing to repeat")
        return Char(((ord(char), ord(char)),))

    def group(self) -> Pattern:
        look = None
        if self.take("?"):
            if self.take("="):
                look = True
            elif self.take("!"):
                look = False
            elif self.take("<") or self.take("P<"):
                if self.peek() in ("=", "!"):
                    raise self.fail("look-behind")
                self.at = self.text.find(">", self.at) + 1
                if not self.at:
                    raise self.fail("a name without an end")
            elif not self.take(":"):
                raise self.fail("an unknown group")
        inner = self.choice()
        if not self.take(")"):
            raise self.fail("a group without an end")
        if look is None:
            return inner
        if inner == Assertion("$"):
            return inner if look else Assertion("!$")
        return Look(inner, look)

    def escape(self) -> Pattern:
        char = self.peek()
        if char in ("b", "B"):
            self.at += 1
            return Assertion(char)
        if char.isdigit() or char == "k":
            raise self.fail("a back-reference")
        if char in ("A", "z"):
            self.at += 1
            return Assertion("^" if char == "A" else "$")
        return Char(self.set_of_escape())

    def set_of_escape(self) -> Intervals:
        char = self.peek()
        self.at += 1
        if char in CLASSES:
            return CLASSES[char]
        if char in ("p", "P"):
            found = category(self.braced() if self.peek() == "{" else self.some(1))
            return found if char == "p" else complement(found)
        code = self.code(char)
        return ((code, code),)

    def braced(self) -> str:
        close = self.text.find("}", self.at)
        if close < 0:
            raise self.fail("a brace without an end")
        inside = self.text[self.at + 1 : close]
        self.at = close + 1
        return inside

    def code(self, char: str) -> int:
        """The code point of an escape whose letter is already taken."""
        if char in CONTROLS:
            return CONTROLS[char]
        if char == "x":
            return self.hexadecimal(self.some(2))
        if char == "u":
            return self.hexadecimal(self.braced() if self.peek() == "{" else self.some(4))
        if char == "c":
            return ord(self.some(1)) % 32
        if not char or char.isalnum() or char in "<>":  # `\\<` is a border to some
            raise self.fail("an unknown escape")
        return ord(char)

    def some(self, count: int) -> str:
        self.at += count
        if self.at > len(self.text):
            raise self.fail("an escape without an end")
        return self.text[self.at - count : self.at]

    def hexadecimal(self, digits: str) -> int:
        if not digits or not set(digits) <= _HEXADECIMAL:
            raise self.fail("no hexadecimal digits")
        return int(digits, 16)

    def bracket(self) -> Intervals:
        negated = self.take("^")
        if self.peek() == "]":
            raise self.fail("a ] that ends a class to ECMA, and begins one to others")
        sets: list[Intervals] = []
        while not self.take("]"):
            if self.at >= len(self.text):
                raise self.fail("a [ without an end")
            sets.append(self.member())
        found = intersection(union(*sets), EVERY)
        return complement(found) if negated else found

    def member(self) -> Intervals:
        first = self.single()
        if self.peek() == "-" and self.peek(1) not in ("]", ""):
            self.at += 1
            last = self.single()
            if last[-1][1] < first[0][0]:
                raise self.fail("a range from more to less")
            return ((first[0][0], last[-1][1]),)
        return first

    def single(self) -> Intervals:
        if self.take("\\"):
            return self.set_of_escape()
        char = self.peek()
        self.at += 1
        return ((ord(char), ord(char)),)


_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


@lru_cache(maxsize=1024)
def parse(text: str) -> Pattern:
    """The pattern that a text writes.

    Raises:
        NotRegular: it has no regular language, or is no pattern.
    """
    parser = _Parser(text)
    found = parser.choice()
    if parser.at < len(text):
        raise parser.fail("an odd )")
    return found


@lru_cache(maxsize=1024)
def conjuncts(text: str) -> tuple[tuple[Pattern, bool], ...]:
    """A pattern as several that must match or must not: look-ahead at its start is taken apart."""
    pattern = parse(text)
    parts = pattern.parts if isinstance(pattern, Sequence) else (pattern,)
    begins = Assertion("^")
    looks: list[tuple[Pattern, bool]] = []
    rest = list(parts[1:]) if parts[:1] == (begins,) else []
    while rest and isinstance(look := rest[0], Look):
        looks.append((Sequence((begins, look.part)), look.wanted))
        rest.pop(0)
    if not looks:
        return ((pattern, True),)
    return ((Sequence((begins, *rest)), True), *looks)
