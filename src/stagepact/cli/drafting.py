"""What is found in code → what a first contract says of it: annotations, models, OpenAPI."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, is_dataclass
from typing import Any, get_type_hints, is_typeddict

from pydantic import BaseModel

from stagepact.adapters import asgi, wsgi
from stagepact.adapters.function import FunctionSubject, schemas_of
from stagepact.cli.first_contract import Draft, OperationDraft, ServiceDraft, StageDraft
from stagepact.contract.selector import parse_selector
from stagepact.schema import model_schema
from stagepact.subject import Found

_APPS = ("asgi", "wsgi")
_VERBS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
_COMPONENTS = "#/components/schemas/"
_NAMED = "#/schemas/"

Resolve = Callable[[str], object]


@dataclass
class _Names:
    """The names of `schemas:` as they come up, each with what it stands for."""

    schemas: dict[str, Any] = field(default_factory=dict)

    def reference(self, name: str, schema: Any) -> dict[str, str]:
        """A reference to a schema, which gets a free name unless it has one."""
        free, number = name, 2
        while self.schemas.get(free, schema) != schema:
            free, number = f"{name}{number}", number + 1
        self.schemas[free] = schema
        return {"$ref": f"{_NAMED}{free}"}


def draft(name: str, uses: tuple[str, ...], found: Iterable[Found], resolve: Resolve) -> Draft:
    """All that the code says of what was found."""
    known = tuple(found)
    names = _Names()
    stages = tuple(_stages(known, names))
    services = tuple(_services(known, resolve, names))
    return Draft(
        name,
        uses,
        names.schemas,
        stages,
        tuple(_pipeline(each) for each in known if each.id.kind == "pipeline" and not each.why),
        services,
        tuple(f"{each.id.identity}: {each.why}: {each.reason}" for each in known if each.why),
    )


# -- stages ------------------------------------------------------------------------------------


def _stages(found: Iterable[Found], names: _Names) -> Iterator[StageDraft]:
    """One block a name; several subjects of one name share it, and then no types are told."""
    known = tuple(found)
    upstreams = {name: needs for each in known for name, needs in each.stages.items()}
    by_name: dict[str, list[Found]] = {}
    for each in known:
        if each.id.kind not in ("pipeline", "module", *_APPS) and not each.why:
            by_name.setdefault(each.id.name, []).append(each)
    for name, founds in by_name.items():
        identities = dict.fromkeys(each.id.identity for each in founds)
        remark = f"{founds[0].id.kind}: {', '.join(identities)}"
        selector = _selector(name, identities)
        call = getattr(founds[0].subject, "call", None)
        if len(identities) == 1 and isinstance(founds[0].subject, FunctionSubject) and call:
            yield _function(selector, remark, call, names)
        else:
            yield StageDraft(selector, remark, upstreams=tuple(upstreams.get(name, ())))


def _selector(name: str, identities: Iterable[str]) -> str:
    """What means a subject: its name, or who it is where its name would mean something else."""
    with suppress(ValueError):
        if parse_selector(name).literal == name:
            return name
    return ", ".join(f"id:{each}" for each in identities)


def _pipeline(found: Found) -> StageDraft:
    id_ = found.id
    selector = _selector(id_.name, [id_.identity])
    return StageDraft(selector, f"{id_.identity}: {' → '.join(found.stages)}")


def _function(selector: str, remark: str, call: Callable[..., Any], names: _Names) -> StageDraft:
    takes, gives = schemas_of(call)
    parameters = _parameters(call)
    hints = _hints(call)
    models = {each: reference for each in parameters if (reference := _model(hints.get(each)))}
    return StageDraft(
        selector,
        remark,
        input=_input(takes, parameters, models, names),
        output=_output(gives, hints.get("return"), names),
        takes_nothing=not parameters,
        ports=tuple(_ports(parameters, takes)),
    )


def _parameters(call: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters that a case fills."""
    with suppress(TypeError, ValueError):
        return {
            name: each
            for name, each in inspect.signature(call).parameters.items()
            if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD) and name != "emit"
        }
    return {}


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    with suppress(Exception):  # a string annotation is the user's code, which may raise anything
        return get_type_hints(inspect.unwrap(call))
    return {}


def _model(annotation: Any) -> tuple[str, str] | None:
    """A model's name and reference, where an annotation is a model that can be imported."""
    is_model = isinstance(annotation, type) and (
        issubclass(annotation, BaseModel) or is_dataclass(annotation) or is_typeddict(annotation)
    )
    if not is_model or not annotation.__name__.isidentifier() or not _is_importable(annotation):
        return None
    try:
        model_schema(annotation)
    except Exception:  # `check` would refuse it; a model's own code may raise anything
        return None
    return annotation.__name__, f"{annotation.__module__}:{annotation.__qualname__}"


def _is_importable(model: type) -> bool:
    """Whether the name that a class gives itself leads to it."""
    value: Any = sys.modules.get(model.__module__)
    with suppress(Exception):  # a module's own __getattr__ may raise anything
        for each in model.__qualname__.split("."):
            value = getattr(value, each)
        return value is model
    return False


def _reference(model: tuple[str, str], names: _Names) -> dict[str, str]:
    name, reference = model
    return names.reference(name, {"model": reference})


def _input(
    schema: Any,
    parameters: Mapping[str, inspect.Parameter],
    models: Mapping[str, tuple[str, str]],
    names: _Names,
) -> Any:
    if schema is None:
        return None
    if len(parameters) == 1:
        model = models.get(next(iter(parameters)))
        return _reference(model, names) if model else schema
    properties = {
        name: _reference(models[name], names) if name in models else part
        for name, part in schema.get("properties", {}).items()
    }
    whole = {**schema, "properties": properties}
    if "#/$defs/" not in json.dumps(properties):
        whole.pop("$defs", None)
    return whole


def _output(schema: Any, annotation: Any, names: _Names) -> Any:
    model = _model(annotation)
    return _reference(model, names) if model else schema


def _ports(parameters: Mapping[str, inspect.Parameter], schema: Any) -> Iterator[str]:
    """The parameters that must be given and that JSON can't fill."""
    if len(parameters) == 1 and schema is not None:
        return
    known = schema.get("properties", {}) if isinstance(schema, dict) else {}
    for name, each in parameters.items():
        if name not in known and each.default is each.empty:
            yield name


# -- services ----------------------------------------------------------------------------------


def _services(found: Iterable[Found], resolve: Resolve, names: _Names) -> Iterator[ServiceDraft]:
    used: set[str] = set()
    for each in found:
        if each.id.kind not in _APPS or each.why:
            continue
        name = each.source.partition(":")[0].rpartition(".")[2]
        name = name if name not in used else each.source.replace(":", "_").replace(".", "_")
        used.add(name)
        app = resolve(each.source)
        yield ServiceDraft(name, each.source, tuple(_operations(app, each.id.kind, names)))


def _operations(app: Any, kind: str, names: _Names) -> Iterator[OperationDraft]:
    document = _openapi(app)
    if document:
        yield from _documented(document, names)
        return
    routes = asgi.operations(app) if kind == "asgi" else wsgi.operations(app)
    yield from (OperationDraft(f"{method} {template}") for method, template in routes)


def _openapi(app: Any) -> Mapping[str, Any]:
    document: Any = {}
    with suppress(Exception):  # making the document runs the user's models
        document = app.openapi()
    return document if isinstance(document, dict) else {}


def _documented(document: Mapping[str, Any], names: _Names) -> Iterator[OperationDraft]:
    """The operations of an OpenAPI 3.1 document, whose schemas are JSON Schema."""
    components = document.get("components", {}).get("schemas", {})
    for path, item in document.get("paths", {}).items():
        shared = item.get("parameters", [])
        for verb in _VERBS:
            if verb in item:
                operation = item[verb]
                parameters = [*shared, *operation.get("parameters", [])]
                yield OperationDraft(
                    f"{verb.upper()} {path}",
                    _named(_request(operation, parameters), components, names),
                    _named(_responses(operation), components, names),
                )


def _request(operation: Mapping[str, Any], parameters: list[Any]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    required = []
    for each in parameters:
        part = {"path": "path", "query": "query"}.get(each.get("in"))
        if part is not None and "schema" in each:
            request.setdefault(part, {})[each["name"]] = each["schema"]
            if each.get("required") and part == "query":
                required.append(each["name"])
    body = _json_schema(operation.get("requestBody", {}))
    if body is not None:
        request["body"] = body
    return {**request, "required": required} if required else request


def _responses(operation: Mapping[str, Any]) -> dict[str, Any]:
    responses = {}
    for status, response in operation.get("responses", {}).items():
        schema = _json_schema(response)
        responses[str(status)] = {} if schema in (None, {}) else {"body": schema}
    return responses


def _json_schema(part: Mapping[str, Any]) -> Any:
    """The schema of what is sent as JSON."""
    for media, content in part.get("content", {}).items():
        if media.partition(";")[0].endswith(("/json", "+json")):
            return content.get("schema")
    return None


def _named(value: Any, components: Mapping[str, Any], names: _Names) -> Any:
    """The value with references to components as references to `schemas:`, which get them."""
    if isinstance(value, list):
        return [_named(part, components, names) for part in value]
    if not isinstance(value, dict):
        return value
    target = value.get("$ref")
    if isinstance(target, str) and target.startswith(_COMPONENTS):
        name = target.removeprefix(_COMPONENTS)
        if name not in names.schemas:
            names.schemas[name] = True  # a schema may refer to itself
            names.schemas[name] = _named(components.get(name, True), components, names)
        return {**value, "$ref": f"{_NAMED}{name}"}
    return {key: _named(part, components, names) for key, part in value.items()}
