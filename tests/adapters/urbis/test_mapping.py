"""What becomes of each answer of UrbIS, what is trusted, and answers that are about something else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters._lib.codes import NotAsAgreed
from adapters.urbis import mapping
from adapters.urbis.mapping import ADDRESSES, Candidate, nearest, one_address, question, subject, trusted
from fidus.model import Query, SubjectRole, SubjectType
from tests.adapters.urbis import samples
from tests.adapters.urbis.samples import BY_FIELDS, BY_TEXT, CODES, FIELDS, KEY, POINT, TEXT, UNKNOWN, X, Y


def sent(query: Query) -> tuple[str, dict[str, Any]]:
    operation, target = question(query)
    told = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    return operation, json.loads(told["json"]) if "json" in told else told


def test_what_is_asked() -> None:
    assert sent(BY_TEXT) == (
        "findAddresses",
        {"language": "", "address": TEXT, "spatialReference": "31370"},
    )
    assert sent(BY_FIELDS) == (
        "validateAddress",
        {
            "language": "fr",
            "address": {"number": "12", "street": {"name": "Rue Inventée", "postcode": "1000"}},
            "spatialReference": "31370",
        },
    )
    assert sent(samples.query("reverse", **POINT)) == (
        "reverse",
        {"language": "fr", "point": POINT, "SRS_In": "31370"},
    )


@pytest.mark.parametrize(
    ("changes", "is_trusted"),
    [
        ({}, True),
        ({"qualificationCode__postCode": "0"}, True),
        ({"qualificationCode__municipality": None}, True),
        ({"qualificationCode__streetName": "0"}, False),
        ({"qualificationCode__policeNumber": "0"}, False),
        ({"qualificationCode__policeNumber": "2"}, False),
        ({"qualificationCode__streetName": None}, False),
        ({"qualificationCode__policeNumber": None}, False),
        ({"qualificationCode": {}}, False),
        ({"qualificationCode__streetName": "0", "address__number": "99"}, False),
    ],
)
def test_only_what_was_found_by_street_and_number_is_trusted(
    changes: dict[str, Any], is_trusted: bool
) -> None:
    for query in (BY_TEXT, BY_FIELDS):
        kept = trusted(samples.found(samples.candidate(**changes), samples.candidate(score=0)), query)
        assert len(kept) == 1  # the second is the same address
        alone = trusted(samples.found(samples.candidate(**changes)), query)
        assert bool(alone) is is_trusted


def test_an_address_with_another_postal_code_is_not_the_one_asked() -> None:
    elsewhere = samples.candidate(address__street__postCode="1030", adNc="other")
    assert trusted(samples.found(elsewhere), BY_FIELDS) == []
    assert [one.postal_code for one in trusted(samples.found(elsewhere), BY_TEXT)] == ["1030"]


def numbered(number: str, query: Query) -> bool:
    try:
        return bool(trusted(samples.found(samples.candidate(address__number=number)), query))
    except NotAsAgreed:
        return False


@pytest.mark.parametrize(
    ("asked", "told", "is_it"),
    [
        ("12", "12", True),
        ("12B", "12b", True),
        ("12 b", "12B", True),
        ("12", "12-14", True),
        ("14", "12-14", True),
        ("12-14", "12-14", True),
        ("13", "12-14", False),
        ("12", "13", False),
        ("12", "1", False),
        ("12", "112", False),
        ("12", "12B", False),
        ("12B", "12", False),
        ("12", "", False),
        ("12", "-", False),
        (".", "12", False),
    ],
)
def test_an_answer_has_the_number_that_was_asked(asked: str, told: str, is_it: bool) -> None:
    assert numbered(told, samples.query("address", **{**FIELDS, "houseNumber": asked})) is is_it
    text = f"Rue Inventée {asked}, 1000 Bruxelles"
    assert numbered(told, samples.query("address", addressText=text)) is is_it


def test_a_number_that_stands_nowhere_in_the_question_is_against_the_contract() -> None:
    with pytest.raises(NotAsAgreed):
        trusted(samples.found(samples.candidate(address__number="99")), BY_TEXT)


@pytest.mark.parametrize(
    ("error", "status", "is_one"),
    [
        (False, "success", True),
        (True, "success", False),
        (False, "error", False),
        (False, "", False),
        (True, "The point lies outside of the Region", False),
    ],
)
def test_each_return_code_says_whether_it_is_an_answer(error: bool, status: str, is_one: bool) -> None:
    assert mapping.is_answer(samples.found(error=error, status=status)) is is_one


def test_every_row_of_the_table_of_return_codes_is_tested() -> None:
    assert mapping.RETURNS == {(False, "success"): True}


# --- near a point


def test_the_nearest_address_is_so_far_away() -> None:
    told = nearest(samples.nearest(), samples.query("reverse", **POINT))
    assert told is not None
    assert (told[0].key, told[1]) == (KEY, 5.32)
    assert nearest(samples.nearest(result=None), samples.query("reverse", **POINT)) is None


def test_what_is_not_near_at_all_is_about_another_point() -> None:
    far = samples.nearest(result__point__x=X + 6_000)
    with pytest.raises(NotAsAgreed):
        nearest(far, samples.query("reverse", **POINT))
    huge = samples.nearest(result__point__x=1.7e308, result__point__y=-1.7e308)
    with pytest.raises(NotAsAgreed):
        nearest(huge, samples.query("reverse", **POINT))


# --- features


CANDIDATE: Candidate = trusted(samples.found(samples.candidate()), BY_TEXT)[0]
WHOLE = {
    "street": {"fr": "Rue Inventée", "nl": "Verzonnenstraat"},
    "municipality": {"fr": "Bruxelles", "nl": "Brussel"},
    "houseNumber": "12",
    "postalCode": "1000",
    "nisCode": "21004",
    "streetCode": "0123",
    "buildingIds": [samples.BUILDING],
    "parcelKeys": [samples.PARCEL],
    "point": {"x": X, "y": Y},
}


def test_an_address_is_made_of_its_features() -> None:
    boxes = [samples.address(BOXNUMBER=box) for box in ("2", "1", " ")]
    made = one_address([samples.address(), *boxes], CANDIDATE, CODES)
    assert made == {**WHOLE, "boxes": ["1", "2"]}


def test_several_buildings_and_parcels_are_all_told() -> None:
    other = samples.address(BU_ID="2", CAPAKEY="21999A0013/00_000", XL72=None)
    made = one_address([other, samples.address()], CANDIDATE, CODES)
    assert made["buildingIds"] == [samples.BUILDING, "2"]
    assert made["parcelKeys"] == [samples.PARCEL, "21999A0013/00_000"]
    assert made["point"] == {"x": X, "y": Y}


def test_what_features_leave_out_the_search_may_have_told() -> None:
    bare = samples.address(XL72=None, STREET_ID=None, BU_ID=None, CAPAKEY=None, STRNAMEDUT=None)
    made = one_address([bare], CANDIDATE, CODES)
    assert made == {
        **{name: value for name, value in WHOLE.items() if name not in ("buildingIds", "parcelKeys")},
        "street": {"fr": "Rue Inventée"},
    }
    assert one_address([bare], None, CODES).keys().isdisjoint({"point", "streetCode"})


def test_without_features_an_address_is_as_the_search_told_it() -> None:
    assert one_address([], CANDIDATE, CODES) == {
        "street": {"fr": "Rue Inventée"},
        "municipality": {"fr": "Bruxelles"},
        "houseNumber": "12",
        "postalCode": "1000",
        "streetCode": "0123",
        "point": {"x": X, "y": Y},
    }
    dutch = samples.candidate(language="nl", address__street__municipality=" ", address__street__id=None)
    (told,) = trusted(samples.found(dutch), BY_TEXT)
    made = one_address([], told, CODES)
    assert made["street"] == {"nl": "Rue Inventée"}
    assert made.keys().isdisjoint({"municipality", "streetCode"})


@pytest.mark.parametrize("language", ["fr", "de", "", "?"])
def test_a_language_that_is_none_of_the_region_is_taken_as_french(language: str) -> None:
    (told,) = trusted(samples.found(samples.candidate(language=language)), BY_TEXT)
    assert told.language == "fr"


def test_an_unknown_municipality_is_counted_and_named_as_the_search_named_it() -> None:
    UNKNOWN.clear()
    elsewhere = samples.address(STATNISCODE="23094A00-")
    assert one_address([elsewhere], CANDIDATE, CODES)["municipality"] == {"fr": "Bruxelles"}
    assert "municipality" not in one_address([elsewhere], None, CODES)
    assert UNKNOWN == ["municipality", "municipality"]


@pytest.mark.parametrize(
    "changes", [{"POLICENUM": "14"}, {"STATNISCODE": "21005A00-"}, {"STREET_ID": "0124"}, {"ZIPCODE": "1030"}]
)
def test_features_of_several_addresses_are_not_one(changes: dict[str, str]) -> None:
    with pytest.raises(NotAsAgreed):
        one_address([samples.address(), samples.address(**changes)], CANDIDATE, CODES)
    assert len(list(mapping.by_address([samples.address(), samples.address(**changes)]))) == 2


@pytest.mark.parametrize("code", ["", "2100", "A21004", "２１００４"])
def test_a_code_of_a_municipality_that_is_none(code: str) -> None:
    with pytest.raises(NotAsAgreed):
        one_address([samples.address(STATNISCODE=code)], CANDIDATE, CODES)


def test_features_have_the_layer_and_the_value_that_was_asked_for() -> None:
    def check(answer: Any) -> Any:
        return mapping.check_features(answer, ADDRESSES, "ADNC", KEY)

    assert check(samples.features("Addresses", samples.address(), numberMatched=1)) == [samples.OF_ADDRESS]
    assert check(samples.features("Addresses")) == []
    for wrong in (
        samples.features("Addresses", samples.address(), samples.address(ADNC="other")),
        samples.features("Addresses", samples.address(ADNC=None)),
        samples.features("Buildings", samples.building(ADNC=KEY)),
        samples.features("Addresses", samples.address(), numberMatched=2),
    ):
        with pytest.raises(NotAsAgreed):
            check(wrong)


def test_a_building_and_a_parcel() -> None:
    assert mapping.filled_building(samples.building(), CODES) == {
        "buildingId": samples.BUILDING,
        "uri": f"https://databrussels.be/id/building/{samples.BUILDING}",
        "block": "00100",
        "area": 120.0,
        "height": 9.5,
        "versionDate": "2025-11-02",
    }
    assert mapping.filled_parcel(samples.OF_PARCEL, CODES) == {"parcelKey": samples.PARCEL, "area": 310.0}


# --- subjects


@pytest.mark.parametrize(
    ("changes", "identifier"),
    [
        ({}, "21004/0123/12/"),
        ({"houseNumber": "12b"}, "21004/0123/12B/"),
        ({"streetCode": ""}, None),
        ({"nisCode": ""}, None),
        ({"houseNumber": "1/2"}, None),
    ],
)
def test_an_address_is_sealed_under_its_own_number(changes: dict[str, str], identifier: str | None) -> None:
    made = subject({**WHOLE, **changes}, SubjectRole.LISTED, "addresses")
    assert (made.type, made.id, made.role) == (SubjectType.ADDRESS, identifier, SubjectRole.LISTED)
    assert made.fields == {"addresses"}


def test_each_subject_counts_once_but_for_those_without_number() -> None:
    one = subject(WHOLE, SubjectRole.DISCLOSED)
    none = subject({}, SubjectRole.DISCLOSED)
    assert mapping.each_once([one, none, one, none]) == [one, none, none]
    assert mapping.each_once([one, none], [one]) == [none]
