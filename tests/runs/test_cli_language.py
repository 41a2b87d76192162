"""`stagepact language`: the JSON Schema of the language."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_project import Project

from stagepact.contract.complaints import language_schema


def test_it_is_printed_or_written(project: Project) -> None:
    printed = project.run("language")
    assert json.loads(printed.stdout) == language_schema()
    written = project.run("language", "--output", "editor/stagepact.schema.json")
    assert (written.stdout, written.stderr) == ("", "written: editor/stagepact.schema.json\n")
    assert Path("editor/stagepact.schema.json").read_text(encoding="utf-8") == printed.stdout
