"""Pacts published by Pact's own client, `pact broker publish` (extra `broker`)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from stagepact.errors import ConfigurationError, Place, Problem

CLIENT = "pact-python-cli"


def client() -> Path:
    """The program, as its distribution says where it is: others are called `pact`, too.

    Raises:
        ConfigurationError: it isn't installed.
    """
    try:
        installed = distribution(CLIENT)
    except PackageNotFoundError:
        raise _missing("it isn't installed") from None
    named = (file for file in installed.files or () if file.name in {"pact", "pact.exe"})
    for file in named:
        program = Path(str(installed.locate_file(file))).resolve()
        if program.is_file():
            return program
    raise _missing(f"version {installed.version} has no `pact`")


def publish(
    files: Sequence[Path],
    url: str,
    version: str,
    branch: str,
    tags: Sequence[str] = (),
    *,
    merge: bool = False,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Publish pact files of one consumer's version; credentials are in the environment.

    Raises:
        ConfigurationError: the broker doesn't take them, by the client's own words.
    """
    options = ["--consumer-app-version", version, "--broker-base-url", url, "--retries", "1"]
    options += ["--branch", branch] if branch else []
    options += ["--tag", ",".join(tags)] if tags else []
    options += ["--merge"] if merge else []
    command = [str(client()), "broker", "publish", *options, "--", *map(str, files)]
    told = {**(os.environ if environment is None else environment), "PACT_DO_NOT_TRACK": "true"}
    done = subprocess.run(command, capture_output=True, check=False, env=told)
    if done.returncode:
        raise _refused(files, (done.stdout + done.stderr).decode(errors="replace"))


def _refused(files: Sequence[Path], said: str) -> ConfigurationError:
    found = "the broker doesn't take it: " + (_reason(said) or "no reason is given")
    conflict = "Cannot change the content" in said
    advice = "give it another `--version`, or `--merge`" if conflict else ""
    code = "broker-conflict" if conflict else "broker-refused"
    place = Place(files[0].as_posix())
    return ConfigurationError(Problem(place, found, "a pact that is published", advice, code))


def _reason(said: str) -> str:
    """The client's last line: the one that has no frame about it."""
    lines = [line.strip().lstrip("❌ ") for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _missing(why: str) -> ConfigurationError:
    found, expected = f"no `{CLIENT}`: {why}", "Pact's own client"
    advice = 'pip install "stagepact[broker]"'
    return ConfigurationError(Problem(Place("stagepact"), found, expected, advice, "broker-client"))
