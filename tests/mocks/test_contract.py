"""The contract's files: they belong together, and what the mock says is also valid by the real schemas."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from mocks.places import CONTRACT
from mocks.population import population

ROOT = CONTRACT.parent.parent
REAL = Path(os.environ.get("FIDUS_REAL_CONTRACTS", ROOT.parent / "shared" / "contracts-seen"))
XS = {"xs": "http://www.w3.org/2001/XMLSchema", "wsdl": "http://schemas.xmlsoap.org/wsdl/"}
TYPES = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """The real schema, its SSIN widened to eleven digits, as its own patterns refuse synthetic numbers."""
    source = REAL / "bcss" / "XSD" / "be"
    if not source.is_dir():
        pytest.skip("the real schemas are not at hand (FIDUS_REAL_CONTRACTS names their folder)")
    copied = tmp_path_factory.mktemp("real") / "be"
    shutil.copytree(source, copied, copy_function=shutil.copyfile)
    for folder in (copied, *(one for one in copied.rglob("*") if one.is_dir())):
        folder.chmod(0o755)
    common = copied / "fgov" / "kszbcss" / "types" / "common" / "CommonV3.xsd"
    tree = etree.parse(common)
    (ssin,) = tree.iterfind("xs:simpleType[@name='SsinType']/xs:restriction", XS)
    for pattern in list(ssin):
        ssin.remove(pattern)
    etree.SubElement(ssin, f"{TYPES}pattern", value=r"\d{11}")
    tree.write(common)
    service = copied / "fgov" / "kszbcss" / "intf" / "RetrieveTIGroupsService"
    inline = etree.parse(service / "RetrieveTIGroupsV2.wsdl").find(".//xs:schema", XS)
    assert inline is not None
    (service / "inline.xsd").write_bytes(etree.tostring(inline))
    return etree.XMLSchema(etree.parse(service / "inline.xsd"))


def content(raw: bytes) -> etree._Element:
    body = etree.fromstring(raw).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
    assert body is not None
    return next(iter(body.iterchildren("*")))


@pytest.mark.parametrize("history", [False, True], ids=["today", "history"])
@pytest.mark.parametrize("case", sorted(population().cases))
def test_question_and_answer_are_valid_by_the_real_schema(
    mock: Any, real: etree.XMLSchema, case: str, history: bool
) -> None:
    question = mock.question(mock.people.number(case), history=history, language="nl").bytes()
    real.assertValid(content(question))
    real.assertValid(content(mock.post(question).body))


def test_households_are_valid_by_the_real_schema(mock: Any, real: etree.XMLSchema) -> None:
    numbers = [one["ssin"] for one in mock.people.subjects() if "case" not in one][:40]
    for number in numbers:
        real.assertValid(content(mock.ask(number, history=True).body))


def test_a_fault_is_valid_by_the_real_schema(mock: Any, real: etree.XMLSchema) -> None:
    mock.misbehave(kind="soapFault")
    detail = mock.ask(mock.people.number("noBox")).root.find(".//detail/*")
    real.assertValid(detail)


def test_the_wsdl_and_the_schemas_belong_together() -> None:
    tree = etree.parse(CONTRACT / "RetrieveTIGroupsV2.wsdl")
    (imported,) = tree.iterfind(".//xs:import", XS)
    schema = etree.parse(CONTRACT / str(imported.get("schemaLocation")))
    assert schema.getroot().get("targetNamespace") == imported.get("namespace")
    elements = {one.get("name") for one in schema.iterfind("xs:element", XS)}
    assert {
        str(part.get("element")).removeprefix("tns:") for part in tree.iterfind(".//wsdl:part", XS)
    } == elements
    etree.XMLSchema(schema)


def test_every_file_of_the_contract_is_explained() -> None:
    explained = (CONTRACT / "SOURCE.md").read_text(encoding="utf-8")
    assert [file.name for file in CONTRACT.iterdir() if f"`{file.name}`" not in explained] == ["SOURCE.md"]


def test_the_information_types_that_are_explained_are_those_described() -> None:
    explained = (CONTRACT / "SOURCE.md").read_text(encoding="utf-8")
    sentence = explained[explained.index("Only these information types") :].split(".")[0]
    described = {
        str(one.get("name")).removeprefix("IT")
        for one in etree.parse(CONTRACT / "rn25.xsd").iterfind("xs:complexType", XS)
        if re.fullmatch(r"IT\d{3}", str(one.get("name")))
    }
    assert set(re.findall(r"\d{3}", sentence)) == described
