"""OGC Filter Encoding 2.0 (09-026r2), as far as the contract has it: PropertyIsEqualTo, or And of several.

The XML comes from outside: no document type, no entity, no network, nothing deep.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from lxml import etree

from mocks.urbis.reports import Report

FES = "http://www.opengis.net/fes/2.0"
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)")
_MOST = 8  # conditions of one filter


def conditions(text: str, attributes: Collection[str]) -> Mapping[str, str]:
    """Attribute -> the value that it must have. Raises Report."""
    root = _parsed(text)
    if root.tag != _fes("Filter") or len(root) != 1:
        raise _wrong("the root is not a Filter of version 2.0 with one operator in it")
    only = root[0]
    operators = list(only) if only.tag == _fes("And") else [only]
    if only.tag == _fes("And") and not 2 <= len(operators) <= _MOST:
        raise _wrong(f"And has 2 to {_MOST} operators")
    found: dict[str, str] = {}
    for operator in operators:
        name, value = _equal(operator)
        if name not in attributes:
            raise _wrong("a ValueReference names no attribute of the layer")
        if found.setdefault(name, value) != value:
            raise _wrong("one attribute is to have two values")
    return found


def _equal(operator: etree._Element) -> tuple[str, str]:
    names = [child.tag for child in operator]
    if operator.tag != _fes("PropertyIsEqualTo") or names != [_fes("ValueReference"), _fes("Literal")]:
        raise _wrong("an operator is not PropertyIsEqualTo of a ValueReference and a Literal")
    if any(len(child) or child.attrib for child in operator) or operator.attrib:
        raise _wrong("an operator has more in it than a name and a value")
    name, value = (child.text or "" for child in operator)
    return name.strip(), value


def _parsed(text: str) -> etree._Element:
    if _DECLARATION.search(text):
        raise _wrong("it has a document type or another declaration")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):  # an error of libxml2 quotes the document: it stays here
        raise _wrong("it is not well-formed XML") from None
    return root


def _fes(name: str) -> str:
    return f"{{{FES}}}{name}"


def _wrong(text: str) -> Report:
    return Report("InvalidParameterValue", "filter", text)
