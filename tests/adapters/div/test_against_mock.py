"""The adapter against the mock of the vehicle register: its whole world, and each of its misdeeds."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidus.errors import SourceAnswerInvalid, SourceError, SourceFault, SourceTimeout, SourceUnavailable
from fidus.model import Absent, Found, SubjectRole, Why
from mocks.faults import EXPIRED_TOKEN, NO_TOKEN, REST_KINDS
from mocks.vehicles import REGISTERED, STRUCK_OFF, Registration
from tests.adapters.div.samples import query
from tests.adapters.div.side import DEADLINE_S, QUESTIONS, WORLD, Side, found, with_mock

pytestmark = pytest.mark.slow


def test_every_vehicle_is_told_as_the_world_has_it(home: Path) -> None:
    async def story(side: Side) -> None:
        answers = await side.all(side.ask("vehicle", plate=one.plate) for one in WORLD.registrations)
        for one, answer in zip(WORLD.registrations, answers, strict=True):
            _is_vehicle(one, found(answer).fields)
        assert side.unknown == []

    with_mock(home, story)


def _is_vehicle(one: Registration, fields: Any) -> None:
    model, told = one.vehicle.model, fields["vehicle"]
    assert fields["registration"]["plate"] == one.plate
    assert fields["registration"]["certificate"] == one.certificate
    assert fields["registration"]["since"] == str(one.since)
    assert fields["registration"].get("until") == (None if one.until is None else str(one.until))
    assert fields["registration"]["status"]["code"] == one.status
    assert (told["vin"], told["unifier"]) == (one.vehicle.vin, one.vehicle.unifier)
    assert (told["make"], told["model"]) == (model.make, model.name)
    assert [kind["code"] for kind in told.get("kinds", [])] == ([model.body] if model.body else [])
    assert fields["technical"]["maximumMass"] == model.most_mass
    fuels = [fuel for engine in fields["technical"].get("engines", []) for fuel in engine["fuels"]]
    assert [fuel["fuel"]["code"] for fuel in fuels] == list(model.fuels)


def test_every_emission_norm_is_told(home: Path) -> None:
    async def story(side: Side) -> None:
        answers = await side.all(side.ask("emission-norm", plate=one.plate) for one in WORLD.registrations)
        for one, answer in zip(WORLD.registrations, answers, strict=True):
            emission = found(answer).fields["emission"]
            fuels = emission.get("fuels", [])
            assert emission["category"]["code"] == one.vehicle.model.category
            assert [fuel["fuel"]["code"] for fuel in fuels] == list(one.vehicle.fuels)
            norms = {fuel["euroNorm"] for fuel in fuels if "euroNorm" in fuel}
            assert norms == ({one.vehicle.norm} if one.vehicle.norm else set())

    with_mock(home, story)


def test_every_holder_and_driver_is_told_and_disclosed(home: Path) -> None:
    async def story(side: Side) -> None:
        answers = await side.all(side.ask("holder", plate=one.plate) for one in WORLD.registrations)
        for one, answer in zip(WORLD.registrations, answers, strict=True):
            told = found(answer)
            holder, driver = told.fields["holder"], told.fields.get("driver", {})
            assert one.holder in (holder.get("ssin"), holder.get("enterpriseNumber"))
            assert driver.get("ssin") == one.driver
            disclosed = {who.id for who in told.subjects if who.role is SubjectRole.DISCLOSED}
            assert disclosed == {one.holder, one.driver} - {None}

    with_mock(home, story)


def test_whoever_holds_something_is_told_all_of_it(home: Path) -> None:
    async def story(side: Side) -> None:
        holders = list(WORLD.by_holder)
        names = {10: "enterpriseNumber", 11: "ssin"}
        answers = await side.all(side.ask("vehicles-of", **{names[len(one)]: one}) for one in holders)
        for holder, answer in zip(holders, answers, strict=True):
            now = {one.plate for one in WORLD.by_holder[holder] if one.until is None}
            if now:
                assert {row["plate"] for row in found(answer).fields["vehicles"]} == now
            else:
                assert isinstance(answer, Absent)
                assert answer.why is Why.NOTHING_IN_PERIOD

    with_mock(home, story)


def test_each_history_is_whole_and_newest_first(home: Path) -> None:
    async def story(side: Side) -> None:
        keys = list(WORLD.by_vehicle)
        answers = await side.all(side.ask("history", vin=vin, unifier=unifier) for vin, unifier in keys)
        for key, answer in zip(keys, answers, strict=True):
            rows = found(answer).fields["registrations"]
            told = [(row["plate"], row["since"], row.get("until")) for row in rows]
            assert told == [
                (one.plate, str(one.since), None if one.until is None else str(one.until))
                for one in reversed(WORLD.by_vehicle[key])
            ]

    with_mock(home, story)


def test_a_history_of_a_period_holds_what_stood_in_it(home: Path) -> None:
    start, end = "2019-06-01", "2020-06-30"

    async def story(side: Side) -> None:
        keys = [key for key, all_ in WORLD.by_vehicle.items() if len(all_) > 2]
        period = {"startDate": start, "endDate": end}
        answers = await side.all(side.ask("history", vin=a, unifier=b, period=period) for a, b in keys)
        for key, answer in zip(keys, answers, strict=True):
            stood = [
                one.plate
                for one in reversed(WORLD.by_vehicle[key])
                if str(one.since) <= end and (one.until is None or str(one.until) >= start)
            ]
            rows = answer.fields["registrations"] if isinstance(answer, Found) else []
            assert [row["plate"] for row in rows] == stood

    with_mock(home, story)


def test_as_registered_on_a_day(home: Path) -> None:
    (vin, unifier), all_ = next((key, all_) for key, all_ in WORLD.by_vehicle.items() if len(all_) > 2)
    day = date.fromisoformat(str(all_[0].since))

    async def story(side: Side) -> None:
        then = found(await side.ask("holder", vin=vin, unifier=unifier, referenceDate=str(day)))
        assert then.fields["registration"]["plate"] == all_[0].plate
        assert then.fields["registration"]["status"]["code"] == REGISTERED
        before = await side.ask("holder", vin=vin, unifier=unifier, referenceDate="1950-01-01")
        assert isinstance(before, Absent)
        now = found(await side.ask("vehicle", plate=all_[0].plate))
        assert now.fields["registration"]["status"]["code"] == STRUCK_OFF

    with_mock(home, story)


def test_changes_of_a_year_are_told_over_all_pages(home: Path) -> None:
    async def story(side: Side) -> None:
        period = {"startDate": "2018-01-01", "endDate": "2025-12-31"}
        rows = found(await side.ask("movements", period=period)).fields["movements"]
        begun = {one.plate for one in WORLD.registrations if "2018" <= str(one.since) < "2026"}
        assert {row["plate"] for row in rows if row["movement"]["code"] != "DEL"} == begun
        ended = {one.plate for one in WORLD.registrations if one.until and "2018" <= str(one.until) < "2026"}
        assert {row["plate"] for row in rows if row["movement"]["code"] == "DEL"} == ended
        assert len(rows) == len(begun) + len(ended) > 100
        assert [row["moment"] for row in rows] == sorted(row["moment"] for row in rows)

    with_mock(home, story)


def test_many_plates_at_once_are_told_as_one_by_one(home: Path) -> None:
    plates = [one.plate for one in WORLD.registrations] + ["0ZZZ000", "0ZZZ999"]

    async def story(side: Side) -> None:
        queries = [query("emission-norm", plate=plate) for plate in plates]
        got = {index: answer async for index, answer in side.adapter.fetch_many(queries)}
        asked = [one.service for one in side.mock.asked]
        assert (asked.count("div/manyRegistrations"), asked.count("div/registrations")) == (2, 0)
        assert got.keys() == set(range(len(plates)))
        for index in range(0, len(plates), 7):
            assert got[index] == await side.adapter.fetch(queries[index])
        assert [type(got[index]) for index in (-2 + len(plates), -1 + len(plates))] == [Absent, Absent]

    with_mock(home, story)


def test_the_example_of_each_service_is_found(home: Path) -> None:
    async def story(side: Side) -> None:
        for name, example in QUESTIONS.items():
            found(await side.ask(name, **example))

    assert len(QUESTIONS) == 6
    with_mock(home, story)


def test_an_expired_token_is_replaced_once(home: Path) -> None:
    plate = WORLD.registrations[0].plate

    async def story(side: Side) -> None:
        found(await side.ask("vehicle", plate=plate))
        side.mock.faults.add({"kind": "expiredToken", "count": 1})
        found(await side.ask("vehicle", plate=plate))
        assert [one.service for one in side.mock.asked].count("div/token") == 2
        side.mock.faults.add({"kind": "expiredToken", "count": 2})
        with pytest.raises(SourceFault):
            await side.ask("vehicle", plate=plate)
        found(await side.ask("vehicle", plate=plate))

    with_mock(home, story)


MISDEEDS: list[tuple[dict[str, Any], type[SourceError]]] = [
    ({"kind": "delay", "seconds": DEADLINE_S + 1}, SourceTimeout),
    ({"kind": "slowBody"}, SourceTimeout),
    ({"kind": "reset"}, SourceUnavailable),
    ({"kind": "status", "status": 404}, SourceFault),
    ({"kind": "status", "status": 429}, SourceUnavailable),
    ({"kind": "status", "status": 500}, SourceFault),
    ({"kind": "status", "status": 503}, SourceUnavailable),
    ({"kind": "truncate", "bytes": 0}, SourceAnswerInvalid),
    ({"kind": "truncate", "bytes": 100}, SourceAnswerInvalid),
    ({"kind": "hugeBody", "bytes": 3_000_000}, SourceAnswerInvalid),
    ({"kind": "wrongSubject"}, SourceAnswerInvalid),
    ({"kind": "duplicateMember"}, SourceAnswerInvalid),
    ({"kind": "expiredToken"}, SourceFault),
    ({"kind": "tokenRefused"}, SourceFault),
    ({"kind": "tokenDown"}, SourceUnavailable),
]


def named(case: tuple[dict[str, Any], type[SourceError]]) -> str:
    return "-".join(str(value) for value in case[0].values())


def test_every_misdeed_is_tried() -> None:
    assert {fault["kind"] for fault, _ in MISDEEDS} == {*REST_KINDS, EXPIRED_TOKEN, *NO_TOKEN}


@pytest.mark.parametrize("case", MISDEEDS, ids=named)
def test_each_misdeed_on_each_service_is_its_error(
    home: Path, case: tuple[dict[str, Any], type[SourceError]]
) -> None:
    fault, error = case

    async def story(side: Side) -> None:
        side.mock.faults.add(fault)

        async def failing(name: str, values: dict[str, Any]) -> None:
            with pytest.raises(SourceError) as caught:
                await side.ask(name, **values)
            assert type(caught.value) is error, name
            assert not any(str(value) in str(caught.value) for value in values.values())

        await asyncio.gather(*(failing(name, values) for name, values in QUESTIONS.items()))
        side.mock.faults.clear()
        for name, values in QUESTIONS.items():
            found(await side.ask(name, **values))

    with_mock(home, story)
