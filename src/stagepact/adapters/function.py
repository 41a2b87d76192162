"""Any callable with annotations as a subject: functions, partials, methods, objects, generators.

What a parameter is given is decided by its name (a port, an upstream, a context value, `emit`);
what is left takes the input. JSON is turned into what the annotation asks for; a live object is
passed as it is.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from stagepact.schema import SchemaError, model_schema
from stagepact.subject import Case, Given, Output, Probe, Stopped, SubjectId, Unfit
from stagepact.subject.json_form import json_form

Emit = Callable[[str, Any], None]
Convert = Callable[[Any], Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]

# A generator that never ends must not eat the machine before the time limit is noticed.
MOST_ITEMS = 1_000_000

_JSON_TYPES = frozenset({dict, list, str, int, float, bool, type(None)})
# Tuples, not sets: an annotation needn't be hashable.
_UNTOUCHED = tuple(_JSON_TYPES)
_OPEN = (inspect.Parameter.empty, Any, object)
_ONLY, _EITHER = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
_STARRED = frozenset({inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, how it is passed, and how JSON becomes what it asks for."""

    name: str
    required: bool
    kind: Any
    emits: bool
    default: Any
    convert: Convert


@dataclass(frozen=True, slots=True)
class Signature:
    """How a callable takes its arguments; `lone` is set when it takes the input and no more.

    `asynchronous` is True for what is written with `async`: it wants a running event loop.
    """

    parameters: tuple[Parameter, ...]
    spreads_list: bool = False
    spreads_object: bool = False
    lone: Parameter | None = None
    asynchronous: bool = False


@dataclass(frozen=True, slots=True)
class FunctionSubject:
    """A callable that can be put to the test; it runs on the loop and thread of the caller."""

    call: Callable[..., Any]
    id: SubjectId
    signature: Signature = field(repr=False, compare=False)
    event_name: str = "{type}"
    watch: Callable[[Mapping[str, Any]], None] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def asynchronous(self) -> bool:
        """Whether it wants a running event loop."""
        return self.signature.asynchronous

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Call once; what an iterator of the callable's own yields becomes a list.

        Raises:
            Unfit: the case doesn't hold what the callable needs.
        """
        positional, named = arguments(self.signature, case.given, probe)
        if self.watch is not None:
            self.watch(_handed(self.signature, case.given, positional, named))
        raw = self._called(positional, named)
        if type(raw) in _JSON_TYPES:
            return Output("ok", json_form(raw), raw)
        raw, error = await _settled(raw)
        return Output("ok", json_form(raw), raw, error)

    def _called(self, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """What the call gives. A plain function is called as outside of any event loop.

        It may well call `asyncio.run`, which is refused where a loop is running. The functions
        are documented under "Extending asyncio".
        """
        if self.signature.asynchronous:
            return self.call(*positional, **named)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        try:
            return self.call(*positional, **named)
        except StopIteration as error:
            raise Stopped(error) from error
        finally:
            asyncio._set_running_loop(loop)

    async def close(self) -> None:
        """Do nothing: a callable holds nothing open."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without the compiled converters, which don't pickle."""
        return function_subject, (self.call, self.id)


def _handed(
    signature: Signature, given: Given, positional: Sequence[Any], named: Mapping[str, Any]
) -> dict[str, Any]:
    """What a call is handed, but ports and `emit`, by where it comes from."""
    names = [each.name for each in signature.parameters]
    names += [f"*{index}" for index in range(len(positional))]
    both = {**dict(zip(names, positional, strict=False)), **named}
    ours = {each.name for each in signature.parameters if each.emits} | set(given.ports)
    values = {name: value for name, value in both.items() if name not in ours}
    parts: dict[str, dict[str, Any]] = {"input": {}, "inputs": {}, "context": {}}
    for name, value in values.items():
        carried = name in given.context or name in given.config
        part = "inputs" if name in given.inputs else "context" if carried else "input"
        parts[part][name] = value
    return parts


def function_subject(callable: Callable[..., Any], id: SubjectId) -> FunctionSubject:
    """The callable as a subject; its annotations are read once, here."""
    return FunctionSubject(callable, id, _signature(callable))


def describe(callable: Callable[..., Any], kind: str = "function") -> SubjectId:
    """Who a callable is: `module:qualname` of the code that runs, wrappers taken off."""
    code = _code(callable)
    named = code if hasattr(code, "__qualname__") else type(code)
    return SubjectId(
        name=named.__name__, identity=f"{named.__module__}:{named.__qualname__}", kind=kind
    )


def schemas_of(callable: Callable[..., Any]) -> tuple[Any, Any]:
    """The JSON Schemas of input and output as the annotations tell them; None where they don't.

    Parameters that JSON can't fill (ports, `emit`) are no part of the input.
    """
    hints = _hints(callable)
    return _input_schema(callable, hints), _schema(_returned(callable, hints), "serialization")


# -- arguments ---------------------------------------------------------------------------------


def arguments(signature: Signature, given: Given, probe: Probe) -> Arguments:
    """The positional and the named arguments that a case gives.

    Raises:
        Unfit: an argument is missing, or a value is not what its annotation asks for.
    """
    lone = signature.lone
    if lone and not (given.ports or given.inputs or given.context or given.config):
        if given.input is None and not lone.required:
            return (), {}
        return (_whole(lone, given.input),), {}
    known = _by_name(signature, given, probe)
    free = [each for each in signature.parameters if each.name not in known]
    extra: tuple[Any, ...] = ()
    if free:
        known |= _from_input(free, given.input, open_ended=signature.spreads_object)
    else:
        extra, named = _spread(signature, given.input)
        known |= named
    return _arranged(signature, known, extra)


def _whole(lone: Parameter, value: Any) -> Any:
    try:
        return lone.convert(value)
    except Unfit as error:
        if isinstance(value, Mapping) and lone.name in value:
            told = f"{error}; {lone.name} is the only parameter, which takes the whole input"
            raise Unfit(told) from error
        raise


def _by_name(signature: Signature, given: Given, probe: Probe) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for each in signature.parameters:
        name = each.name
        if name in given.ports:
            known[name] = probe.port(name, given.ports[name])
        elif each.emits:
            known[name] = probe.emit
        else:
            known |= _carried(each, given)
    return known


def _carried(parameter: Parameter, given: Given) -> dict[str, Any]:
    name = parameter.name
    for source in (given.inputs, given.context, given.config):
        if name in source:
            return {name: parameter.convert(source[name])}
    return {}


def _from_input(free: list[Parameter], value: Any, *, open_ended: bool) -> dict[str, Any]:
    required = [each for each in free if each.required]
    if value is None and not required:
        return {}
    by_name = isinstance(value, Mapping) and all(each.name in value for each in required)
    if by_name and (len(free) > 1 or (open_ended and free[0].name in value)):
        return _named(free, value, open_ended=open_ended)
    taker = free if len(free) == 1 else required
    if len(taker) == 1:
        return {taker[0].name: taker[0].convert(value)}
    raise Unfit(_missing(free, required, value))


def _named(free: list[Parameter], value: Mapping[str, Any], *, open_ended: bool) -> dict[str, Any]:
    """The input's members by name; members that no parameter takes are left out, as is usual."""
    taken = {each.name: each.convert(value[each.name]) for each in free if each.name in value}
    return {**value, **taken} if open_ended else taken


def _spread(signature: Signature, value: Any) -> Arguments:
    """What is left for `*args` and `**kwargs` when every named parameter has its value."""
    if value is None:
        return (), {}
    if signature.spreads_object and isinstance(value, Mapping):
        return (), dict(value)
    if signature.spreads_list:
        return (tuple(value) if isinstance(value, list) else (value,)), {}
    return (), {}


def _arranged(signature: Signature, known: dict[str, Any], extra: tuple[Any, ...]) -> Arguments:
    """By name where Python allows it; by position in front of a `/` and before `*args`."""
    by_position = (_ONLY, _EITHER) if extra else (_ONLY,)
    front = [each for each in signature.parameters if each.kind in by_position]
    positional = [known.pop(each.name, each.default) for each in front]
    return (*positional, *extra), known


def _missing(free: list[Parameter], required: list[Parameter], value: Any) -> str:
    absent = [each.name for each in required or free]
    if isinstance(value, Mapping):
        absent = [name for name in absent if name not in value]
    kind = "nothing" if value is None else type(value).__name__
    return f"no value for {', '.join(absent)}: the input is {kind}; give an object with these names"


# -- signatures --------------------------------------------------------------------------------


def _signature(call: Callable[..., Any]) -> Signature:
    try:
        found = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        # Some builtins tell nothing of themselves; nearly all of them take one argument.
        found = [inspect.Parameter("input", inspect.Parameter.POSITIONAL_ONLY)]
    hints = _hints(call)
    parameters = tuple(_parameter(each, hints) for each in found if each.kind not in _STARRED)
    kinds = {each.kind for each in found}
    alone = len(found) == len(parameters) == 1 and not parameters[0].emits
    by_position = alone and found[0].kind is not inspect.Parameter.KEYWORD_ONLY
    return Signature(
        parameters,
        spreads_list=inspect.Parameter.VAR_POSITIONAL in kinds,
        spreads_object=inspect.Parameter.VAR_KEYWORD in kinds,
        lone=parameters[0] if by_position else None,
        asynchronous=_is_asynchronous(call),
    )


def _is_asynchronous(call: Any) -> bool:
    while isinstance(call, partial):
        call = call.func
    code = inspect.unwrap(call) if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def _parameter(found: inspect.Parameter, hints: Mapping[str, Any]) -> Parameter:
    annotation = hints.get(found.name, Any)
    return Parameter(
        name=found.name,
        required=found.default is found.empty,
        kind=found.kind,
        emits=_emits(found, annotation),
        default=found.default,
        convert=_converter(found.name, annotation),
    )


def _emits(found: inspect.Parameter, annotation: Any) -> bool:
    return found.name == "emit" or annotation == Emit


def _code(call: Callable[..., Any]) -> Any:
    while isinstance(call, partial):
        call = call.func
    return inspect.unwrap(call)


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    """The annotations, resolved; one that can't be resolved asks for nothing."""
    code = _code(call)
    target = code if inspect.isroutine(code) or inspect.isclass(code) else type(code).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except Exception:  # A string annotation is the user's code, which may raise anything.
        written = getattr(target, "__annotations__", {})
        return {name: hint for name, hint in written.items() if not isinstance(hint, str)}


# -- conversion --------------------------------------------------------------------------------


def _converter(name: str, annotation: Any) -> Convert:
    validate = None if annotation in _OPEN else _validator(annotation)
    if validate is None:
        return _as_it_is
    untouched = _untouched(annotation)

    def convert(value: Any) -> Any:
        kind = type(value)
        if kind is untouched or kind not in _JSON_TYPES:
            return value
        try:
            return validate(value)
        except ValidationError as error:
            missing = f"no value for {name}; " if value is None else ""
            raise Unfit(missing + _refusal(name, error)) from error

    return convert


def _as_it_is(value: Any) -> Any:
    return value


def _validator(annotation: Any) -> Convert | None:
    """Pydantic's validation of an annotation; None for one that it knows nothing about."""
    if type(annotation) is type and annotation in _UNTOUCHED:
        return _plain(annotation)
    for config in (None, ConfigDict(arbitrary_types_allowed=True)):
        # Building runs hooks of the user's types, which may raise anything.
        with suppress(Exception):
            return TypeAdapter(annotation, config=config).validate_python
    return None


@cache
def _plain(annotation: type) -> Convert:
    """The validation of one of JSON's own types, which nearly every function asks for."""
    return TypeAdapter(annotation).validate_python


def _untouched(annotation: Any) -> type | None:
    """The type whose values need no look: they are JSON, and the annotation asks for no more."""
    if annotation in _UNTOUCHED:
        kind: type = annotation
        return kind
    # In JSON every key is a string and every member is something, so there is nothing to check.
    if get_origin(annotation) is dict and get_args(annotation) == (str, Any):
        return dict
    return list if get_origin(annotation) is list and get_args(annotation) == (Any,) else None


def _refusal(name: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = "/".join(map(str, (name, *first["loc"])))
    return f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"


# -- results -----------------------------------------------------------------------------------


async def _settled(raw: Any) -> tuple[Any, str | None]:
    """What a call comes to in the end: awaited, and an iterator's items gathered."""
    if inspect.isawaitable(raw):
        raw = await raw
    if inspect.isgenerator(raw):
        return _gathered(raw)
    if inspect.isasyncgen(raw):
        return await _gathered_later(raw)
    return raw, None


def _gathered(items: Generator[Any, Any, Any]) -> tuple[list[Any], str | None]:
    first = list(islice(items, MOST_ITEMS + 1))
    items.close()
    return first[:MOST_ITEMS], _cut(first)


async def _gathered_later(items: AsyncGenerator[Any, Any]) -> tuple[list[Any], str | None]:
    first: list[Any] = []
    try:
        async for item in items:
            first.append(item)
            if len(first) > MOST_ITEMS:
                break
    finally:
        await items.aclose()
    return first[:MOST_ITEMS], _cut(first)


def _cut(items: list[Any]) -> str | None:
    return f"stopped after {MOST_ITEMS:,} items" if len(items) > MOST_ITEMS else None


# -- schemas -----------------------------------------------------------------------------------


def _input_schema(call: Callable[..., Any], hints: Mapping[str, Any]) -> Any:
    try:
        found = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return None
    free = [
        each
        for each in found
        if each.kind not in _STARRED and not _emits(each, hints.get(each.name))
    ]
    schemas = {each.name: _schema(hints.get(each.name, Any), "validation") for each in free}
    if len(free) == 1:
        return schemas[free[0].name]
    known = {name: schema for name, schema in schemas.items() if schema is not None}
    return _object_schema(free, known) if known else None


def _object_schema(free: list[inspect.Parameter], known: dict[str, Any]) -> dict[str, Any]:
    required = [each.name for each in free if each.name in known and each.default is each.empty]
    definitions: dict[str, Any] = {}
    for schema in known.values():
        definitions |= schema.pop("$defs", {})
    whole: dict[str, Any] = {"type": "object", "properties": known, "required": required}
    return {**whole, "$defs": definitions} if definitions else whole


def _schema(annotation: Any, mode: Any) -> Any:
    if annotation in _OPEN:
        return None
    try:
        return model_schema(annotation, mode)
    except SchemaError:
        return None


def _returned(call: Callable[..., Any], hints: Mapping[str, Any]) -> Any:
    """The annotation of what comes out in the end: items as a list, a coroutine's result."""
    annotation = hints.get("return", Any)
    code = _code(call)
    target = code if inspect.isroutine(code) else type(code).__call__
    if inspect.isgeneratorfunction(target) or inspect.isasyncgenfunction(target):
        return GenericAlias(list, next(iter(get_args(annotation)), Any))
    if inspect.iscoroutinefunction(target) or not _is_awaited(annotation):
        return annotation
    return next(reversed(get_args(annotation)), Any)


def _is_awaited(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and hasattr(origin, "__await__")
