"""Pages are built as trees: whatever a text holds stays text."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as parser

from fidus.api.contract import Contract
from fidus.api.html import POLICY, STYLE, add, marked, new_page, prose, table, written
from fidus.api.pages import documentation, problem_types
from fidus.api.problems import all_types


def found(page: Element | bytes, path: str) -> list[Any]:
    """What a reader of the page finds by XPath."""
    text = page if isinstance(page, bytes) else written(page)
    result = parser.document_fromstring(text.decode()).xpath(path)
    assert isinstance(result, list)
    return result


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    page, _ = new_page("A title", "en")
    (style,) = found(page, "//style")
    assert style.text == STYLE
    assert b64encode(sha256(STYLE.encode()).digest()).decode() in POLICY


@given(PRINTED)
def test_text_stays_text(text: str) -> None:
    page, main = new_page("A title", "en")
    add(main, "p", text, id="it")
    (paragraph,) = found(page, "//*[@id='it']")
    assert list(paragraph) == []
    assert paragraph.text == text


@pytest.mark.parametrize(
    ("text", "tags", "whole"),
    [
        ("plain", [], "plain"),
        ("say `code` and **strong** words", ["code", "strong"], "say code and strong words"),
        ("`a` `b`", ["code", "code"], "a b"),
        ("<script>alert(1)</script>", [], "<script>alert(1)</script>"),
        ("", [], ""),
    ],
)
def test_two_marks_count(text: str, tags: list[str], whole: str) -> None:
    page, main = new_page("A title", "en")
    marked(add(main, "p", id="it"), text)
    (paragraph,) = found(page, "//*[@id='it']")
    assert [child.tag for child in paragraph] == tags
    assert paragraph.text_content() == whole


def test_paragraphs_are_divided_by_empty_lines() -> None:
    page, main = new_page("A title", "en")
    prose(main, "one\nline\n\ntwo\n\n")
    assert [paragraph.text for paragraph in found(page, "//p")] == ["one line", "two"]


def test_a_table_without_rows_is_none() -> None:
    page, main = new_page("A title", "en")
    table(main, ("A", "B"), [])
    assert found(page, "//table") == []


def test_the_documentation_shows_every_operation_and_schema() -> None:
    contract = Contract.read()
    page = documentation(contract.document, all_types())
    ids = set(found(page, "//@id"))
    operations = {
        operation["operationId"]
        for item in contract.document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert operations | contract.document["components"]["schemas"].keys() <= ids
    assert found(page, "/html/@lang") == ["en"]
    assert len(found(page, "//h1")) == 1


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_problem_types_are_told_in_each_language(language: str) -> None:
    page = problem_types(all_types(), language)
    assert found(page, "/html/@lang") == [language]
    assert len(found(page, "//h3")) == len(all_types())


def test_a_contract_that_is_no_yaml_is_refused_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text("a: [")
    with pytest.raises(ValueError, match=r"openapi.yaml is not YAML"):
        Contract.read(file)
