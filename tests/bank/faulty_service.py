"""A service that handles what fails beneath it; its handlers are told in `bank.faulty`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bank.faulty import has

log = logging.getLogger("bank.faulty_service")


class Prices:
    """Another firm's prices."""

    async def of(self, sku: str) -> int:
        """The price of one, in cents."""
        return 250


class Orders:
    """A table of orders, which blocks as databases do."""

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}

    def add(self, sku: str) -> int:
        """Write one down."""
        self.rows[len(self.rows) + 1] = sku
        return len(self.rows)

    def get(self, number: int) -> str | None:
        """Read one."""
        return self.rows.get(number)


class Audit:
    """Who did what; it may be lost."""

    def note(self, what: str) -> None:
        """Write a line."""


@dataclass
class Known:
    """The last price of each."""

    prices: dict[str, int] = field(default_factory=dict)


prices, orders, audit = Prices(), Orders(), Audit()


class UnavailableError(Exception):
    """Something beneath is down; seconds after which to ask again."""

    def __init__(self, after: float = 1) -> None:
        super().__init__("unavailable")
        self.after = after


def make() -> FastAPI:
    """The app, as new."""
    app, known = FastAPI(), Known({"lamp": 240})

    @app.exception_handler(UnavailableError)
    async def unavailable(request: Request, error: UnavailableError) -> JSONResponse:
        headers = {"Retry-After": f"{error.after:g}"} if has("says-when") else {}
        return JSONResponse({"detail": str(error)}, 503, headers)

    @app.get("/prices/{sku}")
    async def price(sku: str) -> dict[str, Any]:
        try:
            return {"cents": await _asked(sku), "is_old": False}
        except Exception as error:
            if has("service-log"):
                log.warning("no price", extra={"sku": sku})
            if not has("old-price"):
                raise UnavailableError(getattr(error, "retry_after", None) or 1) from error
            return {"cents": known.prices.get(sku, 0), "is_old": True}

    @app.post("/orders/{sku}", status_code=201)
    def order(sku: str) -> JSONResponse:
        try:
            number = orders.add(sku)
        except Exception as error:
            if not has("unavailable-told"):
                detail = f"Traceback (most recent call last):\n{error!r}"
                return JSONResponse({"detail": detail}, 503, {"Retry-After": "1"})
            if not has("error-caught"):
                raise
            raise UnavailableError from error
        if has("number-looked-at") and type(number) is not int:
            raise UnavailableError
        _noted(f"order {sku}")
        return JSONResponse({"number": number}, 201)

    return app


async def _asked(sku: str) -> int:
    tries = 3 if has("service-retry") else 1
    for attempt in range(tries):
        try:
            price = await _limited(sku)
            if has("price-looked-at") and type(price) is not int:
                raise TypeError("no price")
            return price
        except Exception:
            if attempt == tries - 1:
                raise
            await asyncio.sleep(0.2 if has("service-backoff") else 0)
    raise AssertionError("never reached")


async def _limited(sku: str) -> int:
    if not has("service-timeout"):
        return await prices.of(sku)
    asking = asyncio.ensure_future(prices.of(sku))
    done, _ = await asyncio.wait({asking}, timeout=1.5)
    if not done:
        if has("asking-cancelled"):
            asking.cancel()
        raise TimeoutError("no price in time")
    return asking.result()


def _noted(what: str) -> None:
    try:
        audit.note(what)
    except Exception:
        if not has("audit-contained"):
            raise
        log.warning("not audited: %s", what)


def fresh(app: FastAPI) -> None:
    """An order is there already; whatever fails, this doesn't."""

    orders.add("lamp")


app = make()
