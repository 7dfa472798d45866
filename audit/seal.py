"""The seal: what only a key holder may read of an entry (formats.md §2). Pure; where keys come from is
audit/keyring.py."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.canonical import b64, canonical
from audit.event import Sealed
from audit.index import normalise
from fidus.model import Subject

BLOCK: Final = 512  # bytes; the plaintext is padded to a multiple, so that its length tells little
NONCE_LENGTH: Final = 12
_KEY_ID: Final = struct.Struct(">II")


@dataclass(frozen=True, slots=True, order=True)
class KeyId:
    """Which data key sealed an entry. `month`: such as 202610, UTC, of the entry's `at`."""

    month: int
    serial: int

    def to_bytes(self) -> bytes:
        """Eight bytes, both big-endian."""
        return _KEY_ID.pack(self.month, self.serial)


def month_of(at: datetime) -> int:
    """The month under whose key this moment is sealed, such as 202610. UTC."""
    utc = at.astimezone(UTC)
    return utc.year * 100 + utc.month


def seal(sealed: Sealed, key_id: KeyId, key: bytes, nonce: bytes, associated: bytes) -> bytes:
    """Key id (8 bytes) ‖ nonce (12) ‖ AES-256-GCM of the padded plaintext.

    `key`: 32 bytes; `nonce`: never the same twice under one key; `associated`: audit.entry.associated_data.
    Raises ValueError for a subject whose identifier has no normal form.
    """
    return key_id.to_bytes() + nonce + AESGCM(key).encrypt(nonce, plaintext(sealed), associated)


def key_id_of(blob: bytes) -> KeyId:
    """Which key opens this seal. Raises ValueError if it is too short to be one."""
    if len(blob) <= _KEY_ID.size + NONCE_LENGTH:
        raise ValueError("A seal has a key id, a nonce and a content")
    return KeyId(*_KEY_ID.unpack_from(blob))


def open_seal(blob: bytes, key: bytes, associated: bytes) -> dict[str, Any]:
    """The sealed members, without the padding.

    Raises ValueError if the seal was changed, belongs to another entry or was made with another key.
    """
    start = _KEY_ID.size + NONCE_LENGTH
    try:
        text = AESGCM(key).decrypt(blob[_KEY_ID.size : start], blob[start:], associated)
    except InvalidTag:
        raise ValueError("This seal was changed, or belongs to another entry") from None
    members: dict[str, Any] = json.loads(text)
    del members["pad"]
    return members


def plaintext(sealed: Sealed) -> bytes:
    """Canonical JSON, as long as a multiple of 512 bytes; absent members are left out."""
    members: dict[str, Any] = {
        "subjects": [_subject(subject) for subject in sealed.subjects],
        "endUser": sealed.end_user,
        "caseReference": sealed.case_reference,
        "query": sealed.query,
        "answerNonce": None if sealed.answer_nonce is None else b64(sealed.answer_nonce),
        "flow": sealed.flow,
        "pad": "",
    }
    members = {name: value for name, value in members.items() if value is not None}
    written = canonical(members)
    # The first such bytes are the pad's: before it stand texts alone, and none holds an open quotation mark.
    before, pad, after = written.partition(b'"pad":"')
    return before + pad + b" " * (-len(written) % BLOCK) + after


def _subject(subject: Subject) -> dict[str, str]:
    """A subject without a number has no `id`."""
    known = {} if subject.id is None else {"id": normalise(subject.type, subject.id)}
    return {"type": subject.type.value, **known, "role": subject.role.value}
