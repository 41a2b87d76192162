"""Runs as values, for the tests of what shows and keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from stagepact.errors import Place, Problem
from stagepact.verdict import Excepted, ItemId, Listed, Run, State, Verdict, Violation

FILE = "contracts/voice.contract.yaml"

EXAMPLE = """\
- name: smallest
  given:
    input: {path: a.wav, rate: 0}
  output:
    data: {text: ""}
"""

TRACEBACK = """\
Traceback (most recent call last):
  File "voice/stages.py", line 41, in execute
    confidence = matched / heard
ZeroDivisionError: division by zero
"""

CONFIDENCE = Violation(
    promised="a number of at most 1",
    seen="1.7",
    pointer=("data", "confidence"),
    case="fuzz 17",
    example=EXAMPLE,
    command='stagepact run transcribe --case \'{"input": {"path": "a.wav", "rate": 0}}\'',
    nondeterministic="0.93, and the clause was kept",
    traceback=TRACEBACK,
)

OWED = Violation(
    promised="started before completed, each time that the stage runs",
    seen="no event at all",
    case="hello",
    command="stagepact run transcribe --path pipeline --case hello",
    owner="stageflow-core 1.2.0",
)

EXCEPTION = Excepted("no counter yet", "#165", date(2026, 12, 31), place=Place(FILE, 21))
EXPIRED = Excepted("to be done in spring", "#170", date(2026, 3, 1), True, Place(FILE, 22))


def item(subject: str, clause: str, path: str = "direct", file: str = FILE) -> ItemId:
    """The id of one clause."""
    return ItemId(file, subject, clause, path)


def kept(clause: str, subject: str = "transcribe", path: str = "direct", **more: object) -> Verdict:
    """A clause that was kept in two examples and 100 fuzzed cases."""
    return Verdict(
        item(subject, clause, path),
        Place(FILE, 12, 5),
        State.KEPT,
        cases=("hello", "long recording"),
        runs=102,
        exercised=102,
        fuzzed=100,
        seconds=0.125,
        identity=f"voice.stages:{subject.title()}",
        promise=f"{clause} is what the contract says",
        **more,  # type: ignore[arg-type]
    )


def broken(clause: str, *violations: Violation, path: str = "direct", **more: object) -> Verdict:
    """A clause that was broken."""
    return Verdict(
        item("transcribe", clause, path),
        Place(FILE, 14, 7),
        State.BROKEN,
        violations=violations,
        cases=("hello",),
        runs=18,
        exercised=18,
        fuzzed=17,
        seconds=0.5,
        identity="voice.stages:Transcribe",
        promise=f"{clause} is what the contract says",
        **more,  # type: ignore[arg-type]
    )


def idle(
    clause: str, reason: str, subject: str = "answer", path: str = "direct", **more: object
) -> Verdict:
    """A clause that was not exercised."""
    return Verdict(
        item(subject, clause, path),
        Place(FILE, 31),
        State.NOT_EXERCISED,
        reason,
        identity=f"voice.stages:{subject.title()}",
        **more,  # type: ignore[arg-type]
    )


def verdicts() -> Iterator[Verdict]:
    """Clauses of two files that stand in every way there is."""
    for path in ("direct", "pipeline"):
        for clause in ("output.data", "output.status", "output.json", "examples.hello"):
            yield kept(clause, path=path)
    yield broken("holds.confidence", CONFIDENCE)
    yield broken("events.order", OWED, path="pipeline", owner="runtime")
    yield broken("events.sequence", OWED, path="pipeline", excepted=EXCEPTION, owner="runtime")
    yield broken("log.quiet", Violation("no warning", "2 warnings"), excepted=EXPIRED)
    owed = "owed by the runtime; judged on runs through it, and this one was called directly"
    yield idle("events.order", owed, "transcribe")
    yield kept("output.data", "answer")
    yield kept("calls.llm", "answer", excepted=EXCEPTION)
    yield idle("within.p99", "quantiles need 50 runs; there were 12")
    yield idle("within.p99", "quantiles need 50 runs; there were 12", path="pipeline")
    yield idle("faults.llm", "not yet supported")
    yield Verdict(
        item("GET /sessions/{id}", "responses.200.body", "asgi", "contracts/api.contract.yaml"),
        Place("contracts/api.contract.yaml", 8),
        State.KEPT,
        cases=("a session exists",),
        runs=1,
        exercised=1,
        promise="the body is a Session",
    )


LISTED = (
    Listed("speak", "voice.stages:Speak", "stage", "unmatched"),
    Listed("legacy", "voice.legacy:Legacy", "stage", "skipped", "replaced in May"),
    Listed("store", "voice.stages:Store", "stage", "unmade", "no value for `database`"),
    Listed("voice.gpu", "", "module", "unimportable", "ModuleNotFoundError: No module 'torch'"),
)

PROBLEM = Problem(
    Place("contracts/broken.contract.yaml", 12, 3),
    "unknown key 'evnts'",
    "one of events, examples, given, output",
    "did you mean 'events'?",
    "unknown-key",
)

META = {
    "stagepact": "0.1.0",
    "python": "3.11.2",
    "platform": "Linux-6.1-x86_64",
    "seed": 17,
    "commit": "3372f49c0ffee",
    "versions": {"hypothesis": "6.151.9", "pytest": "9.0.2"},
}


def sample(**changes: object) -> Run:
    """A run with something of everything, but no problem."""
    values: dict[str, object] = {
        "verdicts": tuple(verdicts()),
        "listed": LISTED,
        "started": 1_772_366_400.0,
        "seconds": 2.1,
        "meta": META,
    }
    return Run(**(values | changes))  # type: ignore[arg-type]


def green(**changes: object) -> Run:
    """A run in which all that was checked is kept."""
    values: dict[str, object] = {"verdicts": (kept("output.data"),), "seconds": 0.0421}
    return Run(**(values | changes))  # type: ignore[arg-type]
