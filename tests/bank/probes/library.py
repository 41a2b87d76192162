"""Probes of the library; each starts with an empty one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from bank.library import Library
from bank.probes.reply import Reply, ask_wsgi


class Api:
    """A library, as a client sees it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.library: Library = app.extensions["library"]

    def __call__(self, method: str, target: str, given: Any = None, reader: str = "ada") -> Reply:
        headers = {"x-reader": reader} if reader else {}
        body = b"" if given is None else json.dumps(given).encode()
        return ask_wsgi(self.app, method, target, body, headers)

    def book(self, isbn: str = "1001", title: str = "Emma", copies: Any = 2) -> Reply:
        """Take a book in."""
        return self("POST", "/books", {"isbn": isbn, "title": title, "copies": copies})

    def loan(self, isbn: str = "1001") -> Reply:
        """Lend a copy."""
        return self("POST", "/loans", {"isbn": isbn})

    def available(self) -> int | None:
        """How many copies of the book are there, as is told when it's changed."""
        changed = self("PUT", "/books/1001", {"title": "Emma", "copies": 2})
        return changed.json["available"] if changed.status == 200 else None


Probe = Callable[[Api], bool]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    """Put a probe into the table, under the bug that its name is."""
    PROBES[getattr(function, "__name__", "").replace("_", "-")] = function
    return function


@probe
def crash_on_longest_title(api: Api) -> bool:
    return api.book(title="t" * 60).status == 201


@probe
def text_for_number_accepted(api: Api) -> bool:
    return api.book(copies="2").status == 422


@probe
def worn_return_refused(api: Api) -> bool:
    api.book()
    api.loan()
    return api("POST", "/loans/l-1/return?condition=worn").status == 200


@probe
def catalogue_not_closed(api: Api) -> bool:
    api.book()
    return api("GET", "/catalogue").body.endswith(b"</catalogue>")


def _reader(api: Api, name: str = "ida", limit: int = 2) -> Reply:
    return api("PUT", f"/readers/{name}", {"limit": limit})


@probe
def reader_not_kept(api: Api) -> bool:
    _reader(api)
    return api("GET", "/readers/ida").status == 200


@probe
def reader_change_lost(api: Api) -> bool:
    _reader(api)
    changed = _reader(api, limit=5)
    return changed.status == 201 or api("GET", "/readers/ida").json["limit"] == 5


@probe
def forgotten_reader_kept(api: Api) -> bool:
    _reader(api)
    api("DELETE", "/readers/ida")
    return api("GET", "/readers/ida").status == 404


@probe
def readers_forgotten_together(api: Api) -> bool:
    _reader(api)
    _reader(api, "eve")
    known = api("GET", "/readers/eve").status == 200
    api("DELETE", "/readers/ida")
    return not known or api("GET", "/readers/eve").status == 200


def _watched(api: Api, seconds: float = 0.6) -> list[dict[str, Any]]:
    """What an import tells until it is done, or for so long; once more when that is over."""
    api("POST", "/imports")
    told, until, over = [], time.monotonic() + seconds, False
    while not over and not (told and told[-1]["status"] == "done"):
        over = time.monotonic() >= until
        told.append(api("GET", "/imports/1").json)
    return told


@probe
def import_never_done(api: Api) -> bool:
    return bool(_watched(api)[-1]["status"] == "done")


@probe
def import_progress_falls(api: Api) -> bool:
    progress = [each["progress"] for each in _watched(api)]
    return progress == sorted(progress)


@probe
def slow_twentieth_answer(api: Api) -> bool:
    """Three times twenty in a row; a busy machine isn't late in each of them."""
    return any(all(_is_quick(api) for _ in range(20)) for _ in range(3))


def _is_quick(api: Api) -> bool:
    begun = time.perf_counter()
    api("GET", "/health")
    return time.perf_counter() - begun < 0.19


@probe
def reader_not_required(api: Api) -> bool:
    api.book()
    return api("POST", "/loans", {"isbn": "1001"}, reader="").status == 400


@probe
def available_missing(api: Api) -> bool:
    api.book()
    return "available" in api("GET", "/books/1001").json


@probe
def error_is_html(api: Api) -> bool:
    return api("GET", "/books/9999").media == "application/problem+json"


@probe
def book_overwritten(api: Api) -> bool:
    api.book()
    return api.book(title="Persuasion").status == 409


@probe
def copies_not_updated(api: Api) -> bool:
    api.book()
    api("PUT", "/books/1001", {"title": "Emma", "copies": 5})
    return api("GET", "/books/1001").json["copies"] == 5


@probe
def delete_forgets_nothing(api: Api) -> bool:
    api.book()
    api("DELETE", "/books/1001")
    return api("GET", "/books/1001").status == 404


@probe
def listed_book_differs(api: Api) -> bool:
    api.book()
    return api("GET", "/books").json["items"][0]["title"] == "Emma"


@probe
def offset_skips_one(api: Api) -> bool:
    for number in range(1, 5):
        api.book(f"100{number}")
    pages = [api("GET", f"/books?limit=2&offset={offset}").json["items"] for offset in (0, 2)]
    return [book["isbn"] for page in pages for book in page] == ["1001", "1002", "1003", "1004"]


@probe
def status_filter_ignored(api: Api) -> bool:
    api.book()
    api.loan()
    return api("GET", "/loans?status=returned").json["items"] == []


@probe
def lent_not_counted(api: Api) -> bool:
    api.book()
    api.loan()
    return api("GET", "/books/1001").json["lent"] == 1


@probe
def return_not_counted(api: Api) -> bool:
    api.book()
    before = api.available()
    api.loan()
    lent = api.available()
    api("POST", "/loans/l-1/return")
    return lent == before or api.available() == before


@probe
def more_lent_than_there_are(api: Api) -> bool:
    api.book(copies=1)
    replies = [api.loan(), api.loan()]
    left = api("GET", "/stats").json["copies"] - api("GET", "/books/1001").json["lent"]
    return replies[1].status == 409 or left >= 0


@probe
def stats_forget_the_lent(api: Api) -> bool:
    api.book()
    api.loan()
    told = api("GET", "/stats").json
    return bool(told["copies"] == told["available"] + told["lent"])


@probe
def returned_twice(api: Api) -> bool:
    api.book()
    api.loan()
    api("POST", "/loans/l-1/return")
    return api("POST", "/loans/l-1/return").status == 409


@probe
def lent_book_deleted(api: Api) -> bool:
    api.book()
    api.loan()
    lent = api("GET", "/books/1001").json["lent"]
    return lent == 0 or api("DELETE", "/books/1001").status == 409
