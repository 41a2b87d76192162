"""Contract files as pytest nodes: file, subject, clause; and what becomes of the verdicts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from time import time
from typing import Any

import pytest

from stagepact.contract.files import label
from stagepact.contract.settings import base_urls_of
from stagepact.errors import Misuse, Place, Problem
from stagepact.flow import Item, Options, Target, check, database_of_profile
from stagepact.plan import Plan
from stagepact.plan.door import Opened, commit_of, make_plan, open_project, run_meta
from stagepact.pytest_plugin import resume_collector
from stagepact.record import Record
from stagepact.verdict.model import ItemId, Listed, Run, State, Verdict
from stagepact.verdict.serial import plain, read

ATTRIBUTE = "stagepact_verdict"

_RECORD = ".stagepact/record.db"
_PACT = "pact."


class ClauseBroken(AssertionError):  # noqa: N818 - it says what was found
    """A clause is broken; carries the verdict, which is shown instead of a traceback."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.item))
        self.verdict = verdict


class DocumentsWrong(Exception):  # noqa: N818 - it says what was found
    """Contract documents are wrong; carries the problems, which are shown instead."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Checking:
    """The plan of one project, and the verdicts found so far, shared by a session's items.

    `stray` are contracts outside of the project's own folders: they don't tell what of its
    code has no contract.
    """

    def __init__(
        self, config: pytest.Config, opened: Opened, plan: Plan, *, stray: bool = False
    ) -> None:
        self.opened = opened
        self.plan = replace(plan, documents=(), found=())
        self.listed = () if stray else plan.listed
        self.strict = bool(config.getoption("--stagepact-strict")) or opened.project.strict
        self._config = config
        self._found: dict[ItemId, Verdict] = {}
        self._first: str | None = None

    @cached_property
    def options(self) -> Options:
        """How to check; made late, for it asks Hypothesis."""
        return Options(
            max_examples=self._config.getoption("--stagepact-max-examples")
            or self.opened.project.max_examples,
            seed=seed_of(self._config),
            database=database_of_profile(),
            fuzz=not self._config.getoption("--stagepact-no-fuzz"),
            prove=bool(self._config.getoption("--stagepact-prove")),
        )

    def is_first(self, file: str) -> bool:
        """Whether a contract file is the first of those that are collected."""
        self._first = self._first or file
        return file == self._first

    def verdict(self, item: Item, ports: Mapping[str, Any]) -> Verdict:
        """The verdict of an item; its whole target is checked once, unless fixtures differ."""
        found = self._found.get(item.id)
        if found is not None:
            return found
        target = self.plan.targets_by_item[item.id]
        verdicts = {each.item: each for each in check(target.with_ports(ports), self.options)}
        if not ports:
            self._found |= verdicts
        return verdicts[item.id]


def seed_of(config: pytest.Config) -> int | str | None:
    """`--hypothesis-seed` as Hypothesis takes it: a number, or else any text."""
    seed: str | None = config.getoption("--hypothesis-seed", None)
    return int(seed) if seed is not None and seed.lstrip("-").isdecimal() else seed


CHECKINGS = pytest.StashKey[dict[Path, Checking]]()


def checking_of(config: pytest.Config, path: Path) -> Checking:
    """The checking that a contract file belongs to: its project's, else its own folder's.

    Contracts add up, so every file is planned with all others of its project.

    Raises:
        Misuse: the project's configuration is wrong.
    """
    checkings = config.stash.setdefault(CHECKINGS, {})
    for checking in checkings.values():
        if path in checking.opened.paths:
            return checking
    urls, engine = _base_urls(config), config.getoption("--stagepact-pact-engine")
    own = _configured(path)
    opened = open_project([], path.parent, base_urls=urls, pact_engine=engine) if own else None
    stray = opened is not None and path not in opened.paths
    if opened is None or stray:
        opened = open_project([path.parent], path.parent, base_urls=urls, pact_engine=engine)
    checking = Checking(config, opened, make_plan(opened), stray=stray)
    checkings[path] = checking
    return checking


def checking_of_pact(config: pytest.Config, path: Path) -> Checking:
    """The checking of the project that a pact file lies in.

    Raises:
        Misuse: the project's configuration is wrong.
    """
    checkings = config.stash.setdefault(CHECKINGS, {})
    for checking in checkings.values():
        if _interactions(checking, path):
            return checking
    urls, root = _base_urls(config), config.rootpath
    own = _configured(path)
    opened = open_project([] if own else [root], path.parent if own else root, base_urls=urls)
    known = next((each for each in checkings.values() if each.opened == opened), None)
    checkings[path] = known or Checking(config, opened, make_plan(opened))
    return checkings[path]


def _interactions(checking: Checking, path: Path) -> tuple[Item, ...]:
    """The items of a pact file, in the order of its interactions."""
    name = label(path, checking.opened.project.root)
    found = (each for each in checking.plan.items if each.clause.kind.startswith(_PACT))
    return tuple(each for each in found if each.id.subject == name)


def _base_urls(config: pytest.Config) -> dict[str, str]:
    try:
        return base_urls_of(config.getoption("--stagepact-base-url"))
    except ValueError as error:
        raise pytest.UsageError(f"--stagepact-base-url: {error}") from None


def _configured(path: Path) -> bool:
    """Whether the project's own contract folders exist."""
    project = open_project([path], path.parent).project
    return all((project.root / folder).exists() for folder in project.contracts)


class ContractFile(pytest.File):
    """A contract file: its problems, if any, and its subjects."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Subjects in order; a document with problems is one failing item."""
        try:
            checking = checking_of(self.config, self.path)
        except Misuse as error:
            yield Document.from_parent(self, name="document", problems=error.problems)
            return
        file = label(self.path, checking.opened.project.root)
        problems = self._problems(checking, file)
        if problems:
            yield Document.from_parent(self, name="document", problems=problems)
        subjects: dict[str, list[Item]] = {}
        for item in checking.plan.items_of(file):
            subjects.setdefault(item.id.subject, []).append(item)
        fixtures = Fixtures()
        for name, items in subjects.items():
            yield SubjectNode.from_parent(
                self, name=name, items=items, checking=checking, fixtures=fixtures
            )

    def _problems(self, checking: Checking, file: str) -> tuple[Problem, ...]:
        """This file's problems; those of no contract file are told with the first file."""
        files = {label(path, checking.opened.project.root) for path in checking.opened.paths}
        first = checking.is_first(file)
        return tuple(
            problem
            for problem in checking.plan.problems
            if problem.place.file == file or (first and problem.place.file not in files)
        )


class PactFile(pytest.File):
    """A pact file: the interactions that a contract of its project is to keep."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_marker("contract")

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """What is wrong, or an item for each interaction."""
        try:
            checking = checking_of_pact(self.config, self.path)
        except Misuse as error:
            yield Document.from_parent(self, name="document", problems=error.problems)
            return
        items = _interactions(checking, self.path)
        file = label(self.path, checking.opened.project.root)
        problems = tuple(each for each in checking.plan.problems if each.place.file == file)
        if not items:
            problems = problems or checking.plan.problems or (_unnamed(file),)
        if problems:
            yield Document.from_parent(self, name="document", problems=problems)
        yield from clause_nodes(self, items, checking, Fixtures())


def _unnamed(file: str) -> Problem:
    """A pact that is in no contract would be green for nothing."""
    expected = "one that a contract names by `pacts: from:`"
    advice = "let the provider's contract name it, or read it by `stagepact pact read`"
    return Problem(Place(file, 1), "a pact that no contract keeps", expected, advice, "pact-alone")


class Document(pytest.Item):
    """The item that fails because a contract file can't be used as it is."""

    def __init__(self, *, problems: tuple[Problem, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problems = problems
        self.add_marker("contract")

    def runtest(self) -> None:
        """Fail with all problems."""
        raise DocumentsWrong(self.problems)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One message a problem."""
        if isinstance(excinfo.value, DocumentsWrong):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The place of the first problem."""
        line = self.problems[0].place.line if self.problems else 1
        return self.path, max(line - 1, 0), self.name


class Fixtures:
    """What pytest says of the fixtures of one file's clauses, asked once for each choice of them.

    What it found out of a function's fixtures holds for the next one like it; where it isn't to
    be had, pytest finds it out again, at twice the cost.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Any] = {}
        self._apply_to_all: bool | None = None

    def item(self, parent: pytest.Collector, names: tuple[str, ...], **given: Any) -> pytest.Item:
        """A function where fixtures are asked for or apply to all, else an item without any."""
        if not names and not self._autouse(parent, given):
            return ClauseItem.from_parent(parent, **given)
        return self._function(parent, names, given)

    def _autouse(self, parent: pytest.Collector, given: Mapping[str, Any]) -> bool:
        """Whether fixtures apply to every function here, as autouse ones do."""
        if self._apply_to_all is None:
            found = getattr(self._function(parent, (), given), "fixturenames", ("unknown",))
            self._apply_to_all = bool(set(found) - {"request"})
        return self._apply_to_all

    def _function(
        self, parent: pytest.Collector, names: tuple[str, ...], given: Mapping[str, Any]
    ) -> pytest.Item:
        function = ClauseFunction.from_parent(
            parent, callobj=_asks_for(names), fixtureinfo=self._known.get(names), **given
        )
        self._known.setdefault(names, getattr(function, "_fixtureinfo", None))
        return function


class SubjectNode(pytest.Collector):
    """A subject's clauses in one contract file; the file's subjects share `fixtures`."""

    def __init__(
        self, *, items: list[Item], checking: Checking, fixtures: Fixtures, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.items = items
        self.checking = checking
        self.fixtures = fixtures
        self._targets = [checking.plan.targets_by_item[item.id] for item in items]
        self._is_fuzzed = all(map(_is_fuzzed, self._targets))
        for name in ("contract", "fuzz") if self._is_fuzzed else ("contract",):
            self.add_marker(_mark(name))

    def collect(self) -> Iterator[pytest.Item]:
        """An item a clause and path."""
        nodes = clause_nodes(self, self.items, self.checking, self.fixtures)
        for node, target in zip(nodes, self._targets, strict=True):
            if not self._is_fuzzed and _is_fuzzed(target):
                node.add_marker(_mark("fuzz"))
            yield node


_MARKS = (("within", "performance"), ("chaos.", "chaos"), (_PACT, "pact"))


def clause_nodes(
    parent: pytest.Collector, items: Iterable[Item], checking: Checking, fixtures: Fixtures
) -> Iterator[pytest.Item]:
    """A node for each of these items, with the marks of its kind."""
    for item in items:
        target = checking.plan.targets_by_item[item.id]
        node = fixtures.item(
            parent,
            tuple(target.fixtures.values()),
            name=item.id.name,
            clause=item,
            checking=checking,
            target=target,
        )
        for kind, mark in _MARKS:
            if item.clause.kind.startswith(kind):
                node.add_marker(_mark(mark))
        yield node


@lru_cache(maxsize=256)
def _asks_for(names: tuple[str, ...]) -> Callable[..., None]:
    """A function whose parameters ask pytest for these fixtures."""

    def clause(**fixtures: object) -> None:
        """Stands for a clause; ClauseFunction runs it."""

    parameters = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in dict.fromkeys(names)
    ]
    # `inspect.signature` reads it; the types of functions don't know it.
    clause.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return clause


class ClauseItem(pytest.Item):
    """A clause on a subject by a path."""

    # Hooks ask for it, as if each item were a function.
    fixturenames: list[str] = []  # noqa: RUF012 - nothing is put into it

    def __init__(self, *, clause: Item, checking: Checking, target: Target, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clause = clause
        self.checking = checking
        self.target = target

    @cached_property
    def id(self) -> Any:
        """The structured id of pytest 9.2 and newer, as pytest reads it from a text.

        An item that pytest didn't parametrize itself has its brackets in the name there, and
        `--lf` and `--nf`, which keep texts, wouldn't know it again.
        """
        return type(super().id).parse(self.nodeid)

    def ports(self) -> Mapping[str, Any]:
        """What stands for ports, where that is the user's fixtures."""
        return {}

    def runtest(self) -> None:
        """Check the target, unless it was, and end as the verdict says."""
        verdict = self.checking.verdict(self.clause, self.ports())
        setattr(self, ATTRIBUTE, verdict)
        if verdict.state is State.NOT_EXERCISED:
            if self.checking.strict:
                raise ClauseBroken(verdict)
            pytest.skip(f"not exercised: {verdict.reason}")
        if verdict.failing:
            raise ClauseBroken(verdict)
        if verdict.excused and verdict.is_excepted and verdict.excepted is not None:
            excepted = verdict.excepted
            pytest.xfail(f"{excepted.reason} ({excepted.issue}, until {excepted.until})")
        if verdict.excused:
            pytest.xfail(_reports().remark(verdict))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict in words; a traceback only where something else went wrong."""
        if isinstance(excinfo.value, ClauseBroken):
            verdict, reports = excinfo.value.verdict, _reports()
            return f"{reports.verdict_line(verdict)}\n{reports.verdict_text(verdict)}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The clause's own file and line."""
        # Not a part of the id: pytest would take its dots for a module's.
        told = f"{self.clause.id.subject}: {self.clause.id.name}"
        place = self.clause.clause.place
        path = self.config.rootpath / place.file
        if not path.is_file():  # what a server or an app says of itself is no file
            return self.path, 0, told
        return path, max(place.line - 1, 0), told


class ClauseFunction(ClauseItem, pytest.Function):
    """A clause where fixtures are: the user's may stand for its ports, or apply to all items."""

    def ports(self) -> Mapping[str, Any]:
        """The fixtures that stand for ports."""
        return {port: self.funcargs[name] for port, name in self.target.fixtures.items()}


@lru_cache(maxsize=64)
def _mark(name: str) -> pytest.MarkDecorator:
    decorator: pytest.MarkDecorator = getattr(pytest.mark, name)
    return decorator


def _is_fuzzed(target: Target) -> bool:
    return target.generate is not None and target.fuzz != 0


def _reports() -> Any:
    """The reports, and Rich with them: loaded when there is one to make (decision 0002)."""
    return import_module("stagepact.report")


@dataclass(frozen=True)
class Planned:
    """What the plans of a process say beside verdicts; a worker sends it to its controller."""

    problems: tuple[Problem, ...] = ()
    listed: tuple[Listed, ...] = ()
    strict: bool = False
    root: str = ""
    record: str = ""

    def with_also(self, other: Planned) -> Planned:
        """Both, each thing once; where to record is what the first says."""
        return Planned(
            tuple(dict.fromkeys((*self.problems, *other.problems))),
            tuple(dict.fromkeys((*self.listed, *other.listed))),
            self.strict or other.strict,
            self.root or other.root,
            self.record or other.record,
        )


def planned(checkings: Iterable[Checking]) -> Planned:
    """What the plans of these checkings say."""
    whole = Planned()
    for each in checkings:
        project = each.opened.project
        record = str(project.root / (project.record or _RECORD))
        plan = each.plan
        mine = Planned(plan.problems, each.listed, each.strict, str(project.root), record)
        whole = whole.with_also(mine)
    return whole


class Verdicts:
    """Gathers the verdicts of a session, from workers too, and hands them to the record."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._verdicts: list[Verdict] = []
        self._planned = Planned()
        self._listed: tuple[Listed, ...] = ()
        self._started = time()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Tests are run as anywhere, with Python's garbage collector."""
        if not self._config.option.collectonly:
            resume_collector(self._config)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the verdict travel with the report (workers' reports are sent as JSON)."""
        report = yield
        verdict = getattr(item, ATTRIBUTE, None)
        if verdict is not None and call.when == "call":
            setattr(report, ATTRIBUTE, plain(verdict))
            if verdict.state is State.NOT_EXERCISED and report.skipped:
                path, line, _ = item.reportinfo()
                report.longrepr = (str(path), (line or 0) + 1, f"not exercised: {verdict.reason}")
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather."""
        values = getattr(report, ATTRIBUTE, None)
        if values is not None:
            self._verdicts.append(read(Verdict, values))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Gather what a worker of xdist has planned; one that crashed sends nothing."""
        values = getattr(node, "workeroutput", {}).get(ATTRIBUTE)
        if values is not None:
            self._planned = self._planned.with_also(read(Planned, values))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Record the run and write what was asked for; a worker leaves it to the controller."""
        mine = planned(self._config.stash.get(CHECKINGS, {}).values())
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[ATTRIBUTE] = plain(mine)
        elif self._verdicts:
            self._planned = self._planned.with_also(mine)
            run = self._written(self._planned)
            # A part of the clauses says nothing of the code that has none.
            self._listed = () if _narrowed(self._config) else run.listed
            if self._listed and run.forbidden and session.exitstatus == 0:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List what is not checked, as `stagepact check` does."""
        if self._listed:
            terminalreporter.section("not checked (stagepact)")
        for each in self._listed:
            reason = each.reason or "no contract speaks of it"
            terminalreporter.line(f"{each.kind} {each.identity}  {each.why}: {reason}")
        forbidden = [each for each in self._listed if each.is_forbidden]
        if forbidden and self._planned.strict:
            terminalreporter.line(_reports().forbidden_sentence(forbidden))

    def _written(self, said: Planned) -> Run:
        run = Run(
            tuple(self._verdicts),
            said.problems,
            said.listed,
            self._started,
            time() - self._started,
            said.strict,
            self._meta(said),
        )
        html = self._config.getoption("--stagepact-html")
        if html:
            _write(Path(html), _reports().render_html(run))
        json = self._config.getoption("--stagepact-json")
        if json:
            _write(Path(json), _reports().render_json(run))
        with Record.open(Path(said.record)) as record:
            record.add(run)
        return run

    def _meta(self, said: Planned) -> dict[str, object]:
        told = {
            "commit": commit_of(Path(said.root)),
            "seed": seed_of(self._config),
        }
        said_so = {name: value for name, value in told.items() if value not in (None, "")}
        return {**run_meta(), **said_so}


_NARROWING = ("keyword", "markexpr", "lf", "deselect", "stepwise")


def _narrowed(config: pytest.Config) -> bool:
    """Whether a part of what was collected was asked for."""
    return any(config.getoption(each, None) for each in _NARROWING) or any(
        "::" in argument for argument in config.args
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
