"""A zip of open data as it comes from outside: looked over before anything of it is unpacked."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from fidus.errors import ConfigurationFault, ConfigurationInvalid

MOST_MEMBERS: Final = 64
MOST_BYTES: Final = 32 << 30  # unpacked, all together: ten times what the whole country takes
MOST_RATIO: Final = 100  # unpacked bytes for one packed: tables like these pack about ten to one
SMALL: Final = 1 << 20  # a table may be so large whatever its ratio
BLOCK: Final = 1 << 18
LONGEST_LINE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """Lines of a table as text, without their ends. `number`: of the first of them, the header being 1.
    `upto`: bytes read of the table so far."""

    number: int
    texts: list[str]
    upto: int


class Archive:
    """One file of open data. Holds it open until `close`; unpacks a block at a time."""

    def __init__(self, file: Path) -> None:
        """Raises ConfigurationInvalid: no zip, encrypted, a bomb, two members of one name."""
        self.file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
            raise self.fault("", 0, "it cannot be read as a zip", "Download it again") from None
        try:
            self._look_over()
        except BaseException:
            self.close()
            raise

    @property
    def tables(self) -> dict[str, int]:
        """Name of each member -> its bytes once unpacked."""
        return {one.filename: one.file_size for one in self._zip.infolist()}

    @property
    def identity(self) -> str:
        """The same for the same content: what its directory says, by SHA-256."""
        told = sorted((one.filename, one.file_size, one.CRC) for one in self._zip.infolist())
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def lines(self, table: str) -> Iterator[Line]:
        """All lines of a table, some thousands at once. Raises ConfigurationInvalid: not UTF-8, a line longer
        than LONGEST_LINE, not what its check sum says."""
        number, upto, rest = 1, 0, b""
        with self._open(table) as source:
            while block := self._read(source, table, number):
                upto += len(block)
                head, end, rest_of = (rest + block).rpartition(b"\n")
                if len(rest_of) > LONGEST_LINE:
                    at = number + head.count(b"\n") + len(end)
                    raise self.fault(table, at, "the line is too long", _AGAIN)
                rest = rest_of
                if end:
                    line = self._line(table, number, head, upto)
                    number += len(line.texts)
                    yield line
        if rest:
            yield self._line(table, number, rest, upto)

    def fault(self, table: str, line: int, problem: str, cure: str) -> ConfigurationInvalid:
        """What is wrong, where. `line` 0: in the whole."""
        place = f"{self.file}/{table}" if table else str(self.file)
        return ConfigurationInvalid((ConfigurationFault(place, line, problem, cure),))

    def _look_over(self) -> None:
        members = self._zip.infolist()
        names = [one.filename for one in members]
        if len(members) > MOST_MEMBERS or len(set(names)) < len(names):
            raise self.fault("", 0, "it has too many members, or two of one name", _AGAIN)
        plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if any(one.flag_bits & 1 or one.compress_type not in plain for one in members):
            raise self.fault("", 0, "it is encrypted, or packed in another way than by deflate", _AGAIN)
        swollen = any(one.file_size > max(SMALL, MOST_RATIO * one.compress_size) for one in members)
        overlap = sum(one.compress_size for one in members) > self.file.stat().st_size
        if swollen or overlap or sum(one.file_size for one in members) > MOST_BYTES:
            raise self.fault("", 0, "it would unpack to far more than tables do", _AGAIN)

    def _open(self, table: str) -> IO[bytes]:
        try:
            return self._zip.open(table)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError):
            raise self.fault(table, 0, "the table is missing or damaged", _AGAIN) from None

    def _read(self, source: IO[bytes], table: str, line: int) -> bytes:
        try:
            return source.read(BLOCK)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error):
            raise self.fault(table, line, "the table is damaged from here on", _AGAIN) from None

    def _line(self, table: str, number: int, raw: bytes, upto: int) -> Line:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            at = number + raw[: error.start].count(b"\n")
            raise self.fault(table, at, "the line is not UTF-8", _AGAIN) from None
        texts = text.split("\n")
        if len(raw) > LONGEST_LINE and max(map(len, texts)) > LONGEST_LINE:
            at = next(nth for nth, one in enumerate(texts) if len(one) > LONGEST_LINE)
            raise self.fault(table, number + at, "the line is too long", _AGAIN)
        return Line(number, texts, upto)


_AGAIN: Final = "Download the file again; nothing of it is in use"
