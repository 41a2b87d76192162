"""Records of verifications: what is written is read again, the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stagepact.errors import ContractError
from stagepact.pact.deploying.verified import (
    Verification,
    is_record,
    parse_record,
    read_record,
    record_path,
    results_of,
    text_of,
)
from stagepact.pact.files import parse_pact

PACT = parse_pact(
    json.dumps(
        {
            "consumer": {"name": "ui"},
            "provider": {"name": "api"},
            "interactions": [
                {
                    "description": name,
                    "providerStates": [{"name": "it is there", "params": {"id": 7}}],
                    "request": {"path": f"/{name}"},
                    "response": {"status": 200},
                }
                for name in ("b", "a")
            ],
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
    ),
    "pacts/ui-api.json",
)
WHEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOUND = results_of(PACT, zip(PACT.interactions, ([], ["got 404"]), strict=True))
RECORD = Verification("api", "c0ffee", "main", WHEN, "native", FOUND)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(text_of(RECORD), encoding="utf-8")
    read = read_record(path)
    assert sorted(read.results, key=str) == sorted(FOUND, key=str)
    assert replace(read, results=(), file="") == replace(RECORD, results=())


def test_a_record_is_sorted_so_that_the_same_findings_are_the_same_text() -> None:
    assert text_of(RECORD) == text_of(replace(RECORD, results=FOUND[::-1]))
    told = json.loads(text_of(RECORD))
    assert [each["interaction"]["description"] for each in told["results"]] == ["a", "b"]
    assert [each["success"] for each in told["results"]] == [False, True]
    assert told["time"] == "2026-05-01T12:00:00Z"


@pytest.mark.parametrize(
    ("provider", "branch", "path"),
    [
        ("api", "main", "pacts/verified/api/main.native.json"),
        ("voice api", "feature/x", "pacts/verified/voice-api/feature-x.native.json"),
        ("../up", "", "pacts/verified/up/no-branch.native.json"),
        ("..", "main", "pacts/verified/-/main.native.json"),
    ],
)
def test_each_provider_branch_and_engine_has_its_file(
    provider: str, branch: str, path: str
) -> None:
    found = record_path(Path("pacts"), provider, branch, "native").as_posix()
    assert found == path
    assert is_record(found)


def test_a_file_elsewhere_is_no_record() -> None:
    assert not is_record("pacts/ui-api.json")
    assert not is_record("pacts/verified.json")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"provider": None}, "no `provider`; expected `provider`, a text"),
        ({"commit": 7}, "a whole number; expected a text as `commit`"),
        ({"time": "noon"}, "`noon`; expected a time"),
        ({"results": {}}, "a mapping; expected a list as `results`"),
        ({"results": [{"consumer": "ui", "success": True}]}, "no `description`"),
        ({"uncommitted": "no"}, "a text; expected true or false as `uncommitted`"),
    ],
)
def test_what_is_no_record_is_told(change: dict[str, object], told: str) -> None:
    text = json.dumps({**json.loads(text_of(RECORD)), **change})
    with pytest.raises(ContractError) as raised:
        parse_record(text, "api.json")
    assert told in str(raised.value)
    assert str(raised.value).startswith("api.json:1: found")
