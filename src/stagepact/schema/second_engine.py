"""hypothesis-jsonschema as an engine, and what it needs to work: docs/decisions/0010.

All that is known of its inside, and of the private parts of Hypothesis that it uses, stands here.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import hypothesis_jsonschema
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, HypothesisWarning
from hypothesis_jsonschema import _from_schema as _inside

from stagepact.schema.dialects import Dialect
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.source import Given

Formats = Mapping[str, st.SearchStrategy[str]]

_ADVICE = "choose the engine `stagepact`"

FORMATS: Formats = {
    "uuid": st.uuids().map(str),
    "duration": st.integers(0, 10**6).map(lambda seconds: f"PT{seconds}S"),
    "binary": st.text(alphabet=st.characters(codec="ascii", categories=("L", "N"))),
    "byte": st.binary(max_size=64).map(lambda raw: base64.b64encode(raw).decode()),
}
"""Formats that Pydantic writes and hypothesis-jsonschema doesn't know."""


class Elements:
    """`many` of Hypothesis 6.170.10 and later, with the calls that it had up to 6.170.9.

    There `while elements.more():` drew one more element; now `with many(…) as elements:` and
    `for _ in elements:` do.
    """

    def __init__(self, many: Any, *arguments: Any, **named: Any) -> None:
        self._many = many(*arguments, **named)
        self._turns: Iterator[None] | None = None

    def more(self) -> bool:
        """Whether another element is drawn."""
        if self._turns is None:
            self._turns = iter(self._many.__enter__())
        for _ in self._turns:
            return True
        self._many.__exit__(None, None, None)
        return False

    def reject(self, why: str | None = None) -> None:
        """The element that was just drawn doesn't count."""
        self._many.reject(why)


def _adapt(module: Any) -> None:
    """Give a module that draws by `cu.many` the calls that it makes, where they are gone."""
    many = module.cu.many
    if hasattr(many, "more"):
        return

    def elements(*arguments: Any, **named: Any) -> Elements:
        return Elements(many, *arguments, **named)

    module.cu = SimpleNamespace(many=elements)


_adapt(_inside)


def strategy_of(found: Given, accepts: Callable[[object], bool], formats: Formats) -> Any:
    """A strategy of values that a schema accepts, by hypothesis-jsonschema.

    It reads drafts 4, 6 and 7 without recursive references; what it draws against the word of
    another keyword is filtered out, so that such a schema is slow or yields nothing.

    Raises:
        SchemaError: here or at the first draw, it can't read the schema.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Overriding standard format", HypothesisWarning)
        made = hypothesis_jsonschema.from_schema(
            _told(found), custom_formats={**FORMATS, **formats}
        )

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        try:
            return draw(made)
        except HypothesisException:
            raise
        except Exception as error:  # it raises what it likes on what it can't read, and only now
            first = (str(error).splitlines() or [""])[0]
            message = f"hypothesis-jsonschema makes no values: {type(error).__name__}: {first}"
            raise SchemaError(message, advice=_ADVICE) from error

    return drawn().filter(accepts)


def _told(found: Given) -> JsonSchema:
    """The schema, with the draft that it is read by in it."""
    schema = found.schema
    if found.draft is None or not isinstance(schema, dict) or "$schema" in schema:
        return schema
    return {"$schema": next(each for each in Dialect if each.draft == found.draft), **schema}
