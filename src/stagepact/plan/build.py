"""From contract files to a plan: read, find, match; nothing is run here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.lint import blocks_of
from stagepact.contract.project import Project
from stagepact.contract.read import Reading, import_models, read_documents
from stagepact.discovery import discover, look_up, references_of, resolve, substituted
from stagepact.errors import ContractError, Misuse, Place, Problem, nearest
from stagepact.flow import Item, Target, View
from stagepact.hooks import laws_of
from stagepact.plan.blocks import Block, Blocks, blocks
from stagepact.plan.contradictions import contradictions
from stagepact.plan.exceptions import idle_exceptions
from stagepact.plan.ids import with_own_ids
from stagepact.plan.model import Plan
from stagepact.plan.own_laws import unknown_laws
from stagepact.plan.sections import SectionSources, section_targets
from stagepact.plan.stages import NOT_STAGES, Sources, pipeline_targets, stage_targets
from stagepact.subject import Found, SubjectId
from stagepact.verdict.exceptions import Surroundings
from stagepact.verdict.model import ItemId, Listed

if TYPE_CHECKING:
    from stagepact.plan.channels import Extras
    from stagepact.subject.protocols.http import Exchange


def build(
    paths: Iterable[Path],
    project: Project,
    hooks: pluggy.PluginManager,
    here: Surroundings,
    connect_url: Callable[[str], Exchange],
    extras: Extras,
) -> Plan:
    """All that these contract files say about what is found in the code.

    Never raises for what is wrong with a document or the code: that is in `problems` and
    `listed`.
    """
    reading = read_documents(paths, project.root)

    def resolved(reference: str) -> object:
        return resolve(reference, project.substitute)

    documents, problems = _with_models(reading, resolved)
    found, named, lost = _found(documents, project, hooks)
    stages, wrong = blocks(documents, "stages", named)
    pipelines, wrong_too = blocks(documents, "pipelines", named)
    problems += lost + wrong + wrong_too
    exceptions = (*stages.exceptions, *pipelines.exceptions)
    own = laws_of(hooks)
    sources = Sources(stages, pipelines, found, exceptions, here, resolved, project.engine, own)
    made = [*stage_targets(sources), *pipeline_targets(sources)]
    listed = list(_listed(found, sources, frozenset(_apps(documents, project))))
    of_code = tuple(target for each in made for target in each.targets)
    more, undeclared = section_targets(
        SectionSources(documents, project, exceptions, here, resolved, connect_url, extras, of_code)
    )
    made += more
    listed += undeclared
    wrong = tuple(problem for each in made for problem in each.problems)
    problems += (*_contradictions(sources), *wrong, *_strange_urls(documents, project))
    problems += tuple(unknown_laws(clauses_of(stages, pipelines), own))
    targets = [target for each in made for target in each.targets]
    targets += _unmatched(sources, targets)
    if not problems:  # else what an exception is for may be what couldn't be read
        targets += idle_exceptions(documents, targets)
    targets = [*with_own_ids(targets)]
    return Plan(
        documents, tuple(targets), tuple(dict.fromkeys(problems)), tuple(sorted(listed)), found
    )


def clauses_of(*sections: Blocks) -> tuple[Clause, ...]:
    """The clauses of all blocks of sections."""
    return tuple(each for blocks in sections for block in blocks.all for each in block.clauses)


def _strange_urls(documents: Sequence[Document], project: Project) -> Iterator[Problem]:
    """Names of services for which a URL is given, and which no contract has."""
    known = [name for document in documents for name in document.contract.services]
    for name in project.base_urls:
        if name and known and name not in known:
            guess = nearest(name, known)
            advice = f"did you mean {guess!r}?" if guess else ""
            found = f"{name}={project.base_urls[name]}, and no service {name!r}"
            yield Problem(
                Place("base URL"), found, f"one of {', '.join(known)}", advice, "base-url"
            )


def _with_models(
    reading: Reading, resolved: Callable[[str], object]
) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    documents: list[Document] = []
    problems = list(reading.problems)
    for document in reading.documents:
        try:
            documents.append(import_models(document, resolved))
        except ContractError as error:
            problems += error.problems
    return tuple(documents), tuple(problems)


def _found(
    documents: Sequence[Document], project: Project, hooks: pluggy.PluginManager
) -> tuple[tuple[Found, ...], dict[Place, frozenset[str]], tuple[Problem, ...]]:
    """What is in the code, by the configuration and by the contracts' own references.

    Also the identities that each `subject:` of a plainly named block leads to, by its place.
    """
    uses = dict(_uses(documents))
    places = {**project.places, **uses}
    discovery = discover([*references_of(project), *uses], project, hooks, places)
    problems = list(discovery.problems)
    named: list[Found] = []
    meant: dict[Place, frozenset[str]] = {}
    for reference, name, place in _named(documents):
        there: tuple[Found, ...] = ()
        try:
            there = look_up(reference, project, hooks, name or None, place)
        except Misuse as error:
            problems += error.problems
        named += there
        if name:
            meant[place] = frozenset(each.id.identity for each in there)
    by_contract = {found.id.identity for found in named}
    rest = [found for found in discovery.found if found.id.identity not in by_contract]
    found = {(each.id, each.source): each for each in (*named, *rest)}
    return tuple(found.values()), meant, tuple(problems)


def _uses(documents: Sequence[Document]) -> Iterator[tuple[str, Place]]:
    for document in documents:
        for index, reference in enumerate(document.contract.uses):
            yield reference, document.place("uses", index)


def _named(documents: Sequence[Document]) -> Iterator[tuple[str, str, Place]]:
    """The subjects that blocks name by `subject:`, with the name that the block gives them."""
    for document in documents:
        for path, block in blocks_of(document):
            reference = getattr(block, "subject", None)
            if reference is not None:
                selector = str(path[-1])
                plain = selector if not set(selector) & set("*?[!:, ") else ""
                yield reference, plain, document.place(*path, "subject")


def _apps(documents: Sequence[Document], project: Project) -> Iterator[str]:
    """The applications that services and channels name, as they are found in the code."""
    for document in documents:
        contract = document.contract
        references = [str(each.app) for each in contract.services.values()]
        references += [each.reference for each in contract.channels.values() if not each.by_url]
        for reference in references:
            module, colon, name = reference.partition(":")
            yield substituted(module, project.substitute) + colon + name


def _listed(found: tuple[Found, ...], sources: Sources, apps: frozenset[str]) -> Iterator[Listed]:
    """What was found and isn't checked: skipped, unmade, or spoken of by no contract."""
    for each in found:
        id_ = each.id
        if each.why:
            yield Listed(id_.name, id_.identity, id_.kind, each.why, each.reason)
        elif not _spoken_of(each, sources, apps):
            yield Listed(id_.name, id_.identity, id_.kind, "unmatched")


def _spoken_of(found: Found, sources: Sources, apps: frozenset[str]) -> bool:
    if found.id.kind in ("asgi", "wsgi"):
        return found.source in apps
    blocks = _blocks_for(found, sources).matching(found.id)
    return bool(blocks) or _holds_stages(found, sources)


def _blocks_for(found: Found, sources: Sources) -> Blocks:
    return sources.pipelines if found.id.kind == "pipeline" else sources.stages


def _holds_stages(found: Found, sources: Sources) -> bool:
    """Whether a pipeline is spoken of through its stages."""
    return any(
        sources.stages.matching(stage.id)
        for name in found.stages
        for stage in sources.stages_in(found, name)
    )


def _contradictions(sources: Sources) -> Iterator[Problem]:
    for found in sources.found:
        yield from contradictions(found.id, _blocks_for(found, sources).matching(found.id))


def _unmatched(sources: Sources, targets: Sequence[Target]) -> Iterator[Target]:
    """Clauses of blocks for which nothing is judged: said, never passed over."""
    judged = {(item.clause.place, item.clause.id) for each in targets for item in each.items}
    for block in (*sources.stages.all, *sources.pipelines.all):
        lost = [clause for clause in block.clauses if (clause.place, clause.id) not in judged]
        if not lost:
            continue
        reason = _why_lost(block, sources)
        subject = SubjectId(block.selector, "", block.section, "")
        items = tuple(
            Item(ItemId(block.document.file, block.selector, clause.id), clause) for clause in lost
        )
        yield Target(f"{block.section} {block.selector}", (View(subject, items),), reason=reason)


def _why_lost(block: Block, sources: Sources) -> str:
    if block.subjects is not None and not block.subjects:
        return "its subject can't be found: see the problems"
    kind = "pipeline" if block.section == "pipelines" else "stage"
    matched = [
        found
        for found in sources.found
        if (found.id.kind == kind if kind == "pipeline" else found.id.kind not in NOT_STAGES)
        and block.holds_for(found.id)
    ]
    if not matched:
        return f"the selector {block.selector!r} matches no {kind}"
    skipped = [found for found in matched if found.why == "skipped"]
    if len(skipped) == len(matched):
        return f"skipped: {skipped[0].reason}"
    return "owed by the runtime, and no pipeline that holds the stage was found"
