"""The cases of the Pact specification, versions 1 to 4, compare as they say."""

from collections import Counter
from pathlib import Path

import pytest

from stagepact.contract.source import read_json
from stagepact.pact import files, matching
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Version
from stagepact.pact.part import Part

VERSIONS = {f"v{version.value}": version for version in Version}

COUNTS = {"v1": (76, 0), "v1.1": (97, 0), "v2": (134, 44), "v3": (179, 47), "v4": (179, 47)}
"""How many cases there are: those that are compared, and those whose XML is not."""


def documents(folder: Path) -> dict[str, Part]:
    """By name; two of version 1 start with a byte order mark, which no JSON text may."""
    return {
        path.relative_to(folder).as_posix(): Part.whole(read_json(path.read_bytes(), str(path)))
        for path in sorted(folder.rglob("*.json"))
    }


def compared(case: Part, name: str, version: Version) -> Comparison:
    expected, actual = case.get("expected"), case.get("actual")
    if name.startswith("request"):
        read, compare = files.request_of, matching.match_request
        comparison = compare(read(expected, version), read(actual, version))
    elif name.startswith("response"):
        comparison = matching.match_response(
            files.response_of(expected, version), files.response_of(actual, version)
        )
    else:
        comparison = matching.match_message(
            files.message_of(expected, version), files.message_of(actual, version)
        )
    assert case.problems == []
    return comparison


@pytest.mark.parametrize("version", VERSIONS)
def test_every_case_compares_as_it_says(conformance: Path, version: str) -> None:
    cases = documents(conformance / "pact-specification" / version / "testcases")
    results = {name: compared(case, name, VERSIONS[version]) for name, case in cases.items()}
    undecided = {name for name, comparison in results.items() if comparison.undecided}
    told = {name: results[name].matches for name in cases if name not in undecided}
    assert told == {name: cases[name].get("match").value for name in told}
    assert (len(told), len(undecided)) == COUNTS[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_left_undecided_is_xml_and_says_so(conformance: Path, version: str) -> None:
    cases = documents(conformance / "pact-specification" / version / "testcases")
    results = (compared(case, name, VERSIONS[version]) for name, case in cases.items())
    reasons = Counter(reason for comparison in results for reason in comparison.undecided)
    xml = COUNTS[version][1]
    only = {"XML is compared by the official engine only": xml} if xml else {}
    assert reasons == only
