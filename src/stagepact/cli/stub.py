"""`stagepact stub`: contracts as a server that answers what they declare."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import options, output
from stagepact.cli.listening import free_port
from stagepact.cli.planning import project_here
from stagepact.errors import ConfigurationError, ContractError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.document import Document
    from stagepact.stub.app import Stub


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, help="The port; 0 is any free one.")
@options.seed
@options.json_flag
def command(paths: tuple[Path, ...], host: str, port: int, seed: int | None, as_json: bool) -> int:
    """Serve what contracts declare: responses and messages, until Ctrl-C.

    Examples come first, then what the schemas permit, the same for the same request.
    A request that breaks the contract is refused by a problem document (RFC 9457) that says
    where: in the request, and in the contract's file.

    \b
    Example:
      stagepact stub contracts/shop.contract.yaml --port 8010
    """
    from stagepact.discovery import resolve
    from stagepact.stub.app import Stub
    from stagepact.stub.guard import Guard, tokens

    try:
        serving = import_module("stagepact.stub.serving")
    except ImportError as error:
        raise _wrong("stagepact", "no server for a stub", "one", str(error)) from None
    documents = _documents(paths)
    with output.user_code():
        guard = Guard(tokens(documents, os.environ, resolve))
    stub = Stub(documents, seed or 0, _tell_json if as_json else _tell, guard)
    if not stub.routes and not stub.rooms.rooms:
        raise _wrong(str(paths[0]), "no operation and no channel", "at least one to serve")
    port = free_port(host, port)
    _say(stub, f"http://{host}:{port}", as_json)
    try:
        serving.serve(stub, host, port)
    except KeyboardInterrupt:
        output.note("ended")
    return 0


def _documents(paths: tuple[Path, ...]) -> tuple[Document, ...]:
    """The contracts, with the schemas of their models.

    Raises:
        Misuse: one of them can't be read.
    """
    from stagepact.contract.files import find_contracts
    from stagepact.contract.read import add_to_import_path, import_models, read_documents
    from stagepact.discovery import resolve

    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    reading = read_documents(find_contracts(paths), project.root)
    if reading.problems:
        raise ContractError(*reading.problems)
    with output.user_code():
        return tuple(import_models(each, resolve) for each in reading.documents)


def _say(stub: Stub, url: str, as_json: bool) -> None:
    operations = [each.name for each in stub.routes]
    channels = [each.channel.path for each in stub.rooms.rooms]
    if as_json:
        click.echo(json.dumps({"url": url, "operations": operations, "channels": channels}))
        return
    output.say(f"serving {url}; Ctrl-C ends it")
    for each in (*operations, *(f"channel {path}" for path in channels)):
        output.say(f"  {each}")


def _tell(method: str, path: str, status: int, origin: str) -> None:
    output.say(f"{status} {method} {path}  {origin}")


def _tell_json(method: str, path: str, status: int, origin: str) -> None:
    told = {"method": method, "path": path, "status": status, "origin": origin}
    click.echo(json.dumps(told))


def _wrong(place: str, found: str, expected: str, advice: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(Place(place), found, expected, advice, "stub"))
