"""Which misbehaviour acts, how often, and what is refused with which words."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.faults import ALL_KINDS, KINDS, SIGNED_ONLY, Faults

EXAMPLES = {"seconds": 0.5, "status": 503, "bytes": 100, "code": 20}


def example(kind: str) -> dict[str, Any]:
    return {"kind": kind, **{name: EXAMPLES[name] for name in ALL_KINDS[kind]}}


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_each_kind_can_be_asked_for_and_shown(kind: str) -> None:
    faults = Faults(frozenset(ALL_KINDS))
    faults.add(example(kind))
    assert [fault.as_json() for fault in faults.all()] == [example(kind)]
    taken = faults.take("any")
    assert taken is not None
    assert taken.kind == kind


def test_the_newest_that_matches_acts() -> None:
    faults = Faults()
    faults.add(example("reset"))
    faults.add({**example("doctype"), "key": "one"})
    faults.add({**example("status"), "key": "other"})
    assert [getattr(faults.take(key), "kind", None) for key in ("one", "other", "third")] == [
        "doctype",
        "status",
        "reset",
    ]


def test_a_request_may_be_about_several_and_know_some_kinds_only() -> None:
    faults = Faults()
    faults.add({**example("reset"), "key": "one", "count": 1})
    assert faults.take("other", "third") is None
    assert faults.take("other", "one", among=frozenset({"delay"})) is None
    taken = faults.take("other", "one", among=frozenset({"delay", "reset"}))
    assert taken is not None
    assert (taken.kind, faults.all()) == ("reset", [])


def test_a_count_is_used_up_by_the_requests_it_acts_on() -> None:
    faults = Faults()
    faults.add({**example("reset"), "count": 2, "key": "one"})
    assert faults.take("other") is None
    assert faults.all()[0].as_json()["count"] == 2
    assert faults.take("one") is not None
    assert faults.all()[0].as_json() == {"kind": "reset", "count": 1, "key": "one"}
    assert faults.take("one") is not None
    assert faults.take("one") is None
    assert faults.all() == []


def test_without_a_count_it_lasts_until_it_is_cleared() -> None:
    faults = Faults()
    faults.add(example("reset"))
    assert all(faults.take("any") for _ in range(50))
    faults.clear()
    assert faults.take("any") is None


def test_a_source_that_does_not_sign_knows_no_kinds_of_signatures() -> None:
    faults = Faults(frozenset(KINDS) - SIGNED_ONLY)
    with pytest.raises(ValueError, match=r"^kind must be one of .*delay"):
        faults.add(example("unsigned"))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        pytest.param([], "the body must be a JSON object", id="not-an-object"),
        pytest.param({}, "kind must be one of", id="no-kind"),
        pytest.param({"kind": "sulk"}, "kind must be one of", id="unknown-kind"),
        pytest.param({"kind": ["reset"]}, "kind must be one of", id="kind-not-text"),
        pytest.param({"kind": "reset", "seconds": 1}, "reset has no member 'seconds'", id="too-many"),
        pytest.param({"kind": "delay"}, "delay needs seconds", id="too-few"),
        pytest.param({"kind": "delay", "seconds": "1"}, "seconds must be a number", id="text"),
        pytest.param({"kind": "delay", "seconds": True}, "seconds must be a number", id="truth"),
        pytest.param({"kind": "delay", "seconds": float("nan")}, "seconds must be from 0", id="nan"),
        pytest.param({"kind": "delay", "seconds": -1}, "seconds must be from 0 to 3600", id="negative"),
        pytest.param({"kind": "status", "status": 200}, "status must be from 400 to 599", id="status"),
        pytest.param({"kind": "truncate", "bytes": 1.5}, "bytes must be a whole number", id="half-byte"),
        pytest.param({"kind": "reset", "count": 0}, "count must be from 1", id="count-zero"),
        pytest.param({"kind": "reset", "count": None}, "count must be a whole number", id="count-null"),
        pytest.param({"kind": "reset", "key": 7}, "key must be the identifier", id="key-number"),
        pytest.param({"kind": "reset", "key": ""}, "key must be the identifier", id="key-empty"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(given: object, complaint: str) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=f"^{complaint}"):
        faults.add(given)
    assert faults.all() == []


def test_a_fault_does_not_show_its_key() -> None:
    assert "the-key" not in repr(Faults().add({"kind": "reset", "key": "the-key"}))
