"""Contract → subject → observation → verdict, in one short function: `check`."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stagepact.contract.operation_laws import OperationLaw
from stagepact.flow.closing import with_closing
from stagepact.flow.masked import without_secrets
from stagepact.flow.model import Item, Options, Target, Undrawn, View
from stagepact.flow.session import Session
from stagepact.flow.spots import spot
from stagepact.flow.violations import violations
from stagepact.observation import IsolatedObserver, Observer
from stagepact.observation.isolated import missing
from stagepact.schema import SchemaError
from stagepact.verdict.judge import Tally
from stagepact.verdict.known import with_entries
from stagepact.verdict.model import State, Verdict, Violation

if TYPE_CHECKING:
    from hypothesis.database import ExampleDatabase


def check(target: Target, options: Options) -> tuple[Verdict, ...]:
    """Run a target with all its cases and judge every item of it.

    Never raises for what the subject does; KeyboardInterrupt by the user passes.
    """
    reason = missing() if target.isolate else ""
    if target.subject is None or reason:
        return tuple(_not_run(item, target.reason or reason) for item in target.items)
    began = options.clock()
    with observer_of(target, options) as observer:
        session = Session(target, target.subject, observer, keep=options.prove, heard=options.heard)
        for case in target.cases:
            session.run(case)
        draws = target.generate is not None or any(case.is_generated for case in target.cases)
        fuzzing: Any = (_fuzzing().Fuzzing if draws else NothingDrawn)(session, options)
        try:
            undrawn = fuzzing.sample()
        except SchemaError as error:
            undrawn = Undrawn(f"nothing was fuzzed: {error}")
        found = {
            item.id: violations(session, fuzzing, view, item) for view, item in session.pairs()
        }
    seconds = (options.clock() - began) / max(1, len(session.tallies))
    is_fuzzed = target.generate is not None and target.fuzz != 0
    whole = not undrawn.reason and (options.fuzz or not is_fuzzed)
    verdicts = []
    for view, item in session.pairs():
        tally = session.tallies[item.id]
        verdict = _verdict(item, view, tally, found[item.id], seconds, undrawn)
        verdict = with_closing(verdict, item.clause.kind, observer.closing)
        if options.prove and verdict.state is State.KEPT:
            why = _mutants().unfailing(item.clause, session.seen(view, item.clause))
            verdict = replace(verdict, unfailing=why)
        verdict = without_secrets(verdict, target.secrets)
        timed = item.clause.kind.startswith("within.")
        verdicts.append(with_entries(verdict, item.known, judged=whole and not timed))
    return tuple(verdicts)


class NothingDrawn:
    """In the place of `Fuzzing` for a target without generated cases: what draws isn't loaded."""

    is_on = False

    def __init__(self, session: Session, options: Options) -> None:
        self.options = options

    def sample(self) -> Undrawn:
        """Nothing is drawn."""
        return Undrawn()


def observer_of(target: Target, options: Options) -> Observer:
    """What sees the runs of a target: in this process, or each in one of its own."""
    return (IsolatedObserver if target.isolate else options.observer)(target.limits)


def database_of_profile() -> ExampleDatabase | None:
    """Where Hypothesis's profile keeps failures; None for nowhere."""
    database: ExampleDatabase | None = _fuzzing().database_of_profile()
    return database


def _fuzzing() -> Any:
    """What draws, and Hypothesis with it: loaded when a target is checked (decision 0002)."""
    return import_module("stagepact.flow.fuzzing")


def _mutants() -> Any:
    """What turns clauses wrong: loaded when they are to be proved (decision 0002)."""
    return import_module("stagepact.verdict.mutants.prove")


def _not_run(item: Item, reason: str) -> Verdict:
    reserved = item.clause.kind == "reserved"
    return Verdict(
        item.id,
        item.clause.place,
        State.NOT_EXERCISED,
        "not yet supported" if reserved else reason,
        owner=item.clause.owner,
        promise=item.clause.promise,
        excepted=item.excepted,
    )


def _verdict(
    item: Item,
    view: View,
    tally: Tally,
    found: tuple[Violation, ...],
    seconds: float,
    undrawn: Undrawn,
) -> Verdict:
    state, reason = _judged(item, view, tally, undrawn)
    return Verdict(
        item=item.id,
        place=item.clause.place,
        state=state,
        reason=reason,
        violations=found,
        cases=tuple(tally.cases),
        runs=tally.runs,
        exercised=tally.exercised,
        fuzzed=tally.fuzzed,
        seconds=seconds,
        owner=item.clause.owner,
        identity=view.subject.identity,
        promise=item.clause.promise,
        excepted=item.excepted,
        spots=_spots(item, tally, found),
    )


def _judged(item: Item, view: View, tally: Tally, undrawn: Undrawn) -> tuple[State, str]:
    """The state, and why: what could not be drawn is told of what other cases kept, too."""
    state = tally.state
    if state is State.NOT_EXERCISED:
        reasons = dict.fromkeys(filter(None, (tally.reason, undrawn.reason)))
        return state, "; ".join(reasons) or "no case was run"
    if state is State.BROKEN or not _is_drawn_for(view, item):
        return state, ""
    return (State.NOT_EXERCISED if undrawn.mistaken else state), undrawn.reason


def _is_drawn_for(view: View, item: Item) -> bool:
    """Whether generated cases say anything of a clause."""
    value, kind = item.clause.value, item.clause.kind
    by_example = kind in ("example", "operation-example")
    return view.case is None and not by_example and not isinstance(value, OperationLaw)


def _spots(item: Item, tally: Tally, found: tuple[Violation, ...]) -> tuple[str, ...]:
    """Where a clause is broken in any of the runs; nothing where it isn't broken."""
    if tally.state is not State.BROKEN:
        return ()
    everywhere = {
        spot(item.clause, breach.pointer, seen)
        for seen, breaches in tally.broken
        for breach in breaches
    }
    return tuple(sorted(everywhere | {each.spot for each in found}))
