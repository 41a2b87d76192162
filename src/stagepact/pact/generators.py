"""Requests and messages as they are sent to a provider: with what generators put into them.

Only what the consumer sends is made anew; what it expects stays as it is. A value that can't be
made here, or that the provider's states didn't give, is `Undecided` with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from stagepact.contract.source import Json
from stagepact.pact import moments, patterns
from stagepact.pact.content import parse
from stagepact.pact.generator import Generator
from stagepact.pact.model import Body, Message, Presence, Request, Values
from stagepact.pact.path import Place
from stagepact.pact.undecided import Undecided
from stagepact.pact.values import text_of
from stagepact.schema import SchemaError
from stagepact.schema.samples import sample

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"\s*([+-])\s*(\d+)\s*(millisecond|second|minute|hour|day|week)s?", re.I)
_START = re.compile(r"\s*(now|today|tomorrow|yesterday|midnight|noon)?", re.I)


@dataclass(frozen=True, slots=True)
class Setting:
    """What generators draw from: chance, the time, and what the provider's states gave."""

    random: Random = field(default_factory=Random)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    given: Mapping[str, Json] = field(default_factory=dict)


def generated_request(request: Request, setting: Setting) -> Request:
    """The request as it is sent: its generators have put their values in.

    Raises:
        Undecided: one of them can't, with the reason.
    """
    for each in request.generators:
        request = _INTO.get(each.category, _nowhere)(request, each, setting)
    return request


def generated_message(message: Message, setting: Setting) -> Message:
    """The message as it is sent: its generators have put their values in.

    Raises:
        Undecided: one of them can't, with the reason.
    """
    for each in message.generators:
        if each.category == "body":
            message = replace(message, contents=_in_body(message.contents, each, setting))
        elif each.category == "metadata":
            metadata = _put(dict(message.metadata), each, setting, ())
            message = replace(message, metadata=metadata if isinstance(metadata, dict) else {})
    return message


def made(generator: Generator, setting: Setting, example: Json) -> Json:
    """A value that a generator makes in place of an example; null where it is for consumers.

    Raises:
        Undecided: it can't, with the reason.
    """
    if generator.kind == "MockServerURL":
        return None
    value = _MAKERS[generator.kind](generator, setting)
    as_text = isinstance(example, str) and generator.kind != "ProviderState"
    return text_of(value) if as_text else value


def _nowhere(request: Request, generator: Generator, setting: Setting) -> Request:
    return request


def _into_path(request: Request, generator: Generator, setting: Setting) -> Request:
    value = made(generator, setting, request.path)
    return request if value is None else replace(request, path=text_of(value))


def _into_query(request: Request, generator: Generator, setting: Setting) -> Request:
    return replace(request, query=_in_values(request.query, generator, setting))


def _into_headers(request: Request, generator: Generator, setting: Setting) -> Request:
    return replace(request, headers=_in_values(request.headers, generator, setting))


def _into_body(request: Request, generator: Generator, setting: Setting) -> Request:
    return replace(request, body=_in_body(request.body, generator, setting))


_INTO: Mapping[str, Callable[[Request, Generator, Setting], Request]] = {
    "path": _into_path,
    "query": _into_query,
    "header": _into_headers,
    "body": _into_body,
}


def _in_values(values: Values, generator: Generator, setting: Setting) -> Values:
    """All values of a header or parameter, or the one whose index the path has."""
    name, *rest = [token.name for token in generator.path.tokens] or [""]
    key = next((each for each in values if each.lower() == name.lower()), name)
    there = values.get(key) or ("",)
    wanted = {int(index) for index in rest if index.isdecimal()} or set(range(len(there)))
    texts = list(there)
    for index in wanted & set(range(len(there))):
        value = made(generator, setting, there[index])
        texts[index] = there[index] if value is None else text_of(value)
    return {**values, key: tuple(texts)}


def _in_body(body: Body, generator: Generator, setting: Setting) -> Body:
    kind = parse(body.content_type)
    if body.presence is not Presence.PRESENT:
        return body
    if kind is None or not kind.is_json or body.fault:
        name = body.content_type or "no content type"
        raise Undecided(f"a generator in a body of {name} is for the official engine")
    value = _put(body.value, generator, setting, ())
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return replace(body, data=data, value=value)


def _put(value: Json, generator: Generator, setting: Setting, at: Place) -> Json:
    """The value with a new one at each place that the generator's path is for."""
    path = generator.path
    if path.is_exact(at) and path.weight(at):
        new = made(generator, setting, value)
        return value if new is None else new
    if isinstance(value, dict):
        return {key: _put(each, generator, setting, (*at, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_put(each, generator, setting, (*at, index)) for index, each in enumerate(value)]
    return value


def _number(generator: Generator, key: str, default: int) -> int:
    value = generator.settings.get(key, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _int(generator: Generator, setting: Setting) -> Json:
    low, high = _number(generator, "min", 0), _number(generator, "max", 10)
    return setting.random.randint(min(low, high), max(low, high))


def _decimal(generator: Generator, setting: Setting) -> Json:
    digits = max(_number(generator, "digits", 10), 2)
    drawn = [setting.random.choice("123456789"), *setting.random.choices("0123456789", k=digits)]
    point = setting.random.randint(1, digits - 1)
    return float("".join(drawn[:point]) + "." + "".join(drawn[point:digits]))


def _characters(alphabet: str, key: str) -> Callable[[Generator, Setting], Json]:
    def draw(generator: Generator, setting: Setting) -> Json:
        return "".join(setting.random.choices(alphabet, k=_number(generator, key, 10)))

    return draw


def _uuid(generator: Generator, setting: Setting) -> Json:
    drawn = UUID(int=setting.random.getrandbits(128), version=4)
    forms = {"simple": drawn.hex, "upper-case-hyphenated": str(drawn).upper(), "URN": drawn.urn}
    return forms.get(str(generator.settings.get("format")), str(drawn))


def _regex(generator: Generator, setting: Setting) -> Json:
    regex = str(generator.settings.get("regex", ""))
    schema = {"type": "string", "pattern": f"^(?:{regex.removeprefix('^').removesuffix('$')})$"}
    try:
        for text in islice(sample(schema, setting.random.getrandbits(32)), 20):
            if patterns.matches(regex, text):
                return str(text)
    except (SchemaError, ValueError) as error:
        raise Undecided(f"no text that matches `{regex}` can be made: {error}") from None
    raise Undecided(f"no text was found that matches `{regex}`")


def _moment(kind: str) -> Callable[[Generator, Setting], Json]:
    def draw(generator: Generator, setting: Setting) -> Json:
        pattern = str(generator.settings.get("format") or moments.DEFAULTS[kind])
        expression = str(generator.settings.get("expression") or "")
        try:
            return moments.written(_reckoned(setting.now, expression), pattern)
        except ValueError as error:
            raise Undecided(f"a {kind} as `{pattern}` can't be made: {error}") from None

    return draw


def _reckoned(now: datetime, expression: str) -> datetime:
    """The time that an expression means: `today + 2 days`, `now - 1 hour`."""
    start = _START.match(expression)
    word = (start[1] or "now").lower() if start else "now"
    time, at = _STARTS[word](now), start.end() if start else 0
    while expression[at:].strip():
        step = _STEP.match(expression, at)
        if step is None:
            raise ValueError(f"`{expression}` is for the official engine to reckon")
        by = timedelta(**{f"{step[3].lower()}s": int(step[2])})
        time, at = (time + by if step[1] == "+" else time - by), step.end()
    return time


_STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "now": lambda now: now,
    "today": lambda now: now,
    "tomorrow": lambda now: now + timedelta(days=1),
    "yesterday": lambda now: now - timedelta(days=1),
    "midnight": lambda now: now.replace(hour=0, minute=0, second=0, microsecond=0),
    "noon": lambda now: now.replace(hour=12, minute=0, second=0, microsecond=0),
}


def _of_state(generator: Generator, setting: Setting) -> Json:
    """What the states gave: by a name, or by a text with `${name}` in it."""
    expression = str(generator.settings.get("expression", ""))
    whole = _REFERENCE.fullmatch(expression)
    if whole or not _REFERENCE.search(expression):
        value = _given(whole[1] if whole else expression, setting)
    else:
        value = _REFERENCE.sub(lambda found: text_of(_given(found[1], setting)), expression)
    return _typed(value, str(generator.settings.get("dataType", "RAW")).upper())


def _given(name: str, setting: Setting) -> Json:
    if name not in setting.given:
        raise Undecided(f"the provider's states give no `{name}`, which the request needs")
    return setting.given[name]


def _typed(value: Json, kind: str) -> Json:
    text = text_of(value)
    try:
        if kind == "INTEGER":
            return int(float(text)) if "." in text else int(text)
        if kind in {"DECIMAL", "FLOAT"}:
            return float(text)
    except ValueError:
        raise Undecided(f"{text!r}, which the provider's states gave, is no {kind}") from None
    if kind == "BOOLEAN":
        return text == "true"
    return text if kind == "STRING" else value


_MAKERS: Mapping[str, Callable[[Generator, Setting], Json]] = {
    "RandomInt": _int,
    "RandomDecimal": _decimal,
    "RandomHexadecimal": _characters("0123456789abcdef", "digits"),
    "RandomString": _characters(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "size"
    ),
    "RandomBoolean": lambda generator, setting: setting.random.random() < 0.5,
    "Regex": _regex,
    "Uuid": _uuid,
    "Date": _moment("date"),
    "Time": _moment("time"),
    "DateTime": _moment("datetime"),
    "ProviderState": _of_state,
}
