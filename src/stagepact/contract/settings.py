"""Settings that projects, commands and pytest are given alike: what they may be."""

from __future__ import annotations

import re
from collections.abc import Iterable

PACT_ENGINES = ("native", "official")
"""What verifies pacts: stagepact itself, or pact-python's Verifier."""


def base_urls_of(values: Iterable[str]) -> dict[str, str]:
    """By service, where it answers, of `NAME=URL`; of `URL` alone under "", for all others.

    Raises:
        ValueError: one of them is no URL.
    """
    urls = {}
    for value in values:
        name, equals, url = ("", "", value) if is_base_url(value) else value.partition("=")
        if not is_base_url(url) or (equals and not name):
            raise ValueError(f"{value!r} is no [NAME=]URL, such as http://127.0.0.1:8000")
        urls[name] = url
    return urls


def is_base_url(value: object) -> bool:
    """Whether a value is where a service may answer: http or https, and a host."""
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", value) is not None
