"""`stagepact discover`: what is found in the code, by which paths, and what can't be run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stagepact.cli import options, output
from stagepact.cli.planning import project_here
from stagepact.contract.document import Document
from stagepact.contract.files import find_contracts
from stagepact.contract.project import Project
from stagepact.contract.read import add_to_import_path, read_documents
from stagepact.contract.selector import matches
from stagepact.discovery import Discovery, discover, references_of, substituted
from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.hooks import plugin_manager
from stagepact.plan.stages import NOT_STAGES
from stagepact.report.wording import UNCHECKED
from stagepact.subject import Found

_APPS = ("asgi", "wsgi")
_UNWRAPPED = 10_000  # columns: a pipe's reader searches lines, and has no edge to wrap at


@dataclass(frozen=True, slots=True)
class Row:
    """One subject by all its paths, the contracts that speak of it, or why it isn't run.

    `through` are those that speak of a pipeline's stages and not of the pipeline.
    """

    name: str
    kind: str
    paths: tuple[str, ...]
    identity: str
    contracts: tuple[str, ...]
    through: tuple[str, ...] = ()
    why: str = ""
    reason: str = ""

    def remark(self) -> str:
        """What is to be said of it."""
        if self.why:
            return f"{self.why}: {self.reason or UNCHECKED.get(self.why, '')}"
        if self.through and not self.contracts:
            return f"through its stages: {', '.join(self.through)}"
        return ", ".join(self.contracts) or UNCHECKED["unmatched"]


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
    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    with output.user_code():
        documents = _documents(project)
        found = looked_up(references or _configured(project, documents), project)
    rows = tuple(rows_of(found.found, documents, project))
    if as_json:
        problems = [problem.as_dict() for problem in found.problems]
        output.print_json({"found": [_values(row) for row in rows], "problems": problems})
    else:
        _print(rows)
        for problem in found.problems:
            output.note(str(problem))
    return 2 if found.problems else 0


def looked_up(references: Sequence[str], project: Project) -> Discovery:
    """What is found by references.

    Raises:
        ConfigurationError: there is no reference to look up.
    """
    if not references:
        raise ConfigurationError(
            Problem(
                Place("stagepact"),
                "no reference, and none in [tool.stagepact]",
                "a package, a module or an object",
                "name one, such as `stagepact discover voice`, or set `packages = [...]`",
                "no-reference",
            )
        )
    hooks = plugin_manager(import_module(name) for name in project.plugins)
    return discover(references, project, hooks)


def _documents(project: Project) -> tuple[Document, ...]:
    """The project's contracts, as far as they can be read; `lint` tells what is wrong."""
    folders = [project.root / name for name in project.contracts]
    files: Iterable[Path] = find_contracts([folder for folder in folders if folder.exists()])
    return read_documents(files, project.root).documents


def _configured(project: Project, documents: Iterable[Document]) -> tuple[str, ...]:
    used = [reference for document in documents for reference in document.contract.uses]
    return tuple(dict.fromkeys((*references_of(project), *used)))


# -- rows --------------------------------------------------------------------------------------


def rows_of(
    found: Iterable[Found], documents: Sequence[Document], project: Project
) -> Iterator[Row]:
    """A row a subject; the paths by which it was found are joined."""
    known = tuple(found)
    by_key: dict[tuple[str, str, str, str], list[Found]] = {}
    for each in known:
        key = (each.id.name, each.id.identity, each.id.kind, each.why)
        by_key.setdefault(key, []).append(each)
    held = _paths_through_pipelines(known)
    for (name, identity, kind, why), founds in by_key.items():
        own = [each.id.path for each in founds]
        paths = own if why or kind == "pipeline" else [*own, *held.get(name, ())]
        yield Row(
            name,
            kind,
            tuple(dict.fromkeys(paths)),
            identity,
            tuple(each.file for each in documents if _speaks_of(each, founds[0], project)),
            tuple(each.file for each in documents if _speaks_of_stages(each, founds[0], known)),
            why,
            founds[0].reason,
        )


def _paths_through_pipelines(found: Iterable[Found]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for each in found:
        for stage in each.stages:
            held.setdefault(stage, []).append(each.id.path)
    return held


def _speaks_of(document: Document, found: Found, project: Project) -> bool:
    contract = document.contract
    if found.id.kind in _APPS:
        named = [each.app for each in contract.services.values() if each.app is not None]
        named += [each.reference for each in contract.channels.values() if not each.by_url]
        return any(_is_app(each, found, project) for each in named)
    if found.id.kind in NOT_STAGES:
        blocks = contract.pipelines if found.id.kind == "pipeline" else {}
    else:
        blocks = contract.stages
    return any(matches(selector, found.id) for selector in blocks)


def _speaks_of_stages(document: Document, pipeline: Found, known: Iterable[Found]) -> bool:
    """Whether a contract speaks of a stage that a pipeline holds, so that it is run for it."""
    return any(
        matches(selector, stage.id)
        for stage in known
        if stage.id.name in pipeline.stages and stage.id.kind not in NOT_STAGES
        for selector in document.contract.stages
    )


def _is_app(reference: str, found: Found, project: Project) -> bool:
    module, colon, name = reference.partition(":")
    return found.source == substituted(module, project.substitute) + colon + name


# -- telling -----------------------------------------------------------------------------------


def _values(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "kind": row.kind,
        "paths": list(row.paths),
        "identity": row.identity,
        "contracts": list(row.contracts),
        "through": list(row.through),
        "why": row.why,
        "reason": row.reason,
    }


def _print(rows: Sequence[Row]) -> None:
    console, between = Console(), "\n"
    if not console.is_terminal:
        console, between = Console(width=_UNWRAPPED), "  "
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("name", "kind", "paths", "where, and what speaks of it"):
        table.add_column(title, overflow="fold")
    for row in rows:
        style = "yellow" if row.why or not (row.contracts or row.through) else "dim"
        where = Text.assemble(row.identity, between, (row.remark(), style))
        table.add_row(Text(row.name), row.kind, Text(" ".join(row.paths)), where)
    if rows:
        console.print(table)
    spoken = sum(bool(row.contracts) and not row.why for row in rows)
    lost = sum(bool(row.why) for row in rows)
    console.print(f"{len(rows)} found, {spoken} with a contract, {lost} that can't be run")
