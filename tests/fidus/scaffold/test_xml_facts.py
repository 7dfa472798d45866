"""What two spellings of one schema, or two schemas, say."""

from __future__ import annotations

import pytest
from lxml import etree

from fidus.scaffold.compare import differences
from fidus.scaffold.xml_facts import facts_of

SCHEMA = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"
  elementFormDefault="qualified">
  <xs:element name="car" type="t:Car"/>
  <xs:complexType name="Car"><xs:annotation><xs:documentation>A car</xs:documentation></xs:annotation>
    <xs:sequence>
      <xs:element name="plate" type="xs:string"/>
      <xs:element name="norm" type="t:Norm" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:simpleType name="Norm"><xs:restriction base="xs:string">
    <xs:enumeration value="EURO5"/><xs:enumeration value="EURO6"/></xs:restriction></xs:simpleType>
</xs:schema>
"""


def told(text: str) -> list[str]:
    return [str(one) for one in differences(facts_of([root(SCHEMA)]), facts_of([root(text)]))]


def root(text: str) -> etree._Element:
    return etree.fromstring(text)


VALUES = '<xs:enumeration value="EURO5"/><xs:enumeration value="EURO6"/>'


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        pytest.param(("t:", ":t="), ("other:", ":other="), id="prefix"),
        pytest.param(("A car",), ("Ein Auto",), id="documentation"),
        pytest.param((VALUES,), (VALUES.replace("5", "7").replace("6", "5").replace("7", "6"),), id="order"),
        pytest.param((VALUES,), (VALUES.replace("><", ">  <!-- new -->  <"),), id="comment"),
    ],
)
def test_another_spelling_says_the_same(was: tuple[str, ...], becomes: tuple[str, ...]) -> None:
    other = SCHEMA
    for old, new in zip(was, becomes, strict=True):
        assert old in other
        other = other.replace(old, new)
    assert told(other) == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        pytest.param('minOccurs="0"', 'minOccurs="1"', "ours says `0`, the source `1`", id="occurs"),
        pytest.param(
            '<xs:enumeration value="EURO5"/>', "", "enumeration(EURO5): only ours has it", id="value"
        ),
        pytest.param('type="xs:string"', 'type="xs:token"', "XMLSchema}token`", id="type"),
        pytest.param("qualified", "unqualified", "elementFormDefault", id="form"),
        pytest.param('targetNamespace="urn:t"', 'targetNamespace="urn:u"', "{urn:u}", id="namespace"),
    ],
)
def test_a_change_is_told_by_its_place(was: str, becomes: str, says: str) -> None:
    assert any(says in line for line in told(SCHEMA.replace(was, becomes)))


def test_the_order_within_a_sequence_counts() -> None:
    lines = SCHEMA.splitlines()
    lines[6], lines[7] = lines[7], lines[6]
    assert len(told("\n".join(lines))) == 4


def test_where_a_service_listens_binds_nobody_but_its_operations_do() -> None:
    wsdl = """<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:t"
      xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
      <w:portType name="P"><w:operation name="ask"/></w:portType>
      <w:service name="S"><w:port name="P"><soap:address location="https://a/"/></w:port></w:service></w:definitions>"""
    ours = facts_of([root(wsdl)])
    assert facts_of([root(wsdl.replace("https://a/", "https://b/"))]) == ours
    (only,) = differences(ours, facts_of([root(wsdl.replace('<w:operation name="ask"/>', ""))]))
    assert str(only) == "{urn:t}wsdl:portType(P)/wsdl:operation(ask): only ours has it"
