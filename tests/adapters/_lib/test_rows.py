"""Columns from a source's JSON to ours."""

from __future__ import annotations

from typing import Any

import pytest

from adapters._lib import rows
from adapters._lib.codes import Codes

CODES = Codes({"colour": {"8": {"en": "Grey"}}})
GREY = {"code": "8", "label": {"en": "Grey"}, "known": True}


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", 1), ("a.c", None), ("a.b.c", None), ("d", None), (".", {"a": {"b": 1}})],
)
def test_what_stands_at_a_path(path: str, found: Any) -> None:
    assert rows.at({"a": {"b": 1}}, path) == found


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (rows.text, " Senne ", "Senne"),
        (rows.text, ["Zerr", "ougane"], "Zerr ougane"),
        (rows.texts, ["Mehdisson", " "], ["Mehdisson"]),
        (rows.whole, 5, 5),
        (rows.decimal, 80, 80.0),
        (rows.flag, "Y", True),
        (rows.flag, "N", False),
        (rows.coded("colour"), "8", GREY),
        (rows.many_coded("colour"), ["8", ""], [GREY]),
        (rows.many([rows.Column("to", "from", rows.text)]), [{"from": "x"}, {}], [{"to": "x"}]),
    ],
)
def test_each_way_of_reading(read: rows.Read, value: Any, told: Any) -> None:
    assert rows.filled({"from": value}, [rows.Column("a.b", "from", read)], CODES) == {"a": {"b": told}}


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (rows.text, " "),
        (rows.texts, []),
        (rows.coded("colour"), ""),
        (rows.many([]), [{}]),
        (rows.text, None),
    ],
)
def test_what_says_nothing_is_left_out(read: rows.Read, value: Any) -> None:
    assert rows.filled({"from": value}, [rows.Column("to", "from", read)], CODES) == {}


def test_a_false_and_a_zero_say_something() -> None:
    table = [rows.Column("to", "from", rows.whole), rows.Column("other", "flag", rows.flag)]
    assert rows.filled({"from": 0, "flag": "N"}, table, CODES) == {"to": 0, "other": False}
