"""Between XML and the JSON of the REST interface, led by one schema in both directions. Pure.

A question becomes the JSON text that REST would take, faults included: an element that comes twice becomes a
name that stands twice, one that nobody knows a member that nobody knows. So one parser judges both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from fidus.soap.names import NS, XSI, element, q

# Type of a schema -> what XML Schema writes for it that is a number in JSON as it stands.
_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = {
    "integer": re.compile(r"-?[0-9]{1,16}"),
    "number": re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,16})?"),
}
_NIL: Final = q(XSI, "nil")
_ANY: Final[Mapping[str, Any]] = {"type": "string"}


def to_json(node: etree._Element, schema: Mapping[str, Any]) -> str:
    """JSON text of an element. Blanks around text stay; what is nil is null."""
    if node.get(_NIL) in ("true", "1"):
        return "null"
    attributes = _attributes(node)
    members = [*attributes, *_children(node, schema)]
    if members or schema.get("type") == "object":
        if not attributes and node.text and node.text.strip():
            return json.dumps(node.text)  # text among elements is nothing that any schema has
        return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}"
    text = node.text or ""
    number = _NUMBERS.get(schema.get("type", ""))
    return text.strip() if number is not None and number.fullmatch(text.strip()) else json.dumps(text)


def _attributes(node: etree._Element) -> list[tuple[str, str]]:
    """No element of ours has attributes; what XML Schema itself knows says nothing here."""
    return [
        (f"@{etree.QName(name).localname}", json.dumps(value))
        for name, value in node.attrib.items()
        if etree.QName(name).namespace != XSI
    ]


def _children(node: etree._Element, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Members in their order. Elements of a list are one member, at the place of the first."""
    known = schema.get("properties", {})
    found: list[tuple[str, str]] = []
    lists: dict[str, list[str]] = {}
    for child in node:
        name = own_name(child)
        shape = known.get(name, _ANY)
        if shape.get("type") != "array":
            found.append((name, to_json(child, shape)))
            continue
        if name not in lists:
            found.append((name, ""))
        lists.setdefault(name, []).append(to_json(child, shape["items"]))
    return [(name, f"[{','.join(lists[name])}]" if name in lists else value) for name, value in found]


def own_name(node: etree._Element) -> str:
    """The name of an element of ours; of another's the whole, which is no name that is known."""
    name = etree.QName(node)
    return name.localname if name.namespace == NS else str(name.text)


def add_xml(parent: etree._Element, name: str, value: Any, schema: Mapping[str, Any]) -> None:
    """Put a JSON value below `parent`, members in the schema's order. Raises KeyError for a member that the
    schema does not have: a bug."""
    if isinstance(value, list | tuple):
        for item in value:
            add_xml(parent, name, item, schema["items"])
    elif isinstance(value, Mapping):
        made = element(parent, name)
        unknown = value.keys() - schema["properties"].keys()
        if unknown:
            raise KeyError(f"{name} has {len(unknown)} members that its schema does not have")
        for member, shape in schema["properties"].items():
            if member in value:
                add_xml(made, member, value[member], shape)
    else:
        element(parent, name, _written(value))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"  # xs:decimal has no exponent
    return value if isinstance(value, str) else repr(value)
