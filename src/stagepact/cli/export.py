"""`stagepact export`: a contract as a document that others read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import output
from stagepact.errors import ConfigurationError, ContractError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.document import Document


@click.group()
def command() -> None:
    """Write a contract as an OpenAPI 3.1 or AsyncAPI 3.0 document.

    What these have no word for stands in `x-stagepact-…`, and comes back by `stagepact import`.

    \b
    Example:
      stagepact export openapi contracts/shop.contract.yaml -o openapi.json
      stagepact export asyncapi contracts/news.contract.yaml
    """


_contract = click.argument("contract")
_output = click.option("-o", "--output", "file", default="-", help="Write it to FILE.")


@command.command()
@_contract
@click.option("--service", default=None, help="Which service, where there are several.")
@_output
def openapi(contract: str, service: str | None, file: str) -> int:
    """Write a service of CONTRACT as an OpenAPI 3.1 document, in JSON."""
    from stagepact.contract.openapi.write import openapi as openapi_document

    document = _document(contract)
    names = list(document.contract.services)
    if service is None and len(names) == 1:
        service = names[0]
    if service not in names:
        found = f"the service {service!r}" if service else f"{len(names)} services"
        expected = f"--service with one of {', '.join(names)}" if names else "a contract of one"
        raise _wrong(document.file, found, expected)
    return _write(file, openapi_document(document, service))


@command.command()
@_contract
@_output
def asyncapi(contract: str, file: str) -> int:
    """Write the channels of CONTRACT as an AsyncAPI 3.0 document, in JSON."""
    from stagepact.contract.asyncapi import asyncapi as asyncapi_document

    document = _document(contract)
    if not document.contract.channels:
        raise _wrong(document.file, "no channels", "a contract with `channels:`")
    return _write(file, asyncapi_document(document))


def _document(name: str) -> Document:
    from stagepact.contract.read import import_models, read_documents
    from stagepact.discovery import resolve

    path = Path(name)
    if not path.is_file():
        raise _wrong(name, "no file", "a contract's file")
    reading = read_documents([path], path.parent)
    if reading.problems:
        raise ContractError(*reading.problems)
    with output.user_code():
        return import_models(reading.documents[0], resolve)


def _wrong(name: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(Problem(Place(name), found, expected, "", "export"))


def _write(file: str, value: Any) -> int:
    output.write(file, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    if file != output.STDOUT:
        click.echo(f"written: {file}", err=True)
    return 0
