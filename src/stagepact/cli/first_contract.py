"""What is found in code → the text of a first contract. Pure: values in, YAML out.

Only what the code itself says is promised. What a stage is given is said where annotations say
it; where they don't, the block holds a comment to fill in, and until then `check` reports it as
not exercised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from stagepact.characters import printable

Schemas = Mapping[str, Any]

_PLAIN = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_OPERATION = re.compile(r"[A-Z]+ /[\w/{}.~-]*", re.ASCII)
_STATUS = re.compile(r"[1-5][0-9][0-9]")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 88


@dataclass(frozen=True)
class StageDraft:
    """What is known of a stage. `takes_nothing` says that it is called without arguments."""

    selector: str
    remark: str
    input: Any = None
    output: Any = None
    takes_nothing: bool = False
    upstreams: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class OperationDraft:
    """What is known of an operation: its name, its request's schemas, its answers' by status."""

    name: str
    request: Mapping[str, Any] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceDraft:
    """What is known of a service."""

    name: str
    app: str
    operations: tuple[OperationDraft, ...] = ()


@dataclass(frozen=True)
class Draft:
    """All that a first contract says; `lost` are sentences about what can't be in it."""

    name: str
    uses: tuple[str, ...] = ()
    schemas: Schemas = field(default_factory=dict)
    stages: tuple[StageDraft, ...] = ()
    pipelines: tuple[StageDraft, ...] = ()
    services: tuple[ServiceDraft, ...] = ()
    lost: tuple[str, ...] = ()


def render(draft: Draft, schema: str) -> str:
    """The contract as text; `schema` is where editors find the language's JSON Schema."""
    return "\n".join(_lines(draft, schema)) + "\n"


def _lines(draft: Draft, schema: str) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={schema}"
    yield "# A first contract, made from the code. `stagepact check` holds the code to it;"
    yield "# `stagepact explain CLAUSE` tells what a clause means."
    yield "stagepact: 1"
    yield f"name: {_text(draft.name)}"
    if draft.uses:
        yield f"uses: {_flow(list(draft.uses))}"
    yield from _section("schemas", (_schema(*each) for each in draft.schemas.items()))
    yield from _section("stages", map(_stage, draft.stages))
    yield from _section("pipelines", map(_pipeline, draft.pipelines))
    yield from _section("services", map(_service, draft.services))
    if draft.lost:
        yield ""
        yield "# Found, and not in this contract:"
        yield from (f"#   {_remark(sentence)}" for sentence in draft.lost)


def _section(name: str, blocks: Iterable[Iterable[str]]) -> Iterator[str]:
    filled = [list(block) for block in blocks]
    if not filled:
        return
    yield ""
    yield f"{name}:"
    for block in filled:
        yield from (f"  {line}".rstrip() for line in block)


def _schema(name: str, schema: Any) -> Iterator[str]:
    yield from _entry(name, schema)


# -- stages ------------------------------------------------------------------------------------


def _stage(stage: StageDraft) -> Iterator[str]:
    yield f"# {_remark(stage.remark)}"
    yield f"{_key(stage.selector)}:"
    yield from _indented(_given(stage))
    yield "  output:"
    yield "    # status: [ok]            # how it may end: ok, skip, cancel, fail, retry"
    yield "    json: true"
    if stage.output is not None:
        yield from _indented(_entry("data", stage.output), 4)
    else:
        yield "    # data: {type: object}    # the schema of what it returns"


def _pipeline(pipeline: StageDraft) -> Iterator[str]:
    yield f"# {_remark(pipeline.remark)}"
    yield f"{_key(pipeline.selector)}:"
    yield from _indented(_given(pipeline))
    yield "  output: {status: [ok]}"


def _given(stage: StageDraft) -> Iterator[str]:
    ports = {name: f"module:{name}" for name in stage.ports}
    if stage.takes_nothing:
        yield "given: {}"
    elif stage.input is not None:
        yield "given:"
        yield from _indented(_entry("input", stage.input))
        if ports:
            yield "  # what stands for what it needs beside its input:"
            yield f"  # ports: {_flow(ports)}"
    else:
        inputs = {name: {"type": "object"} for name in stage.upstreams}
        example = {"inputs": inputs} if inputs else {"input": {"type": "object"}}
        yield "# What it takes; until this is said, it is not run:"
        yield f"# given: {_flow({**example, **({'ports': ports} if ports else {})})}"


# -- services ----------------------------------------------------------------------------------


def _service(service: ServiceDraft) -> Iterator[str]:
    yield f"{_key(service.name)}:"
    yield f"  app: {_quoted(service.app)}"
    if not service.operations:
        yield "  operations: {}             # such as GET /health: {responses: {200: {}}}"
        return
    yield "  operations:"
    for operation in service.operations:
        yield from _indented(_operation(operation), 4)


def _operation(operation: OperationDraft) -> Iterator[str]:
    yield f"{operation.name if _OPERATION.fullmatch(operation.name) else _quoted(operation.name)}:"
    if operation.request:
        yield "  request:"
        for part, schema in operation.request.items():
            yield from _indented(_entry(part, schema), 4)
    yield "  responses:"
    for status, response in operation.responses.items():
        yield from _indented(_entry(status, response), 4)
    if "default" not in operation.responses:
        yield "    default: {}              # any other status; take it away to forbid them"


# -- YAML --------------------------------------------------------------------------------------


def _entry(key: str, value: Any) -> Iterator[str]:
    """A key with its value: on its line where it is short, else below."""
    line = f"{_key(key)}: {_flow(value)}"
    if len(line) <= _WIDTH or not value or not isinstance(value, dict | list):
        yield line
        return
    yield f"{_key(key)}:"
    block = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH)
    yield from _indented(block.rstrip("\n").split("\n"))


def _flow(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=100_000
    )
    return text.removesuffix("\n...\n").rstrip("\n")


def _key(name: str) -> str:
    return name if _STATUS.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """A text as YAML, without quotes where nothing else can be meant."""
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if is_plain else _quoted(value)


def _quoted(value: str) -> str:
    return yaml.safe_dump(
        value, default_style='"', allow_unicode=True, width=len(value) * 12 + 12
    ).rstrip("\n")


def _remark(text: str) -> str:
    """A text that stays on the line of its comment."""
    return printable(" ".join(text.split()))


def _indented(lines: Iterable[str], by: int = 2) -> Iterator[str]:
    return (f"{' ' * by}{line}" for line in lines)
