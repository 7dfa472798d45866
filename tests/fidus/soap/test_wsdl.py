"""The WSDL: well-formed, complete, one operation a service, each element described in each language."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from fidus.services import load_services
from fidus.soap.names import NS, WSDL, XS, operation_name, q
from fidus.soap.wsdl import wsdl

SERVICES = load_services(Path(__file__).parents[3] / "adapters")
ROOT = etree.fromstring(wsdl(SERVICES.values(), "https://hub.example:8443"))


def test_it_names_every_service_once() -> None:
    names = [one.get("name") for one in ROOT.iterfind(f"{q(WSDL, 'portType')}/{q(WSDL, 'operation')}")]
    assert sorted(filter(None, names)) == sorted(map(operation_name, SERVICES))
    assert len(set(names)) == len(SERVICES)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("national-register/address", "nationalRegisterAddress"),
        ("div/emission-norm", "divEmissionNorm"),
        ("national-register/ssin-history", "nationalRegisterSsinHistory"),
    ],
)
def test_names_of_operations(service: str, name: str) -> None:
    assert operation_name(service) == name


def test_its_schema_is_one() -> None:
    schema = ROOT.find(f"{q(WSDL, 'types')}/{q(XS, 'schema')}")
    assert schema is not None
    etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


def test_every_message_has_one_part_and_its_element() -> None:
    """WS-I Basic Profile 1.1, R2204 and R2210: document/literal names elements, at most one."""
    elements = {one.get("name") for one in ROOT.iterfind(f".//{q(XS, 'schema')}/{q(XS, 'element')}")}
    messages = ROOT.findall(q(WSDL, "message"))
    assert len(messages) == 2 * len(SERVICES) + 1
    for message in messages:
        (part,) = message
        assert str(part.get("element")).removeprefix("tns:") in elements
        assert part.get("type") is None


def test_it_says_where_to_ask() -> None:
    (address,) = ROOT.iterfind(f".//{q(WSDL, 'port')}/*")
    assert address.get("location") == "https://hub.example:8443/soap/v1"
    assert ROOT.get("targetNamespace") == NS


def test_what_an_answer_holds_is_told_in_four_languages() -> None:
    (response,) = ROOT.iterfind(f".//{q(XS, 'element')}[@name='nationalRegisterAddressResponse']")
    street = response.find(f".//{q(XS, 'element')}[@name='street']")
    assert street is not None
    told = [one.text for one in street.iterfind(f"{q(XS, 'annotation')}/{q(XS, 'documentation')}")]
    assert told == ["Rue", "Straat", "Straße", "Street"]
