"""Signing keys on disk, the log's and those of approvers: 32 bytes of seed, readable by the owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from audit.note import NoteKey
from fidus.errors import ConfigurationFault, ConfigurationInvalid


def seed_key(path: Path, name: str) -> NoteKey:
    """A person's or witness's Ed25519 key from a file with 32 bytes. Raises ConfigurationInvalid."""
    return signing_key(path, name, create=False)


def signing_key(path: Path, origin: str, *, create: bool) -> NoteKey:
    """The Ed25519 key of that name in this file; with `create` a new one where there is none.

    Raises ConfigurationInvalid if it is missing, malformed, or readable by others.
    """
    if create and not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
    if not path.is_file():
        raise _invalid(path, "there is no signing key", "Put it back: another key is another signer")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _invalid(path, "others may read the signing key", "chmod 600")
    seed = path.read_bytes()
    if len(seed) != 32:
        raise _invalid(path, f"a signing key has 32 bytes, not {len(seed)}", "Put back the right file")
    return NoteKey(origin, seed)


def _invalid(path: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
