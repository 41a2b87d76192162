"""An HTTP interaction against the operation that a provider declares, without running it.

The request is one that the operation takes; the status is one that it may give; and every response
of that status, as declared, is one that the consumer takes. Credentials are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from stagepact.cases.received import Asked, faults
from stagepact.contract.document import Document
from stagepact.contract.models import ResponseClauses
from stagepact.errors import Place
from stagepact.pact import content, generators, values
from stagepact.pact.compare.bodies import compare_json
from stagepact.pact.compare.headers import compare_headers
from stagepact.pact.compare.located import schema_place
from stagepact.pact.compare.model import Finding, Verdict, together
from stagepact.pact.compare.provider import Provider
from stagepact.pact.compare.stated import by_state
from stagepact.pact.matching.texts import same_content_type
from stagepact.pact.model import Body, Http, Interaction, Presence, Request, Response
from stagepact.pact.rules import Category
from stagepact.pact.undecided import Undecided
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.subject.protocols.routes import Route

_ERRORS = 400
_GENERATED = 3
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def compare_http(interaction: Interaction, exchange: Http, provider: Provider) -> Verdict:
    """Whether a provider that keeps its contract keeps an interaction, too."""
    request = exchange.request
    found = provider.routed(request.method, request.path)
    route = found.route
    if route is None:
        return _undeclared(request, provider, found.allowed)
    asked = Verdict(place=route.place())
    if exchange.response.status < _ERRORS:
        asked = together(asked, compare_request(route, found.values, request))
    return together(asked, compare_response(route, interaction, exchange.response))


def _undeclared(request: Request, provider: Provider, allowed: tuple[str, ...]) -> Verdict:
    """No operation has this method and path."""
    asked = f"{request.method} {request.path}"
    told = "no such operation is declared"
    if allowed:
        told = f"its path has {', '.join(allowed)} only"
    elif near := provider.nearest(request.method, request.path):
        told += f"; the nearest is {near}"
    wanted = f"the consumer asks {asked}"
    return Verdict((Finding("request", "", wanted, told, provider.place),), undeclared=asked)


# -- the request -------------------------------------------------------------------------------


def compare_request(route: Route, path: Mapping[str, str], request: Request) -> Verdict:
    """Whether an operation takes what the consumer sends: its example, and what is generated."""
    for each in _sent(request):
        found = tuple(_refused(route, route.values(each.path) or path, each))
        if found:
            return Verdict(found)
    return Verdict(notes=tuple(_unknown(route, request)))


def _sent(request: Request) -> Iterator[Request]:
    """The example, then what generators make of it, where they need no provider."""
    yield request
    if not request.generators:
        return
    for seed in range(_GENERATED):
        try:
            yield generators.generated_request(request, generators.Setting(Random(seed), _NOW))
        except Undecided:  # a value of the provider's states, which only a run has
            return


def _refused(route: Route, path: Mapping[str, str], request: Request) -> Iterator[Finding]:
    for each in faults(route, asked(request, path)):
        wanted, given = f"the operation wants {each.promised}", f"the consumer sends {each.seen}"
        sent = request.body.value if each.pointer.startswith("/body") else _sent_text(request)
        yield Finding("request", each.pointer, wanted, given, each.place, sent)


def _sent_text(request: Request) -> str:
    pairs = (f"{name}={each}" for name, texts in request.query.items() for each in texts)
    query = "&".join(pairs)
    return f"{request.method} {request.path}" + (f"?{query}" if query else "")


def asked(request: Request, path: Mapping[str, str]) -> Asked:
    """A request of a pact, as it arrives at the provider."""
    headers = {name.lower(): ", ".join(texts) for name, texts in request.headers.items()}
    if request.body.presence is Presence.PRESENT and "content-type" not in headers:
        headers["content-type"] = request.body.content_type
    query = {name: each[0] if len(each) == 1 else [*each] for name, each in request.query.items()}
    pairs = [each.strip().partition("=") for each in headers.get("cookie", "").split(";")]
    cookies = {name: value for name, equals, value in pairs if equals}
    return Asked(request.method.upper(), path, query, headers, cookies, request.body.data)


def _unknown(route: Route, request: Request) -> Iterator[str]:
    """Parameters that the operation doesn't declare: nobody says that they do anything."""
    declared = {name.lower() for name in route.operation.request.query}
    for name in request.query:
        if name.partition("[")[0].lower() not in declared and name.lower() not in declared:
            yield f"the operation declares no query parameter {name}"


# -- the response ------------------------------------------------------------------------------


def compare_response(route: Route, interaction: Interaction, expected: Response) -> Verdict:
    """Whether every response that is declared for the status is one that the consumer takes."""
    declared = route.operation.responses
    if not declared:
        return Verdict(reasons=(f"the contract says nothing of what {route.name} answers",))
    chosen = _declared_for(expected, declared)
    if not chosen:
        wanted, given = f"the consumer expects {expected.status}", _listed([*declared])
        found = Finding("response", "status", wanted, given, route.place("responses"))
        return Verdict((found,))
    return together(*(_under(route, status, interaction, expected) for status in chosen))


def _listed(names: list[str]) -> str:
    return f"declared {'is' if len(names) == 1 else 'are'} {', '.join(names)}"


def _declared_for(expected: Response, declared: dict[str, ResponseClauses]) -> tuple[str, ...]:
    """The declared statuses that the consumer takes: its own, or all that a rule of it permits."""
    own = nearest_status(expected.status, declared)
    found = [own] if own else []
    chosen = expected.rules.of("status").best(())
    for status in declared if chosen else ():
        if status.isdecimal() and all(
            values.STATUSES[rule.kind](rule, expected.status, int(status))
            for rule in (chosen.rules.rules if chosen else ())
            if rule.kind in values.STATUSES
        ):
            found.append(status)
    return tuple(dict.fromkeys(found))


def nearest_status(status: int, declared: Mapping[str, ResponseClauses]) -> str:
    """The declared status that a status falls under: itself, its class or the default; or ""."""
    names = (str(status), f"{status // 100}XX", "default")
    return next((name for name in names if name in declared), "")


def _under(route: Route, status: str, interaction: Interaction, expected: Response) -> Verdict:
    said = route.operation.responses[status]
    at = ("responses", status)
    return together(
        compare_headers(route, at, said, expected),
        _body(route, at, said, interaction, expected),
    )


def _body(
    route: Route,
    at: tuple[str, ...],
    said: ResponseClauses,
    interaction: Interaction,
    expected: Response,
) -> Verdict:
    body = expected.body
    if body.presence is not Presence.PRESENT:
        return Verdict()
    media = _media(said, body.content_type)
    if media is None:
        wanted = f"the consumer expects {body.content_type}"
        given = _listed([*said.content] or [str(said.content_type)])
        part, name = "response header", "content-type"
        return Verdict((Finding(part, name, wanted, given, route.place(*at)),))
    schema, below = _schema(said, media)
    if schema is None:
        return Verdict(reasons=(f"the contract says nothing of the body of {at[1]}",))
    where = ("services", route.service, "operations", route.name, *at, *below)
    reason = incomparable(body)
    if reason:
        return Verdict(reasons=(reason,))
    try:
        bundled = route.document.scope.bundle(schema)
    except SchemaError as error:
        return Verdict(reasons=(f"the schema of the body of {at[1]} can't be used: {error}",))
    declared = Part("response body", ((route.document, where, schema),), bundled)
    return compare_body(declared, body, expected.rules.of("body"), interaction)


def _media(said: ResponseClauses, wanted: str) -> str | None:
    """The declared media type that the consumer expects; "" for one that isn't told."""
    declared = [*said.content] or ([said.content_type] if said.content_type else [])
    if not declared:
        return ""
    return next((each for each in declared if same_content_type(wanted, each)), None)


def _schema(said: ResponseClauses, media: str) -> tuple[JsonSchema | None, tuple[str, ...]]:
    if media in said.content:
        return said.content[media], ("content", media)
    return said.body, ("body",)


def incomparable(body: Body) -> str:
    """Why a body can't be compared without running; "" where it can."""
    kind = content.parse(body.content_type)
    if kind is not None and not kind.is_json:
        return f"a body of {kind.name} is compared by running only"
    return f"the example of the pact is not JSON ({body.fault})" if body.fault else ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a provider declares of a body: its schema, which stands alone, and where it stands."""

    name: str
    places: tuple[tuple[Document, tuple[str | int, ...], JsonSchema], ...]
    schema: JsonSchema

    def place(self, path: str) -> Place:
        """Where something is said of a path, of all places that may say it."""
        found = [schema_place(*each, path) for each in self.places]
        bare = [schema_place(*each, "$") for each in self.places]
        pairs = zip(found, bare, strict=True)
        return next((one for one, other in pairs if one != other), found[0])


def compare_body(part: Part, body: Body, rules: Category, interaction: Interaction) -> Verdict:
    """Every value of a schema against a body that is expected."""
    if part.schema is True or part.schema == {}:
        return Verdict(reasons=(f"the contract says nothing of the {part.name}",))
    stated, notes = by_state(body.value, rules, interaction)
    try:
        found = compare_json(part.schema, body.value, stated, rules)
    except SchemaError as error:
        return Verdict(reasons=(f"the schema of the {part.name} can't be used: {error}",))
    findings = tuple(
        Finding(
            part.name,
            each.path,
            f"the consumer expects {each.mismatch.expected}",
            f"the provider may send {each.mismatch.actual}",
            part.place(each.mismatch.path),
            each.value,
        )
        for each in found.shown
    )
    return Verdict(findings, tuple(found.reasons), notes, 0 if findings else found.tried)
