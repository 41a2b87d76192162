"""Templates of paths: the names in them, and what stands between. RFC 3986."""

from __future__ import annotations

import re
from functools import lru_cache

from stagepact.subject.model import Unfit

_CONVERTER = re.compile(r"\{([^{}:]+):[^{}]*\}")
_NAME = re.compile(r"\{([^{}]+)\}")


def plain_template(template: str) -> str:
    """`/files/{path}` of `/files/{path:path}`: a template without frameworks' converters."""
    return _CONVERTER.sub(r"{\1}", template)


def path_names(template: str) -> tuple[str, ...]:
    """The names in a path template, in order."""
    return tuple(_NAME.findall(plain_template(template)))


@lru_cache(maxsize=1024)
def segments(template: str) -> tuple[tuple[str, ...], ...]:
    """A template's segments, each split into literals (even places) and names (odd places)."""
    if not template.startswith("/"):
        raise Unfit(f"the path {template!r} doesn't start with a slash")
    return tuple(tuple(_NAME.split(part)) for part in plain_template(template).split("/"))
