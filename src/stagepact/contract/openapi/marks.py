"""The places of a document's parts, as the places of what was made of them."""

from __future__ import annotations

from collections.abc import Mapping

from stagepact.contract.openapi.pointers import Pointer
from stagepact.contract.source import Source
from stagepact.errors import Place


def marks_below(source: Source, made: Mapping[Pointer, Pointer]) -> dict[Pointer, Place]:
    """The places of parts and of all that is in them; `made` says what was made of which."""
    parts: dict[Pointer, list[Pointer]] = {}
    for part, origin in made.items():
        parts.setdefault(origin, []).append(part)
    marks: dict[Pointer, Place] = {}
    for path, place in source.marks.items():
        for length in range(len(path), -1, -1):
            for part in parts.get(path[:length], ()):
                marks.setdefault((*part, *path[length:]), place)
            if path[:length] in parts:
                break
    for part, origin in made.items():
        marks.setdefault(part, source.place(origin))
    return marks
