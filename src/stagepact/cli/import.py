"""`stagepact import`: a contract from a document that says the same in other words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import output
from stagepact.errors import ConfigurationError, ContractError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.source import Kind

_HEADER = "# yaml-language-server: $schema=stagepact.schema.json\n"
_NO_NAME = re.compile(r"[^A-Za-z0-9 _-]+")
PlaceOf = Callable[[tuple[str | int, ...]], Place]


@click.group()
def command() -> None:
    """Write a contract from an OpenAPI or AsyncAPI document.

    What can't be read is told, and all else is written; exit code 2 where something is left out.

    \b
    Example:
      stagepact import openapi openapi.json --app shop.api:app -o contracts/shop.contract.yaml
      stagepact import openapi shop.api:app
      stagepact import asyncapi asyncapi.yaml --app shop.api:app
    """


_source = click.argument("source")
_name = click.option("--name", default=None, help="What the service is called.")
_app = click.option("--app", default=None, metavar="REF", help="The application, module:name.")
_output = click.option("-o", "--output", "file", default="-", help="Write the contract to FILE.")


@command.command()
@_source
@_name
@_app
@click.option("--url", default=None, help="Where the service answers, if not in process.")
@_output
def openapi(source: str, name: str | None, app: str | None, url: str | None, file: str) -> int:
    """Write out the operations of SOURCE: a file, or an application as `module:name`."""
    from stagepact.contract.openapi import describe
    from stagepact.contract.openapi.contract import contract_of
    from stagepact.contract.source import OPENAPI

    if app is not None and url is not None:
        raise click.UsageError("one of --app and --url: a service is in one place")
    value, place, is_app = _value(source, OPENAPI)
    description = describe(value, place)
    if description.problems and not description.operations:
        raise ContractError(*description.problems)
    called = name or _called(description.title)
    where = {"app": app or (source if is_app else None), "url": url}
    known = {key: each for key, each in where.items() if each is not None}
    _write(file, contract_of(value, description, called, known))
    return _left_out(description.problems)


@command.command()
@_source
@_name
@_app
@click.option(
    "--protocol", type=click.Choice(["websocket", "sse"]), default="websocket", show_default=True,
    help="How the channels are spoken to, where the document doesn't say.",
)  # fmt: skip
@_output
def asyncapi(source: str, name: str | None, app: str | None, protocol: str, file: str) -> int:
    """Write out the channels of SOURCE, an AsyncAPI 3 document."""
    from stagepact.contract.asyncapi import channels_of
    from stagepact.contract.source import Kind

    kind = Kind("an AsyncAPI document, e.g. `asyncapi: 3.0.0`")
    value, place, _ = _value(source, kind)
    contract, problems = channels_of(value, place, app, protocol)
    if problems and not contract.get("channels"):
        raise ContractError(*problems)
    info = value.get("info") if isinstance(value, dict) else None
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    _write(file, {"stagepact": 1, "name": name or _called(title), **contract})
    return _left_out(problems)


def _left_out(problems: tuple[Problem, ...]) -> int:
    for problem in problems:
        output.note(str(problem))
    return 2 if problems else 0


def _called(title: str) -> str:
    return " ".join(_NO_NAME.sub(" ", title).split()) or "service"


def _value(source: str, kind: Kind) -> tuple[Any, PlaceOf, bool]:
    """A document's value, the place of each of its parts, and whether it is an application's."""
    from stagepact.contract.openapi.pointers import fragment
    from stagepact.contract.source import read_json, read_yaml
    from stagepact.discovery import resolve

    path = Path(source)
    if ":" in source and not path.exists():
        with output.user_code():
            app: Any = resolve(source, place=Place(source))
            made = getattr(app, "openapi", None)
            if not callable(made):
                told = f"{source}: {type(app).__name__} without openapi()"
                raise _wrong(source, told, "save its document as a file, and name that")
            return made(), lambda pointer: Place(source + fragment(pointer)), True
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _wrong(source, f"a file that can't be read ({error.strerror})") from None
    read = (read_json if path.suffix == ".json" else read_yaml)(data, source, kind)
    return read.value, read.place, False


def _wrong(name: str, found: str, advice: str = "") -> ConfigurationError:
    expected = "a document's file, or an application as module:name"
    return ConfigurationError(Problem(Place(name), found, expected, advice, "import"))


def _write(file: str, contract: Mapping[str, Any]) -> None:
    from stagepact.cli.plain_yaml import plain_yaml

    text = plain_yaml(contract)
    if file == output.STDOUT:
        output.write(file, _HEADER + text)
        return
    if Path(file).exists():
        raise _wrong(file, "a file that is there", "name another one; nothing is overwritten")
    output.replace_file(Path(file), _HEADER + text)
    click.echo(f"written: {file}", err=True)
