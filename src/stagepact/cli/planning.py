"""What a command works on: the project of this folder, its plan, and the part that is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from stagepact.cli.output import user_code
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.project import Project
    from stagepact.flow import Item, Target, View
    from stagepact.plan import Plan
    from stagepact.plan.door import Opened
    from stagepact.verdict.model import ItemId

RECORD = ".stagepact/record.db"
EXAMPLES = ".stagepact/examples"

_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """A project and all there is to check of what was asked for, which stands in `paths`."""

    project: Project
    plan: Plan
    paths: tuple[Path, ...]

    @property
    def record(self) -> Path:
        """The file in which runs are recorded."""
        return record_of(self.project)


def record_of(project: Project) -> Path:
    """The file in which a project's runs are recorded."""
    return project.root / (project.record or RECORD)


def opened(
    paths: Sequence[Path],
    substitute: Mapping[str, str] | None = None,
    base_urls: Mapping[str, str] | None = None,
    pact_engine: str | None = None,
) -> Opened:
    """The project of this folder with the contract files that are meant, one at least.

    Raises:
        Misuse: the configuration is wrong, a path doesn't exist, or no contract is there.
    """
    from stagepact.plan.door import open_project

    found = open_project(paths, Path.cwd(), substitute, base_urls, pact_engine)
    if not found.paths:
        where = ", ".join(map(str, paths)) or ", ".join(found.project.contracts)
        raise ConfigurationError(
            Problem(
                Place(where),
                "no contract file",
                "a file named *.contract.yaml, *.contract.json or contract_*.py",
                "see `stagepact init` for a first contract",
                "no-contract",
            )
        )
    return found


def planned(
    paths: Sequence[Path] = (),
    substitute: Mapping[str, str] | None = None,
    base_urls: Mapping[str, str] | None = None,
    pact_engine: str | None = None,
) -> Planned:
    """The plan of contract files; files of the project are planned with all others of it.

    Contracts add up: what a stage is given may stand in another file than what it returns.
    """
    from stagepact.contract.files import label
    from stagepact.plan.door import make_plan

    asked = opened(paths, substitute, base_urls, pact_engine)
    whole = _whole(asked) if paths else asked
    with user_code():
        plan = make_plan(whole)
    if whole.paths != asked.paths:
        root = asked.project.root
        others = {label(path, root) for path in whole.paths}
        plan = of_files(plan, {label(path, root) for path in asked.paths}, others)
    return Planned(asked.project, plan, asked.paths)


def _whole(asked: Opened) -> Opened:
    """All contracts of the project, if those that are asked for are among them."""
    from stagepact.plan.door import open_project

    root = asked.project.root
    if not all((root / name).exists() for name in asked.project.contracts):
        return asked
    project = asked.project
    whole = open_project([], root, project.substitute, project.base_urls, project.pact_engine)
    known = {path.absolute() for path in whole.paths}
    return whole if {path.absolute() for path in asked.paths} <= known else asked


def of_files(plan: Plan, files: Iterable[str], others: Iterable[str]) -> Plan:
    """What some files say; what is wrong in others of the project is left out."""
    meant = frozenset(files)
    unmeant = frozenset(others) - meant
    problems = tuple(each for each in plan.problems if each.place.file not in unmeant)
    kept = narrowed(plan, lambda item: item.id.file in meant)
    return replace(kept, problems=problems)


def narrowed(plan: Plan, wanted: Callable[[Item], bool]) -> Plan:
    """The plan with some of its items only."""
    return replace(plan, targets=tuple(_narrowed(plan.targets, wanted)))


def _narrowed(targets: Iterable[Target], wanted: Callable[[Item], bool]) -> Iterator[Target]:
    for target in targets:
        views = tuple(_views(target.views, wanted))
        if views:
            yield replace(target, views=views)


def _views(views: Iterable[View], wanted: Callable[[Item], bool]) -> Iterator[View]:
    for view in views:
        items = tuple(item for item in view.items if wanted(item))
        if items:
            yield replace(view, items=items)


def planned_for(
    id_: str,
    substitute: Mapping[str, str] | None = None,
    base_urls: Mapping[str, str] | None = None,
    pact_engine: str | None = None,
) -> tuple[Planned, str]:
    """The plan of the file that an id starts with, else of all contracts; and the id in it.

    The file is meant from the project's root, as ids are, or from this folder: then it may be
    one of another project, whose ids start at its own root.
    """
    from stagepact.contract.files import is_contract, label

    file, colons, rest = id_.partition("::")
    if colons and is_contract(Path(file)):
        for path in (project_here().root / file, Path(file)):
            if path.is_file():
                work = planned((path,), substitute, base_urls, pact_engine)
                return work, f"{label(path, work.project.root)}::{rest}"
    return planned((), substitute, base_urls, pact_engine), id_


# -- by name -----------------------------------------------------------------------------------


def is_like(id_: ItemId, text: str) -> bool:
    """Whether a text is part of an id, or a glob (`*`, `?`) of the whole."""
    if set(text) & set("*?"):
        return fnmatchcase(str(id_), f"*{_literal(text)}*")
    return text in str(id_)


def items_named(plan: Plan, text: str) -> tuple[Item, ...]:
    """The items of an id, else those whose id ends so; a text with `*` or `?` is a glob."""
    for is_meant in (_is_it, _ends_so):
        found = tuple(item for item in plan.items if is_meant(item.id, text))
        if found:
            return found
    return ()


def one_item(plan: Plan, text: str, *, any_path: bool = False) -> Item:
    """The one item that is meant; with `any_path` the first of one clause by several paths.

    Raises:
        ConfigurationError: there is none, with the nearest ids; or several, with theirs.
    """
    found = items_named(plan, text)
    if len({replace(item.id, path="") for item in found}) == 1 and (len(found) == 1 or any_path):
        return found[0]
    if found:
        told = f"{text!r}, which is {len(found)} clauses"
        advice = _listed([str(item.id) for item in found])
        raise _unclear(told, "one clause", f"say which:{advice}", "ambiguous-clause")
    raise _unclear(f"no clause {text!r}", "the id of a clause", _nearest(plan, text), "no-clause")


def _unclear(found: str, expected: str, advice: str, code: str) -> ConfigurationError:
    return ConfigurationError(Problem(Place("stagepact"), found, expected, advice, code))


def _is_it(id_: ItemId, text: str) -> bool:
    return str(id_) == text


def _ends_so(id_: ItemId, text: str) -> bool:
    """Whether the text is the end of the id, from one of its parts on; the path may be missing."""
    whole = f"::{id_}"
    pattern = f"*::{_literal(text)}"
    return fnmatchcase(whole, pattern) or fnmatchcase(whole.removesuffix(f"[{id_.path}]"), pattern)


def _literal(text: str) -> str:
    """A glob in which brackets mean themselves: ids have them."""
    return text.replace("[", "[[]")


def _nearest(plan: Plan, text: str) -> str:
    """The ids whose end is most like the text."""
    ids = [item.id for item in plan.items]
    whole = {str(id_): str(id_) for id_ in ids}
    ends = {f"{id_.subject}::{id_.name}": str(id_) for id_ in ids}
    clauses = {id_.clause: str(id_) for id_ in ids}
    near = [
        known[match]
        for known in (whole, ends, clauses)
        for match in get_close_matches(text, known, n=_NEAREST, cutoff=0.5)
    ]
    if not near:
        return "`stagepact check --verbose` lists them all"
    return f"nearest:{_listed(list(dict.fromkeys(near)))}"


def _listed(ids: list[str]) -> str:
    rest = len(ids) - _NEAREST
    return "".join(f"\n    {id_}" for id_ in ids[:_NEAREST]) + (
        f"\n    … and {rest} more" if rest > 0 else ""
    )


def project_here() -> Project:
    """The settings of this folder's project."""
    from stagepact.contract.project import read_project

    return read_project(Path.cwd())
