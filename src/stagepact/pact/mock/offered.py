"""A mock provider as consumers' tests hold it: every way to it, and what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from stagepact.pact.mock.answered import Answering
from stagepact.pact.mock.asgi import App
from stagepact.pact.mock.provider import Asked, Provider, complaints
from stagepact.pact.mock.redirected import redirected
from stagepact.pact.mock.sockets import serving
from stagepact.pact.model import Interaction, Request, Response

if TYPE_CHECKING:
    import httpx
    import requests


class NotAsPact(AssertionError):  # noqa: N818 - it says what the test's requests are
    """A consumer asked what its pact doesn't say, or never asked what it says."""


@dataclass
class Offered:
    """A provider for one test, which answers as a pact says.

    `expected` are the interactions of which each has to be asked; where there are none, any has.
    In process by default: `url` is known to httpx, requests and aiohttp only. With `served` it is
    a real port of this machine.
    """

    provider: Provider
    expected: Sequence[Interaction] = ()
    served: bool = False
    url: str = field(init=False, default="")
    _stack: ExitStack = field(init=False, default_factory=ExitStack, repr=False)
    _judged: bool = field(init=False, default=False, repr=False)

    def __post_init__(self) -> None:
        way = serving if self.served else redirected
        self.url = self._stack.enter_context(way(self.provider))
        if isinstance(self.provider.answers, Answering):
            self.provider.answers.url = self.url

    @cached_property
    def transport(self) -> httpx.BaseTransport | httpx.AsyncBaseTransport:
        """A transport for clients of httpx of both kinds."""
        late: Any = import_module("stagepact.pact.mock.httpx_transport")
        made: httpx.BaseTransport | httpx.AsyncBaseTransport = late.Transport(self.provider)
        return made

    @cached_property
    def client(self) -> httpx.Client:
        """A client of httpx, whose base URL is the provider's."""
        late: Any = import_module("httpx")
        made: httpx.Client = late.Client(transport=self.transport, base_url=self.url)
        self._stack.callback(made.close)
        return made

    @property
    def async_client(self) -> httpx.AsyncClient:
        """A new asynchronous client of httpx, whose base URL is the provider's."""
        late: Any = import_module("httpx")
        made: httpx.AsyncClient = late.AsyncClient(transport=self.transport, base_url=self.url)
        return made

    @cached_property
    def session(self) -> requests.Session:
        """A session of requests, which finds the provider at its URL."""
        adapter = import_module("stagepact.pact.mock.requests_adapter").Adapter(self.provider)
        made: requests.Session = import_module("requests").Session()
        made.mount(self.url, adapter)
        self._stack.callback(made.close)
        return made

    @cached_property
    def app(self) -> App:
        """The provider as an ASGI app."""
        return App(self.provider)

    @property
    def asked(self) -> Sequence[Asked]:
        """The requests that came so far."""
        return tuple(self.provider.asked)

    def answer(self, request: Request) -> Response:
        """What the provider says to a request, as plain values."""
        return self.provider.answer(request)

    def complaint(self) -> str:
        """What is wrong with what was asked; empty where nothing is."""
        told = list(complaints(self.provider, self.expected))
        if not self.expected and not self.provider.asked:
            told.append(f"{self.provider.name} was never asked anything")
        return "\n".join(told)

    def unmatched(self) -> str:
        """What is wrong with the requests that no interaction was; empty where there were none."""
        return "\n".join(complaints(self.provider, ()))

    def verify(self) -> None:
        """Hold what was asked against what was expected.

        Raises:
            NotAsPact: a request was no interaction, or an expected one was never asked.
        """
        __tracebackhide__ = True
        self._judged = True
        if told := self.complaint():
            raise NotAsPact(told)

    def close(self) -> None:
        """End it: its URL leads nowhere from now on."""
        self._stack.close()

    @property
    def judged(self) -> bool:
        """Whether what was asked was held against what was expected."""
        return self._judged

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        self.close()
        if error is None:
            self.verify()
            return
        self._judged = True
        if told := self.unmatched():
            error.add_note(told)
