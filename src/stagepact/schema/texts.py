"""Texts of a shape as a language: patterns, formats and lengths at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from stagepact.schema.formats import LIKE, pattern
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.regular import Language, NotRegular
from stagepact.schema.shape import Texts

_LENGTHS = 48


@dataclass(frozen=True, slots=True)
class Written:
    """Texts that can be written out: their language, and the lengths to choose from."""

    language: Language
    lengths: tuple[int, ...]
    exact: bool = True
    """Whether every text of the language is meant; else a schema has the last word."""


@lru_cache(maxsize=4096)
def written(texts: Texts) -> Written | None:
    """How to write texts with patterns or formats; None where they are beyond automata.

    Where no text of a format as it is known here fits the rest, the format is left to be checked.
    """
    likes = tuple(each for each in texts.formats if each.startswith(LIKE))
    all_known = all(pattern(each) is not None for each in texts.formats)
    try:
        for formats in dict.fromkeys((texts.formats, likes)):
            known = tuple(found for each in formats if (found := pattern(each)) is not None)
            language = _language(texts, known)
            if lengths := language.lengths(_LENGTHS):
                return Written(language, lengths, all_known and formats == texts.formats)
        bare = _language(texts, ())
        return Written(bare, bare.lengths(_LENGTHS), not texts.formats)
    except NotRegular:
        return None


def _language(texts: Texts, known: tuple[str, ...]) -> Language:
    patterns = (*known, *texts.patterns)
    return Language(patterns, texts.excluded_patterns, texts.min_length, texts.max_length)


def schema_of(texts: Texts) -> JsonSchema:
    """The schema that says what a shape of texts says."""
    longest = {} if texts.max_length is None else {"maxLength": texts.max_length}
    parts: list[JsonSchema] = [{"pattern": each} for each in texts.patterns]
    parts += [{"not": {"pattern": each}} for each in texts.excluded_patterns]
    parts += [{"format": each} for each in texts.formats]
    own = {"type": "string", "minLength": texts.min_length, **longest}
    return {**own, "allOf": parts} if parts else own
