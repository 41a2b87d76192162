"""`stagepact record-http`: recorded HTTP traffic → a first contract."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from stagepact.cli import options, output
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.traffic.contract import Made
    from stagepact.traffic.model import Recorded

_SCHEMA = "stagepact.schema.json"
_MOST_BYTES = 200_000_000


@click.command()
@click.option("--har", metavar="FILE", help="A HAR file, or a cassette of VCR.py.")
@click.option("--proxy", is_flag=True, help="Record what goes by, until Ctrl-C.")
@click.option("--target", metavar="URL", help="Where the proxy forwards to.")
@click.option("--port", default=8080, show_default=True, help="The port of the proxy.")
@click.option("--host", metavar="HOST", help="Take what was recorded of this host only.")
@click.option("--app", metavar="REFERENCE", help="Check this app in process, not the URL.")
@click.option("--state", metavar="REFERENCE", help="A function that gives the masked secrets.")
@click.option("--output", "file", metavar="FILE", help="Write the contract to FILE, not to stdout.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@options.json_flag
def command(
    har: str | None,
    proxy: bool,
    target: str | None,
    port: int,
    host: str | None,
    app: str | None,
    state: str | None,
    file: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Turn recorded HTTP traffic into a first contract, with secrets masked.

    \b
    Example:
      stagepact record-http --har shop.har --output contracts/shop.contract.yaml
      stagepact record-http --proxy --target http://127.0.0.1:8000 --output shop.contract.yaml
    """
    from stagepact.traffic.contract import Wanted, first_contract, only_host

    if (har is None) is (not proxy):
        raise click.UsageError("say either --har FILE or --proxy --target URL")
    if file is not None:
        _refuse(Path(file), force)
    recorded = _read(har) if har is not None else _proxied(target, port)
    wanted = Wanted(_name(file, har), app or "", state or "")
    chosen = only_host(recorded, host) if host else recorded
    if not chosen:
        raise _wrong(har or str(target), "no request", "at least one", "nothing was recorded")
    made = first_contract(chosen, wanted)
    _write(made, file, as_json)
    return 0


def _write(made: Made, file: str | None, as_json: bool) -> None:
    from stagepact.traffic.contract import render

    text = render(made, _SCHEMA)
    if file is not None:
        output.replace_file(Path(file), text)
    operations = sum(len(each["operations"]) for each in made.document["services"].values())
    if as_json:
        output.print_json({"file": file, "operations": operations, "lost": made.lost})
    elif file is None:
        click.echo(text, nl=False)
    else:
        output.say(f"written: {file} ({operations} operations)")
        output.say(f"next: stagepact check {file}")


def _read(name: str) -> tuple[Recorded, ...]:
    from stagepact.traffic.recordings import read_recording

    try:
        path = Path(name)
        if path.stat().st_size > _MOST_BYTES:
            raise _wrong(name, "a file above 200 MB", "a smaller one", "record less at once")
        data = path.read_bytes()
    except OSError as error:
        found = f"a file that can't be read ({error.strerror or error})"
        raise _wrong(name, found, "a HAR file or a cassette of VCR.py") from None
    return read_recording(data, name)


def _proxied(target: str | None, port: int) -> tuple[Recorded, ...]:
    """What went through the proxy, until it was ended."""
    parts = urlsplit(target or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError("--proxy needs --target, an http or https URL with a host")
    try:
        proxies = import_module("stagepact.traffic.proxy")
    except ImportError as error:
        raise _wrong("stagepact", "no library for a proxy", "one", str(error)) from None
    proxy = proxies.Proxy(str(target).rstrip("/"), _tell)
    output.note(f"recording http://127.0.0.1:{port} → {target}; Ctrl-C ends it")
    try:
        proxies.serve(proxy, "127.0.0.1", port)
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        found = f"the port {port}, on which nothing can be served"
        raise _wrong("--port", found, "a free port", "see the line above") from end
    return tuple(proxy.recorded)


def _tell(exchange: Recorded) -> None:
    output.note(f"{exchange.status} {exchange.method} {exchange.path}")


def _name(file: str | None, har: str | None) -> str:
    told = Path(file or har or "recorded").name.split(".")[0]
    return told or "recorded"


def _refuse(path: Path, force: bool) -> None:
    from stagepact.contract.files import is_contract

    if not is_contract(path):
        expected = "a name that ends in .contract.yaml"
        raise _wrong(str(path), "a file that is no contract", expected, "name it so")
    if path.exists() and not force:
        raise _wrong(str(path), "a file that is there", "a new one", "say --force to overwrite it")


def _wrong(place: str, found: str, expected: str, advice: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(Place(place), found, expected, advice, "record-http"))
