"""`stagepact language`: the JSON Schema of the contract language."""

from __future__ import annotations

import json

import click

from stagepact.cli import output


def schema_text() -> str:
    """The schema as it is shipped and printed."""
    from stagepact.contract.complaints import language_schema

    return json.dumps(language_schema(), indent=2, ensure_ascii=False) + "\n"


@click.command()
@click.option("--output", "file", metavar="FILE", default="-", help="Write it to FILE.")
def command(file: str) -> int:
    """Print the JSON Schema of the contract language.

    Editors complete and check contracts by it, where a contract's first line names it:
    # yaml-language-server: $schema=stagepact.schema.json

    \b
    Example:
      stagepact language --output contracts/stagepact.schema.json
    """
    output.write(file, schema_text())
    if file != output.STDOUT:
        click.echo(f"written: {file}", err=True)
    return 0
