"""A project's settings are read once, from the nearest pyproject.toml that has them."""

import os
from pathlib import Path

import pytest

from stagepact.contract.project import Project, read_project
from stagepact.errors import ConfigurationError, Place


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_settings_become_one_value(tmp_path: Path) -> None:
    written(
        tmp_path,
        """
[tool.stagepact]
contracts = ["contracts", "more"]
packages = ["voice"]
apps = ["voice.api:app"]
plugins = ["voice.plugin"]
pythonpath = ["src"]
strict = true
max-examples = 20
engine = "hypothesis-jsonschema"
record = "sqlite:///x.db"
[tool.stagepact.substitute]
"voice.stages" = "voice.mistakes"
""",
    )
    assert read_project(tmp_path) == Project(
        root=tmp_path,
        contracts=("contracts", "more"),
        packages=("voice",),
        apps=("voice.api:app",),
        plugins=("voice.plugin",),
        pythonpath=("src",),
        strict=True,
        max_examples=20,
        engine="hypothesis-jsonschema",
        record="sqlite:///x.db",
        substitute={"voice.stages": "voice.mistakes"},
    )


def test_the_nearest_file_with_the_table_holds(tmp_path: Path) -> None:
    """A pyproject.toml of a part without the table doesn't hide the whole's."""
    written(tmp_path, "[tool.stagepact]\nstrict = true\n")
    part = tmp_path / "a" / "b"
    part.mkdir(parents=True)
    written(part, "[project]\nname = 'b'\n")
    (part / "file.py").touch()
    assert read_project(part) == read_project(part / "file.py") == Project(tmp_path, strict=True)


def test_without_settings_the_root_is_the_repository_or_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    assert read_project(inner) == Project(inner)
    (tmp_path / ".git").mkdir()
    assert read_project(inner) == Project(tmp_path)


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nx = 1\n", ""])
def test_a_file_without_the_table_has_no_settings(tmp_path: Path, text: str) -> None:
    assert read_project(written(tmp_path, text)) == Project(tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[tool.stagepact]\n\npakages = []", 3, "unknown key 'pakages' .* did you mean 'packages'"),
        ("[tool.stagepact]\nzzz = 1", 2, "unknown key 'zzz' .* remove it"),
        ("[tool.stagepact]\nstrict = 'yes'", 2, "strict = 'yes'; expected true or false"),
        ("[tool.stagepact]\nmax_examples = 0", 2, "expected a whole number above 0"),
        ("[tool.stagepact]\nmax_examples = true", 2, "expected a whole number"),
        ("[tool.stagepact]\npackages = 'voice'", 2, "expected a list of texts"),
        ("[tool.stagepact]\n'packages' = [1]", 2, "expected a list of texts"),
        ("[tool.stagepact]\nengine = 'other'", 2, "expected stagepact or hypothesis-jsonschema"),
        ("[tool.stagepact]\nrecord = ''", 2, "expected a text"),
        ("[tool]\n[tool.stagepact]\nsubstitute.a = 1", 3, "expected a table of texts"),
        ("[tool.stagepact.substitute]\na = 1", 1, "expected a table of texts"),
        ("x = 1\n[tool.stagepact.x]\na = 1", 2, "unknown key 'x'"),
        ("[tool]\nstagepact.strict = 3", 2, "expected true or false"),
        ("[tool]\nstagepact = {strict = 3}", 2, "expected true or false"),
        ("[tool]\n\nstagepact = 3", 3, "tool.stagepact = 3; expected a table"),
        ("[tool.stagepact]\nstrict = = 3", 2, "a file that can't be read"),
        ("[tool.stagepact", 0, "a file that can't be read"),
    ],
)
def test_a_wrong_setting_has_a_place_and_advice(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_project(written(tmp_path, text))
    file = (tmp_path / "pyproject.toml").as_posix()
    assert [each.place for each in caught.value.problems] == [Place(file, line)]


def test_all_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "[tool.stagepact]\nb = 1\na = 1\nstrict = 1\n")
    with pytest.raises(ConfigurationError) as caught:
        read_project(tmp_path)
    assert [each.place.line for each in caught.value.problems] == [2, 3, 4]


def test_a_file_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"^pyproject\.toml:1: "):
        read_project(written(tmp_path, "[tool.stagepact.x]"))


@pytest.mark.parametrize("content", [b"\xff", b"#" * 5_000_001], ids=["binary", "large"])
def test_a_file_that_is_no_text_of_a_sane_size_is_a_problem(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match="a file that can't be read"):
        read_project(tmp_path)


def test_a_folder_of_that_name_is_passed_over(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "pyproject.toml")
    assert read_project(tmp_path) == Project(tmp_path)
