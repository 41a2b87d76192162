"""The fixture `pact`: providers and messages of this project's pacts, for consumers' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

from stagepact.errors import ConfigurationError, Misuse, Place, Problem, nearest
from stagepact.pact.files import read_pact
from stagepact.pact.mock.answered import Answering
from stagepact.pact.mock.messages import OfferedMessage, message_of
from stagepact.pact.mock.offered import Offered
from stagepact.pact.mock.provider import Provider, http_of
from stagepact.pact.model import Interaction, Pact
from stagepact.plan.consumed import consumed_pacts


class Pacts:
    """Opens mock providers for a test, and holds what they were asked against the pacts."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Nothing is open yet."""
        self._root, self._folder = root, folder
        self._open: list[Offered] = []
        self._messages: list[OfferedMessage] = []

    def __call__(
        self, provider: str, *descriptions: str, consumer: str = "", served: bool = False
    ) -> Offered:
        """A mock of a provider, with all that pacts say of it, or the interactions that are named.

        Each that is named has to be asked; where none is, any has. It ends with its `with`
        block, or with the test.

        Raises:
            Misuse: no pact is with this provider, or none has such an interaction.
        """
        __tracebackhide__ = True
        return _told_here(
            lambda: self._offered(self._of(provider, consumer), descriptions, served=served)
        )

    def file(self, path: str | Path, *descriptions: str, served: bool = False) -> Offered:
        """The same of one pact file; its path is relative to the test's folder, or the root.

        Raises:
            Misuse: it can't be read, or has no such interaction.
        """
        __tracebackhide__ = True
        return _told_here(lambda: self._offered([self._read(path)], descriptions, served=served))

    def messages(self, provider: str, description: str, *, consumer: str = "") -> OfferedMessage:
        """A message that a provider sends, for the consumer's handler.

        `provider` may be the path of a pact file.

        Raises:
            Misuse: no pact is with this provider, or none has such a message.
        """
        __tracebackhide__ = True
        return _told_here(lambda: self._message(provider, description, consumer))

    def _message(self, provider: str, description: str, consumer: str) -> OfferedMessage:
        is_file = provider.endswith(".json")
        pacts = [self._read(provider)] if is_file else self._of(provider, consumer)
        made = {each.description: (each, got) for each in _all(pacts) if (got := message_of(each))}
        if description not in made:
            raise _unknown(pacts, "message", description, made)
        offered = OfferedMessage(*made[description])
        self._messages.append(offered)
        return offered

    def _offered(
        self, pacts: Sequence[Pact], descriptions: Sequence[str], *, served: bool
    ) -> Offered:
        known = [each for each in _all(pacts) if http_of(each)]
        chosen = [*_chosen(pacts, known, descriptions)] if descriptions else known
        if not chosen:
            raise _wrong(pacts[0].file, "no interaction over HTTP", "one", "see `pact.messages`")
        provider = Provider(pacts[0].provider, chosen, Answering())
        offered = Offered(provider, chosen if descriptions else (), served)
        self._open.append(offered)
        return offered

    def _read(self, path: str | Path) -> Pact:
        here = self._folder / path
        return read_pact(here if here.exists() else self._root / path)

    def _of(self, provider: str, consumer: str) -> Sequence[Pact]:
        known = consumed_pacts(self._root)
        found = [each for each in known if each.provider == provider]
        if not found:
            names = {each.provider: each for each in known}
            raise _none_with(provider, names)
        by = [each for each in found if not consumer or each.consumer == consumer]
        if not by:
            names = {each.consumer: each for each in found}
            raise _unknown(found, "consumer", consumer, names)
        return by

    def complaint(self) -> str:
        """What is wrong with all that was asked and not yet judged; empty where nothing is."""
        told = [each.complaint() for each in self._open if not each.judged]
        told += (
            f"the message {each.interaction.description!r} was never read; {each.interaction.place}"
            for each in self._messages
            if not each.used
        )
        return "\n".join(filter(None, told))

    def unmatched(self) -> str:
        """The requests that no interaction was; empty where there were none."""
        return "\n".join(
            each.unmatched() for each in self._open if not each.judged and each.unmatched()
        )

    def close(self) -> None:
        """End all that is open."""
        for each in reversed(self._open):
            each.close()


_T = TypeVar("_T")


def _told_here(ask: Callable[[], _T]) -> _T:
    """What a test asks for wrongly is told at the test's own line."""
    __tracebackhide__ = True
    try:
        return ask()
    except Misuse as error:
        raise error.with_traceback(None) from None


def _all(pacts: Sequence[Pact]) -> Iterator[Interaction]:
    return chain.from_iterable(pact.interactions for pact in pacts)


def _chosen(
    pacts: Sequence[Pact], known: Sequence[Interaction], descriptions: Sequence[str]
) -> Iterator[Interaction]:
    """The interactions of these descriptions, in their order; of one there may be several."""
    names = {each.description: each for each in known}
    for description in dict.fromkeys(descriptions):
        if description not in names:
            raise _unknown(pacts, "interaction", description, names)
        yield from (each for each in known if each.description == description)


def _unknown(
    pacts: Sequence[Pact], what: str, name: str, known: Mapping[str, object]
) -> ConfigurationError:
    guess = nearest(name, known)
    advice = f"did you mean {guess!r}?" if guess else "see `stagepact pact read`"
    expected = f"one of {', '.join(map(repr, known))}" if known else f"a pact with a {what}"
    files = ", ".join(pact.file for pact in pacts)
    return _wrong(files, f"no {what} {name!r}", expected, advice)


def _none_with(provider: str, known: Mapping[str, Pact]) -> ConfigurationError:
    guess = nearest(provider, known)
    expected = f"one of {', '.join(map(repr, known))}" if known else "a pact file in `pacts/`"
    advice = f"did you mean {guess!r}?" if guess else "`pact.file(path)` takes any pact file"
    return _wrong("pact", f"no pact with the provider {provider!r}", expected, advice)


def _wrong(place: str, found: str, expected: str, advice: str) -> ConfigurationError:
    return ConfigurationError(Problem(Place(place), found, expected, advice, "pact-fixture"))
