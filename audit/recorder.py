"""From an event to a record for the log: sealed, tagged, and under a key that is durable already."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from audit.canonical import unb64
from audit.entry import MAX_SUBJECTS, associated_data, build, head
from audit.event import Event, Sealed
from audit.index import Tagger
from audit.keyring import Keyring, StoredKeys
from audit.keys import KeyStore
from audit.log import Expect, Log, Raise, Record, Spend, Tag, Write
from audit.seal import NONCE_LENGTH, key_id_of, month_of, open_seal, seal
from fidus.model import Subject, SubjectRole, SubjectType


class Recorder:
    """Makes records. One a process; safe to call from many tasks at once. Made by `Recorder.open`."""

    def __init__(self, keyring: Keyring, tagger: Tagger) -> None:
        self._keyring = keyring
        self.tagger = tagger

    @classmethod
    async def open(
        cls, log: Log, stored: StoredKeys, keystore: KeyStore, clock: Callable[[], datetime]
    ) -> Recorder:
        """Read the tag keys, making the first one durable in a new log.

        Raises AuditUnavailable if keys can neither be read nor made.
        """
        keyring = Keyring(log, stored, keystore, clock)
        return cls(keyring, Tagger(await keyring.tag_keys()))

    async def record(
        self,
        event: Event,
        *,
        numbered: bool = True,
        epoch: int | Raise | None = None,
        spends: tuple[Spend, ...] = (),
        expects: tuple[Expect, ...] = (),
        reads: Mapping[str, str] | None = None,
        writes: tuple[Write, ...] = (),
        proved: bool = False,
    ) -> Record:
        """The record of this event, ready for `Log.append`; the rest is handed on as it is.

        Raises ValueError for an event that breaks the rules of its kind (audit.entry.build), that has more
        than 500 subjects or one whose identifier has no normal form; AuditUnavailable if the key of the
        event's month cannot be used, because it was destroyed or could not be made durable.
        """
        first = head(event)
        return Record(
            entry=build(event, await self._seal(event, associated_data(first)), first),
            numbered=numbered,
            epoch=epoch,
            tags=() if event.sealed is None else self.tagger.tags(event.sealed.subjects),
            spends=spends,
            expects=expects,
            reads={} if reads is None else reads,
            writes=writes,
            proved=proved,
        )

    def pseudonym(self, subject: Subject) -> str:
        """What a counter about this subject is named after: its tag in hex, which no one without the tag
        key can trace back. Raises ValueError for a subject without a number."""
        if subject.id is None:
            raise ValueError("A subject without a number has no pseudonym")
        return self.tagger.tag(subject.type, subject.id).hex()

    def open_sealed(self, entry: Mapping[str, Any]) -> dict[str, Any] | None:
        """The sealed members of an entry (formats.md §2, without `pad`); {} where nothing is sealed, None
        where the key of its month was destroyed.

        Raises ValueError if the seal was changed, AuditUnavailable if keys cannot be read.
        """
        if "sealed" not in entry:
            return {}
        blob = unb64(entry["sealed"])
        key = self._keyring.opening_key(key_id_of(blob))
        return None if key is None else open_seal(blob, key, associated_data(entry))

    def expected_tags(self, entry: Mapping[str, Any]) -> frozenset[Tag] | None:
        """The tags that may stand beside this entry, made anew from its seal: one for each live epoch,
        number and role. None where the key of its month was destroyed. Raises as `open_sealed`."""
        opened = self.open_sealed(entry)
        if opened is None:
            return None
        return frozenset(
            Tag(epoch, tag, SubjectRole(subject["role"]))
            for subject in opened.get("subjects", ())
            if "id" in subject
            for epoch, tag in self.tagger.every(SubjectType(subject["type"]), subject["id"])
        )

    async def destroy_month(self, month: int) -> None:
        """Destroy the key of a month, such as 202610, for good: what was sealed in it can never be opened
        again, and nothing more is sealed in it. Recording that this was done is the caller's.

        Raises AuditUnavailable if the key store cannot do it, ValueError for month 0.
        """
        await self._keyring.destroy(month)

    async def _seal(self, event: Event, bound: bytes) -> bytes | None:
        sealed: Sealed | None = event.sealed
        if sealed is None:
            return None
        if len(sealed.subjects) > MAX_SUBJECTS:
            raise ValueError(f"An entry seals at most {MAX_SUBJECTS} subjects: use audit.entry.parts")
        key_id, key = await self._keyring.sealing_key(month_of(event.at))
        return seal(sealed, key_id, key, secrets.token_bytes(NONCE_LENGTH), bound)
