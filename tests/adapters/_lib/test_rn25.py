"""Paths through a file of rn25 lead where lxml's own lead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters._lib.rn25 import RN25, find, text_at, texts

NS = {"rn": RN25}
NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    NAMES.map(lambda name: f"<{name}> {name} </{name}>"),
    lambda inner: st.tuples(NAMES, st.lists(inner, max_size=3)).map(
        lambda parts: f"<{parts[0]}>{''.join(parts[1])}</{parts[0]}>"
    ),
    max_leaves=12,
)


@given(TREES, st.lists(NAMES, max_size=3))
def test_a_path_finds_what_lxml_finds_by_it(tree: str, steps: list[str]) -> None:
    root = etree.fromstring(f'<root xmlns="{RN25}">{tree}</root>')
    path = "/".join(f"rn:{step}" for step in steps) or "."
    assert find(root, "/".join(steps)) is root.find(path, NS)
    assert text_at(root, "/".join(steps)) == (root.findtext(path, "", NS) or "").strip()


@given(TREES, st.lists(TREES, max_size=4))
def test_all_texts_at_once_are_those_of_each_path(tree: str, more: list[str]) -> None:
    """Of several children of one name the first counts, on both ways."""
    root = etree.fromstring(f'<root xmlns="{RN25}">{tree}{"".join(more)}</root>')
    names = {etree.QName(child).localname for child in root}
    assert texts(root) == {name: text_at(root, name) for name in names}
    assert texts(None) == {}
