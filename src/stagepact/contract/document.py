"""A contract as it was read: the value of the language, with the place of each of its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stagepact.contract.complaints import problems
from stagepact.contract.models import Contract
from stagepact.contract.remains import remains
from stagepact.contract.source import Source
from stagepact.errors import ContractError, Place, Problem
from stagepact.schema.normalise import JsonSchema, SchemaScope


@dataclass(frozen=True, slots=True)
class Document:
    """One contract file. `schemas` are its named schemas, each read and self-consistent.

    Until `with_schemas` was called (models are imported late, files are read at the door),
    `schemas` holds only those that are written in the document itself. `lost` are the names in
    those parts of the file that can't be read, and without which the contract was made.
    """

    file: str
    path: Path
    contract: Contract
    source: Source
    schemas: dict[str, JsonSchema] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()

    def place(self, *path: str | int) -> Place:
        """Where a part of the contract stands in its file."""
        return self.source.place(path)

    @property
    def scope(self) -> SchemaScope:
        """The named schemas, to resolve references with."""
        return SchemaScope(self.schemas)

    def with_schemas(self, schemas: dict[str, JsonSchema]) -> Document:
        """The same document, knowing more of its named schemas."""
        return replace(self, schemas={**self.schemas, **schemas})


def parse(source: Source, path: Path) -> Document:
    """A source as a contract document.

    Raises:
        ContractError: with every fault of its form.
    """
    document, wrong = parse_sound_parts(source, path)
    if document is None or wrong:
        raise ContractError(*wrong)
    return document


def parse_sound_parts(source: Source, path: Path) -> tuple[Document | None, tuple[Problem, ...]]:
    """A source as a contract document, and every fault of its form.

    Where there are any, the document is what is left without the faulty parts, if anything is.
    """
    try:
        contract = Contract.model_validate(source.value, by_alias=True, by_name=False)
    except ValidationError as error:
        wrong, left = problems(error, source), remains(source)
        if left is None:
            return None, wrong
        return replace(_document(left.contract, left.source, path), lost=left.lost), wrong
    return _document(contract, source, path), ()


def _document(contract: Contract, source: Source, path: Path) -> Document:
    written = {name: s for name, s in contract.schemas.items() if not is_elsewhere(s)}
    return Document(source.file, path, contract, source, written)


def is_elsewhere(schema: Any) -> bool:
    """Whether a named schema is a `{model: …}` or a `{file: …}` rather than a JSON Schema."""
    return isinstance(schema, dict) and len(schema) == 1 and ("model" in schema or "file" in schema)


def models_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """The import references of all named models, sorted, each once."""
    return tuple(
        sorted(
            {
                str(schema["model"])
                for document in documents
                for schema in document.contract.schemas.values()
                if is_elsewhere(schema) and isinstance(schema, dict) and "model" in schema
            }
        )
    )
