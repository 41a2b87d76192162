"""Regular expressions by the engine of schemas, with what a search costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs

from stagepact.contract.expression.errors import EvaluationError, UndecidedError
from stagepact.contract.expression.values import as_text, shown
from stagepact.contract.expression.work import Work

_MOST_BACKTRACKS = 100_000
# The bytes of a compiled pattern, and the steps that a character is then counted as. Few searches
# need so many; one that does could take as long as these bytes times the characters.
_SIZES = {10_000: 1, 100_000: 6, 1_000_000: 32, 5_000_000: 64}
# A pattern that can't be compiled has been tried in all sizes.
_REFUSAL = 10_000


@dataclass(frozen=True, slots=True)
class _Search:
    """A compiled regular expression; one that `goes_back` isn't searched for in linear time."""

    validator: jsonschema_rs.Draft202012Validator
    cost: int
    goes_back: bool

    def cost_of(self, text: str) -> int:
        length = len(text)
        return self.cost * (length + (length * length >> 8 if self.goes_back else 0))


@lru_cache(maxsize=256)
def _search(pattern: str) -> _Search:
    """A pattern by the engine of schemas: linear time, unless it looks around or back.

    Raises:
        EvaluationError: it is no regular expression, or not one that this engine reads.
    """
    for goes_back in (False, True):
        for size, cost in _SIZES.items():
            options = (
                jsonschema_rs.FancyRegexOptions(_MOST_BACKTRACKS, size, size)
                if goes_back
                else jsonschema_rs.RegexOptions(size, size)
            )
            try:
                validator = jsonschema_rs.Draft202012Validator(
                    {"pattern": pattern}, pattern_options=options
                )
            except ValueError:
                continue
            return _Search(validator, cost, goes_back)
    try:
        re.compile(pattern)
    except re.error as error:
        raise EvaluationError(f"invalid regular expression {pattern!r}: {error}") from None
    raise UndecidedError(f"the regular expression {shown(pattern)} is none of JSON Schema's")


_NO_ANSWER = (
    jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded,
    jsonschema_rs.ValidationErrorKind.RegexEngineFailure,
)


def matches(left: Any, right: Any, work: Work) -> bool:
    """Whether the text on the left has a match of the pattern on the right."""
    pattern, text = as_text(right), re.sub("[\ud800-\udfff]", "\ufffd", as_text(left))
    try:
        search = _search(pattern)
    except EvaluationError:
        work.spend(_REFUSAL)
        raise
    work.spend(search.cost_of(text) + len(pattern))
    if search.validator.is_valid(text):
        return True
    if search.goes_back:
        for error in search.validator.iter_errors(text):
            if isinstance(error.kind, _NO_ANSWER):
                raise UndecidedError(f"the search for {shown(pattern)} goes back too often")
    return False
