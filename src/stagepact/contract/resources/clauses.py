"""The laws of a service's resources as clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.models import ResponseClauses, Service
from stagepact.contract.openapi.bodies import is_json
from stagepact.contract.resources.found import resources
from stagepact.contract.resources.laws import LAWS, ServiceLaw
from stagepact.contract.resources.resource import Resource
from stagepact.errors import ContractError, Problem, nearest
from stagepact.schema import Validator
from stagepact.schema.normalise import JsonSchema


def service_laws(
    document: Document, name: str, service: Service
) -> Iterator[tuple[Resource, Clause, str]]:
    """Each law of each resource as a clause, and why it can't be tried ("" where it can).

    Raises:
        ContractError: `resources` speaks of what no operation has.
    """
    compiler = Compiler(document, ("services", name))
    known = resources(document, service)
    problems = tuple(_unknown(compiler, service, known))
    if problems:
        raise ContractError(*problems)
    statuses = {each: tuple(one.responses) for each, one in service.operations.items()}
    bodies = (
        dict(_bodies(compiler, service))
        if any(not LAWS["sequences"].lacking(each) for each in known)
        else {}
    )
    for law in LAWS if service.laws is None else dict.fromkeys(service.laws):
        tried = False
        for resource in known:
            reason = LAWS[law].lacking(resource) or _unmeant(resource, law)
            if not reason:
                tried = True
                clause = _clause(compiler, service, law, resource, statuses)
                value = replace(clause.value, bodies=bodies if law == "sequences" else {})
                yield resource, replace(clause, value=value), ""
        if service.laws is not None and not tried:
            nobody = Resource("")
            reasons = dict.fromkeys(f"{e.name}: {LAWS[law].lacking(e)}" for e in known)
            told = "; ".join(reasons) or "no resources are to be seen in its operations"
            yield nobody, _clause(compiler, service, law, nobody, statuses), told


def _unmeant(resource: Resource, law: str) -> str:
    """Why a law isn't meant for a resource; "" where it is."""
    return next((why for name, why in resource.said.without.items() if name == law), "")


def _unknown(
    compiler: Compiler, service: Service, known: tuple[Resource, ...]
) -> Iterator[Problem]:
    """What `resources` says of paths and parameters that no operation has."""
    paths = dict.fromkeys(each.split(" ", 1)[1].rstrip("/") for each in service.operations)
    collections = [e.path for e in known if e.path in paths or e.path in service.resources]
    for path, said in service.resources.items():
        if not {path, said.item} & {*paths}:
            place = compiler.place("resources", path)
            guess = nearest(path, collections)
            yield Problem(
                place,
                f"the resource {path!r}, of which there is no operation",
                f"one of {', '.join(dict.fromkeys(collections)) or 'the paths of operations'}",
                f"did you mean {guess!r}?" if guess else "",
                "unknown-resource",
            )
            continue
        listed = service.operations.get(f"GET {path}")
        query = listed.request.query if listed is not None else {}
        for name in sorted(said.filters.keys() - query.keys()):
            yield Problem(
                compiler.place("resources", path, "filters", name),
                f"the filter {name!r}, which GET {path} doesn't take",
                f"a parameter of its query: {', '.join(query) or 'it has none'}",
                "",
                "unknown-parameter",
            )


def _clause(
    compiler: Compiler,
    service: Service,
    law: str,
    resource: Resource,
    statuses: Mapping[str, tuple[str, ...]],
) -> Clause:
    asked = service.laws is not None
    path: tuple[str | int, ...] = ()
    if service.laws is not None:
        path = ("laws", [*map(str, service.laws)].index(law))
    elif resource.roles:
        path = ("operations", next(iter(resource.roles.values())))
    value = ServiceLaw(law, resource, asked, statuses)
    return compiler.clause(f"laws.{law}", f"service.{law}", path, LAWS[law].promise, value)


def _bodies(compiler: Compiler, service: Service) -> Iterator[tuple[tuple[str, str], Validator]]:
    """The schemas of all bodies; what is wrong with one, its operation's clauses tell."""
    for name, operation in service.operations.items():
        for status, response in operation.responses.items():
            for where, schema in _json_bodies(response):
                path = ("operations", name, "responses", status, *where)
                validator = compiler.validator(schema, path)
                if validator is not None:
                    yield (name, status), validator


def _json_bodies(response: ResponseClauses) -> Iterator[tuple[tuple[str, ...], JsonSchema]]:
    """The schema of a body, of JSON alone where it has several media types."""
    if response.body is not None:
        yield ("body",), response.body
    for media, schema in response.content.items():
        if is_json(media):
            yield ("content", media), schema
