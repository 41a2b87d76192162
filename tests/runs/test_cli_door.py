"""What all commands share: names, help, versions, errors."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import click
import pytest
from tiny_project import Project

import stagepact
from stagepact.cli.door import COMMANDS
from stagepact.cli.late import module_of


def test_the_version_is_told_in_both_forms(project: Project) -> None:
    assert project.run("--version").stdout == f"stagepact {stagepact.__version__}\n"
    assert project.process("--version").stdout == f"stagepact {stagepact.__version__}\n"


def test_help_and_version_import_nothing_heavy(project: Project) -> None:
    project.file(
        "probe.py",
        """
        import sys
        from stagepact.cli import main
        try:
            main(["--help"])
        except SystemExit:
            print([name for name in ("hypothesis", "pydantic", "rich") if name in sys.modules])
        """,
    )
    done = subprocess.run(
        [sys.executable, "probe.py"], cwd=project.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_by_its_first_line_and_shows_an_example(
    project: Project, name: str
) -> None:
    command: click.Command = import_module(f"stagepact.cli.{module_of(name)}").command
    first = (command.help or "").splitlines()[0]
    assert first.startswith(COMMANDS[name].rstrip("."))
    told = project.run(name, "--help")
    assert told.exit_code == 0
    assert f"Example:\n    stagepact {name}" in told.stdout


def test_an_unknown_command_is_told_with_the_nearest(project: Project) -> None:
    result = project.run("chek")
    assert result.exit_code == 2
    assert "no command 'chek'; did you mean 'check'?" in result.stderr


def test_an_unknown_option_is_2(project: Project) -> None:
    assert project.run("check", "--nope").exit_code == 2


def test_a_wrong_setting_is_told_by_every_command_that_reads_them(project: Project) -> None:
    project.file("pyproject.toml", '[tool.stagepact]\ncontract = ["x"]\n')
    for arguments in (["check"], ["lint"], ["discover"], ["init"], ["explain", "x"], ["last"]):
        result = project.run(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("pyproject.toml:2: found unknown key 'contract'")


def test_ctrl_c_ends_without_a_traceback(shop: Project) -> None:
    shop.file("interrupting.py", "raise KeyboardInterrupt\n")
    result = shop.run("discover", "interrupting")
    assert result.exit_code == 130
    assert "interrupted" in result.stderr


@pytest.mark.slow
def test_a_stdout_that_takes_ascii_only_is_no_error(
    broken_shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    broken_shop.file(
        "contracts/ä.contract.yaml", "stagepact: 1\nname: ä\nstages: {ä: {within: 1s}}\n"
    )
    for arguments in (
        ["check", "--no-fuzz"],
        ["lint"],
        ["last"],
        ["discover"],
        ["explain", "within.max"],
        ["run", "within.max", "--case", '{"given": {"input": "ä"}}'],
        ["language"],
        ["init", "shop", "--output", "-"],
    ):
        done = broken_shop.process(*arguments)
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1)


def test_errors_quote_no_control_characters(project: Project) -> None:
    """Whether a contract, a name or what users' code raises has them."""
    project.file(
        "contracts/a.contract.yaml",
        r"""
        name: a
        uses: [boom]
        schemas: {A: {model: "boom:A"}}
        """,
    )
    project.file("boom.py", r"raise ValueError('\x1b]0;title\x07\ncontracts/b.yaml:1: found')")
    discovered = project.run("discover")
    misused = project.run("run", "\x1b[31m::b", "--case", "c")
    for result in (discovered, misused):
        assert result.exit_code == 2
        assert r"\x1b" in result.stderr
        assert "\x1b" not in result.stderr
        assert "\ncontracts/b.yaml" not in result.stderr


REFUSING = """
    import asyncio
    import sys
    import threading
    import time
    import stagepact

    @stagepact.contract_subject()
    async def swallows(value: int):
        while True:
            try:
                await asyncio.sleep(60)
            except BaseException:
                pass

    @stagepact.contract_subject()
    def starts(value: int):
        threading.Thread(target=time.sleep, args=(value,), name="forever").start()
"""
REFUSING_CONTRACT = """
    name: refusing
    uses: [refusing]
    stages:
      {name}: {{timeout: 200ms, output: {{}}, examples: [{{name: one, given: {{input: {value}}}}}]}}
"""


@pytest.mark.parametrize("arguments", [("stagepact", "check"), ("pytest", "contracts")])
@pytest.mark.slow
def test_a_task_that_swallows_its_end_does_not_hold_the_process(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.file("refusing.py", REFUSING)
    text = REFUSING_CONTRACT.format(name="swallows", value=1)
    project.file("contracts/refusing.contract.yaml", text)
    told = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=project.root, capture_output=True, timeout=60
    )
    assert told.returncode == 1


@pytest.mark.parametrize(("seconds", "left"), [(600, True), (1, False)])
@pytest.mark.slow
def test_a_thread_that_goes_on_does_not_hold_the_process(
    project: Project, seconds: int, left: bool
) -> None:
    """One that is about to end is waited for."""
    project.file("refusing.py", REFUSING)
    text = REFUSING_CONTRACT.format(name="starts", value=seconds)
    project.file("contracts/refusing.contract.yaml", text)
    command = [sys.executable, "-m", "stagepact", "check"]
    told = subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0
    assert "1 kept" in told.stdout
    line = "left without waiting for threads that still run: forever; with `isolate: process`"
    assert told.stderr.startswith(line) is left
