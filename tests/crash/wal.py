"""The write-ahead log of SQLite as a file (sqlite.org/fileformat2.html, section 4), to be cut anywhere."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

HEADER, FRAME_HEADER = 32, 24  # bytes


@dataclass(frozen=True)
class WriteAheadLog:
    """`frames`: how many belong to it. `commits`: after how many of them a transaction is complete."""

    data: bytes = field(repr=False)
    frame: int
    frames: int
    commits: tuple[int, ...]

    @classmethod
    def read(cls, path: Path) -> WriteAheadLog:
        """What follows the last frame of this round is left over from an earlier one: its salt differs."""
        data = path.read_bytes()
        frame = FRAME_HEADER + struct.unpack_from(">I", data, 8)[0]
        frames, commits = 0, []
        while (start := HEADER + frames * frame) + frame <= len(data):
            _, pages, salt = struct.unpack_from(">II8s", data, start)
            if salt != data[16:24]:
                break
            frames += 1
            if pages:
                commits.append(frames)
        return cls(data, frame, frames, tuple(commits))

    def bytes_of(self, frames: int) -> int:
        """Where these first frames end."""
        return HEADER + frames * self.frame

    def complete(self, length: int) -> int:
        """How many transactions are complete within so many bytes."""
        return sum(self.bytes_of(commit) <= length for commit in self.commits)
