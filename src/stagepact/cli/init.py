"""`stagepact init`: a first contract from the code."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import output
from stagepact.cli.language import schema_text
from stagepact.cli.planning import project_here
from stagepact.errors import ConfigurationError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.cli.first_contract import Draft
    from stagepact.contract.project import Project

_SCHEMA = "stagepact.schema.json"


@click.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@click.option("--output", "file", metavar="FILE", help="Write it to FILE; `-` is stdout.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def command(references: tuple[str, ...], file: str | None, force: bool) -> int:
    """Write a first contract from the code: names, types and statuses that it tells itself.

    REFERENCES are as for `discover`. The contract goes to contracts/NAME.contract.yaml, with
    the JSON Schema of the language beside it for editors.

    \b
    Example:
      stagepact init voice.pipeline voice.api:app
    """
    from stagepact.cli.first_contract import render
    from stagepact.contract.read import add_to_import_path

    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    made = _draft(references, project)
    if file == output.STDOUT:
        output.write(file, render(made, _SCHEMA))
        return 0
    path = Path(file) if file is not None else _usual_place(project, made.name)
    _refuse(path, force)
    output.replace_file(path, render(made, _SCHEMA))
    output.say(f"written: {_shown(path)}")
    schema = path.parent / _SCHEMA
    if not schema.exists():
        output.replace_file(schema, schema_text())
        output.say(f"written: {_shown(schema)}")
    output.say(f"next: stagepact check {_shown(path)}")
    return 0


def _draft(references: tuple[str, ...], project: Project) -> Draft:
    from stagepact.cli.discovered import looked_up
    from stagepact.cli.drafting import draft
    from stagepact.discovery import references_of, resolve

    wanted = references or references_of(project)
    with output.user_code():
        found = looked_up(wanted, project)
        if found.problems:
            raise Misuse(*found.problems)
        if not any(not each.why for each in found.found):
            raise _nothing(wanted)
        apps = {each.source for each in found.found if each.id.kind in ("asgi", "wsgi")}
        uses = tuple(each for each in references if each not in apps)
        name = wanted[0].partition(":")[0].partition(".")[0]
        return draft(name, uses, found.found, partial(resolve, substitute=project.substitute))


def _nothing(references: tuple[str, ...]) -> ConfigurationError:
    found = "nothing that can be put to the test"
    advice = f"see `stagepact discover {' '.join(references)}`"
    expected = "stages, pipelines, apps or marked functions"
    return ConfigurationError(
        Problem(Place(", ".join(references)), found, expected, advice, "nothing-found")
    )


def _usual_place(project: Project, name: str) -> Path:
    from stagepact.contract.files import is_contract

    folder = next((each for each in project.contracts if not is_contract(Path(each))), "contracts")
    return project.root / folder / f"{name}.contract.yaml"


def _refuse(path: Path, force: bool) -> None:
    from stagepact.contract.files import is_contract

    if not is_contract(path):
        expected = "a name that ends in .contract.yaml"
        problem = Problem(Place(_shown(path)), "no contract's name", expected, code="file-name")
        raise ConfigurationError(problem)
    if path.exists() and not force:
        advice = "name another with --output, or overwrite it with --force"
        raise ConfigurationError(
            Problem(Place(_shown(path)), "a contract that exists", "a new file", advice, "exists")
        )


def _shown(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()
