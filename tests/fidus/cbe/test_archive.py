"""What a zip from outside may hold: bombs and broken files are refused before, or while, they are read."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from fidus.cbe.archive import LONGEST_LINE, MOST_MEMBERS, Archive
from fidus.errors import ConfigurationInvalid
from tests.fidus.cbe.files import pack


def refused(file: Path, table: str | None = None) -> str:
    """Why, with its place."""
    with pytest.raises(ConfigurationInvalid) as raised:
        look_through(file, table)
    return str(raised.value)


def look_through(file: Path, table: str | None) -> None:
    archive = Archive(file)
    for line in archive.lines(table) if table is not None else ():
        assert line.texts


def test_lines_come_with_their_numbers(tmp_path: Path) -> None:
    many = "".join(f"line {nth}\n" for nth in range(1, 60_001))
    archive = Archive(pack(tmp_path / "a.zip", {"a.csv": many, "b.csv": "one\ntwo"}))
    found = [*archive.lines("a.csv")]
    assert len(found) > 1
    assert [text for line in found for text in line.texts] == many.splitlines()
    assert [line.texts[0] for line in found] == [f"line {line.number}" for line in found]
    assert found[-1].upto == len(many)
    assert [text for line in archive.lines("b.csv") for text in line.texts] == ["one", "two"]
    archive.close()


def test_the_same_content_has_the_same_identity(tmp_path: Path) -> None:
    one, other, third = (
        Archive(pack(tmp_path / name, {"a.csv": text}))
        for name, text in (("1.zip", "a\n"), ("2.zip", "a\n"), ("3.zip", "b\n"))
    )
    assert one.identity == other.identity != third.identity


@pytest.mark.parametrize("raw", [b"", b"no zip at all", b"PK\x03\x04" + bytes(100)], ids=range(3))
def test_what_is_no_zip(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(raw)
    assert "cannot be read as a zip" in refused(file)
    assert "cannot be read as a zip" in refused(tmp_path / "missing.zip")


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    assert "far more than tables do" in refused(pack(tmp_path / "a.zip", {"a.csv": bytes(30_000_000)}))


def test_too_many_members_or_two_of_one_name(tmp_path: Path) -> None:
    crowd = pack(tmp_path / "a.zip", {f"{nth}.csv": "" for nth in range(MOST_MEMBERS + 1)})
    assert "too many members" in refused(crowd)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("a.csv", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("a.csv", "two")
    assert "two of one name" in refused(tmp_path / "b.zip")


def test_other_ways_of_packing_and_encryption(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("a.csv", "one\n")
    assert "another way than by deflate" in refused(tmp_path / "a.zip")
    file = pack(tmp_path / "b.zip", {"a.csv": "one\n"})
    raw = bytearray(file.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    file.write_bytes(raw)
    assert "encrypted" in refused(file)


def test_members_that_overlap_are_a_bomb(tmp_path: Path) -> None:
    """Two entries of the directory lead to the same packed bytes."""
    packed = zlib.compress(b"x" * 1000, 9)[2:-4]
    crc = zlib.crc32(b"x" * 1000)
    sizes = struct.pack("<LLL", crc, len(packed), 1000)
    local = (
        b"PK\x03\x04"
        + struct.pack("<HHHHH", 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HH", 5, 0)
        + b"a.csv"
        + packed
    )
    entries = b"".join(
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0)
        + struct.pack("<LLL", crc, 10_000_000, 1000)
        + struct.pack("<HHHHHLL", 5, 0, 0, 0, 0, 0, 0)
        + name
        for name in (b"a.csv", b"b.csv")
    )
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 2, 2, len(entries), len(local), 0)
    file = tmp_path / "a.zip"
    file.write_bytes(local + entries + end)
    assert "far more than tables do" in refused(file)


def test_a_table_that_is_missing_or_damaged(tmp_path: Path) -> None:
    file = pack(tmp_path / "a.zip", {"a.csv": "".join(f"{nth * 7919}\n" for nth in range(50_000))})
    assert "missing" in refused(file, "b.csv")
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)
    told = refused(file, "a.csv")
    assert "damaged" in told
    assert "/a.csv" in told


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_line_that_is_too_long_or_no_text_is_told_by_its_number(tmp_path: Path, ahead: int) -> None:
    lines = "fine\n" * ahead
    noise = "".join(chr(33 + nth * 7 % 90) for nth in range(LONGEST_LINE + 1))
    long = pack(tmp_path / "a.zip", {"a.csv": f"{lines}{noise}\nfine\n", "b.csv": lines + noise * 6})
    for table in ("a.csv", "b.csv"):
        assert f"/{table}:{ahead + 1}: the line is too long" in refused(long, table)
    text = pack(tmp_path / "b.zip", {"a.csv": lines.encode() + b"\xff\nfine\n"})
    assert f"/a.csv:{ahead + 1}: the line is not UTF-8" in refused(text, "a.csv")
