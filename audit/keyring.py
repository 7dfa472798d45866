"""The data keys that seal entries and the keys of the search tags: made, made durable, then used."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from audit.canonical import b64
from audit.keys import KEY_LENGTH, TAG_MONTH, KeyDestroyed, KeyStore, KeyStoreError
from audit.log import Declined, Log, Record, Write
from audit.seal import KeyId
from fidus.errors import AuditUnavailable

ATTEMPTS: Final = 8  # at a serial of its own, each of which another process was quicker to take
SEALINGS_PER_KEY: Final = 2**31  # half of what random 12-byte nonces allow (NIST SP 800-38D, §8.3)
TRUSTED_FOR: Final = timedelta(seconds=1)
_MONTHS_AT_HAND: Final = 2  # around midnight two months take turns


class StoredKeys(Protocol):
    """Where wrapped keys are read again."""

    def data_keys(self) -> Sequence[tuple[int, int, bytes]]:
        """(month, serial, wrapped) of all; month 0: tag keys, the serial being their epoch."""
        ...


@dataclass(slots=True)
class _Sealing:
    """A data key in use by this process."""

    id: KeyId
    key: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    used: int
    checked: datetime


class Keyring:
    """All keys of one process, which never shares a sealing key with another process or an earlier life of
    its own: so it knows how often each was used, and no restored snapshot can repeat a nonce."""

    def __init__(
        self, log: Log, stored: StoredKeys, keystore: KeyStore, clock: Callable[[], datetime]
    ) -> None:
        self._log = log
        self._stored = stored
        self._keystore = keystore
        self._clock = clock
        self._known: dict[KeyId, bytes] = {}
        self._sealing: dict[int, _Sealing] = {}
        self._serials: dict[int, int] = {}
        self._making = asyncio.Lock()

    async def sealing_key(self, month: int) -> tuple[KeyId, bytes]:
        """The key that seals one entry of this month: made and durable before it is given out.

        Raises AuditUnavailable if it cannot be made durable, or the month's key was destroyed. A month that
        was destroyed behind this process's back is noticed within a second.
        """
        if not self._usable(month):
            async with self._making:
                if not self._usable(month):  # of many that wait, the first makes it
                    await self._renew(month)
        current = self._sealing[month]
        current.used += 1
        return current.id, current.key

    def opening_key(self, key_id: KeyId) -> bytes | None:
        """The key that opens what was sealed under this id, None if its month was destroyed.

        Not kept: a destroyed key must be gone from here too. Raises ValueError for an id that the store
        does not know or that does not fit, AuditUnavailable if keys cannot be read.
        """
        wrapped = self._known.get(key_id)
        if wrapped is None:
            self._read()
            wrapped = self._known.get(key_id, b"")
        try:
            return self._keystore.unwrap(key_id.month, wrapped)
        except KeyDestroyed:
            return None
        except KeyStoreError as error:
            raise AuditUnavailable(str(error)) from None

    async def tag_keys(self) -> dict[int, bytes]:
        """The tag keys of all live epochs; the first is made if there is none. Raises AuditUnavailable."""
        if not await self._stored_tag_keys():
            await self._offer(TAG_MONTH, 1)  # declined: another process was first, and all use its key
        return await self._stored_tag_keys()

    async def destroy(self, month: int) -> None:
        """Forget the month's key here and destroy it in the key store, for good.

        Raises AuditUnavailable if the key store cannot do it, ValueError for month 0.
        """
        async with self._making:
            self._sealing.pop(month, None)
            try:
                await asyncio.to_thread(self._keystore.destroy, month)
            except KeyStoreError as error:
                raise AuditUnavailable(str(error)) from None

    def _usable(self, month: int) -> bool:
        current = self._sealing.get(month)
        if current is None or current.used >= SEALINGS_PER_KEY:
            return False
        return abs(self._clock() - current.checked) < TRUSTED_FOR

    async def _renew(self, month: int) -> None:
        """Ask the key store again for the key in use, or make another. What fails here is forgotten."""
        current = self._sealing.pop(month, None)
        if current is None or current.used >= SEALINGS_PER_KEY:
            current = await self._make(month)
        else:
            await asyncio.to_thread(self._unwrap, current.id, current.wrapped)
        current.checked = self._clock()
        self._sealing[month] = current
        for former in sorted(self._sealing)[:-_MONTHS_AT_HAND]:
            if former != month:
                del self._sealing[former]

    async def _stored_tag_keys(self) -> dict[int, bytes]:
        await asyncio.to_thread(self._read)
        return {
            key_id.serial: await asyncio.to_thread(self._unwrap, key_id, blob)
            for key_id, blob in self._known.items()
            if key_id.month == TAG_MONTH
        }

    async def _make(self, month: int) -> _Sealing:
        """A new key under the next serial. One whose commit had an unknown end is never tried again."""
        for _ in range(ATTEMPTS):
            await asyncio.to_thread(self._read)
            taken = [key_id.serial for key_id in self._known if key_id.month == month]
            made = await self._offer(month, 1 + max([self._serials.get(month, 0), *taken]))
            if made is not None:
                return made
        raise AuditUnavailable(f"The log declined a new key of month {month}, each time")

    async def _offer(self, month: int, serial: int) -> _Sealing | None:
        """A new key under this serial, durable; None where that is taken."""
        key_id = KeyId(month, serial)
        self._serials[month] = serial
        key = secrets.token_bytes(KEY_LENGTH)
        try:
            wrapped = await asyncio.to_thread(self._keystore.wrap, month, key)
        except KeyStoreError as error:
            raise AuditUnavailable(str(error)) from None
        row = {"month": month, "serial": key_id.serial, "wrapped": b64(wrapped)}
        written = await self._log.append(
            Record(entry=None, numbered=False, writes=(Write("keys", "add", row),))
        )
        if isinstance(written, Declined):
            return None
        self._known = {**self._known, key_id: wrapped}
        return _Sealing(key_id, key, wrapped, 0, self._clock())

    def _unwrap(self, key_id: KeyId, wrapped: bytes) -> bytes:
        try:
            return self._keystore.unwrap(key_id.month, wrapped)
        except KeyStoreError as error:
            raise AuditUnavailable(str(error)) from None

    def _read(self) -> None:
        stored = {KeyId(month, serial): wrapped for month, serial, wrapped in self._stored.data_keys()}
        self._known = {**self._known, **stored}
