"""Files that survive: the order of the system calls, and what a failure leaves behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from audit import durable


def test_a_file_is_synced_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def seen_fsync(descriptor: int) -> None:
        calls.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def seen_replace(source: Path, target: Path) -> None:
        calls.append(f"rename {source.name} {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "replace", seen_replace)
    durable.write_file(tmp_path / "file", b"content")
    assert calls == ["fsync .tmp-file", "rename .tmp-file file", f"fsync {tmp_path.name}"]
    assert (tmp_path / "file").read_bytes() == b"content"


def test_an_older_file_and_an_abandoned_try_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / ".tmp-file").write_bytes(b"a part of something that was longer")
    durable.write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_only_the_asked_rights_are_given(tmp_path: Path) -> None:
    (tmp_path / ".tmp-file").touch(0o666)
    durable.write_file(tmp_path / "file", b"secret", mode=0o600)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fails(*arguments: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError, match="input/output error"):
        durable.write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_where_there_is_no_folder_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.write_file(tmp_path / "none" / "file", b"content")
    with pytest.raises(FileNotFoundError):
        durable.sync_folder(tmp_path / "none")
