"""The engines that make values of a schema, by the names that contracts and options know."""

from __future__ import annotations

from typing import Literal, get_args

Engine = Literal["stagepact", "hypothesis-jsonschema"]
"""Ours, or the one that docs/decisions/0010 keeps as a second opinion."""

ENGINES: tuple[Engine, ...] = get_args(Engine)
