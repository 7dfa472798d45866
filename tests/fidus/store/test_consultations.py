from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from audit.log import Write
from fidus.store.consultations import OpenIntent, left_behind, open_intents

if TYPE_CHECKING:
    from tests.fidus.store.conftest import Store


def opening(consultation: str, lease: str = "lease-1", failed: str = "") -> Write:
    row = {"consultation": consultation, "lease": lease, "failed": failed}
    return Write("consultations", "open", row)


def closing(consultation: str) -> Write:
    return Write("consultations", "close", {"consultation": consultation})


def test_an_intent_is_open_until_its_outcome(store: Store) -> None:
    store.write(opening("b", failed="no:flow:1"))
    store.write(opening("a", lease="lease-2"))
    assert store.read(open_intents) == [
        OpenIntent("b", "lease-1", "no:flow:1", 0),
        OpenIntent("a", "lease-2", "", 1),
    ]
    assert store.read(open_intents, "lease-2") == [OpenIntent("a", "lease-2", "", 1)]
    store.write(closing("b"))
    assert [row.consultation for row in store.read(open_intents)] == ["a"]


def test_closing_what_is_not_open_changes_nothing(store: Store) -> None:
    store.write(opening("a"), closing("b"))
    assert [row.consultation for row in store.read(open_intents)] == ["a"]


def test_a_consultation_is_opened_once(store: Store) -> None:
    store.write(opening("a"))
    with pytest.raises(Exception, match=r"UNIQUE constraint failed: open_cons|open_consultations_pkey"):
        store.write(opening("a", lease="lease-2"))
    assert store.read(open_intents) == [OpenIntent("a", "lease-1", "", 0)]


def test_rows_of_one_group_take_effect_in_their_order(store: Store) -> None:
    store.write(opening("stored"))
    store.write(opening("a"), closing("a"), closing("b"), opening("b"), closing("stored"), opening("stored"))
    assert store.read(open_intents) == [
        OpenIntent("b", "lease-1", "", 1),
        OpenIntent("stored", "lease-1", "", 1),
    ]
    with pytest.raises(ValueError, match="open already"):
        store.write(opening("c"), opening("c"))


def test_left_behind_is_what_no_other_living_process_works_on(store: Store) -> None:
    store.write(Write("leases", "take", {"lease": "lives", "seconds": 20.0}), entry=False)
    for consultation, lease in {"a": "lives", "b": "gone", "c": "mine"}.items():
        store.write(opening(consultation, lease))
    assert [intent.consultation for intent in store.read(left_behind, "mine")] == ["b", "c"]
    assert [intent.consultation for intent in store.read(left_behind, "lives")] == ["a", "b", "c"]
