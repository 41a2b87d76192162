"""HTML that can't be broken out of: text is escaped, and only markup is not."""

from __future__ import annotations

from html import escape

from stagepact.characters import printable

_VOID = frozenset({"input", "meta"})


class Markup(str):
    """Text that is HTML already; made by `tag` and `join` only, or a constant of ours."""

    __slots__ = ()


def text(content: str) -> Markup:
    """The content as HTML, whatever is in it."""
    return content if isinstance(content, Markup) else Markup(escape(printable(content)))


def join(*contents: str) -> Markup:
    """The contents one after the other, escaped unless they are markup."""
    return Markup("".join(map(text, contents)))


def tag(name: str, /, *contents: str, **attributes: str | bool) -> Markup:
    """An element; `class_` is the attribute `class`, and `aria_label` is `aria-label`.

    An attribute that is True is written without a value, one that is False isn't written.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value != "")
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*contents)}</{name}>")


def _attribute(key: str, value: str | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{escape(printable(value))}"'
