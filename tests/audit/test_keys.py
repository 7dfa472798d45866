from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.keys import DirectoryKeyStore, KeyDestroyed, KeyStoreError
from fidus.errors import ConfigurationInvalid

KEY = bytes(range(32))
MONTH = 202610


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as caught:
        DirectoryKeyStore(path)
    return [fault.problem for fault in caught.value.faults]


def test_a_wrapped_key_comes_back_also_after_a_restart(tmp_path: Path) -> None:
    blob = DirectoryKeyStore(tmp_path / "keys").wrap(MONTH, KEY)
    assert KEY not in blob
    assert DirectoryKeyStore(tmp_path / "keys").unwrap(MONTH, blob) == KEY


def test_only_the_owner_may_read_directory_and_keys(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        DirectoryKeyStore(tmp_path / "keys").wrap(MONTH, KEY)
    finally:
        os.umask(former)
    assert mode(tmp_path / "keys") == 0o700
    assert [(file.name, mode(file)) for file in (tmp_path / "keys").iterdir()] == [("202610.kek", 0o600)]
    assert len((tmp_path / "keys" / "202610.kek").read_bytes()) == 32


def test_each_month_has_a_key_of_its_own(keystore: DirectoryKeyStore) -> None:
    blob = keystore.wrap(MONTH, KEY)
    keystore.wrap(MONTH + 1, KEY)
    with pytest.raises(ValueError, match="no key that was wrapped"):
        keystore.unwrap(MONTH + 1, blob)


@pytest.mark.parametrize("blob", [b"", bytes(5), bytes(12), bytes(60)])
def test_what_was_never_wrapped_is_refused(keystore: DirectoryKeyStore, blob: bytes) -> None:
    keystore.wrap(MONTH, KEY)
    with pytest.raises(ValueError, match="no key that was wrapped"):
        keystore.unwrap(MONTH, blob)


def test_a_destroyed_month_is_never_made_again(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    blob = keystore.wrap(MONTH, KEY)
    keystore.destroy(MONTH)
    keystore.destroy(MONTH)
    for store in (keystore, DirectoryKeyStore(tmp_path / "keys")):
        with pytest.raises(KeyDestroyed, match="key of month 202610 was destroyed"):
            store.wrap(MONTH, KEY)
        with pytest.raises(KeyDestroyed):
            store.unwrap(MONTH, blob)
        with pytest.raises(KeyDestroyed):
            store.unwrap(MONTH, b"")
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["202610.destroyed"]


def test_a_month_that_never_had_a_key_can_be_closed(keystore: DirectoryKeyStore) -> None:
    keystore.destroy(MONTH)
    with pytest.raises(KeyDestroyed):
        keystore.wrap(MONTH, KEY)


def test_the_bytes_of_a_destroyed_key_are_overwritten(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    keystore.wrap(MONTH, KEY)
    os.link(tmp_path / "keys" / "202610.kek", tmp_path / "second-name")
    keystore.destroy(MONTH)
    assert (tmp_path / "second-name").read_bytes() == bytes(32)


def test_a_draft_that_a_crash_left_goes_with_its_month(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    keystore.wrap(MONTH, KEY)
    os.link(tmp_path / "keys" / "202610.kek", tmp_path / "keys" / ".tmp-202610-00")
    keystore.destroy(MONTH)
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["202610.destroyed"]


def test_a_destruction_that_a_crash_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    DirectoryKeyStore(tmp_path / "keys").wrap(MONTH, KEY)
    tombstone = tmp_path / "keys" / "202610.destroyed"
    tombstone.touch(0o600)
    DirectoryKeyStore(tmp_path / "keys")
    assert list((tmp_path / "keys").iterdir()) == [tombstone]


def test_the_key_of_the_tags_is_never_destroyed(keystore: DirectoryKeyStore) -> None:
    blob = keystore.wrap(0, KEY)
    with pytest.raises(ValueError, match="never destroyed"):
        keystore.destroy(0)
    assert keystore.unwrap(0, blob) == KEY


@pytest.mark.parametrize("month", [-1, 1, 202600, 202613, 20261, 2026100])
def test_what_is_no_month_is_refused(keystore: DirectoryKeyStore, month: int) -> None:
    for call in (
        lambda: keystore.wrap(month, KEY),
        lambda: keystore.unwrap(month, b""),
        lambda: keystore.destroy(month),
    ):
        with pytest.raises(ValueError, match="YYYYMM"):
            call()


def test_everything_that_others_may_read_is_named_at_start(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    DirectoryKeyStore(path).wrap(MONTH, KEY)
    path.chmod(0o750)
    (path / "202610.kek").chmod(0o604)
    (path / "elsewhere.kek").symlink_to(tmp_path / "nowhere")
    assert faults(path) == [
        "Others than its owner may use it",
        "Others than its owner may use it",
        "A key store holds no symbolic links",
    ]


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys").mkdir(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert faults(tmp_path / "keys") == ["It belongs to another user"]


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").touch()
    assert faults(tmp_path / "keys") == ["The key store cannot use keys: File exists"]


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    blob = keystore.wrap(MONTH, KEY)
    (tmp_path / "keys" / "202610.kek").chmod(0o640)
    with pytest.raises(KeyStoreError, match="Others than its owner may use it"):
        keystore.unwrap(MONTH, blob)


def test_a_key_that_was_cut_short_is_not_used(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    keystore.wrap(MONTH, KEY)
    (tmp_path / "keys" / "202610.kek").write_bytes(b"short")
    with pytest.raises(KeyStoreError, match=r"202610\.kek has not the 32 bytes"):
        keystore.wrap(MONTH, KEY)


def test_a_key_that_is_gone_without_having_been_destroyed_is_told(
    tmp_path: Path, keystore: DirectoryKeyStore
) -> None:
    blob = keystore.wrap(MONTH, KEY)
    (tmp_path / "keys" / "202610.kek").unlink()
    with pytest.raises(KeyStoreError, match=r"cannot use 202610\.kek: No such file"):
        keystore.unwrap(MONTH, blob)


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path, keystore: DirectoryKeyStore) -> None:
    (tmp_path / "keys").rename(tmp_path / "moved")
    with pytest.raises(KeyStoreError, match=r"cannot use \.tmp-202610-"):
        keystore.wrap(MONTH, KEY)
    with pytest.raises(KeyStoreError, match=r"cannot use 202610\.destroyed"):
        keystore.destroy(MONTH)


def test_a_fault_without_a_file_is_told(keystore: DirectoryKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyStoreError, match="cannot use a file: Input/output error"):
        keystore.wrap(MONTH, KEY)


def test_of_many_makers_of_one_key_one_wins(tmp_path: Path) -> None:
    stores = [DirectoryKeyStore(tmp_path / "keys") for _ in range(8)]
    blobs: list[bytes] = []
    start = threading.Barrier(len(stores))

    def make(store: DirectoryKeyStore) -> None:
        start.wait()
        blobs.append(store.wrap(MONTH, KEY))

    threads = [threading.Thread(target=make, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stores[0].unwrap(MONTH, blob) for blob in blobs] == [KEY] * 8
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["202610.kek"]


def test_a_second_maker_takes_the_key_of_the_first(
    tmp_path: Path, keystore: DirectoryKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[bytes] = []
    link: Callable[..., None] = os.link

    def too_late(draft: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        first.append(DirectoryKeyStore(tmp_path / "keys").wrap(MONTH, KEY))
        link(draft, target)

    monkeypatch.setattr(os, "link", too_late)
    second = keystore.wrap(MONTH, KEY)
    assert [keystore.unwrap(MONTH, blob) for blob in (*first, second)] == [KEY, KEY]


def test_no_error_shows_a_key() -> None:
    assert str(KeyDestroyed(MONTH)).startswith("The key of month 202610 was destroyed")
    assert KeyDestroyed(MONTH).month == MONTH
