"""One run, and all that is seen of it; what is hostile is in tests/fault."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from subjects import DOUBLE, Fake

from stagepact.observation import End, Limits, Observation, Observer
from stagepact.observation.observe import TimeLimit, failure, snapshot
from stagepact.subject import Case, Fresh, Given, Output, Part, Probe, SubjectId, Unfit
from stagepact.subject.model import CaseKind


def observe(does: Any, given: Given | None = None, limits: Limits | None = None) -> Observation:
    with Observer(limits) as observer:
        return observer.observe(Fake(does), Case("a case", given or Given()))


def test_what_is_returned() -> None:
    seen = observe(lambda value: value * 2, Given(input=2))
    assert seen.output == Output(data=4, raw=4)
    assert (seen.end, seen.status, seen.error) == (End.RETURNED, "ok", None)
    assert (seen.subject, seen.case.name, seen.event_name) == (DOUBLE, "a case", "{type}")
    assert 0 < seen.duration < 1


def test_what_is_raised_with_the_users_part_of_the_traceback() -> None:
    def does(value: Any) -> None:
        raise LookupError("lost")

    seen = observe(does)
    assert (seen.end, seen.status, seen.output) == (End.RAISED, "error", None)
    assert seen.error is not None
    assert str(seen.error) == "LookupError: lost"
    assert seen.error.bases == ("LookupError", "Exception", "BaseException")
    assert 'raise LookupError("lost")' in seen.error.traceback
    assert 'observe.py", line' not in seen.error.traceback.replace("test_observe.py", "")


def test_an_error_without_a_message_is_its_name() -> None:
    assert str(failure(ValueError())) == "ValueError"


def test_a_case_that_cannot_be_given_blames_nobody() -> None:
    def does(value: Any) -> None:
        raise Unfit("no value for x")

    seen = observe(does)
    assert (seen.end, seen.status) == (End.UNFIT, "unfit")


def test_events_in_order_with_their_times() -> None:
    async def does(value: Any, probe: Probe) -> None:
        probe.emit("a", {"n": 1})
        await asyncio.sleep(0.02)
        probe.emit("b", None)

    seen = observe(does)
    assert [(e.type, e.data, e.number) for e in seen.events] == [("a", {"n": 1}, 0), ("b", None, 1)]
    assert seen.events[1].at - seen.events[0].at > 0.01
    assert seen.events[1].at <= seen.duration + 0.001


def test_events_that_come_with_the_output_are_seen_last() -> None:
    def does(value: Any, probe: Probe) -> Output:
        probe.emit("during", None)
        return Output(events=(("after", {"n": 1}),))

    assert [event.type for event in observe(does).events] == ["during", "after"]


def test_log_records_with_their_extra_fields() -> None:
    def does(value: Any) -> None:
        logging.getLogger("mine").warning("took %d", 3, extra={"request": "r1"})
        logging.getLogger("mine").debug("quiet")

    (log,) = observe(does).logs
    assert (log.logger, log.level, log.message, dict(log.fields)) == (
        "mine",
        "WARNING",
        "took 3",
        {"request": "r1"},
    )
    assert [log.message for log in observe(does, limits=Limits(log_level=1)).logs] == [
        "took 3",
        "quiet",
    ]


class Mute:
    def __repr__(self) -> str:
        raise ValueError("no")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("%d", "'%d' (TypeError while formatting: %d format: a real number is required, not str)"),
        (Mute(), "<its repr raises ValueError> (ValueError while formatting: no)"),
    ],
    ids=["wrong format", "no text"],
)
def test_a_record_that_cannot_be_formatted_is_seen(
    message: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own raises

    def does(value: Any) -> None:
        logging.getLogger("mine").warning(message, *(["x"] if message == "%d" else []))

    assert observe(does).logs[0].message == told


def test_logging_between_runs_is_nobodys() -> None:
    with Observer() as observer:
        logging.getLogger("mine").warning("before")
        seen = observer.observe(Fake(lambda value: 1), Case("x"))
    assert seen.logs == ()


def test_calls_to_ports() -> None:
    class Port:
        def ask(self, n: int) -> int:
            return n

    seen = observe(lambda value, probe: probe.port("llm", Port()).ask(1))
    assert [(call.name, dict(call.arguments)) for call in seen.calls] == [("llm.ask", {"n": 1})]


def test_the_time_since_the_run_began() -> None:
    seen = observe(lambda value, probe: probe.now())
    assert seen.output is not None
    assert 0 <= seen.output.data < 1


# -- ports that are made for each run ----------------------------------------------------------


def test_fresh_ports_are_made_for_each_run_and_others_are_shared() -> None:
    taken: list[Any] = []

    class Sees(Fake):
        async def __call__(self, case: Case, probe: Probe) -> Output:
            taken.append((case.given.ports["fresh"], case.given.ports["shared"]))
            return Output()

    shared = object()
    case = Case("x", Given(ports={"fresh": Fresh(dict), "shared": shared}))
    with Observer() as observer:
        for _ in range(2):
            assert observer.observe(Sees(lambda value: 1), case).case is case
    assert taken[0][0] is not taken[1][0]
    assert taken[0][1] is taken[1][1] is shared


def test_a_port_that_cannot_be_made_blames_nobody() -> None:
    def make() -> None:
        raise OSError("no more")

    seen = observe(lambda value: 1, Given(ports={"db": Fresh(make)}))
    assert seen.end is End.UNFIT
    assert str(seen.error) == "Unfit: the port 'db' can't be made: OSError: no more"


# -- parts of a pipeline -----------------------------------------------------------------------

STAGE = SubjectId("inner", "m:Inner", "stage", "pipeline")


@pytest.fixture
def whole() -> Observation:
    def does(value: Any, probe: Probe) -> None:
        probe.emit("stage.inner.started", None)
        probe.part("inner", Part(Output(data=1), input=Given(input=7), duration=0.5))
        probe.part("bad", Part(error=ValueError("x"), duration=0.1))
        raise RuntimeError("whole")

    return observe(does)


def test_a_stages_part_of_a_run(whole: Observation) -> None:
    seen = whole.of_stage("inner", STAGE, "stage.{stage}.{type}")
    assert (seen.subject, seen.end, seen.error) == (STAGE, End.RETURNED, None)
    assert seen.output == Output(data=1)
    assert (seen.duration, seen.given.input, seen.event_name) == (0.5, 7, "stage.{stage}.{type}")
    assert seen.events == whole.events
    assert seen.parts == {}


def test_a_stage_that_raised(whole: Observation) -> None:
    seen = whole.of_stage("bad", STAGE, "{type}")
    assert (seen.end, str(seen.error)) == (End.RAISED, "ValueError: x")


@pytest.mark.parametrize("broken_into", [asyncio.CancelledError(), TimeLimit()])
def test_a_stage_that_had_not_ended_when_the_whole_hung(broken_into: BaseException) -> None:
    """The time limit is the run's, and what it breaks into is the stage: it raised nothing."""

    async def does(value: Any, probe: Probe) -> None:
        probe.part("slow", Part(error=broken_into))
        probe.part("bad", Part(error=ValueError("x")))
        await asyncio.sleep(60)

    whole = observe(does, limits=Limits(seconds=0.05))
    seen = whole.of_stage("slow", STAGE, "{type}")
    assert (whole.end, seen.end, seen.status) == (End.HUNG, End.HUNG, "hung")
    assert str(seen.error) == "TimeLimit: not ended after 0.05 s"
    assert whole.of_stage("bad", STAGE, "{type}").end is End.RAISED


def test_a_stage_that_was_not_reached(whole: Observation) -> None:
    seen = whole.of_stage("other", STAGE, "{type}")
    assert (seen.end, seen.status, seen.error) == (End.NOT_REACHED, "not reached", None)


# -- payloads ----------------------------------------------------------------------------------


def test_a_snapshot_is_of_now_and_bounded() -> None:
    value = {"a": [1, {"b": 2}]}
    taken = snapshot(value)
    value["a"].append(3)
    assert taken == {"a": [1, {"b": 2}]}
    ring: list[Any] = []
    ring.append(ring)
    assert snapshot(ring)
    loop: dict[str, Any] = {}
    loop["self"] = loop
    assert snapshot(loop)


def test_subjects_are_closed_on_their_loop_when_the_batch_is_over() -> None:
    loops: list[Any] = []

    async def note(*_: Any) -> None:
        loops.append(asyncio.get_running_loop())

    with Observer() as observer:
        fake = Fake(note, closes=note)
        for _ in range(2):
            observer.observe(fake, Case("x"))
        assert len(loops) == 2
    assert len(loops) == 3
    assert len(set(loops)) == 1
    assert loops[0].is_closed()


def test_it_watches_nothing_where_there_is_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("signal.setitimer")

    async def hangs(value: Any) -> None:
        await asyncio.sleep(60)

    async def leaves(value: Any) -> int:
        leaves.task = asyncio.create_task(hangs(None))  # type: ignore[attr-defined]
        return 1

    assert observe(hangs, limits=Limits(seconds=0.05)).end is End.HUNG
    assert len(observe(leaves).leaks.tasks) == 1


def test_open_files_are_not_told_where_the_platform_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: str) -> None:
        raise OSError

    monkeypatch.setattr("os.listdir", refuse)
    assert observe(lambda value: 1).leaks.files == ()


@pytest.mark.parametrize(("kind", "told"), [("example", 1), ("fuzz", 0)])
def test_open_files_are_looked_for_after_written_cases(
    tmp_path: Path, kind: CaseKind, told: int
) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this platform doesn't tell which files are open")
    left: list[Any] = []
    with Observer() as observer:
        subject = Fake(lambda value: left.append((tmp_path / "left.txt").open("w")))
        seen = observer.observe(subject, Case("a case", Given(), kind))
    left[0].close()
    assert len(seen.leaks.files) == told
