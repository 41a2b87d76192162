"""`stagepact diff`: two versions of contract files, and what changed between them."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from stagepact.cli import options, output
from stagepact.errors import ConfigurationError, ContractError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.difference_model import Difference
    from stagepact.contract.document import Document
    from stagepact.schema.changes import Mode


@click.command()
@click.argument("old")
@click.argument("new", nargs=-1)
@click.option(
    "--mode",
    default="BACKWARD",
    show_default=True,
    type=click.Choice(["BACKWARD", "FORWARD", "FULL"], case_sensitive=False),
    help="BACKWARD: whoever calls and reads today goes on; FORWARD: the other way; FULL: both.",
)
@options.json_flag
def command(old: str, new: tuple[str, ...], mode: str, as_json: bool) -> int:
    """Tell what changed between two versions of contracts; exit code 1 on breaking changes.

    OLD is a file, a folder or a git revision; a file may be an OpenAPI document. With a
    revision, NEW are the paths whose files of today are compared with those of then.

    \b
    Example:
      stagepact diff old/voice.contract.yaml contracts/voice.contract.yaml
      stagepact diff main -- contracts/
      stagepact diff old/openapi.json openapi.json
    """
    from stagepact.schema.changes import Mode

    wanted = Mode(mode.upper())
    with _pairs(old, [Path(each) for each in new]) as pairs:
        found = [each for before, after in pairs for each in _compared(before, after, wanted)]
    breaking = [each for each in found if each.breaking]
    if as_json:
        told = [each.plain() for each in found]
        output.print_json({"mode": wanted, "breaking": len(breaking), "differences": told})
        return 1 if breaking else 0
    for each in found:
        output.say(_line(each))
    output.say(f"{len(found)} changes, {len(breaking)} breaking ({wanted})")
    return 1 if breaking else 0


def _line(each: Difference) -> str:
    where = f"{each.place}  {each.pointer}"
    instance = f" at {each.instance}" if each.instance else ""
    if not each.breaking:
        return f"  {where}  {each.rule}{instance}"
    example = (
        ""
        if each.counterexample is None and each.rule == "removed"
        else f": e.g. {each.counterexample!r:.120}"
    )
    return f"✗ {where}  {each.rule}{instance}, breaking{example}"


Pair: TypeAlias = "tuple[Document | None, Document | None]"


@contextmanager
def _pairs(old: str, new: list[Path]) -> Iterator[list[Pair]]:
    """The documents of then and now, by their file's name.

    Raises:
        Misuse: one of them can't be read, or the revision isn't known.
    """
    if Path(old).exists():
        if len(new) != 1:
            raise click.UsageError("one NEW, the file or folder that OLD is compared with")
        yield _paired(_documents(Path(old), Path(old)), _documents(new[0], new[0]))
        return
    with tempfile.TemporaryDirectory() as folder:
        top = _unpacked(old, Path(folder))
        paths = new or [Path("contracts")]
        pairs: list[Pair] = []
        for path in paths:
            then = top / path.resolve().relative_to(_root().resolve())
            before = _documents(then, then) if then.exists() else {}
            pairs += _paired(before, _documents(path, path))
        yield pairs


def _paired(old: dict[str, Document], new: dict[str, Document]) -> list[Pair]:
    if len(old) == len(new) == 1:
        return [(next(iter(old.values())), next(iter(new.values())))]
    return [(old.get(name), new.get(name)) for name in sorted({*old, *new})]


def _documents(path: Path, top: Path) -> dict[str, Document]:
    """By their name below a folder, the documents there, with the schemas of their models."""
    from stagepact.contract.files import find_contracts, is_contract, label
    from stagepact.contract.read import read_documents

    root = path if path.is_dir() else path.parent
    if path.is_file() and not is_contract(path) and path.suffix in _OPENAPI:
        return {"api": _openapi(path)}
    files = find_contracts([path])
    reading = read_documents(files, root, run_python=False)
    if reading.problems:
        raise ContractError(*reading.problems)
    return {label(each.path, root): _with_models(each) for each in reading.documents}


_OPENAPI = (".json", ".yaml", ".yml")


def _openapi(path: Path) -> Document:
    """An OpenAPI document; what of it can't be read is told and left out."""
    from stagepact.contract.files import read_openapi_file
    from stagepact.contract.openapi.document import as_document

    source = read_openapi_file(path.name, path, path.parent, Place(str(path)))
    document, problems = as_document(source, path)
    for problem in problems:
        output.note(str(problem))
    return document


def _with_models(document: Document) -> Document:
    from stagepact.contract.read import import_models
    from stagepact.discovery import resolve

    with output.user_code():
        return import_models(document, resolve)


def _compared(old: Document | None, new: Document | None, mode: Mode) -> Iterator[Difference]:
    from stagepact.contract.difference import differences
    from stagepact.contract.difference_model import Difference

    if old is not None and new is not None:
        yield from differences(old, new, mode)
    elif old is not None:
        yield Difference(Place(old.file), "", "removed", True)
    elif new is not None:
        yield Difference(Place(new.file), "", "added", False)


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"") or str(error).encode()
        first = (told.decode(errors="replace").splitlines() or [""])[0]
        expected = "a file, a folder or a git revision"
        problem = Problem(Place(arguments[-1]), f"neither ({first})", expected, "", "revision")
        raise ConfigurationError(problem) from None
    return done.stdout


def _root() -> Path:
    return Path(_git("rev-parse", "--show-toplevel").decode().strip())


def _unpacked(revision: str, folder: Path) -> Path:
    """All files of a revision, in a folder."""
    data = _git("-C", str(_root()), "archive", "--format=tar", revision)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return folder
