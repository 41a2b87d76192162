"""Targets of the sections that not every contract has, each made by a module of its own.

Such a module is loaded when a contract has its section (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stagepact.contract.document import Document
from stagepact.contract.models.consumes import PACT_FOLDER
from stagepact.contract.project import Project
from stagepact.flow import Target
from stagepact.plan.stages import Made, Resolve
from stagepact.verdict.exceptions import Surroundings, WrittenExcept
from stagepact.verdict.model import Listed

if TYPE_CHECKING:
    from stagepact.plan.channels import Extras
    from stagepact.subject.protocols.http import Exchange


@dataclass(frozen=True)
class SectionSources:
    """What such targets are made of, with the targets that are made already."""

    documents: Sequence[Document]
    project: Project
    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    resolve: Resolve
    connect_url: Callable[[str], Exchange]
    extras: Extras
    targets: tuple[Target, ...] = ()


_Parts = tuple[list[Made], list[Listed]]
_Row = tuple[Callable[[Document], object], Callable[[SectionSources], _Parts]]


def section_targets(sources: SectionSources) -> _Parts:
    """The targets of all sections but stages and pipelines, and what is listed of them."""
    made, listed = _made(_RUN, sources)
    own = tuple(target for each in made for target in each.targets)
    more, and_listed = _made(_OVER_TARGETS, replace(sources, targets=(*sources.targets, *own)))
    return [*made, *more], [*listed, *and_listed]


def _made(rows: Sequence[_Row], sources: SectionSources) -> _Parts:
    made: list[Made] = []
    listed: list[Listed] = []
    for has, make in rows:
        if any(has(document) for document in sources.documents):
            more, and_listed = make(sources)
            made += more
            listed += and_listed
    return made, listed


def _services(sources: SectionSources) -> _Parts:
    from stagepact.plan.services import service_targets

    found = service_targets(
        sources.documents,
        sources.exceptions,
        sources.here,
        sources.resolve,
        sources.connect_url,
        sources.project.engine,
        sources.project.base_urls,
    )
    both = [*found]
    return [made for made, _ in both], [each for _, undeclared in both for each in undeclared]


def _channels(sources: SectionSources) -> _Parts:
    from stagepact.plan.channels import channel_targets

    of = (sources.documents, sources.exceptions, sources.here, sources.resolve, sources.extras)
    return [*channel_targets(*of)], []


def _consumers(sources: SectionSources) -> _Parts:
    from stagepact.plan.pact_consumers import consumer_targets

    root = sources.project.root
    of = (sources.documents, root, sources.exceptions, sources.here, sources.resolve)
    return [*consumer_targets(*of)], []


def _pacts(sources: SectionSources) -> _Parts:
    from stagepact.plan.pacts import Providing, pact_targets

    providing = Providing(
        sources.exceptions,
        sources.here,
        sources.resolve,
        sources.connect_url,
        sources.project.base_urls,
        sources.project.root,
        sources.targets,
        tuple(sources.documents),
        sources.project.pact_engine,
    )
    return [*pact_targets(sources.documents, providing)], []


def _written(sources: SectionSources) -> _Parts:
    from stagepact.plan.pact_written import written_targets

    writing = written_targets(sources.documents, sources.project.root, sources.here)
    return [writing.made], [*writing.listed]


def _flows(sources: SectionSources) -> _Parts:
    from stagepact.plan.flows import flow_targets

    of = (sources.documents, sources.targets, sources.exceptions, sources.here, sources.resolve)
    return [*flow_targets(*of, sources.project.engine)], []


def _makes_pacts(document: Document) -> bool:
    """Whether a contract makes pact files, or may have made some that are left over."""
    return bool(document.contract.consumes) or (document.path.parent / PACT_FOLDER).is_dir()


# In the order of targets.
_RUN: Sequence[_Row] = (
    (lambda document: document.contract.services, _services),
    (lambda document: document.contract.channels, _channels),
    (lambda document: document.contract.consumes, _consumers),
)
_OVER_TARGETS: Sequence[_Row] = (
    (lambda document: document.contract.pacts, _pacts),
    (_makes_pacts, _written),
    (lambda document: document.contract.flows, _flows),
)
