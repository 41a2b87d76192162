"""What is found in the code, as rows: by which paths, and which contracts speak of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stagepact.contract.document import Document
from stagepact.contract.files import find_contracts
from stagepact.contract.project import Project
from stagepact.contract.read import read_documents
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


def documents_of(project: Project) -> tuple[Document, ...]:
    """The project's contracts, as far as they can be read; `lint` tells what is wrong."""
    folders = [project.root / name for name in project.contracts]
    files: Iterable[Path] = find_contracts([folder for folder in folders if folder.exists()])
    return read_documents(files, project.root).documents


def configured(project: Project, documents: Iterable[Document]) -> tuple[str, ...]:
    """The references of the settings, entry points and contracts."""
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


def values_of(row: Row) -> dict[str, object]:
    """A row as JSON has it."""
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


def print_rows(rows: Sequence[Row]) -> None:
    """A table of rows on stdout, and how many there are."""
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
