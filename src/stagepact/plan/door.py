"""What both doors do before and after checking: the project, its surroundings, a run's value."""

from __future__ import annotations

import gc
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import SubprocessError, run
from time import perf_counter, time
from typing import Any

import pluggy

from stagepact.contract.files import find_contracts, label
from stagepact.contract.models import Channel
from stagepact.contract.project import Project, is_configured, read_project
from stagepact.contract.read import add_to_import_path
from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.flow import Options, Target, check
from stagepact.hooks import plugin_manager
from stagepact.plan.baseline import baseline_of, with_baseline
from stagepact.plan.build import build
from stagepact.plan.model import Plan
from stagepact.subject.protocols.channels import Channels, host_of
from stagepact.subject.protocols.http import Exchange
from stagepact.verdict.exceptions import Surroundings
from stagepact.verdict.model import Run, Verdict


def surroundings() -> Surroundings:
    """Where and when this process runs; the one place that asks."""
    return Surroundings(
        today=datetime.now(UTC).date(),
        platform=sys.platform,
        python=platform.python_version(),
        env=dict(os.environ),
        version=installed_version,
    )


def installed_version(distribution: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def connect_url(url: str) -> Exchange:
    """A service by URL; its client library is an extra, so it is imported when asked for."""
    exchange: Exchange = import_module("stagepact.adapters.http").http_service(url)
    return exchange


class ChannelExtras:
    """Channels that need an extra; its library is imported when a contract has such a channel."""

    def by_url(self, channel: Channel) -> Channels:
        """A WebSocket or an event stream by URL."""
        asked = channel.via is not None or channel.subscriptions is not None
        service = connect_url(host_of(channel)) if asked else None
        made: Channels
        if channel.protocol == "sse":
            made = import_module("stagepact.adapters.sse_url").UrlEventStreams(channel, service)
        else:
            made = import_module("stagepact.adapters.websocket_url").UrlWebSockets(channel, service)
        return made

    def socketio(self, channel: Channel, sockets: Channels) -> Channels:
        """Socket.IO over a WebSocket."""
        made: Channels = import_module("stagepact.adapters.socketio").SocketIO(channel, sockets)
        return made

    def client(self, channel: Channel, function: Callable[..., Any]) -> Channels:
        """A client under test, against a server of ours."""
        found = import_module("stagepact.adapters.client")
        made: Channels = found.ClientsUnderTest(channel, function)
        return made


@dataclass(frozen=True)
class Opened:
    """A project that is ready to be planned."""

    project: Project
    paths: tuple[Path, ...]


def open_project(
    paths: Sequence[Path],
    start: Path,
    substitute: Mapping[str, str] | None = None,
    base_urls: Mapping[str, str] | None = None,
    pact_engine: str | None = None,
) -> Opened:
    """The project, with the contract files that are meant.

    `paths` are files or folders; without any, those of `[tool.stagepact] contracts`. The
    project is that of the first path where it has settings above it, else that of `start`. What
    is substituted, and where services answer, adds to what its settings say; `pact_engine` is
    instead of theirs.

    Raises:
        Misuse: the configuration is wrong, or a path doesn't exist.
    """
    own = bool(paths) and is_configured(paths[0])
    project = read_project(paths[0] if own else start)
    if substitute:
        project = replace(project, substitute={**project.substitute, **substitute})
    if base_urls:
        project = replace(project, base_urls={**project.base_urls, **base_urls})
    if pact_engine:
        project = replace(project, pact_engine=pact_engine)
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    wanted = list(paths) or [project.root / name for name in project.contracts]
    missing = [path for path in wanted if not path.exists()]
    if missing:
        raise ConfigurationError(
            *(
                Problem(
                    Place(str(path)),
                    "no such file or folder",
                    "a contract file, or a folder of them",
                    "see `stagepact init` for a first contract",
                    "missing-path",
                )
                for path in missing
            )
        )
    return Opened(project, tuple(find_contracts(wanted)))


def make_plan(opened: Opened) -> Plan:
    """The plan of an opened project, with its plugins' hooks and its baseline.

    Raises:
        ConfigurationError: a plugin of the project can't be imported.
    """
    with _collector_paused():
        hooks = hooks_of(opened.project)
        here = surroundings()
        plan = build(opened.paths, opened.project, hooks, here, connect_url, ChannelExtras())
        return with_baseline(plan, baseline_of(opened.project), here.today)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Do without Python's garbage collector: what is planned grows, and stays."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def hooks_of(project: Project) -> pluggy.PluginManager:
    """The hooks of all installed plugins, and of those that the project names.

    Raises:
        ConfigurationError: a plugin of the project can't be imported.
    """
    return plugin_manager(_plugin(name, project) for name in project.plugins)


def _plugin(name: str, project: Project) -> object:
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:  # a plugin is the user's code
        found = f"{name}, which raises {type(error).__name__}: {error}"
        place = project.places.get(name) or Place(
            label(project.root / "pyproject.toml", project.root)
        )
        raise ConfigurationError(
            Problem(place, found, "a module with hooks (`plugins`)", "", "plugin")
        ) from error


def run_plan(
    plan: Plan,
    options: Options,
    *,
    targets: Iterable[Target] | None = None,
    strict: bool = False,
    meta: Mapping[str, object] | None = None,
    progress: Callable[[Target, tuple[Verdict, ...]], None] | None = None,
) -> Run:
    """Check the targets of a plan, in order; `progress` hears of each as it is done."""
    started, began = time(), perf_counter()
    verdicts: list[Verdict] = []
    for target in plan.targets if targets is None else targets:
        found = check(without_pytest(target), options)
        verdicts += found
        if progress is not None:
            progress(target, found)
    return Run(
        tuple(verdicts),
        plan.problems,
        plan.listed,
        started,
        perf_counter() - began,
        strict,
        {**run_meta(), **(meta or {})},
    )


def run_meta() -> dict[str, object]:
    """Versions and platform, for reports and the record."""
    packages = ("stagepact", "hypothesis", "jsonschema-rs", "pydantic", "pytest", "stageflow-core")
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: found for name in packages if (found := installed_version(name)) is not None},
    }


def commit_of(root: Path) -> str:
    """The commit that a folder is at; "" where git doesn't know."""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        done = run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def without_pytest(target: Target) -> Target:
    """The target as it can be checked outside of pytest: not at all where it asks for fixtures."""
    if not target.fixtures:
        return target
    names = ", ".join(sorted(set(target.fixtures.values())))
    reason = f"its ports are pytest fixtures ({names}): run it with pytest"
    return replace(target, subject=None, reason=reason)
