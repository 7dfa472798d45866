"""Giving the log to an auditor: its published files as they are, or its entries line by line. What is sealed
stays sealed; whoever holds an export can verify everything and read no identifier."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final, Protocol

VKEY_FILE: Final = "log.vkey"
README_FILE: Final = "README.txt"

_README: Final = """\
This folder is a copy of a transparency log (https://c2sp.org/tlog-tiles).

  checkpoint           the size and root of the log when it was copied, signed by the log
  tile/                the entries and the hashes of the tree over them (RFC 6962)
  {vkey_file:<20} the log's public key (https://c2sp.org/signed-note):
                       {vkey}

Verify that nothing was changed, left out or put in:

    fidus audit verify . --vkey {vkey_file}

or with any other program for these formats. Compare the public key with one that you were given by another
way, and the checkpoint with one that you, an institution or a witness kept from before.

Each entry is one JSON object (RFC 8785). Who was looked at stands in its member `sealed`, which only the key
holder can open, and no longer once the key of its month was destroyed; all else can be read.
"""


class Entries(Protocol):
    """Where entries are read."""

    def entries(self, start: int, stop: int) -> Iterable[bytes]:
        """The bytes of entries start to stop - 1."""
        ...


def export_files(published: Path, target: Path, vkey: str) -> int:
    """Copy the published files to a new folder, with the public key and a guide; give the number of files.

    The checkpoint is copied first: the tiles of a published checkpoint are all there, so the copy verifies
    even while the log grows. Raises FileExistsError if `target` exists, FileNotFoundError if nothing is
    published yet, OSError where reading or writing fails.
    """
    checkpoint = (published / "checkpoint").read_bytes()
    target.mkdir()
    (target / "checkpoint").write_bytes(checkpoint)
    _copy_new(published, target)
    _copy_new(published, target)  # a partial tile that went away meanwhile left its full one behind
    (target / VKEY_FILE).write_text(vkey + "\n", encoding="utf-8")
    (target / README_FILE).write_text(_README.format(vkey_file=VKEY_FILE, vkey=vkey), encoding="utf-8")
    return sum(path.is_file() for path in target.rglob("*"))


def export_entries(reader: Entries, out: BinaryIO, start: int, stop: int) -> int:
    """Write entries `start` to `stop` - 1 as NDJSON, each line the very bytes of an entry, so that SHA-256
    over 0x00 and a line (without its newline) is a leaf of the tree; give the number of lines.

    Raises ValueError for a range that runs backwards, and what the reader raises.
    """
    if not 0 <= start <= stop:
        raise ValueError("A range of entries goes from an index to one that is not before it")
    lines = 0
    for entry in reader.entries(start, stop):
        out.write(entry + b"\n")
        lines += 1
    return lines


def _copy_new(published: Path, target: Path) -> None:
    """Copy every file of the tree that is not there yet; names with a dot are still being written."""
    for folder, _, names in os.walk(published / "tile"):
        place = target / Path(folder).relative_to(published)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not name.startswith(".") and not (place / name).exists():
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(Path(folder) / name, place / name)
