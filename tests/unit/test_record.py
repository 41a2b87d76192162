"""The record keeps runs whole, for many writers, and complains in sentences."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sample_runs import PROBLEM, broken, green, kept, sample

from stagepact.errors import ConfigurationError
from stagepact.record import Record, migrations, rows, store
from stagepact.verdict import Run, Violation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".stagepact" / "record.db"


def test_the_last_run_comes_back_equal(path: Path) -> None:
    with Record.open(path) as record:
        assert record.last() is None
        first = record.add(green())
        second = record.add(sample(problems=(PROBLEM,), strict=True))
        assert (first, second) == (1, 2)
    with Record.open(path) as record:
        assert record.last() == sample(problems=(PROBLEM,), strict=True)


def test_runs_are_summed_up_last_first(path: Path) -> None:
    with Record.open(path) as record:
        record.add(green())
        record.add(sample())
        last, first = record.runs(5)
        assert record.runs(1) == (last,)
        assert record.runs(-1) == ()
    assert (first.kept, first.broken, first.exit_code, first.revision) == (1, 0, 0, "")
    assert (last.kept, last.broken, last.not_exercised, last.excepted) == (11, 3, 4, 1)
    assert last.revision == "3372f49c0ffee"


def test_what_the_last_runs_said_of_an_item_comes_back_last_first(path: Path) -> None:
    """Runs that didn't judge it are passed over."""
    runs = [replace(sample(), started=float(number)) for number in range(3)]
    found = runs[0].verdicts[0]
    with Record.open(path) as record:
        for run in (*runs, Run()):
            record.add(run)
        assert record.verdicts(found.item) == ((2.0, found), (1.0, found), (0.0, found))
        assert record.verdicts(found.item, 1) == ((2.0, found),)
        assert record.verdicts(replace(found.item, path="elsewhere")) == ()


def test_an_item_is_stored_once_for_many_runs(path: Path) -> None:
    with Record.open(path) as record:
        for _ in range(3):
            record.add(sample())
    with sqlite3.connect(path) as connection:
        items, verdicts = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("items", "verdicts")
        )
    connection.close()
    assert (items, verdicts) == (19, 57)


def test_only_our_own_folder_is_hidden_from_git(path: Path, tmp_path: Path) -> None:
    for each in (path, path, tmp_path / "elsewhere" / "record.db"):
        with Record.open(each):
            pass
    assert (path.parent / ".gitignore").read_text("utf-8") == "*\n"
    assert not (tmp_path / "elsewhere" / ".gitignore").exists()


def test_what_is_stored_is_bounded(path: Path) -> None:
    huge = Violation("little", "x" * 50_000)
    verdict = replace(broken("output.data", *[huge] * 50), cases=tuple(map(str, range(5_000))))
    with Record.open(path) as record:
        record.add(Run((verdict,)))
        run = record.last()
    assert run is not None
    (found,) = run.verdicts
    assert len(found.violations) == rows.VIOLATIONS
    assert len(found.cases) == rows.CASES
    assert found.violations[0].seen == "x" * 20_000 + "… (30,000 more characters)"


def test_what_utf8_has_not_is_stored_escaped(path: Path) -> None:
    verdict = kept("output.data", subject="a\ud800b\x00", reason="é\udfff")
    with Record.open(path) as record:
        record.add(Run((verdict,), meta={"\ud800": ["\ud800"]}))
        run = record.last()
    assert run is not None
    assert run.verdicts[0].item.subject == "a\\ud800b\x00"
    assert run.verdicts[0].reason == "é\\udfff"
    assert run.meta == {"\\ud800": ["\\ud800"]}


WRITER = """
import sys
from pathlib import Path
from sample_runs import sample
from stagepact.record import Record
for _ in range(20):
    with Record.open(Path(sys.argv[1])) as record:
        record.add(sample())
"""


def test_processes_write_at_once(path: Path) -> None:
    """Three of them make the file, too, at the same moment; no run is lost or torn."""
    tests = str(Path(__file__).parent)
    environment = os.environ | {"PYTHONPATH": tests}
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with Record.open(path) as record:
        assert len(record.runs(100)) == 60
        assert record.last() == sample()


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database at all, and long enough to look at" * 100)


def _folder(path: Path) -> None:
    path.mkdir()


def _another_programs(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()


def _newer(path: Path) -> None:
    with Record.open(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "found", "advice"),
    [
        (_garbage, "file is not a database", "move the file away"),
        (_folder, "unable to open", "writable"),
        (_another_programs, "another program", "another place"),
        (_newer, "a record of version 99", "upgrade stagepact"),
    ],
)
def test_a_file_of_no_use_is_one_sentence(
    path: Path, spoil: object, found: str, advice: str
) -> None:
    path.parent.mkdir()
    spoil(path)  # type: ignore[operator]
    with pytest.raises(ConfigurationError) as caught, Record.open(path):
        pass
    (problem,) = caught.value.problems
    assert problem.place.file == str(path)
    assert found in problem.found
    assert advice in problem.advice


def test_a_folder_that_cant_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with (
        pytest.raises(ConfigurationError, match="writable"),
        Record.open(tmp_path / "file" / "record.db"),
    ):
        pass


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE runs SET meta = 'no json'", "a damaged record"),
        ("UPDATE runs SET listed = '{}'", "a damaged record: /listed"),
        ("UPDATE verdicts SET state = 'glad'", "a damaged record: /verdicts/0/state"),
        ("DROP TABLE verdicts", "no such table"),
    ],
)
def test_damaged_rows_are_one_sentence(path: Path, statement: str, found: str) -> None:
    with Record.open(path) as record:
        record.add(green())
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises(ConfigurationError, match=found):
            record.last()


def test_a_run_that_cant_be_written_leaves_nothing(path: Path) -> None:
    """A file that can't be written any more says so, and the runs before it stay."""
    with Record.open(path) as record:
        record.add(green())
        record._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(ConfigurationError, match=r"readonly.*writable"):
            record.add(sample())
        assert len(record.runs()) == 1


def test_a_busy_file_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.01)
    with Record.open(path) as one, Record.open(path) as other:
        one._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationError, match="another process is writing"):
            other.add(green())
        one._connection.rollback()
        assert other.add(green()) == 1


def test_a_failed_migration_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Record.open(path) as record:
        record.add(green())
    broken_step = (*migrations.MIGRATIONS, ("CREATE TABLE songs (name)", "nonsense"))
    monkeypatch.setattr(migrations, "MIGRATIONS", broken_step)
    with pytest.raises(ConfigurationError, match="syntax error"), Record.open(path):
        pass
    monkeypatch.undo()
    with Record.open(path) as record:
        assert record.last() == green()


def test_an_older_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Record.open(path) as record:
        record.add(green())
    step = ("ALTER TABLE runs ADD COLUMN host TEXT NOT NULL DEFAULT ''",)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, step))
    with Record.open(path) as record:
        assert record.last() == green()
        assert migrations.version(record._connection) == len(migrations.MIGRATIONS)


def test_a_record_of_the_first_version_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts of then know of no baseline, and nobody asked whether they can fail."""
    with monkeypatch.context() as then:
        then.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        with Record.open(path) as record:
            columns = record._connection.execute("SELECT * FROM verdicts").description
            assert "known" not in {name for name, *_ in columns}
    with Record.open(path) as record:
        record.add(green())
        assert record.last() == green()
        assert record.verdicts(green().verdicts[0].item)[0][1].known == ()
