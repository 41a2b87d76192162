"""A clause, and the compiler by which a block's clauses are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagepact.contract.document import Document
from stagepact.errors import ContractError, Place, Problem
from stagepact.schema import SchemaError, Validator, compile_schema
from stagepact.schema.normalise import JsonSchema

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: who owes it, what it says, where it stands."""

    id: str
    kind: str
    place: Place
    promise: str
    value: Any = None
    owner: str = "stage"


class Compiler:
    """Makes a block's clauses; collects what is wrong with its schemas instead of stopping."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.path = path
        self.problems: list[Problem] = []

    def place(self, *path: str | int) -> Place:
        """Where a part of the block stands."""
        return self.document.place(*self.path, *path)

    def clause(
        self, id: str, kind: str, path: Path, promise: str, value: Any = None, owner: str = "stage"
    ) -> Clause:
        """A clause of the block, with its place."""
        return Clause(id, kind, self.place(*path), promise, value, owner)

    def validator(self, schema: JsonSchema, path: Path) -> Validator | None:
        """The compiled schema; None after writing down what is wrong with it."""
        try:
            return compile_schema(self.document.scope.bundle(schema))
        except SchemaError as error:
            place = self.place(*path, *error.pointer)
            self.problems.append(
                Problem(place, str(error), "a JSON Schema", error.advice, "invalid-schema")
            )
            return None


def finished(compiler: Compiler, clauses: Iterator[Clause]) -> tuple[Clause, ...]:
    """All clauses of a block.

    Raises:
        ContractError: schemas of the block can't be used; all of them are told.
    """
    made = tuple(clauses)
    if compiler.problems:
        raise ContractError(*compiler.problems)
    return made


def object_if_said(schema: JsonSchema) -> JsonSchema:
    """What is said to have properties is an object: None must not pass as one."""
    says_object = isinstance(schema, dict) and ({"required", "properties"} & set(schema))
    if says_object and isinstance(schema, dict) and "type" not in schema:
        return {"type": "object", **schema}
    return schema
