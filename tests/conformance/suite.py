"""The JSON-Schema-Test-Suite, read: groups of tests by draft and file, and its remote schemas."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import referencing
import referencing.jsonschema

from stagepact.schema import Dialect
from stagepact.schema.normalise import JsonSchema

REMOTE = "http://localhost:1234/"
DRAFTS = {
    "draft4": Dialect.DRAFT_4,
    "draft6": Dialect.DRAFT_6,
    "draft7": Dialect.DRAFT_7,
    "draft2019-09": Dialect.DRAFT_2019_09,
    "draft2020-12": Dialect.DRAFT_2020_12,
}
JUDGES: dict[Dialect, Any] = {
    Dialect.DRAFT_4: jsonschema.Draft4Validator,
    Dialect.DRAFT_6: jsonschema.Draft6Validator,
    Dialect.DRAFT_7: jsonschema.Draft7Validator,
    Dialect.DRAFT_2019_09: jsonschema.Draft201909Validator,
    Dialect.DRAFT_2020_12: jsonschema.Draft202012Validator,
}
# jsonschema-rs has this document built in with an `enum` that may be empty and repeat itself.
OTHERWISE = "http://json-schema.org/draft-04/schema"


@dataclass(frozen=True)
class Suite:
    """The folder of the suite; `retrieve` answers for the server that its schemas speak of."""

    folder: Path

    def retrieve(self, uri: str) -> Any:
        return _remote(self.folder, uri)

    def groups(self, draft: str, name: str | None = None) -> Iterator["Group"]:
        """The groups of a draft, of all files or of one."""
        for path in sorted((self.folder / "tests" / draft).glob(name or "*.json")):
            for group in json.loads(path.read_text(encoding="utf-8")):
                yield Group(self, DRAFTS[draft], path.stem, group)


@lru_cache(maxsize=256)
def _remote(folder: Path, uri: str) -> Any:
    text = (folder / "remotes" / uri.removeprefix(REMOTE)).read_text(encoding="utf-8")
    return json.loads(text)


@dataclass(frozen=True)
class Group:
    """A schema of the suite with its tests."""

    suite: Suite
    dialect: Dialect
    file: str
    group: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.dialect.name.lower()} {self.file}: {self.group['description']}"

    @property
    def schema(self) -> JsonSchema:
        found: JsonSchema = self.group["schema"]
        return found

    @property
    def tests(self) -> list[tuple[Any, bool]]:
        """Instances, each with whether the suite says that it is valid."""
        return [(each["data"], each["valid"]) for each in self.group["tests"]]

    def judge(self) -> Any:
        """jsonschema's validator of the schema; None where it judges the group's tests wrongly."""
        if OTHERWISE in json.dumps(self.schema):
            return None
        retrieve = _retriever(self.suite, self.dialect)
        validator = JUDGES[self.dialect](
            self.schema, registry=referencing.Registry(retrieve=retrieve)
        )
        try:
            agrees = all(validator.is_valid(data) is valid for data, valid in self.tests)
        except Exception:  # of references it doesn't follow and patterns that `re` doesn't know
            return None
        return validator if agrees else None


def _retriever(suite: Suite, dialect: Dialect) -> Any:
    known = referencing.jsonschema.specification_with(dialect)

    def retrieve(uri: str) -> Any:
        return referencing.Resource.from_contents(suite.retrieve(uri), default_specification=known)

    return retrieve
