"""The laws of services by name, each with what is tried for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from stagepact.contract.resources import ServiceLaw
from stagepact.subject.model import Case
from stagepact.subject.protocols.laws.items import (
    concurrent_updates,
    create_read,
    create_twice,
    delete,
    delete_siblings,
    idempotency_key,
    lost_update,
    update_read,
)
from stagepact.subject.protocols.laws.lists import filtered, list_get, pagination
from stagepact.subject.protocols.laws.sequences import sequences
from stagepact.subject.protocols.walks import (
    Walker,
)

Scenario = Callable[[Walker, ServiceLaw, Case], Awaitable[None]]

# What is walked for each law; the check of the law has the same name in the table of checks.
SCENARIOS: Mapping[str, Scenario] = {
    "create-read": create_read,
    "update-read": update_read,
    "delete": delete,
    "create-twice": create_twice,
    "idempotency-key": idempotency_key,
    "list-get": list_get,
    "pagination": pagination,
    "filter": filtered,
    "delete-siblings": delete_siblings,
    "lost-update": lost_update,
    "concurrent-updates": concurrent_updates,
    "sequences": sequences,
}
