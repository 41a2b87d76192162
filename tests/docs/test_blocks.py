"""Every fenced block of README.md and docs/ is what it says: Python runs, contracts are read.

```python           is run, all blocks of a file in one namespace, in order
```python no-run    isn't, and has a comment inside that says why
```yaml             is YAML; one whose first key is `stagepact` is a contract
```console, text    are for people
"""

import json
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import pytest
import yaml

from stagepact.contract.document import models_of
from stagepact.contract.read import read_documents
from stagepact.discovery import resolve
from stagepact.schema.normalise import model_schema

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: what it says it is, what stands in it, and the line of its fence."""

    info: str
    body: str
    line: int


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    return [
        Block(
            fence["info"].strip(), dedent(fence["body"]), text.count("\n", 0, fence.start("body"))
        )
        for fence in FENCE.finditer(text)
    ]


def as_module(page: list[Block]) -> str:
    """Return the Python blocks as one module, each on the lines it has in its page."""
    lines: list[str] = []
    for block in page:
        if block.info == "python":
            lines += [""] * (block.line - len(lines)) + block.body.splitlines()
    return "\n".join(lines)


def read_contract(block: Block) -> None:
    """Read a contract as the loader does; raise when it is wrong.

    Models are imported where their package is installed: those of a reader's project aren't.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "block.contract.yaml"
        path.write_text(block.body, encoding="utf-8")
        reading = read_documents([path], Path(folder))
    assert not reading.problems, "\n".join(map(str, reading.problems))
    for reference in models_of(reading.documents):
        if find_spec(reference.partition(".")[0].partition(":")[0]) is not None:
            model_schema(resolve(reference))


def read_yaml(block: Block) -> None:
    value = yaml.safe_load(block.body)
    if isinstance(value, dict) and next(iter(value), None) == "stagepact":
        read_contract(block)


def has_reason(block: Block) -> None:
    assert re.search(r"^\s*# .+", block.body, re.MULTILINE), "say in a comment why it isn't run"


def for_people(_block: Block) -> None:
    """Nothing to check."""


READ: dict[str, Callable[[Block], object]] = {
    "python": lambda block: compile(block.body, "block", "exec"),
    "python no-run": has_reason,
    "yaml": read_yaml,
    "json": lambda block: json.loads(block.body),
    "toml": lambda block: tomllib.loads(block.body),
    "console": for_people,
    "text": for_people,
}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def by_cost(page: Path) -> object:
    """Pages whose blocks run for ten seconds are for `make proof`."""
    costly = page.name in {"laws.md", "faults.md"}
    return pytest.param(page, marks=pytest.mark.slow) if costly else page


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_is_what_it_says(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        place = f"{name(page)}:{block.line}"
        assert block.info in READ, f"{place}: one of {', '.join(READ)} after the fence, please"
        try:
            READ[block.info](block)
        except Exception as error:
            raise AssertionError(f"{place}: {error}") from error


@pytest.mark.untraced
@pytest.mark.parametrize("page", [by_cost(page) for page in PAGES], ids=name)
def test_python_blocks_run_as_they_are(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests in the blocks are run by pytest, all else as a module, in an empty folder."""
    module = as_module(blocks(page.read_text(encoding="utf-8")))
    file = tmp_path / f"{page.stem.replace('-', '_')}.py"
    file.write_text(module, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    if re.search(r"^(async )?def test_", module, re.MULTILINE):
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--rootdir=.", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        runpy.run_path(str(file), run_name="page")


PAGE = """
```python
x = 1
```
- in a list:
  ````python no-run
  # needs a server
  y = 2
  ````

```python
assert x == 1
```
"""


def test_blocks_keep_their_lines_and_lose_their_indent() -> None:
    assert blocks(PAGE) == [
        Block("python", "x = 1\n", 2),
        Block("python no-run", "# needs a server\ny = 2\n", 6),
        Block("python", "assert x == 1\n", 11),
    ]
    assert as_module(blocks(PAGE)).splitlines() == [
        "", "", "x = 1", "", "", "", "", "", "", "", "", "assert x == 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("info", "body"),
    [
        ("python", "x = = 1"),
        ("python no-run", "x = 1"),
        ("yaml", "a: [1"),
        ("yaml", "stagepact: 7\nname: x"),
        ("json", "{a: 1}"),
        ("toml", "a = "),
    ],
)
def test_a_block_that_is_not_what_it_says_is_told(info: str, body: str) -> None:
    with pytest.raises((SyntaxError, AssertionError, yaml.YAMLError, ValueError)):
        READ[info](Block(info, body, 1))
