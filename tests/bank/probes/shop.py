"""Probes of the shop; each starts with an empty one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bank import shop
from bank.probes.reply import Reply, ask_asgi


class Api:
    """A shop, as a client sees it; without `user` a call has no credentials."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.shop: shop.Shop = app.state.shop

    async def __call__(
        self, method: str, target: str, given: Any = None, user: str = "ada-key", **more: str
    ) -> Reply:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if user:
            headers["authorization"] = f"Bearer {user}"
        if isinstance(given, bytes):
            return await ask_asgi(self.app, method, target, given, headers)
        body = b"" if given is None else json.dumps(given).encode()
        headers |= {"content-type": "application/json"} if body else {}
        return await ask_asgi(self.app, method, target, body, headers)

    async def order(self, quantity: int = 1, item: str = "tea", **more: str) -> Reply:
        """Order something."""
        wanted = {"item": item, "quantity": quantity, "note": "a gift"}
        return await self("POST", "/orders", wanted, **more)

    async def change(self, id: str, tag: str = '"v1"', **wanted: Any) -> Reply:
        """Change an order, as one who knows it by that tag."""
        order = {"item": "tea", "quantity": 1, "note": None, "status": "open", **wanted}
        return await self("PUT", f"/orders/{id}", order, if_match=tag)

    async def pages(self) -> list[list[str]]:
        """The ids of all pages, each of two; at most ten pages."""
        pages: list[list[str]] = []
        target = "/orders?limit=2"
        while target and len(pages) < 10:
            page = (await self("GET", target)).json
            pages.append([order["id"] for order in page["items"]])
            target = f"/orders?limit=2&cursor={page['next']}" if page["next"] else ""
        return pages

    async def orders(self, count: int) -> list[str]:
        """Ids of new orders."""
        return [(await self.order(number)).json["id"] for number in range(1, count + 1)]

    async def job(self, *moves: str) -> Reply:
        """A new job and the reply to the last of some moves."""
        reply = await self("POST", "/jobs")
        for move in moves:
            reply = await self("POST", f"/jobs/{reply.json['id']}/{move}")
        return reply

    async def login(self, password: str = "ada-password") -> Reply:
        """The reply to ada's login."""
        body = f"username=ada&password={password}".encode()
        media = "application/x-www-form-urlencoded"
        return await self("POST", "/login", body, "", content_type=media)

    async def upload(self, content: bytes) -> Reply:
        """Add a file to a new order."""
        await self.order()
        head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        body = head + content + b"\r\n--x--\r\n"
        media = "multipart/form-data; boundary=x"
        return await self("POST", "/orders/o-1/attachments", body, content_type=media)


Probe = Callable[[Api], Awaitable[bool]]
PROBES: dict[str, Probe] = {}

EVE = {"email": "eve@mail.example", "name": "Eve"}


def probe(function: Probe) -> Probe:
    """Put a probe into the table, under the bug that its name is."""
    PROBES[getattr(function, "__name__", "").replace("_", "-")] = function
    return function


# -- checks ------------------------------------------------------------------------------------


@probe
async def undeclared_status(api: Api) -> bool:
    return (await api("GET", "/customers/c-9")).status == 404


@probe
async def wrong_content_type(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1")).media == "application/json"


@probe
async def location_missing(api: Api) -> bool:
    return "location" in (await api.order()).headers


@probe
async def replayed_header_missing(api: Api) -> bool:
    return "idempotency-replayed" in (await api.order()).headers


@probe
async def challenge_missing(api: Api) -> bool:
    return (await api("GET", "/orders", user="")).headers.get("www-authenticate") == "Bearer"


@probe
async def total_is_text(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1")).json["total"] == 250


@probe
async def listed_total_missing(api: Api) -> bool:
    await api.order()
    return "total" in (await api("GET", "/orders")).json["items"][0]


@probe
async def crash_on_largest_quantity(api: Api) -> bool:
    return (await api.order(99)).status == 201 and (await api.order(98)).status == 201


@probe
async def crash_when_empty(api: Api) -> bool:
    return (await api("GET", "/orders")).status == 200


@probe
async def crash_when_seeded(api: Api) -> bool:
    empty = await api("GET", "/report")
    shop.seed(api.app)
    return empty.status == 200 and (await api("GET", "/report")).status == 200


@probe
async def zero_quantity_accepted(api: Api) -> bool:
    return (await api.order(0)).status == 422


@probe
async def limit_unbounded(api: Api) -> bool:
    await api.order()
    inside, outside = await api("GET", "/orders?limit=50"), await api("GET", "/orders?limit=51")
    return (inside.status, outside.status) == (200, 422)


@probe
async def largest_note_refused(api: Api) -> bool:
    return (
        await api("POST", "/orders", {"item": "tea", "quantity": 1, "note": "n" * 50})
    ).status == 201


@probe
async def no_note_refused(api: Api) -> bool:
    return (await api("POST", "/orders", {"item": "tea", "quantity": 1})).status == 201


@probe
async def if_match_not_required(api: Api) -> bool:
    await api.order()
    wanted = {"item": "tea", "quantity": 1, "note": None, "status": "open"}
    return (await api("PUT", "/orders/o-1", wanted)).status == 428


@probe
async def allow_missing(api: Api) -> bool:
    return "allow" in (await api("TRACE", "/orders")).headers


@probe
async def allow_incomplete(api: Api) -> bool:
    allow = (await api("TRACE", "/orders/o-1")).headers.get("allow")
    return allow in (None, "DELETE, GET, HEAD, OPTIONS, PUT")


@probe
async def method_not_refused(api: Api) -> bool:
    return (await api("PATCH", "/orders")).status == 405


@probe
async def head_refused(api: Api) -> bool:
    await api.order()
    reply = await api("HEAD", "/orders/o-1")
    return reply.status == 200 and reply.body == b""


@probe
async def options_refused(api: Api) -> bool:
    return (await api("OPTIONS", "/orders")).status == 204


@probe
async def error_is_no_problem(api: Api) -> bool:
    return (await api("GET", "/orders/o-9")).media == "application/problem+json"


@probe
async def problem_status_disagrees(api: Api) -> bool:
    return (await api.job("advance")).json["status"] != 400


@probe
async def auth_not_required(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1", user="")).status == 401


@probe
async def any_token_accepted(api: Api) -> bool:
    await api.order()
    return (await api("DELETE", "/orders/o-1", user="nonsense")).status == 401


@probe
async def others_order_served(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1", user="bob-key")).status == 404


@probe
async def others_order_deleted(api: Api) -> bool:
    await api.order()
    return (await api("DELETE", "/orders/o-1", user="bob-key")).status == 404


@probe
async def etag_missing(api: Api) -> bool:
    await api.order()
    return "etag" in (await api("GET", "/orders/o-1")).headers


@probe
async def cache_control_missing(api: Api) -> bool:
    await api.order()
    return "cache-control" in (await api("GET", "/orders")).headers


@probe
async def private_order_cached_publicly(api: Api) -> bool:
    await api.order()
    return "public" not in (await api("GET", "/orders/o-1")).headers["cache-control"]


@probe
async def not_modified_ignored(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1", if_none_match='"v1"')).status == 304


@probe
async def key_of_other_body_accepted(api: Api) -> bool:
    first = await api.order(1, idempotency_key="k")
    second = await api.order(2, idempotency_key="k")
    return second.status == 422 or (await api("GET", "/orders")).json["items"] != [first.json]


@probe
async def token_in_error(api: Api) -> bool:
    return b"ada-key" not in (await api("GET", "/orders/o-9")).body


@probe
async def stack_trace_in_error(api: Api) -> bool:
    return b"Traceback" not in (await api("GET", "/orders/o-9")).body


@probe
async def slow_health(api: Api) -> bool:
    for _ in range(3):
        begun = time.perf_counter()
        await api("GET", "/health")
        if time.perf_counter() - begun < 0.14:
            return True
    return False


@probe
async def oversized_customer(api: Api) -> bool:
    await api("POST", "/customers", EVE)
    return len((await api("GET", "/customers/c-1")).body) < 1000


@probe
async def accept_ignored(api: Api) -> bool:
    return (await api("GET", "/report", accept="text/csv")).media == "text/csv"


@probe
async def not_acceptable_served(api: Api) -> bool:
    return (await api("GET", "/report", accept="image/png")).status == 406


@probe
async def retry_after_missing(api: Api) -> bool:
    replies = [await api("POST", "/exports") for _ in range(6)]
    return replies[-1].status == 429 and "retry-after" in replies[-1].headers


@probe
async def retry_after_too_short(api: Api) -> bool:
    now = time.monotonic()
    api.shop.clock = lambda: now
    for _ in range(6):
        await api("POST", "/exports")
    api.shop.clock = lambda: now + 1.01
    after = await api("POST", "/exports")
    api.shop.clock = time.monotonic
    return after.status == 202


# -- scenarios ---------------------------------------------------------------------------------


@probe
async def created_order_not_stored(api: Api) -> bool:
    await api("POST", "/orders", {"item": "tea", "quantity": 1, "note": None})
    return (await api("GET", "/orders/o-1")).status == 200


@probe
async def note_lost_on_read(api: Api) -> bool:
    await api.order()
    return (await api("GET", "/orders/o-1")).json["note"] == "a gift"


@probe
async def location_leads_nowhere(api: Api) -> bool:
    location = (await api.order()).headers.get("location", "/orders/o-1")
    return (await api("GET", location)).status == 200


@probe
async def upload_truncated(api: Api) -> bool:
    return (await api.upload(b"x" * 2000)).json == {"name": "a.bin", "size": 2000}


@probe
async def download_differs(api: Api) -> bool:
    await api.upload(b"a\r\nb")
    return (await api("GET", "/orders/o-1/attachments/1")).body == b"a\r\nb"


@probe
async def update_not_stored(api: Api) -> bool:
    await api.order()
    await api.change("o-1", quantity=7)
    return (await api("GET", "/orders/o-1")).json["quantity"] == 7


@probe
async def etag_stays_after_update(api: Api) -> bool:
    await api.order()
    return (await api.change("o-1", quantity=7)).headers["etag"] == '"v2"'


@probe
async def deleted_order_still_read(api: Api) -> bool:
    await api.order()
    await api("DELETE", "/orders/o-1")
    return (await api("GET", "/orders/o-1")).status == 404


@probe
async def deleted_order_revived(api: Api) -> bool:
    await api.order()
    await api("DELETE", "/orders/o-1")
    return (await api.change("o-1")).status == 404


@probe
async def deleted_twice_crashes(api: Api) -> bool:
    await api.order()
    await api("DELETE", "/orders/o-1")
    return (await api("DELETE", "/orders/o-1")).status == 404


@probe
async def customer_created_twice(api: Api) -> bool:
    await api("POST", "/customers", EVE)
    return (await api("POST", "/customers", EVE)).status == 409


@probe
async def idempotency_key_ignored(api: Api) -> bool:
    first, second = [await api.order(idempotency_key="k") for _ in range(2)]
    return first.json["id"] == second.json["id"]


@probe
async def deleted_order_still_listed(api: Api) -> bool:
    await api.orders(2)
    await api("DELETE", "/orders/o-1")
    listed = (await api("GET", "/orders")).json["items"]
    return all(order["id"] != "o-1" for order in listed)


@probe
async def pages_overlap(api: Api) -> bool:
    await api.orders(5)
    ids = [id for page in await api.pages() for id in page]
    return len(ids) == len(set(ids))


@probe
async def pages_leave_a_gap(api: Api) -> bool:
    await api.orders(5)
    return {id for page in await api.pages() for id in page} == {f"o-{n}" for n in range(1, 6)}


@probe
async def full_page_loses_its_last(api: Api) -> bool:
    await api.orders(51)
    return len((await api("GET", "/orders?limit=50")).json["items"]) == 50


@probe
async def unstable_order(api: Api) -> bool:
    await api.orders(3)
    lists = [(await api("GET", "/orders")).json["items"] for _ in range(2)]
    return lists[0] == lists[1]


@probe
async def pages_never_end(api: Api) -> bool:
    await api.orders(4)
    return [] not in await api.pages()


@probe
async def filter_lets_others_in(api: Api) -> bool:
    shop.seed(api.app)
    found = (await api("GET", "/orders?status=paid")).json["items"]
    return all(order["status"] == "paid" for order in found)


@probe
async def filter_loses_some(api: Api) -> bool:
    shop.seed(api.app)
    found = (await api("GET", "/orders?status=open")).json["items"]
    listed = (await api("GET", "/orders")).json["items"]
    return len(found) == sum(order["status"] == "open" for order in listed)


@probe
async def delete_takes_siblings(api: Api) -> bool:
    await api.orders(3)
    await api("DELETE", "/orders/o-1")
    return (await api("GET", "/orders/o-2")).status == 200


@probe
async def lost_update(api: Api) -> bool:
    await api.order()
    await api.change("o-1", quantity=2)
    return (await api.change("o-1", tag='"v9"', quantity=3)).status == 412


@probe
async def lost_update_at_once(api: Api) -> bool:
    await api.order()
    one_by_one = [await api.change("o-1", quantity=number) for number in (2, 3)]
    if [reply.status for reply in one_by_one] != [200, 412]:
        return True  # whatever it is, it needs no two at once
    both = (api.change("o-1", tag='"v2"', quantity=number) for number in (4, 5))
    replies = await asyncio.gather(*both)
    return sorted(reply.status for reply in replies) == [200, 412]


@probe
async def report_keeps_deleted_total(api: Api) -> bool:
    await api.orders(2)
    await api("DELETE", "/orders/o-1")
    return (await api("GET", "/report")).json["total"] == 500


# -- lifecycle ---------------------------------------------------------------------------------


def refused(reply: Reply) -> bool:
    return reply.status in (403, 409)


@probe
async def done_job_cancelled(api: Api) -> bool:
    await api.job("start", *["advance"] * 3)
    while (await api("GET", "/jobs/j-1")).json["status"] == "running":
        await api("POST", "/jobs/j-1/advance")
    return refused(await api("POST", "/jobs/j-1/cancel"))


@probe
async def cancelled_job_started(api: Api) -> bool:
    return refused(await api.job("start", "cancel", "start"))


@probe
async def forbidden_move_wrong_status(api: Api) -> bool:
    return (await api.job("advance")).status == 409


@probe
async def queued_job_not_cancelled(api: Api) -> bool:
    return (await api.job("cancel")).status == 200


async def progress(api: Api) -> list[int]:
    replies = [await api.job("start")]
    while replies[-1].json["status"] == "running" and len(replies) < 10:
        replies.append(await api("POST", "/jobs/j-1/advance"))
    return [reply.json["progress"] for reply in replies]


@probe
async def progress_above_100(api: Api) -> bool:
    return max(await progress(api)) <= 100


@probe
async def progress_falls(api: Api) -> bool:
    seen = await progress(api)
    return seen == sorted(seen)


# -- authentication ----------------------------------------------------------------------------


@probe
async def revoked_token_accepted(api: Api) -> bool:
    token = (await api.login()).json["access_token"]
    await api("POST", "/logout", user=token)
    return (await api("GET", "/report", user=token)).status == 401


@probe
async def refreshed_token_refused(api: Api) -> bool:
    old = (await api.login()).json["refresh_token"]
    token = (await api("POST", "/refresh", {"refresh_token": old}, "")).json["access_token"]
    return (await api("GET", "/report", user=token)).status == 200


@probe
async def refresh_token_reusable(api: Api) -> bool:
    old = (await api.login()).json["refresh_token"]
    replies = [await api("POST", "/refresh", {"refresh_token": old}, "") for _ in range(2)]
    return [reply.status for reply in replies] == [200, 401]


@probe
async def old_token_accepted_after_refresh(api: Api) -> bool:
    tokens = (await api.login()).json
    old = tokens["access_token"]
    before = await api("GET", "/report", user=old)
    await api("POST", "/refresh", {"refresh_token": tokens["refresh_token"]}, "")
    return [before.status, (await api("GET", "/report", user=old)).status] == [200, 401]


@probe
async def any_password_accepted(api: Api) -> bool:
    return (await api.login("wrong")).status == 401
