"""What is answered for an interaction: its example, with what its generators make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from random import Random
from threading import Lock
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.generator import Generator
from stagepact.pact.model import Body, Interaction, Message, Presence, Request, Response
from stagepact.pact.path import Place
from stagepact.pact.undecided import Undecided


@dataclass
class Answering:
    """Puts in what generators make, the same for the same seed and order of requests.

    `url` is where the provider is. A generator that can't make its value (it needs a state's
    value, or the official engine) leaves the example's.
    """

    seed: int = 0
    url: str = "http://localhost"
    _random: Random = field(init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def __call__(self, interaction: Interaction, response: Response) -> Response:
        """The response to send."""
        if not response.generators:
            return response
        with self._lock:
            return generated_response(response, self._random, self.url)


def generated_response(response: Response, random: Random, url: str) -> Response:
    """The response with what its generators make; where one can't, the example stays."""
    for each in response.generators:
        if each.kind == "MockServerURL":
            response = _here(response, each, url)
        elif each.category == "status":
            response = replace(response, status=_status(response.status, each, random))
        else:
            response = _through_request(response, each, random)
    return response


def generated_message(message: Message, random: Random) -> Message:
    """The message with what its generators make; where one can't, the example stays."""
    for each in message.generators:
        one = replace(message, generators=(each,))
        message = replace(_made("generated_message", one, random), generators=message.generators)
    return message


def _through_request(response: Response, generator: Generator, random: Random) -> Response:
    """Headers and bodies are generated as those of requests are."""
    one = Request(headers=response.headers, body=response.body, generators=(generator,))
    made: Request = _made("generated_request", one, random)
    return replace(response, headers=made.headers, body=made.body)


def _status(status: int, generator: Generator, random: Random) -> int:
    one = Request(body=_json(status), generators=(replace(generator, category="body"),))
    value = _made("generated_request", one, random).body.value
    return value if isinstance(value, int) and 200 <= value < 600 else status


def _made(name: str, value: Any, random: Random) -> Any:
    """What `generators` makes of a value; it needs the schema engine, so it is loaded late."""
    generators = import_module("stagepact.pact.generators")
    try:
        return getattr(generators, name)(value, generators.Setting(random))
    except Undecided:
        return value


def _here(response: Response, generator: Generator, url: str) -> Response:
    """An address in the example, at the mock's own address."""
    if generator.category == "header":
        wanted = {str(token).strip(".[]'\"").lower() for token in generator.path.tokens[:1]}
        moved = {
            name: tuple(_moved(text, generator, url) for text in texts)
            if name.lower() in wanted
            else texts
            for name, texts in response.headers.items()
        }
        return replace(response, headers=moved)
    body = response.body
    if generator.category != "body" or body.presence is not Presence.PRESENT or body.fault:
        return response
    value = _put(body.value, generator, lambda text: _moved(text, generator, url), ())
    return replace(response, body=replace(body, value=value, data=_json(value).data))


def _moved(text: str, generator: Generator, url: str) -> str:
    """The text with its scheme and host those of the mock; what the regex's group has, stays."""
    written = str(generator.settings.get("example") or text)
    found = re.fullmatch(str(generator.settings.get("regex") or r".*"), written)
    if found is not None and found.groups():
        return url.rstrip("/") + (found[1] if found[1].startswith("/") else f"/{found[1]}")
    return re.sub(r"^\w+://[^/]+", url.rstrip("/"), written)


def _put(value: Json, generator: Generator, moved: Callable[[str], str], at: Place) -> Json:
    path = generator.path
    if path.is_exact(at) and path.weight(at):
        return moved(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {key: _put(each, generator, moved, (*at, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_put(each, generator, moved, (*at, i)) for i, each in enumerate(value)]
    return value


def _json(value: Json) -> Body:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Body(Presence.PRESENT, "application/json", data, value)
