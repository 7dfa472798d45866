"""Verifying one home: its store and its published files, entry by entry, tags and own numbers included; and
what is in force."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from audit.files_verify import Report, verify_files
from audit.keys import DirectoryKeyStore
from audit.log import Appended, Declined, Record
from audit.reader import Reader
from audit.recorder import Recorder
from audit.store_verify import verify_store
from audit.tilereader import TileReader
from fidus.errors import AuditUnavailable
from fidus.hubkeys import signing_key
from fidus.policy_verify import verify_policy
from fidus.settings import Settings
from fidus.store.engine import snapshots_of

PATIENT_S: Final = 3600.0  # some questions are about the whole log


class _NoLog:
    """Whoever verifies changes nothing."""

    async def append(self, *_: Record) -> tuple[Appended, ...] | Declined:
        raise AuditUnavailable("a verification writes nothing")

    async def prove(self, _: int) -> str:
        raise AuditUnavailable("a verification proves nothing")

    async def close(self) -> None:
        """Nothing to let go of."""


def verify_home(settings: Settings) -> Report:
    """Check this home's store whole, then its published files. Works beside a running hub.

    Raises ConfigurationInvalid without the log's key, AuditUnavailable or OSError where the store or the
    keys cannot be read.
    """
    home, published = settings.home, settings.path(settings.log.directory)
    key = signing_key(settings.path(settings.log.signing_key), settings.log.origin, create=False).verifier
    reader = Reader(snapshots_of(home, settings.database, PATIENT_S))
    try:
        store = verify_store(
            reader, key, published=published, expected_tags=_recorder(settings, reader).expected_tags
        )
        policy = () if store.faults else verify_policy(reader)
    finally:
        reader.close()
    if store.size == 0 and not (published / "checkpoint").exists():
        return store  # a new home: there was nothing to publish yet
    files = verify_files(TileReader.open(str(published)), key)
    return Report(store.size, store.root, store.faults + policy + files.faults)


def _recorder(settings: Settings, reader: Reader) -> Recorder:
    keystore = DirectoryKeyStore(settings.path(settings.log.keys))
    return asyncio.run(Recorder.open(_NoLog(), reader, keystore, lambda: datetime.now(UTC)))
