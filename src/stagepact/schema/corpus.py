"""Values that failed once, kept as JSON in a database of Hypothesis's and replayed as examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import example
from hypothesis.database import ExampleDatabase

from stagepact.schema.equality import key

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True)
class Corpus:
    """The failing values of one thing, under its name.

    Hypothesis keeps the choices that led to a value of its own drawing; these are the values, so
    that they outlive a change of the schema, the engine and Hypothesis.
    """

    database: ExampleDatabase
    name: str

    def add(self, value: Any) -> None:
        """Keep a value.

        Raises:
            ValueError, TypeError: it isn't JSON.
        """
        self.database.save(self._key, _written(value))

    def values(self) -> tuple[Any, ...]:
        """All that is kept, the shortest first; what isn't JSON was put there by others."""
        found: dict[object, Any] = {}
        for text in sorted(self.database.fetch(self._key), key=lambda text: (len(text), text)):
            try:
                value = json.loads(text)
            except ValueError:
                continue
            found.setdefault(key(value), value)
        return tuple(found.values())

    def forget(self, value: Any) -> None:
        """Keep a value no longer, for it fails no more."""
        self.database.delete(self._key, _written(value))

    def replayed(self, test: Test) -> Test:
        """A test of one argument (`@given(values)`) that tries what is kept before all else."""
        for value in reversed(self.values()):
            test = example(value)(test)
        return test

    @property
    def _key(self) -> bytes:
        return f"stagepact corpus: {self.name}".encode()


def _written(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
