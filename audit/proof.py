"""Proofs as text: inclusion (C2SP tlog-proof), consistency (body of add-checkpoint), cosignatures. Pure.

They are verified offline, with a verifier key and what the verifier holds itself, without asking the hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.canonical import b64, unb64
from audit.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from audit.note import COSIGNER, MAX_NOTE, NoteKey, VerifierKey, open_note
from audit.tree import HASH_SIZE, MAX_ENTRY, check_consistency, leaf_hash, root_from_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
MAX_PROOF: Final = 2 * MAX_NOTE  # characters


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An inclusion proof as it was read: nothing in it is verified. `extra`: the entry, if it came along."""

    index: int
    path: tuple[bytes, ...]
    extra: bytes | None = field(repr=False)
    note: str = field(repr=False)

    def text(self) -> str:
        """The proof as text."""
        extra = [] if self.extra is None else [f"extra {b64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(b64, self.path)]
        return "\n".join(lines) + f"\n\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Inclusion:
        """From text. Raises ValueError for any other form."""
        lines, note = _divide(text)
        if lines.pop(0) != HEADER:
            raise ValueError(f"An inclusion proof begins with {HEADER}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = unb64(lines.pop(0).removeprefix("extra "))
        index = _numbered("index", lines)
        return cls(index, _hashes(lines[1:]), extra, note)

    def check(self, checkpoint: Checkpoint, entry: bytes) -> None:
        """Raises ValueError unless the verified checkpoint's tree has this entry under this index."""
        if not 1 <= len(entry) <= MAX_ENTRY:
            raise ValueError(f"An entry of the log has 1 to {MAX_ENTRY} bytes")
        root = root_from_inclusion(self.index, checkpoint.size, leaf_hash(entry), self.path)
        if root != checkpoint.root:
            raise ValueError("The entry is not the one that the log has under this index")


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry that was proved to be in the log under `index`, by the tree of `checkpoint`."""

    index: int
    entry: bytes = field(repr=False)
    checkpoint: Checkpoint


def make_proof(index: int, path: Sequence[bytes], checkpoint_note: str, entry: bytes | None) -> str:
    """The text of an inclusion proof. `entry`: sent along as `extra`, so that the proof stands alone."""
    return Inclusion(index, tuple(path), entry, checkpoint_note).text()


def check_proof(text: str, key: VerifierKey, entry: bytes | None = None) -> Proved:
    """What the proof proves under this log key.

    `entry`: the bytes that the verifier holds; without them those of the `extra` line. Raises ValueError if
    the text is no proof, its checkpoint is not signed by the key, or the entry is not in the log there.
    """
    proof = Inclusion.parse(text)
    checkpoint = open_checkpoint(proof.note, key)
    held = proof.extra if entry is None else entry
    if held is None:
        raise ValueError("The proof brings no entry along: give the entry that it is to prove")
    if proof.extra not in (None, held):
        raise ValueError("The proof brings another entry along than the one given")
    proof.check(checkpoint, held)
    return Proved(proof.index, held, checkpoint)


@dataclass(frozen=True, slots=True)
class Consistency:
    """A consistency proof as it was read: nothing in it is verified. `old`: the size that it goes on from."""

    old: int
    path: tuple[bytes, ...]
    note: str = field(repr=False)

    def text(self) -> str:
        """The proof as text, which is the body of add-checkpoint."""
        return "\n".join([f"old {self.old}", *map(b64, self.path)]) + f"\n\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Consistency:
        """From text. Raises ValueError for any other form."""
        lines, note = _divide(text)
        return cls(_numbered("old", lines), _hashes(lines[1:]), note)


def make_consistency(old: int, path: Sequence[bytes], checkpoint_note: str) -> str:
    """The text of a consistency proof from the tree of `old` entries to that of the signed checkpoint."""
    return Consistency(old, tuple(path), checkpoint_note).text()


def check_consistency_proof(text: str, key: VerifierKey, older: Checkpoint) -> Checkpoint:
    """The newer checkpoint, shown to extend `older`, which the verifier holds and has verified itself.

    Raises ValueError if the text is no proof, begins at another size, its checkpoint is not signed by the
    key, or the newer tree does not extend the older one.
    """
    proof = Consistency.parse(text)
    newer = open_checkpoint(proof.note, key)
    if older.origin != newer.origin:
        raise ValueError("The older checkpoint is of another log")
    if proof.old != older.size:
        raise ValueError(f"The proof goes on from {proof.old} entries, the older checkpoint has {older.size}")
    check_consistency(older.size, newer.size, older.root, newer.root, proof.path)
    return newer


def cosign(note: str, log: VerifierKey, witness: NoteKey, time: int) -> str:
    """The witness's signature line for a checkpoint of this log. `time`: Unix seconds.

    That the checkpoint extends all that the witness saw before is for the witness to know. Raises ValueError
    if the log did not sign it.
    """
    return witness.sign(open_checkpoint(note, log).text(), time)


def check_cosignature(note: str, log: VerifierKey, witness: VerifierKey) -> tuple[Checkpoint, int]:
    """The checkpoint, signed by log and witness, and the Unix time at which the witness saw it.

    Raises ValueError unless both signed it.
    """
    if witness.kind is not COSIGNER:
        raise ValueError("A witness signs with a cosigner's key")
    checkpoint = open_checkpoint(note, log)
    return checkpoint, open_note(note, (witness,)).times[witness]


def _divide(text: str) -> tuple[list[str], str]:
    """The lines before the first empty line, at least one, and the note behind it."""
    if len(text) > MAX_PROOF:
        raise ValueError(f"A proof has at most {MAX_PROOF} characters")
    head, divider, note = text.partition("\n\n")
    if not divider:
        raise ValueError("A proof has lines, an empty line and a signed checkpoint")
    return head.split("\n"), note


def _numbered(word: str, lines: Sequence[str]) -> int:
    """The number in the first of these lines, which must have this word."""
    if not lines or not lines[0].startswith(f"{word} "):
        raise ValueError(f"The proof has no line `{word}` where it belongs")
    return parse_decimal(lines[0].removeprefix(f"{word} "))


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_HASHES:
        raise ValueError(f"A proof has at most {MAX_HASHES} hashes")
    hashes = tuple(map(unb64, lines))
    if any(len(one) != HASH_SIZE for one in hashes):
        raise ValueError("A hash of a proof has 32 bytes")
    return hashes
