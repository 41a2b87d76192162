"""A Pact Broker, asked over HTTP (extra `broker`): what is to be verified, and what was found.

Pact's own client publishes pacts (`publishing`). It has no command for the rest: its `get-pacts`
knows no selectors, and only its Verifier publishes results, which are its own then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.pact.verifying.selection import Selection

_HAL = "application/hal+json"
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a broker knows its users; never shown."""

    token: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def headers(self) -> dict[str, str]:
        """The header for a token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def auth(self) -> httpx.Auth | None:
        """A name and a password, where there is no token."""
        if self.token or not self.username:
            return None
        return httpx.BasicAuth(self.username, self.password)


@dataclass(frozen=True, slots=True)
class Offered:
    """A pact that the broker wants verified: why, and whether its failure counts."""

    content: Mapping[str, Any]
    notices: tuple[str, ...] = ()
    pending: bool = False
    wip: bool = False

    @property
    def consumer(self) -> str:
        """Who expects it."""
        return str(self.content["consumer"]["name"])

    @property
    def version(self) -> str | None:
        """The consumer's version that published it last, where the broker says so."""
        return _linked(self.content, "pb:consumer-version", "name")

    @property
    def url(self) -> str | None:
        """Where the broker has it."""
        return _linked(self.content, "self", "href")


class Broker:
    """The broker at a URL. Every failure is a `ConfigurationError` with one sentence."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            headers={"Accept": f"{_HAL}, application/json", **credentials.headers()},
            auth=credentials.auth(),
            timeout=_TIMEOUT,
            follow_redirects=True,
        )

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def index(self) -> Mapping[str, Any]:
        """What the broker can do: its links."""
        answer = self._send("GET", self.url + "/")
        document = self._demand(answer, "the index of a Pact Broker")
        links = document.get("_links")
        if not isinstance(links, dict) or not any(key.startswith("pb:") for key in links):
            raise self._wrong(
                "an answer without `pb:` links", "a Pact Broker", "check `--broker`", "broker-other"
            )
        return links

    def offered(self, provider: str, selection: Selection) -> tuple[Offered, ...]:
        """The pacts that are to be verified.

        Raises:
            ConfigurationError: the broker doesn't know the provider, or fails.
        """
        link = self.index().get("pb:provider-pacts-for-verification")
        if link is None:
            raise self._wrong(
                "no link `pb:provider-pacts-for-verification`",
                "a Pact Broker of version 2.54 or newer",
                "update the broker",
                "broker-old",
            )
        url = _expanded(link["href"], provider=provider)
        answer = self._send("POST", url, json=selection.body())
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise self._unknown_provider(provider)
        listed = self._demand(answer, f"the pacts of {provider}")
        pacts = listed.get("_embedded", {}).get("pacts", [])
        return tuple(self._offered(each) for each in pacts)

    def _offered(self, listed: Mapping[str, Any]) -> Offered:
        answer = self._send("GET", listed["_links"]["self"]["href"])
        content = self._demand(answer, "a pact")
        told = listed.get("verificationProperties") or {}
        texts = tuple(
            str(each.get("text", ""))
            for each in told.get("notices") or ()
            if each.get("when", "before_verification") == "before_verification"
        )
        return Offered(content, texts, bool(told.get("pending")), bool(told.get("wip")))

    def say_version(self, provider: str, version: str, branch: str, tags: tuple[str, ...]) -> None:
        """Tell of a version of a provider: its branch first, for results take it from there."""
        index = self.index()
        link = index.get("pb:pacticipant") or {"href": f"{self.url}/pacticipants/{{pacticipant}}"}
        answer = self._send("GET", _expanded(link["href"], pacticipant=provider))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise self._unknown_provider(provider)
        links = self._demand(answer, f"the pacticipant {provider}").get("_links", {})
        wanted = [("pb:branch-version", {"branch": branch})] if branch else []
        wanted += [("pb:version-tag", {"tag": tag}) for tag in tags]
        for rel, names in wanted:
            if rel not in links:
                found = f"no link `{rel}` of {provider}"
                raise self._wrong(found, "one", "update the broker", "broker-old")
            url = _expanded(links[rel]["href"], version=version, **names)
            self._demand(self._send("PUT", url, json={}), f"version {version} to be taken")

    def publish_results(self, content: Mapping[str, Any], results: Mapping[str, Any]) -> str | None:
        """Tell what was found of a pact that the broker gave; where that is now, if it says so."""
        link = (content.get("_links") or {}).get("pb:publish-verification-results")
        if link is None:
            raise self._wrong(
                "a pact without the link `pb:publish-verification-results`",
                "one that a broker gave",
                "fetch it again",
                "broker-no-link",
            )
        answer = self._send("POST", link["href"], json=results)
        return _linked(self._demand(answer, "the results to be taken"), "self", "href")

    def _send(self, method: str, url: str, **how: Any) -> httpx.Response:
        """An answer; credentials go to the broker's host only, wherever a link leads."""
        try:
            if httpx.URL(url).host != httpx.URL(self.url).host:
                found, expected = "a link to another host", "links to the broker"
                advice = "name the broker as its links do"
                raise self._wrong(found, expected, advice, "broker-other-host")
            return self._client.request(method, url, **how)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            found = f"no answer ({_first(str(error)) or type(error).__name__})"
            advice = "start it, or check `--broker`"
            raise self._wrong(found, "a Pact Broker", advice, "broker-down") from None

    def _demand(self, answer: httpx.Response, wanted: str) -> dict[str, Any]:
        """The answer's JSON.

        Raises:
            ConfigurationError: it is an error, or no JSON.
        """
        status = answer.status_code
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise self._wrong(
                f"the broker refuses access ({status})",
                "credentials that it takes",
                "set PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD",
                "broker-access",
            )
        if answer.is_error:
            found = f"{status} for {answer.request.method} {answer.url.path}: {_told(answer)}"
            raise self._wrong(found, wanted, "", "broker-refused")
        document = _json(answer)
        if not isinstance(document, dict):
            kind = answer.headers.get("content-type", "nothing")
            raise self._wrong(f"{kind}, no JSON", wanted, "check `--broker`", "broker-other")
        return document

    def _unknown_provider(self, provider: str) -> ConfigurationError:
        advice = "publish a pact with it first, or check the name"
        guess = nearest(provider, self._names())
        return self._wrong(
            f"no provider `{provider}`",
            "one that the broker knows",
            f"did you mean `{guess}`?" if guess else advice,
            "broker-provider",
        )

    def _names(self) -> list[str]:
        """The pacticipants that the broker tells of; none where it doesn't."""
        answer = self._send("GET", f"{self.url}/pacticipants")
        document = _json(answer) if answer.is_success else None
        listed = document.get("_embedded", {}) if isinstance(document, dict) else {}
        return [each["name"] for each in listed.get("pacticipants", []) if "name" in each]

    def _wrong(self, found: str, expected: str, advice: str, code: str) -> ConfigurationError:
        return ConfigurationError(Problem(Place(self.url), found, expected, advice, code))


def _expanded(template: str, **names: str) -> str:
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _linked(document: Mapping[str, Any], rel: str, key: str) -> str | None:
    """What a document's link says, where it has one."""
    links = document.get("_links")
    link = links.get(rel) if isinstance(links, dict) else None
    said = link.get(key) if isinstance(link, dict) else None
    return said if isinstance(said, str) else None


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return {}
    try:
        return answer.json()
    except ValueError:
        return None


def _told(answer: httpx.Response) -> str:
    """What a broker says of an error: its notices and errors, else the first line."""
    document = _json(answer)
    if not isinstance(document, dict):
        return _first(answer.text)
    notices = [str(each.get("text")) for each in document.get("notices") or ()]
    errors = document.get("errors") or document.get("error") or document.get("message") or ""
    return "; ".join(notices) or _first(str(errors)) or _first(answer.text)


def _first(text: str) -> str:
    return next((line.strip()[:300] for line in text.splitlines() if line.strip()), "")
