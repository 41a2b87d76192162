"""What a verification found, as a file that is kept in git: which interactions, at which commit.

One file for each provider, branch and engine, with the newest verification there; those before it
are in git's history. So files of different branches never meet in a merge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from stagepact.contract.files import read_named_json
from stagepact.contract.source import Json, Kind, Source, read_json
from stagepact.errors import ContractError
from stagepact.pact.deploying.digest import interaction_digest, pact_digest
from stagepact.pact.model import Interaction, Pact, State
from stagepact.pact.part import Part

RECORD = Kind('a record of verified pacts, e.g. `{"provider": "api", "commit": "…", …}`')
FOLDER = "verified"
"""The folder beside pact files in which records are."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one interaction; `digest` is of what it demanded."""

    consumer: str
    file: str
    pact: str
    description: str
    states: tuple[State, ...]
    digest: str
    success: bool
    mismatches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of a provider at a commit, by one engine."""

    provider: str
    commit: str
    branch: str
    time: datetime
    engine: str
    results: tuple[Result, ...]
    uncommitted: bool = False
    """Whether the code differed from the commit: then it says nothing of the commit."""
    file: str = ""


def results_of(
    pact: Pact, found: Iterable[tuple[Interaction, Sequence[str]]]
) -> tuple[Result, ...]:
    """What was found of interactions of a pact, each with what is wrong, if anything."""
    whole = pact_digest(pact)
    return tuple(
        Result(
            consumer=pact.consumer,
            file=pact.file,
            pact=whole,
            description=interaction.description,
            states=interaction.states,
            digest=interaction_digest(interaction),
            success=not wrong,
            mismatches=tuple(wrong),
        )
        for interaction, wrong in found
    )


def record_path(folder: Path, provider: str, branch: str, engine: str) -> Path:
    """The file for what was found of a provider on a branch, below the folder of pact files."""
    name = f"{_plain(branch or 'no-branch')}.{_plain(engine)}.json"
    return folder / FOLDER / _plain(provider) / name


def _plain(name: str) -> str:
    """A name as one that any file system takes, and that leads nowhere else."""
    return _UNSAFE.sub("-", name).lstrip(".-") or "-"


def is_record(path: str) -> bool:
    """Whether a file is where records are."""
    return FOLDER in PurePosixPath(path).parts[:-1] and path.endswith(".json")


def text_of(verification: Verification) -> str:
    """A verification as the text of its file: the same for the same findings."""
    results = sorted(verification.results, key=_order)
    document = {
        "provider": verification.provider,
        "commit": verification.commit,
        "branch": verification.branch,
        "uncommitted": verification.uncommitted,
        "time": verification.time.astimezone(UTC).strftime(_TIME),
        "engine": verification.engine,
        "results": [_result_told(each) for each in results],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _order(each: Result) -> tuple[str, ...]:
    return (each.consumer, each.description, json.dumps(_states_told(each)), each.digest)


def _states_told(each: Result) -> list[Json]:
    return [{"name": state.name, "params": dict(state.parameters)} for state in each.states]


def _result_told(each: Result) -> dict[str, Json]:
    return {
        "consumer": each.consumer,
        "pact": {"file": each.file, "sha256": each.pact},
        "interaction": {
            "description": each.description,
            "states": _states_told(each),
            "sha256": each.digest,
        },
        "success": each.success,
        "mismatches": list(each.mismatches),
    }


def read_record(path: Path) -> Verification:
    """Read a record, wherever it lies.

    Raises:
        ContractError: it can't be read, or is no record; all that is wrong is told at once.
    """
    return _verification(read_named_json(path, RECORD))


def parse_record(text: str | bytes, file: str) -> Verification:
    """The verification that a text is; `file` is the name by which problems call it.

    Raises:
        ContractError: it is no record; all that is wrong is told at once.
    """
    return _verification(read_json(text, file, RECORD))


def quick_record(text: bytes) -> Verification | None:
    """The verification that a text is, or None: for many, of which no fault is told."""
    try:
        value = json.loads(text)
        return _verification(Source("", value, {})) if isinstance(value, dict) else None
    except (ValueError, RecursionError, ContractError):
        return None


def _verification(source: Source) -> Verification:
    part = Part.whole(source)
    verification = Verification(
        provider=_needed(part, "provider"),
        commit=_needed(part, "commit"),
        branch=part.get("branch").text(),
        time=_time(part),
        engine=_needed(part, "engine"),
        results=tuple(_result(item) for item in part.get("results").items()),
        uncommitted=part.get("uncommitted").read(bool, False, "record-uncommitted"),
        file=source.file,
    )
    if part.problems:
        raise ContractError(*sorted(part.problems))
    return verification


def _needed(part: Part, key: str) -> str:
    text = part.get(key).text()
    if part.get(key).value in (None, ""):
        part.fault(f"no `{key}`", f"`{key}`, a text", "verify again with `--record`", "record")
    return text


def _time(part: Part) -> datetime:
    text = _needed(part, "time")
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        expected = "a time, e.g. `2026-05-01T12:00:00Z`"
        part.get("time").fault(f"`{text}`", expected, "verify again with `--record`", "record-time")
        return datetime.min.replace(tzinfo=UTC)


def _result(part: Part) -> Result:
    pact, interaction = part.get("pact"), part.get("interaction")
    return Result(
        consumer=_needed(part, "consumer"),
        file=pact.get("file").text(),
        pact=pact.get("sha256").text(),
        description=_needed(interaction, "description"),
        states=tuple(_state(item) for item in interaction.get("states").items()),
        digest=_needed(interaction, "sha256"),
        success=part.get("success").read(bool, False, "record-success"),
        mismatches=tuple(item.text() for item in part.get("mismatches").items()),
    )


def _state(part: Part) -> State:
    parameters = part.get("params").read(dict, dict[str, Json](), "record-states")
    return State(_needed(part, "name"), parameters)
