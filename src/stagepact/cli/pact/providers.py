"""The provider's side of a comparison: contracts, OpenAPI and AsyncAPI documents, as they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stagepact.cli import output
from stagepact.cli.planning import project_here
from stagepact.contract.asyncapi import messages_of
from stagepact.contract.document import Document
from stagepact.contract.files import find_contracts, is_contract, read_openapi_file
from stagepact.contract.models import Contract
from stagepact.contract.openapi import describe
from stagepact.contract.openapi.document import as_document
from stagepact.contract.openapi.marks import marks_below
from stagepact.contract.openapi.pointers import Pointer
from stagepact.contract.read import add_to_import_path, import_models, read_documents
from stagepact.contract.source import Source
from stagepact.discovery import resolve
from stagepact.errors import ConfigurationError, ContractError, Place, Problem
from stagepact.pact.compare.provider import Declared, Provider, provider

_SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(slots=True)
class _Side:
    """What was read so far."""

    documents: list[Document] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)


def read_provider(paths: Iterable[Path], service: str) -> Provider:
    """What all files of a provider declare.

    Raises:
        Misuse: one of them can't be read, or declares nothing.
    """
    side = _Side()
    contracts = []
    for path in paths:
        if path.is_file() and not is_contract(path) and path.suffix in _SUFFIXES:
            _described(
                side, read_openapi_file(path.name, path, path.parent, Place(str(path))), path
            )
        else:
            contracts.append(path)
    if contracts:
        _written(side, contracts)
    found = provider(side.documents, service, side.prefixes, side.declared)
    _refuse_empty(found, side, service)
    return found


def _refuse_empty(found: Provider, side: _Side, service: str) -> None:
    if found.operations or found.messages:
        return
    names = [name for each in side.documents for name in each.contract.services]
    option, told = Place("--provider"), "nothing to compare with"
    expected = "operations of services, events, or channels with messages"
    if service:
        option, told = Place("--service"), f"the service {service}"
        expected = f"one of {', '.join(dict.fromkeys(names)) or 'none'}"
    advice = "write `operations:` of a service, or name its document: `--provider openapi.json`"
    raise ConfigurationError(Problem(option, told, expected, advice, "pact-provider"))


def _written(side: _Side, paths: Iterable[Path]) -> None:
    """Contracts, with the schemas of their models, and the OpenAPI files that they name."""
    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    reading = read_documents(find_contracts([*paths]), project.root)
    if reading.problems:
        raise ContractError(*reading.problems)
    with output.user_code():
        known = [import_models(each, resolve) for each in reading.documents]
    side.documents += known
    for document in known:
        for path in _files(document):
            place = Place(document.file)
            source = read_openapi_file(path, document.path, project.root, place)
            _described(side, source, document.path.parent / path)


def _files(document: Document) -> Iterator[str]:
    for name, service in document.contract.services.items():
        told = service.openapi
        if isinstance(told, str) and not told.startswith("/") and "://" not in told:
            yield told
        elif told:
            place = document.place("services", name, "openapi")
            output.note(f"{place}: what the app itself describes is compared by pytest and check")


def _described(side: _Side, source: Source, path: Path) -> None:
    """An OpenAPI or AsyncAPI document; what of it can't be read is told and left out."""
    if isinstance(source.value, dict) and "asyncapi" in source.value:
        problems = _messages(side, source, path)
    else:
        document, problems = as_document(source, path)
        side.documents.append(document)
        described = describe(source.value, source.place)
        side.prefixes += [each.path.rstrip("/") for each in described.servers]
    for problem in problems:
        output.note(str(problem))


def _messages(side: _Side, source: Source, path: Path) -> tuple[Problem, ...]:
    found = messages_of(source.value, source.place)
    if found.problems and not found.payloads:
        raise ContractError(*found.problems)
    made: dict[Pointer, Pointer] = {
        ("schemas", name): pointer for name, pointer in found.places.items()
    }
    paths: dict[tuple[str, str], Pointer] = {
        key: ("channels", key[0], "messages", key[1]) for key in found.payloads
    }
    made.update({paths[key]: pointer for key, (_, pointer) in found.payloads.items()})
    own = Source(source.file, None, marks_below(source, made))
    document = Document(source.file, path, Contract(name="api"), own, dict(found.schemas))
    for key, (schema, _) in found.payloads.items():
        side.declared.append(Declared(document, key[1], paths[key], schema))
    return found.problems
