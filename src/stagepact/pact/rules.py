"""Matching rules: what is demanded of the values at a place, and which rule is for which place.

`KINDS` has what a rule of each kind needs to be read, and the words for what it demands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from stagepact.errors import nearest
from stagepact.pact import moments, patterns
from stagepact.pact.part import NOUNS, Part
from stagepact.pact.path import WHOLE, PathExpression, Place, field_path, parse_path
from stagepact.pact.undecided import Undecided

STATUS_CLASSES: Mapping[str, range] = {
    "info": range(100, 200),
    "success": range(200, 300),
    "redirect": range(300, 400),
    "clientError": range(400, 500),
    "serverError": range(500, 600),
    "nonError": range(0, 400),
    "error": range(400, 1000),
}

MAX_NESTING = 20
"""Rules in rules (`eachValue` of `arrayContains` of …) that a person wrote are two or three."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand; which of the fields count depends on its kind."""

    kind: str
    text: str = ""
    least: int | None = None
    most: int | None = None
    statuses: tuple[int, ...] = ()
    rules: tuple[Rule, ...] = ()
    variants: tuple[Variant, ...] = ()

    def __str__(self) -> str:
        """What it demands, to follow `expected`."""
        return KINDS[self.kind].demands(self)

    def below(self) -> Rule:
        """The rule as it goes on for what is below its place: without sizes."""
        return replace(self, least=None, most=None)


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules of one path, of which all are to hold, or any."""

    path: PathExpression
    rules: tuple[Rule, ...]
    any_of: bool = False

    def __str__(self) -> str:
        """What they demand together."""
        return (" or " if self.any_of else " and ").join(map(str, self.rules))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rules that are for a place, and whether they stand for what is above it."""

    rules: RuleList
    cascaded: bool

    def __str__(self) -> str:
        """What they demand of the place."""
        below = tuple(rule.below() for rule in self.rules.rules)
        return str(replace(self.rules, rules=below) if self.cascaded else self.rules)


@dataclass(frozen=True, slots=True)
class Category:
    """All rules for one part of an interaction: its body, its headers, its path."""

    lists: tuple[RuleList, ...] = ()

    def best(self, place: Place) -> Chosen | None:
        """The rules for a place: those of the path that weighs most; of equal ones the first."""
        best, most = None, -1
        for candidate in self.lists:
            weight = candidate.path.weight(place)
            if weight is not None and weight > most:
                best, most = candidate, weight
        return None if best is None else Chosen(best, not best.path.is_exact(place))

    def exact(self, place: Place) -> RuleList | None:
        """The rules whose path is for the very place, as `best` chooses among them."""
        lists = tuple(each for each in self.lists if each.path.is_exact(place))
        chosen = Category(lists).best(place)
        return chosen.rules if chosen else None


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the items that `arrayContains` looks for: the example's index, and its rules."""

    index: int
    rules: Category


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a request, a response or a message, by the part that they are for."""

    categories: Mapping[str, Category] = field(default_factory=dict)

    def of(self, name: str) -> Category:
        """The rules for one part; none where nothing is said."""
        return self.categories.get(name, _NO_RULES)


_NO_RULES = Category()
EQUALITY = Rule("equality")
EQUAL_THROUGHOUT = Category((RuleList(WHOLE, (EQUALITY,)),))


@dataclass(frozen=True, slots=True)
class Kind:
    """How rules of a kind are read, and the words for what they demand."""

    demands: Callable[[Rule], str]
    read: Callable[[str, Part, int], Rule] = lambda kind, part, depth: Rule(kind)


def rules_of(part: Part, *, by_path: bool) -> Rules:
    """The rules as a file writes them: by path in version 2, by part of it from version 3 on."""
    return Rules(_by_path(part) if by_path else _by_part(part))


_PARTS = {
    "headers": "header",
    "content": "body",
    "contents": "body",
}
_KNOWN_PARTS = ("body", "header", "query", "path", "status", "metadata")
_NAMED = frozenset({"header", "query"})


def _by_part(part: Part) -> dict[str, Category]:
    lists: dict[str, tuple[RuleList, ...]] = {}
    for key, below in part.entries():
        name = _PARTS.get(key, key)
        if name not in _KNOWN_PARTS:
            _unknown_part(part, key)
            continue
        lists[name] = (*lists.get(name, ()), *_lists(below, name in _NAMED, name == "header"))
    return {name: Category(found) for name, found in lists.items()}


def _unknown_part(part: Part, key: str) -> None:
    guess = nearest(key, _KNOWN_PARTS)
    advice = f"did you mean `{guess}`?" if guess else "move the rules to the part they are for"
    part.get(key).fault(
        f"rules for `{key}`", f"one of {', '.join(_KNOWN_PARTS)}", advice, "pact-unknown-category"
    )


def _lists(part: Part, named: bool, lowered: bool, depth: int = 0) -> tuple[RuleList, ...]:
    if part.has("matchers"):
        return (_list(part, WHOLE, depth),)
    made = []
    for key, below in part.entries():
        path = _path(below, key.lower() if lowered else key, named)
        if path is not None:
            made.append(_list(below, path, depth))
    return tuple(made)


def _path(part: Part, text: str, named: bool) -> PathExpression | None:
    if named and not text.startswith("$"):
        return field_path(text)
    try:
        path = parse_path(text)
        return field_path(path.tokens[0].name) if named and path.tokens else path
    except ValueError as error:
        found = f"the path `{text}`"
        part.fault(found, f"{error}", "write a path such as `$.items[*].name`", "pact-path")
        return None


def _list(part: Part, path: PathExpression, depth: int) -> RuleList:
    written = tuple(part.get("matchers").items())
    rules = tuple(rule for item in written if (rule := _rule(item, depth)) is not None)
    if not written:
        found, expected = "no rules", "`matchers`, a list with at least one rule"
        part.fault(found, expected, "write its rules, or remove the entry", "pact-no-matchers")
    combine = part.get("combine").text("AND")
    if combine.upper() not in {"AND", "OR"}:
        found, advice = f"`combine: {combine}`", "write one of the two"
        part.get("combine").fault(found, "AND or OR", advice, "pact-combine")
    return RuleList(path, rules, any_of=combine.upper() == "OR")


def _by_path(part: Part) -> dict[str, Category]:
    """Version 2: `$.body.items`, `$.headers.Accept`, `$.query.q`, `$.path`."""
    lists: dict[str, list[RuleList]] = {}
    for key, below in part.entries():
        path, rule = _path(below, key, named=False), _rule(below, 0)
        if path is None or rule is None:
            continue
        written = path.tokens[0].name if path.tokens else ""
        name = _PARTS.get(written, written)
        if name not in _KNOWN_PARTS:
            _unknown_part(part, key)
            continue
        lists.setdefault(name, []).append(RuleList(_below(name, path), (rule,)))
    return {name: Category(tuple(found)) for name, found in lists.items()}


def _below(name: str, path: PathExpression) -> PathExpression:
    """The path below the part: a place in a body, a header's name, or the whole of a path."""
    tokens = path.tokens[1:]
    if name == "body":
        return PathExpression("$" + "".join(map(str, tokens)), tokens)
    if not tokens:
        return WHOLE
    return field_path(tokens[0].name.lower() if name == "header" else tokens[0].name)


def _rule(part: Part, depth: int) -> Rule | None:
    """One rule; a kind that isn't named is guessed from what the rule has."""
    if not isinstance(part.value, dict):
        found = NOUNS[type(part.value)]
        part.fault(found, "a rule", 'write e.g. `{"match": "type"}`', "pact-not-a-rule")
        return None
    if depth > MAX_NESTING:
        expected = f"at most {MAX_NESTING} levels of rules in rules"
        part.fault("rules nested deeper", expected, "take rules out", "pact-too-deep")
        return None
    written = part.get("match", "pact:matcher:type")
    if written.value is None:
        name = next((key for key in _TELLING if part.has(key)), "")
    else:
        name = written.text()
    kind = _ALIASES.get(name, name)
    if kind not in KINDS:
        _unknown_kind(part, name)
        return None
    return KINDS[kind].read(kind, part, depth)


_TELLING = ("regex", "min", "max", "timestamp", "time", "date")
_ALIASES = {
    "min": "type",
    "max": "type",
    "min-type": "type",
    "max-type": "type",
    "timestamp": "datetime",
    "real": "decimal",
    "content-type": "contentType",
    "array-contains": "arrayContains",
    "status-code": "statusCode",
    "not-empty": "notEmpty",
    "each-key": "eachKey",
    "each-value": "eachValue",
}


def _unknown_kind(part: Part, name: str) -> None:
    guess = nearest(name, KINDS)
    found = f"the matcher `{name}`" if name else "a rule that doesn't say `match`"
    advice = f"did you mean `{guess}`?" if guess else "rules of plugins need the official engine"
    part.get("match").fault(found, f"one of {', '.join(KINDS)}", advice, "pact-unknown-matcher")


def _type(kind: str, part: Part, depth: int) -> Rule:
    bounds = [part.get(key).read(int, -1, "pact-not-a-number") for key in ("min", "max")]
    least, most = (bound if bound >= 0 else None for bound in bounds)
    return Rule(kind, least=least, most=most)


def _regex(kind: str, part: Part, depth: int) -> Rule:
    text = part.get("regex")
    if text.value is None:
        return _lacking(kind, part, "regex")
    try:
        patterns.compiled(text.text())
    except ValueError as error:
        found = f"the regular expression `{text.value}`: {error}"
        text.fault(found, "one that can be read", "mend it", "pact-regex")
    except Undecided:
        pass  # it is sound, and told where something is compared by it
    return Rule(kind, text.text())


def _including(kind: str, part: Part, depth: int) -> Rule:
    value = part.get("value").value
    if value is None:
        return _lacking(kind, part, "value")
    return Rule(kind, value if isinstance(value, str) else str(value))


def _lacking(kind: str, part: Part, key: str) -> Rule:
    part.fault(f"`match: {kind}` alone", f"`{key}` beside it", f"write `{key}`", "pact-rule-lacks")
    return Rule(kind)


def _moment(kind: str, part: Part, depth: int) -> Rule:
    names = ("format", kind, "timestamp") if kind == "datetime" else ("format", kind)
    text = part.get(*names)
    pattern = text.text(moments.DEFAULTS[kind]) or moments.DEFAULTS[kind]
    try:
        moments.pieces(pattern)
    except ValueError as error:
        found = f"the format `{pattern}`, in which there is {error}"
        text.fault(found, "letters as Java has them", "e.g. yyyy-MM-dd HH:mm:ss", "pact-format")
        return Rule(kind, moments.DEFAULTS[kind])
    return Rule(kind, pattern)


def _status(kind: str, part: Part, depth: int) -> Rule:
    status = part.get("status")
    if isinstance(status.value, list):
        return Rule(kind, statuses=tuple(item.number(0) for item in status.items()))
    name = status.text("success")
    if name not in STATUS_CLASSES:
        expected = f"a list of numbers, or one of {', '.join(STATUS_CLASSES)}"
        status.fault(f"the status `{name}`", expected, "write one of them", "pact-status")
        name = "success"
    return Rule(kind, name)


def _each(kind: str, part: Part, depth: int) -> Rule:
    read = (_rule(item, depth + 1) for item in part.get("rules").items())
    return Rule(kind, rules=tuple(rule for rule in read if rule is not None))


def _containing(kind: str, part: Part, depth: int) -> Rule:
    variants = part.get("variants")
    if variants.value is None:
        return _lacking(kind, part, "variants")
    return Rule(kind, variants=tuple(_variant(item, depth) for item in variants.items()))


def _variant(part: Part, depth: int) -> Variant:
    index, rules = part.get("index").number(0), part.get("rules")
    if rules.value is None:
        return Variant(index, EQUAL_THROUGHOUT)
    return Variant(index, Category(_lists(rules, named=False, lowered=False, depth=depth + 1)))


def _sized(rule: Rule) -> str:
    bounds = []
    if rule.least is not None:
        bounds.append(f"at least {rule.least}")
    if rule.most is not None:
        bounds.append(f"at most {rule.most}")
    noun = "item" if (rule.most or rule.least) == 1 else "items"
    items = f" with {' and '.join(bounds)} {noun}" if bounds else ""
    return f"the type of the example{items}"


def _status_words(rule: Rule) -> str:
    named = ", ".join(map(str, rule.statuses)) if rule.statuses else rule.text
    return f"a status of {named}"


def _all(rules: tuple[Rule, ...]) -> str:
    return " and ".join(map(str, rules)) or "anything"


KINDS: Mapping[str, Kind] = {
    "equality": Kind(lambda rule: "the very value of the example"),
    "type": Kind(_sized, _type),
    "regex": Kind(lambda rule: f"a text that matches `{rule.text}`", _regex),
    "include": Kind(lambda rule: f"a text with `{rule.text}` in it", _including),
    "integer": Kind(lambda rule: "a whole number"),
    "decimal": Kind(lambda rule: "a number with a decimal point"),
    "number": Kind(lambda rule: "a number"),
    "boolean": Kind(lambda rule: "true or false"),
    "null": Kind(lambda rule: "null"),
    "date": Kind(lambda rule: f"a date as `{rule.text}`", _moment),
    "time": Kind(lambda rule: f"a time as `{rule.text}`", _moment),
    "datetime": Kind(lambda rule: f"a date and time as `{rule.text}`", _moment),
    "values": Kind(lambda rule: "values like the example's, by any key"),
    "eachKey": Kind(lambda rule: f"keys of which each is {_all(rule.rules)}", _each),
    "eachValue": Kind(lambda rule: f"values of which each is {_all(rule.rules)}", _each),
    "arrayContains": Kind(lambda rule: "a list with an item for each variant", _containing),
    "contentType": Kind(lambda rule: f"data of the type {rule.text}", _including),
    "statusCode": Kind(_status_words, _status),
    "notEmpty": Kind(lambda rule: "something that is not empty"),
    "semver": Kind(lambda rule: "a semantic version"),
}
