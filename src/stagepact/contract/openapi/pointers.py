"""The tree of an OpenAPI document: what a reference leads to, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from stagepact.errors import nearest

Pointer = tuple[str | int, ...]


class Broken(Exception):  # noqa: N818 - it says what a part is
    """A part of the document can't be used: where, what was found, what was expected."""

    def __init__(
        self, pointer: Pointer, found: str, expected: str, advice: str = "", code: str = "openapi"
    ) -> None:
        super().__init__(found)
        self.pointer, self.found, self.expected = pointer, found, expected
        self.advice, self.code = advice, code


def fragment(pointer: Pointer) -> str:
    """`#/paths/~1orders/get`, as URIs write it."""
    return "#" + "".join(f"/{escaped(str(step))}" for step in pointer)


def escaped(step: str) -> str:
    """A step of a JSON Pointer in a URI's fragment."""
    return quote(step.replace("~", "~0").replace("/", "~1"), safe="~{}")


def steps(reference: str) -> Pointer:
    """The steps of `#/a/b`."""
    raw = unquote(reference.partition("#")[2])
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in raw.split("/")[1:])


@dataclass(frozen=True, slots=True)
class Tree:
    """A document's value, in which references are looked up."""

    root: Mapping[str, Any]

    def followed(self, value: Any, pointer: Pointer) -> tuple[Mapping[str, Any], Pointer]:
        """What an object is, or what its `$ref` leads to, and where that stands.

        Raises:
            Broken: it leads nowhere, out of the document, or around in a circle.
        """
        seen: list[str] = []
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            reference = value["$ref"]
            at = (*pointer, "$ref")
            if reference in seen:
                told = " → ".join([*seen, reference])
                raise Broken(at, f"the references {told}, which go in a circle", "an object")
            seen.append(reference)
            value, pointer = self.at(reference, at)
        if not isinstance(value, dict):
            raise Broken(pointer, f"{_kind(value)}", "an object")
        return value, pointer

    def at(self, reference: str, where: Pointer) -> tuple[Any, Pointer]:
        """What a reference leads to.

        Raises:
            Broken: it leads nowhere, or out of the document.
        """
        if not (reference == "#" or reference.startswith("#/")):
            raise Broken(
                where,
                f"the reference {reference!r}, which leads out of the document",
                "a reference that begins with #/",
                "bundle the document into one file; nothing is fetched",
                "external-reference",
            )
        value: Any = self.root
        found: Pointer = ()
        for step in steps(reference):
            here = _member(value, str(step))
            if here is None:
                names = [str(each) for each in value] if isinstance(value, dict) else []
                guess = nearest(str(step), names)
                advice = f"did you mean {fragment((*found, guess))!r}?" if guess else ""
                raise Broken(
                    where,
                    f"the reference {reference!r}: there is no {step!r}",
                    "a place in the document",
                    advice or "write it, or correct the reference",
                    "dangling-reference",
                )
            key, value = here
            found = (*found, key)
        return value, found


def _member(value: Any, step: str) -> tuple[str | int, Any] | None:
    if isinstance(value, dict):
        if step in value:
            return step, value[step]
        return next(((key, each) for key, each in value.items() if str(key) == step), None)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return int(step), value[int(step)]
    return None


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return "nothing" if value is None else names.get(type(value), "a number")


def mapping(value: Any, pointer: Pointer, key: str) -> tuple[Mapping[str, Any], Pointer]:
    """A member that is an object, or nothing there.

    Raises:
        Broken: it is something else.
    """
    found = value.get(key)
    if found is None:
        return {}, (*pointer, key)
    if not isinstance(found, dict):
        raise Broken((*pointer, key), f"{_kind(found)}", f"an object as {key}")
    return found, (*pointer, key)


def listed(value: Any, pointer: Pointer, key: str) -> list[tuple[Any, Pointer]]:
    """The items of a member that is a list, with their places; none where there is none.

    Raises:
        Broken: it is something else.
    """
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Broken((*pointer, key), f"{_kind(found)}", f"a list as {key}")
    return [(each, (*pointer, key, index)) for index, each in enumerate(found)]
