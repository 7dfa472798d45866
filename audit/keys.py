"""The key store: one key-encryption key (KEK) a month, which never leaves it.

Destroying a month's KEK makes everything sealed in that month unreadable in every copy of the log, while the
tree stays whole. Month 0 is no month: its KEK wraps the tag keys (audit/index.py) and is never destroyed.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import struct
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fidus.errors import ConfigurationFault, ConfigurationInvalid

TAG_MONTH: Final = 0
KEY_LENGTH: Final = 32
_NONCE_LENGTH: Final = 12


class KeyStoreError(Exception):
    """The key store cannot do what was asked; its text says what to look at and names no key."""


class KeyDestroyed(KeyStoreError):
    """The KEK of this month was destroyed for good."""

    def __init__(self, month: int) -> None:
        super().__init__(f"The key of month {month} was destroyed: nothing can be sealed or opened under it")
        self.month = month


class KeyStore(Protocol):
    """Where KEKs live: a directory now, PKCS#11 later. No call gives one out. Safe to call from threads."""

    def wrap(self, month: int, key: bytes) -> bytes:
        """`key` encrypted under the KEK of `month`, which is made, durable, if there is none yet.

        Raises KeyDestroyed, or KeyStoreError if the store cannot be used.
        """
        ...

    def unwrap(self, month: int, blob: bytes) -> bytes:
        """The key that `wrap` was given. Raises KeyDestroyed, whatever the blob; KeyStoreError if the store
        cannot be used; ValueError if `blob` was not wrapped under this month's KEK."""
        ...

    def destroy(self, month: int) -> None:
        """Destroy the KEK of `month` for good; no later call makes one for it. Again is no error.

        Raises KeyStoreError if the store cannot be used, ValueError for month 0.
        """
        ...


class DirectoryKeyStore:
    """KEKs as files `<month>.kek` (0600, 32 bytes) of one directory (0700) of the hub's own user.

    A wrapped key is a 12-byte nonce ‖ AES-256-GCM, with the month as associated data. `<month>.destroyed`
    stays behind for good where a key was destroyed. Overwriting cannot reach back-ups, snapshots or
    copy-on-write blocks: the directory belongs on a volume of its own, kept out of them.
    """

    def __init__(self, path: Path) -> None:
        """Opens the directory, making it if need be, and finishes destructions that a crash cut short.

        Raises ConfigurationInvalid, with every fault, where others than the owner may read it.
        """
        self._path = path
        try:
            if not path.is_dir():
                path.mkdir(mode=0o700)
                _sync_directory(path.parent)
            faults = [fault for item in (path, *sorted(path.iterdir())) if (fault := _fault(item))]
            if not faults:
                for tombstone in path.glob("[0-9]" * 6 + ".destroyed"):
                    self._erase(int(tombstone.stem))
        except OSError as error:
            faults = [
                ConfigurationFault(str(path), 0, str(_unusable(error)), "Look at the path and its rights")
            ]
        if faults:
            raise ConfigurationInvalid(tuple(faults))

    def wrap(self, month: int, key: bytes) -> bytes:
        """See KeyStore."""
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + AESGCM(self._kek(month, make=True)).encrypt(nonce, key, _bound(month))

    def unwrap(self, month: int, blob: bytes) -> bytes:
        """See KeyStore."""
        kek = self._kek(month, make=False)
        try:
            return AESGCM(kek).decrypt(blob[:_NONCE_LENGTH], blob[_NONCE_LENGTH:], _bound(month))
        except (InvalidTag, ValueError):
            raise ValueError(f"This is no key that was wrapped under the key of month {month}") from None

    def destroy(self, month: int) -> None:
        """See KeyStore. The tombstone is durable before the key is touched: a crash in between leaves a
        month that counts as destroyed, and the next start finishes the work."""
        if month == TAG_MONTH:
            raise ValueError("The key that wraps the tag keys is never destroyed")
        try:
            os.close(os.open(self._tombstone(month), os.O_WRONLY | os.O_CREAT, 0o600))
            _sync_directory(self._path)
            self._erase(month)
        except OSError as error:
            raise _unusable(error) from None

    def _kek(self, month: int, make: bool) -> bytes:
        """Not kept in memory: a key that another process destroyed is gone for this one too."""
        try:
            if self._tombstone(month).exists():
                raise KeyDestroyed(month)
            path = self._file(month)
            if make and not path.exists():
                self._make(month)
            fault = _fault(path)
            kek = path.read_bytes()
        except OSError as error:
            raise _unusable(error) from None
        if fault is not None:
            raise KeyStoreError(str(fault))
        if len(kek) != KEY_LENGTH:
            raise KeyStoreError(f"{path.name} has not the {KEY_LENGTH} bytes of a key: put back its back-up")
        return kek

    def _make(self, month: int) -> None:
        """Whole or not at all, and never over a key that is there: the first of several makers wins."""
        draft = self._path / f".tmp-{month}-{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self._file(month))
        except FileExistsError:
            pass  # another maker was first; its key is as good
        draft.unlink()
        _sync_directory(self._path)

    def _erase(self, month: int) -> None:
        """Also drafts, which after a crash may be a second name of the key."""
        for path in (self._file(month), *self._path.glob(f".tmp-{month}-*")):
            if path.exists():
                with path.open("r+b") as file:
                    file.write(bytes(KEY_LENGTH))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
        _sync_directory(self._path)

    def _file(self, month: int) -> Path:
        return self._path / f"{_checked(month)}.kek"

    def _tombstone(self, month: int) -> Path:
        return self._path / f"{_checked(month)}.destroyed"


def _checked(month: int) -> int:
    """A month that can be in a file name. Raises ValueError."""
    if month != TAG_MONTH and not re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", str(month)):
        raise ValueError("A month reads YYYYMM, such as 202610; 0 stands for the tag keys")
    return month


def _bound(month: int) -> bytes:
    return b"fidus data key" + struct.pack(">I", month)


def _fault(path: Path) -> ConfigurationFault | None:
    """What is wrong with who may read this file or directory."""
    status = path.lstat()
    mode = "0700" if stat.S_ISDIR(status.st_mode) else "0600"
    if stat.S_ISLNK(status.st_mode):
        return ConfigurationFault(
            str(path), 0, "A key store holds no symbolic links", "Put the file itself here"
        )
    if status.st_uid != os.geteuid():
        return ConfigurationFault(
            str(path), 0, "It belongs to another user", "chown it to the user of the hub"
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        return ConfigurationFault(str(path), 0, "Others than its owner may use it", f"chmod {mode} it")
    return None


def _unusable(error: OSError) -> KeyStoreError:
    name = Path(error.filename).name if isinstance(error.filename, str | os.PathLike) else "a file"
    return KeyStoreError(f"The key store cannot use {name}: {error.strerror}")


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
