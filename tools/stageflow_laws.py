"""What holds and what breaks in stageflow-core 1.2.0, law by law, each with the smallest case.

    python tools/stageflow_laws.py

writes docs/stageflow-1.2.0.md from the laws of examples/stageflow/laws.contract.yaml. A law whose
cases come in several forms is tried in each of them by itself, for its faults may differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from hypothesis.strategies import SearchStrategy

from stagepact.contract.laws import PIPELINES
from stagepact.flow import Options, Target, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.subject import Case
from stagepact.verdict.model import State, Verdict, Violation

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "stageflow-1.2.0.md"
CONTRACT = ROOT / "examples" / "stageflow" / "laws.contract.yaml"

Wanted = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Form:
    """Cases of one form: what they have in common, and which ones are of it."""

    title: str
    wanted: Wanted


def _shape(name: str) -> Form:
    return Form(name, lambda given: bool(given["shape"] == name))


def _does(title: str, does: str, times: int = 1) -> Form:
    def wanted(given: Mapping[str, Any]) -> bool:
        odd = [each for each in given["stages"] if each.get("does", "ok") != "ok"]
        same = all(each["does"] == does and each.get("times", 1) == times for each in odd)
        return bool(odd) and same

    return Form(title, wanted)


def _run(title: str, does: str) -> Form:
    return Form(title, lambda given: {each[1] for each in given["runs"]} == {"ok", does})


FORMS: Mapping[str, tuple[Form, ...]] = {
    "build-or-clear-error": (
        *map(_shape, ("chain", "chain, last stage first", "wide", "all into one", "layers")),
        *map(_shape, ("nothing", "missing upstream", "waits for itself", "name taken twice")),
    ),
    "runs-isolated": (
        _run("one of them fails", "fail"),
        _run("a stage of one raises", "raise"),
        _run("one of them cancels", "cancel"),
        _run("one of them is cancelled from outside", "stopped"),
    ),
    "nothing-leaked": (
        _does("a stage returns FAIL", "fail"),
        _does("a stage raises", "raise"),
        _does("a stage returns CANCEL", "cancel"),
    ),
    "retry-is-honoured": (
        _does("a stage returns RETRY", "retry"),
        _does("a stage raises once", "flaky"),
        _does("a stage raises twice", "flaky", times=2),
    ),
    "open-circuit-is-not-success": (
        Form("the stage fails", lambda given: bool(given["does"] == "fail")),
        Form("the stage raises", lambda given: bool(given["does"] == "raise")),
    ),
}


def planned() -> Plan:
    """The plan of the contract.

    Raises:
        RuntimeError: something is wrong with the contract.
    """
    plan = make_plan(open_project([CONTRACT], CONTRACT.parent))
    if plan.problems:
        raise RuntimeError("\n".join(map(str, plan.problems)))
    return plan


def restricted(target: Target, form: Form) -> Target:
    """The target with its cases of one form only."""
    generate, edges = target.generate, target.edges

    def wanted(case: Case) -> bool:
        return form.wanted(case.given.input)

    def drawn() -> SearchStrategy[Case] | None:
        made = None if generate is None else generate()
        return None if made is None else made.filter(wanted)

    def known() -> tuple[Case, ...]:
        return tuple(filter(wanted, () if edges is None else edges()))

    return replace(target, cases=(), generate=drawn, edges=known)


def judged(target: Target) -> Verdict:
    """What is found, with the same draws in each run, and nothing that was kept before."""
    (verdict,) = check(target, Options(max_examples=40, seed=1, database=None))
    return verdict


def law_of(verdict: Verdict) -> str:
    """The law's name."""
    return verdict.item.clause.removeprefix("laws.")


def found() -> Iterator[tuple[Verdict, list[tuple[str, Verdict]]]]:
    """Each law of pipelines with its verdict, and those of the forms of its cases."""
    for target in planned().targets:
        if target.items and target.items[0].clause.kind.startswith("pipelines."):
            whole = judged(replace(target, cases=()))
            forms = FORMS.get(law_of(whole), ())
            yield whole, [(form.title, judged(restricted(target, form))) for form in forms]


def page() -> str:
    """The whole page."""
    laws = list(found())
    stages = [
        judged(target)
        for target in planned().targets
        if target.items[0].clause.kind.startswith("stages.")
    ]
    broken = sum(whole.state is State.BROKEN for whole, _ in laws)
    parts = [_HEAD.format(count=len(laws), broken=broken), *_table(laws)]
    parts += ["", "## What breaks", ""]
    for whole, forms in laws:
        if whole.state is State.BROKEN:
            parts += _section(whole, forms)
    parts += ["## The stages of its README", "", _stages(stages), ""]
    return "\n".join(parts)


_HEAD = """\
# stageflow-core 1.2.0, law by law

What holds and what breaks in stageflow-core 1.2.0 as published, by the {count} laws of pipelines \
([guide](guides/laws.md)): {broken} are broken. This page is written by \
`python tools/stageflow_laws.py` from `examples/stageflow/laws.contract.yaml`; a test holds it to \
what is found now.

Each law is tried with generated pipelines of harmless stages, which are run by `Pipeline.build()` \
and the built graph's `run`, with stageflow's own interceptors: the default ones, and \
`RetryInterceptor` without delays. A case is the smallest that was found: `stages` are a graph, \
`does` is how a stage ends, `turns` how long it waits, in turns of the event loop.

| law | promise | verdict |
|---|---|---|"""


def _table(laws: Iterable[tuple[Verdict, Any]]) -> Iterator[str]:
    for whole, _ in laws:
        name = law_of(whole)
        told = f"[broken](#{name})" if whole.state is State.BROKEN else str(whole.state.value)
        reason = f": {whole.reason}" if whole.state is State.NOT_EXERCISED else ""
        yield f"| `{name}` | {PIPELINES[name].promise} | {told}{reason} |"


def _section(whole: Verdict, forms: list[tuple[str, Verdict]]) -> Iterator[str]:
    name = law_of(whole)
    yield from (f"### {name}", "", f"Promised: {PIPELINES[name].promise}.", "")
    for title, verdict in forms or [("", whole)]:
        if verdict.state is State.BROKEN:
            if title:
                yield from (f"{title[0].upper()}{title[1:]}:", "")
            for violation in verdict.violations:
                yield f"- expected {violation.promised}; seen: {violation.seen}"
            yield from ("", "```yaml", _case(verdict.violations[0]), "```", "")
    kept = [title for title, verdict in forms if verdict.state is State.KEPT]
    if kept:
        yield from (f"Kept where {', where '.join(kept)}." if _are_clauses(kept) else
                    f"Kept for: {'; '.join(kept)}.", "")  # fmt: skip


def _are_clauses(titles: list[str]) -> bool:
    return all(" " in title and title.split()[0] in ("a", "one", "the") for title in titles)


def _case(violation: Violation) -> str:
    """The input of the smallest case, as YAML."""
    text = violation.example.partition("input:\n")[2]
    return _rounded(dedent(text).rstrip())


def _rounded(text: str) -> str:
    """How deep a recursion may be depends on the interpreter, and on who calls."""
    return re.sub(r"size: \d{3,}", "size: 1000 # about: Python's own limit of recursion", text)


def _stages(verdicts: Iterable[Verdict]) -> str:
    states: dict[str, list[str]] = {}
    for each in verdicts:
        states.setdefault(str(each.state.value), []).append(f"{each.item.subject}: {law_of(each)}")
    told = [f"{state}: {len(names)}" for state, names in states.items()]
    never = "; ".join(states.get("not exercised", []))
    return (
        f"`GreetStage` and `ShoutStage` are held to the laws of stages: {', '.join(told)} "
        f"({never}: they never wait)."
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}", file=sys.stderr)
