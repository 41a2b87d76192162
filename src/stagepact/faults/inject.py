"""`inject_fault`: a place in the code fails while a block runs, and is as before when it ends."""

from __future__ import annotations

import difflib
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from stagepact.contract.models.fault_terms import FaultType, Step, Steps, fault_steps
from stagepact.faults.armed import armed, armed_call, unarmed
from stagepact.faults.clocks import REAL, Clock
from stagepact.faults.course import Arm, Course
from stagepact.faults.http import seam_of
from stagepact.faults.journal import Fired, Journal
from stagepact.faults.surroundings import NAMES, is_surrounding, surrounding
from stagepact.faults.targets import near_names, no_target, registered

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault that is in: what it did, and a way to lift it before its block ends."""

    arm: Arm
    restore: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def journal(self) -> Journal:
        """All that is written down, of nested faults with the same journal, too."""
        return self.arm.journal

    @property
    def fired(self) -> tuple[Fired, ...]:
        """When this one struck."""
        return self.arm.journal.fired(self.arm.target)

    def lift(self) -> None:
        """From now on nothing fails; what waits goes on."""
        self.arm.lifted.set()
        self.restore()


@contextmanager
def inject_fault(
    target: object,
    kind: FaultType | str,
    *,
    duration_ms: float | None = None,
    message: str = "",
    error: Any = None,
    retry_after: float | None = None,
    value: str | None = None,
    times: int | None = None,
    every: int = 1,
    rate: float | None = None,
    seed: int = 0,
    methods: Iterable[str] = (),
    members: Iterable[str] = (),
    until: Callable[[], bool] | None = None,
    journal: Journal | None = None,
    clock: Clock = REAL,
) -> Iterator[Injection]:
    """Let a place in the code fail while the block runs; yields what was injected.

    `target` is `module:attribute` (dots lead deeper), a pair of an object and the name of its
    attribute, an object whose public methods fail, or a name of `register_target`; of an HTTP
    client (httpx, requests, aiohttp) each request does, and `methods` are HTTP's, as `get`; of
    what the code runs in it is `env:NAME`, `file:PATH`, `clock`, `network` or `process`, which
    fail for as long as the block runs. `kind` is a `FaultType` or a text such as
    `error x5 then timeout`. Without more, each call fails: else the first `times`, each
    `every`th, or a share of `rate` (0 to 1, the same ones for the same `seed`), until `until`
    says true. `duration_ms` is how long it waits, in milliseconds; `error` the exception or its
    class that is raised instead of the kind's own; `value` what a `wrong-variable` is set to;
    `methods` the only ones that fail, `members` the only ones of a result that are spoiled.

    Blocks may be nested and may end in any order, in threads too: what was there before is
    there again when the last one ends.

    Raises:
        FaultTargetError: the target isn't there, or nothing of it can be replaced.
        FaultTermError: `kind` is a text that says no fault.
    """
    fault = {"duration": None if duration_ms is None else duration_ms / 1000, "message": message}
    said = {**fault, "error": error, "retry_after": retry_after, "value": value}
    said["members"] = tuple(members)
    steps = _steps(kind, {name: value for name, value in said.items() if value is not None})
    if (times, every, rate) != (None, 1, None):
        steps = (Step(steps[0].fault, times, every, rate),)
    name, only = _told(target), frozenset(methods)
    arm = Arm(name, Course(steps, seed), journal or Journal(), clock, only, until)
    with ExitStack() as stack:
        if is_surrounding(target):
            stack.callback(arm.lifted.set)
            stack.enter_context(surrounding(name, steps, arm))
            yield Injection(arm, stack.close)
        else:
            stack.enter_context(inject_fault_by(target, arm))
            yield Injection(arm)


@contextmanager
def inject_fault_by(target: object, arm: Arm) -> Iterator[None]:
    """As `inject_fault`, by an arm that was made before.

    Raises:
        FaultTargetError: the target isn't there, or nothing of it can be replaced.
    """
    places = tuple(replace(each, owner=unarmed(each.owner)) for each in _places(target))
    with _armed_at(places, arm):
        try:
            yield
        finally:
            arm.lifted.set()


def _steps(kind: FaultType | str, said: dict[str, Any]) -> Steps:
    steps = fault_steps(kind)
    return tuple(
        step if step.fault is None else replace(step, fault=replace(step.fault, **said))
        for step in steps
    )


def known_target(reference: str) -> None:
    """Nothing, where `module:attribute` is there.

    Raises:
        FaultTargetError: it isn't.
    """
    _imported(reference)


# -- places in the code ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """An attribute of an owner; `method` is its name in the journal where it is one of several."""

    owner: Any
    name: str
    method: str = ""


def _places(target: object) -> Iterator[_Place]:
    """The attributes that are to be replaced, each with what holds it."""
    named = registered(target) if isinstance(target, str) else None
    if named is not None:
        yield from _places(named)
    elif isinstance(target, str):
        yield _Place(*_imported(target))
    elif isinstance(target, tuple) and len(target) == 2 and isinstance(target[1], str):
        owner, name = target
        if not hasattr(owner, name):
            raise no_target(f"{_named(owner)} has no attribute `{name}`", _near(owner, name))
        yield _Place(owner, name)
    elif (seam := seam_of(target)) is not None:
        yield _Place(unarmed(target), seam.name)
    else:
        yield from _methods(target)


def _imported(reference: str) -> tuple[Any, str]:
    module, colon, path = reference.partition(":")
    *above, name = path.split(".")
    if not colon or not name:
        found = f"`{reference}` is no place in the code, and no target of this name is registered"
        raise no_target(found, near_names(reference, NAMES))
    try:
        owner: Any = import_module(module)
    except ImportError as error:
        raise no_target(f"`{module}` can't be imported: {error}", "look for a slip") from error
    for step in above:
        owner = _attribute(owner, step, reference)
    _attribute(owner, name, reference)
    return owner, name


def _attribute(owner: Any, name: str, reference: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        found = f"{_named(owner)} has no attribute `{name}`, of `{reference}`"
        raise no_target(found, _near(owner, name)) from None


def _near(owner: Any, name: str) -> str:
    near = difflib.get_close_matches(name, dir(owner), n=1)
    return f"did you mean `{near[0]}`?" if near else "look for a slip"


def _methods(thing: Any) -> list[_Place]:
    """The public methods of an object, which can be replaced on it."""
    names = [name for name in dir(thing) if not name.startswith("_")]
    found = [
        _Place(thing, name, name) for name in names if inspect.isroutine(_plainly(thing, name))
    ]
    if not found:
        advice = "name the place that holds it: `module:attribute`, or a pair (owner, name)"
        raise no_target(f"{_named(thing)} has no public methods that could fail", advice)
    return found


def _plainly(thing: Any, name: str) -> Any:
    """An attribute that is no property, which would run code."""
    if isinstance(inspect.getattr_static(thing, name, None), property):
        return None
    return getattr(thing, name, None)


def _named(thing: Any) -> str:
    if inspect.ismodule(thing):
        return f"the module {thing.__name__}"
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{'the class' if isinstance(thing, type) else 'an object of'} {kind.__qualname__}"


def _told(target: object) -> str:
    """The target's name in the journal."""
    if isinstance(target, str):
        return target
    if isinstance(target, tuple) and len(target) == 2:
        return f"{getattr(target[0], '__name__', type(target[0]).__name__)}.{target[1]}"
    return type(target).__name__


# -- what stands there while anything is injected --------------------------------------------------


class _Arms(Sequence[Arm]):
    """The arms at one place. They come and go while calls in other threads read them."""

    def __init__(self) -> None:
        self._now: tuple[Arm, ...] = ()

    def add(self, arm: Arm) -> None:
        self._now = (*self._now, arm)

    def remove(self, arm: Arm) -> None:
        self._now = tuple(each for each in self._now if each is not arm)

    def __iter__(self) -> Iterator[Arm]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def __getitem__(self, index: Any) -> Any:
        return self._now[index]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands at a place while faults are in: `own` is what its owner itself had there."""

    place: _Place
    own: Any
    arms: _Arms


_standing: dict[tuple[int, str], _Standing] = {}
_lock = threading.RLock()


@contextmanager
def _armed_at(places: Sequence[_Place], arm: Arm) -> Iterator[None]:
    with ExitStack() as stack:
        for place in places:
            standing = _put(place, arm)
            stack.callback(_take_away, standing, arm)
        yield


def _put(place: _Place, arm: Arm) -> _Standing:
    key = (id(place.owner), place.name)
    with _lock:
        standing = _standing.get(key)
        if standing is None:
            standing = _Standing(place, _own(place), _Arms())
            _replace(place, _failing(place, standing))
            _standing[key] = standing
        standing.arms.add(arm)
        return standing


def _take_away(standing: _Standing, arm: Arm) -> None:
    place = standing.place
    with _lock:
        standing.arms.remove(arm)
        if standing.arms:
            return
        del _standing[id(place.owner), place.name]
        if standing.own is _ABSENT:
            delattr(place.owner, place.name)
        else:
            setattr(place.owner, place.name, standing.own)


def _own(place: _Place) -> Any:
    """What the owner itself has, unbound; what it only inherits goes away again afterwards."""
    try:
        return vars(place.owner).get(place.name, _ABSENT)
    except TypeError:  # it has slots
        return getattr(place.owner, place.name)


def _failing(place: _Place, standing: _Standing) -> Any:
    seam = seam_of(place.owner)
    if seam is not None and seam.name == place.name:
        return seam.failing(place.owner, standing.arms)
    value = getattr(place.owner, place.name)
    if isinstance(standing.own, staticmethod | classmethod):
        return staticmethod(armed_call(value, standing.arms, place.method))
    if inspect.isroutine(value):
        return armed_call(value, standing.arms, place.method)
    return armed(value, standing.arms)


def _replace(place: _Place, value: Any) -> None:
    try:
        setattr(place.owner, place.name, value)
    except (AttributeError, TypeError) as error:
        found = f"`{place.name}` of {_named(place.owner)} can't be replaced: {error}"
        advice = "name the place that your code reads it from: `module:attribute`"
        raise no_target(found, advice) from error
