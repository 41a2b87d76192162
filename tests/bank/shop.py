"""A shop (FastAPI): orders, customers, jobs, uploads and logins, with its own OpenAPI document.

`make(bugs)` is the shop with those bugs; `make()` has none. Nothing here depends on the wall
clock but the rate limit, whose clock is `app.state.shop.clock`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    Response,
    UploadFile,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank.bugs import planted

Bugs = frozenset[str]

PASSWORDS = {"ada": "ada-password", "bob": "bob-password"}
KEYS = {"ada-key": "ada", "bob-key": "bob"}
PRICE = 250
MOST_QUANTITY = 99
MOST_LISTED = 50
MOST_UPLOADED = 10_000
# So many exports in so many seconds.
RATE, WINDOW = 5, 1.0

# -- what is said ------------------------------------------------------------------------------


def _whole(value: Any) -> Any:
    """2.0 is a whole number in JSON Schema, and so it is here."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# The bounds are in the document; the handlers check them, so that a bug can leave that out.
Quantity = Annotated[
    int,
    BeforeValidator(_whole),
    Field(strict=True, json_schema_extra={"minimum": 1, "maximum": MOST_QUANTITY}),
]
Note = Annotated[str, Field(max_length=50)]
Item = Annotated[str, Field(pattern="^[a-z]{1,20}$")]
OrderId = Annotated[str, Path(pattern="^o-[1-9][0-9]{0,5}$")]
CustomerId = Annotated[str, Path(pattern="^c-[1-9][0-9]{0,5}$")]
JobId = Annotated[str, Path(pattern="^j-[1-9][0-9]{0,5}$")]
OrderStatus = Literal["open", "paid", "sent"]
JobStatus = Literal["queued", "running", "done", "cancelled"]


class Strict(BaseModel):
    """A JSON object without other members."""

    model_config = ConfigDict(extra="forbid")


class Health(Strict):
    """That the shop is there."""

    status: Literal["ok"]


class NewOrder(Strict):
    """What is ordered."""

    item: Item
    quantity: Quantity
    note: Note | None = None


class ChangedOrder(NewOrder):
    """An order as it shall be."""

    status: OrderStatus


class Attachment(Strict):
    """A file of an order."""

    name: str
    size: int = Field(ge=0, le=MOST_UPLOADED)


class Order(Strict):
    """An order as it is."""

    id: str = Field(pattern="^o-[1-9][0-9]{0,5}$")
    item: Item
    quantity: int = Field(ge=1, le=MOST_QUANTITY)
    note: Note | None
    status: OrderStatus
    total: int = Field(ge=0)
    attachments: list[Attachment]


class Orders(Strict):
    """A page of orders, and the cursor of the next one."""

    items: list[Order]
    next: str | None


class NewCustomer(Strict):
    """Who is to be known."""

    email: str = Field(pattern="^[a-z0-9]{1,20}@[a-z]{1,10}[.]example$")
    name: str = Field(pattern="^[A-Za-z][A-Za-z ]{0,39}$")


class Customer(NewCustomer):
    """Who is known."""

    id: str = Field(pattern="^c-[1-9][0-9]{0,5}$")


class Job(Strict):
    """A piece of work, and how far it is."""

    id: str = Field(pattern="^j-[1-9][0-9]{0,5}$")
    status: JobStatus
    progress: int = Field(ge=0, le=100)


class Report(Strict):
    """The sums over a user's orders."""

    orders: int = Field(ge=0)
    total: int = Field(ge=0)


class RefreshToken(Strict):
    """The token that is exchanged for new ones."""

    refresh_token: str = Field(min_length=1, max_length=40)


class Tokens(Strict):
    """What a login gives."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int = Field(ge=1)


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str


# -- what is kept ------------------------------------------------------------------------------


@dataclass
class Kept:
    """An order in the store."""

    id: str
    owner: str
    item: str
    quantity: int
    note: str | None = None
    status: str = "open"
    version: int = 1
    files: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """What it costs."""
        return self.quantity * PRICE

    @property
    def tag(self) -> str:
        """Its entity tag."""
        return f'"v{self.version}"'

    def shown(self) -> dict[str, Any]:
        """It as a client sees it."""
        kept = asdict(self)
        shown = {name: kept[name] for name in ("id", "item", "quantity", "note", "status")}
        files = [{"name": name, "size": len(content)} for name, content in self.files]
        return {**shown, "total": self.total, "attachments": files}


@dataclass
class Work:
    """A job in the store."""

    id: str
    owner: str
    status: str = "queued"
    progress: int = 0

    def shown(self) -> dict[str, Any]:
        """It as a client sees it."""
        return {"id": self.id, "status": self.status, "progress": self.progress}


@dataclass
class Shop:
    """All that one app keeps, and its bugs."""

    bugs: Bugs = frozenset()
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.orders: dict[str, Kept] = {}
        self.deleted: dict[str, Kept] = {}
        self.customers: dict[str, tuple[str, dict[str, str]]] = {}
        self.jobs: dict[str, Work] = {}
        self.keys: dict[tuple[str, str], tuple[NewOrder, str]] = {}
        self.tokens: dict[str, str] = dict(KEYS)
        self.revoked: dict[str, str] = {}
        self.refreshes: dict[str, str] = {}
        self.exports: dict[str, list[float]] = {}
        self.running_total: dict[str, int] = {}
        self.numbers = dict.fromkeys("ocjt", 0)
        self.listed = 0

    def next_id(self, kind: str) -> str:
        """A new id of a kind: o, c, j or t."""
        self.numbers[kind] += 1
        return f"{kind}-{self.numbers[kind]}"

    def add_order(self, owner: str, wanted: NewOrder) -> Kept:
        """Keep a new order."""
        order = Kept(self.next_id("o"), owner, wanted.item, wanted.quantity, wanted.note)
        self.running_total[owner] = self.running_total.get(owner, 0) + order.total
        if "created-order-not-stored" in self.bugs and order.note is None:
            return order
        self.orders[order.id] = order
        return order

    def of(self, owner: str) -> list[Kept]:
        """A user's orders, oldest first."""
        return [order for order in self.orders.values() if order.owner == owner]


def seed(app: FastAPI) -> dict[str, Any]:
    """Some of everything; the values are of ada's first order."""
    shop: Shop = app.state.shop
    shop.reset()
    for owner, quantity, status in (
        ("ada", 1, "open"),
        ("ada", 2, "paid"),
        ("ada", 3, "sent"),
        ("bob", 4, "open"),
        ("ada", 5, "open"),
    ):
        order = shop.add_order(owner, NewOrder(item="tea", quantity=quantity, note="a gift"))
        order.status = status
    shop.customers["c-1"] = "ada", {"email": "eve@mail.example", "name": "Eve"}
    shop.numbers["c"] = 1
    job = Work(shop.next_id("j"), "ada")
    shop.jobs[job.id] = job
    return {"path": {"id": "o-1"}, "headers": {"authorization": "Bearer ada-key"}}


def seed_customer(app: FastAPI) -> dict[str, Any]:
    """The same, with the values of ada's customer."""
    return {**seed(app), "path": {"id": "c-1"}}


def seed_job(app: FastAPI) -> dict[str, Any]:
    """The same, with the values of ada's job."""
    return {**seed(app), "path": {"id": "j-1"}}


def empty(app: FastAPI) -> dict[str, Any]:
    """Nothing is kept; the caller is ada."""
    app.state.shop.reset()
    return {"headers": {"authorization": "Bearer ada-key"}}


def key_of_bob() -> str:
    """What bob calls with."""
    return next(key for key, user in KEYS.items() if user == "bob")


def let_pass(app: FastAPI, seconds: float) -> None:
    """Stop the clock of the rate limit, or let it go on by so much."""
    shop: Shop = app.state.shop
    now = shop.clock() + seconds
    shop.clock = lambda: now


# -- what all operations share -----------------------------------------------------------------

router = APIRouter()
_bearer = HTTPBearer(auto_error=False)


def _shop(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


async def _serving(request: Request) -> Shop:
    """The caller's shop; what is awaited needs no thread."""
    return _shop(request)


Serving = Annotated[Shop, Depends(_serving)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _user(shop: Serving, given: Credentials, request: Request) -> str:
    """Who calls.

    Raises:
        HTTPException: 401, nobody that is known.
    """
    method, path = request.method, request.url.path
    token = given.credentials if given else ""
    if "auth-not-required" in shop.bugs and path.startswith("/orders/") and not given:
        return "ada"
    if "any-token-accepted" in shop.bugs and method == "DELETE" and token not in KEYS:
        return "ada" if token else _refuse_user()
    if "revoked-token-accepted" in shop.bugs and token in shop.revoked:
        return shop.revoked[token]
    return shop.tokens.get(token) or _refuse_user()


def _refuse_user() -> str:
    raise HTTPException(401, "say who you are", {"WWW-Authenticate": "Bearer"})


User = Annotated[str, Depends(_user)]


async def _order(shop: Serving, user: User, id: OrderId, request: Request) -> Kept:
    """The order of that id, if it is the caller's.

    Raises:
        HTTPException: 404, there is none, or it is another's.
    """
    order = shop.orders.get(id)
    if "deleted-order-still-read" in shop.bugs and request.method == "GET":
        order = order or shop.deleted.get(id)
    if "deleted-order-revived" in shop.bugs and request.method == "PUT" and id in shop.deleted:
        order = shop.orders[id] = shop.deleted.pop(id)
    if "deleted-twice-crashes" in shop.bugs and request.method == "DELETE" and id in shop.deleted:
        raise RuntimeError(f"order {id} has no row")
    mine = order is not None and order.owner == user
    if "others-order-served" in shop.bugs and request.method == "GET":
        mine = True
    if "others-order-deleted" in shop.bugs and request.method == "DELETE":
        mine = True
    if order is None or not mine:
        raise HTTPException(404, f"there is no order {id}")
    return order


MyOrder = Annotated[Kept, Depends(_order)]


def _answer(content: Any, status: int = 200, **headers: str) -> JSONResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(content, status, named)


Entries = dict[int | str, dict[str, Any]]

_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"required": True, "schema": {"type": "string"}} for name in names}


def _refusals(*statuses: int) -> Entries:
    """The document's entries of the statuses that are refusals."""
    more = {401: _headers("WWW-Authenticate"), 429: _headers("Retry-After")}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": _PROBLEM},
            **({"headers": more[status]} if status in more else {}),
        }
        for status in statuses
    }


def _with(status: int, *names: str) -> Entries:
    return {status: {"headers": _headers(*names)}}


# -- health and logins -------------------------------------------------------------------------


@router.get("/health")
async def health(shop: Serving) -> Health:
    """Tell that the shop is there."""
    if "slow-health" in shop.bugs:
        await asyncio.sleep(0.15)
    return Health(status="ok")


def _tokens(shop: Shop, user: str, old: str = "") -> JSONResponse:
    token = shop.next_id("t")
    if not (old and "refreshed-token-refused" in shop.bugs):
        shop.tokens[token] = user
    shop.refreshes[f"r-{token}"] = user
    said = {"access_token": token, "refresh_token": f"r-{token}", "token_type": "bearer"}
    return _answer({**said, "expires_in": 3600}, cache_control="no-store")


Word = Annotated[str, Form(min_length=1, max_length=20)]


@router.post(
    "/login",
    response_model=Tokens,
    responses=_with(200, "Cache-Control") | _refusals(400, 401, 422),
)
async def login(shop: Serving, username: Word, password: Word) -> Response:
    """Exchange a name and a password for tokens."""
    wrong = PASSWORDS.get(username) != password
    if "any-password-accepted" in shop.bugs and username in PASSWORDS:
        wrong = False
    if wrong:
        raise HTTPException(401, "wrong name or password", {"WWW-Authenticate": "Bearer"})
    return _tokens(shop, username)


@router.post(
    "/refresh",
    response_model=Tokens,
    responses=_with(200, "Cache-Control") | _refusals(400, 401, 422),
)
async def refresh(shop: Serving, given: RefreshToken) -> Response:
    """Exchange a refresh token, which is then used up, for new tokens; the old one ends."""
    old = given.refresh_token
    user = shop.refreshes.get(old)
    if user is None:
        raise HTTPException(401, "no such refresh token", {"WWW-Authenticate": "Bearer"})
    if "refresh-token-reusable" not in shop.bugs:
        del shop.refreshes[old]
    if "old-token-accepted-after-refresh" not in shop.bugs:
        shop.tokens.pop(old.removeprefix("r-"), None)
    return _tokens(shop, user, old)


@router.post("/logout", status_code=204, responses=_refusals(401))
async def logout(shop: Serving, user: User, given: Credentials) -> Response:
    """Revoke the token of the call; keys stay valid."""
    if given and given.credentials not in KEYS:
        shop.revoked[given.credentials] = user
        shop.tokens.pop(given.credentials, None)
    return Response(status_code=204)


# -- customers ---------------------------------------------------------------------------------


@router.post(
    "/customers",
    status_code=201,
    response_model=Customer,
    responses=_with(201, "Location") | _refusals(400, 401, 409, 422),
)
async def create_customer(shop: Serving, user: User, wanted: NewCustomer) -> Response:
    """Know a customer; each email once."""
    known = {each["email"] for owner, each in shop.customers.values() if owner == user}
    if wanted.email in known and "customer-created-twice" not in shop.bugs:
        raise HTTPException(409, "that email is known")
    made = shop.next_id("c")
    shop.customers[made] = user, wanted.model_dump()
    return _answer({"id": made, **wanted.model_dump()}, 201, location=f"/customers/{made}")


@router.get("/customers/{id}", response_model=Customer, responses=_refusals(401, 404, 422))
async def read_customer(shop: Serving, user: User, id: CustomerId) -> Response:
    """Tell a customer."""
    owner, customer = shop.customers.get(id, (None, None))
    if customer is None or owner != user:
        status = 410 if "undeclared-status" in shop.bugs else 404
        raise HTTPException(status, f"there is no customer {id}")
    answer = _answer({"id": id, **customer})
    if "oversized-customer" in shop.bugs:
        return Response(bytes(answer.body) + b" " * 200_000, 200, media_type="application/json")
    return answer


# -- orders ------------------------------------------------------------------------------------


def _check(shop: Shop, wanted: NewOrder) -> None:
    """Refuse what is out of bounds.

    Raises:
        HTTPException: 422, it is.
    """
    least = 0 if "zero-quantity-accepted" in shop.bugs else 1
    most = MOST_QUANTITY
    if "crash-on-largest-quantity" in shop.bugs and wanted.quantity == most:
        raise OverflowError("quantity")
    if "largest-note-refused" in shop.bugs and len(wanted.note or "") == 50:
        raise HTTPException(422, "the note is too long")
    if "no-note-refused" in shop.bugs and "note" not in wanted.model_fields_set:
        raise HTTPException(422, "a note is missing")
    if not least <= wanted.quantity <= most:
        raise HTTPException(422, f"quantity: from 1 to {most}")


IdempotencyKey = Annotated[str | None, Header(pattern="^[A-Za-z0-9-]{1,40}$")]


@router.post(
    "/orders",
    status_code=201,
    response_model=Order,
    responses=_with(201, "Location", "ETag", "Idempotency-Replayed") | _refusals(400, 401, 422),
)
async def create_order(
    shop: Serving, user: User, wanted: NewOrder, idempotency_key: IdempotencyKey = None
) -> Response:
    """Order something; the same `Idempotency-Key` twice orders once."""
    _check(shop, wanted)
    before = shop.keys.get((user, idempotency_key or ""))
    if before and "idempotency-key-ignored" not in shop.bugs:
        if before[0] != wanted and "key-of-other-body-accepted" not in shop.bugs:
            raise HTTPException(422, "that key was used for another order")
        if before[1] in shop.orders:
            return _created(shop, shop.orders[before[1]], "true")
    order = shop.add_order(user, wanted)
    if idempotency_key:
        shop.keys[user, idempotency_key] = wanted, order.id
    answer = _created(shop, order, "false")
    if "note-lost-on-read" in shop.bugs:
        order.note = None
    return answer


def _created(shop: Shop, order: Kept, replayed: str) -> JSONResponse:
    answer = _answer(
        order.shown(),
        201,
        location=f"/orders/{order.id}",
        etag=order.tag,
        idempotency_replayed=replayed,
    )
    if "location-missing" in shop.bugs:
        del answer.headers["location"]
    if "location-leads-nowhere" in shop.bugs:
        answer.headers["location"] = f"/order/{order.id}"
    if "replayed-header-missing" in shop.bugs:
        del answer.headers["idempotency-replayed"]
    return answer


Limit = Annotated[int, Query(json_schema_extra={"minimum": 1, "maximum": MOST_LISTED})]
Cursor = Annotated[str | None, Query(pattern="^o-[1-9][0-9]{0,5}$")]


@router.get(
    "/orders",
    response_model=Orders,
    responses=_with(200, "Cache-Control") | _refusals(401, 422),
)
async def list_orders(
    shop: Serving,
    user: User,
    status: OrderStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """List the caller's orders, oldest first."""
    if limit < 1 or (limit > MOST_LISTED and "limit-unbounded" not in shop.bugs):
        raise HTTPException(422, f"limit: from 1 to {MOST_LISTED}")
    mine = _filtered(shop, user, status)
    if "crash-when-empty" in shop.bugs and not shop.orders:
        raise IndexError("list index out of range")
    page, following = _page(shop, mine, cursor, limit)
    items = [order.shown() for order in page]
    if "listed-total-missing" in shop.bugs:
        items = [{name: item[name] for name in item if name != "total"} for item in items]
    answer = _answer({"items": items, "next": following}, cache_control="private, no-store")
    if "cache-control-missing" in shop.bugs:
        del answer.headers["cache-control"]
    return answer


def _number(id: str) -> int:
    return int(id.split("-")[1])


def _filtered(shop: Shop, user: str, status: str | None) -> list[Kept]:
    mine = shop.of(user)
    if "deleted-order-still-listed" in shop.bugs:
        deleted = (order for order in shop.deleted.values() if order.owner == user)
        mine = sorted([*mine, *deleted], key=lambda order: _number(order.id))
    if status is None:
        return mine
    if "filter-lets-others-in" in shop.bugs and status == "paid":
        return [order for order in mine if order.status in ("paid", "sent")]
    if "filter-loses-some" in shop.bugs and status == "open":
        return [order for order in mine if order.status == status][:1]
    return [order for order in mine if order.status == status]


def _page(
    shop: Shop, orders: list[Kept], cursor: str | None, limit: int
) -> tuple[list[Kept], str | None]:
    """The page after a cursor, and the next cursor."""
    after = _number(cursor) if cursor else 0
    if "pages-overlap" in shop.bugs and cursor:
        after -= 1
    rest = [order for order in orders if _number(order.id) > after]
    page = rest[:limit]
    following = page[-1].id if len(rest) > limit else None
    if "full-page-loses-its-last" in shop.bugs and len(page) == MOST_LISTED:
        page = page[:-1]
    if "pages-leave-a-gap" in shop.bugs and following:
        following = rest[limit].id
    if "pages-never-end" in shop.bugs and page:
        following = page[-1].id
    shop.listed += 1
    if "unstable-order" in shop.bugs and shop.listed % 2 == 0:
        page = page[::-1]
    return page, following


@router.get(
    "/orders/{id}",
    response_model=Order,
    responses=_with(200, "ETag", "Cache-Control")
    | {304: {"description": "Not Modified", "headers": _headers("ETag")}}
    | _refusals(401, 404, 422),
)
async def read_order(
    shop: Serving, order: MyOrder, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Tell an order."""
    headers = {"etag": order.tag, "cache-control": "private, max-age=0"}
    if "etag-missing" in shop.bugs:
        del headers["etag"]
    if "private-order-cached-publicly" in shop.bugs:
        headers["cache-control"] = "public, max-age=3600"
    if if_none_match == order.tag and "not-modified-ignored" not in shop.bugs:
        return Response(status_code=304, headers={"etag": order.tag})
    shown = order.shown()
    if "total-is-text" in shop.bugs:
        shown["total"] = str(shown["total"])
    answer = JSONResponse(shown, 200, headers)
    if "wrong-content-type" in shop.bugs:
        answer.headers["content-type"] = "text/html; charset=utf-8"
    return answer


IfMatch = Annotated[str | None, Header(pattern='^"v[1-9][0-9]{0,8}"$')]


@router.put(
    "/orders/{id}",
    response_model=Order,
    responses=_with(200, "ETag") | _refusals(400, 401, 404, 412, 422, 428),
)
async def change_order(
    shop: Serving, order: MyOrder, wanted: ChangedOrder, if_match: IfMatch = None
) -> Response:
    """Change an order that is still as the caller knows it."""
    if if_match is None and "if-match-not-required" not in shop.bugs:
        raise HTTPException(428, "If-Match is required")
    if if_match not in (None, order.tag) and "lost-update" not in shop.bugs:
        raise HTTPException(412, "it was changed meanwhile")
    if "lost-update-at-once" in shop.bugs:
        await asyncio.sleep(0)  # another request comes between the look and the change
    _check(shop, wanted)
    old = Kept(**vars(order))
    order.item, order.quantity = wanted.item, wanted.quantity
    order.note, order.status = wanted.note, wanted.status
    if "etag-stays-after-update" not in shop.bugs:
        order.version += 1
    shop.running_total[order.owner] += order.total - old.total
    answer = _answer(order.shown(), etag=order.tag)
    if "update-not-stored" in shop.bugs:
        order.item, order.quantity = old.item, old.quantity
        order.note, order.status = old.note, old.status
    return answer


@router.delete("/orders/{id}", status_code=204, responses=_refusals(401, 404, 422))
async def delete_order(shop: Serving, order: MyOrder) -> Response:
    """Forget an order."""
    siblings = [order.id]
    if "delete-takes-siblings" in shop.bugs:
        siblings = [each.id for each in shop.of(order.owner) if each.item == order.item]
    for id in siblings:
        shop.deleted[id] = shop.orders.pop(id)
    if "report-keeps-deleted-total" not in shop.bugs:
        shop.running_total[order.owner] -= order.total
    return Response(status_code=204)


@router.post(
    "/orders/{id}/attachments",
    status_code=201,
    response_model=Attachment,
    responses=_with(201, "Location") | _refusals(400, 401, 404, 413, 422),
)
async def attach(shop: Serving, order: MyOrder, file: UploadFile) -> Response:
    """Add a file to an order."""
    content = await file.read()
    if len(content) > MOST_UPLOADED:
        raise HTTPException(413, f"at most {MOST_UPLOADED} bytes")
    if "upload-truncated" in shop.bugs:
        content = content[:1024]
    order.files.append((file.filename or "", content))
    shown = {"name": file.filename or "", "size": len(content)}
    return _answer(shown, 201, location=f"/orders/{order.id}/attachments/{len(order.files)}")


_FILE: Entries = {200: {"content": {"application/octet-stream": {}}}}


@router.get(
    "/orders/{id}/attachments/{number}",
    response_class=Response,
    responses={**_FILE, **_refusals(401, 404, 422)},
)
async def read_attachment(
    shop: Serving, order: MyOrder, number: Annotated[str, Path(pattern="^[1-9][0-9]{0,2}$")]
) -> Response:
    """Give the file back."""
    if int(number) > len(order.files):
        raise HTTPException(404, f"there is no file {number}")
    content = order.files[int(number) - 1][1]
    if "download-differs" in shop.bugs:
        content = content.replace(b"\r\n", b"\n")
    return Response(content, media_type="application/octet-stream")


# -- report and exports ------------------------------------------------------------------------

_CSV = {"text/csv": {"schema": {"type": "string"}}}
_SHEET: Entries = {200: {"content": _CSV, "headers": _headers("Vary")}}


@router.get("/report", response_model=Report, responses={**_SHEET, **_refusals(401, 406)})
async def report(
    shop: Serving, user: User, accept: Annotated[str, Header()] = "application/json"
) -> Response:
    """Add up the caller's orders, as JSON or as CSV."""
    mine = shop.of(user)
    if "crash-when-seeded" in shop.bugs and any(order.status == "paid" for order in mine):
        raise KeyError("paid")
    count, total = len(mine), shop.running_total.get(user, 0)
    wanted = _negotiated(shop, accept)
    if wanted is None:
        raise HTTPException(406, "application/json or text/csv")
    if wanted == "text/csv":
        text = f"orders,total\r\n{count},{total}\r\n"
        return PlainTextResponse(text, headers={"vary": "Accept"}, media_type="text/csv")
    return _answer({"orders": count, "total": total}, vary="Accept")


def _negotiated(shop: Shop, accept: str) -> str | None:
    """The first of the caller's types that there is; no weighing, but a weight of 0 counts."""
    known = ("application/json", "text/csv")
    if "accept-ignored" in shop.bugs and "text/csv" in accept:
        return known[0]
    for each in accept.split(","):
        wanted, _, parameters = each.strip().lower().partition(";")
        if parameters.replace(" ", "").startswith(("q=0;", "q=0.0")) or parameters == "q=0":
            continue
        matches = {"*/*": known[0], "application/*": known[0], "text/*": known[1]}
        if wanted.strip() in (*known, *matches):
            return matches.get(wanted.strip(), wanted.strip())
    return known[0] if "not-acceptable-served" in shop.bugs else None


@router.post("/exports", status_code=202, response_model=Report, responses=_refusals(401, 429))
async def export(shop: Serving, user: User) -> Response:
    """Begin an export; five a second are allowed."""
    now = shop.clock()
    recent = [then for then in shop.exports.get(user, []) if now - then < WINDOW]
    if "retry-after-too-short" in shop.bugs:
        recent = [then for then in shop.exports.get(user, []) if now - then < 5 * WINDOW]
    shop.exports[user] = recent
    if len(recent) >= RATE:
        headers = {} if "retry-after-missing" in shop.bugs else {"Retry-After": "1"}
        raise HTTPException(429, "too many exports", headers)
    recent.append(now)
    return _answer({"orders": len(shop.of(user)), "total": 0}, 202)


# -- jobs --------------------------------------------------------------------------------------


async def _job(shop: Serving, user: User, id: JobId) -> Work:
    job = shop.jobs.get(id)
    if job is None or job.owner != user:
        raise HTTPException(404, f"there is no job {id}")
    return job


MyJob = Annotated[Work, Depends(_job)]

# By move, the states in which it is allowed, and the state that it leads to.
MOVES: dict[str, tuple[frozenset[str], str]] = {
    "start": (frozenset({"queued"}), "running"),
    "advance": (frozenset({"running"}), "running"),
    "cancel": (frozenset({"queued", "running"}), "cancelled"),
    "retry": (frozenset({"cancelled"}), "queued"),
}


@router.post(
    "/jobs",
    status_code=202,
    response_model=Job,
    responses=_with(202, "Location") | _refusals(401),
)
async def create_job(shop: Serving, user: User) -> Response:
    """Queue a job."""
    job = Work(shop.next_id("j"), user)
    shop.jobs[job.id] = job
    return _answer(job.shown(), 202, location=f"/jobs/{job.id}")


@router.get("/jobs/{id}", response_model=Job, responses=_refusals(401, 404, 422))
async def read_job(job: MyJob) -> Response:
    """Tell how a job stands."""
    return _answer(job.shown())


@router.post("/jobs/{id}/{move}", response_model=Job, responses=_refusals(401, 404, 409, 422))
async def move_job(
    shop: Serving, job: MyJob, move: Literal["start", "advance", "cancel", "retry"]
) -> Response:
    """Start, advance, cancel or retry a job."""
    allowed, leads_to = MOVES[move]
    if "done-job-cancelled" in shop.bugs and move == "cancel":
        allowed |= {"done"}
    if "cancelled-job-started" in shop.bugs and move == "start":
        allowed |= {"cancelled"}
    if "queued-job-not-cancelled" in shop.bugs and move == "cancel":
        allowed -= {"queued"}
    if job.status not in allowed:
        status = 403 if "forbidden-move-wrong-status" in shop.bugs else 409
        raise HTTPException(status, f"a {job.status} job can't {move}")
    job.status = leads_to
    if move == "advance":
        _advance(shop, job)
    if move == "retry":
        job.progress = 0
    return _answer(job.shown())


def _advance(shop: Shop, job: Work) -> None:
    step = 30 if "progress-above-100" in shop.bugs else 25
    if "progress-falls" in shop.bugs and job.progress == 50:
        step = -10
    job.progress += step
    if job.progress >= 100:
        job.status = "done"
        job.progress = job.progress if "progress-above-100" in shop.bugs else 100


# -- errors ------------------------------------------------------------------------------------


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    phrase = HTTPStatus(status).phrase
    said = {"type": "about:blank", "title": phrase, "status": status, "detail": detail}
    return JSONResponse(said, status, headers, "application/problem+json")


_TRACE = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 41, in load'


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    shop = _shop(request)
    detail, headers = str(error.detail), dict(error.headers or {})
    if error.status_code == 404 and request.url.path.startswith("/orders/"):
        if "error-is-no-problem" in shop.bugs:
            return JSONResponse({"error": detail}, 404)
        if "stack-trace-in-error" in shop.bugs:
            detail = f"{_TRACE}\nKeyError: {detail}"
        if "token-in-error" in shop.bugs:
            detail += f" for {request.headers.get('authorization')}"
    if "challenge-missing" in shop.bugs:
        headers.pop("WWW-Authenticate", None)
    answer = _problem(error.status_code, detail, headers)
    if "problem-status-disagrees" in shop.bugs and error.status_code == 409:
        said = {"type": "about:blank", "title": "Conflict", "status": 400, "detail": detail}
        return JSONResponse(said, 409, headers, "application/problem+json")
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """Say where the request is invalid; its values aren't repeated."""
    assert isinstance(error, RequestValidationError)
    told = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return _problem(422, "; ".join(told).encode(errors="replace").decode())


# -- methods -----------------------------------------------------------------------------------


class Methods:
    """What every path has beside its operations: HEAD, OPTIONS, and 405 with `Allow`."""

    def __init__(self, app: ASGIApp, routes: Iterable[Any], bugs: Bugs) -> None:
        self.app = app
        self.bugs = bugs
        self.routes = [route for route in routes if isinstance(route, APIRoute)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the method, or pass the request on."""
        methods = self._methods(scope["path"]) if scope["type"] == "http" else []
        answer = self._answer(scope["method"], methods) if methods else None
        if answer is not None:
            await answer(scope, receive, send)
        elif methods and scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _bodiless(send))
        else:
            await self.app(scope, receive, send)

    def _methods(self, path: str) -> list[str]:
        found = {
            method
            for route in self.routes
            if route.path_regex.match(path)
            for method in route.methods or ()
        }
        found |= {"HEAD"} if "GET" in found else set()
        return sorted(found | {"OPTIONS"}) if found else []

    def _answer(self, method: str, methods: list[str]) -> Response | None:
        allow = {"Allow": ", ".join(methods)}
        if "method-not-refused" in self.bugs and method == "PATCH":
            return JSONResponse({})
        if "head-refused" in self.bugs and method == "HEAD":
            return _problem(404, "there is nothing here")
        if "options-refused" in self.bugs and method == "OPTIONS":
            return _problem(405, "not allowed", allow)
        if method == "OPTIONS":
            return Response(status_code=204, headers=allow)
        if method in methods:
            return None
        if "allow-missing" in self.bugs:
            allow = {}
        if "allow-incomplete" in self.bugs:
            allow = {"Allow": methods[0]}
        return _problem(405, f"{method} is not allowed", allow)


def _bodiless(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent


# -- the app -----------------------------------------------------------------------------------


class ShopApi(FastAPI):
    """An app whose OpenAPI document knows what a problem is."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            schemas = super().openapi().setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
        assert self.openapi_schema is not None
        return self.openapi_schema


def make(bugs: Bugs = frozenset()) -> FastAPI:
    """A shop with these bugs, which keeps nothing yet."""
    app = ShopApi(title="shop", version="1.0.0", docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    app.state.shop = Shop(bugs)
    app.include_router(router)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(Methods, routes=router.routes, bugs=bugs)
    return app


app = make(planted())
