from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit import keyring as module
from audit.keyring import Keyring
from audit.keys import DirectoryKeyStore
from audit.seal import KeyId
from fidus.errors import AuditUnavailable

if TYPE_CHECKING:
    from tests.audit.conftest import Clock, MemoryLog

OCTOBER, NOVEMBER = 202610, 202611


@pytest.fixture
def keyring(memory_log: MemoryLog, keystore: DirectoryKeyStore, clock: Clock) -> Keyring:
    return Keyring(memory_log, memory_log, keystore, clock)


def ids(log: MemoryLog) -> list[tuple[int, int]]:
    return [(month, serial) for month, serial, _ in log.keys]


def test_a_key_is_durable_before_it_is_given_out(
    keyring: Keyring, memory_log: MemoryLog, keystore: DirectoryKeyStore
) -> None:
    key_id, key = asyncio.run(keyring.sealing_key(OCTOBER))
    ((month, serial, wrapped),) = memory_log.keys
    assert key_id == KeyId(month, serial) == KeyId(OCTOBER, 1)
    assert keystore.unwrap(month, wrapped) == key
    assert len(key) == 32


def test_a_key_that_did_not_become_durable_is_never_used(keyring: Keyring, memory_log: MemoryLog) -> None:
    memory_log.unavailable = True
    with pytest.raises(AuditUnavailable):
        asyncio.run(keyring.sealing_key(OCTOBER))
    memory_log.unavailable = False
    assert asyncio.run(keyring.sealing_key(OCTOBER))[0] == KeyId(OCTOBER, 2)


def test_a_key_whose_commit_had_an_unknown_end_stays_unused(keyring: Keyring, memory_log: MemoryLog) -> None:
    memory_log.unavailable = memory_log.lost_reply = True
    with pytest.raises(AuditUnavailable):
        asyncio.run(keyring.sealing_key(OCTOBER))
    memory_log.unavailable = False
    assert asyncio.run(keyring.sealing_key(OCTOBER))[0] == KeyId(OCTOBER, 2)
    assert ids(memory_log) == [(OCTOBER, 1), (OCTOBER, 2)]


def test_a_log_that_declines_a_key_is_unavailable(keyring: Keyring, memory_log: MemoryLog) -> None:
    memory_log.declining = True
    with pytest.raises(AuditUnavailable, match="declined a new key of month 202610"):
        asyncio.run(keyring.sealing_key(OCTOBER))


def test_many_tasks_at_a_change_of_month_make_one_key(keyring: Keyring, memory_log: MemoryLog) -> None:
    async def all_at_once() -> set[KeyId]:
        months = [OCTOBER, NOVEMBER] * 100
        return {key_id for key_id, _ in await asyncio.gather(*map(keyring.sealing_key, months))}

    assert asyncio.run(all_at_once()) == {KeyId(OCTOBER, 1), KeyId(NOVEMBER, 1)}
    assert len(memory_log.keys) == 2


def test_months_that_take_turns_keep_their_keys(keyring: Keyring, memory_log: MemoryLog) -> None:
    for month in (OCTOBER, NOVEMBER, OCTOBER, NOVEMBER, OCTOBER):
        asyncio.run(keyring.sealing_key(month))
    assert ids(memory_log) == [(OCTOBER, 1), (NOVEMBER, 1)]


def test_keys_of_long_ago_are_not_kept_at_hand(keyring: Keyring, memory_log: MemoryLog) -> None:
    for month in (OCTOBER, NOVEMBER, 202612, OCTOBER, 202612):
        asyncio.run(keyring.sealing_key(month))
    assert ids(memory_log) == [(OCTOBER, 1), (NOVEMBER, 1), (202612, 1), (OCTOBER, 2)]


def test_a_key_is_followed_by_another_before_it_is_used_too_often(
    keyring: Keyring, memory_log: MemoryLog, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    assert module.SEALINGS_PER_KEY == 2**31
    monkeypatch.setattr(module, "SEALINGS_PER_KEY", 3)
    serials = []
    for _ in range(7):
        serials.append(asyncio.run(keyring.sealing_key(OCTOBER))[0].serial)
        clock.advance(seconds=5)
    assert serials == [1, 1, 1, 2, 2, 2, 3]


def test_each_process_seals_with_a_key_of_its_own(
    memory_log: MemoryLog, keystore: DirectoryKeyStore, clock: Clock
) -> None:
    first, second = (Keyring(memory_log, memory_log, keystore, clock) for _ in range(2))
    assert asyncio.run(first.sealing_key(OCTOBER))[0] == KeyId(OCTOBER, 1)
    key_id, key = asyncio.run(second.sealing_key(OCTOBER))
    assert key_id == KeyId(OCTOBER, 2)
    assert first.opening_key(key_id) == key


def test_an_unknown_key_id_is_told(keyring: Keyring) -> None:
    asyncio.run(keyring.sealing_key(OCTOBER))
    with pytest.raises(ValueError, match="no key that was wrapped under the key of month 202610"):
        keyring.opening_key(KeyId(OCTOBER, 99))


def test_a_destroyed_month_opens_nothing_and_seals_nothing(keyring: Keyring) -> None:
    key_id, _ = asyncio.run(keyring.sealing_key(OCTOBER))
    asyncio.run(keyring.destroy(OCTOBER))
    assert keyring.opening_key(key_id) is None
    assert keyring.opening_key(KeyId(OCTOBER, 99)) is None
    with pytest.raises(AuditUnavailable, match="key of month 202610 was destroyed"):
        asyncio.run(keyring.sealing_key(OCTOBER))


def test_a_month_destroyed_by_another_process_is_noticed_within_a_second(
    keyring: Keyring, keystore: DirectoryKeyStore, clock: Clock
) -> None:
    key_id, _ = asyncio.run(keyring.sealing_key(OCTOBER))
    clock.advance(seconds=5)
    assert asyncio.run(keyring.sealing_key(OCTOBER))[0] == key_id
    keystore.destroy(OCTOBER)
    assert keyring.opening_key(key_id) is None
    clock.advance(seconds=1)
    with pytest.raises(AuditUnavailable, match="was destroyed"):
        asyncio.run(keyring.sealing_key(OCTOBER))


def test_a_key_store_that_cannot_be_used_makes_the_log_unavailable(keyring: Keyring, tmp_path: Path) -> None:
    key_id, _ = asyncio.run(keyring.sealing_key(OCTOBER))
    (tmp_path / "keys").rename(tmp_path / "moved")
    for attempt in (keyring.sealing_key(NOVEMBER), keyring.destroy(OCTOBER)):
        with pytest.raises(AuditUnavailable, match="key store cannot use"):
            asyncio.run(attempt)
    with pytest.raises(AuditUnavailable, match="key store cannot use"):
        keyring.opening_key(key_id)


def test_the_first_tag_key_is_made_once(keyring: Keyring, memory_log: MemoryLog) -> None:
    first = asyncio.run(keyring.tag_keys())
    assert first.keys() == {1}
    assert ids(memory_log) == [(0, 1)]
    assert asyncio.run(keyring.tag_keys()) == first
    assert ids(memory_log) == [(0, 1)]


def test_the_tag_keys_of_all_epochs_are_read(
    keyring: Keyring, memory_log: MemoryLog, keystore: DirectoryKeyStore
) -> None:
    memory_log.keys = [(0, 4, keystore.wrap(0, bytes(32))), (0, 5, keystore.wrap(0, bytes(31) + b"1"))]
    asyncio.run(keyring.sealing_key(OCTOBER))
    assert asyncio.run(keyring.tag_keys()) == {4: bytes(32), 5: bytes(31) + b"1"}


def test_no_key_is_shown() -> None:
    shown = repr(module._Sealing(KeyId(1, 1), b"secret", b"wrapped", 0, datetime.min))
    assert "secret" not in shown
    assert "wrapped" not in shown
