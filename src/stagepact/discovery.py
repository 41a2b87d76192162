"""Names in contracts and configuration → subjects in code.

Looking into a module means importing it, and that is the user's code running: it may raise,
exit, print and warn. A module that can't be imported is one line; the rest goes on.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import pkgutil
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from stagepact.adapters.asgi import is_asgi, is_asgi_factory
from stagepact.adapters.function import describe, function_subject
from stagepact.adapters.wsgi import is_wsgi, is_wsgi_factory
from stagepact.contract.project import Project
from stagepact.errors import Place, Problem, ReferenceFault, nearest
from stagepact.subject import Found, SubjectId
from stagepact.subject.marks import mark_of, own_mark_of, tags_of
from stagepact.subject.protocols.stages import identity_of, is_function

ENTRY_POINTS = "stagepact.subjects"

Provide = Callable[[SubjectId, str, Any], Any]

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Discovery:
    """All that was found, sorted, and the references that lead nowhere."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...] = ()


def references_of(project: Project) -> tuple[str, ...]:
    """What a project's settings and the entry points `stagepact.subjects` name, each once."""
    installed = sorted(each.value for each in entry_points(group=ENTRY_POINTS))
    return tuple(dict.fromkeys((*project.packages, *project.apps, *installed)))


def extend_path(project: Project) -> None:
    """Let the project's code be imported from the folders of its `pythonpath`."""
    folders = _folders(project.root, tuple(project.pythonpath))
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]


@lru_cache(maxsize=64)  # asked for each subject that a contract names; the disk answers slowly
def _folders(root: Path, pythonpath: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str((root / each).resolve()) for each in pythonpath)


def discover(
    references: Sequence[str],
    project: Project,
    hooks: pluggy.PluginManager,
    places: Mapping[str, Place] | None = None,
) -> Discovery:
    """Look into modules, packages (with all below them) and single objects.

    `places` says where a reference is written, for the problems. A reference that can't be
    resolved is a problem, and all others are still looked into.
    """
    extend_path(project)
    search = _Search(project.substitute, hooks)
    problems: list[Problem] = []
    # Single objects first: who names one by its own reference finds it under that.
    for reference in sorted(dict.fromkeys(references), key=lambda each: ":" not in each):
        place = (places or {}).get(reference) or Place(reference)
        try:
            search.look_at(reference, place)
        except ReferenceFault as fault:
            problems.extend(fault.problems)
    return Discovery(_merged(search.finds), tuple(sorted(problems)))


def look_up(
    reference: str,
    project: Project,
    hooks: pluggy.PluginManager,
    name: str | None = None,
    place: Place | None = None,
) -> tuple[Found, ...]:
    """The subjects that one object is or holds, by the name that a contract gives it.

    A function named here is always a subject.

    Raises:
        ReferenceFault: it can't be resolved, or is nothing that can be put to the test.
    """
    extend_path(project)
    search = _Search(project.substitute, hooks)
    search.take(reference, place or Place(reference), name)
    return _merged(search.finds)


# -- references --------------------------------------------------------------------------------


def resolve(
    reference: str, substitute: Mapping[str, str] | None = None, place: Place | None = None
) -> object:
    """The object that `module:qualname` names, or the module that `module` names.

    What follows a `#` is for others. `place` says where the reference is written.

    Raises:
        ReferenceFault: no such module, it fails when it is imported, no such attribute.
    """
    where = place or Place(reference)
    name, _, qualname = reference.partition("#")[0].partition(":")
    value: object = _module(substituted(name, substitute or {}), where)
    for attribute in filter(None, qualname.split(".")):
        value = _attribute(value, attribute, reference, where)
    return value


def substituted(module: str, substitute: Mapping[str, str]) -> str:
    """The module that stands in for another, or for the package that it is in; longest first."""
    for name in sorted(substitute, key=len, reverse=True):
        bare = name.removesuffix(".")
        if module == bare or module.startswith(f"{bare}."):
            return substitute[name].removesuffix(".") + module[len(bare) :]
    return module


def _attribute(value: object, name: str, reference: str, place: Place) -> object:
    if type(value) is ModuleType and name in vars(value):
        return vars(value)[name]  # no code of the user's runs
    try:
        with _quiet():
            return getattr(value, name)
    except AttributeError:
        guess = nearest(name, (each for each in dir(value) if not each.startswith("__")))
        advice = f"did you mean {guess!r}?" if guess else "check the name"
    except Exception as error:  # a module's own __getattr__, a descriptor
        raise ReferenceFault(_failed(reference, error, place)) from None
    owner = getattr(value, "__name__", type(value).__name__)
    problem = Problem(
        place, f"`{reference}`", f"an attribute {name!r} of {owner}", advice, "no-attribute"
    )
    raise ReferenceFault(problem)


def _module(name: str, place: Place) -> ModuleType:
    try:
        return _imported(name)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise ReferenceFault(_failed(name, error, place)) from None
        raise ReferenceFault(_missing(name, error.name, place)) from None
    except BaseException as error:
        raise ReferenceFault(_failed(name, error, place)) from None


def _imported(name: str) -> ModuleType:
    known = sys.modules.get(name)
    if known is not None:
        return known
    with _quiet():
        return importlib.import_module(name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """While the user's code runs that nobody asked to speak: no output, no warnings."""
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _missing(name: str, absent: str, place: Place) -> Problem:
    parent, _, last = absent.rpartition(".")
    path = _path(sys.modules.get(parent)) if parent else None
    guess = nearest(last, (each.name for each in pkgutil.iter_modules(path)))
    found = f"no module `{absent}`"
    whole = f"{parent}.{guess}" if parent else guess
    advice = f"did you mean `{whole}`?" if guess else "install it, or add its folder to pythonpath"
    return Problem(place, found, f"an importable module `{name}`", advice, "no-module")


def _failed(name: str, error: BaseException, place: Place) -> Problem:
    found = f"`{name}`, which raises {_sentence(error)}"
    return Problem(place, found, "a module that can be imported", code="import-fails")


def _sentence(error: BaseException) -> str:
    """An error's first line, and the place in the user's code that it comes from."""
    try:
        message = str(error).strip().partition("\n")[0]
    except Exception as fault:  # a user's __str__ may raise anything
        message = f"<its message raises {type(fault).__name__}>"
    said = f"{type(error).__name__}: {message}" if message else type(error).__name__
    origin = _origin(error)
    return said[:_LONGEST] + (f" ({origin})" if origin else "")


def _origin(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}:{error.lineno or 0}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and Path(frame.filename) not in _MACHINERY
    ]
    # The user's own line before an installed package's: some wrap `__import__` itself.
    own = [frame for frame in frames if not _INSTALLED & set(Path(frame.filename).parts)]
    last = (own or frames)[-1:]
    return "".join(f"{_shown(frame.filename)}:{frame.lineno}" for frame in last)


_INSTALLED = frozenset({"site-packages", "dist-packages"})
_MACHINERY = frozenset({Path(__file__), Path(importlib.__file__)})


def _shown(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


# -- modules -----------------------------------------------------------------------------------


def _below(
    package: ModuleType, substitute: Mapping[str, str], seen: set[str]
) -> Iterator[ModuleType | Problem]:
    """The package and the modules below it, by name; instead of one that fails, its problem.

    `__main__` is a command, not a library: it isn't imported. `seen` are the names that were
    looked at; a substitute may be looked at already, and may be above what it stands for.
    """
    if package.__name__ in seen:
        return
    seen.add(package.__name__)
    yield package
    path = _path(package)
    names = sorted(each.name for each in pkgutil.iter_modules(path))
    for name in names:
        if name == "__main__":
            continue
        whole = substituted(f"{package.__name__}.{name}", substitute)
        try:
            module = _module(whole, Place(whole))
        except ReferenceFault as fault:
            yield from fault.problems
        else:
            yield from _below(module, substitute, seen)


def _path(package: object) -> Any:
    """Where a package's modules lie; a module's own `__getattr__` isn't asked."""
    return getattr(package, "__dict__", {}).get("__path__", ())


def _members(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module itself defines under public names, instances first: they beat factories."""
    public = [(n, v) for n, v in sorted(vars(module).items()) if not n.startswith("_")]
    objects = [
        (name, value)
        for name, value in public
        if not _is_code(value) and not issubclass(type(value), ModuleType)
    ]
    # The source is parsed for objects only: most modules have none, and parsing costs.
    elsewhere = _imported_names(module) if objects else frozenset()
    yield from ((name, value) for name, value in objects if name not in elsewhere)
    for name, value in public:
        if _is_code(value) and getattr(value, "__module__", None) == module.__name__:
            yield name, value


def _is_code(value: object) -> bool:
    """Whether a value is a class or a function; `isinstance` would ask the value itself."""
    return issubclass(type(value), type) or is_function(value)


def _imported_names(module: ModuleType) -> frozenset[str]:
    """The names that a module's imports bind; an instance can't tell where it was made."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError, ValueError):
        return frozenset()
    imports = (each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom))
    return frozenset(
        (alias.asname or alias.name).partition(".")[0] for each in imports for alias in each.names
    )


# -- objects -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Find:
    """A subject, and whether it was met as a stage of a pipeline."""

    found: Found
    within: bool = False


class _Search:
    """What has been found so far, and what has been looked at."""

    def __init__(self, substitute: Mapping[str, str], hooks: pluggy.PluginManager) -> None:
        self.finds: list[_Find] = []
        self._substitute = substitute
        self._hooks = hooks
        self._modules: set[str] = set()
        self._values: dict[int, object] = {}  # kept alive, so that an id stays its own
        self._made: set[object] = set()
        self._adapter: Any = None

    def look_at(self, reference: str, place: Place) -> None:
        """A module with all below it, or one object."""
        root = resolve(reference, self._substitute, place)
        if not isinstance(root, ModuleType):
            self.take(reference, place)
            return
        for module in _below(root, self._substitute, self._modules):
            if isinstance(module, Problem):
                self._unimportable(module)
            else:
                self._look_into(module)

    def take(self, reference: str, place: Place, name: str | None = None) -> None:
        """One object, which must be a subject."""
        value = resolve(reference, self._substitute, place)
        if id(value) in self._values:
            return
        module, colon, qualname = reference.partition("#")[0].partition(":")
        where = substituted(module, self._substitute) + colon + qualname
        if _is_abstract(value):
            found = f"`{reference}`, which is {_described(value)}, an abstract one"
            raise ReferenceFault(Problem(place, found, "a class that can be made", code="abstract"))
        founds = self._subjects(value, where, name, explicit=True)
        if not founds:
            found = f"`{reference}`, which is {_described(value)}"
            expected = "a stage, a pipeline, an app or something that can be called"
            raise ReferenceFault(Problem(place, found, expected, code="no-subject"))
        self._values[id(value)] = value
        self._is_repeated(founds, substituted(module, self._substitute), value)
        self._keep(founds)

    def _look_into(self, module: ModuleType) -> None:
        for name, value in _members(module):
            if id(value) in self._values:
                continue
            founds = self._subjects(value, f"{module.__name__}:{name}", None, explicit=False)
            if not founds or _is_router(value):
                continue
            if not self._is_repeated(founds, module.__name__, value):
                self._values[id(value)] = value
                self._keep(founds)

    def _is_repeated(self, founds: Sequence[Found], module: str, value: object) -> bool:
        """Whether a factory makes what the module holds as an object; objects are remembered."""
        made = _made_of(founds)
        if made is None:
            return False
        if is_function(value):
            return _is_factory(value, founds[0]) and (module, made) in self._made
        self._made.add((module, made))
        return False

    def _keep(self, founds: Sequence[Found]) -> None:
        stages = founds[0].stages
        self.finds.extend(
            _Find(each, index > 0 and each.id.name in stages) for index, each in enumerate(founds)
        )

    def _unimportable(self, problem: Problem) -> None:
        module = problem.place.file
        reason = problem.found.removeprefix(f"`{module}`, which ")
        id_ = SubjectId(module, module, "module")
        self.finds.append(_Find(Found(id_, None, "unimportable", reason, module)))

    def _subjects(
        self, value: object, reference: str, name: str | None, *, explicit: bool
    ) -> tuple[Found, ...]:
        told = self._hooks.hook.stagepact_subjects(value=value, reference=reference)
        founds = tuple(found for each in told for found in each or ())
        if founds:
            return founds
        mark = mark_of(value) if _is_code(value) else own_mark_of(value)
        named = name or mark.name
        with _quiet():
            founds = self._adapted(value, reference, named)
        if not founds and (explicit or mark.subject or mark.skip) and callable(value):
            founds = _function(value, reference, named)
        if mark.skip:
            return tuple(_skipped(each, mark.skip) for each in founds[:1])
        return founds

    def _adapted(self, value: object, reference: str, name: str | None) -> tuple[Found, ...]:
        adapter = self._stageflow_adapter()
        if adapter is None or not _answers(adapter.recognises, value):
            return _service(value, reference, name)
        try:
            founds: tuple[Found, ...] = adapter.found(value, reference, name, self._provide)
        except Exception as error:  # properties and metaclasses are the user's code, too
            id_ = SubjectId(name or reference.rpartition(":")[2], reference, "stage")
            return (Found(id_, None, "unmade", f"raises {_sentence(error)}", reference),)
        return founds

    def _stageflow_adapter(self) -> Any:
        """The adapter of an optional library, loaded once the user's code has imported it.

        Before that there is nothing of it to find, and without it nothing is missing. Another
        distribution's library of the same name is refused by the adapter, which is one line.
        """
        if self._adapter is None and "stageflow" in sys.modules:
            try:
                self._adapter = importlib.import_module("stagepact.adapters.stageflow")
            except ImportError as error:
                self._adapter = False
                id_ = SubjectId("stageflow", "stageflow", "module")
                refused = Found(id_, None, "skipped", str(error), "stageflow")
                self.finds.append(_Find(refused))
        return self._adapter or None

    def _provide(self, subject: SubjectId, parameter: str, annotation: Any) -> Any:
        return self._hooks.hook.stagepact_provide(
            subject=subject, parameter=parameter, annotation=annotation
        )


def _is_wsgi(value: Any) -> bool:
    """Any function of two arguments may call its first one `env`: it must call the other, too."""
    if is_function(value) and "start_response" not in value.__code__.co_varnames:
        return is_wsgi_factory(value)
    return is_wsgi(value)


_SERVICES: Mapping[str, Callable[[Any], bool]] = {
    "asgi": lambda value: is_asgi(value) or is_asgi_factory(value),
    "wsgi": _is_wsgi,
}


def _answers(holds: Callable[[Any], bool], value: object) -> bool:
    """Whether something holds of a value; one that answers with an exception is nothing."""
    try:
        return holds(value)
    except Exception:
        return False


def _is_factory(value: object, found: Found) -> bool:
    """Whether a function makes what it is found as; one that speaks ASGI or WSGI is an app."""
    return found.id.kind not in _SERVICES or is_asgi_factory(value) or is_wsgi_factory(value)


def _is_router(value: object) -> bool:
    """Whether a value is a part that apps include; it speaks ASGI like an app."""
    return any(each.__module__ == "starlette.routing" for each in type(value).__mro__)


def _made_of(founds: Sequence[Found]) -> object:
    """What tells a pipeline or an app from another one of its module; None for all else."""
    first = founds[0]
    if first.stages:
        ids = frozenset((each.id.name, each.id.identity) for each in founds[1:])
        return ids, tuple(first.stages.items())
    return first.id.kind if first.id.kind in _SERVICES else None


def _service(value: object, reference: str, name: str | None) -> tuple[Found, ...]:
    """An app by its protocol. It has no one call: contracts list its operations."""
    if issubclass(type(value), type):
        return ()
    for kind, holds in _SERVICES.items():
        if _answers(holds, value):
            called = name or reference.rpartition(":")[2]
            id_ = SubjectId(called, reference, kind, kind, tags_of(value))
            return (Found(id_, source=reference),)
    return ()


def _function(value: Any, reference: str, name: str | None) -> tuple[Found, ...]:
    id_ = describe(value)
    id_ = replace(
        id_,
        name=name or id_.name,
        identity=reference if "<" in id_.identity else id_.identity,
        tags=tags_of(value),
    )
    return (Found(id_, function_subject(value, id_), source=reference),)


def _skipped(found: Found, reason: str) -> Found:
    return replace(found, subject=None, why="skipped", reason=reason, stages={})


def _is_abstract(value: object) -> bool:
    is_class = issubclass(type(value), type)
    return is_class and (inspect.isabstract(value) or bool(getattr(value, "_is_protocol", False)))


def _described(value: object) -> str:
    if isinstance(value, ModuleType):
        return "a module"
    return f"the class {value.__name__}" if isinstance(value, type) else f"{value!r:.60}"


# -- one name, its paths -----------------------------------------------------------------------


def _merged(finds: Iterable[_Find]) -> tuple[Found, ...]:
    """Each subject once, sorted: a stage that pipelines hold goes by the name it has there."""
    finds = _told_apart(list(finds))
    held = {each.found.id.identity for each in finds if each.within}
    outer = {_outermost(each.found) for each in finds if each.within} - held
    kept: dict[tuple[str, str, str], Found] = {}
    for each in finds:
        id_ = each.found.id
        if not each.within and (id_.identity in held or (each.found.why and id_.identity in outer)):
            continue
        key = (id_.name, id_.path, id_.identity)
        # What can be run comes before what can't: another pipeline may have the arguments.
        if key not in kept or (kept[key].why and not each.found.why):
            kept[key] = each.found
    return tuple(kept[key] for key in sorted(kept))


def _outermost(found: Found) -> str:
    """Who a pipeline's stage is with its wrapper on: a wrapper that pipelines use is no stage."""
    return identity_of(getattr(found.subject, "runner", None), "")


def _told_apart(finds: list[_Find]) -> list[_Find]:
    """Pipelines that hold the same stage have their own names in their paths."""
    holders = Counter(name for each in finds for name in each.found.stages)
    return [
        replace(each, found=_with_path(each.found))
        if any(holders[name] > 1 for name in each.found.stages)
        else each
        for each in finds
    ]


def _with_path(found: Found) -> Found:
    id_ = replace(found.id, path=f"{found.id.path}:{found.id.name}")
    subject: Any = found.subject
    if is_dataclass(subject) and not isinstance(subject, type):
        subject = replace(subject, id=id_)
    return replace(found, id=id_, subject=subject)
