"""docs/cli.md tells every command, every argument and every option of the live program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from stagepact.cli.door import COMMANDS
from stagepact.cli.late import module_of

PAGE = Path(__file__).resolve().parents[2] / "docs/cli.md"


def sections() -> dict[str, str]:
    """The text under each heading."""
    parts = re.split(r"^## +(.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def command(name: str) -> click.Command:
    found: click.Command = import_module(f"stagepact.cli.{module_of(name)}").command
    return found


def parameters(of: click.Command) -> Iterator[click.Parameter]:
    """Those of a command, and of its parts where it is a group."""
    yield from of.params
    context = click.Context(of)
    for name in of.list_commands(context) if isinstance(of, click.Group) else ():
        part = of.get_command(context, name)
        assert part is not None
        yield from part.params


PARAMETERS = [
    (name, parameter)
    for name in COMMANDS
    for parameter in parameters(command(name))
    if not isinstance(parameter, click.Option) or not parameter.hidden
]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_with_an_example_and_its_output(name: str) -> None:
    section = sections()[f"stagepact {name}"]
    assert re.search(rf"```console\n\$ stagepact {name}\b", section)


@pytest.mark.parametrize(
    ("name", "parameter"), PARAMETERS, ids=lambda each: getattr(each, "name", each)
)
def test_every_parameter_is_told(name: str, parameter: click.Parameter) -> None:
    told = sections()[f"stagepact {name}"]
    if isinstance(parameter, click.Option):
        for option in parameter.opts:
            assert re.search(rf"`[^`]*(?<![\w-]){re.escape(option)}(?![\w-])", told), option
    else:
        assert parameter.make_metavar(click.Context(command(name))).strip("[].") in told


def test_the_parts_of_groups_are_in_the_order_of_their_help() -> None:
    context = click.Context(command("pact"))
    parts = re.findall(r"^### stagepact pact (.+)$", sections()["stagepact pact"], re.MULTILINE)
    group = command("pact")
    assert isinstance(group, click.Group)
    assert parts == list(group.list_commands(context))


def test_no_section_tells_of_a_command_or_an_option_that_is_gone() -> None:
    for title, text in sections().items():
        if not title.startswith("stagepact "):
            continue
        name = title.removeprefix("stagepact ")
        assert name in COMMANDS
        known = {option for each in parameters(command(name)) for option in each.opts}
        told = re.findall(r"^\| `(--?[\w-]+)", text, flags=re.MULTILINE)
        assert set(told) <= known
