"""The bank: its clean services do what they should, and each planted bug is one, and alone."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bank import bugs, library, live, shop
from bank.probes import library as library_probes
from bank.probes import live as live_probes
from bank.probes import shop as shop_probes

pytestmark = pytest.mark.untraced

# What a bug's probe can't but see of another bug, with the reason.
SEEN_TOO: dict[str, tuple[frozenset[str], str]] = {
    "bus-keeps-receivers": (
        frozenset(
            {
                "leaks-after-leaving",
                "subscriptions-kept-after-disconnect",
                "stream-subscription-kept",
            }
        ),
        "clients and streams leave through the bus",
    ),
}

NONE: frozenset[str] = frozenset()


Probes = Mapping[str, Any]


def unclean_shop(switched: frozenset[str], probes: Probes) -> set[str]:
    api = shop_probes.Api(shop.make(switched))

    async def run() -> set[str]:
        found = set()
        for bug, probe in probes.items():
            api.shop.reset()
            if not await probe(api):
                found.add(bug)
        return found

    return asyncio.run(run())


def unclean_library(switched: frozenset[str], probes: Probes) -> set[str]:
    api = library_probes.Api(library.make(switched))
    found = set()
    for bug, probe in probes.items():
        api.library.reset()
        if not probe(api):
            found.add(bug)
    return found


def unclean_live(switched: frozenset[str], probes: Probes) -> set[str]:
    async def run() -> set[str]:
        tried = probes.items()
        return {bug for bug, probe in tried if not await probe(live_probes.Api(switched))}

    return asyncio.run(run())


UNCLEAN: dict[str, Callable[[frozenset[str], Probes], set[str]]] = {
    "shop": unclean_shop,
    "library": unclean_library,
    "live": unclean_live,
}
PROBES: dict[str, Any] = {
    "shop": shop_probes.PROBES,
    "library": library_probes.PROBES,
    "live": live_probes.PROBES,
}


@pytest.mark.parametrize("service", UNCLEAN)
def test_every_probe_finds_a_clean_service_clean(service: str) -> None:
    assert UNCLEAN[service](NONE, PROBES[service]) == set()


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.id)
def test_a_bug_shows_in_its_probe(bug: bugs.Bug) -> None:
    own = {bug.id: PROBES[bug.service][bug.id]}
    assert UNCLEAN[bug.service](frozenset({bug.id}), own) == {bug.id}


@pytest.mark.slow
@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.id)
def test_a_bug_shows_in_no_other_probe(bug: bugs.Bug) -> None:
    also, _ = SEEN_TOO.get(bug.id, (NONE, ""))
    probes = PROBES[bug.service]
    assert UNCLEAN[bug.service](frozenset({bug.id}), probes) == {bug.id} | also


@pytest.mark.parametrize("service", PROBES)
def test_every_bug_has_a_probe_and_every_probe_a_bug(service: Any) -> None:
    assert sorted(PROBES[service]) == sorted(bugs.of(service))


@pytest.mark.parametrize("module", [shop, library, live])
def test_the_table_has_the_bugs_that_are_in_the_code_and_no_others(module: Any) -> None:
    service = module.__name__.removeprefix("bank.")
    written = re.findall(r'"([a-z0-9-]+)" (?:not )?in [\w.()]*bugs', inspect.getsource(module))
    assert set(written) == set(bugs.of(service))


def test_ids_are_given_once() -> None:
    assert len({bug.id for bug in bugs.BUGS}) == len(bugs.BUGS) >= 66


def test_the_environment_switches_bugs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bugs.VARIABLE, "lost-update,pages-overlap")
    assert bugs.planted() == {"lost-update", "pages-overlap"}


def test_an_unknown_bug_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bugs.VARIABLE, "lost-updates")
    with pytest.raises(ValueError, match="no bugs are called lost-updates"):
        bugs.planted()


def test_the_shop_has_a_document_of_its_own() -> None:
    document = shop.make().openapi()
    operations = [method for path in document["paths"].values() for method in path]
    assert (document["openapi"], len(operations)) == ("3.1.0", 18)
