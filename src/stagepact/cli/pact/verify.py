"""`stagepact pact verify`: the interactions of pacts, each run and judged; and the record of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.again import from_here, with_substitutes
from stagepact.cli.pact.through_broker import exit_code, taken, through_broker
from stagepact.cli.planning import Planned, narrowed, planned
from stagepact.cli.running import How, record, run_of
from stagepact.errors import ConfigurationError, ContractError, Misuse, Place, Problem, nearest

if TYPE_CHECKING:
    from stagepact.flow import Item
    from stagepact.pact.deploying.verified import Verification
    from stagepact.pact.model import Pact
    from stagepact.pact.verifying.verdicts import Origin
    from stagepact.verdict import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, as they were given."""

    paths: tuple[Path, ...]
    consumers: tuple[str, ...]
    only: str | None
    strict: bool
    substitute: dict[str, str]
    base_urls: dict[str, str]
    pact_engine: str | None
    record: Path | None
    as_json: bool
    html: str | None
    verbose: bool


@click.command()
@click.argument("paths", metavar="[FILE|CONTRACT]...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--consumer", "consumers", multiple=True, metavar="NAME", help="Only its pacts. Repeatable."
)
@click.option("--only", metavar="REGEX", help="Only interactions whose description has it.")
@click.option("--strict", is_flag=True, help="What is not exercised fails.")
@options.substitute
@options.base_url
@options.pact_engine
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Keep the results, for can-i-deploy: a folder of pacts, or a file that ends in .json.",
)
@options.json_flag
@options.html
@click.option("--verbose", is_flag=True, help="Show kept interactions too, in full.")
@through_broker
def command(**given: Any) -> int:
    """Run what consumers expect of the provider here, and judge each interaction.

    The arguments are pact files or contracts that name some; without any, all that the project's
    contracts name. What they are run with stands in `pacts:` of the contract.

    \b
    Example:
      stagepact pact verify pacts/ui-api.json
      stagepact pact verify --record pacts/
    """
    through = taken(given)
    asked = Asked(**given)
    if asked.record is not None and (asked.consumers or asked.only or asked.paths):
        raise click.UsageError(
            "--record is of all interactions: leave out FILE, CONTRACT, --consumer and --only"
        )
    output.ready(asked.html)
    folders = through.fetch(_contracts(asked)) if through else {}
    work = _chosen(asked)
    run = run_of(work, How(fuzz=False), strict=asked.strict, meta={"select": "pact.interaction"})
    run = with_substitutes(run, asked.substitute, asked.base_urls, asked.pact_engine)
    told = from_here(run, work.project.root, Path.cwd())
    found = tuple(_verifications(work, run))
    if not asked.as_json:
        output.show(told, html=asked.html, json=None, verbose=asked.verbose)
    elif asked.html is not None:
        output.write_html(asked.html, told)
    if asked.as_json:
        _print(found, run)
    if asked.record is not None and not run.problems:
        _write(found, asked.record)
    record(run, work.record)
    if through is None:
        return run.exit_code
    published = through.tell(folders, found) if not run.problems else 0
    values = {each.id: each.clause.value for each in work.plan.items}
    return max(published, exit_code(run, values))


# -- which interactions ------------------------------------------------------------------------


def _chosen(asked: Asked) -> Planned:
    """The plan of the interactions that are meant.

    Raises:
        Misuse: none is, or the regular expression can't be read.
    """
    from stagepact.contract.files import label
    from stagepact.pact.verifying.interaction import InteractionValue

    pattern = _pattern(asked.only)
    contracts = _contracts(asked)
    files = [path for path in asked.paths if path not in contracts]
    work = planned(contracts, asked.substitute, asked.base_urls, asked.pact_engine)
    names = {label(path, work.project.root) for path in files}
    mine = [each for each in work.plan.items if isinstance(each.clause.value, InteractionValue)]
    _refuse_unknown(asked, work, names, mine)

    def is_meant(item: Item) -> bool:
        value = item.clause.value
        return (
            isinstance(value, InteractionValue)
            and (not names or value.file in names)
            and (not asked.consumers or value.consumer in asked.consumers)
            and (pattern is None or pattern.search(value.interaction.description) is not None)
        )

    plan = replace(narrowed(work.plan, is_meant), listed=())
    if not plan.targets:
        advice = "`stagepact pact verify --verbose` lists them"
        raise _nothing(work, "no interaction of that kind", advice if mine else _NO_PACTS)
    return replace(work, plan=plan)


def _contracts(asked: Asked) -> list[Path]:
    from stagepact.contract.files import is_contract

    return [path for path in asked.paths if path.suffix != ".json" or is_contract(path)]


_NO_PACTS = "say in a contract which are kept, and how: `pacts: {provider: …, from: …}`"


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise click.BadParameter(f"{text!r} is no regular expression: {error}") from None


def _refuse_unknown(asked: Asked, work: Planned, names: set[str], mine: list[Item]) -> None:
    """Refuse files and consumers that no contract speaks of."""
    files = {each.clause.value.file for each in mine}
    consumers = {each.clause.value.consumer for each in mine}
    for kind, given, known in (
        ("pact file", names, files),
        ("consumer", asked.consumers, consumers),
    ):
        for name in given:
            if name not in known:
                guess = nearest(name, known)
                advice = f"did you mean {guess!r}?" if guess else _NO_PACTS
                raise _nothing(work, f"the {kind} {name!r}, of which no contract speaks", advice)


def _nothing(work: Planned, found: str, advice: str) -> ConfigurationError:
    place = Place("stagepact pact verify")
    nothing = Problem(place, found, "interactions that a contract keeps", advice, "no-interaction")
    return ConfigurationError(*work.plan.problems, *(() if work.plan.problems else (nothing,)))


# -- what is told and kept ---------------------------------------------------------------------


def _verifications(work: Planned, run: Run) -> tuple[Verification, ...]:
    from stagepact.pact.files import read_pact_of_project
    from stagepact.pact.verifying.verdicts import verifications

    values = {each.id: each.clause.value for each in work.plan.items}
    judged = [(values[each.item], each) for each in run.verdicts]
    root = work.project.root
    pacts: dict[str, Pact] = {}
    for value, _ in judged:
        if value.file not in pacts:
            read = read_pact_of_project(root / value.file, root)
            assert read is not None
            pacts[value.file] = read
    return tuple(verifications(judged, pacts, _origin(root)))


def _origin(root: Path) -> Origin:
    """Where in git's history this is; nowhere without git."""
    from stagepact.pact.deploying.repository import repository_at
    from stagepact.pact.verifying.verdicts import Origin

    now = datetime.now(UTC)
    try:
        repository = repository_at(root)
    except (ConfigurationError, ContractError):
        return Origin("", "", now, uncommitted=True)
    commit = repository.commit("HEAD") or ""
    return Origin(commit, repository.branch(), now, repository.is_changed() or not commit)


def _print(found: tuple[Verification, ...], run: Run) -> None:
    from stagepact.pact.deploying.verified import text_of

    told = [json.loads(text_of(each)) for each in found]
    output.print_json(
        {"verifications": told, "problems": [each.as_dict() for each in run.problems]}
    )


def _write(found: tuple[Verification, ...], record: Path) -> None:
    """The records as files.

    Raises:
        Misuse: they can't be written, or one file is to hold several.
    """
    from stagepact.pact.deploying.verified import record_path, text_of

    if record.suffix == ".json" and len(found) > 1:
        told = ", ".join(f"{each.provider} ({each.engine})" for each in found)
        expected = "a folder, in which each has its file"
        raise Misuse(Problem(Place(str(record)), f"one file for {told}", expected, "", "record"))
    for each in found:
        if not each.commit:
            advice = "commit first: a record says at which commit it was"
            raise Misuse(Problem(Place(str(record)), "no commit", "one", advice, "record"))
        single = record.suffix == ".json"
        path = record if single else record_path(record, each.provider, each.branch, each.engine)
        output.ready(str(path))
        output.write(str(path), text_of(each))
        output.note(f"written: {path}")
