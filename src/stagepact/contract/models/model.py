"""What all models of the language are: frozen, strict about keys, with short forms for editors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value that refuses keys it doesn't know."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )


def or_forms(*forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Let editors know the short forms of a key, which its validator makes long."""

    def extend(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [*schema["anyOf"], *forms]

    return extend


def or_each(*forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Let editors know the short forms of a mapping's values."""

    def extend(schema: dict[str, Any]) -> None:
        for key, values in schema.get("patternProperties", {}).items():
            schema["patternProperties"][key] = {"anyOf": [values, *forms]}
            schema["additionalProperties"] = False
        if isinstance(schema.get("additionalProperties"), dict):
            values = schema["additionalProperties"]
            schema["additionalProperties"] = {"anyOf": [values, *forms]}

    return extend


def or_word(word: str, *forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Let editors know the word, and the forms, that stand for a whole mapping."""

    def extend(schema: dict[str, Any]) -> None:
        told: dict[str, Any] = {}
        for key in ("title", "description", "default"):
            if key in schema:
                told[key] = schema.pop(key)
        mapping = dict(schema)
        schema.clear()
        schema.update(told, anyOf=[mapping, {"const": word}, *forms])

    return extend
