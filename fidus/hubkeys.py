"""Signing keys on disk, the log's and those of approvers: 32 bytes of seed, readable by the owner alone."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path
from typing import Final

from audit.durable import write_file
from audit.note import NoteKey
from fidus.errors import ConfigurationFault, ConfigurationInvalid

_SEED: Final = 32  # bytes


def seed_key(path: Path, name: str) -> NoteKey:
    """A person's or witness's Ed25519 key from a file with 32 bytes. Raises ConfigurationInvalid."""
    return signing_key(path, name, create=False)


def signing_key(path: Path, origin: str, *, create: bool) -> NoteKey:
    """The Ed25519 key of that name in this file; with `create` a new one where there is none.

    Raises ConfigurationInvalid if it is missing, cannot be read or made, is malformed, or readable by others.
    """
    try:
        if create and not path.exists():
            write_file(path, secrets.token_bytes(_SEED), 0o600)
        mode, seed = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise _invalid(
            path, "there is no signing key", "Put it back: another key is another signer"
        ) from None
    except OSError as error:
        cure = "Name a file that this user may read"
        raise _invalid(path, f"the signing key cannot be read ({error.strerror})", cure) from None
    if stat.S_IMODE(mode) & 0o077:
        raise _invalid(path, "others may read the signing key", "chmod 600")
    if len(seed) != _SEED:
        raise _invalid(path, f"a signing key has {_SEED} bytes, not {len(seed)}", "Put back the right file")
    return NoteKey(origin, seed)


def _invalid(path: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
