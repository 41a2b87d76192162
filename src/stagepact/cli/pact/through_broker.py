"""`verify --broker`: pacts are fetched before they are run, and what was found is told after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stagepact.cli.output import note, user_code
from stagepact.cli.pact import brokers
from stagepact.cli.pact.fetch import fetch
from stagepact.cli.pact.publish_results import publish_results
from stagepact.cli.planning import opened
from stagepact.errors import ContractError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.document import Document
    from stagepact.pact.deploying.verified import Verification
    from stagepact.pact.verifying.selection import Selection
    from stagepact.verdict import Run

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ThroughBroker:
    """Which pacts of a broker are run, and as what version the results are told, if at all."""

    url: str
    selection: Selection
    publish: bool = False
    version: str | None = None
    tags: tuple[str, ...] = ()

    def fetch(self, contracts: Sequence[Path]) -> dict[str, Path]:
        """Write the pacts of all providers of the contracts; their folders.

        Raises:
            Misuse: the contracts say no folder for them, or the broker offers none.
        """
        folders: dict[str, Path] = {}
        for document in _documents(contracts):
            folders |= _folders(document)
        if not folders:
            expected = "`pacts: {provider: …, from: …}` in a contract"
            raise _wrong("stagepact pact verify", "no provider of pacts", expected, "write it")
        for provider, folder in folders.items():
            fetched = fetch(provider, self.url, folder, self.selection)
            for line in fetched.lines():
                note(line)
            if not fetched.files:
                found = f"no pact of {provider} that the broker selects"
                raise _wrong(self.url, found, "at least one", "choose others, or publish some")
        return folders

    def tell(self, folders: Mapping[str, Path], found: Iterable[Verification]) -> int:
        """Publish what was found, if that is asked for; exit code 1 where some wasn't verified."""
        if not self.publish:
            return 0
        records = list(found)
        published = [True]
        for provider, folder in folders.items():
            own = [each for each in records if each.provider == provider]
            if own:
                branch = self.selection.provider_branch or own[0].branch
                how = (self.version, branch, self.tags)
                for each in publish_results(own, self.url, folder, *how):
                    note(str(each))
                    published.append(each.published)
        return 0 if all(published) else 1


def exit_code(run: Run, values: Mapping[Any, Any]) -> int:
    """The run's, where a pact that is pending isn't held against anyone."""
    from stagepact.verdict import State

    out = (each for each in run.verdicts if each.state is State.NOT_EXERCISED)
    pending = all(_is_pending(values[each.item]) for each in (*run.failing, *out))
    return 0 if run.exit_code == 1 and run.verdicts and pending else run.exit_code


def _is_pending(value: object) -> bool:
    from stagepact.pact.verifying.interaction import InteractionValue

    return isinstance(value, InteractionValue) and value.interaction.pending


def through_broker(function: F) -> F:
    """The options of a verification by a broker."""
    function = brokers.selectors(function)
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--broker",
        metavar="URL",
        callback=brokers.checked_url,
        help="Fetch the pacts from this broker first.",
    ),
    click.option("--publish-results", is_flag=True, help="Tell the broker what was found."),
    click.option(
        "--provider-version", metavar="VERSION", help="As this version; by default the commit."
    ),
    brokers.provider_branch,
    click.option(
        "--provider-tag",
        "provider_tags",
        multiple=True,
        metavar="NAME",
        help="A tag of the version. Repeatable.",
    ),
)


def taken(given: dict[str, Any]) -> ThroughBroker | None:
    """The options of a broker, taken out of a command's; None where there is no `--broker`.

    Raises:
        UsageError: there is none, and others are said.
    """
    from stagepact.pact.verifying.selection import Selection

    url, branch = given.pop("broker"), given.pop("provider_branch")
    publish, version = given.pop("publish_results"), given.pop("provider_version")
    tags = given.pop("provider_tags")
    names = {each.name for each in fields(Selection)} - {"provider_branch"}
    said = {name: given.pop(name) for name in names if name != "consumers"}
    said["consumers"] = given.get("consumers", ())
    if url is None:
        others = {name: each for name, each in said.items() if name != "consumers"}
        if any((branch, publish, version, tags, *others.values())):
            raise click.UsageError("say `--broker URL`: the other options are for it")
        return None
    where = brokers.branch_of(branch, brokers.here())
    return ThroughBroker(url, Selection(provider_branch=where, **said), publish, version, tags)


def _documents(paths: Sequence[Path]) -> tuple[Document, ...]:
    from stagepact.contract.read import add_to_import_path, read_documents

    asked = opened(paths)
    project = asked.project
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    with user_code():
        reading = read_documents(asked.paths, project.root)
    if reading.problems:
        raise ContractError(*reading.problems)
    return reading.documents


def _folders(document: Document) -> Iterator[tuple[str, Path]]:
    """By provider the folder in which its pacts are to be."""
    from stagepact.contract.files import label

    for pacts in document.contract.pacts:
        named = (each for each in pacts.from_ if not any(mark in each for mark in "*?["))
        folders = [each for each in named if not each.endswith(".json")]
        if not folders:
            place = document.source.place(("pacts",))
            found = f"no folder in `from` of the provider {pacts.provider}"
            problem = Problem(place, found, "one that fetched pacts go to", "add it", "pact-folder")
            raise ContractError(problem)
        yield pacts.provider, Path(label(document.path.parent / folders[0], Path.cwd()))


def _wrong(place: str, found: str, expected: str, advice: str) -> Misuse:
    return Misuse(Problem(Place(place), found, expected, advice, "broker-no-pacts"))
