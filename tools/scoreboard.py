"""The JSON-Schema-Test-Suite's schemas: ours beside its peers; writes docs/scoreboard.md.

    python tools/scoreboard.py              all drafts, all engines (`make scoreboard`)
    python tools/scoreboard.py --only 7     drafts with this text in their name; writes nothing

It finds the suite through STAGEPACT_CONFORMANCE. Each engine runs in an environment of its own
(tools/peers.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from peers import HYPOTHESIS_JSONSCHEMA, OURS, SCHEMATHESIS, ask

from environment import ROOT
from stagepact.schema.contain import contains
from stagepact.schema.dialects import Dialect
from stagepact.schema.normalise import SchemaError
from stagepact.schema.prepared import Unsatisfiable
from stagepact.schema.samples import sample
from stagepact.schema.source import compile as compiled
from stagepact.schema.validate import Validator

PAGE = ROOT / "docs" / "scoreboard.md"
DRAWS, SECONDS = 20, 5.0
DRAFTS = {
    "draft4": (Dialect.DRAFT_4, "Draft4"),
    "draft6": (Dialect.DRAFT_6, "Draft6"),
    "draft7": (Dialect.DRAFT_7, "Draft7"),
    "draft2019-09": (Dialect.DRAFT_2019_09, "Draft201909"),
    "draft2020-12": (Dialect.DRAFT_2020_12, "Draft202012"),
}
PEERS = (OURS, HYPOTHESIS_JSONSCHEMA, SCHEMATHESIS)
COLUMNS = ("good", "wrong", "exception", "time-out")

METHOD = f"""# Scoreboard

The required files of the
[JSON-Schema-Test-Suite](https://github.com/json-schema-org/JSON-Schema-Test-Suite), every schema of
every draft. `make scoreboard` measures it again.

**Drawing**: {DRAWS} values of each schema in at most {SECONDS:g} seconds. *Good*: at least one
value and all valid by jsonschema-rs, or rightly called unsatisfiable (the suite has no valid
instance of it, and sampling finds none). *Wrong*: a value that isn't valid, or no value where there
are some. The suite's remote schemas are given to ours; the peers take none.

**Validation**: each test's verdict by `compile`, formats as annotations. **Comparison**: what
`contains` says of each schema and the `enum` of each of its instances; *unknown* is no verdict.
Formats are asserted there; the 19 tests of `format.json` in 2020-12 that want them as annotations
count as wrong.
"""


def suite() -> Path:
    """Return the suite's folder; exits where the data isn't there."""
    folder = Path(os.environ.get("STAGEPACT_CONFORMANCE", "")) / "json-schema-test-suite"
    if "STAGEPACT_CONFORMANCE" not in os.environ or not folder.is_dir():
        sys.exit("STAGEPACT_CONFORMANCE names no folder with json-schema-test-suite in it.")
    return folder


@cache
def _remote(uri: str) -> str:
    path = uri.removeprefix("http://localhost:1234/")
    return (suite() / "remotes" / path).read_text(encoding="utf-8")


def retrieve(uri: str) -> Any:
    """Answer for the server that the suite's schemas speak of."""
    return json.loads(_remote(uri))


@dataclass(frozen=True)
class Group:
    """A schema of the suite with its tests."""

    draft: str
    schema: Any
    tests: tuple[tuple[Any, bool], ...]

    @property
    def dialect(self) -> Dialect:
        """Return the dialect that the schema is read in."""
        return DRAFTS[self.draft][0]

    @property
    def validator(self) -> Validator:
        """Return jsonschema-rs's verdict on instances of it."""
        return compiled(self.schema, retrieve=retrieve, dialect=self.dialect)

    @property
    def job(self) -> dict[str, Any]:
        """Return what the worker is asked."""
        dialect, draft = DRAFTS[self.draft]
        return {
            "schema": self.schema,
            "dialect": str(dialect),
            "draft": draft,
            "count": DRAWS,
            "seconds": SECONDS,
        }

    @property
    def has_values(self) -> bool:
        """Whether an instance is known: the suite's, or one that is sampled."""
        if any(valid for _, valid in self.tests):
            return True
        try:
            found = sample(self.schema, retrieve=retrieve, dialect=self.dialect)
            return bool(list(islice(found, 1)))
        except (Unsatisfiable, SchemaError):
            return False


def groups(draft: str) -> Iterator[Group]:
    """Yield the schemas of a draft."""
    for path in sorted((suite() / "tests" / draft).glob("*.json")):
        for each in json.loads(path.read_text(encoding="utf-8")):
            tests = tuple((test["data"], test["valid"]) for test in each["tests"])
            yield Group(draft, each["schema"], tests)


def judged(group: Group, answer: dict[str, Any]) -> str:
    """Return the column of an engine's answer."""
    if "error" in answer:
        return "time-out" if answer["error"] == "time-out" else "exception"
    if answer.get("empty"):
        return "wrong" if group.has_values else "good"
    return "good" if all(map(group.validator.accepts, answer["values"])) else "wrong"


def drawing(found: dict[str, list[Group]]) -> Iterator[str]:
    """Yield the table of what is drawn."""
    yield "| draft (schemas) | engine | " + " | ".join((*COLUMNS, "good, %")) + " |"
    yield "|---|---|" + "---|" * (len(COLUMNS) + 1)
    totals: dict[str, Counter[str]] = {peer.name: Counter() for peer in PEERS}
    for draft, all_ in found.items():
        for peer in PEERS:
            answers = ask(peer, "draw", [group.job for group in all_])
            counts = Counter(map(judged, all_, answers))
            totals[peer.name] += counts
            yield _line(f"{draft.removeprefix('draft')} ({len(all_)})", peer.name, counts)
    for name, counts in totals.items():
        yield _line(f"all ({counts.total()})", f"**{name}**", counts)


def _line(draft: str, engine: str, counts: Counter[str]) -> str:
    cells = [str(counts[column]) for column in COLUMNS]
    share = 100 * counts["good"] / max(1, counts.total())
    return f"| {draft} | {engine} | {' | '.join(cells)} | {share:.1f} |"


def _validated(group: Group) -> Iterator[str]:
    validator = compiled(
        group.schema, retrieve=retrieve, dialect=group.dialect, assert_formats=False
    )
    for data, valid in group.tests:
        yield "right" if validator.accepts(data) is valid else "wrong"


def _compared(group: Group) -> Iterator[str]:
    for data, valid in group.tests:
        one = {"enum": [data]}
        found = contains(group.schema, one, retrieve=retrieve, dialect=group.dialect)
        answer: str = found.answer
        wanted = "yes" if valid else "no"
        yield "right" if answer == wanted else "unknown" if answer == "unknown" else "wrong"


def verdicts(
    found: dict[str, list[Group]], judge: Callable[[Group], Iterator[str]]
) -> Iterator[str]:
    """Yield a table of right, wrong and unknown verdicts."""
    yield "| draft | right | wrong | unknown |"
    yield "|---|---|---|---|"
    for draft, all_ in found.items():
        counts = Counter(verdict for group in all_ for verdict in judge(group))
        cells = " | ".join(str(counts[each]) for each in ("right", "wrong", "unknown"))
        yield f"| {draft.removeprefix('draft')} ({counts.total()}) | {cells} |"


def main() -> None:
    """Measure, print, and write the page where nothing was left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="drafts with this text in their name")
    only = parser.parse_args().only
    found = {draft: list(groups(draft)) for draft in DRAFTS if only in draft}
    peers = "; ".join(", ".join(peer.packages) or "stagepact" for peer in PEERS)
    lines = [
        METHOD,
        f"{peers}; {dt.datetime.now(dt.UTC).date()}.",
        *("", "## Drawing", "", *drawing(found)),
        *("", "## Validation", "", *verdicts(found, _validated)),
        *("", "## Comparison", "", *verdicts(found, _compared)),
    ]
    print("\n".join(lines))
    if not only:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
