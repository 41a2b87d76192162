"""Contract files → documents: every file is read, and what is wrong with one stops no other."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from stagepact.contract.document import Document, is_elsewhere, parse_sound_parts
from stagepact.contract.files import label, read_schema_file, read_source, read_text
from stagepact.contract.lint import lint
from stagepact.contract.models import Contract
from stagepact.contract.python_marks import python_marks
from stagepact.contract.source import Source
from stagepact.errors import ContractError, Misuse, Place, Problem
from stagepact.schema.normalise import JsonSchema, SchemaError, model_schema

Resolve = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents that could be read, in order, and all that is wrong with others.

    `faulty` is what is left of those others, to look things up in; nothing is checked by them.
    """

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    faulty: tuple[Document, ...] = ()


def read_documents(paths: Iterable[Path], root: Path, *, run_python: bool = True) -> Reading:
    """Read contract files; a document with problems is left out, and all of them are told.

    `run_python` says whether `contract_*.py` may be imported; without it only its syntax is
    looked at, and it gives no document.
    """
    documents: list[Document] = []
    faulty: list[Document] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            source = _source(path, root, run_python)
        except ContractError as error:
            problems += error.problems
            continue
        if source is None:
            continue
        document, wrong = _judged(source, path, root)
        problems += wrong
        if document is not None:
            (faulty if wrong else documents).append(document)
    return Reading(tuple(documents), tuple(problems), tuple(faulty))


def _judged(source: Source, path: Path, root: Path) -> tuple[Document | None, tuple[Problem, ...]]:
    """A document as far as it can be read, and what is wrong with its form and its meaning."""
    document, wrong = parse_sound_parts(source, path)
    if document is None:
        return None, wrong
    schemas, unreadable = _file_schemas(document, root)
    document = document.with_schemas(schemas)
    return document, tuple(sorted([*wrong, *unreadable, *lint(document)]))


def _source(path: Path, root: Path, run_python: bool) -> Source | None:
    if path.suffix != ".py":
        return read_source(path, root)
    file = label(path, root)
    marks = python_marks(read_text(path, root), file)
    if not run_python:
        return None
    return Source(file, plain(_run(path, file)), marks)


def plain(contract: Contract) -> Any:
    """A contract as the plain value that its YAML form would have."""
    return contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _run(path: Path, file: str) -> Contract:
    """The `contract` of a Python file.

    Raises:
        ContractError: the file raises, or holds no contract.
    """
    spec = spec_from_file_location(f"stagepact_contracts.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ContractError(Problem(Place(file), "a file that can't be imported", code="import"))
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a contract file may do anything when it is imported
        raise ContractError(_raised(error, path, file)) from None
    return _contract_of(module, file)


def _contract_of(module: ModuleType, file: str) -> Contract:
    contract = getattr(module, "contract", None)
    if not isinstance(contract, Contract):
        found = "no name `contract`" if contract is None else f"`contract` = {contract!r:.80}"
        expected = "contract = stagepact.Contract(…)"
        raise ContractError(Problem(Place(file, 1), found, expected, code="no-contract"))
    return contract


def _raised(error: BaseException, path: Path, file: str) -> Problem:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    line = frames[-1].lineno or 0 if frames else getattr(error, "lineno", 0) or 0
    first = (str(error).splitlines() or [""])[0]
    found = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return Problem(
        Place(file, line),
        f"{found}, raised as the file was imported",
        "a module that can be imported",
        "mend the import, or write the contract in YAML",
        "import-error",
    )


def _file_schemas(document: Document, root: Path) -> tuple[dict[str, JsonSchema], list[Problem]]:
    """The schemas that the document takes from files beside it, and what is wrong with others."""
    schemas: dict[str, JsonSchema] = {}
    problems: list[Problem] = []
    for name, schema in document.contract.schemas.items():
        if isinstance(schema, dict) and is_elsewhere(schema) and "file" in schema:
            place = document.place("schemas", name)
            try:
                _, value = read_schema_file(str(schema["file"]), document.path, root, place)
            except ContractError as error:
                problems += error.problems
            else:
                if isinstance(value, dict | bool):
                    schemas[name] = value
    return schemas, problems


def import_models(document: Document, resolve: Resolve) -> Document:
    """The document with the schemas of the models that it names, imported by `resolve`.

    Raises:
        ContractError: with every model that can't be imported or has no JSON Schema.
    """
    schemas: dict[str, JsonSchema] = {}
    problems: list[Problem] = []
    for name, schema in document.contract.schemas.items():
        if not (isinstance(schema, dict) and is_elsewhere(schema) and "model" in schema):
            continue
        place = document.place("schemas", name, "model")
        try:
            schemas[name] = model_schema(resolve(str(schema["model"])))
        except Misuse as error:
            problems += [
                Problem(place, each.found, each.expected, each.advice, each.code)
                for each in error.problems
            ]
        except SchemaError as error:
            problems.append(
                Problem(place, str(error), "a model", error.advice, "model-without-schema")
            )
    if problems:
        raise ContractError(*problems)
    return document.with_schemas(schemas)


def add_to_import_path(folders: Iterable[Path]) -> None:
    """Put folders at the front of the import path, each once."""
    for folder in reversed([str(folder) for folder in folders]):
        if folder not in sys.path:
            sys.path.insert(0, folder)
