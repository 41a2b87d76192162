"""A mock provider as an adapter of requests."""

from __future__ import annotations

from http.client import HTTPMessage, responses
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict

from stagepact.pact.mock.provider import Provider
from stagepact.pact.mock.wire import Sent, request_of, sent


class Adapter(BaseAdapter):
    """Sends no request anywhere: a provider answers."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider

    def send(  # type: ignore[override]  # how it would be sent doesn't matter
        self, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        """The provider's answer."""
        return answered(self._provider, request)

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _Original:
    """What requests reads cookies of."""

    def __init__(self, made: Sent) -> None:
        self.msg = HTTPMessage()
        for name, text in made.headers:
            self.msg.add_header(name, text)

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


def answered(provider: Provider, request: requests.PreparedRequest) -> requests.Response:
    """What a provider says to a request."""
    method = str(request.method)
    headers = [(str(name), _text(value)) for name, value in request.headers.items()]
    asked = request_of(method, request.path_url, headers, _data(request.body))
    made = sent(provider.answer(asked), bare=method == "HEAD")
    raw = HTTPResponse(
        body=BytesIO(made.data),
        headers=HTTPHeaderDict(made.headers),
        status=made.status,
        reason=responses.get(made.status, ""),
        preload_content=False,
        original_response=_Original(made),  # type: ignore[arg-type]  # only its headers are read
    )
    return HTTPAdapter().build_response(request, raw)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _data(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)
