"""What a record says of the pacts that a broker gave, as the broker takes it: a result each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.deploying.digest import interaction_digest
from stagepact.pact.deploying.verified import Result, Verification
from stagepact.pact.model import Pact


@dataclass(frozen=True, slots=True)
class PactResult:
    """What was found of one pact; `left_out` has the interactions of which nothing was."""

    pact: Pact
    found: tuple[Result, ...]
    left_out: tuple[str, ...]

    @property
    def success(self) -> bool:
        """Whether all of it was verified."""
        return not self.left_out and all(each.success for each in self.found)

    def body(self, version: str, made_by: str, url: str = "") -> dict[str, Json]:
        """The result as the broker takes it."""
        tests: list[Json] = [_test(each) for each in self.found]
        told: dict[str, Json] = {
            "success": self.success,
            "providerApplicationVersion": version,
            "testResults": tests,
            "verifiedBy": {"implementation": "stagepact", "version": made_by},
        }
        return {**told, "buildUrl": url} if url else told


def pact_results(pacts: Iterable[Pact], records: Iterable[Verification]) -> Iterator[PactResult]:
    """Of each pact what the records say; where two speak of one interaction, a failure."""
    known: dict[tuple[str, str, str], Result] = {}
    for record in records:
        for result in record.results:
            key = (record.provider, result.consumer, result.digest)
            if key not in known or known[key].success:
                known[key] = result
    for pact in pacts:
        yield _of_pact(pact, known)


def _of_pact(pact: Pact, known: Mapping[tuple[str, str, str], Result]) -> PactResult:
    found: list[Result] = []
    left_out: list[str] = []
    for each in pact.interactions:
        result = known.get((pact.provider, pact.consumer, interaction_digest(each)))
        if result is not None:
            found.append(result)
        else:
            left_out.append(each.description)
    return PactResult(pact, tuple(found), tuple(left_out))


def _test(result: Result) -> dict[str, Any]:
    return {
        "interactionDescription": result.description,
        "success": result.success,
        "mismatches": [{"description": each} for each in result.mismatches],
    }
