"""An XML element, valid by its contract, as the JSON that would say the same: one table then reads both."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from lxml import etree


def as_json(node: etree._Element, lists: Set[str] = frozenset()) -> Any:
    """An element with children as an object, by local names; another one as its text, blanks alone as none.

    `lists`: names that may stand several times, and become lists. Of any other name the contract allows one.
    The node has no comments and instructions, as nothing has that was signed. Attributes say nothing.
    """
    children = list(node)
    if not children:
        return node.text if node.text and node.text.strip() else ""
    made: dict[str, Any] = {}
    for child in children:
        name = child.tag.rpartition("}")[2]
        value = as_json(child, lists)
        if name in lists:
            made.setdefault(name, []).append(value)
        else:
            made[name] = value
    return made
