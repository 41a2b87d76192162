"""All that a plugin can add, on one page (pluggy hooks, entry-point group `stagepact`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from stagepact.contract.laws import OwnLaw
from stagepact.subject import Found, SubjectId

PROJECT = "stagepact"

spec = pluggy.HookspecMarker(PROJECT)
impl = pluggy.HookimplMarker(PROJECT)


class Specification:
    """The hooks; implement any of them in a module or object marked with `hooks.impl`."""

    @spec(firstresult=True)
    def stagepact_provide(self, subject: SubjectId, parameter: str, annotation: Any) -> Any:
        """A value for a constructor's parameter, or None to leave it to the next plugin."""

    @spec
    def stagepact_subjects(self, value: object, reference: str) -> Iterable[Found]:
        """The subjects that an object of the user's code is or holds; empty when none."""

    @spec
    def stagepact_laws(self) -> Iterable[OwnLaw]:
        """Laws of stages or pipelines, each with a dot in its name, that contracts may ask for."""


def laws_of(manager: pluggy.PluginManager) -> dict[str, OwnLaw]:
    """The laws of all plugins by name."""
    return {law.name: law for told in manager.hook.stagepact_laws() for law in told or ()}


def plugin_manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """The hooks with all installed plugins, and those given, registered."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Specification)
    manager.load_setuptools_entrypoints(PROJECT)
    for plugin in plugins:
        manager.register(plugin)
    return manager
