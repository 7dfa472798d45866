from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from audit.log import RAISE, Write
from fidus.store.catalogue import (
    AppliedCatalogue,
    StoredCatalogue,
    applied,
    files_of,
    load,
    text_of,
)

if TYPE_CHECKING:
    from tests.fidus.store.conftest import Store

AT = "2026-10-05T08:30:00.000000Z"


def apply(digest: bytes, **files: str) -> Write:
    row = {"digest": digest.hex(), "files": {f"{name}.toml": text for name, text in files.items()}, "at": AT}
    return Write("catalogue", "apply", row)


def toggle(act: str, flow: str) -> Write:
    return Write("catalogue", act, {"flow": flow, "at": AT})


def test_nothing_is_in_force_before_the_first_apply(store: Store) -> None:
    store.write()
    assert store.read(load) == StoredCatalogue(b"", {}, {})
    assert store.read(applied) == []


def test_the_newest_apply_is_in_force(store: Store) -> None:
    store.write(apply(b"\x01" * 32, a="first", b="é = 1"), epoch=RAISE)
    store.write(apply(b"\x02" * 32, b="é = 1", c="third"), epoch=RAISE)
    stored = store.read(load)
    assert stored.digest == b"\x02" * 32
    assert stored.files == {"b.toml": "é = 1".encode(), "c.toml": b"third"}


def test_each_text_is_kept_for_ever_and_once(store: Store) -> None:
    store.write(apply(b"\x01" * 32, a="first", b="same"), epoch=RAISE)
    index = store.write(apply(b"\x02" * 32, b="same"), epoch=RAISE).index
    assert store.read(files_of, 1) == {"a.toml": b"first", "b.toml": b"same"}
    assert store.read(files_of, 2) == {"b.toml": b"same"}
    assert store.read(files_of, 3) == {}
    assert store.read(text_of, hashlib.sha256(b"first").digest()) == b"first"
    assert store.read(text_of, bytes(32)) is None
    assert store.read(applied) == [
        AppliedCatalogue(1, 0, AT, b"\x01" * 32),
        AppliedCatalogue(2, index, AT, b"\x02" * 32),
    ]


def test_a_catalogue_without_files_takes_everything_out_of_force(store: Store) -> None:
    store.write(apply(b"\x01" * 32, a="first"), epoch=RAISE)
    store.write(apply(b"\x02" * 32), epoch=RAISE)
    assert store.read(load) == StoredCatalogue(b"\x02" * 32, {}, {})


def test_a_suspension_outlives_an_apply_and_ends_with_resume(store: Store) -> None:
    store.write(toggle("suspend", "a-flow"), toggle("suspend", "b-flow"), epoch=RAISE)
    store.write(apply(b"\x01" * 32, a="first"), epoch=RAISE)
    assert store.read(load).suspended == {"a-flow": AT, "b-flow": AT}
    store.write(toggle("resume", "a-flow"), epoch=RAISE)
    assert store.read(load).suspended == {"b-flow": AT}


def test_a_flow_is_not_suspended_twice(store: Store) -> None:
    store.write(toggle("suspend", "a-flow"), epoch=RAISE)
    with pytest.raises(Exception, match=r"UNIQUE constraint failed: suspensions|suspensions_pkey"):
        store.write(toggle("suspend", "a-flow"), epoch=RAISE)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(Write("catalogue", "erase", {}), id="catalogue"),
        pytest.param(Write("consultations", "erase", {}), id="consultations"),
        pytest.param(Write("leases", "erase", {}), id="leases"),
    ],
)
def test_an_operation_that_a_family_does_not_have_is_a_bug(store: Store, write: Any) -> None:
    with pytest.raises(ValueError, match=f"The family {write.family} has no operation erase"):
        store.write(write)
