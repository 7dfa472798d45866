"""The signed checkpoint: how many entries the log has, and their root (C2SP tlog-checkpoint). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from audit.canonical import b64, unb64
from audit.note import LOG, NoteKey, VerifierKey, open_note
from audit.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN: Final = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log stood at. `root`: 32 bytes. Raises ValueError for members that no log has."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError("The origin of a log is not empty and has no white space and no `+`")
        if not 0 <= self.size < MAX_SIZE:
            raise ValueError("The size of a log is a whole number below 2^63")
        if len(self.root) != HASH_SIZE:
            raise ValueError("The root of a log has 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ValueError("The root of an empty log is SHA-256 of nothing")

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """From exactly three lines, no extension lines. Raises ValueError for anything else."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise ValueError("A checkpoint has exactly three lines: origin, size, root")
        return cls(lines[0], parse_decimal(lines[1]), unb64(lines[2]))


def parse_decimal(text: str) -> int:
    """A whole number below 2^63 in its one spelling, without sign or leading zero. Raises ValueError."""
    if not _DECIMAL.fullmatch(text) or int(text) >= MAX_SIZE:
        raise ValueError("A size or index is a decimal number below 2^63 without leading zero")
    return int(text)


def sign_checkpoint(checkpoint: Checkpoint, key: NoteKey) -> str:
    """The checkpoint as a signed note. Raises ValueError unless `key` is the log key of its origin."""
    _check_key(key)
    if key.name != checkpoint.origin:
        raise ValueError("A checkpoint is signed by the key that has its origin as name")
    text = checkpoint.text()
    return f"{text}\n{key.sign(text)}"


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note that this log key signed; further signatures do not matter.

    Raises ValueError if it is no note, no checkpoint, not of this log, or not signed by this key.
    """
    _check_key(key)
    checkpoint = Checkpoint.parse(open_note(note, (key,)).text)
    if checkpoint.origin != key.name:
        raise ValueError("This checkpoint is of another log than the key's")
    return checkpoint


def _check_key(key: NoteKey | VerifierKey) -> None:
    if key.kind is not LOG:
        raise ValueError("A checkpoint is signed with a log key, not with a cosigner's")
