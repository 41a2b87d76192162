"""How a list is paged and filtered, by the names and schemas of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.known_to_service import CURSORS
from stagepact.contract.models import Operation, Pages
from stagepact.contract.models import Resource as SaidResource
from stagepact.contract.resources.resource import Range
from stagepact.contract.resources.schemas import (
    followed,
    members_of,
    plain,
    present,
    succeeded,
    values_of,
)
from stagepact.schema.normalise import JsonSchema

_LIMITS = ("limit", "per_page", "page_size", "pagesize", "perpage", "size", "max_results", "$top")
_OFFSETS = ("offset", "skip", "$skip", "start")
_PAGES = ("page", "page_number", "pagenumber")
_NEXT = ("next", "nextcursor", "nextpagetoken", "nexttoken", "nextpage", "nextlink", "nexturl")
_HOLDERS = ("links", "_links", "paging", "pagination", "meta", "page")


def pages_of(
    document: Document,
    query: Mapping[str, JsonSchema],
    operations: Mapping[str, Operation],
    roles: Mapping[str, str],
) -> Pages:
    """How a list is paged, by the names of its parameters and by its body's schema."""

    def named(names: tuple[str, ...]) -> str | None:
        return next((each for each in query if each.lower() in names), None)

    following: str | None = None
    if "list" in roles:
        whole = plain(document, succeeded(operations[roles["list"]]))
        following = _next(whole, whole)
    return Pages(
        limit=named(_LIMITS),
        offset=named(_OFFSETS),
        page=named(_PAGES),
        cursor=named(CURSORS),
        next=following,
    )


def _next(schema: Any, whole: Any, under: str = "") -> str | None:
    """Where a list's body has what leads to the next page; None where its schema shows nothing."""
    properties = members_of(schema)
    for name in properties:
        if name.lower().replace("_", "") in _NEXT:
            return f"{under}/{name}"
    for name in _HOLDERS:
        if not under and name in properties:
            return _next(followed(properties[name], whole), whole, f"/{name}")
    return None


def sizes_of(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema]
) -> tuple[int, int]:
    """The least and the greatest size of a page; 0 for no bound."""
    schema = _of_size(document, said, query)
    return max(1, schema.get("minimum", 1)), schema.get("maximum", 0)


def usual_size_of(document: Document, said: SaidResource, query: Mapping[str, JsonSchema]) -> int:
    """The size of a page where none is asked for; 0 where it isn't said."""
    return _of_size(document, said, query).get("default", 0)


def _of_size(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema]
) -> dict[str, int]:
    names = [said.pages.limit] if said.pages else [n for n in query if n.lower() in _LIMITS]
    whole = plain(document, query.get(names[0] or "")) if names else {}
    branch = present(whole)
    both = {**whole, **branch} if isinstance(whole, dict) and isinstance(branch, dict) else {}
    known = {name: both.get(name) for name in ("minimum", "maximum", "default")}
    return {name: value for name, value in known.items() if type(value) is int}


def filters_of(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """By parameter, the member that it is for and the values to ask for.

    Unsaid, a parameter is a filter only where it has a member's name and its enumeration.
    """
    found: dict[str, tuple[str, tuple[Any, ...]]] = {}
    members = members_of(listed)
    for name, schema in query.items():
        values = values_of(plain(document, schema))
        if name in said.filters:
            found[name] = (said.filters[name], values)
        elif values and name in members:
            own = values_of(followed(members[name], listed))
            if {*map(str, own)} == {*map(str, values)}:
                found[name] = (f"/{name}", values)
    return found


# Parameters that say how a list is shown, or of which time, and select nothing by themselves.
_NO_FILTERS = frozenset({
    "sort", "order", "orderby", "sortby", "fields", "include", "expand", "format", "lang",
    "language", "locale", "currency", "unit", "units", "tz", "timezone", "version", "since",
    "until", "from", "to", "date", "time", "start", "end", "before", "after", "q", "query",
    "search", "callback",
})  # fmt: skip


def guessed_of(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, str]:
    """By parameter, the member of its name: of texts, truth values, and numbers that are ids."""
    paging = {*_LIMITS, *_OFFSETS, *_PAGES, *CURSORS}
    found: dict[str, str] = {}
    for name, schema in query.items():
        own = present(followed(members_of(listed).get(name, {}), listed))
        asked = present(plain(document, schema))
        known = name in said.filters or name.lower() in paging or _run_together(name) in _NO_FILTERS
        if not known and _is_selected_by(name, asked) and _type_of(own) == _type_of(asked):
            found[name] = f"/{name}"
    return found


def _is_selected_by(name: str, schema: Any) -> bool:
    said = schema if isinstance(schema, dict) else {}
    if _type_of(said) == "string":
        return not {"enum", "const", "pattern"} & said.keys() and said.get("format") in (
            None,
            "uuid",
        )
    is_id = bool(re.search(r"(^|_)id$|Id$", name))
    return _type_of(said) == "boolean" or (_type_of(said) == "integer" and is_id)


_BOUNDS = {"min{}": 1, "{}min": 1, "{}gte": 1, "max{}": -1, "{}max": -1, "{}lte": -1}
_NUMBERS = ("integer", "number")


def ranges_of(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, Range]:
    """The parameters that are called as bounds of a number that the items have: `min_price`."""
    bounds = {
        form.format(_run_together(name)): (f"/{name}", sign)
        for name, schema in members_of(listed).items()
        if _type_of(present(followed(schema, listed))) in _NUMBERS
        for form, sign in _BOUNDS.items()
    }
    found: dict[str, Range] = {}
    for name, schema in query.items():
        whole = plain(document, schema)
        is_bound = _run_together(name) in bounds and name not in said.filters
        if is_bound and _type_of(present(whole)) in _NUMBERS:
            pointer, sign = bounds[_run_together(name)]
            found[name] = Range(pointer, sign, whole)
    return found


def _run_together(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _type_of(schema: Any) -> Any:
    return schema.get("type") if isinstance(schema, dict) else None
