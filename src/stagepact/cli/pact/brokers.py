"""What commands that speak to a broker share: its URL, credentials, and selectors."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.broker.client import Broker
    from stagepact.pact.deploying.repository import Repository

F = TypeVar("F", bound=Callable[..., Any])


def checked_url(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A URL without credentials: what is on a command line is seen by all."""
    if value is None:
        return None
    scheme, _, rest = value.partition("://")
    if scheme not in {"http", "https"} or not rest:
        raise click.BadParameter("no URL, such as https://broker.example.org")
    if "@" in rest.partition("/")[0]:
        said = "a URL with credentials; put them into PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD"
        raise click.BadParameter(said)
    return value


def broker_url(function: F) -> F:
    """`--broker URL`, else PACT_BROKER_BASE_URL."""
    return click.option(
        "--broker",
        required=True,
        envvar="PACT_BROKER_BASE_URL",
        callback=checked_url,
        metavar="URL",
        help="The Pact Broker; by default that of PACT_BROKER_BASE_URL.",
    )(function)


def provider_branch(function: F) -> F:
    """`--provider-branch NAME`."""
    return click.option(
        "--provider-branch",
        metavar="NAME",
        help="The provider's branch; without it that of git, or of the CI system.",
    )(function)


_FLAGS = {
    "--main-branch": "The newest pact of each consumer's main branch.",
    "--matching-branch": "Those of consumers' branches with the name of the provider's.",
    "--deployed-or-released": "Those of all consumers' versions that are deployed or released.",
}
_NAMES = {
    "--consumer-branch": ("branches", "The newest pact of this branch of consumers. Repeatable."),
    "--environment": ("environments", "Those deployed or released to it. Repeatable."),
    "--consumer-tag": ("tags", "The newest pact with this tag. Repeatable."),
}


def consumer(function: F) -> F:
    """`--consumer NAME`."""
    told = "Of this consumer only. Repeatable."
    option = click.option("--consumer", "consumers", multiple=True, metavar="NAME", help=told)
    return option(function)


def selectors(function: F) -> F:
    """The options that say which pacts are meant; they arrive as fields of `Selection`."""
    function = click.option(
        "--wip-since", default="", metavar="DATE", help="New pacts of branches since then, too."
    )(function)
    function = click.option(
        "--pending", is_flag=True, help="Those never verified yet don't fail the verification."
    )(function)
    for name, (field, told) in reversed(_NAMES.items()):
        function = click.option(name, field, multiple=True, metavar="NAME", help=told)(function)
    for name, told in reversed(_FLAGS.items()):
        function = click.option(name, is_flag=True, help=told)(function)
    return function


def open_broker(url: str) -> Broker:
    """The broker at a URL, with the credentials of the environment.

    Raises:
        ConfigurationError: the extra isn't installed.
    """
    try:
        module = import_module("stagepact.pact.broker.client")
    except ImportError as error:
        raise ConfigurationError(
            Problem(
                Place("stagepact"),
                f"no client for a broker ({error})",
                "httpx",
                'pip install "stagepact[broker]"',
                "extra",
            )
        ) from None
    credentials = module.Credentials(
        token=os.environ.get("PACT_BROKER_TOKEN", ""),
        username=os.environ.get("PACT_BROKER_USERNAME", ""),
        password=os.environ.get("PACT_BROKER_PASSWORD", ""),
    )
    opened: Broker = module.Broker(url, credentials)
    return opened


def here() -> Repository | None:
    """The repository of this folder, or None."""
    from stagepact.pact.deploying.repository import repository_at

    try:
        return repository_at(Path.cwd())
    except ConfigurationError:
        return None


def version_of(told: str | None, where: Repository | None) -> str:
    """The version that is told, else the commit that is checked out.

    Raises:
        UsageError: there is neither.
    """
    version = told or (where and where.commit("HEAD"))
    if not version:
        raise click.UsageError("name the version with `--version`: here is no commit of git")
    return version


def branch_of(told: str | None, where: Repository | None) -> str:
    """The branch that is told, else git's; "" where nobody knows."""
    return told if told is not None else (where.branch() if where else "")


def given_by_broker(folder: Path, provider: str) -> dict[Path, Any]:
    """The files of a folder that a broker gave for a provider, with their JSON."""
    fetched = import_module("stagepact.pact.broker.fetched")
    return {path: fetched.content_of(path) for path in fetched.fetched_files(folder, provider)}
