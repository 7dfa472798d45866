"""A call and its events hold back what they must."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from audit.event import Kind
from fidus.call import Call, Refusal
from fidus.errors import NotFound
from fidus.model import Caller, Channel, TraceIds
from tests.fidus.questions import TOWN

NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)


def call(flow: str = "a-flow") -> Call:
    return Call.begin(Caller(TOWN, frozenset()), flow, Channel.API, TraceIds(uuid4()), NOW)


def test_each_call_has_an_id_and_a_nonce_of_its_own() -> None:
    one, other = call(), call()
    assert one.consultation != other.consultation
    assert one.nonce != other.nonce
    assert (len(one.nonce), one.consultation.version, one.begun) == (32, 7, NOW)
    assert str(one.nonce) not in repr(one)


def test_a_flow_that_is_not_the_callers_own_is_sealed() -> None:
    event = Refusal(NotFound()).event(call(), NOW)
    assert (event.kind, event.flow, event.flow_digest) == (Kind.REFUSAL, None, None)
    assert event.sealed is not None
    assert event.sealed.flow == "a-flow"


def test_a_call_about_no_flow_seals_none() -> None:
    event = Refusal(NotFound()).event(call(""), NOW)
    assert event.sealed is not None
    assert event.sealed.flow is None
