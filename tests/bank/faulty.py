"""Stages that handle what fails round them, and the table of all handlers.

Those of a service are in `bank.faulty_service`.

`STAGEPACT_BANK_WITHOUT=retry,…` takes handlers out while the code runs. `python -m bank.faulty`,
in `tests/`, prints the table as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import stagepact

VARIABLE = "STAGEPACT_BANK_WITHOUT"
log = logging.getLogger("bank.faulty")
Emit = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler that can be taken out; `breaks` are globs of the clauses that then
    break, and no other does."""

    stage: str
    id: str
    sentence: str
    breaks: tuple[str, ...]


def has(handler: str) -> bool:
    """Whether a handler is in its place."""
    return handler not in os.environ.get(VARIABLE, "").split(",")


# -- what the stages depend on ---------------------------------------------------------------------


class Stt:
    """Speech to text: always the same, with how many words it is."""

    def __init__(self) -> None:
        self.api_key = "k9-ff31-7c2e-d0aa"

    async def transcribe(self, path: str) -> dict[str, Any]:
        """What is said in a file."""
        return {"text": "good morning", "words": 2}


class Letters:
    """Where goes what couldn't be done."""

    def put(self, letter: dict[str, Any]) -> None:
        """Keep it for a person to look at."""


class Stock:
    """Goods that are set aside."""

    def __init__(self) -> None:
        self.reserved: list[str] = []

    async def reserve(self, sku: str) -> str:
        """Set one aside; the id of the reservation."""
        self.reserved.append(sku)
        return f"r-{sku}"

    async def release(self, reservation: str) -> None:
        """Put it back."""


class Ledger:
    """Orders that are written down."""

    async def save(self, sku: str) -> int:
        """Write an order down; its number."""
        return 7


class Mailer:
    """Mails, which may be lost."""

    async def send(self, to: str) -> None:
        """Send one."""


class Rates:
    """Prices of another firm."""

    async def of(self, sku: str) -> int:
        """The price of one, in cents."""
        return 250


class Texts:
    """Descriptions; they take their time."""

    async def of(self, sku: str) -> str:
        """The description of one."""
        await asyncio.sleep(1)
        return f"about {sku}"


class Store:
    """Where files go."""

    def put(self, path: str) -> str:
        """Take a file over; its address."""
        return "mem://report"


# -- hear: retries, time-out, fallback, dead letter ------------------------------------------

_TRIES = 3
_WAITS = (0.5, 1.0)


@stagepact.contract_subject()
async def hear(path: str, stt: Any, letters: Any, emit: Emit) -> dict[str, Any]:
    """The text of a recording; the fallback where nothing helps."""
    emit("started", {"path": path})
    try:
        text = await _tried(path, stt)
    except Exception as error:
        if not has("fallback"):
            raise
        _give_up(path, error, letters, emit)
        return {"text": "", "fallback": True} if has("fallback-marked") else {"text": ""}
    emit("completed", {"path": path})
    return {"text": text}


async def _tried(path: str, stt: Any) -> str:
    tries = (_TRIES if has("retry") else 1) if has("retries-end") else 9
    for attempt in range(1, tries + 1):
        try:
            return _valid(await _in_time(stt.transcribe(path)))
        except Exception as error:
            _log(path, error)
            if not has("log-without-key"):
                log.info("tried with %s", vars(stt))
            if attempt == tries or _is_permanent(error):
                raise
            await asyncio.sleep(_wait(attempt, error))
    raise AssertionError("never reached")


async def _in_time(work: Any) -> Any:
    if not has("timeout"):
        return await work
    return await asyncio.wait_for(work, 2 if has("deadline") else 12)


def _valid(answer: Any) -> str:
    if not has("validation"):
        return answer["text"] if isinstance(answer, dict) and "text" in answer else answer
    is_whole = isinstance(answer, dict) and {"text", "words"} == answer.keys()
    text = answer["text"] if is_whole else None
    if not isinstance(text, str) or len(text.split()) != answer["words"]:
        raise ValueError("not what a transcript looks like")
    return text


def _log(path: str, error: Exception) -> None:
    if has("log"):
        context = {"path": path} if has("log-context") else {}
        level = logging.WARNING if has("log-level") else logging.DEBUG
        log.log(level, "transcribing failed: %s", error, extra=context)


def _is_permanent(error: Exception) -> bool:
    return has("permanent") and getattr(error, "status", None) == 403


def _wait(attempt: int, error: Exception) -> float:
    wait = _WAITS[min(attempt, len(_WAITS)) - 1] if has("backoff-grows") else _WAITS[0]
    after = getattr(error, "retry_after", None) if has("retry-after") else None
    return max(wait if has("backoff") else 0.0, after or 0.0)


def _give_up(path: str, error: Exception, letters: Any, emit: Emit) -> None:
    if has("dead-letter"):
        letters.put({"path": path} if has("letter-context") else {})
    if not has("one-terminal"):
        emit("completed", {"path": path})
    if has("failed-event"):
        emit("failed", {"error": str(error)} if has("failed-reason") else {})


# -- place: no partial write -----------------------------------------------------------------------


class OrderFailedError(Exception):
    """An order that couldn't be placed."""


@stagepact.contract_subject()
async def place(sku: str, stock: Any, ledger: Any, mailer: Any) -> dict[str, Any]:
    """Place an order: reserve, write down, tell; nothing stays reserved that isn't written down."""
    try:
        reservation = await asyncio.wait_for(stock.reserve(sku), 2)
    except Exception as error:
        if has("stop-at-once"):
            raise _order_failed("reserving", error) from error
        reservation = ""
    number = await _written_down(sku, reservation, stock, ledger)
    await _told(sku, mailer)
    return {"number": number}


async def _written_down(sku: str, reservation: str, stock: Any, ledger: Any) -> int:
    try:
        number = await asyncio.wait_for(ledger.save(sku), 2)
        if has("number-checked") and type(number) is not int:
            raise TypeError("the ledger gave no number")
    except BaseException as error:
        is_cancelled = isinstance(error, asyncio.CancelledError)
        if has("rollback") and (has("rollback-when-cancelled") or not is_cancelled):
            await stock.release(reservation)
        if is_cancelled:
            raise
        raise _order_failed("writing down", error) from error
    return number


def _order_failed(what: str, error: BaseException) -> BaseException:
    if not has("error-translated"):
        return error
    return OrderFailedError(f"{what} failed: {error}" if has("error-told") else "sorry")


async def _told(sku: str, mailer: Any) -> None:
    try:
        await asyncio.wait_for(mailer.send(sku), 2)
    except Exception as error:
        if not has("mail-contained"):
            raise
        log.warning("no mail: %s", error)


# -- price: a circuit breaker ----------------------------------------------------------------------


class CircuitOpenError(Exception):
    """Nobody is asked for a while."""


class Breaker:
    """Opens after three failures in a row; after 30 s lets one call through, to see."""

    def __init__(self) -> None:
        self.failures = 0
        self.opened = 0.0

    def admit(self) -> None:
        """Let a call through, or raise."""
        if self.failures < 3 or not has("circuit-opens"):
            return
        waits = 30.0 if has("circuit-half-opens") else 1e9
        if has("circuit-stays-open") and time.monotonic() - self.opened < waits:
            raise CircuitOpenError("the circuit is open")

    def failed(self) -> None:
        """One more failure."""
        self.failures += 1
        self.opened = time.monotonic()

    def succeeded(self) -> None:
        """Closes the circuit."""
        if has("circuit-closes"):
            self.failures = 0
        else:
            self.opened = time.monotonic()


@stagepact.contract_subject()
async def price(sku: str, rates: Any, breaker: Any) -> dict[str, Any]:
    """The price of one, of another firm that is spared while it is down."""
    breaker.admit()
    try:
        cents = await asyncio.wait_for(rates.of(sku), 2)
        if type(cents) is not int:
            raise TypeError("no price")
    except Exception as error:
        breaker.failed()
        raise ConnectionError(f"no price for {sku}: {error}") from error
    breaker.succeeded()
    return {"cents": cents}


# -- enrich: tasks, and a client that recovers -----------------------------------------------------


@stagepact.contract_subject()
async def enrich(sku: str, rates: Any, texts: Any) -> dict[str, Any]:
    """Price and description at once; what is missing is None."""
    asked = [asyncio.ensure_future(each.of(sku)) for each in (rates, texts)]
    try:
        cents, text = await asyncio.wait_for(asyncio.gather(*asked), 5)
    except (Exception, asyncio.CancelledError):
        cents, text = None, None
    finally:
        if has("tasks-cancelled"):
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
    good = type(cents) is int and isinstance(text, str) and text.startswith("about ")
    return {"cents": cents, "text": text} if good else {"cents": None, "text": None}


class Session:
    """A connection that is made again when it was lost."""

    def __init__(self) -> None:
        self.is_lost = False


@stagepact.contract_subject()
async def look_up(sku: str, rates: Any, session: Any) -> dict[str, Any]:
    """The price by a connection that stays; None while it is lost."""
    if session.is_lost and not has("reconnect"):
        return {"cents": None}
    try:
        cents = await asyncio.wait_for(rates.of(sku), 2)
    except (Exception, asyncio.CancelledError):
        session.is_lost = True
        return {"cents": None}
    return {"cents": cents if type(cents) is int else None}


# -- export: files and threads ---------------------------------------------------------------------


@stagepact.contract_subject()
def export(sku: str, store: Any) -> dict[str, Any]:
    """Write a file, hand it over and take it away; a thread tells meanwhile that it lives."""
    number, path = tempfile.mkstemp(prefix="bank-")
    stop = threading.Event()
    heart = threading.Thread(target=stop.wait, name="heart", daemon=True)
    heart.start()
    try:
        os.write(number, sku.encode())
        address = store.put(path)
        is_done = isinstance(address, str) and address.startswith("mem://report")
    except Exception as error:
        log.warning("not exported: %s", error)
        is_done = False
        _clean_up(number, stop, failed=True)
    else:
        _clean_up(number, stop, failed=False)
    heart.join(0.2 if stop.is_set() else 0)
    Path(path).unlink(missing_ok=True)
    return {"done": is_done}


def _clean_up(number: int, stop: threading.Event, *, failed: bool) -> None:
    if not failed or has("file-closed"):
        os.close(number)
    if not failed or has("thread-stopped"):
        stop.set()


HANDLERS: tuple[Handler, ...] = (
    Handler(
        "hear",
        "retry",
        "A call that failed is tried again.",
        (
            "faults.stt.error x1.retries",
            "faults.stt.error x1.calls.letters.put",
            "faults.stt.error x1.holds.as ever",
            "faults.stt.error.logs.told",
            "faults.stt.timeout.retries",
        ),
    ),
    Handler(
        "hear",
        "retries-end",
        "After three calls it gives up.",
        (
            "faults.stt.timeout.retries",
            "faults.stt.hang.within",
            "faults.stt.error.logs.told",
        ),
    ),
    Handler("hear", "backoff", "It waits before a retry.", ("faults.stt.timeout.retries",)),
    Handler(
        "hear",
        "backoff-grows",
        "It waits longer before the second retry.",
        ("faults.stt.timeout.retries",),
    ),
    Handler(
        "hear",
        "retry-after",
        "It waits as long as Retry-After says.",
        ("faults.stt.429 5s.retries",),
    ),
    Handler("hear", "permanent", "A 403 isn't tried again.", ("faults.stt.403.retries",)),
    Handler("hear", "timeout", "A call that hangs is given up.", ("faults.stt.hang",)),
    Handler("hear", "deadline", "A call that hangs is given up soon.", ("faults.stt.hang.within",)),
    Handler(
        "hear",
        "validation",
        "What isn't a transcript is a failure.",
        (
            "faults.stt.null",
            "faults.stt.empty",
            "faults.stt.wrong-type",
            "faults.stt.malformed",
        ),
    ),
    Handler("hear", "fallback", "Where nothing helps there is a fallback.", ("faults.stt.*",)),
    Handler(
        "hear",
        "fallback-marked",
        "A fallback can be told from a text.",
        ("faults.stt.timeout.output",),
    ),
    Handler(
        "hear",
        "dead-letter",
        "What couldn't be done is kept.",
        ("faults.stt.timeout.calls.letters.put",),
    ),
    Handler(
        "hear",
        "letter-context",
        "A dead letter says what it is of.",
        ("faults.stt.timeout.calls.letters.put",),
    ),
    Handler("hear", "failed-event", "A failure is told by an event.", ("faults.stt.*",)),
    Handler("hear", "failed-reason", "The event says why.", ("faults.stt.timeout.events.failed",)),
    Handler("hear", "one-terminal", "It doesn't complete and fail.", ("faults.stt.*",)),
    Handler("hear", "log", "A failure is logged.", ("faults.stt.error.logs.told",)),
    Handler(
        "hear", "log-context", "The log says of which recording.", ("faults.stt.error.logs.told",)
    ),
    Handler("hear", "log-without-key", "The log tells no key.", ("faults.stt.*",)),
    Handler("hear", "log-level", "It is logged as a warning.", ("faults.stt.error.logs.told",)),
    Handler(
        "place",
        "stop-at-once",
        "Nothing is written down that isn't reserved.",
        (
            "faults.stock.reserve.error.calls.ledger.save",
            "faults.stock.reserve.error.calls.mailer.send",
            "faults.stock.reserve.error.error",
        ),
    ),
    Handler(
        "place",
        "rollback",
        "What isn't written down is released.",
        ("faults.ledger.save.*.calls.stock.release",),
    ),
    Handler(
        "place",
        "rollback-when-cancelled",
        "It is released when the run is cancelled, too.",
        ("faults.ledger.save.cancelled.calls.stock.release",),
    ),
    Handler(
        "place",
        "number-checked",
        "What the ledger gives is looked at.",
        (
            "faults.ledger.save.null*",
            "faults.ledger.save.wrong-type*",
        ),
    ),
    Handler(
        "place",
        "error-translated",
        "It raises its own error, whatever failed.",
        (
            "faults.ledger.save.*",
            "faults.stock.reserve.error",
            "faults.stock.reserve.error.error",
        ),
    ),
    Handler(
        "place", "error-told", "The error says what failed.", ("faults.stock.reserve.error.error",)
    ),
    Handler("place", "mail-contained", "A lost mail loses no order.", ("faults.mailer.*",)),
    Handler(
        "price",
        "circuit-opens",
        "After three failures the circuit opens.",
        ("faults.rates.error.then",),
    ),
    Handler(
        "price",
        "circuit-stays-open",
        "While it is open nobody is asked.",
        ("faults.rates.error.then",),
    ),
    Handler(
        "price",
        "circuit-half-opens",
        "After the cool-down one call is tried.",
        ("faults.rates.error.then",),
    ),
    Handler("price", "circuit-closes", "A success closes it.", ("faults.rates.error.then",)),
    Handler(
        "enrich", "tasks-cancelled", "What is still asked for is cancelled.", ("faults.rates.*",)
    ),
    Handler(
        "look_up",
        "reconnect",
        "A lost connection is made again.",
        ("faults.rates.connection-reset.recovers",),
    ),
    Handler(
        "export",
        "file-closed",
        "The file is closed.",
        (
            "faults.store.error",
            "faults.store.connection-reset",
            "faults.store.disk-full",
        ),
    ),
    Handler(
        "export",
        "thread-stopped",
        "The thread ends.",
        (
            "faults.store.error",
            "faults.store.connection-reset",
            "faults.store.disk-full",
        ),
    ),
    Handler(
        "GET /prices/{sku}",
        "service-retry",
        "A price that wasn't told is asked for again.",
        (
            "faults.bank.faulty_service:prices.of.error.retries",
            "faults.bank.faulty_service:prices.of.error x1.holds.retried",
        ),
    ),
    Handler(
        "GET /prices/{sku}",
        "service-backoff",
        "It waits before it asks again.",
        ("faults.bank.faulty_service:prices.of.error.retries",),
    ),
    Handler(
        "GET /prices/{sku}",
        "service-timeout",
        "Who doesn't answer is given up.",
        ("faults.bank.faulty_service:prices.of.hang",),
    ),
    Handler(
        "GET /prices/{sku}",
        "asking-cancelled",
        "What is given up is cancelled.",
        ("faults.bank.faulty_service:prices.of.hang",),
    ),
    Handler(
        "GET /prices/{sku}",
        "price-looked-at",
        "What is no price isn't told.",
        (
            "faults.bank.faulty_service:prices.of.null",
            "faults.bank.faulty_service:prices.of.wrong-type",
        ),
    ),
    Handler(
        "GET /prices/{sku}",
        "old-price",
        "Where there is no price there is an old one.",
        (
            "faults.bank.faulty_service:prices.of.error",
            "faults.bank.faulty_service:prices.of.error.output",
        ),
    ),
    Handler(
        "GET /prices/{sku}",
        "service-log",
        "That there was no price is logged.",
        ("faults.bank.faulty_service:prices.of.error.logs.told",),
    ),
    Handler(
        "POST /orders/{sku}",
        "error-caught",
        "An order that can't be written down is a 503.",
        (
            "faults.bank.faulty_service:Orders.add.error",
            "faults.bank.faulty_service:Orders.add.error.error",
            "faults.bank.faulty_service:Orders.add.connection-lost",
            "faults.bank.faulty_service:Orders.add.pool-exhausted",
        ),
    ),
    Handler(
        "POST /orders/{sku}",
        "unavailable-told",
        "The answer tells no trace of the code.",
        (
            "faults.bank.faulty_service:Orders.add.error",
            "faults.bank.faulty_service:Orders.add.error.error",
            "faults.bank.faulty_service:Orders.add.connection-lost",
            "faults.bank.faulty_service:Orders.add.pool-exhausted",
        ),
    ),
    Handler(
        "POST /orders/{sku}",
        "says-when",
        "A 503 says when to come again.",
        (
            "faults.bank.faulty_service:Orders.add.error",
            "faults.bank.faulty_service:Orders.add.connection-lost",
            "faults.bank.faulty_service:Orders.add.pool-exhausted",
            "faults.bank.faulty_service:Orders.add.wrong-type",
        ),
    ),
    Handler(
        "POST /orders/{sku}",
        "number-looked-at",
        "What is no number isn't told.",
        ("faults.bank.faulty_service:Orders.add.wrong-type",),
    ),
    Handler(
        "POST /orders/{sku}",
        "audit-contained",
        "A lost line of the audit loses no order.",
        (
            "faults.bank.faulty_service:audit.note.error",
            "faults.bank.faulty_service:audit.note.disk-full",
        ),
    ),
)

if __name__ == "__main__":
    print(json.dumps([asdict(each) for each in HANDLERS], indent=2))
