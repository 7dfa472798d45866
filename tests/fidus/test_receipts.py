"""Receipts are given again to whose consultation it was, for as long as the log lives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from audit.event import Kind
from audit.log import Write
from fidus.call import Call
from fidus.counters import one_of_the_day
from fidus.errors import AuditUnavailable, Conflict, FidusError, NotFound, SourceFault
from fidus.model import Channel, TraceIds
from fidus.request import parse
from tests.fidus.questions import HOUSING, RIGHT, TOWN, body, person

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")

PERSON = person()


def receipt(desk: Desk, consultation: str, by: str = TOWN) -> dict[str, Any]:
    return desk.run(desk.receipts.receipt(desk.caller(by), consultation))


def refused(desk: Desk, kind: type[FidusError], consultation: str, by: str = TOWN) -> FidusError:
    with pytest.raises(kind) as error:
        receipt(desk, consultation, by)
    return error.value


def test_a_receipt_is_made_anew_against_the_newest_checkpoint(desk: Desk) -> None:
    sent = body(PERSON)
    first = desk.ask("town-address", sent)
    desk.ask("town-whole", body(PERSON))
    again = receipt(desk, first["consultationId"])
    assert again.keys() == {"consultationId", "outcome", "receipt"}
    assert (again["outcome"], again["consultationId"]) == ("found", first["consultationId"])
    assert {**again["receipt"], "proof": ""} == {**first["receipt"], "proof": ""}
    assert f"\n{desk.reader.head().size}\n" in again["receipt"]["proof"]
    desk.verify(again)
    desk.verify({**first, "receipt": again["receipt"]}, sent)


def test_a_failed_consultation_has_a_receipt_with_nonce(desk: Desk) -> None:
    desk.register.holds[PERSON] = SourceFault("national-register", "a fixed phrase")
    sent = body(PERSON)
    error = desk.refused(SourceFault, "town-address", sent)
    again = receipt(desk, str(error.consultation))
    assert again["outcome"] == "failed"
    assert "nonce" in again["receipt"]
    desk.verify(again, sent)


def test_an_interrupted_consultation_has_a_receipt_without_nonce(desk: Desk) -> None:
    desk.line.losing.append("intent")
    desk.refused(AuditUnavailable, "town-address", body(PERSON))
    desk.run(desk.interrupter.sweep())
    again = receipt(desk, desk.entry("intent")["consultation"])
    assert again["outcome"] == "interrupted"
    assert again["receipt"].keys() == {"index", "proof"}
    desk.verify(again)


def test_once_the_key_of_the_month_is_destroyed_the_nonce_is_gone(desk: Desk) -> None:
    first = desk.ask("town-address", body(PERSON))
    desk.run(desk.recorder.destroy_month(202610))
    again = receipt(desk, first["consultationId"])
    assert again["outcome"] == "found"
    assert again["receipt"].keys() == {"index", "proof"}
    desk.verify(again)


def test_what_is_anothers_is_as_unknown_as_what_never_was(desk: Desk) -> None:
    first = desk.ask("town-address", body(PERSON))
    errors = [
        refused(desk, NotFound, first["consultationId"], by=HOUSING),
        refused(desk, NotFound, str(uuid4())),
    ]
    assert [(str(error), vars(error)) for error in errors] == [("", {}), ("", {})]


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("-", ""), lambda text: text[:-1]])
def test_an_id_has_one_spelling(desk: Desk, change: Any) -> None:
    first = desk.ask("town-address", body(PERSON))
    refused(desk, NotFound, change(first["consultationId"]))


def test_a_refusal_has_no_receipt(desk: Desk) -> None:
    desk.refused(NotFound, "town-nothing", body(PERSON))
    refused(desk, NotFound, desk.entry("refusal")["consultation"])


def test_while_it_is_open_there_is_none(desk: Desk) -> None:
    async def look() -> None:
        consultation = (await asyncio.to_thread(desk.entry, "intent"))["consultation"]
        with pytest.raises(Conflict):
            await desk.receipts.receipt(desk.caller(TOWN), consultation)
        with pytest.raises(NotFound):
            await desk.receipts.receipt(desk.caller(HOUSING), consultation)

    desk.register.meanwhile = look
    desk.ask("town-address", body(PERSON))


def test_whose_key_called_for_another_may_have_it_too(desk: Desk) -> None:
    """By mandate: the flow is HOUSING's, the key TOWN's."""
    flow = desk.in_force.catalogue.flows["housing-confirm"]
    call = Call.begin(desk.caller(HOUSING), flow.id, Channel.API, TraceIds(uuid4()), desk.clock())
    request = parse(body(PERSON, RIGHT), flow, desk.services[flow.service], synthetic=True)
    asked = call.question(request)
    event = call.event(Kind.INTENT, desk.clock(), flow, actor=TOWN, facts={"epoch": 1}, **asked)
    row = {"consultation": str(call.consultation), "lease": "gone", "failed": ""}
    record = desk.run(
        desk.recorder.record(
            event,
            spends=(one_of_the_day(flow, desk.clock()),),
            writes=(Write("consultations", "open", row),),
        )
    )
    desk.run(desk.line.append(record))
    assert desk.run(desk.interrupter.sweep()) == 1
    assert desk.entry("outcome")["actor"] == TOWN
    for institution in (HOUSING, TOWN):
        assert receipt(desk, str(call.consultation), institution)["outcome"] == "interrupted"
    refused(desk, NotFound, str(call.consultation), "0999000327")
