"""XML as the JSON that would say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters._lib.tree import as_json


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("<a>text</a>", "text"),
        ("<a> text </a>", " text "),
        ("<a/>", ""),
        ("<a> \n </a>", ""),
        ("<a> <b>1</b> <c><d>2</d></c> </a>", {"b": "1", "c": {"d": "2"}}),
        ('<x:a xmlns:x="urn:x" id="1"><x:b>1</x:b></x:a>', {"b": "1"}),
        ("<a><many>1</many><b>2</b><many>3</many></a>", {"many": ["1", "3"], "b": "2"}),
        ("<a><many><b>1</b></many></a>", {"many": [{"b": "1"}]}),
    ],
)
def test_an_element_is(xml: str, said: object) -> None:
    assert as_json(etree.fromstring(xml), {"many"}) == said


NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    st.text(st.sampled_from("xyzé<&>\"'"), min_size=1),
    lambda inner: (
        st.dictionaries(NAMES, inner, min_size=1)
        | st.fixed_dictionaries({"many": st.lists(inner, min_size=1)})
    ),
)


def written(name: str, value: Any) -> etree._Element:
    node = etree.Element(name)
    if isinstance(value, dict):
        for child, inner in value.items():
            node.extend(written(child, one) for one in (inner if isinstance(inner, list) else [inner]))
    else:
        node.text = value
    return node


@given(TREES)
def test_what_was_written_is_read(value: Any) -> None:
    assert as_json(written("root", value), {"many"}) == value
