"""What becomes of each answer of the vehicle register, and of answers that are about something else."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest

from adapters._lib.codes import NotAsAgreed
from adapters.div.mapping import read, target
from fidus.model import Absent, Found, Query, Subject, SubjectRole, SubjectType, Why
from tests.adapters.div import samples
from tests.adapters.div.samples import (
    ADDRESS,
    CODES,
    DRIVER,
    ENTERPRISE,
    HOLDER,
    MOVEMENT,
    OTHER_PLATE,
    PLATE,
    UNIFIER,
    VIN,
    held_by_enterprise,
    held_by_person,
    listing,
    query,
    registration,
)

TODAY = date(2026, 3, 1)


def answered(asked: Query, *items: Any) -> Found | Absent:
    return read(listing(*items)["items"], asked, CODES, True, TODAY)


def found(asked: Query, *items: Any) -> Found:
    answer = answered(asked, *items)
    assert isinstance(answer, Found)
    return answer


def who(answer: Found) -> dict[str | None, tuple[str, str, frozenset[str]]]:
    return {one.id: (one.type.value, one.role.value, one.fields) for one in answer.subjects}


def label(code: dict[str, Any]) -> tuple[str, str]:
    return code["code"], code["label"]["en"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (query("vehicle", plate=PLATE), {"plateNr": PLATE}),
        (
            query("vehicle", vin=VIN, unifier=UNIFIER, referenceDate="2021-01-01"),
            {"vin": VIN, "unifier": UNIFIER, "referenceDate": "2021-01-01"},
        ),
        (query("vehicles-of", ssin=HOLDER), {"INSZ": HOLDER, "current": "true", "pageSize": "100"}),
        (
            query("vehicles-of", enterpriseNumber=ENTERPRISE),
            {"KBO": ENTERPRISE, "current": "true", "pageSize": "100"},
        ),
        (
            query("history", plate=PLATE, period={"startDate": "2015-01-01"}),
            {"plateNr": PLATE, "pageSize": "100"},
        ),
        (
            query("movements", period={"startDate": "2025-03-30", "endDate": "2025-03-30"}),
            {"dateTimeFrom": "2025-03-29T23:00:00Z", "dateTimeTo": "2025-03-30T22:00:00Z", "pageSize": "100"},
        ),
        (
            query("movements", period={"startDate": "2025-12-01"}),
            {"dateTimeFrom": "2025-11-30T23:00:00Z", "pageSize": "100"},
        ),
    ],
)
def test_what_is_asked(asked: Query, sent: dict[str, str]) -> None:
    path, _, parameters = target(asked).partition("?")
    assert path.startswith("/v1/mobility/")
    assert dict(parse_qsl(parameters)) == sent


def test_a_vehicle() -> None:
    answer = found(query("vehicle", plate=PLATE), registration())
    told = answer.fields
    assert answer.as_of == TODAY
    assert told["registration"]["certificate"] == "100000008"
    assert label(told["registration"]["plateType"]) == ("NM", "Ordinary")
    assert told["registration"]["since"] == "2020-05-04"
    assert "until" not in told["registration"]
    assert [label(one)[1] for one in told["vehicle"]["colours"]] == ["Grey", "Black"]
    assert label(told["vehicle"]["kinds"][0]) == ("AA", "Saloon")
    technical = told["technical"]
    assert (technical["length"], technical["axles"], technical["maximumMass"]) == (4500, 2, 2040)
    burning, electric = technical["engines"]
    assert (burning["electric"], electric["electric"]) == (False, True)
    assert (electric["fuels"][0]["power"], electric["fuels"][0]["fuel"]["code"]) == (80.5, "60")


def test_of_a_plug_in_hybrid_the_weighted_value_counts_and_cycles_stay_apart() -> None:
    (fuel, _) = found(query("emission-norm", plate=PLATE), registration()).fields["emission"]["fuels"]
    assert (fuel["co2Nedc"], fuel["co2Wltp"], fuel["euroNorm"]) == (29.0, 35.5, "6ei")


def test_an_emission_norm_tells_no_vehicle_and_no_holder() -> None:
    answer = found(query("emission-norm", plate=PLATE), held_by_person())
    assert answer.fields.keys() == {"emission"}
    assert answer.fields["emission"]["exhaustDirective"] == "715/2007*2018/1832DG"
    assert HOLDER not in repr(dict(answer.fields))


@pytest.mark.parametrize("name", ["vehicle", "emission-norm"])
@pytest.mark.parametrize(
    ("asked", "further"),
    [({"plate": PLATE}, f"vin:{VIN}"), ({"vin": VIN, "unifier": UNIFIER}, f"plate:BE:{PLATE}")],
)
def test_the_vehicle_is_known_by_both_its_names(name: str, asked: dict[str, str], further: str) -> None:
    answer = found(query(name, **asked), registration())
    assert who(answer) == {further: ("vehicle", "asked", frozenset())}


def test_a_trailer_has_no_engine() -> None:
    trailer = registration(vehicle__engine=None, vehicle__category="O1", certificates=None)
    assert "engines" not in found(query("vehicle", plate=PLATE), trailer).fields["technical"]
    assert "fuels" not in found(query("emission-norm", plate=PLATE), trailer).fields["emission"]


def test_a_person_holds_a_vehicle() -> None:
    answer = found(query("holder", plate=PLATE), held_by_person())
    holder = answer.fields["holder"]
    assert holder["ssin"] == HOLDER
    assert holder["name"] == {"familyName": "Zerrougane", "givenNames": ["Mehdisson"]}
    assert holder["address"]["street"] == {"fr": "Rue Inventée"}
    assert (holder["address"]["nisCode"], holder["address"]["box"]) == ("21004", "3")
    assert "driver" not in answer.fields
    assert who(answer)[HOLDER] == ("person", "disclosed", frozenset({"holder"}))


def test_a_lessor_holds_a_vehicle_that_somebody_drives() -> None:
    answer = found(query("holder", plate=PLATE), held_by_enterprise())
    assert answer.fields["holder"]["enterpriseNumber"] == ENTERPRISE
    assert answer.fields["holder"]["denomination"] == "Location Inventée"
    assert answer.fields["driver"]["ssin"] == DRIVER
    assert who(answer) == {
        f"vin:{VIN}": ("vehicle", "asked", frozenset()),
        ENTERPRISE: ("enterprise", "disclosed", frozenset({"holder"})),
        DRIVER: ("person", "disclosed", frozenset({"driver"})),
    }


def test_a_holder_without_number_is_counted() -> None:
    nobody = registration(titular={"type": "P", "source": "RRN", "registrationAddress": ADDRESS})
    answer = found(query("holder", plate=PLATE), nobody)
    assert Subject(SubjectType.PERSON, None, SubjectRole.DISCLOSED, frozenset({"holder"})) in answer.subjects


def test_names_of_streets_come_in_the_language_of_the_registration() -> None:
    dutch = held_by_person(license__languageCode="nl")
    address = found(query("holder", plate=PLATE), dutch).fields["holder"]["address"]
    assert address["street"] == {"nl": "Rue Inventée"}


def test_a_persons_vehicles_newest_first() -> None:
    older = held_by_person(license__plateNr=OTHER_PLATE, license__startSituationDate="2018-01-01")
    answer = found(query("vehicles-of", ssin=HOLDER), older, held_by_person())
    assert [one["plate"] for one in answer.fields["vehicles"]] == [PLATE, OTHER_PLATE]
    assert who(answer) == {
        f"plate:BE:{PLATE}": ("vehicle", "disclosed", frozenset({"vehicles.plate"})),
        f"plate:BE:{OTHER_PLATE}": ("vehicle", "disclosed", frozenset({"vehicles.plate"})),
        f"vin:{VIN}": ("vehicle", "disclosed", frozenset({"vehicles.vin"})),
    }


def history(**more: Any) -> tuple[Query, Any, Any]:
    former = held_by_enterprise(
        license__plateNr=OTHER_PLATE,
        license__startSituationDate="2017-01-01",
        license__endSituationDate="2020-05-03",
        license__status="DEL",
    )
    return query("history", vin=VIN, unifier=UNIFIER, **more), former, held_by_person()


def test_registrations_over_time_disclose_each_holder() -> None:
    answer = found(*history())
    rows = answer.fields["registrations"]
    assert [one["plate"] for one in rows] == [PLATE, OTHER_PLATE]
    assert (rows[1]["until"], label(rows[1]["status"])) == ("2020-05-03", ("DEL", "Struck off"))
    assert rows[1]["holder"]["denomination"] == "Location Inventée"
    assert "address" not in rows[0]["holder"]
    told = who(answer)
    assert told.keys() == {HOLDER, ENTERPRISE, f"plate:BE:{PLATE}", f"plate:BE:{OTHER_PLATE}"}
    assert told[HOLDER] == ("person", "disclosed", frozenset({"registrations.holder"}))


@pytest.mark.parametrize(
    ("period", "plates"),
    [
        ({"startDate": "2020-05-04"}, [PLATE]),
        ({"startDate": "2020-05-03"}, [PLATE, OTHER_PLATE]),
        ({"startDate": "2018-01-01", "endDate": "2020-05-03"}, [OTHER_PLATE]),
    ],
)
def test_a_period_holds_what_stood_in_it(period: dict[str, str], plates: list[str]) -> None:
    answer = found(*history(period=period))
    assert [one["plate"] for one in answer.fields["registrations"]] == plates


def test_a_registration_may_be_told_without_its_holder() -> None:
    answer = found(query("history", plate=PLATE), registration())
    assert "holder" not in answer.fields["registrations"][0]


@pytest.mark.parametrize(
    ("asked", "items", "why"),
    [
        (query("vehicle", plate=PLATE), [], Why.UNKNOWN_SUBJECT),
        (query("history", plate=PLATE), [], Why.UNKNOWN_SUBJECT),
        (
            history(period={"startDate": "2010-01-01", "endDate": "2010-12-31"})[0],
            [registration()],
            Why.NOTHING_IN_PERIOD,
        ),
        (query("vehicles-of", ssin=HOLDER), [], Why.NOTHING_IN_PERIOD),
        (query("movements", period={"startDate": "2025-12-01"}), [], Why.NOTHING_IN_PERIOD),
    ],
)
def test_an_absence(asked: Query, items: list[Any], why: Why) -> None:
    assert answered(asked, *items) == Absent(why, TODAY)


def test_changes_list_vehicles() -> None:
    answer = found(query("movements", period={"startDate": "2025-12-01", "endDate": "2025-12-01"}), MOVEMENT)
    (row,) = answer.fields["movements"]
    assert (row["plate"], row["vin"], row["unifier"], row["moment"]) == (
        PLATE,
        VIN,
        UNIFIER,
        MOVEMENT["dateTime"],
    )
    assert label(row["movement"]) == ("TIT", "Change of holder")
    assert who(answer) == {
        f"plate:BE:{PLATE}": ("vehicle", "listed", frozenset({"movements.plate"})),
        f"vin:{VIN}": ("vehicle", "listed", frozenset({"movements.vin"})),
    }


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        ("2025-11-30T23:00:00Z", True),
        ("2025-11-30T22:59:59Z", False),
        ("2025-12-01T22:59:59Z", True),
        ("2025-12-01T23:00:00Z", False),
        ("2025-12-01T12:00:60Z", False),
        ("0001-01-01T00:00:00+10:00", False),
    ],
)
def test_a_day_is_one_in_brussels(moment: str, taken: bool) -> None:
    asked = query("movements", period={"startDate": "2025-12-01", "endDate": "2025-12-01"})
    items = [{"plateNr": PLATE, "typeCode": "REG", "dateTime": moment}]
    if taken:
        assert isinstance(read(items, asked, CODES, True, TODAY), Found)
    else:
        with pytest.raises(NotAsAgreed):
            read(items, asked, CODES, True, TODAY)


@pytest.mark.parametrize(
    ("asked", "items"),
    [
        pytest.param(query("vehicle", plate=OTHER_PLATE), [registration()], id="another-plate"),
        pytest.param(query("vehicle", vin=VIN, unifier="08"), [registration()], id="another-unifier"),
        pytest.param(query("vehicle", plate=PLATE), [registration(), registration()], id="several"),
        pytest.param(query("holder", plate=PLATE), [registration()], id="no-holder"),
        pytest.param(query("vehicles-of", ssin=DRIVER), [held_by_person()], id="another-holder"),
        pytest.param(query("vehicles-of", ssin=HOLDER), [registration()], id="holder-not-told"),
        pytest.param(
            query("vehicles-of", enterpriseNumber=ENTERPRISE), [held_by_person()], id="no-enterprise"
        ),
    ],
)
def test_what_is_not_about_the_question_is_refused(asked: Query, items: list[Any]) -> None:
    with pytest.raises(NotAsAgreed) as caught:
        answered(asked, *items)
    assert PLATE not in str(caught.value)


@pytest.mark.parametrize("number", ["99999999999", HOLDER[:-1] + str((int(HOLDER[-1]) + 1) % 10)])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    titular = {"type": "P", "source": "RRN", "person": {"nationalNr": number}}
    with pytest.raises(NotAsAgreed):
        answered(query("holder", plate=PLATE), registration(titular=titular))


def test_a_code_without_meaning_is_passed_on_and_counted() -> None:
    samples.UNKNOWN.clear()
    answer = found(query("vehicle", plate=PLATE), registration(license__status="XYZ"))
    assert answer.fields["registration"]["status"] == {"code": "XYZ", "label": {}, "known": False}
    assert samples.UNKNOWN == ["registrationStatus"]
