"""A Pact Broker over HTTP: pacts by version and branch, selection, results, environments, matrix.

What Pact's own clients ask of one (HAL), kept in memory and decided as the broker's documentation
says: consumer version selectors, pending and WIP pacts, deployed and released versions. It has no
webhooks and no pages.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HAL = "application/hal+json"
MAIN_BRANCHES = ("main", "master", "develop")
START = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class Version:
    """A version of a pacticipant, and what was said of it."""

    number: str
    order: int
    branches: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    deployed: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)


@dataclass
class Published:
    """A pact as a consumer's version published it; `sha` is of its content."""

    consumer: str
    version: str
    provider: str
    content: dict[str, Any]
    order: int
    time: datetime

    @property
    def sha(self) -> str:
        demanded = {key: self.content.get(key) for key in ("interactions", "messages")}
        text = json.dumps(demanded, sort_keys=True)
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Result:
    """What a version of a provider made of a pact's content."""

    consumer: str
    provider: str
    version: str
    sha: str
    success: bool
    order: int
    branches: tuple[str, ...]
    body: dict[str, Any]


@dataclass
class Selected:
    """A pact that is to be verified: why, and whether a failure counts."""

    pact: Published
    reasons: list[str]
    pending: bool = False
    wip: bool = False


class Broker:
    """All that was published and said; the rules of selection; no HTTP."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, Version]] = {}
        self.main: dict[str, str] = {}
        self.pacts: list[Published] = []
        self.results: list[Result] = []
        self.environments = {"test": "e-1", "production": "e-2"}
        self._order = count(1)

    def version(self, name: str, number: str) -> Version:
        """A version, made where it is new."""
        known = self.versions.setdefault(name, {})
        if number not in known:
            known[number] = Version(number, next(self._order))
        return known[number]

    def on_branch(self, name: str, number: str, branch: str) -> None:
        """Say that a version is on a branch; the first that is called so is the main one."""
        version = self.version(name, number)
        if branch not in version.branches:
            version.branches.append(branch)
        if branch in MAIN_BRANCHES:
            self.main.setdefault(name, branch)

    def publish(self, pact: Published, *, merge: bool = False) -> Published:
        """Keep a pact.

        Raises:
            ValueError: the version has published another content.
        """
        same = (each for each in self.pacts if _key(each) == _key(pact))
        if (old := next(same, None)) is not None:
            if old.sha == pact.sha:
                return old
            if not merge:
                raise ValueError("the content differs")
            pact.content = _merged(old.content, pact.content)
            self.pacts.remove(old)
        self.pacts.append(pact)
        return pact

    def make(self, consumer: str, version: str, content: dict[str, Any]) -> Published:
        """A pact as it is published now."""
        order = next(self._order)
        provider = content["provider"]["name"]
        when = START + timedelta(minutes=order)
        return Published(consumer, version, provider, content, order, when)

    def result(self, pact: Published, body: dict[str, Any]) -> Result:
        """Keep what a provider's version made of a pact."""
        number = body["providerApplicationVersion"]
        branches = tuple(self.version(pact.provider, number).branches)
        made = Result(
            *(pact.consumer, pact.provider, number, pact.sha, bool(body["success"])),
            *(next(self._order), branches, body),
        )
        self.results.append(made)
        return made

    def latest(self, pacts: Iterable[Published]) -> list[Published]:
        """Of each consumer the newest version's."""
        newest: dict[tuple[str, str], Published] = {}
        for each in sorted(pacts, key=self._age):
            newest[each.consumer, each.provider] = each
        return list(newest.values())

    def _age(self, pact: Published) -> int:
        return self.version(pact.consumer, pact.version).order

    def select(self, provider: str, asked: Mapping[str, Any]) -> list[Selected]:
        """The pacts that these selectors mean, each content once; of no selectors the latest."""
        branch = asked.get("providerVersionBranch") or ""
        chosen: dict[tuple[str, str], Selected] = {}
        of_provider = [each for each in self.pacts if each.provider == provider]
        for selector in asked.get("consumerVersionSelectors") or [{"latest": True}]:
            for pact in self._matching(of_provider, selector, branch):
                _add(chosen, pact, _reason(selector))
        selected = list(chosen.values())
        if asked.get("includePendingStatus"):
            for each in selected:
                each.pending = not self._stands(each.pact, branch)
        if since := asked.get("includeWipPactsSince"):
            selected += self._wip(of_provider, chosen, branch, datetime.fromisoformat(since))
        return selected

    def _matching(
        self, pacts: list[Published], selector: Mapping[str, Any], branch: str
    ) -> list[Published]:
        wanted = selector.get("consumer")
        mine = [each for each in pacts if wanted in (None, each.consumer)]
        for key, rule in _RULES.items():
            if selector.get(key):
                return rule(self, mine, selector, branch)
        return self.latest(mine)

    def _by_branch(self, pacts: list[Published], name: str) -> list[Published]:
        return self.latest(each for each in pacts if name in self._version(each).branches)

    def _version(self, pact: Published) -> Version:
        return self.version(pact.consumer, pact.version)

    def _stands(self, pact: Published, branch: str) -> bool:
        """Whether the provider's branch has ever verified this content."""
        return any(
            each.success and each.sha == pact.sha and (not branch or branch in each.branches)
            for each in self.results
            if (each.consumer, each.provider) == (pact.consumer, pact.provider)
        )

    def _wip(
        self,
        pacts: list[Published],
        chosen: Mapping[tuple[str, str], Selected],
        branch: str,
        since: datetime,
    ) -> list[Selected]:
        """The heads of branches that are new since then, and that nobody has verified."""
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        branches = {name for each in pacts for name in self._version(each).branches}
        heads = [each for name in sorted(branches) for each in self._by_branch(pacts, name)]
        found: dict[tuple[str, str], Selected] = {}
        for each in heads:
            known = (each.consumer, each.sha) in chosen or self._stands(each, branch)
            if each.time >= since and not known:
                _add(found, each, "it is work in progress")
        return [Selected(each.pact, each.reasons, True, True) for each in found.values()]

    def there(self, name: str, where: Mapping[str, str]) -> list[str]:
        """The versions of a pacticipant that a query means."""
        known = sorted(self.versions.get(name, {}).values(), key=lambda each: each.order)
        if environment := where.get("environment"):
            return [each.number for each in known if environment in each.deployed + each.released]
        if branch := where.get("branch"):
            known = [each for each in known if branch in each.branches]
        elif where.get("mainBranch") == "true":
            known = [each for each in known if self.main.get(name) in each.branches]
        elif tag := where.get("tag"):
            known = [each for each in known if tag in each.tags]
        return [each.number for each in known[-1:]]

    def newest_result(self, pact: Published, version: str) -> Result | None:
        """What a version of the provider last made of a pact's content."""
        mine = (
            each
            for each in self.results
            if (each.consumer, each.provider, each.sha, each.version)
            == (pact.consumer, pact.provider, pact.sha, version)
        )
        return max(mine, key=lambda each: each.order, default=None)


Rule = Callable[[Broker, list[Published], Mapping[str, Any], str], list[Published]]


def _environment(broker: Broker, pacts: list[Published], where: str, *how: str) -> list[Published]:
    def named(pact: Published) -> list[str]:
        version = broker.version(pact.consumer, pact.version)
        return [name for key in how for name in getattr(version, key)]

    return [each for each in pacts if (where in named(each) if where else named(each))]


def _in(*how: str) -> Rule:
    return lambda broker, pacts, selector, branch: _environment(
        broker, pacts, selector.get("environment", ""), *how
    )


def _tagged(
    broker: Broker, pacts: list[Published], selector: Mapping[str, Any], branch: str
) -> list[Published]:
    tag = selector["tag"]
    found = [each for each in pacts if tag in broker.version(each.consumer, each.version).tags]
    return broker.latest(found) if selector.get("latest") else found


def _branch(
    broker: Broker, pacts: list[Published], selector: Mapping[str, Any], branch: str
) -> list[Published]:
    found = broker._by_branch(pacts, selector["branch"])
    if (fallback := selector.get("fallbackBranch")) is not None:
        has = {each.consumer for each in found}
        rest = [each for each in pacts if each.consumer not in has]
        found += broker._by_branch(rest, fallback)
    return found


_RULES: Mapping[str, Rule] = {
    "mainBranch": lambda broker, pacts, selector, branch: [
        found
        for each in sorted({each.consumer for each in pacts})
        for found in broker._by_branch(
            [pact for pact in pacts if pact.consumer == each], broker.main.get(each, "")
        )
    ],
    "matchingBranch": lambda broker, pacts, selector, branch: broker._by_branch(pacts, branch),
    "branch": _branch,
    "deployedOrReleased": _in("deployed", "released"),
    "deployed": _in("deployed"),
    "released": _in("released"),
    "environment": _in("deployed", "released"),
    "tag": _tagged,
}


def _reason(selector: Mapping[str, Any]) -> str:
    said = {key: value for key, value in selector.items() if key != "consumer"}
    return f"it matches {json.dumps(said)}"


def _add(chosen: dict[tuple[str, str], Selected], pact: Published, reason: str) -> None:
    selected = chosen.setdefault((pact.consumer, pact.sha), Selected(pact, []))
    if reason not in selected.reasons:
        selected.reasons.append(reason)


def _key(pact: Published) -> tuple[str, str, str]:
    return (pact.consumer, pact.version, pact.provider)


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    interactions = {each["description"]: each for each in old.get("interactions", [])}
    interactions |= {each["description"]: each for each in new.get("interactions", [])}
    return {**new, "interactions": list(interactions.values())}


Handler = Callable[[Request], Awaitable[Response]]


class Hal:
    """The broker over HTTP."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.asked: list[str] = []

    def routes(self) -> Iterator[Route]:
        provider, pact = "/pacts/provider/{provider}", "/consumer/{consumer}/pact-version/{sha}"
        version = "/pacticipants/{name}/versions/{version}"
        table: Mapping[tuple[str, str], Handler] = {
            ("/", "GET"): self.index,
            ("/contracts/publish", "POST"): self.publish,
            (f"{provider}/for-verification", "GET"): self.for_verification,
            (f"{provider}/for-verification", "POST"): self.for_verification,
            (f"{provider}/latest", "GET"): self.latest,
            (f"{provider}/latest/{{tag}}", "GET"): self.latest,
            (f"{provider}/branch/latest", "GET"): self.latest,
            (f"{provider}/branch/{{branch}}", "GET"): self.latest,
            (f"{provider}{pact}", "GET"): self.pact,
            (f"{provider}{pact}/verification-results", "POST"): self.results,
            ("/pacticipants", "GET"): self.pacticipants,
            ("/pacticipants/{name}", "GET"): self.pacticipant,
            ("/pacticipants/{name}", "PUT"): self.put_pacticipant,
            (version, "GET"): self.version,
            (version, "PUT"): self.version,
            (f"{version}/tags/{{tag}}", "PUT"): self.put_tag,
            ("/pacticipants/{name}/branches/{branch}/versions/{version}", "PUT"): self.put_branch,
            ("/environments", "GET"): self.environments,
            ("/environments/{id}", "GET"): self.environment,
            (f"{version}/deployed-versions/environment/{{id}}", "POST"): self.deployed,
            (f"{version}/released-versions/environment/{{id}}", "POST"): self.released,
            ("/matrix", "GET"): self.matrix,
        }
        for (path, method), handler in table.items():
            yield Route(path, handler, methods=[method])

    async def index(self, request: Request) -> Response:
        base = _base(request)
        version = f"{base}/pacticipants/{{pacticipant}}/versions/{{version}}"
        provider = f"{base}/pacts/provider/{{provider}}"
        links = {
            "self": base,
            "pb:publish-contracts": f"{base}/contracts/publish",
            "pb:provider-pacts-for-verification": f"{provider}/for-verification",
            "pb:latest-provider-pacts": f"{provider}/latest",
            "pb:latest-provider-pacts-with-tag": f"{provider}/latest/{{tag}}",
            "pb:pacticipant": f"{base}/pacticipants/{{pacticipant}}",
            "pb:pacticipant-version": version,
            "pb:pacticipant-version-tag": f"{version}/tags/{{tag}}",
            "pb:environments": f"{base}/environments",
            "pb:environment": f"{base}/environments/{{uuid}}",
        }
        told = {key: {"href": href, "templated": "{" in href} for key, href in links.items()}
        return _hal({"_links": told})

    async def publish(self, request: Request) -> Response:
        body = await request.json()
        name, number = body["pacticipantName"], body["pacticipantVersionNumber"]
        made, texts = [], []
        for contract in body["contracts"]:
            content = json.loads(base64.b64decode(contract["content"]))
            merge = "merge" in (contract.get("onConflict"), contract.get("writeMode"))
            try:
                pact = self.broker.make(name, number, content)
                made.append(self.broker.publish(pact, merge=merge))
            except ValueError:
                between = f"{name} and {contract['providerName']}"
                text = (
                    f"Cannot change the content of the pact for {name} version {number} and "
                    f"provider {contract['providerName']}, as race conditions will cause "
                    "unreliable results for can-i-deploy. Each must have a unique version."
                )
                notice = {"type": "error", "text": text}
                errors = {"contracts": [f"{between}: {text}"]}
                return _hal({"notices": [notice], "errors": errors}, 409)
            texts.append(f"Pact published for {name} version {number} and {pact.provider}.")
        self._said(body, name, number)
        base = _base(request)
        links = {
            "pb:pacticipant": _link(f"{base}/pacticipants/{quote(name, safe='')}", name),
            "pb:contracts": [
                _link(_pact_url(base, each), f"Pact between {name} and {each.provider}")
                for each in made
            ],
        }
        notices = [{"type": "success", "text": text} for text in texts]
        return _hal({"notices": notices, "logs": notices, "_links": links})

    def _said(self, body: Mapping[str, Any], name: str, number: str) -> None:
        version = self.broker.version(name, number)
        if branch := body.get("branch"):
            self.broker.on_branch(name, number, branch)
        version.tags += [tag for tag in body.get("tags") or () if tag not in version.tags]

    async def for_verification(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        if not self._knows(provider):
            return _missing()
        asked = await request.json() if request.method == "POST" else {}
        base = _base(request)
        selected = self.broker.select(provider, asked)
        pacts = [_selected(base, each) for each in selected]
        links = {"self": {"href": str(request.url), "title": f"Pacts of {provider}"}}
        return _hal({"_embedded": {"pacts": pacts}, "_links": links})

    async def latest(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        if not self._knows(provider):
            return _missing()
        named = {key: each for key, each in request.path_params.items() if key != "provider"}
        main = {"mainBranch": True} if request.url.path.endswith("/branch/latest") else {}
        selector = {"latest": True, **main, **named}
        chosen = self.broker.select(provider, {"consumerVersionSelectors": [selector]})
        base = _base(request)
        links = [
            {"href": _pact_url(base, each.pact), "name": each.pact.consumer} for each in chosen
        ]
        return _hal({"_links": {"pb:pacts": links, "pacts": links}})

    def _knows(self, provider: str) -> bool:
        named = {each.provider for each in self.broker.pacts}
        return provider in named or provider in self.broker.versions

    def _found(self, request: Request) -> Published | None:
        params = request.path_params
        wanted = (params["consumer"], params["provider"], params["sha"])
        found = (
            each for each in self.broker.pacts if (each.consumer, each.provider, each.sha) == wanted
        )
        return max(found, key=lambda each: each.order, default=None)

    async def pact(self, request: Request) -> Response:
        found = self._found(request)
        return _hal(_pact(_base(request), found)) if found else _missing()

    async def results(self, request: Request) -> Response:
        found = self._found(request)
        if found is None:
            return _missing()
        body = await request.json()
        if not body.get("providerApplicationVersion") or "success" not in body:
            return _hal({"errors": {"providerApplicationVersion": ["can't be blank"]}}, 400)
        self.broker.result(found, body)
        return _hal({**body, "_links": {"self": {"href": str(request.url)}}}, 201)

    async def pacticipants(self, request: Request) -> Response:
        names = {name for each in self.broker.pacts for name in (each.consumer, each.provider)}
        told = [{"name": name} for name in sorted(names | self.broker.versions.keys())]
        return _hal({"_embedded": {"pacticipants": told}})

    async def pacticipant(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not (self._knows(name) or name in self.broker.versions):
            return _missing()
        here = f"{_base(request)}/pacticipants/{quote(name, safe='')}"
        links = {
            "self": here,
            "pb:version": f"{here}/versions/{{version}}",
            "pb:version-tag": f"{here}/versions/{{version}}/tags/{{tag}}",
            "pb:branch-version": f"{here}/branches/{{branch}}/versions/{{version}}",
        }
        told = {key: {"href": href, "templated": "{" in href} for key, href in links.items()}
        return _hal({"name": name, "mainBranch": self.broker.main.get(name), "_links": told})

    async def put_pacticipant(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.broker.versions.setdefault(name, {})
        body = await request.json()
        if body.get("mainBranch"):
            self.broker.main[name] = body["mainBranch"]
        return await self.pacticipant(request)

    async def version(self, request: Request) -> Response:
        name, number = request.path_params["name"], request.path_params["version"]
        known = self.broker.versions.get(name, {})
        if number not in known and request.method == "GET":
            return _missing()
        self.broker.version(name, number)
        return _hal(self._version_told(_base(request), name, number))

    def _version_told(self, base: str, name: str, number: str) -> dict[str, Any]:
        here = f"{base}/pacticipants/{quote(name, safe='')}/versions/{quote(number, safe='')}"
        kinds = (("deployment", "deployed"), ("release", "released"))
        links: dict[str, Any] = {
            f"pb:record-{kind}": [
                {"href": f"{here}/{path}-versions/environment/{uuid}", "name": each}
                for each, uuid in self.broker.environments.items()
            ]
            for kind, path in kinds
        }
        return {"number": number, "_links": {"self": {"href": here}, **links}}

    async def put_tag(self, request: Request) -> Response:
        params = request.path_params
        tags = self.broker.version(params["name"], params["version"]).tags
        tags += [params["tag"]] if params["tag"] not in tags else []
        return _hal({"name": params["tag"]}, 201)

    async def put_branch(self, request: Request) -> Response:
        params = request.path_params
        self.broker.on_branch(params["name"], params["version"], params["branch"])
        return _hal({"name": params["branch"]}, 201)

    async def environments(self, request: Request) -> Response:
        base = _base(request)
        told = [_environment_told(base, *each) for each in self.broker.environments.items()]
        links = [{**each["_links"]["self"], "name": each["name"]} for each in told]
        return _hal({"_embedded": {"environments": told}, "_links": {"pb:environments": links}})

    async def environment(self, request: Request) -> Response:
        for name, uuid in self.broker.environments.items():
            if uuid == request.path_params["id"]:
                return _hal(_environment_told(_base(request), name, uuid))
        return _missing()

    async def deployed(self, request: Request) -> Response:
        """A deployment: the version before it is there no longer."""
        name, number, where = self._recorded(request)
        for version in self.broker.versions[name].values():
            version.deployed = [each for each in version.deployed if each != where]
        self.broker.version(name, number).deployed.append(where)
        return _hal({"currentlyDeployed": True}, 201)

    async def released(self, request: Request) -> Response:
        name, number, where = self._recorded(request)
        self.broker.version(name, number).released.append(where)
        return _hal({"currentlySupported": True}, 201)

    def _recorded(self, request: Request) -> tuple[str, str, str]:
        params = request.path_params
        self.broker.version(params["name"], params["version"])
        names = {uuid: name for name, uuid in self.broker.environments.items()}
        return params["name"], params["version"], names[params["id"]]

    async def matrix(self, request: Request) -> Response:
        """Each pact between the versions that are asked for and those that they stand beside."""
        selectors, where = _matrix_query(request.url.query)
        broker = self.broker
        rows: list[dict[str, Any]] = []
        for selector in selectors:
            name = selector["pacticipant"]
            number = selector.get("version") or next(iter(broker.there(name, selector)), "")
            others = {each["pacticipant"]: each for each in selectors if each is not selector}
            for pact in broker.pacts:
                if name == pact.consumer and number == pact.version:
                    target = others.get(pact.provider, where if not others else None)
                    rows += self._rows(pact, self._those(pact.provider, target))
                elif (
                    name == pact.provider
                    and not others
                    and pact.version in self._those(pact.consumer, where)
                ):
                    rows += self._rows(pact, [number])
        return _hal(_judged(rows))

    def _those(self, name: str, where: Mapping[str, str] | None) -> list[str]:
        if where is None:
            return []
        if where.get("version"):
            return [where["version"]]
        return self.broker.there(name, where)

    def _rows(self, pact: Published, versions: list[str]) -> Iterator[dict[str, Any]]:
        for number in versions or [""]:
            result = self.broker.newest_result(pact, number)
            yield {
                "consumer": {"name": pact.consumer, "version": {"number": pact.version}},
                "provider": {
                    "name": pact.provider,
                    "version": {"number": number} if number else None,
                },
                "pact": {"createdAt": pact.time.isoformat()},
                "verificationResult": result
                and {"success": result.success, "verifiedAt": pact.time.isoformat()},
            }


def _matrix_query(query: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    selectors: list[dict[str, str]] = []
    where: dict[str, str] = {}
    for key, value in parse_qsl(query):
        if key == "q[][pacticipant]":
            selectors.append({"pacticipant": value})
        elif key.startswith("q[][") and selectors:
            selectors[-1][key[4:-1]] = value
        else:
            where[key] = value
    return selectors, where


def _judged(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found = [each["verificationResult"] for each in rows]
    success = sum(bool(each and each["success"]) for each in found)
    failed = sum(bool(each and not each["success"]) for each in found)
    unknown = len(found) - success - failed
    deployable = None if unknown else not failed
    reason = f"{success} verified, {failed} failed, {unknown} without a result"
    summary = {
        "deployable": bool(deployable) if deployable is not None else None,
        "reason": reason,
        "success": success,
        "failed": failed,
        "unknown": unknown,
    }
    return {"summary": summary, "matrix": rows, "notices": [{"type": "info", "text": reason}]}


def _environment_told(base: str, name: str, uuid: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "name": name,
        "displayName": name.title(),
        "production": name == "production",
        "createdAt": START.isoformat(),
        "_links": {"self": {"href": f"{base}/environments/{uuid}"}},
    }


def _link(href: str, name: str) -> dict[str, str]:
    return {"href": href, "name": name, "title": name}


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _pact_url(base: str, pact: Published) -> str:
    provider, consumer = quote(pact.provider, safe=""), quote(pact.consumer, safe="")
    return f"{base}/pacts/provider/{provider}/consumer/{consumer}/pact-version/{pact.sha}"


def _pact(base: str, pact: Published) -> dict[str, Any]:
    here = _pact_url(base, pact)
    links = {
        "self": {"href": here, "name": f"Pact between {pact.consumer} and {pact.provider}"},
        "pb:consumer": {
            "href": f"{base}/pacticipants/{quote(pact.consumer, safe='')}",
            "name": pact.consumer,
        },
        "pb:provider": {
            "href": f"{base}/pacticipants/{quote(pact.provider, safe='')}",
            "name": pact.provider,
        },
        "pb:consumer-version": {
            "href": f"{base}/pacticipants/{quote(pact.consumer, safe='')}/versions/{pact.version}",
            "name": pact.version,
        },
        "pb:publish-verification-results": {"href": f"{here}/verification-results"},
    }
    return {**pact.content, "createdAt": pact.time.isoformat(), "_links": links}


def _selected(base: str, selected: Selected) -> dict[str, Any]:
    pact = selected.pact
    why = " and ".join(selected.reasons)
    notices = [{"when": "before_verification", "text": f"{pact.consumer}: verified because {why}"}]
    if selected.pending:
        text = "This pact is pending: a failure of it doesn't count."
        notices.append({"when": "before_verification", "text": text})
    told = {"notices": notices, "pending": selected.pending, "wip": selected.wip}
    name = f"Pact between {pact.consumer} ({pact.version}) and {pact.provider}"
    link = {"href": _pact_url(base, pact), "name": name}
    return {"shortDescription": why, "verificationProperties": told, "_links": {"self": link}}


def _hal(body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status, media_type=HAL)


def _missing() -> Response:
    return _hal({"error": "The requested document was not found on this server."}, 404)


def app_of(broker: Broker, *, token: str = "", user: tuple[str, str] | None = None) -> Starlette:
    """The broker as an ASGI app, open or behind a token or a name with a password."""
    hal = Hal(broker)
    allowed = {f"Bearer {token}"} if token else set()
    if user:
        allowed.add("Basic " + base64.b64encode(":".join(user).encode()).decode())

    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        if allowed and request.headers.get("authorization") not in allowed:
            return _hal({"error": "Unauthorized"}, 401)
        return await go_on(request)

    return Starlette(
        routes=list(hal.routes()), middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)]
    )
