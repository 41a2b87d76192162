"""The planted bugs: in which service each is, what finds it, and what is wrong.

`make(frozenset({"lost-update"}))` of a service switches bugs on; so does the environment variable
`STAGEPACT_BANK_BUGS=lost-update,…` for the module's `app`. `python -m bank.bugs`, in `tests/`,
prints the table as JSON.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Literal

VARIABLE = "STAGEPACT_BANK_BUGS"

Service = Literal["shop", "library", "live"]
Kind = Literal["check", "scenario", "lifecycle", "auth", "channel"]


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that can be switched on; `clause` is the kind of clause that is to find it."""

    service: Service
    kind: Kind
    clause: str
    id: str
    sentence: str


BUGS: tuple[Bug, ...] = (
    Bug(
        "shop",
        "check",
        "status",
        "undeclared-status",
        "An unknown customer is answered by 410, which is not declared.",
    ),
    Bug("shop", "check", "content-type", "wrong-content-type", "An order is sent as text/html."),
    Bug("shop", "check", "headers", "location-missing", "A created order has no Location."),
    Bug(
        "shop",
        "check",
        "headers",
        "replayed-header-missing",
        "A created order lacks the declared header Idempotency-Replayed.",
    ),
    Bug("shop", "check", "headers", "challenge-missing", "A 401 has no WWW-Authenticate."),
    Bug("shop", "check", "body", "total-is-text", "An order's total is a text."),
    Bug("shop", "check", "body", "listed-total-missing", "Orders in a list lack their total."),
    Bug("shop", "check", "no-5xx", "crash-on-largest-quantity", "An order of exactly 99 crashes."),
    Bug(
        "shop",
        "check",
        "no-5xx",
        "crash-when-empty",
        "Listing orders crashes while there is none at all.",
    ),
    Bug(
        "shop",
        "check",
        "no-5xx",
        "crash-when-seeded",
        "The report crashes when there is a paid order.",
    ),
    Bug(
        "shop",
        "check",
        "invalid-refused",
        "zero-quantity-accepted",
        "An order of 0, below the minimum, is accepted.",
    ),
    Bug(
        "shop", "check", "invalid-refused", "limit-unbounded", "A page of more than 50 is accepted."
    ),
    Bug(
        "shop",
        "check",
        "valid-accepted",
        "largest-note-refused",
        "A note of just the longest permitted length is refused.",
    ),
    Bug(
        "shop",
        "check",
        "valid-accepted",
        "no-note-refused",
        "An order without the optional note is refused.",
    ),
    Bug(
        "shop",
        "check",
        "required-header",
        "if-match-not-required",
        "An order is changed without If-Match.",
    ),
    Bug("shop", "check", "method-not-allowed", "allow-missing", "A 405 has no Allow."),
    Bug(
        "shop",
        "check",
        "method-not-allowed",
        "allow-incomplete",
        "A 405's Allow names one method only.",
    ),
    Bug(
        "shop",
        "check",
        "method-not-allowed",
        "method-not-refused",
        "PATCH, which no path has, is answered by 200.",
    ),
    Bug(
        "shop",
        "check",
        "method-not-allowed",
        "head-refused",
        "HEAD is answered by 404 where GET is by 200.",
    ),
    Bug(
        "shop",
        "check",
        "method-not-allowed",
        "options-refused",
        "OPTIONS is answered by 405 and is in its own Allow.",
    ),
    Bug(
        "shop", "check", "problem", "error-is-no-problem", "An unknown order is told as plain JSON."
    ),
    Bug(
        "shop",
        "check",
        "problem",
        "problem-status-disagrees",
        "A 409's problem says that its status is 400.",
    ),
    Bug(
        "shop",
        "check",
        "auth-required",
        "auth-not-required",
        "Below /orders/ a call without credentials is ada's.",
    ),
    Bug(
        "shop", "check", "auth-required", "any-token-accepted", "DELETE takes any token for ada's."
    ),
    Bug("shop", "check", "others-object", "others-order-served", "Another user's order is served."),
    Bug(
        "shop",
        "check",
        "others-object",
        "others-order-deleted",
        "Another user's order can be deleted.",
    ),
    Bug("shop", "check", "caching", "etag-missing", "An order is sent without ETag."),
    Bug(
        "shop", "check", "caching", "cache-control-missing", "A list is sent without Cache-Control."
    ),
    Bug(
        "shop",
        "check",
        "caching",
        "private-order-cached-publicly",
        "An order is sent with Cache-Control: public.",
    ),
    Bug(
        "shop",
        "check",
        "caching",
        "not-modified-ignored",
        "If-None-Match with the current tag is answered by 200.",
    ),
    Bug(
        "shop",
        "check",
        "idempotency",
        "key-of-other-body-accepted",
        "An idempotency key is accepted with another body.",
    ),
    Bug(
        "shop",
        "check",
        "secrets",
        "token-in-error",
        "The caller's token is in the detail of an error.",
    ),
    Bug(
        "shop",
        "check",
        "secrets",
        "stack-trace-in-error",
        "A stack trace is in the detail of an error.",
    ),
    Bug("shop", "check", "time-budget", "slow-health", "Health takes 150 ms."),
    Bug("shop", "check", "size-budget", "oversized-customer", "A customer has 200 kB."),
    Bug("shop", "check", "negotiation", "accept-ignored", "JSON is sent where CSV was asked for."),
    Bug(
        "shop",
        "check",
        "negotiation",
        "not-acceptable-served",
        "JSON is sent where an image was asked for.",
    ),
    Bug("shop", "check", "rate-limit", "retry-after-missing", "A 429 has no Retry-After."),
    Bug(
        "shop",
        "check",
        "rate-limit",
        "retry-after-too-short",
        "The limit still holds when Retry-After has passed.",
    ),
    Bug(
        "shop",
        "scenario",
        "create-read",
        "created-order-not-stored",
        "A created order without a note can't be read.",
    ),
    Bug(
        "shop",
        "scenario",
        "create-read",
        "note-lost-on-read",
        "A created order has its note in the answer only.",
    ),
    Bug(
        "shop",
        "scenario",
        "create-read",
        "location-leads-nowhere",
        "A created order's Location is no path of the shop.",
    ),
    Bug(
        "shop",
        "scenario",
        "create-read",
        "upload-truncated",
        "Of an uploaded file 1024 bytes are kept.",
    ),
    Bug(
        "shop",
        "scenario",
        "create-read",
        "download-differs",
        "A downloaded file has other ends of lines than the uploaded one.",
    ),
    Bug(
        "shop", "scenario", "update-read", "update-not-stored", "A change is answered and not kept."
    ),
    Bug(
        "shop",
        "scenario",
        "update-read",
        "etag-stays-after-update",
        "A changed order has the tag it had.",
    ),
    Bug("shop", "scenario", "delete", "deleted-order-still-read", "A deleted order can be read."),
    Bug(
        "shop",
        "scenario",
        "delete",
        "deleted-order-revived",
        "Changing a deleted order brings it back.",
    ),
    Bug("shop", "scenario", "delete", "deleted-twice-crashes", "Deleting an order twice crashes."),
    Bug(
        "shop",
        "scenario",
        "create-twice",
        "customer-created-twice",
        "A second customer with the same email is created.",
    ),
    Bug(
        "shop",
        "scenario",
        "idempotency-key",
        "idempotency-key-ignored",
        "The same key twice orders twice.",
    ),
    Bug(
        "shop",
        "scenario",
        "list-get",
        "deleted-order-still-listed",
        "A deleted order is listed, and can't be read.",
    ),
    Bug(
        "shop",
        "scenario",
        "pagination",
        "pages-overlap",
        "A page begins with the last order of the page before.",
    ),
    Bug(
        "shop",
        "scenario",
        "pagination",
        "pages-leave-a-gap",
        "Between two pages an order is left out.",
    ),
    Bug(
        "shop",
        "scenario",
        "pagination",
        "full-page-loses-its-last",
        "A page of fifty has forty-nine; the next one begins after the fiftieth.",
    ),
    Bug(
        "shop", "scenario", "pagination", "unstable-order", "Every second list is in reverse order."
    ),
    Bug("shop", "scenario", "pagination", "pages-never-end", "The last page has a next one."),
    Bug(
        "shop",
        "scenario",
        "filter",
        "filter-lets-others-in",
        "Orders that are sent are among the paid ones.",
    ),
    Bug(
        "shop",
        "scenario",
        "filter",
        "filter-loses-some",
        "Of the open orders only the first is found.",
    ),
    Bug(
        "shop",
        "scenario",
        "delete-siblings",
        "delete-takes-siblings",
        "Deleting an order deletes all of the same item.",
    ),
    Bug("shop", "scenario", "lost-update", "lost-update", "An outdated If-Match is accepted."),
    Bug(
        "shop",
        "scenario",
        "concurrent-updates",
        "lost-update-at-once",
        "Of two changes at once under one If-Match both are made.",
    ),
    Bug(
        "shop",
        "scenario",
        "conservation",
        "report-keeps-deleted-total",
        "The report's total has what deleted orders cost.",
    ),
    Bug(
        "shop", "lifecycle", "forbidden-move", "done-job-cancelled", "A done job can be cancelled."
    ),
    Bug(
        "shop",
        "lifecycle",
        "forbidden-move",
        "cancelled-job-started",
        "A cancelled job can be started.",
    ),
    Bug(
        "shop",
        "lifecycle",
        "forbidden-move",
        "forbidden-move-wrong-status",
        "A forbidden move is refused by 403 instead of 409.",
    ),
    Bug(
        "shop",
        "lifecycle",
        "allowed-move",
        "queued-job-not-cancelled",
        "A queued job can't be cancelled.",
    ),
    Bug("shop", "lifecycle", "progress", "progress-above-100", "Progress reaches 120."),
    Bug("shop", "lifecycle", "progress", "progress-falls", "Progress goes from 50 to 40."),
    Bug(
        "shop", "auth", "revoked", "revoked-token-accepted", "A token is accepted after its logout."
    ),
    Bug(
        "shop",
        "auth",
        "refresh",
        "refreshed-token-refused",
        "The token that a refresh gives is refused.",
    ),
    Bug(
        "shop",
        "auth",
        "refresh",
        "refresh-token-reusable",
        "A used refresh token is accepted again.",
    ),
    Bug(
        "shop",
        "auth",
        "refresh",
        "old-token-accepted-after-refresh",
        "The token before a refresh is accepted after it.",
    ),
    Bug(
        "shop",
        "auth",
        "login",
        "any-password-accepted",
        "Any password of a known user is accepted.",
    ),
    Bug(
        "library",
        "check",
        "no-5xx",
        "crash-on-longest-title",
        "A title of just the longest permitted length crashes.",
    ),
    Bug(
        "library",
        "check",
        "invalid-refused",
        "text-for-number-accepted",
        "Copies as a text of digits are accepted.",
    ),
    Bug(
        "library",
        "check",
        "content-type",
        "catalogue-not-closed",
        "The catalogue is no well-formed XML when there is a book.",
    ),
    Bug(
        "library",
        "check",
        "valid-accepted",
        "worn-return-refused",
        "A copy that comes back worn, which is permitted, is refused.",
    ),
    Bug(
        "library",
        "check",
        "quantile-budget",
        "slow-twentieth-answer",
        "Each twentieth time, health takes 200 ms.",
    ),
    Bug(
        "library",
        "check",
        "required-header",
        "reader-not-required",
        "A copy is lent without X-Reader.",
    ),
    Bug("library", "check", "body", "available-missing", "A book lacks `available`."),
    Bug("library", "check", "problem", "error-is-html", "A 404 is an HTML page."),
    Bug(
        "library",
        "scenario",
        "create-twice",
        "book-overwritten",
        "A second book of the same ISBN takes the place of the first.",
    ),
    Bug(
        "library",
        "scenario",
        "update-read",
        "copies-not-updated",
        "Changed copies are answered and not kept.",
    ),
    Bug(
        "library", "scenario", "delete", "delete-forgets-nothing", "A deleted book is still there."
    ),
    Bug(
        "library",
        "scenario",
        "list-get",
        "listed-book-differs",
        "A book's title in the list is not that of the book.",
    ),
    Bug(
        "library",
        "scenario",
        "pagination",
        "offset-skips-one",
        "With an offset, one book more is skipped.",
    ),
    Bug(
        "library",
        "scenario",
        "filter",
        "status-filter-ignored",
        "The filter on loans' status does nothing.",
    ),
    Bug(
        "library",
        "scenario",
        "conservation",
        "lent-not-counted",
        "A loan leaves the book's counters as they are.",
    ),
    Bug(
        "library",
        "scenario",
        "conservation",
        "return-not-counted",
        "A return leaves the book's counters as they are.",
    ),
    Bug(
        "library",
        "scenario",
        "conservation",
        "more-lent-than-there-are",
        "Copies are lent that aren't there; available is below 0.",
    ),
    Bug(
        "library",
        "scenario",
        "conservation",
        "stats-forget-the-lent",
        "Of all books, available is copies whatever is lent.",
    ),
    Bug(
        "library",
        "scenario",
        "create-read",
        "reader-not-kept",
        "A reader whom PUT makes is answered and not kept.",
    ),
    Bug(
        "library",
        "scenario",
        "update-read",
        "reader-change-lost",
        "A reader whom PUT changes is answered and not kept.",
    ),
    Bug(
        "library",
        "scenario",
        "delete",
        "forgotten-reader-kept",
        "A reader who is deleted is still there.",
    ),
    Bug(
        "library",
        "scenario",
        "delete-siblings",
        "readers-forgotten-together",
        "Deleting a reader deletes all of them.",
    ),
    Bug("library", "lifecycle", "allowed-move", "import-never-done", "An import runs for ever."),
    Bug(
        "library",
        "lifecycle",
        "progress",
        "import-progress-falls",
        "The progress of an import falls while it runs.",
    ),
    Bug(
        "library", "lifecycle", "forbidden-move", "returned-twice", "A loan can be returned twice."
    ),
    Bug(
        "library",
        "lifecycle",
        "forbidden-move",
        "lent-book-deleted",
        "A book that is lent can be deleted.",
    ),
    Bug("live", "channel", "schema", "event-number-is-text", "An event's seq is a text."),
    Bug(
        "live",
        "channel",
        "schema",
        "finished-without-number",
        "The message `finished` lacks its seq.",
    ),
    Bug("live", "channel", "ordered", "events-swapped", "The second event comes after the third."),
    Bug("live", "channel", "ordered", "finished-twice", "A topic can be finished twice."),
    Bug("live", "channel", "no-duplicates", "event-twice", "The second event comes twice."),
    Bug(
        "live",
        "channel",
        "no-duplicates",
        "repeats-on-reconnect",
        "The event of the cursor is sent again.",
    ),
    Bug("live", "channel", "no-gaps", "event-lost", "The third event isn't delivered."),
    Bug(
        "live",
        "channel",
        "no-gaps",
        "gap-on-reconnect",
        "The first event after the cursor isn't sent.",
    ),
    Bug(
        "live",
        "channel",
        "isolated",
        "prefix-hears-too",
        "A topic's subscribers hear topics whose names begin with its own.",
    ),
    Bug(
        "live",
        "channel",
        "isolated",
        "leaks-after-leaving",
        "Events still come after unsubscribing.",
    ),
    Bug(
        "live",
        "channel",
        "isolated",
        "bus-keeps-receivers",
        "The bus calls receivers that have unsubscribed.",
    ),
    Bug(
        "live",
        "channel",
        "isolated",
        "bus-forgets-second-receiver",
        "Of a topic's receivers the second hears nothing.",
    ),
    Bug(
        "live",
        "channel",
        "survives-malformed",
        "dies-of-non-json",
        "Text that isn't JSON ends the connection.",
    ),
    Bug(
        "live",
        "channel",
        "survives-malformed",
        "dies-of-binary",
        "A binary message ends the connection.",
    ),
    Bug(
        "live",
        "channel",
        "survives-malformed",
        "dies-of-oversize",
        "A message over 4096 bytes ends the connection.",
    ),
    Bug(
        "live",
        "channel",
        "survives-malformed",
        "dies-of-unknown-operation",
        "An unknown operation ends the connection.",
    ),
    Bug(
        "live",
        "channel",
        "survives-malformed",
        "malformed-mutes-others",
        "After one client's text that isn't JSON, nobody is sent anything.",
    ),
    Bug(
        "live",
        "channel",
        "resumes",
        "resume-loses-tail",
        "Nothing is sent of what came after the cursor.",
    ),
    Bug(
        "live",
        "channel",
        "resumes",
        "last-event-id-ignored",
        "The stream begins anew whatever Last-Event-ID says.",
    ),
    Bug("live", "channel", "burst", "burst-loses-one", "Of many events at once one is lost."),
    Bug(
        "live",
        "channel",
        "concurrent",
        "crowd-mixed-up",
        "With ten clients, acknowledgements go to another one.",
    ),
    Bug(
        "live", "channel", "handshake", "channel-auth-not-asked", "A client without a key may stay."
    ),
    Bug(
        "live", "channel", "handshake", "sse-auth-not-asked", "The stream is served without a key."
    ),
    Bug(
        "live",
        "channel",
        "close-code",
        "wrong-close-code",
        "A client without a key is closed by 1008 instead of 4401.",
    ),
    Bug(
        "live",
        "channel",
        "subprotocol",
        "wrong-subprotocol",
        "A subprotocol is chosen that the client didn't offer.",
    ),
    Bug(
        "live",
        "channel",
        "subprotocol",
        "subprotocol-not-required",
        "A client that offers no subprotocol may stay.",
    ),
    Bug("live", "channel", "ping", "ping-unanswered", "A ping gets no pong."),
    Bug("live", "channel", "idle", "idle-never-closed", "A silent client is never closed."),
    Bug("live", "channel", "acknowledgement", "ack-missing", "Publishing isn't acknowledged."),
    Bug("live", "channel", "latency", "slow-delivery", "The fifth event takes 150 ms to come."),
    Bug(
        "live",
        "channel",
        "subscriptions-gone",
        "subscriptions-kept-after-disconnect",
        "A client's subscriptions stay when it has left.",
    ),
    Bug(
        "live",
        "channel",
        "subscriptions-gone",
        "stream-subscription-kept",
        "A stream's subscription stays when it has ended.",
    ),
    Bug("live", "check", "content-type", "sse-wrong-content-type", "The stream is text/plain."),
    Bug("live", "channel", "schema", "sse-id-missing", "Events of the stream have no id."),
    Bug(
        "live",
        "channel",
        "schema",
        "sse-lines-broken",
        "Data of several lines has `data:` before the first only.",
    ),
)


def of(service: Service) -> tuple[str, ...]:
    """The ids of a service's bugs."""
    return tuple(bug.id for bug in BUGS if bug.service == service)


def planted() -> frozenset[str]:
    """The bugs that the environment asks for.

    Raises:
        ValueError: there is no such bug.
    """
    asked = frozenset(filter(None, os.environ.get(VARIABLE, "").split(",")))
    if unknown := asked - {bug.id for bug in BUGS}:
        raise ValueError(f"{VARIABLE}: no bugs are called {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    print(json.dumps([asdict(bug) for bug in BUGS], indent=1))
