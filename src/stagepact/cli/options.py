"""Options that several commands share, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from stagepact.contract.settings import PACT_ENGINES, base_urls_of

F = TypeVar("F", bound=Callable[..., Any])


def _substitutes(
    ctx: click.Context, parameter: click.Parameter, values: Iterable[str]
) -> dict[str, str]:
    """`OLD=NEW` as a mapping."""
    pairs = {}
    for value in values:
        old, equals, new = value.partition("=")
        if not (old and equals and new):
            raise click.BadParameter(f"{value!r} is no OLD=NEW, such as voice.api=voice.mistakes")
        pairs[old] = new
    return pairs


def substitute(function: F) -> F:
    """`--substitute`: one module in place of another, while references are resolved."""
    return click.option(
        "--substitute",
        metavar="OLD=NEW",
        multiple=True,
        callback=_substitutes,
        help="Import the module NEW where a reference says OLD. Repeatable.",
    )(function)


def _base_urls(
    ctx: click.Context, parameter: click.Parameter, values: Iterable[str]
) -> dict[str, str]:
    """`URL` or `NAME=URL` as a mapping."""
    try:
        return base_urls_of(values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def base_url(function: F) -> F:
    """`--base-url`: where services answer, instead of what contracts say."""
    return click.option(
        "--base-url",
        "base_urls",
        metavar="[NAME=]URL",
        multiple=True,
        callback=_base_urls,
        help="Where the service NAME answers, or all of them. Repeatable.",
    )(function)


def pact_engine(function: F) -> F:
    """`--pact-engine`: what verifies pacts, instead of what contracts say."""
    return click.option(
        "--pact-engine",
        type=click.Choice(PACT_ENGINES),
        help="What verifies pacts: stagepact itself, or pact-python's Verifier.",
    )(function)


def max_examples(function: F) -> F:
    """`--max-examples N`."""
    return click.option(
        "--max-examples",
        type=click.IntRange(min=1),
        metavar="N",
        help="Generated cases a subject and path.",
    )(function)


def seed(function: F) -> F:
    """`--seed N`."""
    return click.option(
        "--seed", type=click.IntRange(min=0), metavar="N", help="Generate the same cases each time."
    )(function)


def paths(function: F) -> F:
    """Contract files and folders."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATHS]...")(
        function
    )


def json_flag(function: F) -> F:
    """`--json`: values instead of prose, on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")(
        function
    )


def html(function: F) -> F:
    """`--html FILE`."""
    return click.option("--html", metavar="FILE", help="Write the report as one HTML page.")(
        function
    )


def json_report(function: F) -> F:
    """`--json [FILE]`: a report as JSON, to a file, or to stdout and nothing else there."""
    return click.option(
        "--json",
        metavar="[FILE]",
        is_flag=False,
        flag_value="-",
        help="Write the report as JSON; without FILE (or with -) to stdout, and nothing else.",
    )(function)


def provider(function: F) -> F:
    """`--provider FILE` and `--service NAME`: what pacts are held against."""
    for option in (
        click.option("--service", default="", metavar="NAME", help="Only this service of it."),
        click.option(
            "--provider",
            "sides",
            metavar="FILE",
            multiple=True,
            required=True,
            type=click.Path(path_type=Path, exists=True),
            help="The provider's contract, OpenAPI or AsyncAPI document; may be given again.",
        ),
    ):
        function = option(function)
    return function
