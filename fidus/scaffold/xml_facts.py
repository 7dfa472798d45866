"""What a contract in WSDL 1.1 and XML Schema says, as one flat table, so that two of them can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
_NAMES: Final = {XSD: "xs", WSDL: "wsdl", "http://schemas.xmlsoap.org/wsdl/soap/": "soap"}
# Where documents lie and what they tell people binds nobody.
_SAYS_NOTHING: Final = {
    f"{{{XSD}}}annotation",
    f"{{{XSD}}}import",
    f"{{{XSD}}}include",
    f"{{{WSDL}}}documentation",
    f"{{{WSDL}}}import",
    "{http://schemas.xmlsoap.org/wsdl/soap/}address",
}
_QUALIFIED: Final = {"type", "ref", "base", "element", "message", "binding", "itemType", "substitutionGroup"}
_LOCAL: Final = {"elementFormDefault", "attributeFormDefault"}  # of a document, said anew at each element


def facts_of(roots: Iterable[etree._Element]) -> dict[str, str]:
    """Every declaration by its path, with what it says: names are given with their namespace.

    The same schema told in two documents, in another order of its declarations or with other prefixes, says
    the same. The order within a sequence counts.
    """
    facts: dict[str, str] = {}
    for root in roots:
        for top in _tops(root):
            space = top.get("targetNamespace") or ""
            facts |= {f"{{{space}}}/@{name}": str(top.get(name)) for name in _LOCAL if top.get(name)}
            for child in _children(top):
                facts |= _facts(child, f"{{{space}}}{_step(child, None)}")
    return facts


def _tops(root: etree._Element) -> Iterator[etree._Element]:
    """The schemas and definitions of a document that hold declarations of their own."""
    if root.tag == f"{{{WSDL}}}definitions":
        yield root
    yield from root.iter(f"{{{XSD}}}schema")


def _children(node: etree._Element) -> Iterator[etree._Element]:
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _SAYS_NOTHING and child.tag != f"{{{WSDL}}}types":
            yield child


def _facts(node: etree._Element, path: str) -> dict[str, str]:
    facts = {path: ""}
    said = ((str(name), str(value)) for name, value in node.attrib.items())
    facts |= {f"{path}/@{name}": _value(node, name, value) for name, value in said}
    counts: Counter[str] = Counter()
    for place, child in enumerate(_children(node)):
        step = _step(child, place if node.tag == f"{{{XSD}}}sequence" else None)
        counts[step] += 1
        facts |= _facts(child, f"{path}/{step}" + (f"[{counts[step]}]" if counts[step] > 1 else ""))
    return facts


def _step(node: etree._Element, place: int | None) -> str:
    """One step of a path: the element, and what tells it from its brothers."""
    name = etree.QName(node)
    space = name.namespace or ""
    tag = f"{_NAMES.get(space, space)}:{name.localname}"
    own = str(node.get("name") or node.get("value") or node.get("ref") or "")
    ordered = "" if place is None else f"#{place + 1}"
    return f"{tag}{ordered}" + (f"({own.rpartition(':')[2]})" if own else "")


def _value(node: etree._Element, name: str, value: str) -> str:
    """An attribute's value; a name that has a prefix is told with its namespace."""
    if name not in _QUALIFIED:
        return " ".join(value.split())
    prefix, _, local = value.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None, '')}}}{local}"
