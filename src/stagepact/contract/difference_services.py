"""What has changed between two versions of an operation, besides its schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagepact.contract.difference_model import BOTH, NEW, NOBODY, OLD, Difference, Path, Sides
from stagepact.contract.document import Document
from stagepact.contract.models import Operation, ResponseClauses, Service, Within, seconds
from stagepact.contract.request_media import each_media, media_of
from stagepact.schema.candidates import candidates
from stagepact.schema.changes import Breaks
from stagepact.schema.normalise import SchemaError

_SECTIONS = ("path", "query", "headers", "cookies")
_REQUEST, _RESPONSE = Breaks.PRODUCER, Breaks.CONSUMER
_QUANTILES = ("max", "p50", "p90", "p95", "p99")


def of_services(sides: Sides) -> Iterator[Difference]:
    """Changes of operations that both versions have."""
    before, after = sides.old.contract.services, sides.new.contract.services
    for name in before.keys() & after.keys():
        yield from _of_service(sides, ("services", name), before[name], after[name])
        olds, news = before[name].operations, after[name].operations
        for key in olds:
            if key in news:
                path = ("services", name, "operations", key)
                yield from _Pair(sides, path, name, key).differences()


def _of_service(sides: Sides, path: Path, old: Service, new: Service) -> Iterator[Difference]:
    if old.url != new.url and old.url is not None:
        witness = {"request": {"url": old.url}}
        yield sides.changed((*path, "url"), "address-changed", NOBODY, _REQUEST, witness)
    if old.methods and not new.methods:
        yield sides.changed((*path, "methods"), "methods-not-closed", NOBODY, _RESPONSE)


def request_of(document: Document, service: str, name: str) -> dict[str, Any]:
    """A plain request that an operation permits."""
    method, template = name.split(" ", 1)
    request = document.contract.services[service].operations[name].request
    made: dict[str, Any] = {"method": method, "path": template}
    for section in _SECTIONS:
        wanted = {
            key: schema
            for key, schema in getattr(request, section).items()
            if section == "path" or key in request.required
        }
        values = {key: _plain(document, schema) for key, schema in wanted.items()}
        if section == "path":
            for key, value in values.items():
                made["path"] = made["path"].replace("{" + key + "}", str(value))
        elif values:
            made[section] = values
    if request.body is not None:
        made["body"] = _plain(document, request.body)
    return made


def _plain(document: Document, schema: Any) -> Any:
    try:
        return next(candidates(document.scope.bundle(schema)), None)
    except SchemaError:
        return None


class _Pair:
    """Two versions of one operation."""

    def __init__(self, sides: Sides, path: Path, service: str, name: str) -> None:
        self.sides, self.path, self.service, self.name = sides, path, service, name
        self.old = self._of(sides.old)
        self.new = self._of(sides.new)

    def _of(self, document: Document) -> Operation:
        return document.contract.services[self.service].operations[self.name]

    def differences(self) -> Iterator[Difference]:
        """All changes that no schema shows."""
        yield from self._parameters()
        yield from self._body()
        yield from self._security()
        for status, old in self.old.responses.items():
            if status in self.new.responses:
                yield from self._response(status, old, self.new.responses[status])
        yield from self._budgets()

    def _told(self, rule: str, whom: tuple[str, ...], *path: str, **witness: Any) -> Difference:
        breaks = _RESPONSE if "response" in witness or "seconds" in witness else _REQUEST
        return self.sides.changed((*self.path, *path), rule, whom, breaks, witness or None)

    def _old_request(self) -> dict[str, Any]:
        return request_of(self.sides.old, self.service, self.name)

    def _new_request(self) -> dict[str, Any]:
        return request_of(self.sides.new, self.service, self.name)

    def _parameters(self) -> Iterator[Difference]:
        old, new = self.old.request, self.new.request
        for section in _SECTIONS:
            before: Mapping[str, Any] = getattr(old, section)
            after: Mapping[str, Any] = getattr(new, section)
            for name in {**before, **after}:
                path = ("request", section, name)
                needed = [name in each.required and section != "path" for each in (old, new)]
                if name not in before:
                    rule = "required-parameter-added" if needed[1] else "parameter-added"
                    whom = OLD if needed[1] else NOBODY
                    yield self._told(rule, whom, *path, request=self._old_request())
                elif name not in after:
                    whom = NEW if needed[0] else NOBODY
                    yield self._told("parameter-removed", whom, *path, request=self._new_request())
                elif needed == [False, True]:
                    yield self._told("parameter-required", OLD, *path, request=self._old_request())
                elif needed == [True, False]:
                    yield self._told("parameter-optional", NEW, *path, request=self._new_request())
        for name in {**old.styles, **new.styles}:
            if old.styles.get(name) != new.styles.get(name):
                path = ("request", "styles", name)
                yield self._told("style-changed", BOTH, *path, request=self._old_request())

    def _body(self) -> Iterator[Difference]:
        path = ("request", "body")
        old, new = self.old.request, self.new.request
        if old.body is None and new.body is not None:
            whom = NOBODY if new.without_body == "accepted" else OLD
            yield self._told("body-added", whom, *path, request=self._old_request())
        elif old.body is not None and new.body is None:
            yield self._told("body-removed", NEW, *path, request=self._new_request())
        elif old.body is not None:
            yield from self._media()

    def _media(self) -> Iterator[Difference]:
        """Media types of a body that are taken no more, or are new; a body that has to be there."""
        sides = (self.old.request, self.new.request)
        before, after = ({media_of(each) for each in each_media(side)} for side in sides)
        for media in sorted(before ^ after):
            is_lost = media in before
            rule = "request-media-removed" if is_lost else "request-media-added"
            request = {**self._old_request(), "content-type": media}
            whom = OLD if is_lost else NOBODY
            yield self._told(rule, whom, "request", "content", media, request=request)
        optional = [side.without_body == "accepted" for side in sides]
        bare = {k: v for k, v in self._old_request().items() if k != "body"}
        if optional == [True, False]:
            yield self._told("body-required", OLD, "request", "body", request=bare)
        elif optional == [False, True]:
            yield self._told("body-optional", NEW, "request", "body", request=bare)

    def _security(self) -> Iterator[Difference]:
        needs = [_needs_credentials(doc, self.service, self.name) for doc in self._documents]
        if needs == [False, True]:
            witness = {**self._old_request(), "credentials": None}
            yield self._told("credentials-required", OLD, "auth", request=witness)
        elif needs == [True, False]:
            yield self._told("credentials-not-required", NOBODY, "auth")
        auths = [doc.contract.services[self.service].auth for doc in self._documents]
        schemes = [None if each is None else each.scheme for each in auths]
        if needs == [True, True] and schemes[0] != schemes[1]:
            witness = {**self._old_request(), "scheme": str(schemes[0])}
            yield self._told("scheme-changed", BOTH, "auth", request=witness)

    @property
    def _documents(self) -> tuple[Document, Document]:
        return self.sides.old, self.sides.new

    def _response(
        self, status: str, old: ResponseClauses, new: ResponseClauses
    ) -> Iterator[Difference]:
        path = ("responses", status)
        for name in {**old.headers, **new.headers}:
            promised = [name in each.headers and name not in each.optional for each in (old, new)]
            where = (*path, "headers", name)
            lacking = {"status": status, "without": name}
            if promised == [True, False]:
                yield self._told("header-removed", OLD, *where, response=lacking)
            elif promised == [False, True]:
                yield self._told("header-added", NOBODY, *where)
        before, after = _types(old), _types(new)
        for media in (each for each in before if each not in after):
            answer: dict[str, Any] = {
                "status": status,
                "accept": media,
                "content-type": next(iter(after), None),
            }
            whom = OLD if after or not before else NOBODY
            yield self._told("media-type-removed", whom, *path, "content", media, response=answer)
        for media in (each for each in after if before and each not in before):
            yield self._told("media-type-added", NOBODY, *path, "content", media)

    def _budgets(self) -> Iterator[Difference]:
        yield from budgets(self.sides, (*self.path, "within"), self.old.within, self.new.within)
        sizes = self.old.max_size, self.new.max_size
        if sizes[0] is not None and (sizes[1] is None or sizes[1] > sizes[0]):
            yield self._told("size-raised", OLD, "max-size", response={"bytes": sizes[0] + 1})
        if self.old.problem and not self.new.problem:
            answer = {"status": "4XX", "content-type": "not application/problem+json"}
            yield self._told("problem-removed", OLD, "problem", response=answer)
        limits = self.old.rate_limit, self.new.rate_limit
        if limits[1] is not None and (limits[0] is None or _rate(limits[1]) < _rate(limits[0])):
            calls = {"calls": limits[1].calls + 1, "within": limits[1].per}
            yield self._told("rate-limit-narrowed", OLD, "rate-limit", request=calls)


def _rate(limit: Any) -> float:
    return float(limit.calls) / seconds(limit.per)


def _needs_credentials(document: Document, service: str, name: str) -> bool:
    whole = document.contract.services[service]
    said = whole.operations[name].auth
    return said == "required" or (said is None and whole.auth is not None)


def _types(response: ResponseClauses) -> tuple[str, ...]:
    if response.content:
        return tuple(response.content)
    return (response.content_type,) if response.content_type is not None else ()


def budgets(
    sides: Sides, path: Path, old: Within | None, new: Within | None
) -> Iterator[Difference]:
    """Times that are promised no more, or longer ones."""
    for name in _QUANTILES:
        before, after = (getattr(each, name) if each is not None else None for each in (old, new))
        if before is None or before == after:
            continue
        if after is None or seconds(after) > seconds(before):
            shown = seconds(before) * 1.01 if after is None else seconds(after)
            rule = "budget-removed" if after is None else "budget-raised"
            witness = {"seconds": shown, "of": name}
            yield sides.changed((*path, name), rule, OLD, _RESPONSE, witness)
        else:
            yield sides.changed((*path, name), "budget-lowered", NOBODY, _RESPONSE)
