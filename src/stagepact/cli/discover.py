"""`stagepact discover`: what is found in the code, by which paths, and what can't be run."""

from __future__ import annotations

import click

from stagepact.cli import options, output
from stagepact.cli.planning import project_here


@click.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@options.json_flag
def command(references: tuple[str, ...], as_json: bool) -> int:
    """List what can be put to the test, and what can't, with the reason.

    A REFERENCE is a package, a module (`voice.stages`) or an object (`voice.api:app`). Without
    any: what [tool.stagepact], entry points and the contracts' own `uses` name.

    \b
    Example:
      stagepact discover stageflow
    """
    from stagepact.cli.discovered import (
        configured,
        documents_of,
        looked_up,
        print_rows,
        rows_of,
        values_of,
    )
    from stagepact.contract.read import add_to_import_path

    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    with output.user_code():
        documents = documents_of(project)
        found = looked_up(references or configured(project, documents), project)
    rows = tuple(rows_of(found.found, documents, project))
    if as_json:
        problems = [problem.as_dict() for problem in found.problems]
        output.print_json({"found": [values_of(row) for row in rows], "problems": problems})
    else:
        print_rows(rows)
        for problem in found.problems:
            output.note(str(problem))
    return 2 if found.problems else 0
