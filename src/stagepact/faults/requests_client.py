"""Sessions of requests that fail on purpose: an adapter around the session's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError, ReadTimeoutError
from urllib3.util import Retry

from stagepact.contract.models.fault_terms import FaultType
from stagepact.faults.course import Arm
from stagepact.faults.exchange import (
    Answer,
    Ask,
    Effect,
    Own,
    Play,
    Read,
    Strike,
    Wait,
    done,
    exchange,
    strike,
)
from stagepact.faults.wire import Wire, refusing

_ERRORS: dict[FaultType, type[requests.RequestException]] = {
    FaultType.TIMEOUT: requests.ReadTimeout,
    FaultType.POOL_EXHAUSTED: requests.ConnectionError,
    FaultType.ERROR: requests.ConnectionError,
    FaultType.INTERMITTENT: requests.ConnectionError,
}


class FaultyAdapter(BaseAdapter):
    """An adapter whose requests may fail, around one that does the rest."""

    def __init__(self, adapter: BaseAdapter, arms: Sequence[Arm]) -> None:
        super().__init__()
        self._adapter, self._arms = adapter, arms

    def send(  # type: ignore[override]  # the rest of the arguments is the other adapter's
        self, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        """Send it, unless a fault strikes; then again, as the adapter's own `max_retries` say."""
        retries = getattr(self._adapter, "max_retries", None) or Retry(0, read=False)
        body, start = request.body, _position(request.body)
        while True:
            found = strike(self._arms, str(request.method).lower())
            if found is None:
                return self._adapter.send(request, **how)
            try:
                response = self._tried(found, request, how)
            except requests.RequestException as error:
                retries = _after_error(retries, request, error)
                retries.sleep()
            else:
                again = _after_answer(retries, request, response)
                if again is None:
                    return response
                retries = again
                retries.sleep(response.raw)
                response.close()
            if start is not None:
                body.seek(start)  # type: ignore[union-attr]  # what tells its place has one

    def _tried(
        self, found: Strike, request: requests.PreparedRequest, how: dict[str, Any]
    ) -> requests.Response:
        steps = exchange(found, _own(request, how.get("timeout")))
        made: requests.Response = done(steps, lambda each: self._do(each, request, found, how))
        return made

    def _do(
        self, effect: Effect, request: requests.PreparedRequest, found: Strike, how: dict[str, Any]
    ) -> Any:
        if isinstance(effect, Ask):
            return self._adapter.send(request, **how)
        if isinstance(effect, Read):
            with self._adapter.send(request, **how) as response:
                return _answer(response)
        if isinstance(effect, Wait):
            return found.arm.clock.wait(effect.seconds, found.arm.lifted)
        if isinstance(effect, Play):
            wire = Wire(effect.script, found.arm.clock, found.arm.lifted)
            return _played(request, wire, how)
        with refusing() as origin:
            return _sent(HTTPAdapter(), request, origin, how)

    def close(self) -> None:
        """Close what does the rest."""
        self._adapter.close()


def _position(body: Any) -> int | None:
    """Where a body begins that is read as it is sent."""
    return body.tell() if hasattr(body, "tell") and hasattr(body, "seek") else None


def _after_error(
    retries: Retry, request: requests.PreparedRequest, error: requests.RequestException
) -> Retry:
    """What is left of the retries; raises the error where none is."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if not isinstance(cause, HTTPError):
        cause = _as_urllib3(error)
    try:
        return retries.increment(request.method, request.url, error=cause)
    except HTTPError:
        raise error from None


def _as_urllib3(error: requests.RequestException) -> HTTPError:
    """What urllib3 would have raised for an error that only the wrapper raised."""
    if isinstance(error, requests.ReadTimeout):
        return ReadTimeoutError(None, "", str(error))  # type: ignore[arg-type]  # it has no pool
    return ProtocolError(str(error))


def _after_answer(
    retries: Retry, request: requests.PreparedRequest, response: requests.Response
) -> Retry | None:
    """What is left of the retries where an answer is to be asked for again; else nothing."""
    method = str(request.method)
    if not retries.is_retry(method, response.status_code, "retry-after" in response.headers):
        return None
    try:
        return retries.increment(method, request.url, response=response.raw)
    except MaxRetryError as error:
        if not retries.raise_on_status:
            return None
        response.close()
        raise requests.exceptions.RetryError(error, request=request) from None


def _own(request: requests.PreparedRequest, timeout: Any) -> Own:
    def making(error: type[requests.RequestException]) -> Callable[[str], BaseException]:
        return lambda message: error(message, request=request)

    read = timeout[1] if isinstance(timeout, tuple) else timeout
    patience = read if isinstance(read, int | float) else None
    return Own({kind: making(error) for kind, error in _ERRORS.items()}, patience)


def _answer(response: requests.Response) -> Answer:
    raw = response.raw.headers
    headers = list(raw.items()) if hasattr(raw, "items") else list(response.headers.items())
    method = str(response.request.method).lower()
    return Answer.of(response.status_code, headers, response.content, method)


def _played(
    request: requests.PreparedRequest, wire: Wire, how: dict[str, Any]
) -> requests.Response:
    adapter = HTTPAdapter()
    try:
        response = _sent(adapter, request, wire.origin, how)
    except BaseException:
        adapter.close()
        wire.close()
        raise
    close = response.close

    def closed() -> None:
        close()
        adapter.close()
        wire.close()

    response.close = closed  # type: ignore[method-assign]  # it ends with the wire
    if not how.get("stream"):
        try:
            _ = response.content
        finally:
            closed()
    return response


def _sent(
    adapter: HTTPAdapter, request: requests.PreparedRequest, origin: str, how: dict[str, Any]
) -> requests.Response:
    """The same request without its body, to another place, with the same time-outs."""
    elsewhere = request.copy()
    elsewhere.url = origin + request.path_url
    elsewhere.body = None
    for name in ("content-length", "transfer-encoding"):
        elsewhere.headers.pop(name, None)
    response = adapter.send(elsewhere, stream=how.get("stream", False), timeout=how.get("timeout"))
    response.url, response.request = str(request.url), request
    return response


def adapter_chooser(session: Any, own: Callable[..., Any], arms: Sequence[Arm]) -> Any:
    """What chooses a session's adapter by URL, and makes it one that may fail."""

    def chosen(url: Any) -> FaultyAdapter:
        return FaultyAdapter(own(url), arms)

    return chosen


SEAM = "get_adapter"
FAILING = adapter_chooser
