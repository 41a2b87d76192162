"""`stagepact schema …`: the engine on one schema or model, without a contract."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.schema import SchemaError

_SOURCE = "SCHEMA is a file (JSON or YAML), a model as `module:Name`, or `-` for stdin."


class Source(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions
    """A schema as users name it: a file, a model, or stdin."""

    name = "schema"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The schema or model that is named.

        Raises:
            Misuse: it can't be read or imported.
        """
        from stagepact.contract.source import SCHEMA, read_yaml
        from stagepact.discovery import resolve

        text = str(value)
        if text == "-":
            return read_yaml(sys.stdin.buffer.read(), "stdin", SCHEMA).value
        if ":" in text and not Path(text).exists():
            with output.user_code():
                sys.path.insert(0, "")
                return resolve(text, place=Place(text))
        path = Path(text)
        return _file(path)


def _file(path: Path) -> Any:
    from stagepact.contract.source import SCHEMA, read_json, read_yaml

    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise _wrong(str(path), f"a file that can't be read ({reason})", "a JSON Schema") from None
    read = read_json if path.suffix == ".json" else read_yaml
    return read(data, str(path), SCHEMA).value


def _wrong(name: str, found: str, expected: str, advice: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(Place(name), found, expected, advice, "schema"))


def _told(error: SchemaError, name: str = "the schema") -> ConfigurationError:
    pointer = "".join(f"/{step}" for step in error.pointer)
    where = f" (at {pointer})" if pointer else ""
    return _wrong(name, f"{error}{where}", "a usable JSON Schema", error.advice)


@click.group()
def command() -> None:
    """Generate, mutate, validate and compare by one JSON Schema or model.

    \b
    Example:
      stagepact schema generate order.schema.json -n 3
      stagepact schema boundary shop.models:Order
      stagepact schema validate order.schema.json orders/*.json
      stagepact schema compare old.schema.json new.schema.json --mode FULL
    """


_schema = click.argument("schema", type=Source())
_count = click.option("-n", "--count", default=10, show_default=True, help="How many.")
_seed = click.option("--seed", default=0, show_default=True, help="The same seed, the same values.")


@command.command()
@_schema
@_count
@_seed
def generate(schema: Any, count: int, seed: int) -> int:
    """Print values that the schema permits, one a line as JSON."""
    from stagepact.schema import SchemaError, samples

    try:
        _lines(islice(samples.sample(schema, seed), count))
    except SchemaError as error:
        raise _told(error) from error
    return 0


@command.command()
@_schema
@options.json_flag
def boundary(schema: Any, as_json: bool) -> int:
    """Print cases on the edge of every constraint, valid ones and invalid ones just outside."""
    from stagepact.schema import SchemaError, boundaries

    try:
        cases = boundaries.boundary(schema)
    except SchemaError as error:
        raise _told(error) from error
    if as_json:
        keys = ("name", "valid", "value", "keyword", "instance_pointer", "schema_pointer")
        output.print_json([{key: getattr(case, key) for key in keys} for case in cases])
        return 0
    width = max((len(case.name) for case in cases), default=0)
    for case in cases:
        verdict = "valid  " if case.valid else "invalid"
        output.say(f"{verdict}  {case.name:<{min(width, 60)}}  {_short(case.value)}")
    return 0


@command.command()
@_schema
@_count
@_seed
@options.json_flag
def mutate(schema: Any, count: int, seed: int, as_json: bool) -> int:
    """Print nearly valid, truly invalid values, each with the constraint that it breaks."""
    from stagepact.schema import SchemaError
    from stagepact.schema import mutate as mutations

    try:
        found = mutations.mutated(schema, count, seed)
    except SchemaError as error:
        raise _told(error) from error
    if as_json:
        keys = ("value", "name", "keyword", "instance_pointer", "schema_pointer")
        output.print_json([{key: getattr(each, key) for key in keys} for each in found])
        return 0
    for each in found:
        output.say(f"{each.name or each.keyword}  {_short(each.value)}")
    return 0


@command.command()
@_schema
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.json_flag
def validate(schema: Any, files: tuple[Path, ...], as_json: bool) -> int:
    """Hold JSON files to the schema; exit code 1 where one breaks it.

    A file with the suffix .jsonl or .ndjson holds a value a line.
    """
    from stagepact.schema import SchemaError, source

    try:
        validator = source.compile(schema)
    except SchemaError as error:
        raise _told(error) from error
    found = [
        {"file": name, **_plain(each)}
        for path in files
        for name, value in _values(path)
        for each in validator.violations(value)
    ]
    if as_json:
        output.print_json(found)
    for each in () if as_json else found:
        pointer = "".join(f"/{step}" for step in each["instance_pointer"])
        where = f"{each['file']}#{pointer}"
        output.say(f"{where}: promised {each['promised']}, seen {each['seen']}")
    if not as_json:
        broken = len({each["file"] for each in found})
        output.say(f"{len(files)} files, {broken} broken" if broken else "all valid")
    return 1 if found else 0


@command.command()
@click.argument("old", type=Source())
@click.argument("new", type=Source())
@click.option("--mode", default="BACKWARD", show_default=True, help="BACKWARD, FORWARD or FULL.")
@options.json_flag
def compare(old: Any, new: Any, mode: str, as_json: bool) -> int:
    """Tell what changed between two schemas; exit code 1 where it breaks somebody.

    BACKWARD: the new one reads what the old one writes; FORWARD: the old one reads what the new
    one writes; FULL: both.
    """
    from stagepact.schema import SchemaError, changes

    try:
        found = changes.compare(old, new, mode=mode.upper())
    except SchemaError as error:
        raise _told(error) from error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--mode") from None
    if as_json:
        output.print_json(
            {
                "mode": found.mode,
                "compatible": found.answer,
                "witness": found.witness,
                "changes": [_plain(change) for change in found.changes],
            }
        )
        return 1 if found.answer == "no" else 0
    for change in found.changes:
        output.say(_change(change))
    output.say(f"{found.mode}: {_ANSWERS[found.answer]}")
    if found.answer == "no":
        output.say(f"  e.g. {_short(found.witness)}")
    return 1 if found.answer == "no" else 0


_ANSWERS = {"yes": "compatible", "no": "not compatible", "unknown": "not decided"}


def _change(change: Any) -> str:
    pointer = "".join(f"/{step}" for step in change.instance_pointer) or "/"
    if change.breaks == "none":
        return f"{pointer}  {change.rule}"
    whom = "producers and consumers" if change.breaks == "both" else f"{change.breaks}s"
    return f"{pointer}  {change.rule}, breaks {whom}: e.g. {_short(change.counterexample)}"


def _lines(values: Iterable[Any]) -> None:
    for value in values:
        output.say(json.dumps(value, ensure_ascii=False))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _values(path: Path) -> Iterable[tuple[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".jsonl", ".ndjson"):
            lines = enumerate(text.splitlines(), 1)
            return [(f"{path}:{number}", json.loads(line)) for number, line in lines if line]
        return [(str(path), json.loads(text))]
    except OSError as error:
        raise _wrong(str(path), f"a file that can't be read ({error.strerror})", "JSON") from None
    except ValueError as error:
        raise _wrong(str(path), f"no JSON: {error}", "JSON") from None
