"""How pytest-xdist spreads contracts over its workers: clauses that share runs stay together.

Loaded by the door when `-n` is used with xdist's default distribution.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScheduling, LoadScopeScheduling

# Each is tried by runs of its own.
_ALONE = ("laws.", "lifecycle.", "conservation.")
# One run through a pipeline judges all of its stages.
_SHARED = ("pipeline", "graph")
_PATH = re.compile(r"\[([^\[\]]*)\](?:@\w+)?$")


class Spread:
    """A scheduler of xdist: as ever without contracts, else by what shares its runs.

    `awake` loads what keeps the verdicts, as soon as the workers have something to do.
    """

    def __init__(
        self,
        config: Any,
        log: Any,
        is_contract: Callable[[Path], bool],
        awake: Callable[[], object],
    ) -> None:
        self._config, self._log, self._is_contract = config, log, is_contract
        self._awake = awake
        self._scheduler: Any = LoadScheduling(config, log)

    def schedule(self) -> None:
        """Hand out tests; the first time, all workers have collected theirs."""
        first = self._scheduler
        if not isinstance(first, LoadScheduling):
            self._scheduler.schedule()
            return
        collected = dict(first.node2collection)
        if not any(map(self._speaks, next(iter(collected.values()), ()))):
            first.schedule()
            return
        self._scheduler = LoadScopeScheduling(self._config, self._log)
        self._scheduler._split_scope = self._scope
        for node, ids in collected.items():
            self._scheduler.add_node(node)
            self._scheduler.add_node_collection(node, ids)
        self._scheduler.schedule()
        self._awake()

    def _speaks(self, id_: str) -> bool:
        return self._is_contract(Path(id_.partition("::")[0]))

    def _scope(self, id_: str) -> str:
        """What an item stays together with; any that is no clause, with none."""
        return scope(id_) if self._speaks(id_) else id_

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)


def scope(id_: str) -> str:
    """What the clause of an id shares its runs with."""
    _, _, rest = id_.partition("::")
    subject, _, clause = rest.rpartition("::")
    if clause.startswith(_ALONE):
        return id_
    found = _PATH.search(clause)
    path = found[1] if found is not None else ""
    return path if path in _SHARED else f"{subject} [{path}]"
