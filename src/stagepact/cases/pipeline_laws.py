"""What the laws of pipelines are tried with in each run, before what is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagepact.subject import Case, Given
from stagepact.subject.protocols.pipeline_laws import BUILT, LARGEST, REFUSED

_IN_ROW = [{"name": "a", "turns": 3}, {"name": "b", "depends": ["a"], "turns": 8}]
_SIDE_BY_SIDE = [{"name": name, "turns": turns} for turns, name in enumerate("abcdef", 1)]
_CHAIN = [{"name": "a"}, {"name": "b", "depends": ["a"]}, {"name": "c", "depends": ["b"]}]


def plain_case(law: str, own: Mapping[str, tuple[str, ...]]) -> Case:
    """The case that is tried even where nothing is drawn: the pipeline's own graph, or a known."""
    stages = [{"name": name, "depends": list(depends)} for name, depends in own.items()]
    if stages and law in ("acyclic", "order-respected", "nothing-leaked"):
        return Case("the pipeline's own graph", Given(input={"stages": stages}))
    return Case("the plainest case", known_cases(law)[0].given)


def known_cases(law: str) -> tuple[Case, ...]:
    """The cases that a law is tried with in each run."""
    inputs = KNOWN.get(law, ({"stages": _CHAIN},))
    return tuple(
        Case(f"known {n}", Given(input=one), "boundary") for n, one in enumerate(inputs, 1)
    )


_COMPOSED = {"stages": _CHAIN, "in": ["a", "ab", "bc"]}

KNOWN: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "acyclic": (
        {"stages": _CHAIN},
        {"stages": _CHAIN, "cycle": ["x"]},
        {"stages": _CHAIN, "cycle": ["x", "y", "z"]},
    ),
    "build-or-clear-error": (
        *({"shape": shape, "size": size} for shape in BUILT for size in (1, LARGEST)),
        *({"shape": shape, "size": 3} for shape in REFUSED),
    ),
    "dependents-of-a-failure-do-not-run": tuple(
        {"stages": [{"name": "a", "does": does}, {"name": "b", "depends": ["a"]}]}
        for does in ("fail", "raise", "cancel")
    ),
    "nothing-leaked": tuple(
        {"stages": [{"name": "a", "does": does}, {"name": "b", "turns": 40}]}
        for does in ("ok", "fail", "raise", "cancel")
    ),
    "cancellation-leaves-nothing-running": tuple(
        {"stages": [{"name": "a", "turns": 40}, {"name": "b", "turns": 40}], "turn": turn}
        for turn in (1, 5, 20)
    ),
    "runs-isolated": tuple(
        {"stages": stages, "runs": runs}
        for does in ("ok", "fail", "raise", "cancel", "stopped")
        for stages in (_IN_ROW, _SIDE_BY_SIDE)
        for runs in (
            [["a", "ok"], ["b", does]],
            [["b", does], ["a", "ok"], ["a", "ok"]],
        )
    ),
    "sink-failure-contained": ({"stages": [{"name": "a", "does": "skip"}, {"name": "b"}]},),
    "retry-is-honoured": tuple(
        {"stages": [{"name": "a", "does": does, "times": times}, {"name": "b", "depends": ["a"]}]}
        for does in ("retry", "flaky")
        for times in (1, 2)
    ),
    "open-circuit-is-not-success": ({"does": "fail"}, {"does": "raise"}),
    "context-write-once": (
        {"writes": [["a", "k", None], ["b", "k", 1]]},
        {"writes": [["a", "k", 1], ["a", "k", 1]]},
    ),
    **dict.fromkeys(
        ("compose-associative", "compose-idempotent", "compose-preserves-stages"), (_COMPOSED,)
    ),
}
