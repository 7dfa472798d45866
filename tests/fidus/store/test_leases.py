from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from audit.log import Write
from fidus.store.leases import all_leases, clock, lapsed, living

if TYPE_CHECKING:
    from tests.fidus.store.conftest import Store


def lease(operation: str, name: str, seconds: float = 20.0) -> Write:
    return Write("leases", operation, {"lease": name, "seconds": seconds})


def test_a_lease_lapses_unless_it_is_renewed(store: Store) -> None:
    store.write(lease("take", "a"), lease("take", "b"), entry=False)
    begun = store.read(clock)
    assert store.read(lapsed) == []
    assert store.read(lapsed, begun + 10) == []
    assert store.read(lapsed, begun + 60) == ["a", "b"]
    store.write(lease("renew", "b", 600), entry=False)
    assert store.read(lapsed, begun + 60) == ["a"]
    assert store.read(all_leases) == ["a", "b"]
    assert store.read(living) == 2


def test_a_lease_that_was_ended_is_gone(store: Store) -> None:
    store.write(lease("take", "a"), lease("end", "a"), lease("end", "never-taken"), entry=False)
    assert store.read(all_leases) == []
    with pytest.raises(ValueError, match="This lease was ended; take a new one"):
        store.write(lease("renew", "a"), entry=False)


def test_a_lease_is_taken_once(store: Store) -> None:
    store.write(lease("take", "a"), entry=False)
    with pytest.raises(Exception, match=r"UNIQUE constraint failed: leases|leases_pkey"):
        store.write(lease("take", "a"), entry=False)
