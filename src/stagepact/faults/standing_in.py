"""The base of what stands for a thing: wrapt's proxy, which has no parameter before wrapt 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt

__all__ = ["ObjectProxy"]

if TYPE_CHECKING:
    ObjectProxy = wrapt.ObjectProxy[Any]
else:
    ObjectProxy = wrapt.ObjectProxy
