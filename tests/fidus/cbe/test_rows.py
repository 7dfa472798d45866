"""Rows are read as they are written, or refused with their line and without a word of theirs."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.cbe.archive import Archive
from fidus.cbe.rows import MOST_TOGETHER, Unfit, batches, day_of, keys, meta, number_of, plain
from fidus.cbe.tables import DENOMINATIONS, EITHER, ENTERPRISE, ENTERPRISES, ESTABLISHMENT, META
from fidus.errors import ConfigurationInvalid
from tests.fidus.cbe.files import FIRST, PLACE, SECOND, bare, enterprise, number, pack, written

HEADER = ",".join(DENOMINATIONS.columns)


def read(folder: Path, text: str, skip: int = 0) -> list[tuple[int, list[list[str]]]]:
    """(number, rows) as they are kept, of a table of denominations."""
    archive = Archive(pack(folder / "a.zip", {"denomination.csv": text}))
    found = [*batches(archive, "denomination.csv", DENOMINATIONS, skip)]
    return [(key, json.loads(doc)) for batch in found for key, _, doc in batch.rows]


def test_rows_that_stand_together_are_kept_together(tmp_path: Path) -> None:
    text = written(
        [[FIRST, "1", "001", "a"], [FIRST, "2", "001", 'b "c", d'], [SECOND, "1", "001", "é"]],
        HEADER.split(","),
    )
    assert read(tmp_path, text) == [
        (int(bare(FIRST)), [["1", "001", "a"], ["2", "001", 'b "c", d']]),
        (int(bare(SECOND)), [["1", "001", "é"]]),
    ]


def test_a_crowd_of_rows_is_kept_in_parts(tmp_path: Path) -> None:
    rows = [[FIRST, "1", "001", str(nth)] for nth in range(MOST_TOGETHER + 1)]
    found = read(tmp_path, written(rows, DENOMINATIONS.columns))
    assert [len(one) for _, one in found] == [MOST_TOGETHER, 1]


@pytest.mark.parametrize("text", [HEADER + "\n", HEADER, "\ufeff" + HEADER + "\r\n"], ids=range(3))
def test_a_table_may_be_empty_begin_with_a_mark_and_end_its_lines_otherwise(
    tmp_path: Path, text: str
) -> None:
    assert read(tmp_path, text) == []
    row = f'{text.rstrip()}\r\n"{FIRST}","1","001","a"\r\n'
    assert read(tmp_path, row) == [(int(bare(FIRST)), [["1", "001", "a"]])]


@pytest.mark.parametrize("skip", [0, 1, 4999, 5000, 29_999, 30_000])
def test_rows_that_were_read_before_are_passed_over(tmp_path: Path, skip: int) -> None:
    numbers = [number(f"{9_000_000 + nth:08}") for nth in range(30_000)]
    text = written(
        [[one, "1", "001", "some name of an enterprise"] for one in numbers], DENOMINATIONS.columns
    )
    archive = Archive(pack(tmp_path / "a.zip", {"denomination.csv": text}))
    found = [*batches(archive, "denomination.csv", DENOMINATIONS, skip)]
    assert [key for batch in found for key, _, _ in batch.rows] == [int(bare(one)) for one in numbers[skip:]]
    assert [line for batch in found for _, line, _ in batch.rows] == [*range(skip + 2, 30_002)]
    assert skip == 30_000 or found[-1].done == 30_000


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('"0999.300.099","1","001","a"', "check digits"),
        (f'"{PLACE[1:]}","1","001","a"', "number is none"),
        ('"","1","001","a"', "number is none"),
        ('"٠٩٩٩٣٠٠٠٠٠","1","001","a"', "number is none"),
        (f'"{FIRST}","1","001"', "another number of columns"),
        (f'"{FIRST}","1","001","a","b"', "another number of columns"),
        ("", "no row of quoted columns|another number of columns"),
        (f'"{FIRST}","1","001","a', "no row of quoted columns"),
        (f'"{FIRST}","1","001","a"b"', "no row of quoted columns"),
    ],
    ids=range(9),
)
def test_a_row_that_does_not_fit_is_told_by_its_line(tmp_path: Path, row: str, told: str) -> None:
    good = f'"{SECOND}","1","001","fine"\n'
    text = f"{HEADER}\n{good}{good}{row}\n{good}"
    with pytest.raises(ConfigurationInvalid, match=told) as raised:
        read(tmp_path, text)
    (fault,) = raised.value.faults
    assert fault.file.endswith("a.zip/denomination.csv")
    assert fault.line == 4
    assert FIRST not in str(fault)


def test_a_field_with_a_line_break_is_refused(tmp_path: Path) -> None:
    text = f'{HEADER}\n"{FIRST}","1","001","one\ntwo"\n'
    with pytest.raises(ConfigurationInvalid) as raised:
        read(tmp_path, text)
    assert raised.value.faults[0].line == 2


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="the columns are not EntityNumber"):
        read(tmp_path, "EntityNumber,Language,Denomination\n")


def test_days_are_written_as_ours_or_refused(tmp_path: Path) -> None:
    text = written([enterprise(FIRST)], ENTERPRISES.columns)
    good, bad = (
        Archive(pack(tmp_path / name, {"enterprise.csv": one}))
        for name, one in (("a.zip", text), ("b.zip", text.replace("03-02-2019", "30-02-2019")))
    )
    (batch,) = batches(good, "enterprise.csv", ENTERPRISES)
    assert json.loads(batch.rows[0][2]) == [["AC", "000", "2", "610", "", "2019-02-03"]]
    with pytest.raises(ConfigurationInvalid, match="a day in it does not exist"):
        [*batches(bad, "enterprise.csv", ENTERPRISES)]


def test_keys_of_deletes(tmp_path: Path) -> None:
    members = {
        "a_delete.csv": written([[FIRST], [PLACE]], ["EntityNumber"]),
        "b_delete.csv": written([[FIRST], ["1"]], ["EntityNumber"]),
    }
    archive = Archive(pack(tmp_path / "a.zip", members))
    ((numbers, done, _),) = keys(archive, "a_delete.csv", DENOMINATIONS)
    assert (numbers, done) == ([int(bare(FIRST)), int(bare(PLACE))], 2)
    with pytest.raises(ConfigurationInvalid) as raised:
        [*keys(archive, "b_delete.csv", DENOMINATIONS)]
    assert raised.value.faults[0].line == 3


def test_meta_is_read_by_its_words(tmp_path: Path) -> None:
    archive = Archive(
        pack(
            tmp_path / "a.zip",
            {"meta.csv": written([["Version", "1.0.0"]], META), "b.csv": "Variable,Value\na\n"},
        )
    )
    assert meta(archive) == {"Version": "1.0.0"}
    with pytest.raises(ConfigurationInvalid, match="another number of columns"):
        [*plain(archive, "b.csv", META)]


@given(st.integers(0, 99_999_999))
def test_a_number_is_ten_digits_with_right_check_digits(eight: int) -> None:
    dotted = number(f"{eight:08}")
    firsts = EITHER if dotted[0] != "9" else "9"
    assert number_of(dotted, firsts) == number_of(bare(dotted), firsts) == int(bare(dotted))
    wrong = bare(dotted)[:8] + f"{(int(bare(dotted)[8:]) + 1) % 100:02}"
    with pytest.raises(Unfit):
        number_of(wrong, firsts)


def test_first_digits_tell_enterprises_from_establishments() -> None:
    assert number_of(FIRST, ENTERPRISE)
    assert number_of(PLACE, ESTABLISHMENT)
    for wrong, firsts in ((PLACE, ENTERPRISE), (FIRST, ESTABLISHMENT)):
        with pytest.raises(Unfit):
            number_of(wrong, firsts)


@given(st.dates(date(1000, 1, 1)))
def test_a_day_is_written_the_other_way_round(day: date) -> None:
    assert day_of(day.strftime("%d-%m-%Y").rjust(10, "0")) == day.isoformat()


@given(st.text(max_size=12))
def test_any_other_day_is_refused(text: str) -> None:
    try:
        day_of(text)
    except Unfit:
        return
    assert len(text) <= 10


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=9),
            min_size=3,
            max_size=3,
        ),
        max_size=9,
    )
)
def test_whatever_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    sink = io.StringIO()
    csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([[FIRST, *row] for row in rows])
    found = read(tmp_path_factory.mktemp("rows"), f"{HEADER}\n{sink.getvalue()}")
    assert [row for _, some in found for row in some] == rows
