"""The published contract of entries: schemas, and samples that are for ever."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from audit.canonical import b64, canonical, unb64
from audit.entry import associated_data, build, head
from audit.event import Event, Kind, Outcome, Sealed
from audit.seal import KeyId, key_id_of, month_of, open_seal, seal
from fidus.model import TraceIds

if TYPE_CHECKING:
    from tests.audit.conftest import Events

CONTRACT = Path(__file__).parents[2] / "contracts" / "fidus" / "audit"
KEY = bytes(range(32))
PERIOD = {"from": "2026-10-05T08:30:00.000000Z", "until": "2026-10-05T08:31:00.000000Z"}
FOREVER = {
    "intent": "1c1715a75c2cfc033c1ae7f80bd0c98ea2544c2fd99369faea17ba53bbe2c37a",
    "outcome": "f47ff2cc7809c8ac8af0aa45d23bfbb1b7c286eddb7db84e24bf360743d07f46",
    "refusal": "397f970b4ccab53b97eddba0cd28c848b31d632d0208b4496ca6b98ac31aac3a",
    "refusals": "1cce9bf2b3ae52be1797abe56e9009abdccc335d0281465f9acc0baf02f6462f",
    "admin": "7e4709ebf0a50c79b50bd9e10d639743298bc9f35d9fbc2b31dcc5f3ee3273f7",
    "read": "1d15f215dc2d83b889dd4ba5abfc5daf0ed54041c524e3e215a07be87377d73e",
    "summary": "ec4c4731c814243886e7c4bf5d3c300bece8571d0d3d6aacf31e1e915b705f0c",
    "delivery": "cd0046d67a9e072e8ed3a26aa76879e0cf2f0245f9af0962be8441920a9df900",
    "invoice": "ca50dc3c0f2c678280e3565d66fb097aa97fba0bea224839d952aeccd8e33835",
}


DETAILS: dict[Kind, dict[str, Any]] = {
    Kind.REFUSALS: {"period": PERIOD, "reasons": {"badRequest": 12, "tooManyRequests": 3}},
    Kind.ADMIN: {"act": "suspend", "object": "slrb-address"},
    Kind.READ: {"act": "search", "query": ["identifier", "since"], "count": 2, "revealed": False},
    Kind.SUMMARY: {"period": PERIOD, "counts": {"found": 41, "refused": 1}},
    Kind.DELIVERY: {"type": "address.changed"},
    Kind.INVOICE: {
        "direction": "inbound",
        "sender": "0206000131",
        "receiver": "0206000032",
        "type": "invoice",
        "digest": b64(hashlib.sha256(b"a digest").digest()),
        "verdict": "valid",
    },
}


def consultation_event(events: Events, kind: Kind) -> Event | None:
    """The event behind the sample of this kind of consultation, with everything that may be there."""
    own, related = (UUID(f"6b1c7e6e-54b8-4a0e-9a70-00000000000{n}") for n in (1, 2))
    nameless = replace(events.address(), id=None)
    shown = Sealed(subjects=(events.address(), nameless), answer_nonce=events.nonce)
    made = {
        Kind.INTENT: events.intent(actor="0206000131", trace_ids=TraceIds(own, related)),
        Kind.OUTCOME: events.outcome(sealed=shown),
        Kind.REFUSAL: events.refusal(),
    }
    return made.get(kind)


def sample_event(events: Events, kind: Kind) -> Event:
    """The event behind the sample of this kind."""
    if (event := consultation_event(events, kind)) is not None:
        return event
    of_the_hub = kind in (Kind.ADMIN, Kind.SUMMARY)
    event = events.detailed(kind, DETAILS[kind], institution=None if of_the_hub else events.institution)
    if kind is Kind.ADMIN:
        return replace(event, sealed=Sealed(query={"reason": "asked for by the institution"}))
    about = Sealed(subjects=(events.person(),), answer_nonce=events.nonce)
    return replace(event, sealed=about) if kind in (Kind.READ, Kind.DELIVERY) else event


def sealed(event: Event, key_id: KeyId, nonce: bytes) -> bytes | None:
    """Under the published key."""
    if event.sealed is None:
        return None
    return seal(event.sealed, key_id, KEY, nonce, associated_data(head(event)))


def sample(events: Events, kind: Kind) -> bytes:
    """The bytes as the writer makes them: with the seal of a fixed key, own number and counters."""
    event = sample_event(events, kind)
    nonce = hashlib.sha256(kind.encode()).digest()[:12]
    key_id = KeyId(month_of(event.at), 1)
    entry = build(event, sealed(event, key_id, nonce))
    if "institution" in entry:
        entry["number"] = 1 + list(Kind).index(kind)
    if "facts" in entry:
        entry["facts"] = {**entry["facts"], "dayUsed": 17}
    return canonical(entry)


def schema(kind: Kind) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CONTRACT / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return loaded


def faults(kind: Kind, entry: Any) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema(kind)).iter_errors(entry)]


@pytest.mark.parametrize("kind", Kind)
def test_the_sample_is_made_again_byte_for_byte(events: Events, kind: Kind) -> None:
    assert sample(events, kind) == (CONTRACT / "samples" / f"{kind}.json").read_bytes()


@pytest.mark.parametrize("kind", Kind)
def test_a_sample_never_changes(kind: Kind) -> None:
    text = (CONTRACT / "samples" / f"{kind}.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == FOREVER[kind]


@pytest.mark.parametrize("kind", Kind)
def test_the_sample_fits_its_schema(kind: Kind) -> None:
    Draft202012Validator.check_schema(schema(kind))
    assert faults(kind, json.loads((CONTRACT / "samples" / f"{kind}.json").read_bytes())) == []


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in ("refusals", "summary", "invoice")])
def test_the_seal_of_a_sample_opens_with_the_published_key(kind: Kind) -> None:
    entry = json.loads((CONTRACT / "samples" / f"{kind}.json").read_bytes())
    blob = unb64(entry["sealed"])
    assert key_id_of(blob) == KeyId(202610, 1)
    assert "subjects" in open_seal(blob, KEY, associated_data(entry))


def test_there_is_one_schema_and_one_sample_for_each_kind() -> None:
    kinds = sorted(kind.value for kind in Kind)
    assert sorted(path.name.removesuffix(".schema.json") for path in CONTRACT.glob("*.schema.json")) == kinds
    assert sorted(path.stem for path in (CONTRACT / "samples").iterdir()) == kinds


def test_what_two_schemas_call_by_one_name_is_one_thing() -> None:
    seen: dict[str, Any] = {}
    for kind in Kind:
        for name, definition in schema(kind)["$defs"].items():
            assert seen.setdefault(name, definition) == definition


@pytest.mark.parametrize("kind", Kind)
def test_an_unknown_member_is_not_taken(events: Events, kind: Kind) -> None:
    entry = json.loads(sample(events, kind))
    assert faults(kind, {**entry, "ssin": "x"}) == ["$"]


@pytest.mark.parametrize("kind", Kind)
def test_every_member_that_is_needed_is_needed(events: Events, kind: Kind) -> None:
    entry = json.loads(sample(events, kind))
    for name in schema(kind)["required"]:
        assert faults(kind, {key: value for key, value in entry.items() if key != name}) != []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"outcome": Outcome.ABSENT, "fields": ()}, id="absent"),
        pytest.param(
            {"outcome": Outcome.CONFIRMED, "fields": ("address",), "sealed": Sealed()}, id="confirmed"
        ),
        pytest.param(
            {"outcome": Outcome.FAILED, "fields": (), "answer": None, "error": "sourceTimeout"}, id="failed"
        ),
        pytest.param(
            {"outcome": Outcome.INTERRUPTED, "fields": (), "answer": None, "sealed": None}, id="interrupted"
        ),
        pytest.param({"part": (1, 2), "answer": None}, id="first-part"),
        pytest.param({"part": (2, 2)}, id="last-part"),
    ],
)
def test_each_way_to_end_fits_the_schema_of_outcomes(events: Events, change: dict[str, Any]) -> None:
    event = events.outcome(**change)
    built = build(event, sealed(event, KeyId(202610, 1), bytes(12)))
    entry = json.loads(canonical({**built, "number": 1}))
    assert faults(Kind.OUTCOME, entry) == []


@pytest.mark.parametrize(
    ("without", "change"),
    [
        pytest.param("answer", {}, id="found-without-answer"),
        pytest.param("sealed", {}, id="found-without-seal"),
        pytest.param("", {"error": "sourceFault"}, id="found-with-error"),
        pytest.param("answer", {"outcome": "failed", "fields": []}, id="failed-without-reason"),
        pytest.param(
            "", {"outcome": "failed", "fields": [], "error": "sourceFault"}, id="failed-with-answer"
        ),
        pytest.param("answer", {"outcome": "interrupted", "fields": []}, id="interrupted-with-seal"),
        pytest.param(
            "", {"subjects": dict.fromkeys(("asked", "listed", "disclosed", "unnumbered"), 1)}, id="asked"
        ),
        pytest.param("", {"fields": ["address street"]}, id="field-with-a-blank"),
        pytest.param("", {"at": "2026-10-05T08:30:00Z"}, id="short-moment"),
        pytest.param("", {"sealed": "AAAA"}, id="short-seal"),
        pytest.param("", {"actor": None}, id="null"),
    ],
)
def test_an_outcome_against_the_rules_does_not_fit(
    events: Events, without: str, change: dict[str, Any]
) -> None:
    entry = {**json.loads(sample(events, Kind.OUTCOME)), **change}
    entry.pop(without, None)
    assert faults(Kind.OUTCOME, entry) != []


def test_a_refusal_of_which_little_is_known_fits_its_schema(events: Events) -> None:
    event = Event(
        kind=Kind.REFUSAL, at=events.intent().at, institution=events.institution, error="badRequest"
    )
    assert faults(Kind.REFUSAL, {**build(event, None), "number": 1}) == []


def test_an_apply_fits_the_schema_of_administration(events: Events) -> None:
    detail = {
        "act": "apply",
        "object": "catalogue",
        "digest": "A" * 43 + "=",
        "approvedBy": ["approver.example/one"],
        "added": ["slrb-address"],
        "changed": [],
        "removed": [],
    }
    assert faults(Kind.ADMIN, build(events.detailed(Kind.ADMIN, detail), None)) == []
