"""What docs/ci/ offers to copy can be read, and every command in it exists with its options."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from stagepact.cli import main
from stagepact.pact.broker.publishing import client

CI = Path(__file__).resolve().parents[2] / "docs/ci"
FILES = sorted(CI.glob("*.yml"))
SCRIPTS = {"run", "script", "before_script", "after_script"}
SHELL = {"[", "cp", "export", "git", "python", "test", "cmd", "else", "fi", "mkdir"}
KEYWORDS = {"if", "then", "!", "||", "&&"}


def steps(value: Any) -> Iterator[str]:
    """The scripts of a pipeline, wherever they stand."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key in SCRIPTS and isinstance(below, str | list):
                yield from [below] if isinstance(below, str) else below
            elif key not in {"env", "variables"}:
                yield from steps(below)
    elif isinstance(value, list):
        for below in value:
            yield from steps(below)


def simple(script: str) -> Iterator[list[str]]:
    """The simple commands of a script, as words."""
    for line in script.splitlines():
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
        lexer.whitespace_split = True
        for word in lexer:
            if set(word) <= set(";|&"):
                yield words
                words = []
            elif word not in KEYWORDS or words:
                words.append(word)
        yield words


def commands(path: Path) -> list[list[str]]:
    pipeline = yaml.safe_load(path.read_text(encoding="utf-8"))
    assigned = re.compile(r"\w+=\S*")
    found = (words for script in steps(pipeline) for words in simple(script))
    return [words for words in found if words and not assigned.fullmatch(words[0])]


ALL = [(path.name, words) for path in FILES for words in commands(path)]


def said(words: Iterable[str]) -> set[str]:
    return {each.partition("=")[0] for each in words if re.match(r"--?[a-z]", each)}


def stagepact(words: list[str]) -> None:
    """A command of ours takes these options, and has all that it needs."""
    command: click.Command = main
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, words = found, words[1:]
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert said(words) <= {name for each in options for name in each.opts}, words
    for each in options:
        assert not each.required or each.envvar or said(words) & set(each.opts), each.opts


@cache
def told(*command: str) -> str:
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def of_pytest(words: list[str]) -> None:
    helped = told(sys.executable, "-m", "pytest")
    for option in said(words):
        name = option.replace("--junitxml", "--junit-xml")
        assert re.search(rf"{name}\b", helped), option


def of_pact(words: list[str]) -> None:
    helped = told(str(client()), *words[:2])
    for option in said(words):
        assert re.search(rf"{option}\b", helped), option


READ = {"stagepact": stagepact, "pytest": of_pytest, "pact": of_pact}


def name(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)[:60]


@pytest.mark.parametrize(("file", "words"), ALL, ids=name)
def test_every_command_exists_with_its_options(file: str, words: list[str]) -> None:
    tool, *rest = words
    assert tool in READ.keys() | SHELL, f"{file}: {words}"
    if tool in READ:
        READ[tool](rest)


@pytest.mark.parametrize("path", [each for each in FILES if "pacts" in each.name], ids=str)
def test_both_engines_are_on_and_both_ways_are_told(path: Path) -> None:
    words = [" ".join(each) for each in commands(path)]
    for engine in ("native", "official"):
        on = [each for each in words if each.startswith("stagepact pact verify --pact-engine")]
        assert len([each for each in on if engine in each.split()]) == 2
    for told_by in ("stagepact pact can-i-deploy", "pact broker can-i-deploy"):
        asked = [each for each in words if each.startswith(told_by)]
        assert {each.split("--pacticipant ")[1].split()[0] for each in asked} == {"ui", "api"}


def test_a_command_that_is_gone_would_be_told() -> None:
    with pytest.raises(AssertionError):
        stagepact(["pact", "can-i-deploy", "--pacticipant", "ui", "--gone"])
    with pytest.raises(AssertionError):
        stagepact(["pact", "gone"])
    with pytest.raises(AssertionError):
        stagepact(["pact", "can-i-deploy"])
    with pytest.raises(AssertionError):
        of_pact(["broker", "can-i-deploy", "--gone"])
