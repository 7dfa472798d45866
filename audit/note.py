"""Signed notes and their keys (C2SP signed-note and tlog-cosignature). Pure.

A note is a text that ends in a newline, an empty line, and signature lines. Nothing of it is used before a
trusted key has verified it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.canonical import b64, unb64

MAX_NOTE: Final = 1_000_000  # bytes
MAX_SIGNATURES: Final = 100
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_NAME: Final = re.compile(r"[^\s+]+")
_SIGNATURE_LINE: Final = re.compile(r"— ([^\s+]+) (\S+)")
_KEY_ID_SIZE: Final = 4
_TIME_SIZE: Final = 8


class KeyKind(IntEnum):
    """The type byte of a key: what its signatures are over."""

    LOG = 0x01  # the note's text
    COSIGNER = 0x04  # the time, then the text: "the largest tree that I saw"


LOG: Final = KeyKind.LOG
COSIGNER: Final = KeyKind.COSIGNER


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name. Text form: `name+<key id, 8 hex digits>+<base64 of type and key>`."""

    name: str
    public: bytes
    kind: KeyKind = LOG

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != 32:
            raise ValueError("An Ed25519 public key has 32 bytes")

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """From its text form. Raises ValueError for any other text, and for the key id of another key."""
        parts = vkey.split("+", 2)  # base64 may hold a `+` itself
        if len(parts) != 3:
            raise ValueError("A verifier key reads name+keyid+base64")
        name, key_id, material = parts
        data = unb64(material)
        if len(data) != 33 or data[0] not in set(KeyKind):
            raise ValueError("A verifier key holds type 1 or 4 and 32 bytes of an Ed25519 key")
        key = cls(name, data[1:], KeyKind(data[0]))
        if key.key_id.hex() != key_id:
            raise ValueError("The key id in the verifier key does not belong to its name and key")
        return key

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[
            :_KEY_ID_SIZE
        ]

    @property
    def vkey(self) -> str:
        """The text form."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes((self.kind,)) + self.public)}"

    def verify(self, text: str, signature: bytes) -> int | None:
        """Check what follows the key id in a signature line: nothing for a log key, a cosigner's Unix time.

        Raises ValueError if the signature is not this key's over this text.
        """
        time = None
        if self.kind is COSIGNER:
            time, signature = int.from_bytes(signature[:_TIME_SIZE], "big"), signature[_TIME_SIZE:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _message(text, time))
        except InvalidSignature:
            raise ValueError(f"The signature of {self.name} does not fit this text") from None
        return time


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A private Ed25519 key with its name. `seed`: 32 bytes, never shown."""

    name: str
    seed: bytes = field(repr=False)
    kind: KeyKind = LOG
    verifier: VerifierKey = field(init=False, repr=False, compare=False)
    """The public half."""
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != 32:
            raise ValueError("The seed of an Ed25519 key has 32 bytes")
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        public = private.public_key().public_bytes_raw()
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "verifier", VerifierKey(self.name, public, self.kind))

    @property
    def vkey(self) -> str:
        """The public half as text, to be given to whoever verifies."""
        return self.verifier.vkey

    def sign(self, text: str, time: int | None = None) -> str:
        """One signature line, newline included. `time`: Unix seconds, for a cosigner's key and no other.

        Raises ValueError for a text that no note can have, and for a time that does not fit the kind.
        """
        _check_text(text)
        if (time is not None) != (self.kind is COSIGNER):
            raise ValueError("A cosigner signs with the time, a log key without")
        message = _message(text, time)
        stamp = b"" if time is None else time.to_bytes(_TIME_SIZE, "big")
        signature = self.verifier.key_id + stamp + self._private.sign(message)
        return f"— {self.name} {b64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that was verified. `signers`: the trusted keys that signed, each once, in the note's order.
    `times`: when each cosigner saw it, Unix seconds; the latest where one signed twice."""

    text: str
    signers: tuple[VerifierKey, ...]
    times: Mapping[VerifierKey, int]


def open_note(note: str, keys: Iterable[VerifierKey]) -> Opened:
    """Verify a note with the trusted keys; lines of other keys are skipped.

    Raises ValueError if it is no note, if a trusted key's signature fails, or if no trusted key signed.
    """
    text, lines = _divide(note)
    trusted = {(key.name, key.key_id): key for key in keys}
    signers: dict[VerifierKey, int | None] = {}
    for name, signature in map(_parse_line, lines):
        key = trusted.get((name, signature[:_KEY_ID_SIZE]))
        if key is not None:
            time = key.verify(text, signature[_KEY_ID_SIZE:])
            signers[key] = time if time is None else max(time, signers.get(key) or 0)
    if not signers:
        raise ValueError("No trusted key signed this note")
    return Opened(text, tuple(signers), {key: time for key, time in signers.items() if time is not None})


def text_of(note: str) -> str:
    """The text of a note that nobody verified yet: to choose keys by, not to be believed."""
    return _divide(note)[0]


def _divide(note: str) -> tuple[str, list[str]]:
    """Text and signature lines; the last empty line divides them."""
    _check_text(note)
    text, divider, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")[:-1]
    if not divider or not lines:
        raise ValueError("A note has a text, an empty line and at least one signature line")
    if len(lines) > MAX_SIGNATURES:
        raise ValueError(f"A note has at most {MAX_SIGNATURES} signature lines")
    return text + "\n", lines


def _parse_line(line: str) -> tuple[str, bytes]:
    """Name, and key id with signature."""
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise ValueError("A signature line reads: em dash, key name, base64, with one space between")
    signature = unb64(match[2])
    if len(signature) <= _KEY_ID_SIZE:
        raise ValueError("A signature line holds a key id of four bytes and a signature")
    return match[1], signature


def _message(text: str, time: int | None) -> bytes:
    """What is signed (tlog-cosignature for a key that signs with the time)."""
    if time is None:
        return text.encode()
    if not 0 < time < 2**63:
        raise ValueError("The time of a cosignature is in Unix seconds, above 0 and below 2^63")
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise ValueError("A note ends in a newline")
    if len(_utf8(text)) > MAX_NOTE:
        raise ValueError(f"A note has at most {MAX_NOTE} bytes")
    if _CONTROL.search(text):
        raise ValueError("A note has no control character but newline")


def _check_name(name: str) -> None:
    _utf8(name)
    if not _NAME.fullmatch(name) or _CONTROL.search(name):
        raise ValueError("A key name is not empty and has no white space, no control character and no `+`")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("A note and a key name are UTF-8, without lone surrogates") from None
