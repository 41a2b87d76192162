"""What has changed between two versions of a contract: what is new, gone, narrower or wider.

What a subject takes (`given`, `request`) breaks those who call it where it becomes narrower; what
it gives (`output`, `events`, `responses`) breaks those who use it where it becomes wider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagepact.contract.clauses import object_if_said
from stagepact.contract.difference_channels import of_channels, orders
from stagepact.contract.difference_model import Difference, Sides
from stagepact.contract.difference_model import pointer_of as _pointer
from stagepact.contract.difference_services import of_services, request_of
from stagepact.contract.document import Document
from stagepact.contract.models import Contract, Operation, Stage
from stagepact.schema.changes import Breaks, Change, Mode, compare
from stagepact.schema.normalise import JsonSchema, SchemaError


@dataclass(frozen=True, slots=True)
class _Spot:
    """A schema in a contract; `taken` where it says what a subject takes."""

    path: tuple[str, ...]
    schema: JsonSchema
    taken: bool


def differences(old: Document, new: Document, mode: Mode = Mode.BACKWARD) -> Iterator[Difference]:
    """All changes from one version of a contract to another, in the order of the old one.

    Raises:
        SchemaError: a schema of either can't be used.
    """
    before, after = _spots(old), _spots(new)
    yield from _gone_and_new(old, new)
    for path, spot in before.items():
        if path in after:
            yield from _changed(new, spot, after[path], mode)
    sides = Sides(old, new, mode)
    yield from of_services(sides)
    yield from of_channels(sides)
    yield from _orders(sides)


def _gone_and_new(old: Document, new: Document) -> Iterator[Difference]:
    before, after = _subjects(old.contract), _subjects(new.contract)
    for path in sorted(before - after):
        witness = _witness(old, path)
        place = old.place(*path)
        yield Difference(place, _pointer(path), "removed", True, Breaks.BOTH, "", witness)
    for path in sorted(after - before):
        yield Difference(new.place(*path), _pointer(path), "added", False)


def _witness(old: Document, path: tuple[str, ...]) -> Any:
    """What shows that something is gone: a request, or a response."""
    if path[0] == "services" and len(path) == 4:
        return {"request": request_of(old, path[1], path[3])}
    if path[0] == "services" and len(path) == 6:
        return {"request": request_of(old, path[1], path[3]), "response": {"status": path[5]}}
    return None


def _subjects(contract: Contract) -> set[tuple[str, ...]]:
    """Stages, pipelines, operations, and the events and responses that they promise."""
    found: set[tuple[str, ...]] = set()
    for section in ("stages", "pipelines"):
        for name, stage in getattr(contract, section).items():
            found.add((section, name))
            types = stage.events.types if stage.events is not None else {}
            found |= {(section, name, "events", "types", each) for each in types}
    for service, block in contract.services.items():
        for name, operation in block.operations.items():
            path = ("services", service, "operations", name)
            found.add(path)
            found |= {(*path, "responses", str(status)) for status in operation.responses}
    for name, channel in contract.channels.items():
        found.add(("channels", name))
        found |= {("channels", name, "messages", each) for each in channel.messages}
    return found


def _spots(document: Document) -> dict[tuple[str, ...], _Spot]:
    contract, bundle = document.contract, document.scope.bundle
    found: list[_Spot] = []
    for section in ("stages", "pipelines"):
        for name, stage in getattr(contract, section).items():
            found += _of_stage((section, name), stage)
    for service, block in contract.services.items():
        for name, operation in block.operations.items():
            found += _of_operation(("services", service, "operations", name), operation)
    for name, channel in contract.channels.items():
        for each, schema in channel.messages.items():
            path = ("channels", name, "messages", each)
            found.append(_Spot(path, object_if_said(schema), False))
    return {
        each.path: _Spot(each.path, bundle(each.schema), each.taken)
        for each in found
        if each.schema is not None
    }


def _of_stage(path: tuple[str, ...], stage: Stage) -> Iterator[_Spot]:
    given = stage.given
    if given.input is not None:
        yield _Spot((*path, "given", "input"), given.input, True)
    for name, schema in given.inputs.items():
        yield _Spot((*path, "given", "inputs", name), schema, True)
    if stage.output is not None and stage.output.data is not None:
        yield _Spot((*path, "output", "data"), object_if_said(stage.output.data), False)
    for name, schema in (stage.events.types if stage.events is not None else {}).items():
        yield _Spot((*path, "events", "types", name), object_if_said(schema), False)


def _of_operation(path: tuple[str, ...], operation: Operation) -> Iterator[_Spot]:
    request = operation.request
    if request.body is not None:
        yield _Spot((*path, "request", "body"), request.body, True)
    for section in ("path", "query", "headers", "cookies"):
        schemas: Mapping[str, JsonSchema] = getattr(request, section)
        for name, schema in schemas.items():
            yield _Spot((*path, "request", section, name), schema, True)
    for status, response in operation.responses.items():
        if response.body is not None:
            yield _Spot((*path, "responses", str(status), "body"), response.body, False)
        for part in ("content", "headers"):
            for name, schema in getattr(response, part).items():
                yield _Spot((*path, "responses", str(status), part, name), schema, False)


_FORWARD = {Mode.BACKWARD: Mode.FORWARD, Mode.FORWARD: Mode.BACKWARD}


def _changed(new: Document, before: _Spot, after: _Spot, mode: Mode) -> Iterator[Difference]:
    if before.schema == after.schema:
        return
    place = new.place(*after.path)
    way = mode if after.taken else _FORWARD.get(mode, mode)
    try:
        found = compare(before.schema, after.schema, mode=way)
    except SchemaError as error:
        yield Difference(place, _pointer(after.path), f"not compared: {error}", False)
        return
    for change in found.changes:
        yield Difference(
            place,
            _pointer(after.path),
            change.rule,
            _is_breaking(change, way),
            change.breaks,
            "".join(f"/{step}" for step in change.instance_pointer),
            change.counterexample,
        )
    if found.answer == "unknown" and not found.changes:
        yield Difference(place, _pointer(after.path), "not decided", False)


def _is_breaking(change: Change, mode: Mode) -> bool:
    if change.breaks is Breaks.BOTH:
        return True
    asked = {Breaks.PRODUCER: mode.reads_old, Breaks.CONSUMER: mode.is_read_by_old}
    return asked.get(change.breaks, False)


def _orders(sides: Sides) -> Iterator[Difference]:
    """Orders of events that are written anew."""
    for section in ("stages", "pipelines"):
        before = getattr(sides.old.contract, section)
        after = getattr(sides.new.contract, section)
        for name in before.keys() & after.keys():
            path = (section, name, "events", "order")
            yield from orders(sides, path, _order(before[name]), _order(after[name]))


def _order(stage: Stage) -> str | None:
    return stage.events.order if stage.events is not None else None
