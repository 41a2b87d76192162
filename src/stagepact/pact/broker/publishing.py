"""Pacts published by Pact's own client, `pact broker publish` (extra `broker`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from stagepact.errors import ConfigurationError, Place, Problem

CLIENT = "pact-python-cli"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a broker says of a pact that it takes: where it is now, and its own words."""

    url: str | None = None
    notices: tuple[str, ...] = ()


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
    file: Path,
    url: str,
    version: str,
    branch: str,
    tags: Sequence[str] = (),
    *,
    merge: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Taken:
    """Publish a pact file as of a consumer's version; credentials are in the environment.

    Raises:
        ConfigurationError: the broker doesn't take them, by the client's own words.
    """
    options = ["--consumer-app-version", version, "--broker-base-url", url, "--retries", "1"]
    options += ["--branch", branch] if branch else []
    options += ["--tag", ",".join(tags)] if tags else []
    options += ["--merge"] if merge else []
    command = [str(client()), "broker", "publish", *options, "--output", "json", "--", str(file)]
    told = {**(os.environ if environment is None else environment), "PACT_DO_NOT_TRACK": "true"}
    done = subprocess.run(command, capture_output=True, check=False, env=told)
    if done.returncode:
        raise _refused(file, (done.stdout + done.stderr).decode(errors="replace"))
    return _taken(done.stdout.decode(errors="replace"))


def _taken(said: str) -> Taken:
    """The broker's answer: a line of its own, among others that are for people."""
    for line in filter(lambda each: each.startswith("{"), said.splitlines()):
        try:
            return _told(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return Taken()


def _told(answer: Mapping[str, Any]) -> Taken:
    links = answer.get("_links", {}).get("pb:contracts", [])
    notices = tuple(str(each["text"]) for each in answer.get("notices", []))
    return Taken(next((str(each["href"]) for each in links), None), notices)


def _refused(file: Path, said: str) -> ConfigurationError:
    found = "the broker doesn't take it: " + (_reason(said) or "no reason is given")
    conflict = "Cannot change the content" in said
    advice = "give it another `--version`, or `--merge`" if conflict else ""
    code = "broker-conflict" if conflict else "broker-refused"
    place = Place(file.as_posix())
    return ConfigurationError(Problem(place, found, "a pact that is published", advice, code))


def _reason(said: str) -> str:
    """The client's last line: the one that has no frame about it."""
    lines = [line.strip().lstrip("❌ ") for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _missing(why: str) -> ConfigurationError:
    found, expected = f"no `{CLIENT}`: {why}", "Pact's own client"
    advice = 'pip install "stagepact[broker]"'
    return ConfigurationError(Problem(Place("stagepact"), found, expected, advice, "broker-client"))
