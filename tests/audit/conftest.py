"""What the tests of the log share: the keys and entries of the published vectors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.note import COSIGNER, NoteKey


@pytest.fixture(scope="session")
def log_key() -> NoteKey:
    """The log key of the vectors."""
    return NoteKey("audit.fidus.example/log", bytes(range(32)))


@pytest.fixture(scope="session")
def witness_key() -> NoteKey:
    """The witness key of the vectors."""
    return NoteKey("witness.example/w1", bytes(range(32, 64)), COSIGNER)


@pytest.fixture(scope="session")
def vector_entry() -> Callable[[int], bytes]:
    """Entry i of the vectors."""
    return lambda index: f"fidus test entry {index}".encode()
