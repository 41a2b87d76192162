"""Consumers with mistakes that the example of a pact doesn't show, and the table of all mistakes.

`STAGEPACT_BANK_MISTAKES=first-item,…` puts mistakes in while the code runs.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import httpx
import requests

VARIABLE = "STAGEPACT_BANK_MISTAKES"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that can be put in; `breaks` is the description of what then breaks."""

    breaks: str
    id: str
    sentence: str


def has(mistake: str) -> bool:
    """Whether a mistake is in."""
    return mistake in os.environ.get(VARIABLE, "").split(",")


class NotFoundError(Exception):
    """There is no such order."""


# -- over HTTP -------------------------------------------------------------------------------------


def order(client: httpx.Client, id: str) -> dict[str, Any]:
    """An order: who gets it, what is first in it, what it costs."""
    path = "/order" if has("wrong-path") else f"/orders/{id}"
    body = client.get(path).raise_for_status().json()
    if has("closed"):
        return dict(_order(**body))
    lines = body["lines"]
    first = lines[0] if lines or has("first-item") else None
    note = body["note"].strip() if has("null-note") else (body["note"] or "").strip()
    initial = body["to"][0] if has("empty-text") else body["to"][:1]
    total = sum(each["price"] for each in lines)
    return {"first": first, "note": note, "initial": initial, "total": total}


def _order(id: str, to: str, note: str | None, lines: list[Any]) -> dict[str, Any]:
    return {"id": id, "to": to, "note": note, "lines": lines}


def lost_order(url: str, session: requests.Session) -> Any:
    """An order that isn't there."""
    answer = session.get(f"{url}/orders/o-404", timeout=10)
    if answer.status_code == 404 and not has("swallowed"):
        raise NotFoundError(answer.json()["title"])
    return None


async def found_orders(base_url: str, q: str) -> list[str]:
    """The ids of what is found."""
    params = {} if has("no-query") else {"q": q}
    async with (
        aiohttp.ClientSession(base_url) as session,
        session.get("/orders", params=params) as answer,
    ):
        found = await answer.json()
    width = ">i" if has("small-numbers") else ">d"
    struct.pack(width, found["total"])
    return [each["id"] for each in found["items"]]


async def made_order(client: httpx.AsyncClient, body: Any) -> str:
    """The address of an order that is made."""
    sent = {**body, "rush": True} if has("says-more") else body
    answer = await client.post("/orders", json=sent)
    made = answer.raise_for_status().json()["made"]
    form = "%Y-%m-%dT%H:%M:%SZ" if has("one-zone") else None
    _ = datetime.strptime(made, form) if form else datetime.fromisoformat(made)
    return answer.headers["location"]


# -- messages --------------------------------------------------------------------------------------


def paid(contents: Any) -> str:
    """What is done about a payment."""
    by = {"card": "book", "cash": "count"}
    if not has("enum-of-two"):
        by["voucher"] = "redeem"
    return by[contents["by"]]


async def stocked(contents: Any, metadata: Any) -> str:
    """How many of all there are, and in which stock."""
    known = ("tea",) if has("known-keys") else tuple(contents["stock"])
    total = sum(contents["stock"][key] for key in known)
    return f"{metadata['topic']}: {total}"


MISTAKES = (
    Mistake("an order", "wrong-path", "Another path is asked."),
    Mistake("an order", "closed", "An order with a property more is refused."),
    Mistake("an order", "first-item", "The first line is taken of an order that has none."),
    Mistake("an order", "null-note", "A note is stripped where there is none."),
    Mistake("an order", "empty-text", "The first letter of an empty text is taken."),
    Mistake("no order", "swallowed", "An order that isn't there is nothing, and no error."),
    Mistake("orders are found", "no-query", "The parameter is forgotten."),
    Mistake("orders are found", "small-numbers", "A number is kept in 32 bits."),
    Mistake("an order is made", "says-more", "The request says more than the pact."),
    Mistake("an order is made", "one-zone", "Times are read in one form only."),
    Mistake("paid", "enum-of-two", "Two of three ways to pay are known."),
    Mistake("stocked", "known-keys", "The key of the example is looked for."),
)
