"""Blocks of contracts with their clauses, and which of them hold for a subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stagepact.cases import Assumption, all_of
from stagepact.contract.clauses import Clause, stage_clauses
from stagepact.contract.document import Document
from stagepact.contract.models import Except, Stage
from stagepact.contract.selector import matches, parse_selector
from stagepact.errors import ContractError, Place, Problem
from stagepact.flow import Item
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept, excepted
from stagepact.verdict.model import ItemId


@dataclass(frozen=True)
class Block:
    """One block of `stages` or `pipelines`, with what it promises and what it excepts.

    `subjects` are the identities that its `subject:` leads to, where its selector is a plain
    name: another subject of that name isn't meant. Without `subject:` it is None.
    """

    document: Document
    section: str
    selector: str
    stage: Stage
    clauses: tuple[Clause, ...]
    exceptions: tuple[WrittenExcept, ...]
    subjects: frozenset[str] | None = None

    def place(self, *path: str | int) -> Place:
        """Where a part of the block stands."""
        return self.document.place(self.section, self.selector, *path)

    def holds_for(self, subject: SubjectId) -> bool:
        """Whether the block's selector matches a subject, and its `subject:` is that one."""
        meant = self.subjects is None or subject.identity in self.subjects
        return meant and matches(self.selector, subject)


class Blocks:
    """The blocks of one section in order; asked by subject, which is quick for plain names."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.all = tuple(blocks)
        self._named: dict[str, list[int]] = {}
        self._others: list[int] = []
        self._known: dict[tuple[str, str, str], tuple[Block, ...]] = {}
        for index, block in enumerate(self.all):
            name = parse_selector(block.selector).literal
            (self._others if name is None else self._named.setdefault(name, [])).append(index)

    @property
    def exceptions(self) -> tuple[WrittenExcept, ...]:
        """What all of them except, in order."""
        return tuple(each for block in self.all for each in block.exceptions)

    def matching(self, subject: SubjectId) -> tuple[Block, ...]:
        """The blocks that hold for a subject, in order."""
        key = (subject.name, subject.kind, subject.identity)
        if key not in self._known:
            asked = sorted([*self._others, *self._named.get(subject.name, ())])
            candidates = (self.all[index] for index in asked)
            self._known[key] = tuple(each for each in candidates if each.holds_for(subject))
        return self._known[key]


def _limited(written: Except, selector: str) -> Except:
    """An exception that names no stage is one for those that its block is for."""
    return written if written.stage is not None else written.model_copy(update={"stage": selector})


def blocks(
    documents: Iterable[Document], section: str, named: Mapping[Place, frozenset[str]]
) -> tuple[Blocks, tuple[Problem, ...]]:
    """All blocks of a section in order, and what is wrong with their schemas.

    `named` are the identities that each `subject:` of a plainly named block leads to, by its
    place.
    """
    found: list[Block] = []
    problems: list[Problem] = []
    for document in documents:
        for selector, stage in getattr(document.contract, section).items():
            try:
                clauses = stage_clauses(document, section, selector)
            except ContractError as error:
                problems += error.problems
                continue
            written = tuple(
                WrittenExcept(
                    _limited(each, selector), document.place(section, selector, "except", index)
                )
                for index, each in enumerate(stage.except_)
            )
            subjects = named.get(document.place(section, selector, "subject"))
            found.append(Block(document, section, selector, stage, clauses, written, subjects))
    return Blocks(found), tuple(problems)


def item(
    clause: Clause,
    document: Document,
    subject: SubjectId,
    exceptions: Iterable[WrittenExcept],
    here: Surroundings,
) -> Item:
    """A clause to be judged on a subject, excepted where one of all contracts says so."""
    id_ = ItemId(document.file, subject.name, clause.id, subject.path)
    return Item(id_, clause, excepted(exceptions, clause.id, subject, here))


def assumption(matching: Iterable[Block], upstream: Mapping[str, JsonSchema]) -> Assumption:
    """What a subject may be given by all blocks that match it; they add up.

    `upstream` are the outputs that the contracts of its upstreams promise.
    """
    inputs: dict[str, list[JsonSchema]] = {name: [schema] for name, schema in upstream.items()}
    own: list[JsonSchema] = []
    ports: dict[str, str] = {}
    config: dict[str, object] = {}
    context: dict[str, object] = {}
    said = False
    for block in matching:
        given, bundle = block.stage.given, block.document.scope.bundle
        said = said or "given" in block.stage.model_fields_set or bool(block.stage.examples)
        if given.input is not None:
            own.append(bundle(given.input))
        for name, schema in given.inputs.items():
            inputs.setdefault(name, []).append(bundle(schema))
        ports |= given.ports
        config |= given.config
        context |= given.context
    merged = {name: all_of(schemas) for name, schemas in inputs.items()}
    return Assumption(
        said=said,
        input=all_of(own),
        inputs={name: schema for name, schema in merged.items() if schema is not None},
        ports=ports,
        config=config,
        context=context,
    )
