"""The native matcher and the reference engine say the same of generated pairs.

`pact_ffi.sync_message_match_response_contents` is below pact-python's documented API, and has been
there since pact-python-ffi 0.5.12: the extra `pact` has the bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pact_ffi
import pytest
from pact_pairs import Pair, category, pair

from stagepact.pact.matching.json import json_mismatches

MEDIA = "application/json"


class Reference:
    """The Rust matcher, in this process: a pair's example and rules become an interaction."""

    def __init__(self) -> None:
        self._pact = pact_ffi.new_pact("consumer", "provider")
        pact_ffi.with_specification(self._pact, pact_ffi.PactSpecification.V4)
        self._count = 0

    def accepts(self, given: Pair) -> bool:
        self._count += 1
        interaction = pact_ffi.new_sync_message_interaction(self._pact, str(self._count))
        part, rules = pact_ffi.InteractionPart.RESPONSE, json.dumps({"body": given.rules})
        pact_ffi.with_body(interaction, part, MEDIA, json.dumps(given.example))
        pact_ffi.with_matching_rules(interaction, part, rules)
        value = json.dumps(given.value)
        return not pact_ffi.sync_message_match_response_contents(interaction, 0, MEDIA, value)


def native_accepts(given: Pair) -> bool:
    return not json_mismatches(given.example, given.value, category(given.rules))


def pairs(seed: str, count: int) -> Iterator[Pair]:
    return (pair(Random(f"{seed}-{number}")) for number in range(count))


def differing(given: Iterator[Pair]) -> list[Pair]:
    reference = Reference()
    return [each for each in given if reference.accepts(each) != native_accepts(each)]


def test_both_engines_accept_the_same() -> None:
    assert differing(pairs("fast", 2_000)) == []


@pytest.mark.slow
def test_both_engines_accept_the_same_of_very_many() -> None:
    assert differing(pairs("slow", 10_000)) == []


def test_the_pairs_are_worth_comparing() -> None:
    accepted = [native_accepts(each) for each in pairs("fast", 2_000)]
    assert 500 < sum(accepted) < 1_500


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"match": "semver"}, "1.0"),
        ({"match": "eachValue", "rules": [{"match": "integer"}]}, {"a": "x"}),
        ({"match": "type", "min": 2}, [1]),
    ],
)
def test_both_engines_can_say_no(rule: dict[str, object], value: object) -> None:
    example = {"at": value}
    rules = {"$.at": {"combine": "AND", "matchers": [rule]}}
    given = Pair(example, rules, {"at": value})
    assert (Reference().accepts(given), native_accepts(given)) == (False, False)
