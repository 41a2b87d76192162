"""JSON holds a run whole, and what isn't such a report is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from sample_runs import PROBLEM, green, sample

from stagepact.errors import ConfigurationError
from stagepact.report import read_json, render_json
from stagepact.verdict import Run


@pytest.mark.parametrize(
    "run", [Run(), green(), sample(), sample(problems=(PROBLEM,), strict=True)]
)
def test_a_run_comes_back_equal(run: Run) -> None:
    assert read_json(render_json(run)) == run


def test_the_text_is_stable_sorted_and_versioned() -> None:
    text = render_json(sample())
    assert text == render_json(sample())
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    assert json.loads(text)["stagepact_run"] == 1
    assert text.isascii()


def test_meta_beyond_json_becomes_text() -> None:
    run = Run(meta={"path": PurePosixPath("/a"), "limit": float("inf"), "pair": (1, None)})
    assert read_json(render_json(run)).meta == {"path": "/a", "limit": "inf", "pair": [1, None]}


def test_unknown_fields_are_ignored_and_missing_ones_take_their_defaults() -> None:
    assert read_json('{"stagepact_run": 1, "mood": "good", "seconds": 2}') == Run(seconds=2.0)


def _with(**values: object) -> str:
    return json.dumps({"stagepact_run": 1, **values})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "stagepact_run is None"),
        ('{"stagepact_run": 2}', "newer stagepact"),
        (_with(verdicts={}), "/verdicts: expected list, found dict"),
        (_with(verdicts=[3]), "/verdicts/0: expected dict, found int"),
        (_with(verdicts=[{}]), "/verdicts/0: .*missing"),
        (_with(seconds="2"), "/seconds: expected float, found str"),
        (_with(strict=1), "/strict: expected bool, found int"),
        (_with(meta=[]), "/meta: expected dict"),
        (_with(listed=[{"name": 1}]), "/listed/0/name: expected str"),
        (
            _with(verdicts=[{"excepted": {"reason": "", "issue": "", "until": "soon"}}]),
            "/verdicts/0/excepted/until: .*soon",
        ),
        (_with(verdicts=[{"state": "glad"}]), "/verdicts/0/state: 'glad'"),
        (_with(verdicts=[{"violations": [{"pointer": [1.5]}]}]), "/violations/0/pointer/0"),
    ],
)
def test_what_isnt_a_report_is_one_sentence(text: str, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found) as caught:
        read_json(text, "run.json")
    assert str(caught.value).startswith("run.json: found ")
