"""An OpenAPI document as a document of the language, whose places lie in the former."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from stagepact.contract.document import Document
from stagepact.contract.models import Contract, Operation, Service
from stagepact.contract.openapi.marks import marks_below
from stagepact.contract.openapi.pointers import Pointer
from stagepact.contract.openapi.read import describe
from stagepact.contract.source import Source
from stagepact.errors import ContractError, Problem

SERVICE = "api"


def as_document(source: Source, path: Path) -> tuple[Document, tuple[Problem, ...]]:
    """A contract of one service, called `api`, and what of its document can't be read.

    Raises:
        ContractError: nothing of it can be read.
    """
    description = describe(source.value, source.place)
    problems = [*description.problems]
    operations: dict[str, Operation] = {}
    made: dict[Pointer, Pointer] = {("services", SERVICE): ("paths",)}
    for each in description.operations:
        auth = "required" if each.security and {} not in each.security else "none"
        try:
            operations[each.name] = Operation.model_validate({**each.block, "auth": auth})
        except ValidationError as error:
            place = source.place(each.pointer)
            told = str(error.errors()[0]["msg"])
            problems.append(Problem(place, told, "an operation", "correct it", "openapi"))
            continue
        for part, pointer in each.pointers.items():
            made["services", SERVICE, "operations", each.name, *part] = pointer
    if problems and not operations:
        raise ContractError(*problems)
    service = Service(url="http://localhost").model_copy(update={"operations": operations})
    contract = Contract(name=SERVICE).model_copy(update={"services": {SERVICE: service}})
    made.update({("schemas", name): pointer for name, pointer in description.places.items()})
    own = Source(source.file, None, marks_below(source, made))
    document = Document(source.file, path, contract, own, dict(description.schemas))
    return document, tuple(problems)
