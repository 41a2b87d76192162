"""What the laws of pipelines are tried with, drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hypothesis import strategies as st

from stagepact.cases.graphs import Pipeline, context_keys, context_values, pipelines, stage_names
from stagepact.subject import Case, Given
from stagepact.subject.protocols.pipeline_laws import BUILT, LARGEST, REFUSED

_FAULTS = ("ok", "fail", "raise", "cancel")

Input = st.SearchStrategy[dict[str, Any]]


def _listed(stages: Pipeline) -> list[dict[str, Any]]:
    """Stages as JSON, without what goes without saying."""
    usual = {"depends": (), "does": "ok", "turns": 0, "times": 1}
    return [
        {k: list(v) if k == "depends" else v for k, v in asdict(each).items() if v != usual.get(k)}
        for each in stages
    ]


def _graphs(does: Sequence[str] = ("ok",), **sizes: int) -> Input:
    return pipelines(does=does, **sizes).map(lambda stages: {"stages": _listed(stages)})


def _with(stages: Input, **more: st.SearchStrategy[Any]) -> Input:
    return st.builds(lambda one, two: {**one, **two}, stages, st.fixed_dictionaries(more))


def _cycles() -> Input:
    names = st.lists(stage_names().map(lambda name: f"{name}_"), max_size=4, unique=True)
    return _with(_graphs(max_stages=4), cycle=names)


def _forms() -> Input:
    sizes = st.integers(1, LARGEST)
    return st.fixed_dictionaries({"shape": st.sampled_from([*BUILT, *REFUSED]), "size": sizes})


def _composed() -> Input:
    return pipelines(max_stages=5).flatmap(
        lambda stages: st.lists(
            st.sampled_from(["a", "b", "c", "ab", "bc", "abc"]),
            min_size=len(stages),
            max_size=len(stages),
        ).map(lambda masks: {"stages": _listed(stages), "in": masks})
    )


def _runs() -> Input:
    """Two to four runs of one graph, one of which is odd: more failures may open a circuit."""

    def with_runs(stages: Pipeline) -> Input:
        names = st.sampled_from([each.name for each in stages])
        does = st.sampled_from(["ok", "fail", "raise", "cancel", "stopped"])
        odd = st.tuples(names, does).map(list)
        usual = [stages[0].name, "ok"]
        before_and_after = st.sampled_from([(0, 1), (1, 0), (1, 1), (0, 2), (2, 1)])
        runs = st.builds(
            lambda one, counts: [*[usual] * counts[0], one, *[usual] * counts[1]],
            odd,
            before_and_after,
        )
        return runs.map(lambda drawn: {"stages": _listed(stages), "runs": drawn})

    return pipelines(max_stages=4).flatmap(with_runs)


def _retries() -> Input:
    def asking(stages: list[dict[str, Any]], does: str, times: int) -> dict[str, Any]:
        first = {**stages[0], "does": does} | ({"times": times} if times > 1 else {})
        return {"stages": [first, *stages[1:]]}

    graphs = pipelines(max_stages=4).map(_listed)
    return st.builds(asking, graphs, st.sampled_from(["retry", "flaky"]), st.integers(1, 3))


def _writes() -> Input:
    keys = st.sampled_from(["a", "b"]) | context_keys()
    write = st.tuples(stage_names(), keys, context_values()).map(list)
    return st.fixed_dictionaries({"writes": st.lists(write, min_size=1, max_size=6)})


DRAWN: Mapping[str, Callable[[], Input]] = {
    "acyclic": _cycles,
    "build-or-clear-error": _forms,
    "order-respected": lambda: _graphs(("ok", "emit")),
    "compose-associative": _composed,
    "compose-idempotent": _composed,
    "compose-preserves-stages": _composed,
    "runs-isolated": _runs,
    "dependents-of-a-failure-do-not-run": lambda: _graphs(_FAULTS, min_stages=2),
    "cancellation-leaves-nothing-running": lambda: _with(
        _graphs(max_stages=5), turn=st.integers(1, 12)
    ),
    "nothing-leaked": lambda: _graphs(_FAULTS),
    "sink-failure-contained": lambda: _graphs(("ok", "skip", "fail")),
    "every-stage-has-one-terminal-event": lambda: _graphs(("ok", "skip", *_FAULTS)),
    "sequence-monotonic": lambda: _graphs(("ok", "emit", "skip")),
    "idempotency-is-per-stage": lambda: _graphs(max_stages=4),
    "retry-is-honoured": _retries,
    "open-circuit-is-not-success": lambda: st.fixed_dictionaries(
        {"does": st.sampled_from(["fail", "raise"])}
    ),
    "context-write-once": _writes,
}


def drawn(law: str) -> st.SearchStrategy[Case]:
    """Cases of a law, drawn."""
    return DRAWN[law]().map(lambda value: Case("fuzz", Given(input=value), "fuzz"))
