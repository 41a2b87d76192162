"""Paths, parameters, headers and plain texts, held against an example and their rules."""

from collections.abc import Sequence

from stagepact.pact import content, values
from stagepact.pact.mismatch import Mismatch, quoted
from stagepact.pact.model import Values
from stagepact.pact.rules import Category, RuleList

_PARAMETERISED = frozenset({"accept", "content-type"})
_LISTED = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-expose-headers",
        "access-control-request-headers",
        "allow",
        "cache-control",
        "if-match",
        "if-none-match",
        "vary",
    }
)


def header_values(name: str, text: str) -> tuple[str, ...]:
    """The values of a header as it was sent: of those that are lists (RFC 9110) each one."""
    if name.lower() in _LISTED:
        return tuple(value.strip() for value in text.split(","))
    return (text.strip(),)


def text_mismatches(
    part: str, path: str, expected: str, actual: str, rules: RuleList | None
) -> list[Mismatch]:
    """What isn't as expected of one text, by its rules or else by equality."""
    if rules is None:
        return [] if expected == actual else [_unequal(part, path, expected, actual)]
    broken = [
        rule
        for rule in rules.rules
        if rule.kind not in values.TEXTS or not values.TEXTS[rule.kind](rule, expected, actual)
    ]
    if not broken or (rules.any_of and len(broken) < len(rules.rules)):
        return []
    joined = " or " if rules.any_of else " and "
    said = joined.join(quoted(expected) if _equals(rule.kind) else str(rule) for rule in broken)
    return [Mismatch(part, path, said, quoted(actual))]


def query_mismatches(
    expected: Values, actual: Values, rules: Category, part: str = "query"
) -> list[Mismatch]:
    """What isn't as expected of parameters; those that aren't expected are too many."""
    found: list[Mismatch] = []
    for name, wanted in expected.items():
        if name not in actual:
            found.append(Mismatch(part, name, _all(wanted), "nothing: it is missing"))
            continue
        chosen = rules.best((name,))
        listed = chosen.rules if chosen else None
        found += _repeated(part, name, wanted, actual[name], listed)
    surplus = (name for name in actual if name not in expected)
    found += (Mismatch(part, name, "no such parameter", _all(actual[name])) for name in surplus)
    return found


def header_mismatches(expected: Values, actual: Values, rules: Category) -> list[Mismatch]:
    """What isn't as expected of headers; others may be there."""
    there = {name.lower(): texts for name, texts in actual.items()}
    found: list[Mismatch] = []
    for name, wanted in expected.items():
        if name.lower() not in there:
            found.append(Mismatch("header", name, _all(wanted), "nothing: it is missing"))
            continue
        got = there[name.lower()]
        chosen = rules.best((name.lower(),))
        if chosen is not None:
            found += _by_rules("header", name, wanted, got, chosen.rules)
        elif not _same_header(name, wanted, got):
            found.append(Mismatch("header", name, _all(wanted), _all(got)))
    return found


def same_parameterised(expected: str, actual: str) -> bool:
    """Whether a value is the same, and has each parameter that the expected one has."""
    wanted, *parameters = _split(expected)
    got, *others = _split(actual)
    return wanted == got and set(map(_lowered, parameters)) <= set(map(_lowered, others))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()] or [""]


def _lowered(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    return name.strip(), value.strip().lower()


def _same_header(name: str, wanted: Sequence[str], got: Sequence[str]) -> bool:
    wanted, got = (_each(name, texts) for texts in (wanted, got))
    if name.lower() in _PARAMETERISED:
        return len(wanted) == len(got) and all(map(same_parameterised, wanted, got))
    return [_tight(text) for text in wanted] == [_tight(text) for text in got]


def _each(name: str, texts: Sequence[str]) -> list[str]:
    """The values of a header, whether each was sent by itself or all in one."""
    return [value for text in texts for value in header_values(name, text)]


def _tight(text: str) -> str:
    return ",".join(part.strip() for part in text.strip().split(","))


def _repeated(
    part: str, name: str, wanted: Sequence[str], got: Sequence[str], rules: RuleList | None
) -> list[Mismatch]:
    if rules is not None:
        return _by_rules(part, name, wanted, got, rules)
    if len(wanted) != len(got):
        return [Mismatch(part, name, _all(wanted), _all(got))]
    pairs = zip(wanted, got, strict=True)
    return [_unequal(part, name, one, other) for one, other in pairs if one != other]


def _by_rules(
    part: str, name: str, wanted: Sequence[str], got: Sequence[str], rules: RuleList
) -> list[Mismatch]:
    """How often it stands, by rules with sizes; then each value by all rules."""
    if not wanted:
        return []
    for rule in rules.rules:
        if rule.kind == "type" and not values.LISTS["type"](rule, list(wanted), list(got)):
            return [Mismatch(part, name, str(rule), _all(got))]
    found: list[Mismatch] = []
    for index, text in enumerate(got):
        example = wanted[index] if index < len(wanted) else wanted[0]
        found += text_mismatches(part, name, example, text, rules)
    return found


def _equals(kind: str) -> bool:
    return kind in {"equality", "values"}


def _unequal(part: str, path: str, expected: str, actual: str) -> Mismatch:
    return Mismatch(part, path, quoted(expected), quoted(actual))


def _all(texts: Sequence[str]) -> str:
    return ", ".join(map(quoted, texts)) if texts else "no value"


def same_content_type(expected: str, actual: str) -> bool:
    """Whether a content type is what was expected, as bodies are concerned."""
    wanted, got = content.parse(expected), content.parse(actual)
    if wanted is None or got is None or "*" in (wanted.main, wanted.sub, got.main, got.sub):
        return True
    return wanted.takes(got) or wanted.takes(got.base)
