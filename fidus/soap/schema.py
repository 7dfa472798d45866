"""From JSON Schema to XML Schema 1.0, so that the two interfaces cannot tell different things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from fidus.soap.names import XML, XS, q

_PLAIN: Final[Mapping[str, str]] = {
    "string": "xs:string",
    "integer": "xs:integer",
    "number": "xs:decimal",
    "boolean": "xs:boolean",
}


def add_element(
    parent: etree._Element, name: str, schema: Mapping[str, Any], *, required: bool = True
) -> None:
    """`xs:element` of this name and shape. An array is a repeated element; what is not required may be left
    out. Members stand in the schema's order."""
    made = etree.SubElement(parent, q(XS, "element"), name=name)
    if schema.get("type") == "array":
        made.set("minOccurs", "0")
        made.set("maxOccurs", "unbounded")
        titled = schema
        schema = {**schema["items"], **{key: titled[key] for key in ("x-titles",) if key in titled}}
    elif not required:
        made.set("minOccurs", "0")
    _document(made, schema)
    if schema["type"] == "object":
        _complex(made, schema)
    elif "pattern" in schema or "enum" in schema or "maxLength" in schema:
        _restricted(made, schema)
    else:
        made.set("type", _PLAIN[schema["type"]])


def _complex(element: etree._Element, schema: Mapping[str, Any]) -> None:
    sequence = etree.SubElement(etree.SubElement(element, q(XS, "complexType")), q(XS, "sequence"))
    needed = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        add_element(sequence, name, member, required=name in needed)


def _restricted(element: etree._Element, schema: Mapping[str, Any]) -> None:
    simple = etree.SubElement(element, q(XS, "simpleType"))
    restriction = etree.SubElement(simple, q(XS, "restriction"), base=_PLAIN[schema["type"]])
    for word in schema.get("enum", ()):
        etree.SubElement(restriction, q(XS, "enumeration"), value=word)
    if "pattern" in schema:
        pattern = schema["pattern"].removeprefix("^").removesuffix("$")  # XML Schema always means the whole
        etree.SubElement(restriction, q(XS, "pattern"), value=pattern)
    for facet in ("minLength", "maxLength"):
        if facet in schema:
            etree.SubElement(restriction, q(XS, facet), value=str(schema[facet]))


def _document(element: etree._Element, schema: Mapping[str, Any]) -> None:
    """Titles in each language, or a description in English."""
    told = schema.get("x-titles") or ({"en": schema["description"]} if "description" in schema else {})
    if told:
        annotation = etree.SubElement(element, q(XS, "annotation"))
        for language, text in told.items():
            one = etree.SubElement(annotation, q(XS, "documentation"))
            one.set(q(XML, "lang"), language)
            one.text = text
