"""What was logged and which ports were called."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from observations import clauses, observed

from stagepact.observation import Call, End, LogRecord
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.checks.traffic import times_kept


def judged(block: str, **seen: Any) -> Any:
    (clause,) = [each for id, each in clauses(block).items() if id.startswith(("logs", "calls"))]
    found = CHECKS[clause.kind](clause, observed(**seen))
    return found if isinstance(found, str) else [(b.promised, b.seen, b.pointer) for b in found]


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ("never", [0]),
        ("once", [1]),
        ("at most 1", [0, 1]),
        ("at least 2", [2, 3]),
        ("exactly 2", [2]),
        ("exactly 0", [0]),
    ],
)
def test_counts_are_as_the_words_say(times: str, kept: list[int]) -> None:
    """Zero to three."""
    assert [count for count in range(4) if times_kept(times, count)] == kept


def record(level: str, message: str, logger: str = "voice", **fields: Any) -> LogRecord:
    return LogRecord(logger, level, message, fields, 0.0, logging.getLevelNamesMapping()[level])


LOGS = (record("INFO", "start"), record("ERROR", "it broke", "voice.db", code=7))


@pytest.mark.parametrize(
    ("clause", "kept"),
    [
        ("{}", True),
        ("{times: 2}", True),
        ("{times: never}", False),
        ("{logger: voice.*, times: 1}", True),
        ("{logger: other}", False),
        ("{level: WARNING, times: 1}", True),
        ("{level: INFO, times: 2}", True),
        ("{level: CRITICAL}", False),
        ("{message: 'bro.e$', times: 1}", True),
        ("{message: mended}", False),
        ("{level: ERROR, fields: {required: [code]}}", True),
        ("{fields: {required: [code]}}", False),
        ("{on: ok}", True),
    ],
)
def test_records_are_logged_as_often_as_promised(clause: str, kept: bool) -> None:
    """By logger, level, message; their fields have a schema."""
    assert (judged(f"logs: {{l: {clause}}}", logs=LOGS) == []) is kept


def test_what_was_logged_instead_is_shown() -> None:
    """The last three of them."""
    assert judged("logs: {l: {message: mended}}", logs=LOGS) == [
        (
            "at least 1 time",
            "0 such records of 2 (INFO voice: start; ERROR voice.db: it broke)",
            ("logs",),
        )
    ]
    assert judged("logs: {l: {}}") == [("at least 1 time", "0 such records of 0", ("logs",))]
    assert judged("logs: {l: {fields: {required: [code]}}}", logs=LOGS) == [
        ('the property "code"', "{}", ("logs", 0))
    ]


def test_a_clause_on_some_ends_is_about_those() -> None:
    """Another end exercises nothing."""
    assert judged("logs: {l: {on: [fail, retry]}}", logs=LOGS) == (
        "no run ended with fail or retry"
    )


CALLS = (
    Call("stt", "transcribe", {"path": "a"}),
    Call("stt", "close", {}),
    Call("log", "", {"path": 3}),
)


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        ("{stt.transcribe: once}", []),
        ("{stt.close: never}", [("called never", "called once", ("calls",))]),
        ("{stt.*: 2}", []),
        ("{stt: 2}", []),
        ("{stt.other: once}", [("called once", "called never", ("calls",))]),
        ("{stt: once}", [("called once", "called 2 times", ("calls",))]),
        ("{stt.transcribe: {arguments: {properties: {path: {type: string}}}}}", []),
        (
            "{log: {arguments: {properties: {path: {type: string}}}}}",
            [("the type string", "3", ("calls", 2, "arguments", "path"))],
        ),
        ("{tts: {arguments: {required: [x]}}}", "tts was not called"),
        ("{tts: {times: never, arguments: {required: [x]}}}", []),
        (
            "{tts: {times: once, arguments: {required: [x]}}}",
            [("called once", "called never", ("calls",))],
        ),
    ],
)
def test_a_port_is_called_as_promised(clause: str, told: Any) -> None:
    """As often, and with arguments of their schema."""
    assert judged(f"calls: {clause}", calls=CALLS) == told


def test_a_run_that_was_cut_off_says_nothing_of_calls() -> None:
    """They might still have come."""
    assert judged("calls: {stt: once}", end=End.HUNG) == "the run was hung"
