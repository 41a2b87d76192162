"""What a document means, checked without importing or running anything.

Every function yields problems; all faults of a document are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from stagepact.contract.document import Document, is_elsewhere
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.laws import SECTIONS, On
from stagepact.contract.lint_consumes import consumed_schemas, consumes
from stagepact.contract.lint_users import users
from stagepact.contract.models import Except, Holds, Judged, Operation, Stage
from stagepact.contract.selector import parse_selector
from stagepact.errors import Place, Problem, nearest
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.normalise import NAMED, named, references

Path = tuple[str | int, ...]

RUN_NAMES = [
    "input",
    "inputs",
    "context",
    "state",
    "request",
    "output",
    "status",
    "headers",
    "events",
    "duration",
]
PAIR_NAMES = ["before", "after"]
FAULT_NAMES = [*RUN_NAMES, "calls", "faults"]


def lint(document: Document) -> Iterator[Problem]:
    """Every fault of meaning in a document, in no particular order."""
    for rule in RULES:
        yield from rule(document)


def dangling_references(document: Document) -> Iterator[Problem]:
    """References to schemas that the document doesn't name, and remote ones."""
    for path, schema in schemas_of(document):
        for reference in references(schema):
            place = document.place(*path, *reference.pointer)
            if reference.target.startswith(_REMOTE):
                yield Problem(
                    place,
                    f"the remote reference {reference.target!r}",
                    "a schema inside the project",
                    "keep a copy in the project and name it: schemas: {Name: {file: …}}",
                    "remote-reference",
                )
            else:
                yield from _leads_nowhere(document, reference.target, place)


def _leads_nowhere(document: Document, target: str, place: Place) -> Iterator[Problem]:
    """A reference to a schema that the document doesn't name, or to no place in one."""
    names, name = document.contract.schemas, named(target)
    if name is not None and name in names:
        yield from _lost_inside(document, name, target, place)
    elif name is not None and name not in document.lost:
        guess = nearest(name, names)
        yield Problem(
            place,
            f"the reference {target!r}, which names no schema",
            f"one of {', '.join(sorted(names))}" if names else "a name of `schemas:`",
            f"did you mean {NAMED + guess!r}?" if guess else "add it to `schemas:`",
            "dangling-reference",
        )


def _lost_inside(document: Document, name: str, target: str, place: Place) -> Iterator[Problem]:
    """A reference that goes on inside of a named schema, to a place that isn't there."""
    _, inside, rest = target.removeprefix(NAMED).partition("/")
    if inside and name in document.schemas:
        step, _ = _missing_step(document.schemas[name], pointer_steps(unquote(rest)))
        if step is not None:
            yield Problem(
                place,
                f"the reference {target!r}: there is no {step!r}",
                "a place in the schema",
                "name that part in `schemas:`",
                "dangling-reference",
            )


def reference_cycles(document: Document) -> Iterator[Problem]:
    """Named schemas that ask themselves about the same value, without end.

    JSON Schema 2020-12, Core, section 9.4.1: a schema must not be run into an infinite loop.
    """
    straight = {
        name: tuple(dict.fromkeys(_straight_to(schema)))
        for name, schema in document.contract.schemas.items()
    }
    told: set[str] = set()
    for name in straight:
        path = _way_back(name, straight)
        if path and not told & {*path}:
            told |= {*path}
            yield Problem(
                document.place("schemas", name),
                f"the reference cycle {' → '.join([*path, name])}",
                "a schema at its end",
                "say in one of them what it is",
                "reference-cycle",
            )


def _way_back(name: str, straight: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The names from one to itself, the shortest way; none where there is no such way."""
    paths: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    for path in paths:  # grows while it is walked
        for following in straight.get(path[-1], ()):
            if following == name:
                return path
            if following not in seen:
                seen.add(following)
                paths.append((*path, following))
    return ()


_SAME_VALUE = ("not", "if", "then", "else")
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")


def _straight_to(schema: Any) -> Iterator[str]:
    """The named schemas that a schema asks about the very value that it is asked about."""
    if not isinstance(schema, dict):
        return
    target = schema.get("$ref")
    is_whole = isinstance(target, str) and "/" not in target.removeprefix(NAMED)
    name = named(target) if isinstance(target, str) and is_whole else None
    if name is not None:
        yield name
    for keyword in _SAME_VALUE:
        yield from _straight_to(schema.get(keyword))
    for keyword in _SAME_VALUE_LISTS:
        parts = schema.get(keyword)
        for part in parts if isinstance(parts, list) else ():
            yield from _straight_to(part)


def invalid_schemas(document: Document) -> Iterator[Problem]:
    """Schemas that are no JSON Schema. What they refer to elsewhere is not followed here."""
    for path, schema in schemas_of(document):
        if is_elsewhere(schema) and path[0] == "schemas":
            continue
        try:
            compile_schema(_without_references(schema))
        except SchemaError as error:
            yield Problem(
                document.place(*path, *error.pointer),
                str(error).removeprefix("no valid JSON Schema: "),
                "a JSON Schema (2020-12)",
                error.advice,
                "invalid-schema",
            )


_REMOTE = ("http:", "https:", "ftp:", "file:")
_CHECKED_BY_NAME = (NAMED, *_REMOTE)


def _without_references(schema: Any) -> Any:
    """The schema with its named and remote references taken out: they are checked by name."""
    if isinstance(schema, list):
        return [_without_references(part) for part in schema]
    if isinstance(schema, dict):
        return {
            key: _without_references(value)
            for key, value in schema.items()
            if not (key == "$ref" and isinstance(value, str) and value.startswith(_CHECKED_BY_NAME))
        }
    return schema


def misplaced_models(document: Document) -> Iterator[Problem]:
    """`{model: …}` and `{file: …}` outside of `schemas:`, where they would permit anything."""
    for path, schema in schemas_of(document):
        if is_elsewhere(schema) and path[0] != "schemas":
            (key,) = schema
            yield Problem(
                document.place(*path, key),
                f"`{key}:` outside of `schemas:`",
                "a JSON Schema, or a reference such as {$ref: '#/schemas/Name'}",
                f"name it: schemas: {{Name: {{{key}: …}}}}",
                "misplaced-model",
            )


def expression_names(document: Document) -> Iterator[Problem]:
    """Names in expressions that mean nothing there."""
    for path, text, known in _expressions_of(document):
        for name in sorted(parse_expression(text).names - set(known)):
            guess = nearest(name, known)
            yield Problem(
                document.place(*path),
                f"the name {name!r} in {text!r}",
                f"one of {', '.join(known)}",
                f"did you mean {guess!r}?" if guess else "",
                "unknown-name",
            )


def _expressions_of(document: Document) -> Iterator[tuple[Path, str, Sequence[str]]]:
    """Every expression of a document, with its path and the names that it may use."""
    for path, holds in _holds_of(document):
        if holds.expr is not None:
            yield path, holds.expr, RUN_NAMES
        if holds.expect is not None:
            yield (*path, "expect"), holds.expect, PAIR_NAMES
        for key, text in holds.vary.items():
            yield (*path, "vary", key), text, RUN_NAMES
    for path, text in _holds_of_faults(document):
        yield path, text, FAULT_NAMES


def selectors(document: Document) -> Iterator[Problem]:
    """Selectors that can't be read."""
    for section in ("stages", "pipelines"):
        for selector in getattr(document.contract, section):
            yield from _selector(document, (section, selector), selector)
    for path, entry in exceptions_of(document):
        if entry.stage is not None:
            yield from _selector(document, (*path, "stage"), entry.stage)


def _selector(document: Document, path: Path, text: str) -> Iterator[Problem]:
    try:
        parse_selector(text)
    except ValueError as error:
        yield Problem(document.place(*path), str(error), "a selector", "", "selector")


def flow_ends(document: Document) -> Iterator[Problem]:
    """Ends of flows that lead nowhere in the document."""
    for name, flow in document.contract.flows.items():
        path: Path = ("flows", name)
        ends = (
            [((*path, "chain", i), end) for i, end in enumerate(flow.chain)]
            if flow.chain
            else [((*path, "from"), str(flow.from_)), ((*path, "to"), str(flow.to))]
        )
        for place, end in ends:
            message = _lost(document, end)
            if message:
                yield Problem(
                    document.place(*place),
                    message,
                    "a JSON Pointer into this document",
                    "",
                    "dangling-pointer",
                )


def pointer_steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON Pointer (RFC 6901), with or without `#`."""
    steps = pointer.removeprefix("#").removeprefix("/").split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _lost(document: Document, pointer: str) -> str:
    step, value = _missing_step(document.source.value, pointer_steps(pointer))
    if step is None:
        return ""
    guess = nearest(step, map(str, value if isinstance(value, dict) else ()))
    hint = f"; did you mean {guess!r}?" if guess else ""
    return f"the end {pointer!r}: there is no {step!r}{hint}"


def _missing_step(value: Any, steps: Iterable[str]) -> tuple[str | None, Any]:
    """The first step that leads nowhere (None: all lead on), and the value where it was tried."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return step, value
    return None, value


def example_names(document: Document) -> Iterator[Problem]:
    """Two examples of one block with the same name."""
    for path, block in blocks_of(document):
        seen: dict[str, int] = {}
        for index, name in enumerate([example.name for example in block.examples]):
            if name in seen:
                first = document.place(*path, "examples", seen[name], "name")
                yield Problem(
                    document.place(*path, "examples", index, "name"),
                    f"a second example named {name!r} (the first: {first})",
                    "a name of its own",
                    "",
                    "duplicate-name",
                )
            seen.setdefault(name, index)


def reserved_names(document: Document) -> Iterator[Problem]:
    """Event types that would have the id of another clause."""
    taken = {"order", "closed", "terminal", "sequence", "rules"}
    for path, block in blocks_of(document):
        events = getattr(block, "events", None)
        for type_ in events.types if events is not None else ():
            if type_ in taken:
                yield Problem(
                    document.place(*path, "events", "types", type_),
                    f"the event type {type_!r}, which is a key of `events:`",
                    "another name",
                    "give it a longer name by `events.name`",
                    "reserved-name",
                )


def states(document: Document) -> Iterator[Problem]:
    """States of operations that the service doesn't define."""
    for service_name, service in document.contract.services.items():
        for name, operation in service.operations.items():
            path: Path = ("services", service_name, "operations", name)
            for at, state in _states_of(operation):
                if state is not None and state not in {*service.states, *document.lost}:
                    place = document.place(*path, *at, "state")
                    yield _unknown_state(place, state, [*service.states])


def _states_of(operation: Operation) -> Iterator[tuple[Path, str | None]]:
    yield (), operation.state
    for index, example in enumerate(operation.examples):
        yield ("examples", index), example.state


def _unknown_state(place: Place, state: str, known: list[str]) -> Problem:
    guess = nearest(state, known)
    return Problem(
        place,
        f"the state {state!r}, which the service doesn't define",
        f"one of {', '.join(map(repr, known))}" if known else "a key of the service's `states:`",
        f"did you mean {guess!r}?" if guess else "add it to `states:`",
        "unknown-state",
    )


def laws(document: Document) -> Iterator[Problem]:
    """Laws that there are none of; a plugin's, which have a dot, are known to the plan only."""
    for on, known in SECTIONS.items():
        others = {law for section, laws in SECTIONS.items() if section != on for law in laws}
        for selector, block in getattr(document.contract, on).items():
            for index, name in enumerate(block.laws):
                if name in known or "." in name:
                    continue
                guess = nearest(name, known)
                elsewhere = f", which is one of {_other(on)}" if name in others else ""
                yield Problem(
                    document.place(on, selector, "laws", index),
                    f"the law {name!r} of {on}{elsewhere}",
                    f"one of {', '.join(known)}",
                    f"did you mean {guess!r}?" if guess else "`stagepact laws` lists them",
                    "unknown-law",
                )


def _other(on: On) -> On:
    return "pipelines" if on == "stages" else "stages"


Rule = Callable[[Document], Iterator[Problem]]
RULES: tuple[Rule, ...] = (
    dangling_references,
    reference_cycles,
    invalid_schemas,
    misplaced_models,
    expression_names,
    selectors,
    flow_ends,
    example_names,
    reserved_names,
    states,
    users,
    laws,
    consumes,
)


def blocks_of(document: Document) -> Iterator[tuple[Path, Stage | Operation]]:
    """Every block of stages, pipelines and operations, with its path."""
    for section in ("stages", "pipelines"):
        for selector, block in getattr(document.contract, section).items():
            yield (section, selector), block
    for name, service in document.contract.services.items():
        for operation, block in service.operations.items():
            yield ("services", name, "operations", operation), block


def _holds_of_faults(document: Document) -> Iterator[tuple[Path, str]]:
    for path, block in blocks_of(document):
        for target, faults in block.faults.items():
            for fault, promise in faults.items():
                for name, text in promise.holds.items():
                    yield (*path, "faults", target, fault, "holds", name), text


def _holds_of(document: Document) -> Iterator[tuple[Path, Holds]]:
    for path, block in blocks_of(document):
        for name, holds in block.holds.items():
            yield (*path, "holds", name), holds


def exceptions_of(document: Document) -> Iterator[tuple[Path, Except]]:
    """Every exception of a document, with its path."""
    owners: list[tuple[Path, Any]] = list(blocks_of(document))
    owners += [(("services", n), s) for n, s in document.contract.services.items()]
    owners += [(("channels", n), c) for n, c in document.contract.channels.items()]
    owners += [(("flows", n), f) for n, f in document.contract.flows.items()]
    owners += [(pacts_path(document, n), p) for n, p in enumerate(document.contract.pacts)]
    for path, block in owners:
        for index, entry in enumerate(block.except_):
            yield (*path, "except", index), entry


def pacts_path(document: Document, index: int) -> Path:
    """Where an entry of `pacts:` stands: in a list, or as the one mapping."""
    written = document.source.value
    is_list = isinstance(written, dict) and isinstance(written.get("pacts"), list)
    return ("pacts", index) if is_list else ("pacts",)


def schemas_of(document: Document) -> Iterator[tuple[Path, Any]]:
    """Every JSON Schema that is written in a document, with its path."""
    contract = document.contract
    for name, schema in contract.schemas.items():
        yield ("schemas", name), schema
    for name, store in contract.stores.items():
        yield ("stores", name, "schema"), store.schema_
    for name, channel in contract.channels.items():
        yield from _of_mapping(("channels", name, "messages"), channel.messages)
    yield from consumed_schemas(document)
    for path, block in blocks_of(document):
        yield from _of_judged(path, block)
        if isinstance(block, Operation):
            yield from _of_operation(path, block)
        else:
            yield from _of_stage(path, block)


def _of_judged(path: Path, block: Judged) -> Iterator[tuple[Path, Any]]:
    for name, log in block.logs.items():
        if log.fields is not None:
            yield (*path, "logs", name, "fields"), log.fields


def _of_stage(path: Path, block: Stage) -> Iterator[tuple[Path, Any]]:
    if block.given.input is not None:
        yield (*path, "given", "input"), block.given.input
    yield from _of_mapping((*path, "given", "inputs"), block.given.inputs)
    if block.output is not None and block.output.data is not None:
        yield (*path, "output", "data"), block.output.data
    if block.events is not None:
        yield from _of_mapping((*path, "events", "types"), block.events.types)
    for name, call in block.calls.items():
        if call.arguments is not None:
            yield (*path, "calls", name, "arguments"), call.arguments
    for index, example in enumerate(block.examples):
        if example.output is not None and example.output.matches is not None:
            yield (*path, "examples", index, "output", "matches"), example.output.matches
        for number, event in enumerate(example.events or ()):
            if event.matches is not None:
                yield (*path, "examples", index, "events", number, "matches"), event.matches


def _of_operation(path: Path, block: Operation) -> Iterator[tuple[Path, Any]]:
    for part in ("path", "query", "headers", "cookies"):
        yield from _of_mapping((*path, "request", part), getattr(block.request, part))
    if block.request.body is not None:
        yield (*path, "request", "body"), block.request.body
    yield from _of_mapping((*path, "request", "content"), block.request.content)
    for status, response in block.responses.items():
        if response.body is not None:
            yield (*path, "responses", status, "body"), response.body
        yield from _of_mapping((*path, "responses", status, "content"), response.content)
        yield from _of_mapping((*path, "responses", status, "headers"), response.headers)
    for index, example in enumerate(block.examples):
        if example.response is not None and example.response.matches is not None:
            yield (*path, "examples", index, "response", "matches"), example.response.matches


def _of_mapping(path: Path, schemas: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, schema in schemas.items():
        yield (*path, name), schema
