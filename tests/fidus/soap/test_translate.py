"""XML becomes the JSON that REST would take, with all its faults; JSON becomes XML that the schema takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from fidus.errors import RequestInvalid
from fidus.soap.names import NS, XS, q
from fidus.soap.schema import add_element
from fidus.soap.translate import add_xml, to_json
from fidus.strictjson import loads

TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ssin": TEXT,
        "years": {"type": "integer"},
        "metres": {"type": "number"},
        "inner": {"type": "object", "properties": {"text": TEXT}},
        "select": {"type": "array", "items": TEXT},
    },
}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def read(content: str) -> Any:
    return loads(to_json(etree.fromstring(f'<r xmlns="{NS}" {XSI}>{content}</r>'), SCHEMA).encode())


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("", {}),
        ("<ssin>07</ssin>", {"ssin": "07"}),
        ("<ssin> 07 </ssin>", {"ssin": " 07 "}),
        ("<ssin/>", {"ssin": ""}),
        ("<years> 3 </years>", {"years": 3}),
        ("<years>three</years>", {"years": "three"}),
        ("<years>99999999999999999</years>", {"years": "99999999999999999"}),
        ("<metres> 141039.25 </metres>", {"metres": 141039.25}),
        ("<metres>-3</metres>", {"metres": -3}),
        ("<metres>1e3</metres>", {"metres": "1e3"}),
        ("<metres>.5</metres>", {"metres": ".5"}),
        ("<inner><text>é</text></inner>", {"inner": {"text": "é"}}),
        ("<inner/>", {"inner": {}}),
        ("<select>a</select><ssin>1</ssin><select>b</select>", {"select": ["a", "b"], "ssin": "1"}),
        ("<select/>", {"select": [""]}),
        ("<inner>text</inner>", {"inner": "text"}),
        ("<inner>text<text>x</text></inner>", {"inner": "text"}),
        ('<ssin xsi:nil="true"/>', {"ssin": None}),
        ('<ssin xsi:type="x">1</ssin>', {"ssin": "1"}),
        ('<ssin id="x">1</ssin>', {"ssin": {"@id": "x"}}),
        ("<other>1</other>", {"other": "1"}),
        ('<ssin xmlns="urn:other">1</ssin>', {"{urn:other}ssin": "1"}),
    ],
)
def test_xml_becomes_json(content: str, value: Any) -> None:
    assert read(content) == value


def test_an_element_that_comes_twice_is_a_name_that_stands_twice() -> None:
    with pytest.raises(RequestInvalid) as error:
        read("<ssin>1</ssin><ssin>2</ssin>")
    assert [issue.name for issue in error.value.issues] == ["ssin"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=50))
def test_any_text_survives(text: str) -> None:
    node = etree.Element(q(NS, "r"))
    etree.SubElement(node, q(NS, "ssin")).text = text
    assert loads(to_json(node, SCHEMA).encode()) == {"ssin": text}


ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["found"],
    "properties": {
        "found": {"type": "boolean"},
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": TEXT, "n": {"type": "integer"}}},
        },
        "names": {"type": "array", "items": TEXT, "x-titles": {"fr": "Noms", "en": "Names"}},
        "ratio": {"type": "number"},
        "word": {"type": "string", "enum": ["yes", "no"]},
        "plate": {"type": "string", "pattern": "^[A-Z]{1,3}$", "description": "A plate."},
    },
}


def valid(root: etree._Element) -> bool:
    schema = etree.Element(
        q(XS, "schema"), nsmap={"xs": XS}, targetNamespace=NS, elementFormDefault="qualified"
    )
    add_element(schema, "r", ANSWER)
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema))).validate(root)


def written(value: dict[str, Any]) -> etree._Element:
    parent = etree.Element("parent")
    add_xml(parent, "r", value, ANSWER)
    return etree.fromstring(etree.tostring(parent[0]))


def test_json_becomes_xml_in_the_order_of_the_schema() -> None:
    root = written({"names": ["x", "y"], "found": True, "rows": [{"n": -2, "a": "é"}, {}], "ratio": 0.5})
    assert [etree.QName(one).localname for one in root] == [
        "found",
        "rows",
        "rows",
        "names",
        "names",
        "ratio",
    ]
    assert [one.text for one in root if not len(one)] == ["true", None, "x", "y", "0.5"]
    assert [one.text for one in root[1]] == ["é", "-2"]
    assert valid(root)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_as_xml_schema_has_it(number: float) -> None:
    root = written({"found": True, "ratio": number})
    assert valid(root)
    assert float(root[-1].text or "") == number


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ({"found": False}, True),
        ({"found": False, "word": "yes", "plate": "ABC"}, True),
        ({"found": False, "word": "perhaps"}, False),
        ({"found": False, "plate": "ABCD"}, False),
        ({}, False),
    ],
)
def test_the_schema_says_what_json_schema_says(value: dict[str, Any], is_valid: bool) -> None:
    assert valid(written(value)) is is_valid


def test_a_member_that_no_schema_has_is_a_bug() -> None:
    with pytest.raises(KeyError, match="1 members"):
        written({"found": True, "secret": "x"})
