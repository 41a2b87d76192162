"""What every report says in the same words: standings, counts, sentences, the facts of a violation.

Nothing here knows how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from stagepact.schema.normalise import Pointer
from stagepact.verdict import Excepted, Known, Listed, Run, State, Verdict, Violation


class Standing(StrEnum):
    """How a clause stands in a report: its state, or what makes of it something else.

    Broken ones may be excepted by their contract or known by the baseline; kept ones fail where
    an entry of the baseline has vanished, or where they can't fail and that was asked.
    """

    KEPT = "kept"
    BROKEN = "broken"
    NOT_EXERCISED = "not exercised"
    EXCEPTED = "excepted"
    KNOWN = "known"
    VANISHED = "vanished"
    CANT_FAIL = "can't fail"


# Those that every report counts; the others are counted where there are any.
USUAL = (Standing.KEPT, Standing.BROKEN, Standing.NOT_EXERCISED, Standing.EXCEPTED)
FAILING_THOUGH_KEPT = (Standing.VANISHED, Standing.CANT_FAIL)


MARKS: Mapping[Standing, str] = {
    Standing.KEPT: "✓",
    Standing.BROKEN: "✗",
    Standing.NOT_EXERCISED: "–",
    Standing.EXCEPTED: "~",
    Standing.KNOWN: "~",
    Standing.VANISHED: "✗",
    Standing.CANT_FAIL: "✗",
}

UNCHECKED: Mapping[str, str] = {
    "unmatched": "no contract speaks of it",
    "skipped": "its author says so",
    "unmade": "it can't be made",
    "unimportable": "its module can't be imported",
}


def standing(verdict: Verdict) -> Standing:
    """How the clause stands; what fails comes before what doesn't."""
    broken = verdict.state is State.BROKEN
    if broken and not verdict.excused:
        return Standing.BROKEN
    if verdict.vanished:
        return Standing.VANISHED
    if verdict.unfailing:
        return Standing.CANT_FAIL
    if broken:
        return Standing.EXCEPTED if verdict.is_excepted else Standing.KNOWN
    return Standing(verdict.state.value)


def counts(verdicts: Iterable[Verdict]) -> Mapping[Standing, int]:
    """How many clauses stand how; every standing has its number."""
    found = Counter(map(standing, verdicts))
    return {each: found[each] for each in Standing}


def counted(numbers: Mapping[Standing, int], always: tuple[Standing, ...] = ()) -> str:
    """`41 kept, 2 broken`: the numbers that aren't 0, and those of `always`."""
    return ", ".join(
        f"{number:,} {each}" for each, number in numbers.items() if number or each in always
    )


def summary(run: Run) -> str:
    """The run in one line: `41 kept, 2 broken, 3 not exercised, 1 excepted in 2.1 s`."""
    problems = f"{plural(len(run.problems), 'problem')}, " if run.problems else ""
    numbers = counted(counts(run.verdicts), (Standing.KEPT, Standing.BROKEN))
    return f"{problems}{numbers} in {duration(run.seconds)}"


def headline(run: Run) -> str:
    """What the run came to, as a sentence."""
    numbers = counts(run.verdicts)
    problems = f"{plural(len(run.problems), 'problem')} to solve" if run.problems else ""
    broken = _are(numbers[Standing.BROKEN], "broken") if numbers[Standing.BROKEN] else ""
    vanished, idle = numbers[Standing.VANISHED], numbers[Standing.CANT_FAIL]
    prune = f"{plural(vanished, 'clause')} to prune from the baseline" if vanished else ""
    unfailing = f"{plural(idle, 'clause')} can't fail" if idle else ""
    if problems or broken or prune or unfailing:
        return ", ".join(filter(None, (problems, broken, prune, unfailing)))
    if numbers[Standing.KEPT] + numbers[Standing.EXCEPTED] + numbers[Standing.KNOWN] == 0:
        return "Nothing was exercised"
    if run.strict and numbers[Standing.NOT_EXERCISED]:
        return f"{_are(numbers[Standing.NOT_EXERCISED], 'not exercised')}, which strict forbids"
    if run.forbidden:
        return forbidden_sentence(run.forbidden)
    covered = [each for each in (Standing.EXCEPTED, Standing.KNOWN) if numbers[each]]
    return f"Every exercised clause is {' or '.join([Standing.KEPT, *covered])}"


def _are(number: int, what: str) -> str:
    return f"{plural(number, 'clause')} {'is' if number == 1 else 'are'} {what}"


def plural(number: int, noun: str) -> str:
    """`1 clause`, `2 clauses`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """A duration in the unit that a reader would choose: `12 ms`, `2.1 s`, `3 min 20 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def moment(started: float) -> str:
    """Seconds since the epoch as `2026-03-01T12:00:00Z`; "" for what no calendar has."""
    try:
        at = datetime.fromtimestamp(started, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def pointer_text(pointer: Pointer) -> str:
    """The place as a JSON Pointer (RFC 6901): `/data/confidence`."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in pointer)


def owner_sentence(verdict: Verdict, violation: Violation) -> str:
    """Who owes it when that isn't the stage; "" when it is."""
    owner = violation.owner or verdict.owner
    if owner in ("", "stage"):
        return ""
    if owner.startswith("owed "):
        return owner
    who = "the runtime" if owner == "runtime" else f"the runtime ({owner})"
    path = f" on path {verdict.item.path}" if verdict.item.path else ""
    return f"owed by {who}{path}, not by the stage's own code"


def exception_sentence(excepted: Excepted) -> str:
    """The exception's end date, reason and issue; an expired one says so."""
    until = f"expired on {excepted.until}" if excepted.expired else f"until {excepted.until}"
    issue = f" ({excepted.issue})" if excepted.issue else ""
    return f"{until}: {excepted.reason}{issue}"


def remark(verdict: Verdict) -> str:
    """Why the clause stands as it does, in a line: its reason, its exception, its baseline."""
    said = (verdict.reason, _exception(verdict), *_baseline(verdict), verdict.unfailing)
    return "; ".join(filter(None, said))


def known_sentence(known: Known) -> str:
    """An entry of the baseline: its end date, reason, issue and owner; or what became of it."""
    where = f" at {known.spot}" if known.spot else ""
    if known.vanished:
        return f"not broken{where} any more: prune it, {known.place} (`stagepact baseline prune`)"
    until = f"expired on {known.until}" if known.expired else f"until {known.until}"
    return f"{until}: {known.reason} ({known.issue}, {known.owner})"


def _baseline(verdict: Verdict) -> Iterator[str]:
    if verdict.known and verdict.unknown:
        yield f"new at {', '.join(each or '/' for each in verdict.unknown)}"
    vanished = verdict.vanished
    still = verdict.state is State.BROKEN
    told = [each for each in verdict.known if still and each not in vanished]
    yield from dict.fromkeys(f"known {known_sentence(each)}" for each in told)
    yield from map(known_sentence, vanished)


def _exception(verdict: Verdict) -> str:
    if verdict.excepted is None:
        return ""
    is_covered = verdict.state is State.BROKEN and verdict.is_excepted
    word = "excepted" if is_covered else "exception"
    needless = "; no longer needed" if verdict.state is State.KEPT else ""
    return f"{word} {exception_sentence(verdict.excepted)}{needless}"


def sentence(verdict: Verdict) -> str:
    """How the clause stands and why: `not exercised: no case reaches it`; "" when it's kept."""
    said = remark(verdict)
    if standing(verdict) in (Standing.KEPT, Standing.EXCEPTED, Standing.KNOWN):
        return said
    return f"{standing(verdict)}: {said}" if said else str(standing(verdict))


def unchecked_sentence(listed: Listed) -> str:
    """Why something found in the code isn't checked."""
    return f"{listed.why}: {listed.reason or UNCHECKED.get(listed.why, 'not checked')}"


def forbidden_sentence(listed: Iterable[Listed]) -> str:
    """What of the code strict doesn't let pass."""
    found = Counter(each.why for each in listed)
    unmatched, lost = found["unmatched"], found["unimportable"]
    said = [f"{plural(unmatched, 'subject')} without a contract"] if unmatched else []
    said += [plural(lost, "unimportable module")] if lost else []
    return f"{' and '.join(said)}, which strict forbids"


def covered_sentence(covered: Coverage) -> str:
    """`12 of 13, by 2 cases, 100 fuzzed`, in columns."""
    fuzzed = f", {covered.fuzzed:,} fuzzed" if covered.fuzzed else ""
    by = f", by {plural(len(covered.cases), 'case')}{fuzzed}" if covered.exercised else ""
    return f"{covered.exercised:>3} of {covered.clauses:>3}{by}"


def exercised_sentence(covered: Coverage) -> str:
    """What exercised a subject's clauses: `2 examples, 50 fuzzed`; "" when nothing did."""
    examples = plural(len(covered.cases), "example") if covered.cases else ""
    fuzzed = f"{covered.fuzzed:,} fuzzed" if covered.fuzzed else ""
    return ", ".join(filter(None, (examples, fuzzed)))


def clause_names(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The clauses by name, each once with its paths: `output.data[direct, pipeline]`."""
    return tuple(
        f"{clause}[{', '.join(paths)}]" if paths else clause
        for clause, paths in _paths(verdicts).items()
    )


def clauses_sentence(verdicts: Iterable[Verdict]) -> str:
    """The clauses in a row; paths that are the same for all are said once, at the end."""
    verdicts = tuple(verdicts)
    by_clause = _paths(verdicts)
    alike = set(map(tuple, by_clause.values()))
    if len(by_clause) < 2 or len(alike) > 1 or () in alike:
        return ", ".join(clause_names(verdicts))
    return f"{', '.join(by_clause)} [{', '.join(alike.pop())}]"


def _paths(verdicts: Iterable[Verdict]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        paths = found.setdefault(verdict.item.clause, [])
        if verdict.item.path and verdict.item.path not in paths:
            paths.append(verdict.item.path)
    return found


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to say of a violation; what is verbatim keeps its lines and can be copied."""

    label: str
    text: str
    verbatim: bool = False


_FACTS: tuple[tuple[str, Callable[[Verdict, Violation], str], bool], ...] = (
    ("at", lambda verdict, violation: pointer_text(violation.pointer), False),
    ("promised", lambda verdict, violation: violation.promised, False),
    ("seen", lambda verdict, violation: violation.seen, False),
    ("owner", owner_sentence, False),
    ("case", lambda verdict, violation: violation.case, False),
    ("note", lambda verdict, violation: _note(violation), False),
    ("example", lambda verdict, violation: _case_of(verdict, violation, pasted=True), True),
    ("input", lambda verdict, violation: _case_of(verdict, violation, pasted=False), True),
    ("traceback", lambda verdict, violation: violation.traceback, True),
    ("run", lambda verdict, violation: violation.command, True),
)


def facts(verdict: Verdict, violation: Violation) -> tuple[Fact, ...]:
    """All that is known of a violation, in the order in which it is read."""
    said = ((label, say(verdict, violation), verbatim) for label, say, verbatim in _FACTS)
    return tuple(Fact(label, text, verbatim) for label, text, verbatim in said if text)


# What these are about has no `examples:` in a contract.
_WITHOUT_EXAMPLES = ("edge", "laws.", "conservation.", "lifecycle.")


def _case_of(verdict: Verdict, violation: Violation, *, pasted: bool) -> str:
    """The generated case, if a contract has a place for it (`pasted`) or if it has none."""
    takes = not verdict.item.clause.startswith(_WITHOUT_EXAMPLES)
    return violation.example if takes == pasted else ""


def _note(violation: Violation) -> str:
    if not violation.nondeterministic:
        return ""
    return f"nondeterministic; the same case, run again: {violation.nondeterministic}"


def grouped(verdicts: Iterable[Verdict]) -> Mapping[str, Mapping[str, list[Verdict]]]:
    """The verdicts by contract file, then by subject, in the order in which they come."""
    groups: dict[str, dict[str, list[Verdict]]] = {}
    for verdict in verdicts:
        subjects = groups.setdefault(verdict.item.file, {})
        subjects.setdefault(verdict.item.subject, []).append(verdict)
    return groups


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which of a subject's clauses were exercised, and by what.

    `cases` are the named ones, in order of appearance. `fuzzed` adds up, over the paths, the
    most fuzzed cases that one clause saw: each fuzzed case is judged by many clauses.
    """

    clauses: int
    exercised: int
    cases: tuple[str, ...]
    fuzzed: int


def coverage(verdicts: Iterable[Verdict]) -> Coverage:
    """The coverage of one subject's clauses."""
    verdicts = tuple(verdicts)
    fuzzed: dict[str, int] = {}
    for verdict in verdicts:
        fuzzed[verdict.item.path] = max(verdict.fuzzed, fuzzed.get(verdict.item.path, 0))
    return Coverage(
        clauses=len(verdicts),
        exercised=sum(verdict.state is not State.NOT_EXERCISED for verdict in verdicts),
        cases=tuple(dict.fromkeys(case for verdict in verdicts for case in verdict.cases)),
        fuzzed=sum(fuzzed.values()),
    )
