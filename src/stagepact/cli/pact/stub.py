"""`stagepact pact stub`: pact files as a provider that answers what they say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import options, output
from stagepact.cli.listening import free_port
from stagepact.cli.pact.reading import read_pacts
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.mock.answered import Answering
    from stagepact.pact.mock.provider import Near, Provider
    from stagepact.pact.model import Interaction, Pact, Request


@click.command()
@click.argument(
    "paths", metavar="FILE|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, help="The port; 0 is any free one.")
@options.seed
@options.json_flag
def command(paths: tuple[Path, ...], host: str, port: int, seed: int | None, as_json: bool) -> int:
    """Serve what pact files say of a provider: the examples, until Ctrl-C.

    What generators make is the same for the same --seed. Of several interactions that a request
    is, the first is answered, or the first in the state that its header Pact-State names. A
    request that is none is refused by a problem document (RFC 9457): what differs from the nearest.

    \b
    Example:
      stagepact pact stub pacts/ui-voice-api.json --port 8010
    """
    from stagepact.pact.mock.answered import Answering
    from stagepact.pact.mock.asgi import App

    try:
        serving = import_module("stagepact.stub.serving")
    except ImportError as error:
        raise _wrong("stagepact", "no server for a stub", "one", str(error)) from None
    answering = Answering(seed or 0)
    provider = _provider([*read_pacts(paths).values()], answering)
    port = free_port(host, port)
    answering.url = f"http://{host}:{port}"
    _say(provider, answering.url, as_json)
    try:
        serving.serve(App(provider, _tell_json if as_json else _tell), host, port)
    except KeyboardInterrupt:
        output.note("ended")
    return 0


def _provider(pacts: Sequence[Pact], answers: Answering) -> Provider:
    from stagepact.pact.mock.provider import Provider, http_of

    interactions = [each for pact in pacts for each in pact.interactions if http_of(each)]
    if not interactions:
        found = "no interaction over HTTP"
        raise _wrong(pacts[0].file, found, "at least one to serve", "messages aren't served")
    name = " and ".join(dict.fromkeys(pact.provider for pact in pacts))
    return Provider(name, interactions, answers, refusal=_refusal, keeps=False)


def _refusal(near: Near | None) -> int:
    return 404 if near is None or near.parts & {"path", "method"} else 400


def _say(provider: Provider, url: str, as_json: bool) -> None:
    told = [_named(each) for each in provider.interactions]
    if as_json:
        click.echo(json.dumps({"url": url, "provider": provider.name, "interactions": told}))
        return
    output.say(f"serving {provider.name} at {url}; Ctrl-C ends it")
    for each in told:
        output.say(f"  {each}")


def _named(interaction: Interaction) -> str:
    from stagepact.pact.mock.provider import http_of

    exchange = http_of(interaction)
    asked = f"{exchange.request.method} {exchange.request.path}: " if exchange else ""
    return f"{asked}{interaction.description}"


def _tell(request: Request, status: int) -> None:
    output.say(f"{status} {request.method} {request.path}")


def _tell_json(request: Request, status: int) -> None:
    click.echo(json.dumps({"method": request.method, "path": request.path, "status": status}))


def _wrong(place: str, found: str, expected: str, advice: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(Place(place), found, expected, advice, "pact-stub"))
