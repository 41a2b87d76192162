"""A YAML example in few lines: what fits on one is written in flow style, and means the same."""

from __future__ import annotations

import yaml

# Beyond this nobody reads it in a terminal, and composing it takes long.
_LARGEST = 20_000
_UNFOLDED = 1_000_000


def compact(text: str, width: int) -> str:
    """The example with each collection on one line that has room for it there.

    What is no YAML (or is large, or nested beyond reason) comes back as it was.
    """
    if len(text) > _LARGEST:
        return text
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return text
        if isinstance(node, yaml.SequenceNode) and node.value:
            _unfold(node, width, set())  # its entries are pasted after others
        else:
            _fold(node, width, 0, set())
        return _written(node)
    except (yaml.YAMLError, RecursionError, ValueError):
        return text


def _fold(node: yaml.Node, room: int, taken: int, seen: set[int]) -> None:
    """Choose the style of a node that begins after `taken` columns of a line.

    What YAML aliases is one node in several places: the first one decides.
    """
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    node.flow_style = True
    if taken + len(_written(node)) <= room:
        return
    _unfold(node, room - 2 if taken and isinstance(node, yaml.MappingNode) else room, seen)


def _unfold(node: yaml.CollectionNode, room: int, seen: set[int]) -> None:
    seen.add(id(node))
    node.flow_style = False
    for each in node.value:
        if isinstance(node, yaml.MappingNode):
            key, value = each
            _fold(value, room, len(_written(key)) + 2, seen)
        else:
            _fold(each, room - 2, 0, seen)


def _written(node: yaml.Node) -> str:
    text: str = yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=True, width=_UNFOLDED)
    return text.removesuffix("\n").removesuffix("\n...")
