"""The laws of services by name, each with its check."""

from __future__ import annotations

from collections.abc import Mapping

from stagepact.verdict.checks.model import Check
from stagepact.verdict.checks.services.items import (
    concurrent_updates,
    create_read,
    create_twice,
    delete,
    delete_siblings,
    idempotency_key,
    lost_update,
    update_read,
)
from stagepact.verdict.checks.services.lists import filtered, list_get
from stagepact.verdict.checks.services.pages import pagination
from stagepact.verdict.checks.services.seen import LawCheck, over_observation
from stagepact.verdict.checks.services.sequences import conservation, sequences

_CHECKS: Mapping[str, LawCheck] = {
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


CHECKS: Mapping[str, Check] = {
    **{f"service.{law}": over_observation(check) for law, check in _CHECKS.items()},
    "conservation": conservation,
}
