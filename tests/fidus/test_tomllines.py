"""Each member is found on the line where a person would look for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.tomllines import Place, lines_of

SAMPLE = '''# a comment = no member
service = "x"
purpose = { fr = "a", nl = "b" }
"quoted name" = 1
a.b . 'c' = 2
fields = [
  "one",
  "two = three",
]
text = """
looks = "like a member"
[like.a.table]
"""
after = \'\'\'one """ line\'\'\'
last = 1

[quota]
per_second = 1
[[keys]]
roles = []
[[keys]]
roles = []
[keys.more]
x = 1
[other.table]
y = 2
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        pytest.param(("service",), 2, id="plain"),
        pytest.param(("purpose",), 3, id="inline-table"),
        pytest.param(("quoted name",), 4, id="quoted"),
        pytest.param(("a",), 5, id="dotted-first-part"),
        pytest.param(("a", "b", "c"), 5, id="dotted-whole"),
        pytest.param(("fields",), 6, id="list"),
        pytest.param(("text",), 10, id="text-of-several-lines"),
        pytest.param(("after",), 14, id="text-that-ends-on-its-line"),
        pytest.param(("last",), 15, id="after-it"),
        pytest.param(("quota",), 17, id="table"),
        pytest.param(("quota", "per_second"), 18, id="in-a-table"),
        pytest.param(("keys", 0), 19, id="first-item"),
        pytest.param(("keys", 0, "roles"), 20, id="in-first-item"),
        pytest.param(("keys", 1, "roles"), 22, id="in-second-item"),
        pytest.param(("keys", 1, "more", "x"), 24, id="table-in-an-item"),
        pytest.param(("other", "table", "y"), 26, id="table-of-two-parts"),
    ],
)
def test_a_member_is_found(place: Place, line: int) -> None:
    assert lines_of(SAMPLE)[place] == line


@pytest.mark.parametrize("place", [("looks",), ("like",), ("a comment",), ("two",)])
def test_what_only_looks_like_a_member_is_none(place: Place) -> None:
    assert place not in lines_of(SAMPLE)


@given(st.text(alphabet="ab.=[]\"'{}#, \n", max_size=200))
def test_any_text_has_lines_within_it(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())
