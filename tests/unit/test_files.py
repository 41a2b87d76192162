"""Reading contracts: inside the project, bounded, and one clear problem for what can't be read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stagepact.contract import files
from stagepact.contract.files import find_contracts, label, read_schema_file, read_source, read_text
from stagepact.errors import ContractError, Place, Problem

HERE = Place("contracts/a.contract.yaml", 7, 3)


def problem_of(action: Callable[[], object]) -> Problem:
    """Return the one problem that an action is refused for."""
    with pytest.raises(ContractError) as caught:
        action()
    (problem,) = caught.value.problems
    return problem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one contract, one schema, and a neighbour outside of it."""
    root = tmp_path / "project"
    (root / "contracts" / "schemas").mkdir(parents=True)
    (root / "contracts" / "a.contract.yaml").write_text("stagepact: 1\nname: a\n")
    (root / "contracts" / "schemas" / "audio.schema.json").write_text('{"type": "object"}')
    (tmp_path / "outside.contract.yaml").write_text("stagepact: 1")
    (tmp_path / "outside.json").write_text("{}")
    return root


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.contract.yaml", "stagepact: 1"),
        ("b.contract.yml", "stagepact: 1"),
        ("b.contract.json", '{"stagepact": 1}'),
    ],
)
def test_a_contract_is_read_by_its_suffix(root: Path, name: str, text: str) -> None:
    """Problems call the file by its name in the project."""
    path = root / "contracts" / name
    path.write_text(text)
    source = read_source(path, root)
    assert source.value == {"stagepact": 1}
    assert source.place(("stagepact",)).file == f"contracts/{name}"


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _link(path: Path, target: str) -> Path:
    path.symlink_to(target)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


TOO_LONG = b"#" * 5_000_001
LOOP = "loop.contract.yaml"

UNREADABLE: list[tuple[str, Callable[[Path], Path], str, str]] = [
    ("missing", lambda r: r / "a.contract.yml", "missing-file", "no file"),
    ("a folder", lambda r: _folder(r / "f.contract.yaml"), "not-a-file", "a folder"),
    ("a pipe", lambda r: _pipe(r / "p.contract.yaml"), "not-a-file", "neither a file"),
    ("latin 1", lambda r: _write(r / "l.contract.yaml", b"a: \xe9"), "not-utf-8", "0xE9"),
    ("over 5 MB", lambda r: _write(r / "b.contract.yaml", TOO_LONG), "file-too-large", "MB"),
    ("outside", lambda r: r / ".." / "outside.contract.yaml", "outside-project", "outside"),
    (
        "a link to the outside",
        lambda r: _link(r / "x.contract.yaml", "../outside.contract.yaml"),
        "outside-project",
        "outside the project",
    ),
    ("a link to itself", lambda r: _link(r / LOOP, LOOP), "unreadable", "("),
    ("a null in the name", lambda r: r / "\0.contract.yaml", "unreadable", "null"),
    ("another suffix", lambda r: r / "a.toml", "unknown-suffix", "`a.toml`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "code", "found"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE]
)
def test_what_cannot_be_read_is_one_clear_problem(
    root: Path, make: Callable[[Path], Path], code: str, found: str
) -> None:
    """Nothing is opened that may hang, is too large or lies outside."""
    path = make(root)
    problem = problem_of(lambda: read_source(path, root))
    assert problem.code == code
    assert found in problem.found
    assert problem.place.line == 1


def test_a_file_of_exactly_the_limit_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the limit means over."""
    path = root / "contracts" / "a.contract.yaml"
    monkeypatch.setattr(files, "MAX_BYTES", path.stat().st_size)
    assert read_source(path, root).value == {"stagepact": 1, "name": "a"}


def test_a_missing_file_offers_the_nearest_name(root: Path) -> None:
    """Among its would-be neighbours."""
    problem = problem_of(lambda: read_source(root / "contracts" / "b.contract.yaml", root))
    assert problem.advice == "did you mean `a.contract.yaml`?"
    problem = problem_of(lambda: read_source(root / "nowhere" / "b.contract.yaml", root))
    assert problem.advice == "check the name"


def test_text_is_read_as_it_is(root: Path) -> None:
    """For contracts in Python; the same limits hold."""
    (root / "contract_a.py").write_bytes(b"\xef\xbb\xbfcontract = 1")
    assert read_text(root / "contract_a.py", root) == "contract = 1"
    assert (
        problem_of(lambda: read_text(root / ".." / "outside.json", root)).code == "outside-project"
    )


def test_a_schema_file_is_found_beside_its_document(root: Path) -> None:
    """In JSON or YAML, its path resolved."""
    beside = root / "contracts" / "a.contract.yaml"
    path, value = read_schema_file("schemas/audio.schema.json", beside, root, HERE)
    assert value == {"type": "object"}
    assert path == (root / "contracts" / "schemas" / "audio.schema.json").resolve()
    (root / "b.yaml").write_text("true")
    assert read_schema_file("../b.yaml", beside, root, HERE)[1] is True


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("http://example.org/a.json", "remote-reference"),
        ("HTTPS://example.org/a.json", "remote-reference"),
        ("file:///etc/passwd", "remote-reference"),
        ("s3://bucket/a.json", "remote-reference"),
        ("../../outside.json", "outside-project"),
        ("/etc/hosts.json", "outside-project"),
        ("../../etc/passwd", "outside-project"),
        ("schemas/video.json", "missing-file"),
        ("schemas", "unknown-suffix"),
    ],
)
def test_a_schema_elsewhere_is_refused_where_it_is_named(root: Path, name: str, code: str) -> None:
    """At the line of the contract, and nothing is fetched."""
    beside = root / "contracts" / "a.contract.yaml"
    problem = problem_of(lambda: read_schema_file(name, beside, root, HERE))
    assert (problem.place, problem.code) == (HERE, code)


def test_what_is_wrong_in_a_schema_is_told_in_its_own_file(root: Path) -> None:
    """There the author has to correct it."""
    (root / "s.yaml").write_text("a: 1\na: 2")
    problem = problem_of(lambda: read_schema_file("s.yaml", root / "a.contract.yaml", root, HERE))
    assert problem.place == Place("s.yaml", 2, 1)


FOUND = ["a.contract.yaml", "b.contract.yml", "contract_x.py", "sub/deep/c.contract.json"]
PASSED_OVER = [
    ".a.contract.yaml",
    ".hidden/a.contract.yaml",
    ".venv/a.contract.yaml",
    "__pycache__/contract_x.py",
    "node_modules/a.contract.json",
    "contract.yaml",
    "a.contract.toml",
    "my_contract_x.py",
    "a.contract.yaml.orig",
]


def test_contracts_are_found_sorted_and_once(tmp_path: Path) -> None:
    """Whatever the order and overlap of the folders given."""
    for name in FOUND + PASSED_OVER:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = tuple(tmp_path / name for name in FOUND)
    assert find_contracts([tmp_path]) == expected
    assert find_contracts([tmp_path / "sub", tmp_path, tmp_path / "a.contract.yaml"]) == expected
    assert find_contracts([tmp_path / ".hidden"]) == (tmp_path / ".hidden" / "a.contract.yaml",)
    assert find_contracts([]) == ()


def test_a_path_that_is_no_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    """Reading it tells what is wrong; leaving it out would be a silent pass."""
    assert find_contracts([tmp_path / "missing.yaml"]) == (tmp_path / "missing.yaml",)


def test_a_folder_that_cannot_be_listed_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may list anything, so the system's refusal is played."""

    def refuse(path: str) -> object:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    problem = problem_of(lambda: find_contracts([tmp_path]))
    assert problem.code == "unreadable"
    assert problem.place.file == tmp_path.as_posix()


def test_a_file_outside_the_project_keeps_its_name(tmp_path: Path) -> None:
    """A label is relative only inside."""
    assert label(tmp_path / "a" / "b.yaml", tmp_path) == "a/b.yaml"
    assert label(tmp_path / "b.yaml", tmp_path / "a") == (tmp_path / "b.yaml").as_posix()
