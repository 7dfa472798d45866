"""Signing keys are made once, whole, for their owner alone, and never replaced."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from audit.note import NoteKey
from fidus.errors import ConfigurationInvalid
from fidus.hubkeys import seed_key, signing_key

NAME = "audit.fidus.example/log"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.key"


def seed(file: Path, size: int = 32, mode: int = 0o600) -> None:
    file.write_bytes(bytes(range(size)))
    file.chmod(mode)


def refused(file: Path, why: str, create: bool = False) -> None:
    with pytest.raises(ConfigurationInvalid, match=why) as error:
        signing_key(file, NAME, create=create)
    assert error.value.faults[0].file == str(file)


def test_a_new_key_is_for_its_owner_alone(file: Path) -> None:
    key = signing_key(file, NAME, create=True)
    assert (len(file.read_bytes()), stat.S_IMODE(file.stat().st_mode)) == (32, 0o600)
    assert key.name == NAME
    assert [entry.name for entry in file.parent.iterdir()] == ["log.key"]


def test_a_key_that_is_there_is_kept(file: Path) -> None:
    first = signing_key(file, NAME, create=True)
    assert signing_key(file, NAME, create=True).vkey == first.vkey
    assert signing_key(file, NAME, create=False).vkey == first.vkey


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    keys = {signing_key(tmp_path / name, NAME, create=True).vkey for name in ("one", "other")}
    assert len(keys) == 2


def test_the_seed_is_the_file(file: Path) -> None:
    seed(file)
    assert seed_key(file, "ann").vkey == NoteKey("ann", bytes(range(32))).vkey


def test_a_missing_key_is_not_made_by_the_way(file: Path) -> None:
    refused(file, "there is no signing key")
    assert not file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_touch_is_refused(file: Path, mode: int) -> None:
    seed(file, mode=mode)
    refused(file, "others may read the signing key")


@pytest.mark.parametrize("size", [0, 31, 33])
@pytest.mark.parametrize("create", [True, False])
def test_a_malformed_key_is_refused_and_kept(file: Path, size: int, create: bool) -> None:
    seed(file, size)
    refused(file, f"32 bytes, not {size}", create)
    assert len(file.read_bytes()) == size


def test_a_key_that_cannot_be_read_or_made_is_refused(file: Path) -> None:
    file.mkdir(mode=0o700)
    refused(file, "cannot be read")
    refused(file / "below" / "log.key", "there is no signing key", create=True)
