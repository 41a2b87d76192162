"""`stagepact pact gaps`: what of a provider no pact uses, and what it may leave out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.pact.reading import read_pacts

if TYPE_CHECKING:
    from rich.tree import Tree

    from stagepact.pact.gaps import Field, Gaps, Offer, Steps


@click.command()
@click.argument("paths", metavar="FILE|FOLDER...", type=click.Path(path_type=Path), nargs=-1)
@options.provider
@click.option("--tree", "as_tree", is_flag=True, help="Draw all fields, with who uses each.")
@options.json_flag
def command(
    paths: tuple[Path, ...], sides: tuple[Path, ...], service: str, as_tree: bool, as_json: bool
) -> int:
    """Tell what a provider declares and no pact uses, and what pacts use that may be left out.

    \b
    Example:
      stagepact pact gaps pacts/*.json --provider contracts/shop.contract.yaml
      stagepact pact gaps pacts/*.json --provider openapi.yaml --tree
    """
    from stagepact.cli.pact.providers import read_provider
    from stagepact.pact.gaps import gaps
    from stagepact.plan.pact_comparisons import named_for

    found = gaps(read_provider(sides, service), read_pacts(paths).values(), named_for)
    if as_json:
        output.print_json(_plain(found))
        return 0
    for line in _drawn(found) if as_tree else _lines(found):
        output.say(line)
    return 0


def _lines(found: Gaps) -> Iterator[str]:
    unused = found.unused
    yield from (f"no pact uses {_whole(each)} ({each.place})" for each in _once(unused))
    for offer in found.offers:
        if offer in unused:
            continue
        if not offer.users:
            yield f"no pact uses {offer.name} ({offer.place})"
            continue
        for field in offer.unused:
            yield f"no pact uses {offer.name} {field.path} ({field.place})"
        for field in offer.uncertain:
            told = f"{offer.name} {field.path} may be left out, {_users(field.users)} it"
            yield f"{told} ({field.place})"
    for place, description in found.undeclared:
        yield f"nothing is declared for {description} ({place})"
    fields = [field for offer in found.offers for field in offer.fields]
    used = sum(1 for each in fields if each.users)
    yield f"{used} of {len(fields)} fields are used"


def _users(users: tuple[str, ...]) -> str:
    return f"{', '.join(users)} {'uses' if len(users) == 1 else 'use'}"


def _whole(offer: Offer) -> str:
    return offer.name.partition(" → ")[0]


def _once(offers: tuple[Offer, ...]) -> Iterator[Offer]:
    """The first offer of each operation."""
    seen: set[str] = set()
    for each in offers:
        if _whole(each) not in seen:
            yield each
        seen.add(_whole(each))


# -- as a tree ---------------------------------------------------------------------------------


def _drawn(found: Gaps) -> Iterator[str]:
    from rich.text import Text
    from rich.tree import Tree

    for offer in found.offers:
        tree = Tree(Text(f"{offer.name}: {', '.join(offer.users) or 'nobody'}"))
        branches: dict[Steps, Tree] = {(): tree}
        for field in offer.fields:
            above = _nearest(branches, field.steps[:-1])
            branches[field.steps] = above.add(Text(_named(field)))
        yield from _text(tree)


def _nearest(branches: Mapping[Steps, Tree], steps: Steps) -> Tree:
    while steps not in branches:
        steps = steps[:-1]
    return branches[steps]


def _named(field: Field) -> str:
    from stagepact.pact.gaps import EACH

    within = "[*]." if len(field.steps) > 1 and field.steps[-2] == EACH else ""
    left_out = "" if field.required else " (may be left out)"
    return f"{within}{field.steps[-1]}{left_out}: {', '.join(field.users) or 'nobody'}"


def _text(tree: Tree) -> list[str]:
    from rich.console import Console

    drawn = io.StringIO()
    Console(file=drawn, width=1_000, color_system=None).print(tree)
    return [line.rstrip() for line in drawn.getvalue().splitlines()]


# -- as values ---------------------------------------------------------------------------------


def _plain(found: Gaps) -> Mapping[str, Any]:
    return {
        "offers": [
            {
                "name": offer.name,
                "place": str(offer.place),
                "users": [*offer.users],
                "fields": [_field(each) for each in offer.fields],
            }
            for offer in found.offers
        ],
        "undeclared": [
            {"description": description, "place": str(place)}
            for place, description in found.undeclared
        ],
    }


def _field(field: Field) -> Mapping[str, Any]:
    return {
        "pointer": field.pointer,
        "path": field.path,
        "place": str(field.place),
        "required": field.required,
        "users": [*field.users],
    }
