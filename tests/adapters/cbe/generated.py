"""Whatever the contract's schemas allow: messages made by chance from the XSD files themselves."""

from __future__ import annotations

from functools import cache
from random import Random

from lxml import etree

from adapters._lib.kbo import DAT
from adapters.cbe.mapping import MES
from tests.adapters.cbe.samples import CONTRACT, ENTERPRISE, FIRST_PLACE, OTHER, SECOND_PLACE
from tests.adapters.national_register.elements import XS

NAMESPACES = {"datamodel": DAT, "messages": MES}
MOST = 2  # of what may come any number of times
TEXT = ["x", " ", "  a  ", "Éàß", "&<>\"'", "]]>", "\u202eΩ", "0" * 10]
DAYS = ["2019-02-03", "2026-03-01", "2031-02-28", "0001-01-01", "9999-12-31", "2020-01-01Z"]
SIMPLE = {
    "xs:string": ["", *TEXT],
    "xs:date": [*DAYS * 9, "2020-02-29+14:00", "12000-01-01", "-0044-03-15"],
    "xs:integer": ["0", "-1", "12", "9" * 30],
    "xs:decimal": ["0", "-0.1", "18550.00"],
    # Of numbers, both what is one by its check digits and what only the pattern allows.
    "EnterpriseNumberType": [ENTERPRISE] * 15 + [OTHER] * 4 + ["0999000328"],
    "EstablishmentNumberType": [FIRST_PLACE] * 9 + [SECOND_PLACE] * 9 + ["8999000005"],
    "CodeValueType": ["1", "2", "AC", "000", "10002", "001", *TEXT],
}


@cache
def roots() -> dict[str, etree._Element]:
    return {name: etree.parse(CONTRACT / f"{name}.xsd").getroot() for name in NAMESPACES}


@cache
def named(kind: str, name: str) -> tuple[etree._Element, str] | None:
    """A global element or type, by its name without prefix, and the namespace of its parts."""
    for file, root in roots().items():
        found = root.find(f"{XS}{kind}[@name='{name}']")
        if found is not None:
            return found, NAMESPACES[file]
    return None


def text(node: etree._Element, random: Random) -> str:
    """Of a simple type."""
    values = [str(one.get("value")) for one in node.iter(f"{XS}enumeration")]
    return random.choice(values or SIMPLE.get(str(node.get("name")), TEXT))


def parts(node: etree._Element, namespace: str, random: Random) -> list[etree._Element]:
    """The children that a type or group allows, in order."""
    extension = node.find(f"{XS}complexContent/{XS}extension")
    if extension is not None:
        base = named("complexType", str(extension.get("base")))
        assert base is not None
        return [*parts(*base, random), *parts(extension, namespace, random)]
    if node.tag == f"{XS}choice":
        return some(random.choice(list(node)), namespace, random)
    sequence = node if node.tag == f"{XS}sequence" else node.find(f"{XS}sequence")
    assert sequence is not None
    return [made for child in sequence for made in some(child, namespace, random)]


def some(node: etree._Element, namespace: str, random: Random) -> list[etree._Element]:
    """One element of a sequence, as often as it may come."""
    if node.tag != f"{XS}element":
        return parts(node, namespace, random)
    least, most = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
    top = MOST if most == "unbounded" else min(MOST, int(most))
    return [element(node, namespace, random) for _ in range(random.randint(least, top))]


def element(node: etree._Element, namespace: str, random: Random) -> etree._Element:
    """An element as declared here, or globally where it is a reference."""
    reference = named("element", str(node.get("ref")).rpartition(":")[2])
    if reference is not None:
        node, namespace = reference
    made = etree.Element(f"{{{namespace}}}{node.get('name')}")
    type_, own = node.get("type", ""), node.find(f"{XS}complexType")
    complex_ = named("complexType", type_.rpartition(":")[2])
    simple = named("simpleType", type_.rpartition(":")[2])
    if own is not None:
        made.extend(parts(own, namespace, random))
    elif complex_ is not None:
        made.extend(parts(*complex_, random))
    else:
        made.text = (
            random.choice(SIMPLE[type_]) if type_ in SIMPLE else text(simple[0] if simple else node, random)
        )
    return made


def message(name: str, random: Random) -> etree._Element:
    """A message of this name, valid by the schema."""
    found = named("element", name)
    assert found is not None
    return element(*found, random)
