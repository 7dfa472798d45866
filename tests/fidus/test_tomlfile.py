"""A file that is no TOML, or is not what it should be, says where, what and how to mend it."""

from __future__ import annotations

import time
from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.tomlfile import MAX_BYTES, MAX_LINE, Name, Strict, Text, read_toml, shown


class Inner(Strict):
    number: int = Field(ge=1, le=9)


class Whole(Strict):
    day: date
    text: Text = "t"
    name: Name = "n"
    kind: Literal["a", "b"] = "a"
    flag: bool = True
    names: list[Name] = Field(default=[], min_length=1, max_length=2)
    inner: Inner = Inner(number=1)
    more: dict[Name, int] = Field(default={})


def faults(raw: bytes) -> tuple[ConfigurationFault, ...]:
    with pytest.raises(ConfigurationInvalid) as error:
        read_toml("a/b.toml", raw).read_as(Whole, {"day": "day = 2026-01-31", "inner.number": "number = 5"})
    return error.value.faults


def test_what_is_right_is_read() -> None:
    whole = read_toml("a/b.toml", "day = 2026-01-31\ntext = 'é'\nnames = ['x']".encode())
    assert whole.read_as(Whole, {}) == Whole(day=date(2026, 1, 31), text="é", names=["x"])


@pytest.mark.parametrize(
    ("raw", "line", "problem"),
    [
        pytest.param(b"x" * (MAX_BYTES + 1), 0, f"more than {MAX_BYTES} bytes", id="too-large"),
        pytest.param(b"a = 1\n\nb = '\xff'", 3, "not UTF-8", id="no-utf-8"),
        pytest.param(b"a = 1\n" + b"x." * MAX_LINE, 2, f"more than {MAX_LINE} characters", id="long-line"),
        pytest.param(b"a = 1\nb = \n", 2, "not TOML: Invalid value", id="syntax"),
        pytest.param(b"a = 1\nb = [\n1", 3, "not TOML", id="list-open-at-the-end"),
        pytest.param(b"a = 1\na = 2\n", 2, "not TOML", id="member-twice"),
        pytest.param(b"a = 1\n[b\n", 2, "not TOML", id="table-open"),
        pytest.param(
            b"day = 2026-01-31\na = " + b"9" * 4_090, 2, "`a` is not a member", id="number-without-meaning"
        ),
        pytest.param(b"a = 2026-02-30", 1, "not TOML: Invalid date", id="no-such-day"),
        pytest.param(b"a = " + b"[" * 4_000, 0, "not TOML that a person would write", id="depth"),
        pytest.param(b"day = 2026-01-31\na = 0x" + b"f" * 4_080, 2, "`a` is not a member", id="hexadecimal"),
        pytest.param("﻿a = 1".encode(), 1, "not TOML", id="byte-order-mark"),
    ],
)
def test_what_is_no_toml_is_refused(raw: bytes, line: int, problem: str) -> None:
    found = faults(raw)[0]
    assert found.file == "a/b.toml"
    assert problem in found.problem
    assert found.cure
    assert found.line == line


DAY = "day = 2026-01-31\n"


@pytest.mark.parametrize(
    ("text", "line", "problem", "cure"),
    [
        pytest.param("", 0, "`day` is missing", "Write it like this: day = 2026-01-31", id="missing"),
        pytest.param("day = '2026-01-31'", 1, "`day` is not a day", "Write it like this", id="day-in-quotes"),
        pytest.param(
            "day = 2026-01-31T00:00:00", 1, "`day` is not a day", "Write it like this", id="day-and-time"
        ),
        pytest.param(
            DAY + "dya = 1", 2, "`dya` is not a member that is known", "Correct its name", id="unknown"
        ),
        pytest.param(DAY + "text = 1", 2, "`text` is not a text in quotes", "Correct it", id="no-text"),
        pytest.param(DAY + "text = ' '", 2, "`text` is blank", "", id="blank"),
        pytest.param(DAY + "text = 'all * of'", 2, "`text` holds a wildcard", "", id="star-in-text"),
        pytest.param(DAY + 'text = "a\\nb"', 2, "control character or a line break", "", id="line-break"),
        pytest.param(DAY + 'text = "a\\u202Eb"', 2, "control character", "", id="turns-the-line-around"),
        pytest.param(
            DAY + "name = 'address.?'", 2, "`name` holds a wildcard", "", id="question-mark-in-name"
        ),
        pytest.param(DAY + "name = 'address.%'", 2, "`name` holds a wildcard", "", id="percent-in-name"),
        pytest.param(DAY + "names = ['a', '*']", 2, "`names` holds a wildcard", "", id="star-in-a-list"),
        pytest.param(DAY + "kind = 'c'", 2, "`kind` is not 'a' or 'b'", "", id="not-one-of"),
        pytest.param(DAY + "flag = 1", 2, "`flag` is neither true nor false", "", id="no-boolean"),
        pytest.param(DAY + "names = 'a'", 2, "`names` is not a list", "", id="no-list"),
        pytest.param(DAY + "names = []", 2, "`names` has less than 1", "", id="empty-list"),
        pytest.param(DAY + "names = ['a', 'b', 'c']", 2, "`names` has more than 2", "", id="long-list"),
        pytest.param(DAY + "inner = 1", 2, "`inner` is not a table", "", id="no-table"),
        pytest.param(DAY + "more = 1", 2, "`more` is not a table", "", id="no-open-table"),
        pytest.param(DAY + "[more]\n'*' = 1", 3, "wildcard", "", id="star-as-member"),
        pytest.param(
            DAY + "[inner]\nnumber = 0", 3, "is less than 1", "like this: number = 5", id="too-small"
        ),
        pytest.param(DAY + "[inner]\nnumber = 10", 3, "`inner.number` is more than 9", "", id="too-great"),
        pytest.param(DAY + "[inner]\nnumber = 1.0", 3, "is not a whole number", "", id="no-whole-number"),
        pytest.param(
            DAY + "[inner]\nnumber = true", 3, "is not a whole number", "", id="boolean-is-no-number"
        ),
    ],
)
def test_what_is_not_as_it_should_be_says_where_what_and_how(
    text: str, line: int, problem: str, cure: str
) -> None:
    (found,) = faults(text.encode())
    assert found.line == line
    assert problem in found.problem
    assert cure in found.cure


def test_all_faults_are_told_at_once() -> None:
    found = faults(b"text = ''\nkind = 'z'\nother = 1\n[inner]\nnumber = 10")
    assert len(found) == 5


def test_a_name_is_shown_so_that_no_terminal_minds() -> None:
    (found,) = faults(DAY.encode() + b'"\\u001b[31m" = 1')
    assert "\x1b" not in str(found)
    assert shown("x" * 300) == "x" * 200
    assert shown("\udcff").encode("utf-8")


def test_no_file_takes_long_to_read() -> None:
    parts = ".a" * 500
    raw = "".join(f"k{number}{parts} = 1\n" for number in range(60)).encode()
    begin = time.monotonic()
    assert len(faults(raw)) == 61
    assert time.monotonic() - begin < 20


@given(st.binary(max_size=300) | st.text(alphabet="ab.=[]\"'{}#, \n1-:T_*\\u", max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    found: tuple[ConfigurationFault, ...] = ()
    try:
        read_toml("a/b.toml", raw).read_as(Whole, {})
    except ConfigurationInvalid as invalid:
        found = invalid.faults
    assert all(fault.file == "a/b.toml" and fault.problem and fault.cure for fault in found)
