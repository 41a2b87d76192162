"""Orders of events: regular expressions over event types, compiled to small automata.

    started progress* (completed | failed)

Juxtaposition, `|`, `*`, `+`, `?`, `{n}`, `{n,m}`, parentheses, `.` for any type that the
expression names, `a & b` for both in any interleaving. Names are letters, digits, `_`, `-`
and dots (beginning with a letter, a digit or `_`), or anything in single quotes. The automaton
is made by derivatives (Brzozowski, 1964): a state is what may still come.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from stagepact.contract.pointed import UnreadableText

MOST_STATES = 5_000
# Steps of a microsecond or so: what is refused is refused well within a second.
_MOST_WORK = 200_000
_MOST_REPEATS = 200
_LONGEST = 10_000

Function = tuple[int, ...]


class OrderError(UnreadableText):
    """An order expression that can't be read; `offset` is the place in `text`."""


# -- expressions -------------------------------------------------------------------------------


class _Hashed:
    """Reckons its hash once: a node is looked up often, and its parts are many."""

    __slots__ = ("_known",)
    __match_args__: tuple[str, ...] = ()
    _known: int

    def __hash__(self) -> int:
        try:
            return self._known
        except AttributeError:
            parts = tuple(getattr(self, name) for name in self.__match_args__)
            object.__setattr__(self, "_known", hash(parts))
            return self._known


@dataclass(frozen=True, slots=True)
class _Never:
    """No sequence at all."""


@dataclass(frozen=True, slots=True)
class _Empty:
    """The empty sequence."""


@dataclass(frozen=True, slots=True)
class _Type:
    name: str


@dataclass(frozen=True, slots=True)
class _Any:
    """Any one type of the alphabet."""


@dataclass(frozen=True, slots=True)
class _Then(_Hashed):
    __hash__ = _Hashed.__hash__
    first: _Node
    rest: _Node


@dataclass(frozen=True, slots=True)
class _Either:
    parts: frozenset[_Node]


@dataclass(frozen=True, slots=True)
class _Many(_Hashed):
    __hash__ = _Hashed.__hash__
    part: _Node


@dataclass(frozen=True, slots=True)
class _Mixed(_Hashed):
    __hash__ = _Hashed.__hash__
    left: _Node
    right: _Node


_Node = _Never | _Empty | _Type | _Any | _Then | _Either | _Many | _Mixed
_NEVER, _EMPTY, _ANY = _Never(), _Empty(), _Any()


def _then(first: _Node, rest: _Node) -> _Node:
    if first == _NEVER or rest == _NEVER:
        return _NEVER
    if first == _EMPTY:
        return rest
    if rest == _EMPTY:
        return first
    if isinstance(first, _Then):
        return _Then(first.first, _then(first.rest, rest))
    return _Then(first, rest)


def _either(*parts: _Node) -> _Node:
    flat: set[_Node] = set()
    for part in parts:
        flat |= part.parts if isinstance(part, _Either) else {part}
    flat.discard(_NEVER)
    if len(flat) > 1:
        return _Either(frozenset(flat))
    return flat.pop() if flat else _NEVER


def _many(part: _Node) -> _Node:
    if part in (_NEVER, _EMPTY):
        return _EMPTY
    return part if isinstance(part, _Many) else _Many(part)


def _mixed(left: _Node, right: _Node) -> _Node:
    if _NEVER in (left, right):
        return _NEVER
    if left == _EMPTY:
        return right
    return left if right == _EMPTY else _Mixed(left, right)


def _nullable(node: _Node) -> bool:
    match node:
        case _Empty() | _Many():
            return True
        case _Then(first, rest) | _Mixed(first, rest):
            return _nullable(first) and _nullable(rest)
        case _Either(parts):
            return any(map(_nullable, parts))
    return False


class _Work:
    """What compiling may still cost; it ends in an error, not in waiting."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.left = _MOST_WORK

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            message = "too large: too many ways to go on; repeat fewer times"
            raise OrderError(self.text, 0, message)


def _derive(node: _Node, type: str, work: _Work) -> _Node:
    """What may follow once an event of the type has come."""
    match node:
        case _Type(name):
            return _EMPTY if name == type else _NEVER
        case _Any():
            return _EMPTY
        case _Then():
            return _one_of(_derived_sequence(node, type, work), work)
        case _Either(parts):
            return _one_of([_derive(part, type, work) for part in parts], work)
        case _Many(part):
            return _then(_derive(part, type, work), node)
        case _Mixed(left, right):
            first = _mixed(_derive(left, type, work), right)
            return _one_of([first, _mixed(left, _derive(right, type, work))], work)
    return _NEVER


def _derived_sequence(node: _Node, type: str, work: _Work) -> list[_Node]:
    """The ways on: by the first part, and by each part before which all may be left out."""
    ways = []
    while isinstance(node, _Then):
        ways.append(_then(_derive(node.first, type, work), node.rest))
        if not _nullable(node.first):
            return ways
        node = node.rest
    ways.append(_derive(node, type, work))
    return ways


def _one_of(parts: list[_Node], work: _Work) -> _Node:
    node = _either(*parts)
    work.spend(len(parts) + (len(node.parts) if isinstance(node, _Either) else 0))
    return node


def _size(node: _Node) -> int:
    """How many parts a node has, which is what it costs to make and to compare it."""
    match node:
        case _Then(left, right) | _Mixed(left, right):
            return 1 + _size(left) + _size(right)
        case _Either(parts):
            return 1 + sum(map(_size, parts))
        case _Many(part):
            return 1 + _size(part)
    return 1


# -- reading -----------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<name>\w[\w-]*(?:\.[\w-]+)*)|'(?P<quoted>[^']+)'"
    r"|(?P<repeat>\{\s*(?P<least>\d{1,9})\s*(?P<comma>,\s*(?P<most>\d{1,9})?\s*)?\})|(?P<mark>[|*+?().&]))"
)


@dataclass(frozen=True, slots=True)
class _Token:
    mark: str
    offset: int
    name: str = ""
    least: int = 0
    most: int | None = 0


def _tokens(text: str) -> Iterator[_Token]:
    position, last = 0, len(text.rstrip())
    while position < last:
        match = _TOKEN.match(text, position)
        if match is None:
            offset = last - len(text[position:last].lstrip())
            raise OrderError(text, offset, "expected an event type or one of | * + ? { ( ) . &")
        offset = match.start() + len(match[0]) - len(match[0].lstrip())
        if match["mark"]:
            yield _Token(match["mark"], offset)
        elif match["repeat"]:
            least = int(match["least"])
            most = least if not match["comma"] else int(match["most"]) if match["most"] else None
            yield _Token("{", offset, least=least, most=most)
        else:
            yield _Token("name", offset, name=match["name"] or match["quoted"])
        position = match.end()
    yield _Token("end", len(text.rstrip("\r\n")))


class _Reader:
    """Recursive descent over the tokens; `|` binds least, then `&`, then juxtaposition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0
        self.names: set[str] = set()
        self.any: _Token | None = None
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> _Node:
        if self.token.mark == "end":
            return _EMPTY
        node = self.either()
        if self.token.mark != "end":
            raise self.error("expected an event type or the end")
        if not self.names and self.any is not None:
            raise self.error("`.` is any of the types named here, and none is named", self.any)
        return node

    def error(self, message: str, token: _Token | None = None) -> OrderError:
        return OrderError(self.text, (token or self.token).offset, message)

    def either(self) -> _Node:
        parts = [self.mixed()]
        while self.token.mark == "|":
            self.at += 1
            parts.append(self.mixed())
        return _either(*parts)

    def mixed(self) -> _Node:
        node = self.sequence()
        while self.token.mark == "&":
            self.at += 1
            node = _mixed(node, self.sequence())
        return node

    def sequence(self) -> _Node:
        parts = [self.repeated()]
        while self.token.mark in ("name", "(", "."):
            parts.append(self.repeated())
        node: _Node = _EMPTY
        for part in reversed(parts):
            node = _then(part, node)
        return node

    def repeated(self) -> _Node:
        node = self.single()
        while self.token.mark in ("*", "+", "?", "{"):
            token = self.token
            self.at += 1
            node = self.repeat(node, token)
        return node

    def repeat(self, node: _Node, token: _Token) -> _Node:
        if token.mark == "*":
            return _many(node)
        if token.mark == "+":
            return _then(node, _many(node))
        if token.mark == "?":
            return _either(node, _EMPTY)
        if max(token.least, token.most or 0) > _MOST_REPEATS:
            raise self.error(f"too large: at most {_MOST_REPEATS} repeats", token)
        if token.most is not None and token.most < token.least:
            raise self.error("expected the smaller number first", token)
        tail: _Node = _many(node) if token.most is None else _EMPTY
        for _ in range((token.most or token.least) - token.least):
            tail = _either(_then(node, tail), _EMPTY)
        for _ in range(token.least):
            tail = _then(node, tail)
        return tail

    def single(self) -> _Node:
        token = self.token
        if token.mark == "name":
            self.at += 1
            self.names.add(token.name)
            return _Type(token.name)
        if token.mark == ".":
            self.at += 1
            self.any = token
            return _ANY
        if token.mark != "(":
            raise self.error("expected an event type or (")
        self.at += 1
        self.depth += 1
        if self.depth > 100:
            raise self.error("nested too deep", token)
        node = _EMPTY if self.token.mark == ")" else self.either()
        if self.token.mark != ")":
            raise self.error("expected ) to close this", token)
        self.at += 1
        self.depth -= 1
        return node


# -- automata ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """A small deterministic automaton over event types.

    States are numbers, `start` is 0; `rows[state]` gives the next state by the type's place
    in `types` (sorted), -1 where no acceptable sequence can follow.
    """

    text: str
    types: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    accepting: tuple[bool, ...]

    @property
    def start(self) -> int:
        """The state before the first event."""
        return 0

    @cached_property
    def alphabet(self) -> frozenset[str]:
        """The types that the order speaks of; it ignores all others."""
        return frozenset(self.types)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {type: place for place, type in enumerate(self.types)}

    def step(self, state: int, type: str) -> int | None:
        """The state after an event of the type, or None where it isn't permitted."""
        place = self._places.get(type)
        following = -1 if place is None else self.rows[state][place]
        return None if following < 0 else following

    def accepts(self, state: int) -> bool:
        """Whether the sequence may end here."""
        return self.accepting[state]

    def expected(self, state: int) -> tuple[str, ...]:
        """The types that may come next, sorted."""
        row = self.rows[state]
        return tuple(
            type for type, following in zip(self.types, row, strict=True) if following >= 0
        )

    def matches(self, sequence: Iterable[str]) -> bool:
        """Whether a whole sequence is permitted; types outside of the alphabet are ignored."""
        state: int | None = self.start
        for type in sequence:
            if type in self.alphabet and state is not None:
                state = self.step(state, type)
        return state is not None and self.accepts(state)

    def shortest(self) -> tuple[str, ...] | None:
        """A shortest permitted sequence, or None when there is none."""
        return intersects(self, self)

    def function(self, sequence: Iterable[str]) -> Function:
        """What a piece of a log does to every state; the last entry stands for none (-1)."""
        states = [*range(len(self.rows)), -1]
        for type in sequence:
            place = self._places.get(type)
            if place is not None:
                states = [-1 if state < 0 else self.rows[state][place] for state in states]
        return tuple(states)


def compose(first: Function, then: Function) -> Function:
    """What two pieces, one after the other, do to every state; associative."""
    return tuple(then[state] for state in first)


@lru_cache(maxsize=1024)
def compile_order(text: str) -> Order:
    """The automaton of an expression.

    Raises:
        OrderError: the expression can't be read, or is too large.
    """
    if len(text) > _LONGEST:
        raise OrderError(text[:80], 0, f"too large: longer than {_LONGEST} characters")
    reader = _Reader(text)
    try:
        return _automaton(text, reader.whole(), tuple(sorted(reader.names)))
    except RecursionError:
        raise OrderError(text, 0, "too large: nested too deep") from None


def _automaton(text: str, root: _Node, types: tuple[str, ...]) -> Order:
    numbers = {root: 0}
    rows: list[list[int]] = []
    waiting = deque([root])
    work = _Work(text)
    while waiting:
        node = waiting.popleft()
        work.spend(_size(node))
        row = []
        for type in types:
            following = _derive(node, type, work)
            if following not in numbers:
                if len(numbers) >= MOST_STATES:
                    raise OrderError(text, 0, f"too large: over {MOST_STATES} states")
                numbers[following] = len(numbers)
                waiting.append(following)
            row.append(numbers[following])
        rows.append(row)
    accepting = [_nullable(node) for node in numbers]
    live = _live(rows, accepting)
    return Order(
        text,
        types,
        tuple(tuple(to if live[to] else -1 for to in row) for row in rows),
        tuple(accepting),
    )


def _live(rows: list[list[int]], accepting: list[bool]) -> list[bool]:
    """Which states can still reach an accepting one."""
    before: dict[int, set[int]] = {}
    for state, row in enumerate(rows):
        for following in row:
            before.setdefault(following, set()).add(state)
    live = list(accepting)
    waiting = deque(state for state, accepts in enumerate(accepting) if accepts)
    while waiting:
        for state in before.get(waiting.popleft(), ()):
            if not live[state]:
                live[state] = True
                waiting.append(state)
    return live


def intersects(left: Order, right: Order) -> tuple[str, ...] | None:
    """A shortest sequence that both permit, each ignoring types that it doesn't name; or None."""
    types = sorted(left.alphabet | right.alphabet)
    start = (left.start, right.start)
    came_from: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        pair = waiting.popleft()
        if left.accepts(pair[0]) and right.accepts(pair[1]):
            return _way(came_from, pair)
        for type in types:
            one = left.step(pair[0], type) if type in left.alphabet else pair[0]
            other = right.step(pair[1], type) if type in right.alphabet else pair[1]
            if one is not None and other is not None and (one, other) not in came_from:
                came_from[one, other] = (pair, type)
                waiting.append((one, other))
    return None


def _way(
    came_from: dict[tuple[int, int], tuple[tuple[int, int], str] | None], pair: tuple[int, int]
) -> tuple[str, ...]:
    way: list[str] = []
    while (step := came_from[pair]) is not None:
        pair, type = step
        way.append(type)
    return tuple(reversed(way))


# -- well-known templates (Dwyer, Avrunin, Corbett: property specification patterns) -----------


def absence(type: str) -> Order:
    """No event of the type."""
    return Order(f"no {type}", (type,), ((-1,),), (True,))


def exactly_once(type: str) -> Order:
    """One event of the type, and no second."""
    return _automaton(f"one {type}", _Type(type), (type,))


def response(of: str, by: str) -> Order:
    """Each event of one type is followed, later, by one of another."""
    a, b = _Type(of), _Type(by)
    answered = _either(b, _then(a, _then(_many(a), b)))
    return _automaton(f"{by} after {of}", _many(answered), tuple(sorted({of, by})))


def precedence(of: str, by: str) -> Order:
    """No event `by` before the first event `of`."""
    a, b = _Type(of), _Type(by)
    opened = _then(a, _many(_either(a, b)))
    return _automaton(f"{of} before {by}", _either(opened, _EMPTY), tuple(sorted({of, by})))
